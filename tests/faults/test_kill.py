"""Killed in a burst of writing: what was promised is there once, with its file; what was not can be sent again."""

import asyncio
import contextlib
import os
import random
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from tortoise.exceptions import OperationalError

from app.database import rows
from tests.cast import Cast
from tests.conftest import DATABASE
from tests.faults.serving import Oracle, Remote, Serving, burst, send_again


@pytest.fixture
async def serving(cast: Cast) -> AsyncIterator[Serving]:
    """The portal, running."""
    made = Serving(cast.settings)
    await made.start()
    yield made
    await made.kill()


async def promising(oracle: Oracle, count: int) -> None:
    """Wait until the portal has promised so many."""
    async with asyncio.timeout(30):
        while len(oracle.promised) < count:  # noqa: ASYNC110 (the portal has no event for it)
            await asyncio.sleep(0.002)


@pytest.mark.parametrize(("rounds", "seed"), [
    pytest.param(1, 20261123, id="short", marks=pytest.mark.sqlite_only),
    pytest.param(30, None, id="thirty rounds", marks=pytest.mark.long),
])  # fmt: skip
async def test_killed_in_a_burst_of_writing_everything_promised_is_there_once_with_its_file(
    serving: Serving, cast: Cast, rounds: int, seed: int | None
) -> None:
    seed = seed or random.SystemRandom().randrange(10**9)
    print(f"seed {seed}")
    dice, oracle = random.Random(seed), Oracle()
    number = await cast.ticket("user")
    async with Remote(serving.address, cast) as browser:
        await browser.sign_in("user")
        for round_ in range(rounds):
            under_way = asyncio.ensure_future(burst(browser, oracle, number, dice, str(round_)))
            await promising(oracle, len(oracle.promised) + 1 + dice.randrange(20))
            await asyncio.sleep(dice.random() * 0.02)
            await serving.kill()
            await under_way
            await oracle.holds(cast)
            await serving.start()
            await oracle.holds(cast)
            for body in list(oracle.unknown):
                await send_again(browser, oracle, body)
            assert not oracle.unknown
            await oracle.holds(cast)
    print(f"{len(oracle.promised)} promised in {rounds} rounds")
    assert len(oracle.promised) > rounds * 2
    tickets = await rows("SELECT COUNT(*) AS n FROM ticket")
    created = await rows("SELECT COUNT(*) AS n FROM ticket_event WHERE kind = 'created'")
    documents = await rows("SELECT COUNT(*) AS n FROM ticket_search")
    assert tickets == created == documents
    assert (await rows("SELECT COUNT(*) AS n FROM form_key WHERE outcome = ''"))[0]["n"] == 0


@pytest.mark.long
@pytest.mark.skipif(DATABASE != "postgres", reason="SQLite has no server")
async def test_a_database_stopped_at_once_under_load_keeps_everything_promised(
    serving: Serving, cast: Cast, request: pytest.FixtureRequest
) -> None:
    """`pg_ctl -m immediate`: the server ends as in a power failure and recovers, while people write without a pause."""
    seed, rounds = random.SystemRandom().randrange(10**9), 10
    print(f"seed {seed}")
    server: Any = request.getfixturevalue("postgres")
    dice, oracle = random.Random(seed), Oracle()
    number = await cast.ticket("user")
    async with Remote(serving.address, cast) as browser:
        await browser.sign_in("user")
        for round_ in range(rounds):
            under_way = asyncio.ensure_future(burst(browser, oracle, number, dice, f"d{round_}"))
            await promising(oracle, len(oracle.promised) + 1 + dice.randrange(20))
            await asyncio.sleep(dice.random() * 0.05)
            await asyncio.to_thread(server.crash)
            await asyncio.sleep(dice.random() * 0.5)
            await stopped(under_way)
            for body in list(oracle.unknown):
                await again_until_promised(browser, oracle, body)
            await database_answers()
            await oracle.holds(cast)
        assert (await browser.get("/health/ready")).status_code == 200
    print(f"{len(oracle.promised)} promised in {rounds} rounds")


async def stopped(under_way: asyncio.Future[None]) -> None:
    """Let the people who write go home; what one of them was told amiss is an error here."""
    under_way.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await under_way


async def database_answers() -> None:
    """Wait until the test's own connections are new ones."""
    async with asyncio.timeout(30):
        while True:
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, OperationalError):
                await asyncio.gather(*(rows("SELECT 1 AS one") for _ in range(10)))
                return


@pytest.mark.long
@pytest.mark.skipif(DATABASE != "postgres", reason="SQLite has one process")
async def test_workers_killed_under_load_are_replaced_and_what_was_promised_is_there_once(cast: Cast) -> None:
    seed = random.SystemRandom().randrange(10**9)
    print(f"seed {seed}")
    dice, oracle, serving = random.Random(seed), Oracle(), Serving(cast.settings, workers=2)
    number = await cast.ticket("user")
    await serving.start()
    assert serving.process
    there = Path(f"/proc/{serving.process.pid}/task/{serving.process.pid}/children")
    try:
        async with Remote(serving.address, cast) as browser:
            await browser.sign_in("user")
            for round_ in range(8):
                under_way = asyncio.ensure_future(burst(browser, oracle, number, dice, f"w{round_}"))
                await promising(oracle, len(oracle.promised) + 5)
                os.kill(int(dice.choice((await asyncio.to_thread(there.read_text)).split())), signal.SIGKILL)
                await asyncio.sleep(1 + dice.random())
                await stopped(under_way)  # who is left would write for ever: a worker is still there
                for body in list(oracle.unknown):
                    await again_until_promised(browser, oracle, body)
                await oracle.holds(cast)
        assert await serving.stop() == 0, serving.said()
    finally:
        serving.process.kill()


async def again_until_promised(browser: Remote, oracle: Oracle, body: str) -> None:
    """Send it by the same form until somebody answers."""
    for _ in range(20):
        with contextlib.suppress(httpx.TransportError):
            await send_again(browser, oracle, body)
        if body in oracle.promised:
            return
        await asyncio.sleep(0.2)
    raise AssertionError(f"nobody takes {body}")
