"""What works beside the requests: at once, without end, one of each, and away when it is told to go."""

import asyncio
import os
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from app import cli, clock, worker
from app.config import Settings
from app.database import atomic, own_connection, rows
from app.domain import accounts, dispatch, outbox, throttle, tokens
from app.domain.models import FormKey, Letter, LetterState, Purpose, Session, Token
from app.language import ZONE
from app.mail.postman import Postman
from app.main import create_app
from app.worker import Rhythm, Worker
from tests.cast import Cast, fill, form_key, load
from tests.conftest import DATABASE
from tests.mail.server import MailServer, listening
from tests.mail.test_postman import CALM

# Looks seldom, so that what happens at once happens because it was told.
RHYTHM = Rhythm(look=30, election=0.05, trouble=0.05, goodbye=1, timing=CALM)


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with listening(MailServer()) as made:
        yield made


async def until(so: Callable[[], object], seconds: float = 5) -> None:
    """Wait for something that is to happen very soon."""
    end = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0.01)


def with_server(settings: Settings, server: MailServer) -> Settings:
    return replace(settings, smtp_url=server.url())


async def test_a_letter_is_sent_as_soon_as_its_transaction_is_done(cast: Cast, server: MailServer) -> None:
    working = Worker(with_server(cast.settings, server), RHYTHM)
    working.start()
    try:
        async with atomic():
            await outbox.post([cast.user.id], "password_changed")
            await asyncio.sleep(0.1)
            assert not server.letters
        await until(lambda: server.letters)
        with pytest.raises(RuntimeError):
            await post_and_fail(cast)
        await outbox.post([cast.staff.id], "password_changed")
        await until(lambda: len(server.letters) == 2)
        assert server.recipients == [cast.user.email, cast.staff.email]
    finally:
        await working.stop()


async def post_and_fail(cast: Cast) -> None:
    async with atomic():
        await outbox.post([cast.edv.id], "password_changed")
        raise RuntimeError("not after all")


@pytest.mark.sqlite_first
async def test_no_exception_ends_the_loops(cast: Cast, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    fails = 3
    send = Postman.round

    async def sometimes(self: Postman) -> None:
        nonlocal fails
        if fails:
            fails -= 1
            raise RuntimeError("database gone")
        await send(self)

    monkeypatch.setattr(Postman, "round", sometimes)
    await outbox.post([cast.user.id], "password_changed")
    working = Worker(with_server(cast.settings, server), RHYTHM)
    working.start()
    try:
        await until(lambda: server.letters)
    finally:
        await working.stop()


@pytest.mark.sqlite_first
async def test_it_stops_at_once_also_while_a_server_keeps_it_waiting(cast: Cast, server: MailServer) -> None:
    server.hang_after_dot = 1
    await outbox.post([cast.user.id], "password_changed")
    working = Worker(with_server(cast.settings, server), RHYTHM)
    working.start()
    await server.arrived.wait()
    begun = time.monotonic()
    await working.stop()
    assert time.monotonic() - begun < 1
    assert (await Letter.get()).state == LetterState.WAITING


@pytest.mark.sqlite_first
async def test_an_idle_one_stops_at_once(cast: Cast) -> None:
    working = Worker(cast.settings, RHYTHM)
    working.start()
    await asyncio.sleep(0.05)
    begun = time.monotonic()
    await working.stop()
    assert time.monotonic() - begun < 0.5
    await Worker(cast.settings, RHYTHM).stop()


async def test_the_chores_are_done_beside_the_letters(cast: Cast, server: MailServer) -> None:
    monday = datetime(2027, 3, 8, 10, tzinfo=ZONE)
    with clock.at(monday - timedelta(days=7)):
        await cast.ticket("user")
    await Letter.all().delete()
    with time_machine.travel(monday, tick=True):
        working = Worker(with_server(cast.settings, server), RHYTHM)
        working.start()
        try:
            await until(lambda: server.letters)
        finally:
            await working.stop()
    assert "Ein Ticket wartet seit" in server.letters[0].get_body(("plain",)).get_content()


@pytest.mark.skipif(DATABASE == "sqlite", reason="SQLite is one process")
async def test_of_many_processes_one_works_and_when_it_dies_another_does(cast: Cast, server: MailServer) -> None:
    settings = with_server(cast.settings, server)
    workers = [Worker(settings, replace(RHYTHM, look=0.05)) for _ in range(3)]
    for one in workers:
        one.start()
    try:
        await outbox.post([cast.user.id], "password_changed")
        await until(lambda: server.letters)
        assert await holders() == 1
        async with own_connection(settings) as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            )
        await outbox.post([cast.edv.id], "password_changed")
        await until(lambda: len(server.letters) == 2)
        for one in workers[:2]:
            await one.stop()
        await outbox.post([cast.staff.id], "password_changed")
        await until(lambda: len(server.letters) == 3)
        assert await holders() == 1
        assert server.recipients == [cast.user.email, cast.edv.email, cast.staff.email]
    finally:
        for one in workers:
            await one.stop()
    assert await holders() == 0


async def holders() -> int:
    """How many processes believe that they are the one."""
    found = await rows("SELECT COUNT(*) AS held FROM pg_locks WHERE locktype = 'advisory' AND granted")
    return int(found[0]["held"])


async def test_what_a_postman_that_died_had_claimed_is_sent_by_the_next_at_once(cast: Cast, server: MailServer) -> None:
    await outbox.post([cast.user.id], "password_changed")
    await outbox.post([cast.edv.id], "password_changed")
    first, second = await dispatch.due()
    await dispatch.claim(first)
    put_off = await dispatch.claim(second)
    assert put_off is not None
    await dispatch.put_off(put_off, "Der Mailserver nimmt gerade nichts an.")
    working = Worker(with_server(cast.settings, server), replace(RHYTHM, mourning=0))
    working.start()
    try:
        await until(lambda: server.letters)
        assert server.recipients == [cast.user.email]
        assert await dispatch.due() == []
    finally:
        await working.stop()


async def test_what_is_over_and_done_with_is_swept_and_nothing_else(cast: Cast) -> None:
    now = clock.now()
    old, young = now - timedelta(days=31), now - timedelta(days=29)
    for state, due, sent in (
        (LetterState.DROPPED, old, None), (LetterState.DROPPED, young, None), (LetterState.WAITING, old, None),
        (LetterState.FAILED, old, None), (LetterState.SENT, old, old), (LetterState.SENT, old, now - 91 * worker.DAY),
    ):  # fmt: skip
        await outbox.post([cast.user.id], "closed", ticket=1)
        last = await Letter.all().order_by("-id").first()
        assert last is not None
        await Letter.filter(id=last.id).update(state=state, due_at=due, sent_at=sent)
    await tokens.issue(Purpose.INVITATION, cast.user.id, timedelta(days=-3))
    await tokens.issue(Purpose.INVITATION, cast.user.id, timedelta(hours=-30))
    for seen in (timedelta(), accounts.IDLE + timedelta(minutes=1)):
        await accounts.start_session(cast.user, "", "")
        last_session = await Session.all().order_by("-id").first()
        assert last_session is not None
        await Session.filter(id=last_session.id).update(seen_at=now - seen)
    for days in (1, 15):
        await tokens.claim_form(cast.user, form_key())
        await FormKey.filter(created_at__gt=now).update(created_at=now - timedelta(days=days))
    await throttle.count("new", timedelta(minutes=15))
    await throttle.count("old", timedelta(days=-2))
    await worker.sweep()
    assert [(letter.state, letter.due_at > old) for letter in await Letter.all().order_by("id")] == [
        (LetterState.DROPPED, True), (LetterState.WAITING, False), (LetterState.FAILED, False),
        (LetterState.SENT, False),
    ]  # fmt: skip
    assert await Token.all().count() == 1
    assert await Session.all().count() == 1
    assert await FormKey.all().count() == 1
    assert [row["key"] for row in await rows("SELECT key FROM throttle_count")] == ["new"]


async def test_the_serving_portal_sends(settings: Settings, server: MailServer) -> None:
    app = create_app(with_server(settings, server), works=True)
    await app.startup()
    try:
        await fill()
        await outbox.post([(await load(settings)).user.id], "password_changed")
        await until(lambda: server.letters)
    finally:
        await app.shutdown()
    assert outbox._waiting == set()


async def test_the_tests_own_portal_sends_nothing_behind_their_backs(portal: object, cast: Cast) -> None:
    await outbox.post([cast.user.id], "password_changed")
    await asyncio.sleep(0.05)
    assert (await Letter.get()).tries == 0
    assert outbox._waiting == set()


@pytest.mark.no_database
@pytest.mark.sqlite_only
def test_with_sqlite_the_command_says_that_it_is_not_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_DATA_DIR", str(tmp_path / "data"))
    with pytest.raises(cli.SayOnly, match=r"^Mit SQLite .* „portal worker“ ist nicht nötig\.$"):
        cli.portal(["worker"], standalone_mode=False)
    assert not (tmp_path / "data").exists()


@pytest.mark.skipif(DATABASE == "sqlite", reason="SQLite is one process")
async def test_the_command_works_until_it_is_told_to_stop(cast: Cast, server: MailServer) -> None:
    await outbox.post([cast.user.id], "password_changed")
    environment = {
        "PATH": os.environ["PATH"], "PORTAL_DATA_DIR": str(cast.settings.data_dir), "PORTAL_SMTP_URL": server.url(),
        "PORTAL_DATABASE_URL": cast.settings.database_url,
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app.cli", "worker", env=environment, stdout=PIPE, stderr=PIPE
    )
    try:
        await until(lambda: server.letters, 20)
        await asyncio.sleep(0.1)
        process.terminate()
        said = await asyncio.wait_for(process.communicate(), 5)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
    assert (process.returncode, said) == (0, (b"", b""))
