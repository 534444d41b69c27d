"""Which tickets changed, told to whoever listens in this process and, through PostgreSQL, in every other.

Only numbers and audiences are told. Before a stream says one of them, `live.py` asks the policy for its reader.
"""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial

from app.database import after_commit, dialect, execute
from app.domain.models import Audience, Session

CHANNEL = "portal_changes"
MOST_STREAMS = 20  # of one person; a browser needs one, however many tabs it has
REQUESTS = 0  # stands among the numbers of tickets for the access requests, of which only the vendor hears


class Listener:
    """One stream: what it heard and must still be checked, and what it may say."""

    def __init__(self, session: Session, audiences: tuple[Audience, ...]) -> None:
        self.session_id = session.id
        self.person_id = session.person_id
        self.audiences = audiences
        self.ended = False
        self.heard: set[int] = set()
        self._checked: set[int] = set()
        self._woken = asyncio.Event()

    async def news(self) -> set[int] | None:
        """The numbers to be said, as soon as there are any or a sign of life is due; None when the stream is over."""
        await self._woken.wait()
        self._woken.clear()
        numbers, self._checked = self._checked, set()
        return None if self.ended else numbers

    def say(self, numbers: Iterable[int]) -> None:
        """Let the stream say these; with none of them it only shows that it is still there."""
        self._checked.update(numbers)
        self._woken.set()

    def end(self) -> None:
        """Let the stream end."""
        self.ended = True
        self._woken.set()


_listeners: list[Listener] = []
_stirred: asyncio.Event | None = None


def listeners() -> list[Listener]:
    """The streams of this process."""
    return [listener for listener in _listeners if not listener.ended]


@contextmanager
def listening(session: Session, audiences: tuple[Audience, ...]) -> Iterator[Listener]:
    """Hear what happens for as long as the block lasts; too many of one person's end the oldest."""
    own = [other for other in listeners() if other.person_id == session.person_id]
    for oldest in own[: max(0, len(own) - MOST_STREAMS + 1)]:
        oldest.end()
    listener = Listener(session, audiences)
    _listeners.append(listener)
    try:
        yield listener
    finally:
        _listeners.remove(listener)


async def stirred(seconds: float) -> None:
    """Wait until some stream heard something, at most so long."""
    global _stirred
    if any(listener.heard for listener in listeners()):
        return
    _stirred = asyncio.Event()
    bell = asyncio.get_running_loop().call_later(seconds, _stirred.set)
    await _stirred.wait()
    bell.cancel()


async def ticket(number: int, audience: Audience = Audience.EVERYONE) -> None:
    """Tell, once the caller's transaction is committed, that a ticket changed for the readers of this audience."""
    await _tell(f"ticket {number} {audience.value}")


async def access_requests() -> None:
    """Tell, once the caller's transaction is committed, that other access requests wait than before."""
    await ticket(REQUESTS, Audience.VENDOR)


async def signed_out(person_id: int, but: int = 0) -> None:
    """Tell, once the caller's transaction is committed, that a person's streams are to end, but for one session's."""
    await _tell(f"person {person_id} {but}")


async def session_ended(session_id: int) -> None:
    """Tell, once the caller's transaction is committed, that the streams of one browser are to end."""
    await _tell(f"session {session_id}")


async def _tell(what: str) -> None:
    if dialect() == "sqlite":
        after_commit(partial(hear, what))
    else:
        await execute("SELECT pg_notify(?, ?)", CHANNEL, what)  # PostgreSQL itself waits for the commit


def hear(what: str) -> None:
    """Pass on to this process's streams what was told."""
    match what.split():
        case ["ticket", number, audience]:
            _hear_of(int(number), Audience(audience))
        case ["person", person_id, but]:
            _end(listener for listener in _listeners
                 if listener.person_id == int(person_id) and listener.session_id != int(but))  # fmt: skip
        case ["session", session_id]:
            _end(listener for listener in _listeners if listener.session_id == int(session_id))


def _hear_of(number: int, audience: Audience) -> None:
    for listener in _listeners:
        if audience in listener.audiences:
            listener.heard.add(number)
            if _stirred:
                _stirred.set()


def _end(these: Iterable[Listener]) -> None:
    for listener in these:
        listener.end()


def end_all() -> None:
    """End every stream of this process; their browsers come again, and ask what they missed."""
    _end(_listeners)
