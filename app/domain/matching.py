"""Which tickets meet a filter, as pieces of SQL: the conditions, the order, and what spares the database a scan."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import product
from typing import Any

from app import clock
from app.database import dialect, marks
from app.domain import fulltext
from app.domain.flow import DELETED
from app.domain.models import Person, Priority, Role, Status
from app.domain.policy import Condition, visible_tickets
from app.domain.ticket_filter import URGENT, TicketFilter, bounded_id
from app.text import fold

ORDERS = {
    "number": "t.number ASC",
    "-number": "t.number DESC",
    "updated": "t.updated_at ASC, t.number ASC",
    "-updated": "t.updated_at DESC, t.number DESC",
    "waiting": "t.waiting_since ASC, t.number ASC",
    "-waiting": "t.waiting_since DESC, t.number DESC",
    # „high“ comes before „normal“ in the alphabet
    "priority": "t.priority DESC, t.waiting_since ASC, t.number ASC",
    "urgent": "t.urgency ASC, t.waiting_since ASC, t.number ASC",
    "-priority": "t.priority ASC, t.waiting_since ASC, t.number ASC",
}
SORTED_BY = {
    "number": "t.number",
    "updated": "t.number, t.updated_at",
    "waiting": "t.number, t.waiting_since",
    "priority": "t.number, t.priority, t.waiting_since",
    "urgent": "t.number, t.urgency, t.waiting_since",
}
RECENT, AHEAD = timedelta(weeks=3), timedelta(weeks=1)  # a clock may be wrong by so much


@dataclass(frozen=True)
class Matching:
    """Tickets as the FROM and the WHERE of a statement about `ticket t`."""

    tables: str
    where: Condition
    indexed: bool  # whether the full text's index finds them

    def select(self, columns: str, more: str = "", *values: object) -> Condition:
        """The statement, with what comes after its conditions."""
        return Condition(
            f"SELECT {columns} FROM {self.tables} WHERE {self.where.sql} {more}", (*self.where.values, *values)
        )


def matching(filter: TicketFilter, person: Person, recent: Sequence[str] = ()) -> Matching:
    """The tickets that meet the filter; with `recent`, out of fulltext.moments, only those that an index has there."""
    visible = visible_tickets(person)
    parts, values = [f"({visible.sql})"], list(visible.values)

    def add(sql: str, *more: object) -> None:
        parts.append(sql)
        values.extend(more)

    _add_facts(filter, person, add)
    _add_status(filter, add)
    if filter.q and not fold(filter.q):
        add("1 = 0")
    found = fulltext.hits(filter.q, person, _narrowed(filter, person, recent))
    if found:
        where = Condition(
            f"{found.sql} AND t.number = {fulltext.key()} AND {' AND '.join(parts)}", (*found.values, *values)
        )
        return Matching("ticket_search s CROSS JOIN ticket t", where, True)
    if _sees_own_only(person):
        add("t.number IN (SELECT number FROM ticket WHERE reporter_id = ? UNION ALL "
            "SELECT ticket_id FROM participant WHERE person_id = ?)", person.id, person.id)  # fmt: skip
    return Matching("ticket t", Condition(" AND ".join(parts), tuple(values)), False)


def _sees_own_only(person: Person) -> bool:
    return person.role == Role.USER and not person.sees_organisation


def _add_facts(filter: TicketFilter, person: Person, add: Any) -> None:
    if filter.modules:
        add(f"t.module_id IN {marks(filter.modules)}", *filter.modules)
    if filter.category:
        add("t.category = ?", filter.category)
    if filter.priority == URGENT:
        add("t.urgency < 2")
    elif filter.priority:
        add("t.priority = ?", filter.priority)
    if filter.escalated:
        add("t.escalated_at IS NOT NULL")
    if filter.organisation:
        add("t.organisation_id = ?", filter.organisation)
    if filter.scope == "mine":
        column = "t.responsible_id" if person.is_staff else "t.reporter_id"
        add(f"{column} = ?", person.id)
    trail = filter.trail.condition()
    if trail:
        add(trail.sql, *trail.values)


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


def _narrowed(filter: TicketFilter, person: Person, recent: Sequence[str]) -> list[Sequence[str]]:
    """The facts that SQLite's index can ask for along with the words, and instead of them when there are several.

    Nothing where a walk through the ticket's own indexes is short: a status, or an organisation's. They only narrow.
    """
    asked: list[Sequence[str]] = [tuple(f"_m{id}" for id in filter.modules)]
    asked.append((f"_c{filter.category}",) if filter.category else ())
    asked.append(("_n",) if filter.priority == URGENT else (f"_p{filter.priority}",) if filter.priority else ())
    asked.append(("_e",) if filter.escalated else ())
    asked.append((f"_r{person.id}",) if filter.scope and person.is_staff else ())
    if not (filter.q or any(asked) or DELETED in filter.statuses or _sees_own_only(person)):
        return []
    asked.append(tuple(f"_s{status}" for status in filter.statuses))
    asked.append((f"_o{filter.organisation}",) if filter.organisation else ())
    if not person.is_staff:  # for staff most were handed over: to read that long list too costs more than it spares
        asked.append((f"_u{person.id}" if _sees_own_only(person) or filter.scope else f"_o{person.organisation_id}",))
    return [group for group in (*asked, recent) if group]


# --- a page of them ---


def first(filter: TicketFilter, person: Person, end: int) -> Condition:
    """The first `end` tickets of the filter's order, as rows of number and what they are sorted by.

    A bare number that is a visible ticket is among them whatever the filter.
    """
    order = ORDERS[filter.sort]
    columns = SORTED_BY[filter.sort.removeprefix("-")]
    walks = _walks(filter, person)
    indexed = walks[0][0].indexed
    if indexed and filter.sort.endswith("number"):
        order = order.replace("t.number", fulltext.key())
    before = ""
    parts: list[str] = []
    values: list[object] = []
    if indexed and filter.sort == "-updated" and dialect() == "sqlite":
        moments = fulltext.moments(clock.now() - RECENT, clock.now() + AHEAD)
        recent = matching(filter, person, moments).select(columns, f"ORDER BY {order} LIMIT ?", end)
        before = f"WITH recent AS MATERIALIZED ({recent.sql}) "
        parts.append("SELECT * FROM recent")
        values += recent.values
        # The others only where these are too few. As the first table of the join it stops before anything is looked up.
        too_few = f"(SELECT 1 WHERE (SELECT COUNT(*) FROM recent) < {end}) too_few"
        walks = [(replace(one, tables=f"{too_few} CROSS JOIN {one.tables}"), rank) for one, rank in walks]
    for place, (one, rank) in enumerate(walks):
        arm = one.select(columns, f"{rank} ORDER BY {order} LIMIT ?", end)
        parts.append(f"SELECT * FROM ({arm.sql}) arm{place}")
        values += arm.values
    number = named(filter, person)
    if number:
        parts.append(number.select(columns).sql)
        values += number.where.values
    joined = " UNION " if number or before else " UNION ALL "
    return Condition(before + joined.join(parts), tuple(values))


def _walks(filter: TicketFilter, person: Person) -> list[tuple[Matching, str]]:
    """The filter in pieces that an index has in the wanted order, each with what else its tickets must meet."""
    whole = matching(filter, person)
    if whole.indexed or DELETED in filter.statuses:
        return [(whole, "")]
    ranks = [""]
    if filter.sort.endswith("priority"):
        ranks = [f"AND t.priority = '{priority.value}'" for priority in Priority]
    statuses = filter.statuses or [status.value for status in Status]
    return [(matching(replace(filter, statuses=(status,)), person), rank) for status, rank in product(statuses, ranks)]


def named(filter: TicketFilter, person: Person) -> Matching | None:
    """The ticket whose bare number is searched for, if the person sees it and it is not deleted."""
    number = bounded_id(filter.q.lstrip("#"))
    if not number:
        return None
    visible = visible_tickets(person)
    where = Condition(f"t.number = ? AND ({visible.sql}) AND t.deleted_at IS NULL", (number, *visible.values))
    return Matching("ticket t", where, False)


def order_of(filter: TicketFilter, table: str = "t") -> Condition:
    """The ORDER BY; a bare number that was searched for comes first."""
    number = bounded_id(filter.q.lstrip("#"))
    order = ORDERS[filter.sort].replace("t.", f"{table}.")
    if not number:
        return Condition(order)
    return Condition(f"CASE WHEN {table}.number = ? THEN 0 ELSE 1 END, {order}", (number,))
