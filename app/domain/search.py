"""The statements behind the ticket list: find, count, choices, what waits, what is similar. One each."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from app.database import Row, marks, rows
from app.domain.flow import DELETED, OPEN
from app.domain.fulltext import hits
from app.domain.models import Person, Role
from app.domain.policy import Condition, sees_deleted, visible_messages, visible_tickets
from app.domain.ticket_filter import STATUS_CHOICES, TicketFilter, bounded_id
from app.language import translate
from app.text import fold

PAGE = 50
COUNT_CAP = 1000
MOST_VALUES = 20_000  # in one statement; both databases take some more
ORDERS = {
    "number": "t.number ASC",
    "-number": "t.number DESC",
    "updated": "t.updated_at ASC, t.number ASC",
    "-updated": "t.updated_at DESC, t.number DESC",
    "waiting": "t.waiting_since ASC, t.number ASC",
    "-waiting": "t.waiting_since DESC, t.number DESC",
    # „high“ comes before „normal“ in the alphabet
    "priority": "t.priority DESC, t.waiting_since ASC, t.number ASC",
    "-priority": "t.priority ASC, t.waiting_since ASC, t.number ASC",
}


def _where(filter: TicketFilter, person: Person, *, status: bool = True) -> Condition:
    """Everything that the list's rows must meet; without the status for the counts beside it."""
    visible = visible_tickets(person)
    parts, values = [f"({visible.sql})"], list(visible.values)

    def add(sql: str, *more: object) -> None:
        parts.append(sql)
        values.extend(more)

    if filter.modules:
        add(f"t.module_id IN {marks(filter.modules)}", *filter.modules)
    if filter.category:
        add("t.category = ?", filter.category)
    if filter.priority:
        add("t.priority = ?", filter.priority)
    if filter.escalated:
        add("t.escalated_at IS NOT NULL")
    if filter.organisation:
        add("t.organisation_id = ?", filter.organisation)
    if filter.scope == "mine":
        column = "t.responsible_id" if person.is_staff else "t.reporter_id"
        add(f"{column} = ?", person.id)
    found = hits(filter.q, person)
    if found:
        add(f"t.number IN ({found.sql})", *found.values)
    elif filter.q:
        add("1 = 0")
    if status:
        _add_status(filter, add)
    return Condition(" AND ".join(parts), tuple(values))


def _add_status(filter: TicketFilter, add: Any) -> None:
    live = [status for status in filter.statuses if status != DELETED]
    if not filter.statuses:
        add("t.deleted_at IS NULL")
    elif not live:
        add("t.deleted_at IS NOT NULL")
    elif DELETED in filter.statuses:
        add(f"(t.deleted_at IS NOT NULL OR t.status IN {marks(live)})", *live)
    else:
        add(f"t.deleted_at IS NULL AND t.status IN {marks(live)}", *live)


def _numbered(filter: TicketFilter, person: Person) -> tuple[Condition, Condition]:
    """The WHERE and the ORDER BY; a bare number that is a visible ticket is there whatever the filter, and first."""
    where = _where(filter, person)
    order = Condition(ORDERS[filter.sort])
    number = bounded_id(filter.q.lstrip("#"))
    if number:
        visible = visible_tickets(person)
        where = Condition(
            f"({where.sql}) OR (t.number = ? AND ({visible.sql}) AND t.deleted_at IS NULL)",
            (*where.values, number, *visible.values),
        )
        order = Condition(f"CASE WHEN t.number = ? THEN 0 ELSE 1 END, {order.sql}", (number,))
    return where, order


async def find(filter: TicketFilter, person: Person, limit: int = PAGE) -> list[Row]:
    """One page of the list, and one row more when there is a next page. One statement."""
    where, order = _numbered(filter, person)
    chosen = Condition(
        f"SELECT t.number, 1 AS fits FROM ticket t WHERE {where.sql} ORDER BY {order.sql} LIMIT ? OFFSET ?",
        (*where.values, *order.values, limit + 1, (filter.page - 1) * limit),
    )
    return await _rows(chosen, order, person)


async def again(filter: TicketFilter, person: Person, numbers: Collection[int]) -> list[Row]:
    """These rows of a list that is being read as they are now; `fits` says whether they still meet the filter.

    One statement.
    """
    where, visible = _numbered(filter, person)[0], visible_tickets(person)
    chosen = Condition(
        f"SELECT t.number, CASE WHEN {where.sql} THEN 1 ELSE 0 END AS fits FROM ticket t "
        f"WHERE t.number IN {marks(numbers)} AND ({visible.sql})",
        (*where.values, *numbers, *visible.values),
    )
    return await _rows(chosen, Condition("t.number"), person)


async def _rows(chosen: Condition, order: Condition, person: Person) -> list[Row]:
    """What the list shows of the tickets that a statement chooses."""
    read = visible_messages(person)
    return await rows(
        f"""
        SELECT t.number, t.subject, t.category, t.priority, t.status, t.created_at, t.updated_at, t.waiting_since,
          t.deleted_at, t.escalated_at, t.handed_over_at, mo.name AS module, o.name AS organisation,
          r.first_name || ' ' || r.last_name AS reporter, s.first_name || ' ' || s.last_name AS responsible,
          l.created_at AS last_at, a.first_name || ' ' || a.last_name AS last_author,
          CASE WHEN l.author_id <> ? AND l.id > COALESCE(rm.message_id, 0) THEN 1 ELSE 0 END AS unread,
          (SELECT COUNT(*) FROM attachment f JOIN message m ON m.id = f.message_id
            WHERE f.ticket_id = t.number AND {read.sql}) AS files, page.fits
        FROM ({chosen.sql}) page
        JOIN ticket t ON t.number = page.number
        JOIN module mo ON mo.id = t.module_id
        JOIN organisation o ON o.id = t.organisation_id
        JOIN person r ON r.id = t.reporter_id
        LEFT JOIN person s ON s.id = t.responsible_id
        LEFT JOIN message l ON l.id =
          (SELECT m.id FROM message m WHERE m.ticket_id = t.number AND {read.sql} ORDER BY m.id DESC LIMIT 1)
        LEFT JOIN person a ON a.id = l.author_id
        LEFT JOIN read_mark rm ON rm.ticket_id = t.number AND rm.person_id = ?
        ORDER BY {order.sql}
        """,
        person.id, *read.values, *chosen.values, *read.values, person.id, *order.values,
    )  # fmt: skip


async def missing(filter: TicketFilter, person: Person, shown: Collection[int], since: datetime | None) -> int:
    """How many tickets meet the filter that are not among the shown ones, at most COUNT_CAP + 1. One statement.

    With `since` only those that came to the list after it: where the shown ones are not all that there were then.
    """
    where = _numbered(filter, person)[0]
    came = _came(filter, since) if since else Condition("1 = 1")
    others = f"AND t.number NOT IN {marks(shown)}" if shown else ""
    found = await rows(
        f"SELECT COUNT(*) AS tickets FROM (SELECT 1 AS one FROM ticket t WHERE ({where.sql}) "
        f"{others} AND {came.sql} LIMIT {COUNT_CAP + 1}) c",
        *where.values, *shown, *came.values,
    )  # fmt: skip
    return int(found[0]["tickets"])


def _came(filter: TicketFilter, since: datetime) -> Condition:
    """What tells that a ticket is new to a list: made, handed over, or led into what the filter asks for."""
    columns = ["t.created_at", "t.handed_over_at"]
    if filter.statuses:
        columns += ["t.waiting_since", "t.deleted_at"]
    if filter.escalated:
        columns.append("t.escalated_at")
    came = " OR ".join(f"{column} > ?" for column in columns)
    return Condition(f"t.updated_at > ? AND ({came})", (since,) * (len(columns) + 1))


async def count(filter: TicketFilter, person: Person) -> dict[str, int]:
    """How many tickets there are per status („deleted“ included) under the other filters, at most COUNT_CAP + 1 each.

    One statement.
    """
    where = _where(filter, person, status=False)
    choices = STATUS_CHOICES if sees_deleted(person) else STATUS_CHOICES[:-1]
    parts, values = [], []
    for status in choices:
        own = "t.deleted_at IS NOT NULL" if status == DELETED else "t.deleted_at IS NULL AND t.status = ?"
        parts.append(
            f"SELECT '{status}' AS status, COUNT(*) AS tickets FROM "
            f"(SELECT 1 AS one FROM ticket t WHERE {where.sql} AND {own} LIMIT {COUNT_CAP + 1}) c"
        )
        values += [*where.values, *([] if status == DELETED else [status])]
    found = await rows(" UNION ALL ".join(parts), *values)
    return {row["status"]: row["tickets"] for row in found}


async def choices(person: Person) -> list[Row]:
    """What the filter offers: the modules that the person may use and, for staff, the organisations. One statement.

    Rows of kind, id, name.
    """
    if person.is_staff:
        return await rows(
            "SELECT 'module' AS kind, id, name, position FROM module UNION ALL "
            "SELECT 'organisation', id, name, 0 FROM organisation WHERE is_vendor = ? ORDER BY 1, 4, 3",
            False,
        )
    return await rows(
        "SELECT 'module' AS kind, mo.id, mo.name, mo.position FROM module mo "
        "JOIN person_module pm ON pm.module_id = mo.id WHERE pm.person_id = ? ORDER BY mo.position",
        person.id,
    )


async def waiting(person: Person) -> int:
    """How many tickets wait for this person, at most COUNT_CAP + 1."""
    filter = TicketFilter.default(person)
    own = "AND t.reporter_id = ?" if person.role == Role.USER else ""
    where = _where(filter, person)
    found = await rows(
        f"SELECT COUNT(*) AS tickets FROM (SELECT 1 AS one FROM ticket t WHERE {where.sql} {own} "
        f"LIMIT {COUNT_CAP + 1}) c",
        *where.values, *([person.id] if own else []),
    )  # fmt: skip
    return int(found[0]["tickets"])


async def similar(subject: str, person: Person, limit: int = 5) -> list[Row]:
    """Open tickets that the person may see and that share the most telling words with a subject being typed."""
    words = [word for word in dict.fromkeys(fold(subject).split()) if len(word) >= 4][:6]
    if not words:
        return []
    visible = visible_tickets(person)
    open_marks = marks(OPEN)
    parts, values = [], []
    for word in words:
        found = hits(word, person)
        if found is None:
            continue
        parts.append(
            f"SELECT number FROM (SELECT t.number FROM ticket t WHERE ({visible.sql}) AND t.deleted_at IS NULL "
            f"AND t.status IN {open_marks} AND t.number IN ({found.sql}) ORDER BY t.number DESC LIMIT 50) w"
        )
        values += [*visible.values, *(status.value for status in OPEN), *found.values]
    return await rows(
        f"SELECT t.number, t.subject, t.status FROM (SELECT number, COUNT(*) AS shared FROM "
        f"({' UNION ALL '.join(parts)}) u GROUP BY number) n JOIN ticket t ON t.number = n.number "
        "WHERE n.shared >= ? ORDER BY n.shared DESC, t.number DESC LIMIT ?",
        *values, min(2, len(words)), limit,
    )  # fmt: skip


async def seen_by(people: Iterable[Person], numbers: Collection[int]) -> dict[int, set[int]]:
    """Which of these tickets each of these people sees, by the person's id. One statement for all who see alike."""
    alike: dict[str, list[tuple[int, ...]]] = {}
    for person in people:
        visible = visible_tickets(person)
        alike.setdefault(visible.sql, []).append((person.id, *visible.values))
    seen: dict[int, set[int]] = {line[0]: set() for lines in alike.values() for line in lines}
    for sql, lines in alike.items():
        size = max(1, (MOST_VALUES - len(numbers)) // len(lines[0]))
        for start in range(0, len(lines), size):
            for row in await _seen_by(sql, lines[start : start + size], numbers):
                seen[row["person"]].add(row["number"])
    return seen


async def _seen_by(sql: str, lines: Sequence[tuple[int, ...]], numbers: Collection[int]) -> list[Row]:
    """A condition's question marks, asked for many people at once: their values are the lines of a table."""
    first, *rest = sql.split("?")
    condition = first + "".join(f"line.value{place}{part}" for place, part in enumerate(rest))
    columns = ", ".join(["person", *(f"value{place}" for place in range(len(rest)))])
    line = f"({', '.join(['CAST(? AS INTEGER)'] * (len(rest) + 1))})"
    return await rows(
        f"WITH line ({columns}) AS (VALUES {', '.join([line] * len(lines))}) "
        f"SELECT line.person, t.number FROM line JOIN ticket t ON t.number IN {marks(numbers)} WHERE {condition}",
        *(value for one in lines for value in one), *numbers,
    )  # fmt: skip


def high_or_escalated_hint(found: Mapping[str, int]) -> str | None:
    """The kind sentence beside „Hoch“ and „Eskalieren“, out of `urgent()`; None while nothing is urgent."""
    if not found["urgent"]:
        return None
    one = "Eines Ihrer %(open)s offenen Tickets hat bereits hohe Priorität oder ist eskaliert."
    several = "%(urgent)s Ihrer %(open)s offenen Tickets haben bereits hohe Priorität oder sind eskaliert."
    return translate(one if found["urgent"] == 1 else several, **found)


async def urgent(person: Person) -> dict[str, int]:
    """How many open tickets the person has reported, and how many of them are high priority or escalated."""
    found = await rows(
        "SELECT COUNT(*) AS open, COALESCE(SUM(CASE WHEN priority = 'high' OR escalated_at IS NOT NULL "
        "THEN 1 ELSE 0 END), 0) AS urgent FROM ticket "
        f"WHERE reporter_id = ? AND deleted_at IS NULL AND status IN {marks(OPEN)}",
        person.id, *(status.value for status in OPEN),
    )  # fmt: skip
    return {name: int(value) for name, value in found[0].items()}
