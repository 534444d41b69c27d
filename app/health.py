"""How the portal is: what must be well for it to answer people, and its figures for monitoring."""

import asyncio
import contextvars
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta

from app import clock
from app.config import Settings
from app.database import Row, dialect, known_migrations, rows
from app.domain import changes
from app.domain.models import LetterState, Status
from app.domain.storage import storage_for
from app.metrics import METER, Family

PATIENCE = 2.0  # seconds for the database to answer
LONGEST_OVERDUE = timedelta(minutes=30)  # of a letter that is due: nobody works
WORST_LAG = 5.0  # seconds
LEAST_FREE = 50 * 1024 * 1024
STORAGE_KNOWN = 15.0  # seconds that an answer of the attachments' store counts

HOPELESS = 30.0  # seconds, after which a question is left to itself
# Without these a process serves nobody. Whatever else fails, people can still read; a load balancer that turned away
# from this process would turn away from all the others for the same reason.
UNFIT = ("database", "migrations", "loop")

_asking: asyncio.Task[tuple[dict[str, bool], float]] | None = None
_asked_at = 0.0
_storage_asked: tuple[float, Settings | None, bool] = (0.0, None, False)


@dataclass(frozen=True)
class State:
    """What is looked at and whether it fails, and two figures in seconds: the age of the oldest waiting letter (None
    while the database is away), and by how much the loop is late.
    """

    failing: dict[str, bool]
    oldest_letter: float | None
    lag: float

    @property
    def fit(self) -> bool:
        """Whether this process can serve people."""
        return not any(self.failing.get(name) for name in UNFIT)

    @property
    def word(self) -> str:
        """`ok`, `degraded` (served, but somebody should look), or `failing`."""
        return "failing" if not self.fit else "degraded" if any(self.failing.values()) else "ok"


async def state(settings: Settings) -> State:
    """How this process is."""
    asked, oldest = await _asked()
    own = {"loop": METER.lag > WORST_LAG, "disk": _free(settings) < LEAST_FREE}
    if settings.storage_url:
        own["storage"] = await _storage_fails(settings)
    return State({**asked, **own}, oldest, METER.lag)


async def _storage_fails(settings: Settings) -> bool:
    """Whether the store of the attachments is away; asked now and then only, for stores count what they are asked."""
    global _storage_asked
    now = asyncio.get_running_loop().time()
    asked_at, of, fails = _storage_asked
    if of is settings and now - asked_at < STORAGE_KNOWN:
        return fails
    try:
        async with asyncio.timeout(PATIENCE):
            await storage_for(settings).place.answers()
        fails = False
    except OSError:  # a TimeoutError too
        fails = True
    _storage_asked = now, settings, fails
    return fails


async def _asked() -> tuple[dict[str, bool], float | None]:
    """What the database says within its time.

    A question that is not answered yet is waited for and not asked again, nor cut short, which could leak a connection.
    """
    global _asking, _asked_at
    loop = asyncio.get_running_loop()
    old = loop.time() - _asked_at > HOPELESS
    if _asking is None or _asking.done() or old or _asking.get_loop() is not loop:
        _asking, _asked_at = loop.create_task(_ask(), context=contextvars.Context()), loop.time()
        _asking.add_done_callback(lambda task: task.cancelled() or task.exception())  # or asyncio complains of it
    done, _ = await asyncio.wait({_asking}, timeout=PATIENCE)
    if not done or _asking.cancelled() or _asking.exception():
        return {"database": True}, None
    return _asking.result()


async def _ask() -> tuple[dict[str, bool], float]:
    applied = {row["name"] for row in await rows("SELECT name FROM tortoise_migrations WHERE app = 'domain'")}
    (letter,) = await _letters()
    overdue = _age(letter["due_at"]) > LONGEST_OVERDUE.total_seconds()
    lacking = not set(known_migrations()) <= applied
    return {"database": False, "migrations": lacking, "letters": overdue}, _age(letter["created_at"])


def _free(settings: Settings) -> int:
    return shutil.disk_usage(settings.data_dir).free


async def _letters() -> list[Row]:
    """When the waiting letter that is longest due was due, and when the oldest was written."""
    return await rows(
        "SELECT MIN(due_at) AS due_at, MIN(created_at) AS created_at FROM letter WHERE state = ?",
        LetterState.WAITING.value,
    )


async def figures(settings: Settings) -> list[Family]:
    """What the portal holds, in numbers; only that its database is away when it is."""
    try:
        held, answers = await _held(), 1
    except Exception:
        held, answers = [], 0
    return [
        Family.one("portal_database_up", "gauge", "Whether the database answers.", answers),
        *held,
        Family.one("portal_streams_open", "gauge", "Open event streams of this process.", len(changes.listeners())),
        Family.one("portal_disk_free_bytes", "gauge", "Free room for the data directory.", _free(settings)),
    ]


async def _held() -> list[Family]:
    letters = await rows("SELECT state, COUNT(*) AS n FROM letter GROUP BY state")
    tickets = await rows("SELECT status, COUNT(*) AS n FROM ticket GROUP BY status")
    (oldest,) = await _letters()
    counted = dict.fromkeys(LetterState, 0) | {row["state"]: row["n"] for row in letters}
    standing = dict.fromkeys(Status, 0) | {row["status"]: row["n"] for row in tickets}
    written, due = _age(oldest["created_at"]), _age(oldest["due_at"])
    return [
        Family.by("portal_letters", "gauge", "Letters.", "state", counted),
        Family.one("portal_letter_oldest_seconds", "gauge", "Age of the oldest waiting letter.", written),
        Family.one("portal_letter_overdue_seconds", "gauge", "How long a letter is due already.", due),
        Family.by("portal_tickets", "gauge", "Tickets.", "status", standing),
        Family.one("portal_database_bytes", "gauge", "Size of the database.", await _size()),
    ]


def _age(moment: datetime | None) -> float:
    return max(0.0, (clock.now() - moment).total_seconds()) if moment else 0.0


async def _size() -> int:
    if dialect() == "sqlite":
        sql = "SELECT page_count * page_size AS size FROM pragma_page_count(), pragma_page_size()"
    else:
        sql = "SELECT pg_database_size(current_database()) AS size"
    return int((await rows(sql))[0]["size"])
