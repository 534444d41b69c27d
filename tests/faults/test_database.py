"""A database that is locked, cuts its lines or is started anew: people read words, and no restart is needed."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg
import pytest

from app import clock
from app.config import Settings
from app.database import execute, rows
from app.domain import accounts
from app.domain.models import Message
from tests.cast import Cast, Portal, form_key, text
from tests.conftest import DATABASE, database_file
from tests.web.reading import Page

TYPED = "Was jemand gerade geschrieben hat."
SORRY = "Die Datenbank antwortet gerade nicht."
LOCKING = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.read()
"""
only_sqlite = pytest.mark.sqlite_only
only_postgres = pytest.mark.skipif(DATABASE != "postgres", reason="SQLite has no server")


@contextmanager
def locked(settings: Settings) -> Iterator[None]:
    """Another process holds the database for itself, as a backup program or somebody's shell would."""
    holder = subprocess.Popen(
        [sys.executable, "-S", "-E", "-c", LOCKING, database_file(settings)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert holder.stdout
        assert holder.stdout.readline() == b"locked\n"
        yield
    finally:
        holder.communicate()


@only_sqlite
async def test_a_locked_database_refuses_in_words_is_readable_meanwhile_and_fine_afterwards(
    portal: Portal, cast: Cast
) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    await execute("PRAGMA busy_timeout = 50")  # 5 s in earnest
    sent = {"body": TYPED, "audience": "everyone", "key": form_key()}
    with locked(cast.settings):
        at_once = [portal.send_form(f"/tickets/{number}/messages", **sent) for _ in range(3)]  # type: ignore[arg-type]
        for answer in await asyncio.gather(*at_once):
            assert answer.status_code == 503
            assert SORRY in text(answer)
            assert int(answer.headers["Retry-After"]) > 0
            assert Page(answer).id("typed").text.strip() == TYPED
        with clock.at(clock.now() + accounts.TOUCH * 2):  # that the session is used cannot be noted now
            for path in ("/", "/tickets?status=", f"/tickets/{number}"):
                assert (await portal.get(path)).status_code == 200, path
        wrong = await portal.send_form("/login", user_name="nobody", password="wrong", next="")
        assert wrong.status_code == 503
        assert "wrong" not in wrong.text
    for _ in range(2):
        assert (await portal.send_form(f"/tickets/{number}/messages", **sent)).status_code == 303  # type: ignore[arg-type]
    assert await Message.filter(body=TYPED).count() == 1


@only_sqlite
async def test_programs_get_the_same_news_as_json(portal: Portal, cast: Cast) -> None:
    from app.domain import x3

    _, secret = await x3.issue_key(cast.admin, cast.nord.id, "Nord")
    await execute("PRAGMA busy_timeout = 50")
    with locked(cast.settings):
        answer = await portal.post(
            "/api/x3/login-codes", json={"user": "user-nord", "target": "new-ticket"},
            headers={"Authorization": f"Bearer {secret}"},
        )  # fmt: skip
    assert (answer.status_code, answer.json()["error"]) == (503, "unavailable")


OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
CUT = f"SELECT pg_terminate_backend(pid) {OTHERS}"


@asynccontextmanager
async def load(portal: Portal, number: int, acknowledged: list[str]) -> AsyncIterator[None]:
    """People who write and read all the while; what they send again has the same key, as after a reload."""
    over = asyncio.Event()

    async def write(name: int) -> None:
        for n in range(10_000):
            body, key = f"Last {name}.{n}.", form_key()
            while True:
                answer = await portal.send_form(f"/tickets/{number}/messages", body=body, audience="everyone", key=key)
                assert answer.status_code in (303, 503), text(answer)
                if answer.status_code == 303:
                    break
                await asyncio.sleep(0.02)
            acknowledged.append(body)
            if over.is_set():
                return

    async def read() -> None:
        while not over.is_set():
            assert (await portal.get(f"/tickets/{number}")).status_code in (200, 503)

    people = [asyncio.ensure_future(one) for one in (write(1), write(2), write(3), read())]
    try:
        yield
    finally:
        over.set()
        await asyncio.wait_for(asyncio.gather(*people), 30)


async def once_each(number: int, acknowledged: list[str]) -> None:
    """Everything acknowledged is there, once; and nothing else."""
    found = await rows("SELECT body FROM message WHERE ticket_id = ? AND body LIKE 'Last %'", number)
    assert sorted(row["body"] for row in found) == sorted(acknowledged)
    assert acknowledged


@only_postgres
async def test_sessions_that_the_database_cuts_under_load_lose_nothing_and_come_again(
    portal: Portal, cast: Cast, request: pytest.FixtureRequest
) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    server: Any = request.getfixturevalue("postgres")
    acknowledged: list[str] = []
    dice = random.Random(5)
    async with load(portal, number, acknowledged):
        for _ in range(20 if request.config.getoption("--long") else 3):
            await asyncio.sleep(dice.random() * 0.1)
            await asyncio.to_thread(server.run, "tests", CUT)
    await once_each(number, acknowledged)
    for path in ("/", f"/tickets/{number}", "/health/ready"):
        assert (await portal.get(path)).status_code == 200


CRASH = f"SELECT pid {OTHERS} LIMIT 1"


@only_postgres
@pytest.mark.long
@pytest.mark.parametrize("how", ["a process of it dies", "stopped at once"])
async def test_a_database_that_starts_anew_under_load_loses_nothing_promised(
    portal: Portal, cast: Cast, request: pytest.FixtureRequest, how: str
) -> None:
    """When a process of it dies the server ends all sessions and recovers; as when `pg_ctl -m immediate` stops it."""
    seed = random.SystemRandom().randrange(10**9)
    print(f"seed {seed}")
    number = await cast.ticket("user")
    await portal.sign_in("user")
    server: Any = request.getfixturevalue("postgres")
    acknowledged: list[str] = []
    dice = random.Random(seed)
    async with load(portal, number, acknowledged):
        for _ in range(8):
            await asyncio.sleep(0.05 + dice.random() * 0.1)
            before = await line(server, "tests")
            if how == "stopped at once":
                await asyncio.to_thread(server.crash)
            else:
                for (pid,) in await asyncio.to_thread(server.run, "tests", CRASH):
                    os.kill(pid, signal.SIGKILL)
            await started_anew(server, before)
    print(f"{len(acknowledged)} acknowledged")
    await once_each(number, acknowledged)
    for path in ("/", f"/tickets/{number}", "/health/ready"):
        assert (await portal.get(path)).status_code == 200


async def started_anew(server: Any, before: int) -> None:
    """Wait until the tests' own lines to the server are new ones: not `before`."""
    async with asyncio.timeout(30):
        for database in ("tests", "postgres"):
            while await line(server, database) in (0, before):  # noqa: ASYNC110 (a server has no event for it)
                await asyncio.sleep(0.01)


async def line(server: Any, database: str) -> int:
    """Which process of the server answers; 0 while none does."""
    try:
        return int((await asyncio.to_thread(server.run, database, "SELECT pg_backend_pid()"))[0][0])
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return 0
