"""What works beside the requests: the postman, the chores and the daily sweep. One of each, whatever the number of
processes."""

import asyncio
import contextvars
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, timedelta

from app import clock, language
from app.config import Settings
from app.database import close_database, dialect, execute, open_database, own_connection
from app.domain import accounts, chores, dispatch, outbox, retention, turns
from app.domain.storage import storage_for
from app.language import local
from app.mail.postman import Postman, Timing

log = logging.getLogger("app.worker")

ADVISORY_LOCK = 7_305_301_002  # any number besides the one of the migrations
DAY = timedelta(days=1)
# What nobody needs any more: how long after which moment it is deleted.
SWEEPS = (
    ("DELETE FROM letter WHERE state = 'dropped' AND due_at < ?", 30 * DAY),
    ("DELETE FROM letter WHERE state = 'sent' AND sent_at < ?", 90 * DAY),
    ("DELETE FROM token WHERE expires_at < ?", 2 * DAY),  # the context of an X3 code serves a day longer than the code
    ("DELETE FROM session WHERE seen_at < ?", accounts.IDLE),
    ("DELETE FROM session WHERE created_at < ?", accounts.LONGEST),
    ("DELETE FROM throttle_count WHERE until < ?", DAY),
    (
        "DELETE FROM draft WHERE EXISTS (SELECT 1 FROM form_key k "
        "WHERE k.person_id = draft.person_id AND k.key = draft.form_key AND k.created_at < ?)",
        DAY,
    ),  # what arrived after its message was sent; its form key goes later
    ("DELETE FROM draft WHERE saved_at < ?", 90 * DAY),
    ("DELETE FROM form_key WHERE created_at < ?", 2 * accounts.LONGEST),
)


@dataclass(frozen=True)
class Rhythm:
    """How often, in seconds, is looked for what."""

    chores: float = 300.0  # what is due because nobody answers
    look: float = 2.0  # for due letters; what this process posts itself is seen at once
    election: float = 5.0  # whether whoever works is still there
    trouble: float = 10.0  # after something went wrong
    mourning: float = 20.0  # until what a former postman claimed is nobody's: one that lost its lock knows by then
    goodbye: float = 2.0  # how long the portal waits for the loops when it stops
    timing: Timing = field(default_factory=Timing)


@asynccontextmanager
async def working(settings: Settings) -> AsyncIterator[None]:
    """Let the loops work for as long as the block lasts, with the database open."""
    worker = Worker(settings)
    worker.start()
    try:
        yield
    finally:
        await worker.stop()


class Worker:
    """The loops of one process, from `start` to `stop`."""

    def __init__(self, settings: Settings, rhythm: Rhythm | None = None) -> None:
        self._settings = settings
        self._rhythm = rhythm or Rhythm()
        self._off = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to work beside the caller, with the database open."""
        # A context of its own: a task must never inherit a transaction's connection.
        self._task = asyncio.get_running_loop().create_task(self._work(), context=contextvars.Context())

    async def stop(self) -> None:
        """End within a second or two: a letter under way is finished, or stays claimed and due."""
        self._off.set()
        if self._task:
            await asyncio.wait({self._task}, timeout=self._rhythm.goodbye)
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=0.5)

    async def _work(self) -> None:
        while not self._off.is_set():
            try:
                async with _elected(self._settings, self._rhythm, self._off) as over:
                    await _Loops(self._settings, self._rhythm, over).run()
            except Exception:
                log.exception("the worker starts again")
                await _pause(self._off, self._rhythm.trouble)


@asynccontextmanager
async def _elected(settings: Settings, rhythm: Rhythm, off: asyncio.Event) -> AsyncIterator[asyncio.Event]:
    """Wait until nobody else works; what it yields is set when the work is over, here or because the lock is lost."""
    if dialect() == "sqlite":  # one process only
        yield off
        return
    async with own_connection(settings) as connection:
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", ADVISORY_LOCK):
            if await _pause(off, rhythm.election):
                yield off
                return
        over = asyncio.Event()
        connection.add_termination_listener(lambda _: over.set())
        watching = asyncio.get_running_loop().create_task(_watch(connection.fetchval, rhythm, off, over))
        try:
            yield over
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching


async def _watch(
    ask: Callable[[str], Awaitable[object]], rhythm: Rhythm, off: asyncio.Event, over: asyncio.Event
) -> None:
    """Set `over` when the portal stops, or when the connection that holds the lock does not answer any more."""
    try:
        while not await _pause(off, rhythm.election):
            async with asyncio.timeout(rhythm.trouble):
                await ask("SELECT 1")
    except Exception as error:
        log.warning("the worker's lock is lost: %s", type(error).__name__)
    finally:
        over.set()


async def _pause(off: asyncio.Event, seconds: float) -> bool:
    """Wait a while, or until it is over; whether it is."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await off.wait()
    return off.is_set()


class _Loops:
    """What one process of all does."""

    def __init__(self, settings: Settings, rhythm: Rhythm, over: asyncio.Event) -> None:
        self._rhythm = rhythm
        self._over = over
        self._postman = Postman(settings, over, rhythm.timing)
        self._storage = storage_for(settings)
        self._posted = asyncio.Event()
        mourning = 0 if dialect() == "sqlite" else rhythm.mourning
        self._release_at: float | None = asyncio.get_running_loop().time() + mourning
        self._swept: date | None = None
        self._chores_at = 0.0

    async def run(self) -> None:
        outbox.listen(self._posted.set)
        try:
            while not self._over.is_set():
                works = (self._release, self._chores, self._postman.round, self._sweep)
                well = [await _guarded(work) for work in works]
                await self._wait(self._rhythm.look if all(well) else self._rhythm.trouble)
        finally:
            outbox.ignore(self._posted.set)

    async def _wait(self, seconds: float) -> None:
        """Until something was posted, the work is over, or the time is up."""
        waiting = [asyncio.ensure_future(event.wait()) for event in (self._posted, self._over)]
        try:
            await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
            self._posted.clear()

    async def _release(self) -> None:
        """Once after the election: what a postman that died had claimed is due at once."""
        if self._release_at is not None and asyncio.get_running_loop().time() >= self._release_at:
            await dispatch.release()
            self._release_at = None

    async def _chores(self) -> None:
        """Every few minutes."""
        now = asyncio.get_running_loop().time()
        if now >= self._chores_at:
            await chores.run(self._over.is_set)
            self._chores_at = now + self._rhythm.chores

    async def _sweep(self) -> None:
        """Once a day."""
        today = local(clock.now()).date()
        if self._swept != today:
            await sweep()
            await retention.sweep(self._storage, self._over.is_set)
            await turns.reckon_all()
            self._swept = today


async def _guarded(work: Callable[[], Awaitable[None]]) -> bool:
    """No loop dies of an exception; whether there was none."""
    try:
        await work()
    except Exception:
        log.exception("%s failed", work.__name__)
        return False
    return True


async def sweep() -> None:
    """Delete what is over and done with."""
    for statement, age in SWEEPS:
        await execute(statement, clock.now() - age)


async def run(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT, in a process that serves nothing."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    language.name_vendor(settings.vendor)
    await open_database(settings)
    try:
        async with working(settings):
            await stop.wait()
    finally:
        await close_database()
