"""The statements behind the ticket list: find, count, choices, what waits, what is similar. One each."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from app import clock
from app.database import Row, marks, rows
from app.domain import fulltext
from app.domain.flow import DELETED, OPEN
from app.domain.matching import AHEAD, RECENT, first, matching, named, order_of
from app.domain.models import Person, Role, Status
from app.domain.policy import Condition, sees_deleted, visible_messages, visible_tickets
from app.domain.ticket_filter import STATUS_CHOICES, TicketFilter
from app.text import fold

PAGE = 50
COUNT_CAP = 1000
MOST_TOGETHER = 5 * COUNT_CAP
_STATE = {status.value: f"c.deleted_at IS NULL AND c.status = '{status.value}'" for status in Status}
_STATE[DELETED] = "c.deleted_at IS NOT NULL"
MOST_VALUES = 20_000  # in one statement; both databases take some more


async def find(filter: TicketFilter, person: Person, limit: int = PAGE) -> list[Row]:
    """One page of the list, and one row more when there is a next page. One statement."""
    start = (filter.page - 1) * limit
    order, tickets = order_of(filter, "c"), first(filter, person, start + limit + 1)
    chosen = Condition(
        f"SELECT c.number, 1 AS fits FROM ({tickets.sql}) c ORDER BY {order.sql} LIMIT ? OFFSET ?",
        (*tickets.values, *order.values, limit + 1, start),
    )
    return await _rows(chosen, order_of(filter), person)


async def again(filter: TicketFilter, person: Person, numbers: Collection[int]) -> list[Row]:
    """These rows of a list that is being read as they are now; `fits` says whether they still meet the filter.

    One statement.
    """
    fitting, visible = _among(filter, person, numbers), visible_tickets(person)
    chosen = Condition(
        "SELECT t.number, CASE WHEN f.number IS NULL THEN 0 ELSE 1 END AS fits "
        f"FROM ticket t LEFT JOIN ({fitting.sql}) f ON f.number = t.number "
        f"WHERE t.number IN {marks(numbers)} AND ({visible.sql})",
        (*fitting.values, *numbers, *visible.values),
    )
    return await _rows(chosen, Condition("t.number"), person)


def _among(filter: TicketFilter, person: Person, numbers: Collection[int]) -> Condition:
    """Which of these tickets meet the filter."""
    found = matching(filter, person)
    near = f"AND {fulltext.key()} BETWEEN ? AND ?" if found.indexed else ""
    ends = (min(numbers, default=0), max(numbers, default=0)) if found.indexed else ()
    chosen = found.select("t.number", f"AND t.number IN {marks(numbers)} {near}", *numbers, *ends)
    number = named(filter, person)
    if not number:
        return chosen
    other = number.select("t.number")
    return Condition(f"{chosen.sql} UNION {other.sql}", (*chosen.values, *other.values))


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
    came = _came(filter, since) if since else Condition("1 = 1")
    others = f"AND t.number NOT IN {marks(shown)}" if shown else ""
    late = fulltext.moments(since, clock.now() + AHEAD) if since and since > clock.now() - RECENT else ()
    chosen = matching(filter, person, late).select("t.number", f"{others} AND {came.sql} LIMIT {COUNT_CAP + 1}",
                                                   *shown, *came.values)  # fmt: skip
    parts, values = [f"SELECT number FROM ({chosen.sql}) c"], list(chosen.values)
    number = named(filter, person)
    if number:
        other = number.select("t.number", f"{others} AND {came.sql}", *shown, *came.values)
        parts.append(other.sql)
        values += other.values
    found = await rows(f"SELECT COUNT(*) AS tickets FROM ({' UNION '.join(parts)}) u", *values)
    return min(int(found[0]["tickets"]), COUNT_CAP + 1)


def _came(filter: TicketFilter, since: datetime) -> Condition:
    """What tells that a ticket is new to a list: made, handed over, or led into what the filter asks for."""
    columns = ["t.created_at", "t.handed_over_at"]
    if filter.statuses or filter.trail.event:
        columns += ["t.waiting_since", "t.deleted_at"]
    if filter.escalated or filter.trail.event:
        columns.append("t.escalated_at")
    came = " OR ".join(f"{column} > ?" for column in columns)
    return Condition(f"t.updated_at > ? AND ({came})", (since,) * (len(columns) + 1))


async def count(filter: TicketFilter, person: Person) -> dict[str, int]:
    """How many tickets there are per status („deleted“ included) under the other filters, at most COUNT_CAP + 1 each.

    One statement. With words those that are not closed come together, which reads the index's long lists once and not
    four times; where they are too many for that, a second statement counts each by itself.
    """
    choices = STATUS_CHOICES if sees_deleted(person) else STATUS_CHOICES[:-1]
    rest = tuple(status for status in choices if status != Status.CLOSED)
    together = matching(replace(filter, statuses=rest), person)
    if not (filter.q and together.indexed):
        return await _counted(_each(filter, person, choices))
    some = together.select("t.status, t.deleted_at", f"LIMIT {MOST_TOGETHER}")
    own = [f"COUNT(CASE WHEN {_STATE[status]} THEN 1 END) AS {status}" for status in rest]
    closed = _each(filter, person, (Status.CLOSED.value,))
    [found] = await rows(
        f"SELECT {', '.join(own)}, (SELECT tickets FROM ({closed.sql}) d) AS closed FROM ({some.sql}) c",
        *closed.values, *some.values,
    )  # fmt: skip
    if sum(found[status] for status in rest) == MOST_TOGETHER:
        found |= await _counted(_each(filter, person, rest))
    return {status: min(found[status], COUNT_CAP + 1) for status in choices}


def _each(filter: TicketFilter, person: Person, statuses: Iterable[str]) -> Condition:
    """A row of status and number for each of these, counted no further than COUNT_CAP + 1."""
    parts: list[str] = []
    values: list[object] = []
    for status in statuses:
        chosen = matching(replace(filter, statuses=(status,)), person).select("1 AS one", f"LIMIT {COUNT_CAP + 1}")
        parts.append(f"SELECT '{status}' AS status, COUNT(*) AS tickets FROM ({chosen.sql}) c")
        values += chosen.values
    return Condition(" UNION ALL ".join(parts), tuple(values))


async def _counted(counting: Condition) -> dict[str, int]:
    return {row["status"]: row["tickets"] for row in await rows(counting.sql, *counting.values)}


async def choices(person: Person) -> list[Row]:
    """What the filter offers: modules that the person may use, their named filters, for staff the organisations.

    One statement; rows of kind (`module`, `filter`, `organisation`), id, name, and of a filter its query.
    """
    own = "SELECT 'filter', id, name, 0, query FROM saved_filter WHERE person_id = ?"
    if person.is_staff:
        return await rows(
            "SELECT 'module' AS kind, id, name, position, '' AS query FROM module UNION ALL "
            f"SELECT 'organisation', id, name, 0, '' FROM organisation WHERE is_vendor = ? UNION ALL {own} "
            "ORDER BY 1, 4, 3",
            False, person.id,
        )
    return await rows(
        "SELECT 'module' AS kind, mo.id, mo.name, mo.position, '' AS query FROM module mo "
        f"JOIN person_module pm ON pm.module_id = mo.id WHERE pm.person_id = ? UNION ALL {own} ORDER BY 1, 4, 3",
        person.id, person.id,
    )


async def waiting(person: Person) -> int:
    """How many tickets wait for this person, at most COUNT_CAP + 1."""
    own = "AND t.reporter_id = ?" if person.role == Role.USER else ""
    chosen = matching(TicketFilter.default(person), person).select(
        "1 AS one", f"{own} LIMIT {COUNT_CAP + 1}", *([person.id] if own else [])
    )
    found = await rows(f"SELECT COUNT(*) AS tickets FROM ({chosen.sql}) c", *chosen.values)
    return int(found[0]["tickets"])


async def similar(subject: str, person: Person, limit: int = 5) -> list[Row]:
    """Open tickets that the person may see and that share the most telling words with a subject being typed."""
    words = [word for word in dict.fromkeys(fold(subject).split()) if len(word) >= 4][:6]
    if not words:
        return []
    parts: list[str] = []
    values: list[object] = []
    for word in words:
        open_ones = TicketFilter(q=word, statuses=tuple(status.value for status in OPEN))
        found = matching(open_ones, person).select("t.number", f"ORDER BY {fulltext.key()} DESC LIMIT 50")
        parts.append(f"SELECT number FROM ({found.sql}) w")
        values += found.values
    return await rows(
        "SELECT t.number, t.subject, t.status, t.reporter_id, CASE WHEN EXISTS (SELECT 1 FROM participant pa "
        "WHERE pa.ticket_id = t.number AND pa.person_id = ?) THEN 1 ELSE 0 END AS takes_part "
        "FROM (SELECT number, COUNT(*) AS shared FROM "
        f"({' UNION ALL '.join(parts)}) u GROUP BY number) n JOIN ticket t ON t.number = n.number "
        "WHERE n.shared >= ? ORDER BY n.shared DESC, t.number DESC LIMIT ?",
        person.id, *values, min(2, len(words)), limit,
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
