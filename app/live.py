"""Hears what other processes changed: PostgreSQL's LISTEN, on a connection of its own."""

import asyncio
import contextvars
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg

from app.config import Settings
from app.database import dialect, own_connection
from app.domain import changes

log = logging.getLogger("portal")

PAUSE = 1.0  # seconds before another try to connect


@asynccontextmanager
async def following(settings: Settings) -> AsyncIterator[None]:
    """Follow the changes of all processes for as long as the block lasts; with SQLite there is only this one."""
    if dialect() == "sqlite":
        yield
        return
    # A context of its own: a task must never inherit a transaction's connection.
    task = asyncio.get_running_loop().create_task(_follow(settings), context=contextvars.Context())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _follow(settings: Settings) -> None:
    while True:
        try:
            await _listen(settings)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("not listening for changes: %s", type(error).__name__)
        changes.end_all()  # what happened meanwhile was not heard, so the browsers ask anew
        await asyncio.sleep(PAUSE)


async def _listen(settings: Settings) -> None:
    broken = asyncio.Event()
    async with own_connection(settings) as connection:
        connection.add_termination_listener(lambda _: broken.set())
        await connection.add_listener(changes.CHANNEL, lambda *heard: changes.hear(str(heard[-1])))
        await broken.wait()
