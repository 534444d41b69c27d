"""The postman: takes what is due out of the outbox, writes it, hands it over, and notes what became of it."""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage

from app import clock
from app.config import Settings
from app.database import is_away
from app.domain import dispatch
from app.domain.dispatch import Claimed
from app.domain.models import Letter
from app.mail import contents, letters, reasons, smtp
from app.mail.contents import Reading
from app.mail.reasons import Undelivered, Verdict
from app.mail.smtp import Patience

log = logging.getLogger("app.mail")

MOST_TROUBLE = 2  # letters in a row on which the server broke off, before the round ends
NOT_WRITABLE = (LookupError, TypeError, ValueError, AttributeError)  # anything else is the database


@dataclass(frozen=True)
class Timing:
    """How patient the postman is."""

    patience: Patience = field(default_factory=Patience)
    pause: timedelta = timedelta(minutes=1)  # after a round that ended because of the server
    noting: float = 120.0  # seconds in which the database may come back to hear that a letter is out
    goodbye: float = 1.0  # seconds that a letter under way still has when the portal stops


class Stopped(Exception):
    """The portal stops; what is claimed stays claimed, and is due again after a while."""


class Postman:
    """Makes rounds until `off` is set. Two of them never send the same letter at the same time."""

    def __init__(self, settings: Settings, off: asyncio.Event, timing: Timing | None = None) -> None:
        self._settings = settings
        self._off = off
        self._timing = timing or Timing()
        self._post = smtp.post_for(settings, self._timing.patience)
        self._rests_until: datetime | None = None
        self._missed = True  # whether letters may be waiting because there was no server to speak to

    async def round(self) -> None:
        """Send all that is due, unless the server is not well; what goes wrong with one letter is that letter's."""
        if self._rests_until and clock.now() < self._rests_until:
            return
        self._rests_until = None
        try:
            with suppress(Stopped):
                await self._all_due()
        finally:
            await self._post.close()

    async def _all_due(self) -> None:
        trouble, worked = 0, True
        while worked:
            worked = False
            for row in await dispatch.due():
                if self._off.is_set():
                    return
                claimed = await dispatch.claim(row)
                if claimed is None:
                    continue
                worked = True
                verdict = await self._deliver(claimed)
                trouble = trouble + 1 if verdict in (Verdict.SERVER, Verdict.UNKNOWN) else 0
                if verdict == Verdict.CLOSED or trouble >= MOST_TROUBLE:
                    self._rests_until = clock.now() + self._timing.pause
                    return

    async def _deliver(self, claimed: Claimed) -> Verdict | None:
        """Write and send, and note what became of it; returns what is to be learnt for the rest of the round."""
        if claimed.tries > dispatch.MOST_TRIES:
            await dispatch.fail(claimed, reasons.TOO_OFTEN)
            return None
        try:
            reading = await contents.read(claimed.letters, self._settings)
        except NOT_WRITABLE as error:
            await self._not_composed(claimed, error)
            return None
        await dispatch.drop(claimed, [letter for letter in claimed.letters if letter not in reading.kept])
        if reading.content is None:
            return None
        try:
            message = letters.compose(reading.content, reading.kept[0].message_id, self._settings)
        except Exception as error:
            await self._not_composed(claimed, error)
            return None
        return await self._hand_over(claimed, reading, message)

    async def _not_composed(self, claimed: Claimed, error: Exception) -> None:
        log.error("letter %s cannot be written", claimed.letters[0].id, exc_info=error)
        await dispatch.fail(claimed, reasons.worded(reasons.NOT_COMPOSED, type(error).__name__))

    async def _hand_over(self, claimed: Claimed, reading: Reading, message: EmailMessage) -> Verdict | None:
        try:
            await self._unless_stopped(self._post.send(message))
        except Undelivered as undelivered:
            await self._put_off(claimed, undelivered)
            return undelivered.verdict
        except NOT_WRITABLE as error:
            await self._not_composed(claimed, error)
            return None
        await self._note_sent(claimed, reading.kept)
        if self._missed:
            self._missed = False
            await dispatch.hurry(reasons.NO_CONNECTION)
        return None

    async def _note_sent(self, claimed: Claimed, kept: Sequence[Letter]) -> None:
        """What the mail server has is noted although the database is away just then, or it would go out twice.

        Also when the lock was lost meanwhile: whoever was elected leaves claimed letters alone for a while.
        """
        until = asyncio.get_running_loop().time() + self._timing.noting
        while True:
            try:
                return await dispatch.sent(claimed, kept)
            except Exception as error:
                if not is_away(error) or asyncio.get_running_loop().time() > until:
                    raise
                await asyncio.sleep(self._timing.noting / 120)

    async def _put_off(self, claimed: Claimed, undelivered: Undelivered) -> None:
        error, verdict = str(undelivered), undelivered.verdict
        log.warning("letter %s was not delivered: %s", claimed.letters[0].id, error)
        self._missed = self._missed or verdict == Verdict.CLOSED
        if verdict == Verdict.UNKNOWN and claimed.error.startswith(reasons.UNKNOWN):
            await dispatch.fail(claimed, reasons.TWICE_UNKNOWN)
        elif verdict == Verdict.NEVER:
            await dispatch.fail(claimed, error)
        else:
            await dispatch.put_off(claimed, error)

    async def _unless_stopped(self, work: Coroutine[object, object, None]) -> None:
        """Let it finish, or have a last second when the portal stops; raises Stopped."""
        working = asyncio.ensure_future(work)
        stopping = asyncio.ensure_future(self._off.wait())
        try:
            await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                await asyncio.wait({working}, timeout=self._timing.goodbye)
            if not working.done():
                raise Stopped
            await working
        finally:
            for task in (working, stopping):
                task.cancel()
            await asyncio.gather(working, stopping, return_exceptions=True)
