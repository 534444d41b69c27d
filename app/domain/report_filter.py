"""What the report is about, as an object: it reads its address, writes it back, and knows the list behind a number."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from app import clock
from app.database import Row
from app.domain.flow import OPEN
from app.domain.models import Person, Status
from app.domain.ticket_filter import TicketFilter, bounded_id
from app.domain.trail import FIRST, LAST, Trail
from app.language import local, midnight

PERIODS = (4, 12, 26, 52)
DEFAULT_WEEKS = 12
MOST_WEEKS = 106  # two years, and the weeks at both ends
WEEK = timedelta(weeks=1)


@dataclass(frozen=True)
class ReportFilter:
    """The last so many weeks, or the whole weeks around two days; perhaps one module or organisation only."""

    weeks: int = DEFAULT_WEEKS
    module: int | None = None
    organisation: int | None = None
    start: date | None = None  # a Monday
    end: date | None = None  # a Sunday

    @classmethod
    def read(cls, given: Mapping[str, str], choices: Sequence[Row]) -> "ReportFilter":
        """The filter of an address; what is unknown or not among the person's `search.choices` is left out."""
        offered = {(row["kind"], row["id"]) for row in choices}
        module = bounded_id(given.get("module", ""))
        organisation = bounded_id(given.get("organisation", ""))
        chosen = given.get("weeks", "")  # so many, or the two days that were chosen before
        weeks = bounded_id(chosen)
        start, end = _span(given.get("from", ""), given.get("until", ""))
        if not start:
            start, end = _span(*chosen.split("/")[:2]) if "/" in chosen else (None, None)
        return cls(
            weeks=weeks if weeks in PERIODS and not start else DEFAULT_WEEKS,
            module=module if ("module", module) in offered else None,
            organisation=organisation if ("organisation", organisation) in offered else None,
            start=start,
            end=end,
        )

    def url(self, path: str = "/report") -> str:
        """The address of the report with this filter, defaults left out."""
        pairs = {
            "weeks": self.weeks if self.weeks != DEFAULT_WEEKS else None,
            "from": self.start,
            "until": self.end,
            "module": self.module,
            "organisation": self.organisation,
        }
        query = urlencode({name: value for name, value in pairs.items() if value})
        return f"{path}?{query}" if query else path

    def first_days(self) -> list[date]:
        """The Mondays of the weeks, the latest one last."""
        if self.start and self.end:
            return [self.start + WEEK * n for n in range((self.end - self.start).days // 7 + 1)]
        monday = _monday(local(clock.now()).date())
        return [monday - WEEK * back for back in range(self.weeks - 1, -1, -1)]

    def days(self) -> tuple[date, date]:
        """The first and the last day of the period."""
        mondays = self.first_days()
        return mondays[0], mondays[-1] + timedelta(days=6)

    def period(self) -> tuple[datetime, datetime]:
        """From when to before when, in UTC."""
        first, last = self.days()
        return midnight(first), midnight(last + timedelta(days=1))

    def trail(self, event: str, monday: date | None = None, **more: str) -> Trail:
        """What happened in the period, or in one of its weeks, for the list behind a number."""
        start, end = (monday, monday + timedelta(days=6)) if monday else self.days()
        return Trail(event, start, end, **more)

    def tickets_url(self, person: Person, statuses: Iterable[Status] = (), **more: Any) -> str:
        """The ticket list that makes up a number; never a bare address, which has its own default."""
        wanted = replace(
            TicketFilter.default(person),
            statuses=tuple(status.value for status in statuses),
            modules=(self.module,) if self.module else (),
            organisation=self.organisation,
        )
        query = wanted.query(**more) or urlencode([("status", status) for status in wanted.statuses])
        return f"/tickets?{query}"

    def open_url(self, person: Person, **more: Any) -> str:
        """The list of the open ones."""
        return self.tickets_url(person, OPEN, **more)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _span(first: str, last: str) -> tuple[date | None, date | None]:
    """The whole weeks around two days of an address, at most two years; nothing where they are none."""
    try:
        start, end = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        return None, None
    if not FIRST + WEEK <= start <= end <= LAST - WEEK:
        return None, None
    monday = _monday(start)
    return monday, min(_monday(end), monday + WEEK * (MOST_WEEKS - 1)) + timedelta(days=6)
