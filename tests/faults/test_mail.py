"""Killed in the middle of sending: no letter is lost, and one that comes twice has the same Message-ID."""

import asyncio
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app import clock
from app.config import Settings
from app.domain import dispatch, outbox
from app.domain.models import Letter, LetterState
from app.mail.postman import Postman
from tests.cast import Cast
from tests.mail.server import MailServer, listening

ROOT = Path(__file__).parents[2]
# A process that does nothing but send what is due.
SENDING = """
import asyncio, sys
from pathlib import Path
from app.config import Settings
from app.database import close_database, open_database
from app.mail.postman import Postman
async def send(settings):
    await open_database(settings)
    try:
        await Postman(settings, asyncio.Event()).round()
    finally:
        await close_database()
asyncio.run(send(Settings(data_dir=Path(sys.argv[1]), database_url=sys.argv[2], smtp_url=sys.argv[3])))
"""


class Killer:
    """Kills the sending process when it has come to a certain word of a certain letter."""

    def __init__(self, server: MailServer, word: str, letter: int) -> None:
        self.process: asyncio.subprocess.Process | None = None
        self._left = letter
        setattr(server, word, self._hear)

    def _hear(self, _: object) -> None:
        self._left -= 1
        if self._left == 0 and self.process:
            os.kill(self.process.pid, signal.SIGKILL)


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with listening(MailServer()) as made:
        yield made


async def send_until_killed(settings: Settings, killer: Killer) -> int:
    """Let another process send; its exit code."""
    arguments = [str(settings.data_dir), settings.database_url, settings.smtp_url]
    killer.process = await asyncio.create_subprocess_exec(sys.executable, "-c", SENDING, *arguments, cwd=ROOT)
    return await killer.process.wait()


async def write_and_kill(cast: Cast, server: MailServer, word: str, letter: int) -> list[str]:
    """The Message-IDs that come more than once when a process is killed and another one takes over."""
    people = [person.id for person in cast.people.values()]
    await outbox.post(people, "password_changed")
    settings = replace(cast.settings, smtp_url=server.url())
    assert await send_until_killed(settings, Killer(server, word, letter)) == -signal.SIGKILL
    setattr(server, word, lambda _: None)
    waiting = await Letter.filter(state=LetterState.WAITING).count()
    assert waiting == len(people) - letter + 1, "what was confirmed is sent, the rest still waits"
    await Postman(settings, asyncio.Event()).round()
    assert await Letter.filter(state=LetterState.WAITING).count() == 1, "one was claimed and waits for its time"
    with clock.at(clock.now() + dispatch.CLAIM + timedelta(seconds=1)):
        await Postman(settings, asyncio.Event()).round()
    assert {one.state for one in await Letter.all()} == {LetterState.SENT}
    counted = Counter(server.ids)
    assert set(counted) == {f"<{one.message_id}@127.0.0.1>" for one in await Letter.all()}
    return [id for id, times in counted.items() if times > 1]


@pytest.mark.sqlite_only
async def test_killed_between_the_final_dot_and_the_answer(cast: Cast, server: MailServer) -> None:
    assert len(await write_and_kill(cast, server, "data", 4)) == 1, "it cannot know that this one has arrived"


@pytest.mark.sqlite_first
async def test_killed_before_the_letter_itself(cast: Cast, server: MailServer) -> None:
    assert await write_and_kill(cast, server, "rcpt", 4) == []


@pytest.mark.long
async def test_killed_again_and_again_at_any_moment(cast: Cast, server: MailServer) -> None:
    dice = random.Random(7)
    for _ in range(12):
        await Letter.all().delete()
        server.letters.clear()
        doubles = await write_and_kill(cast, server, dice.choice(["mail", "rcpt", "data"]), dice.randrange(1, 9))
        assert len(doubles) <= 1
