"""Keeps the streams true: hears what other processes changed, and asks for all streams at once what each may say."""

import asyncio
import contextvars
import logging
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg

from app.config import Settings
from app.database import dialect, own_connection
from app.domain import accounts, changes, search
from app.domain.changes import REQUESTS, Listener
from app.domain.models import Person

log = logging.getLogger("portal")

PAUSE = 1.0  # seconds before another try after something failed
BURST = 0.05  # seconds in which several changes become one question
RECHECK = 30.0  # seconds, after which every session is looked at; what is said then keeps proxies from cutting the line


@asynccontextmanager
async def following(settings: Settings) -> AsyncIterator[None]:
    """Tell the streams what changes for as long as the block lasts; with SQLite there is only this process."""
    tasks = [_start(_tell_all())]
    if dialect() == "postgres":
        tasks.append(_start(_follow(settings)))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def _start(work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
    # A context of its own: a task must never inherit a transaction's connection.
    return asyncio.get_running_loop().create_task(work, context=contextvars.Context())


# --- what the streams say ---


async def _tell_all() -> None:
    loop = asyncio.get_running_loop()
    due = loop.time() + RECHECK
    while True:
        await changes.stirred(max(0, due - loop.time()))
        everybody = loop.time() >= due
        if everybody:
            due = loop.time() + RECHECK
        else:
            await asyncio.sleep(BURST)
        try:
            await tell(changes.listeners() if everybody else [one for one in changes.listeners() if one.heard])
        except Exception as error:  # whatever it is, without these rounds every stream would go stale
            log.warning("the streams cannot be checked: %s", type(error).__name__)
            changes.end_all()  # what they heard is not said, so their browsers ask anew
            await asyncio.sleep(PAUSE)


async def tell(listeners: list[Listener]) -> None:
    """Let these streams say which of the tickets that they heard of their readers see now; who was signed out ends."""
    heard = {listener: set(listener.heard) for listener in listeners}
    for listener in listeners:
        listener.heard.clear()
    living = await accounts.living({listener.session_id for listener in listeners})
    stirred = {listener for listener in listeners if heard[listener]}
    people = await accounts.people({listener.person_id for listener in stirred})
    numbers = set().union(*heard.values()) - {REQUESTS}
    seen = await search.seen_by(people.values(), numbers) if numbers else {}
    for listener in listeners:
        if listener.session_id not in living:
            listener.end()
        elif listener not in stirred:
            listener.say(())
        elif found := _sayable(heard[listener], people.get(listener.person_id), seen.get(listener.person_id, ())):
            listener.say(found)


def _sayable(heard: set[int], person: Person | None, seen: Iterable[int]) -> set[int]:
    said = heard.intersection(seen)
    return said | {REQUESTS} if person and person.is_staff and REQUESTS in heard else said


# --- what other processes changed: PostgreSQL's LISTEN, on a connection of its own ---


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
        changes.end_all()  # who came between the breaking and now asked too early
        while not broken.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(broken.wait(), RECHECK)
                return
            await connection.execute("SELECT 1", timeout=RECHECK)  # a line that was cut in silence shows here
