"""How the portal is: what must be well for it to answer people, and its figures for monitoring."""

import asyncio
import contextvars
import shutil
from datetime import datetime, timedelta

from app import clock
from app.config import Settings
from app.database import Row, dialect, known_migrations, rows
from app.domain import changes
from app.domain.models import LetterState, Status
from app.metrics import METER, Family

PATIENCE = 2.0  # seconds for the database to answer
LONGEST_OVERDUE = timedelta(minutes=30)  # of a letter that is due: nobody works
WORST_LAG = 5.0  # seconds
LEAST_FREE = 50 * 1024 * 1024

HOPELESS = 30.0  # seconds, after which a question is left to itself

_asking: asyncio.Task[dict[str, bool]] | None = None
_asked_at = 0.0


async def failing(settings: Settings) -> dict[str, bool]:
    """What is looked at, and whether it fails."""
    asked = await _asked()
    return {**asked, "loop": METER.lag > WORST_LAG, "disk": _free(settings) < LEAST_FREE}


async def _asked() -> dict[str, bool]:
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
        return {"database": True}
    return _asking.result()


async def _ask() -> dict[str, bool]:
    applied = {row["name"] for row in await rows("SELECT name FROM tortoise_migrations WHERE app = 'domain'")}
    due = (await _letters())[0]["due_at"]
    overdue = due is not None and clock.now() - due > LONGEST_OVERDUE
    return {"database": False, "migrations": not set(known_migrations()) <= applied, "letters": overdue}


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
