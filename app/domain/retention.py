"""How long tickets are kept: a rule for each organisation and state, what it would take now, and the daily sweep.

Closed tickets are marked as deleted first and can be brought back; deleted ones are removed with all that hangs on
them. An open ticket is never touched.
"""

import calendar
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from app import clock
from app.database import Row, atomic, execute, marks, rows, written_rows
from app.domain import changes, directory, dispatch, drafts, fulltext, journal, organisations
from app.domain.models import Person, Role, Status
from app.domain.policy import Condition, visible_tickets
from app.domain.refusals import Conflict, NotAllowed, Refused
from app.domain.storage import Storage
from app.language import translate
from app.text import fold

MOST_MONTHS = 240
BATCH = 20  # tickets in one transaction; their numbers fit into one line of the audit log
LISTED = 30
WENT = ("tickets_expired", "tickets_removed")
# What hangs on a ticket, in the order in which it goes.
PARTS = ("attachment", "message", "ticket_event", "participant", "read_mark", "rating", "reminder", "turn")


@dataclass(frozen=True)
class Rules:
    """After how many months closed tickets are deleted and deleted ones removed; None for never."""

    closed: int | None = None
    deleted: int | None = None

    def expired(self, now: datetime) -> Condition:
        """Closed tickets of `ticket t` whose time is over; whoever touched one since begins its time anew."""
        if self.closed is None:
            return Condition("1 = 0")
        end = months_before(now, self.closed)
        return Condition(
            "t.status IN (?) AND t.deleted_at IS NULL AND t.updated_at <= ? "
            "AND COALESCE(t.closed_at, t.updated_at) <= ?",
            (Status.CLOSED.value, end, end),
        )

    def removable(self, now: datetime) -> Condition:
        """Deleted tickets of `ticket t` whose time is over."""
        if self.deleted is None:
            return Condition("1 = 0")
        return Condition(
            "t.status IN (?) AND t.deleted_at <= ?", (Status.CLOSED.value, months_before(now, self.deleted))
        )


def months_before(moment: datetime, months: int) -> datetime:
    """The same day so many months earlier, or that month's last one."""
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, calendar.monthrange(year, month + 1)[1]))


async def rules_of(admin: Person) -> list[Row]:
    """Every customer by name with its rules: id, name, closed_months, deleted_months, stamp."""
    _only_admin(admin)
    found = await rows("SELECT id, name, closed_months, deleted_months FROM organisation WHERE is_vendor = ?", False)
    shown = [row | {"stamp": _stamp(row)} for row in found]
    return sorted(shown, key=lambda row: (fold(row["name"]), row["id"]))


async def due(admin: Person, organisation_id: int, rules: Rules) -> dict[str, list[int]]:
    """The tickets that these rules would delete and remove now, as far as the admin sees them: `closed`, `deleted`."""
    _only_admin(admin)
    visible, now = visible_tickets(admin), clock.now()
    found = {}
    for name, condition in (("closed", rules.expired(now)), ("deleted", rules.removable(now))):
        chosen = await rows(
            f"SELECT t.number FROM ticket t WHERE t.organisation_id = ? AND {condition.sql} AND ({visible.sql}) "
            "ORDER BY t.number",
            organisation_id, *condition.values, *visible.values,
        )  # fmt: skip
        found[name] = [row["number"] for row in chosen]
    return found


async def went(admin: Person) -> list[Row]:
    """What the sweep did last, the newest first: when, what, and the line of the audit log."""
    _only_admin(admin)
    return await rows(
        f"SELECT id, kind, subject, created_at FROM audit_entry WHERE kind IN {marks(WENT)} ORDER BY id DESC LIMIT ?",
        *WENT,
        LISTED,
    )


async def change(admin: Person, organisation_id: int, stamp: str, rules: Rules) -> None:
    """Set how long an organisation's tickets are kept; raises Conflict when somebody was faster, and Refused."""
    _only_admin(admin)
    check(rules)
    async with atomic():
        organisation = await organisations.hold(organisation_id)
        now = {"closed_months": organisation.closed_months, "deleted_months": organisation.deleted_months}
        if _stamp(now) != stamp:
            raise Conflict(translate("Die Organisation wurde inzwischen geändert."))
        if rules == Rules(organisation.closed_months, organisation.deleted_months):
            return
        await execute(
            "UPDATE organisation SET closed_months = ?, deleted_months = ? WHERE id = ?",
            rules.closed, rules.deleted, organisation_id,
        )  # fmt: skip
        said = f"geschlossene {_said(rules.closed)}, gelöschte {_said(rules.deleted)}"
        await journal.audit(admin, "retention_changed", f"{organisation.name}: {said}")


def check(rules: Rules) -> None:
    """Raise Refused for months that are no time to keep anything."""
    wrong = {
        name: translate("Bitte eine ganze Zahl von 1 bis %(n)s, oder nichts für „nie“.", n=MOST_MONTHS)
        for name, months in vars(rules).items()
        if months is not None and not 1 <= months <= MOST_MONTHS
    }
    if wrong:
        raise Refused(**wrong)


async def sweep(storage: Storage, over: Callable[[], bool] = lambda: False) -> None:
    """Delete and remove what is due, in small transactions, until all is done or the work is over."""
    found = await rows(
        "SELECT id, name, closed_months, deleted_months FROM organisation "
        "WHERE closed_months IS NOT NULL OR deleted_months IS NOT NULL ORDER BY id"
    )
    for row in found:
        rules = Rules(row["closed_months"], row["deleted_months"])
        while rules.closed and not over() and await _expire(row, rules):
            pass
        while rules.deleted and not over() and await _remove(row, rules, storage):
            pass
    if not over():
        await storage.sweep(over)


async def _expire(organisation: Row, rules: Rules) -> bool:
    """Mark the next few closed tickets as deleted; whether there were any."""
    now = clock.now()
    due = rules.expired(now)
    async with atomic():
        found = await written_rows(
            "UPDATE ticket AS t SET deleted_at = ?, updated_at = ?, version = t.version + 1 WHERE t.number IN "
            f"(SELECT t.number FROM ticket t WHERE t.organisation_id = ? AND {due.sql} ORDER BY t.number LIMIT ?) "
            f"AND {due.sql} RETURNING number",  # said twice: PostgreSQL asks a row that somebody just changed only this
            now, now, organisation["id"], *due.values, BATCH, *due.values,
        )  # fmt: skip
        numbers = sorted(row["number"] for row in found)
        for number in numbers:
            await journal.record(None, "expired", number)
            await changes.ticket(number)
        if numbers:
            said = _told(organisation, f"seit {_months(rules.closed)} geschlossen", numbers)
            await journal.audit(None, "tickets_expired", said)
    return bool(numbers)


async def _remove(organisation: Row, rules: Rules, storage: Storage) -> bool:
    """Remove the next few deleted tickets with all that hangs on them, then their files; whether there were any."""
    due = rules.removable(clock.now())
    candidates = await rows(
        f"SELECT t.number FROM ticket t WHERE t.organisation_id = ? AND {due.sql} ORDER BY t.number LIMIT ?",
        organisation["id"], *due.values, BATCH,
    )  # fmt: skip
    letters, lines = await _traces({row["number"] for row in candidates})
    async with atomic():
        # Held, and asked once more: somebody may have brought one back.
        held = await written_rows(
            f"UPDATE ticket AS t SET version = t.version WHERE t.number IN {marks(candidates)} AND {due.sql} "
            "RETURNING number",
            *(row["number"] for row in candidates), *due.values,
        )  # fmt: skip
        numbers = sorted(row["number"] for row in held)
        files = await written_rows(f"SELECT sha256 FROM attachment WHERE ticket_id IN {marks(numbers)}", *numbers)
        await _delete(numbers, [id for id, number in letters.items() if number in numbers])
        for row in lines:
            await journal.reword(row["id"], row["shorter"])
        if numbers:
            said = _told(organisation, f"seit {_months(rules.deleted)} gelöscht", numbers)
            await journal.audit(None, "tickets_removed", said)
    await storage.discard({row["sha256"] for row in files})
    return bool(candidates)


async def _delete(numbers: Sequence[int], letters: Sequence[int]) -> None:
    await execute(f"DELETE FROM letter WHERE id IN {marks(letters)}", *letters)
    for table in PARTS:
        await execute(f"DELETE FROM {table} WHERE ticket_id IN {marks(numbers)}", *numbers)
    forms = [drafts.of_ticket(number) for number in numbers]
    await execute(f"DELETE FROM draft WHERE form IN {marks(forms)}", *forms)
    await fulltext.remove_documents(numbers)
    await execute(f"DELETE FROM ticket WHERE number IN {marks(numbers)}", *numbers)


async def _traces(numbers: Collection[int]) -> tuple[dict[int, int], list[Row]]:
    """Letters about these tickets with their numbers, and lines of the audit log that name their files."""
    if not numbers:
        return {}, []
    letters = await rows(
        f"SELECT id, context FROM letter WHERE {' OR '.join(['CAST(context AS text) LIKE ?'] * len(numbers))}",
        *(f"%{number}%" for number in numbers),
    )  # fmt: skip
    opened = await rows(
        "SELECT id, subject FROM audit_entry WHERE kind = 'attachment_opened' AND "
        f"({' OR '.join(['subject LIKE ?'] * len(numbers))})",
        *(f"#{number} %" for number in numbers),
    )  # fmt: skip
    about = {row["id"]: dispatch.ticket_of(row["context"]) or 0 for row in letters}
    shorter = [{"id": row["id"], "shorter": _nameless(row["subject"])} for row in opened]
    return {id: number for id, number in about.items() if number in numbers}, shorter


def _nameless(subject: str) -> str:
    """`#1042 Kündigung.pdf (7)` → `#1042 (7)`."""
    number, _, rest = subject.partition(" ")
    return f"{number} {rest[rest.rfind('(') :]}"


def _told(organisation: Row, since: str, numbers: Sequence[int]) -> str:
    return f"{organisation['name'][:80]}, {since}: " + ", ".join(f"#{number}" for number in numbers)


def _said(months: int | None) -> str:
    return f"nach {_months(months)}" if months else "nie"


def _months(months: int | None) -> str:
    """For the audit log, which is kept in German."""
    return "1 Monat" if months == 1 else f"{months} Monaten"


def _stamp(row: Row) -> str:
    return directory.stamp(row["closed_months"], row["deleted_months"])


def _only_admin(person: Person) -> None:
    if person.role != Role.ADMIN:
        raise NotAllowed
