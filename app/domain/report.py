"""The numbers of the report, one statement per question, all under what the reader may see."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from app import clock
from app.database import Row, marks, rows
from app.domain.flow import OPEN
from app.domain.models import Category, Person, Priority, Status
from app.domain.policy import Condition, visible_tickets
from app.domain.ticket_filter import TicketFilter, bounded_id
from app.language import local, midnight

PERIODS = (4, 12, 26, 52)
DEFAULT_WEEKS = 12
# An open ticket belongs to the first age that it has not outgrown; None is older than all of them.
AGES = (2, 7, 30, None)


@dataclass(frozen=True)
class ReportFilter:
    """What the report is about: the last so many weeks, and perhaps one module or organisation only."""

    weeks: int = DEFAULT_WEEKS
    module: int | None = None
    organisation: int | None = None

    @classmethod
    def read(cls, given: Mapping[str, str], choices: Sequence[Row]) -> "ReportFilter":
        """The filter of an address; what is unknown or not among the person's `search.choices` is left out."""
        offered = {(row["kind"], row["id"]) for row in choices}
        module = bounded_id(given.get("module", ""))
        organisation = bounded_id(given.get("organisation", ""))
        weeks = bounded_id(given.get("weeks", ""))
        return cls(
            weeks=weeks if weeks in PERIODS else DEFAULT_WEEKS,
            module=module if ("module", module) in offered else None,
            organisation=organisation if ("organisation", organisation) in offered else None,
        )

    def url(self, path: str = "/report") -> str:
        """The address of the report with this filter, defaults left out."""
        pairs = {
            "weeks": self.weeks if self.weeks != DEFAULT_WEEKS else None,
            "module": self.module,
            "organisation": self.organisation,
        }
        query = urlencode({name: value for name, value in pairs.items() if value})
        return f"{path}?{query}" if query else path

    def first_days(self) -> list[date]:
        """The Mondays of the weeks, the present one last."""
        today = local(clock.now()).date()
        monday = today - timedelta(days=today.weekday())
        return [monday - timedelta(weeks=back) for back in range(self.weeks - 1, -1, -1)]

    def tickets_url(self, person: Person, statuses: Iterable[Status] = OPEN, **more: Any) -> str:
        """The ticket list that makes up a number of open tickets; never a bare address, which has its own default."""
        wanted = replace(
            TicketFilter.default(person),
            statuses=tuple(status.value for status in statuses),
            modules=(self.module,) if self.module else (),
            organisation=self.organisation,
        )
        query = wanted.query(**more) or urlencode([("status", status) for status in wanted.statuses])
        return f"/tickets?{query}"


@dataclass(frozen=True)
class Week:
    """A week from Monday to Sunday in Berlin, and what happened in it."""

    monday: date
    created: int = 0
    closed: int = 0


@dataclass(frozen=True)
class Report:
    """Everything on the page. `by_status` counts the open ones by status and place in AGES."""

    filter: ReportFilter
    by_status: Mapping[Status, Sequence[int]]
    escalated: int
    high: int
    weeks: Sequence[Week]
    by_module: Sequence[Row]
    by_category: Sequence[Row]

    @property
    def open(self) -> int:
        """How many tickets are open now."""
        return sum(sum(ages) for ages in self.by_status.values())

    @property
    def created(self) -> int:
        """How many tickets were created in the period."""
        return sum(week.created for week in self.weeks)

    @property
    def closed(self) -> int:
        """How many tickets were closed in the period, and still are."""
        return sum(week.closed for week in self.weeks)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.open or self.created or self.closed)


async def make(person: Person, filter: ReportFilter) -> Report:
    """The whole report for a reader. Four statements."""
    now = await open_now(person, filter)
    return Report(
        filter=filter,
        by_status=_by_status_and_age(now),
        escalated=sum(row["escalated"] for row in now),
        high=sum(row["high"] for row in now),
        weeks=await per_week(person, filter),
        by_module=await by_module(person, filter),
        by_category=await by_category(person, filter),
    )


async def open_now(person: Person, filter: ReportFilter) -> list[Row]:
    """The open tickets by status and age (its place in AGES), with those escalated and of high priority."""
    where, now = _where(person, filter), clock.now()
    limits = [now - timedelta(days=days) for days in AGES if days]
    return await rows(
        f"""
        SELECT t.status, {_place("t.created_at", len(limits))} AS age, COUNT(*) AS tickets,
          SUM(CASE WHEN t.escalated_at IS NOT NULL THEN 1 ELSE 0 END) AS escalated,
          SUM(CASE WHEN t.priority = ? THEN 1 ELSE 0 END) AS high
        FROM ticket t WHERE {where.sql} AND t.status IN {marks(OPEN)} GROUP BY 1, 2
        """,
        *limits, Priority.HIGH.value, *where.values, *(status.value for status in OPEN),
    )  # fmt: skip


async def per_week(person: Person, filter: ReportFilter) -> list[Week]:
    """How many tickets were created and closed in each week."""
    where, mondays = _where(person, filter), filter.first_days()
    starts = [midnight(monday) for monday in reversed(mondays)]
    kinds = [
        f"SELECT '{kind}' AS kind, {_place(column, len(starts))} AS week, COUNT(*) AS tickets FROM ticket t "
        f"WHERE {where.sql} AND {column} >= ? AND {column} < ? {more} GROUP BY 2"
        for kind, column, more in (
            ("created", "t.created_at", ""),
            ("closed", "t.closed_at", f"AND t.status = '{Status.CLOSED.value}'"),
        )
    ]
    values = (*starts, *where.values, starts[-1], _end(mondays))
    found = await rows(" UNION ALL ".join(kinds), *values, *values)
    counts = {(row["kind"], row["week"]): int(row["tickets"]) for row in found}
    return [
        Week(monday, counts.get(("created", back), 0), counts.get(("closed", back), 0))
        for back, monday in zip(range(len(mondays) - 1, -1, -1), mondays, strict=True)
    ]


async def by_module(person: Person, filter: ReportFilter) -> list[Row]:
    """Per module: id, name, how many are open now, and were created and closed in the period; busiest first."""
    counts, where = _counts(filter), _where(person, filter)
    return _busy(await rows(
        f"SELECT mo.id, mo.name, {counts.sql} FROM ticket t JOIN module mo ON mo.id = t.module_id "
        f"WHERE {where.sql} GROUP BY mo.id, mo.name, mo.position ORDER BY 3 DESC, 4 DESC, mo.position, mo.name",
        *counts.values, *where.values,
    ))  # fmt: skip


async def by_category(person: Person, filter: ReportFilter) -> list[Row]:
    """The same per category, in the order in which the form offers them."""
    counts, where = _counts(filter), _where(person, filter)
    found = await rows(
        f"SELECT t.category AS id, {counts.sql} FROM ticket t WHERE {where.sql} GROUP BY t.category",
        *counts.values, *where.values,
    )  # fmt: skip
    return sorted(_busy(found), key=lambda row: list(Category).index(row["id"]))


def _where(person: Person, filter: ReportFilter) -> Condition:
    """What every counted ticket must meet: visible to the reader, not deleted, of the chosen part."""
    visible = visible_tickets(person)
    parts, values = [f"({visible.sql})", "t.deleted_at IS NULL"], list(visible.values)
    for column, value in (("t.module_id", filter.module), ("t.organisation_id", filter.organisation)):
        if value:
            parts.append(f"{column} = ?")
            values.append(value)
    return Condition(" AND ".join(parts), tuple(values))


def _busy(groups: Sequence[Row]) -> list[Row]:
    """Without the groups that had their tickets before the period."""
    return [row for row in groups if row["open"] or row["created"] or row["closed"]]


def _counts(filter: ReportFilter) -> Condition:
    """The columns `open`, `created` and `closed` of a group of tickets."""
    mondays = filter.first_days()
    period = (midnight(mondays[0]), _end(mondays))
    return Condition(
        f"SUM(CASE WHEN t.status IN {marks(OPEN)} THEN 1 ELSE 0 END) AS open, "
        "SUM(CASE WHEN t.created_at >= ? AND t.created_at < ? THEN 1 ELSE 0 END) AS created, "
        "SUM(CASE WHEN t.status = ? AND t.closed_at >= ? AND t.closed_at < ? THEN 1 ELSE 0 END) AS closed",
        (*(status.value for status in OPEN), *period, Status.CLOSED.value, *period),
    )


def _place(column: str, limits: int) -> str:
    """SQL for which of so many moments, newest first, a time has reached; as many as there are when none."""
    cases = " ".join(f"WHEN {column} >= ? THEN {place}" for place in range(limits))
    return f"CASE {cases} ELSE {limits} END"


def _by_status_and_age(found: Sequence[Row]) -> dict[Status, list[int]]:
    counts = {status: [0] * len(AGES) for status in OPEN}
    for row in found:
        counts[Status(row["status"])][row["age"]] = int(row["tickets"])
    return counts


def _end(mondays: Sequence[date]) -> datetime:
    return midnight(mondays[-1] + timedelta(weeks=1))
