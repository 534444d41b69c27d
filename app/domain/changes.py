"""Which tickets changed, told to whoever listens in this process and, through PostgreSQL, in every other.

Only numbers and audiences are told. Who listens asks the policy whether there is such a ticket for their reader.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from app.database import after_commit, dialect, execute
from app.domain.models import Audience

CHANNEL = "portal_changes"
MOST_STREAMS = 20  # of one person; a browser needs one, however many tabs it has


class Listener:
    """What happened since it was last asked, for one stream."""

    def __init__(self, person_id: int, audiences: tuple[Audience, ...]) -> None:
        self.person_id = person_id
        self.audiences = audiences
        self.ended = False
        self._numbers: set[int] = set()
        self._woken = asyncio.Event()

    async def wait(self, seconds: float) -> set[int]:
        """The numbers of the tickets that changed, as soon as there are any; empty after so many seconds or the end."""
        bell = asyncio.get_running_loop().call_later(seconds, self._woken.set)
        await self._woken.wait()
        bell.cancel()
        self._woken.clear()
        numbers, self._numbers = self._numbers, set()
        return numbers

    def ticket(self, number: int, audience: Audience) -> None:
        """Note a change that concerns readers of this audience."""
        if audience in self.audiences:
            self._numbers.add(number)
            self._woken.set()

    def end(self) -> None:
        """Let the stream end."""
        self.ended = True
        self._woken.set()


_listeners: list[Listener] = []


@contextmanager
def listening(person_id: int, audiences: tuple[Audience, ...]) -> Iterator[Listener]:
    """Hear what happens for as long as the block lasts; too many of one person's end the oldest."""
    own = [other for other in _listeners if other.person_id == person_id and not other.ended]
    for oldest in own[: max(0, len(own) - MOST_STREAMS + 1)]:
        oldest.end()
    listener = Listener(person_id, audiences)
    _listeners.append(listener)
    try:
        yield listener
    finally:
        _listeners.remove(listener)


async def ticket(number: int, audience: Audience = Audience.EVERYONE) -> None:
    """Tell, once the caller's transaction is committed, that a ticket changed for the readers of this audience."""
    await _tell(f"ticket {number} {audience.value}")


async def signed_out(person_id: int) -> None:
    """Tell, once the caller's transaction is committed, that a person's streams are to end."""
    await _tell(f"person {person_id}")


async def _tell(what: str) -> None:
    if dialect() == "sqlite":
        after_commit(partial(hear, what))
    else:
        await execute("SELECT pg_notify(?, ?)", CHANNEL, what)  # PostgreSQL itself waits for the commit


def hear(what: str) -> None:
    """Pass on to this process's streams what was told."""
    match what.split():
        case ["ticket", number, audience]:
            for listener in _listeners:
                listener.ticket(int(number), Audience(audience))
        case ["person", person_id]:
            for listener in _listeners:
                if listener.person_id == int(person_id):
                    listener.end()


def end_all() -> None:
    """End every stream of this process; their browsers come again."""
    for listener in _listeners:
        listener.end()
