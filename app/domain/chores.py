"""What the portal does when nobody answers: it reminds, announces a closing, and closes.

The count begins with whatever was said or moved last, and every step counts from the one before it, so what comes late
because the portal stood still puts off what follows. A row for each ticket, step and turn makes each happen once.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from app import clock
from app.database import Row, atomic, changed, marks, rows, written_rows
from app.domain import changes, journal, notify, rules, tickets
from app.domain.flow import MOVES
from app.domain.models import Person, Role, Status
from app.domain.refusals import Conflict
from app.domain.rules import Rules
from app.domain.workdays import Calendar
from app.language import GERMAN, format_date, local, speaking

log = logging.getLogger("app.chores")

BATCH = 200  # tickets that are looked at together
CLOSE = "close_unanswered"
# Step and rule, in their order; a step is the journal's kind, and what its row is called.
STEPS: Mapping[Status, tuple[tuple[str, str], ...]] = {
    Status.USER_REVIEW: (("reminded_user", "remind"), ("closing_announced", "announce"), (CLOSE, "close")),
    Status.IT_REVIEW: (("reminded_it", "review"), ("reminded_all_it", "review")),
}


@dataclass(frozen=True)
class Place:
    """An organisation as the chores need it."""

    name: str
    rules: Rules
    calendar: Calendar

    def next_step(self, status: Status, since: datetime, done: Mapping[str, datetime]) -> tuple[str, datetime] | None:
        """What comes next for a ticket, and from when on; None for nothing more.

        `done` says when each of the turn's steps happened.
        """
        for step, rule in STEPS[status]:
            days: int | None = getattr(self.rules, rule)
            if days is None or (status == Status.USER_REVIEW and rule != "remind" and not self.rules.closes):
                return None
            if step not in done:
                return step, self.calendar.after_workdays(since, days)
            since = done[step]
        return None

    def works(self, now: datetime) -> bool:
        """Whether it is a working day there that has begun: nothing is written on a Sunday or at night."""
        there = local(now)
        return self.calendar.is_workday(there.date()) and there.time() >= self.calendar.opens


async def run(over: Callable[[], bool] = lambda: False) -> int:
    """Do what is due; returns how many steps were taken."""
    places = {id: Place(*found) for id, found in (await rules.everywhere()).items()}
    taken = 0
    for status in STEPS:
        last = 0
        while not over() and (batch := await _silent(status, last)):
            last = batch[-1]["number"]
            taken += await _take(batch, places, over)
    return taken


async def overdue_review(edv: Person, number: int) -> Row | None:
    """About a ticket that waits for the EDV's own organisation, seen or not: module, waiting_since, reviewers.

    Nothing more of it, for somebody whose modules do not include it must only learn that something waits.
    """
    if edv.role != Role.EDV:
        return None
    found = await rows(
        "SELECT t.module_id, mo.name AS module, t.waiting_since FROM ticket t JOIN module mo ON mo.id = t.module_id "
        "WHERE t.number = ? AND t.organisation_id = ? AND t.status = ?",
        number, edv.organisation_id, Status.IT_REVIEW.value,
    )  # fmt: skip
    if not found:
        return None
    reviewers = await rows(
        "SELECT p.first_name || ' ' || p.last_name AS name FROM person p JOIN person_module pm ON pm.person_id = p.id "
        "WHERE p.organisation_id = ? AND p.role = ? AND p.active = ? AND pm.module_id = ? "
        "ORDER BY p.last_name, p.first_name",
        edv.organisation_id, Role.EDV.value, True, found[0]["module_id"],
    )  # fmt: skip
    return found[0] | {"reviewers": [row["name"] for row in reviewers]}


_SILENT = f"""
    SELECT t.*,
      COALESCE((SELECT MAX(m.id) FROM message m WHERE m.ticket_id = t.number), 0) AS message,
      (SELECT MAX(m.created_at) FROM message m WHERE m.ticket_id = t.number) AS said_at,
      COALESCE((SELECT MAX(e.id) FROM ticket_event e WHERE e.ticket_id = t.number AND e.kind IN {marks(MOVES)}), 0)
        AS move,
      (SELECT MAX(e.created_at) FROM ticket_event e WHERE e.ticket_id = t.number AND e.kind IN {marks(MOVES)})
        AS moved_at
    FROM ticket t
"""


async def _silent(status: Status, after: int) -> list[Row]:
    """The next tickets with this status whose organisation has a rule for it, with when they were last touched."""
    rule = "r.remind_days IS NOT NULL" if status == Status.USER_REVIEW else "r.id IS NULL OR r.review_days IS NOT NULL"
    return await rows(
        f"{_SILENT} LEFT JOIN organisation_rules r ON r.organisation_id = t.organisation_id "
        f"WHERE t.status = ? AND t.number > ? AND t.deleted_at IS NULL AND ({rule}) ORDER BY t.number LIMIT ?",
        *MOVES, *MOVES, status.value, after, BATCH,
    )  # fmt: skip


async def _take(batch: list[Row], places: Mapping[int, Place], over: Callable[[], bool]) -> int:
    """Take the steps that are due for these tickets; one that cannot be taken does not hold up the others."""
    done = await _done(batch)
    now, taken = clock.now(), 0
    for ticket in batch:
        place = places.get(ticket["organisation_id"])
        if over() or place is None or not place.works(now):
            continue
        before = done.get((ticket["number"], _turn(ticket)), {})
        step = place.next_step(Status(ticket["status"]), _since(ticket), before)
        if step is None or step[1] > now:
            continue
        try:
            taken += await _step(ticket, step[0], place)
        except Conflict:
            continue  # somebody was faster, so the ticket is not silent
        except Exception:
            log.exception("%s of ticket %s failed", step[0], ticket["number"])
    return taken


async def _done(batch: list[Row]) -> dict[tuple[int, str], dict[str, datetime]]:
    found = await rows(
        f"SELECT ticket_id, turn, kind, created_at FROM reminder WHERE ticket_id IN {marks(batch)}",
        *(row["number"] for row in batch),
    )
    done: dict[tuple[int, str], dict[str, datetime]] = {}
    for row in found:
        done.setdefault((row["ticket_id"], row["turn"]), {})[row["kind"]] = row["created_at"]
    return done


async def _step(ticket: Row, step: str, place: Place) -> bool:
    """One deed, one transaction; whether it was still to be done."""
    async with atomic():
        if not await _as_it_was(ticket):
            return False
        if step == CLOSE:
            await tickets.close_unanswered(ticket, place.rules.silence, place.name)
            return True
        now = clock.now()
        if not await changed(
            "INSERT INTO reminder (ticket_id, kind, turn, created_at) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (ticket_id, kind, turn) DO NOTHING",
            ticket["number"], step, _turn(ticket), now,
        ):  # fmt: skip
            return False
        closes = place.calendar.after_workdays(now, place.rules.close or 0)
        await _tell(ticket, step, closes)
        with speaking(GERMAN):
            said = format_date(closes) if step == "closing_announced" else ""
        await journal.record(None, step, ticket["number"], after=said)
        await changes.ticket(ticket["number"])
    return True


async def _tell(ticket: Row, step: str, closes: datetime) -> None:
    if step == "closing_announced":
        await notify.silent(ticket, "closing_announced", closes=closes.isoformat())
    elif step == "reminded_all_it" or not await notify.silent(ticket, "reminder"):
        await notify.overdue(ticket)


async def _as_it_was(ticket: Row) -> bool:
    """Hold the ticket; whether nobody said or moved anything since it was looked at."""
    hold = "UPDATE ticket SET version = version WHERE number = ? AND version = ?"  # every move makes a new version
    if not await changed(hold, ticket["number"], ticket["version"]):
        return False
    now = await written_rows(f"{_SILENT} WHERE t.number = ?", *MOVES, *MOVES, ticket["number"])
    return _turn(now[0]) == _turn(ticket)


def _turn(ticket: Row) -> str:
    """The silence by what it began with. Ids, not times: a clock that jumps makes no new turn."""
    return f"{ticket['move']}.{ticket['message']}"


def _since(ticket: Row) -> datetime:
    touched: list[datetime] = [at for at in (ticket["waiting_since"], ticket["said_at"], ticket["moved_at"]) if at]
    return max(touched)
