"""What the report counts, as plain data, and how its statements' rows become it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from app.database import Row
from app.domain.flow import OPEN
from app.domain.models import Person, Status
from app.domain.report_filter import ReportFilter
from app.domain.trail import AGES, HOURS, may_ask
from app.domain.turn_history import ANSWERS, SIDES


@dataclass(frozen=True)
class Week:
    """A week from Monday to Sunday in Berlin, and what happened in it."""

    monday: date
    created: int = 0
    closed: int = 0


@dataclass(frozen=True)
class Held:
    """How many tickets a side had to act on in the period, and for how many working seconds of it."""

    tickets: int = 0
    seconds: int = 0


@dataclass(frozen=True)
class Group:
    """A part of the tickets: what is open now, and what happened in the period to those that were open in it."""

    id: str = ""
    name: str = ""
    open: int = 0
    tickets: int = 0
    created: int = 0
    closed: int = 0
    high: int = 0
    escalated: int = 0
    held: Mapping[str, Held] = field(default_factory=dict)
    median: int | None = None  # of the vendor's first answers, in working seconds


@dataclass(frozen=True)
class Answers:
    """First answers of a side: how many in each of HOURS, how many are still to come, and the median in seconds."""

    counts: Sequence[int]
    median: int | None = None

    @property
    def tickets(self) -> int:
        """How many tickets came to that side for the first time in the period."""
        return sum(self.counts)


@dataclass(frozen=True)
class Report:
    """Everything on the page. `by_status` counts the open ones by status and place in AGES."""

    filter: ReportFilter
    by_status: Mapping[Status, Sequence[int]]
    escalated: int
    high: int
    weeks: Sequence[Week]
    total: Group
    by_module: Sequence[Group]
    by_category: Sequence[Group]
    by_organisation: Sequence[Group]
    answers: Mapping[str, Answers]

    @property
    def open(self) -> int:
        """How many tickets are open now."""
        return sum(sum(ages) for ages in self.by_status.values())

    @property
    def created(self) -> int:
        """How many tickets were created in the period."""
        return self.total.created

    @property
    def closed(self) -> int:
        """How many tickets were closed in the period, and still are."""
        return self.total.closed

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.open or self.total.tickets)


def by_status_and_age(found: Sequence[Row]) -> dict[Status, list[int]]:
    """How many tickets each open status has of each of AGES."""
    counts = {status: [0] * len(AGES) for status in OPEN}
    for row in found:
        counts[Status(row["id"])][row["age"]] = int(row["tickets"])
    return counts


def groups_of(
    kind: str, now: Sequence[Row], period: Sequence[Row], answers: Sequence[Row], choices: Sequence[Row]
) -> list[Group]:
    """The parts of one kind that have anything to tell."""
    names = {str(row["id"]): row["name"] for row in choices if row["kind"] == kind}
    open_ = {row["id"]: int(row["tickets"]) for row in now if row["kind"] == kind}
    happened = {row["id"]: row for row in period if row["kind"] == kind}
    medians = {row["id"]: int(row["n"]) for row in answers if row["kind"] == kind}
    return [
        replace(group_of(happened.get(id, {}), open_.get(id, 0)), id=id, name=names.get(id, ""), median=medians.get(id))
        for id in dict.fromkeys((*open_, *happened))
    ]


def group_of(row: Mapping[str, Any], open: int) -> Group:
    """A group out of its row of what happened in the period, which may be empty."""
    tickets, created, closed, high, escalated = (
        int(row.get(name) or 0) for name in ("tickets", "created", "closed", "high", "escalated")
    )
    held = {
        side: Held(int(row.get(f"{side}_tickets") or 0), int(row.get(f"{side}_seconds") or 0))
        for side in SIDES.values()
    }
    return Group(open=open, tickets=tickets, created=created, closed=closed, high=high, escalated=escalated, held=held)


def busiest_first(groups: Iterable[Group]) -> list[Group]:
    """Those with the most open tickets first, then those with the most new ones."""
    return sorted(groups, key=lambda group: (-group.open, -group.created, group.name))


def answers_of(person: Person, found: Sequence[Row]) -> dict[str, Answers]:
    """By side, the EDV's for the customer only."""
    made = {}
    for side in ANSWERS:
        if may_ask(person, f"asked_{side}"):
            counts = {row["place"]: int(row["n"]) for row in found if (row["kind"], row["id"]) == ("answer", side)}
            median = next((int(row["n"]) for row in found if (row["kind"], row["id"]) == ("median", side)), None)
            made[side] = Answers([counts.get(place, 0) for place in range(len(HOURS) + 1)], median)
    return made
