"""Working time: which days an organisation works, from when to when, and how much of that lies between two moments."""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from app.language import ZONE, format_number, local, translate

# The federal states by the letters of ISO 3166-2:DE. Without one only the holidays of all of Germany are free.
STATES = {
    "BW": "Baden-Württemberg", "BY": "Bayern", "BE": "Berlin", "BB": "Brandenburg", "HB": "Bremen", "HH": "Hamburg",
    "HE": "Hessen", "MV": "Mecklenburg-Vorpommern", "NI": "Niedersachsen", "NW": "Nordrhein-Westfalen",
    "RP": "Rheinland-Pfalz", "SL": "Saarland", "SN": "Sachsen", "ST": "Sachsen-Anhalt", "SH": "Schleswig-Holstein",
    "TH": "Thüringen",
}  # fmt: skip
WORK_STARTS, WORK_ENDS = 480, 1020  # minutes after midnight: 8:00 and 17:00
_FIRST_YEAR = 2000  # the working clock stands at nothing until then
_SATURDAY = 5


@dataclass(frozen=True)
class Calendar:
    """When an organisation works: Monday to Friday but its state's holidays, from `opens` to `closes` in Berlin."""

    state: str
    opens: time
    closes: time

    @classmethod
    def of(cls, state: str, starts: int, ends: int) -> "Calendar":
        """The calendar of an organisation's columns: its state, and minutes after midnight."""
        return cls(state, time(*divmod(starts, 60)), time(*divmod(ends, 60)))

    @property
    def day_seconds(self) -> int:
        """How long a working day is."""
        return _seconds(self.closes) - _seconds(self.opens)

    def is_workday(self, day: date) -> bool:
        """Whether they work on this day."""
        return day.weekday() < _SATURDAY and day not in _holidays(self.state, day.year)

    def reading(self, moment: datetime) -> int:
        """What a clock that only runs in working time shows, in whole seconds; nothing before the year 2000.

        The working time between two moments is the difference of their readings, so the parts of a span add up to it.
        """
        there = local(moment)
        if there.year < _FIRST_YEAR:
            return 0
        days = _workdays_before(self.state, there.year) + _place(self.state, there.date())
        today = min(_seconds(there.time()), _seconds(self.closes)) - _seconds(self.opens)
        return days * self.day_seconds + (max(0, today) if self.is_workday(there.date()) else 0)

    def working_seconds(self, start: datetime, end: datetime) -> int:
        """How many seconds of working time lie between two aware moments."""
        return self.reading(end) - self.reading(start)

    def after_workdays(self, moment: datetime, n: int) -> datetime:
        """The first moment, in UTC, at which n whole working days of working time have passed.

        From Friday 16:00 one working day on it is Monday 16:00; from any time on Saturday it is the end of Monday.
        """
        if n <= 0:
            return moment
        day, left = local(moment).date(), n * self.day_seconds
        rest = self.working_seconds(moment, _at(day, _seconds(self.closes)))
        while left > rest:
            left -= rest
            day += timedelta(days=1)
            rest = self.day_seconds if self.is_workday(day) else 0
        return _at(day, _seconds(self.closes) - rest + left)


def working_time(seconds: int) -> str:
    """„40 Min.“, „3 Std. 20 Min.“, „120 Std.“: hours of work, never days, which are longer for some than for others."""
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return translate("%(n)s Min.", n=minutes)
    hours, rest = divmod(minutes, 60)
    whole = translate("%(n)s Std.", n=format_number(hours))
    return f"{whole} {translate('%(n)s Min.', n=rest)}" if rest and hours < 10 else whole


def as_time(minutes: int) -> str:
    """Minutes after midnight as `08:00`."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def as_minutes(text: str) -> int:
    """`08:00` as minutes after midnight, -1 for what is no time of the day."""
    try:
        there = time.fromisoformat(text)
    except ValueError:
        return -1
    return there.hour * 60 + there.minute


def prepare() -> None:
    """Load the holidays, so that nobody's click waits for it: 0.13 s of CPU and 15 MB, once in a process."""
    _holidays("", _FIRST_YEAR)


def _seconds(there: time) -> int:
    return there.hour * 3600 + there.minute * 60 + there.second


def _at(day: date, seconds: int) -> datetime:
    # Not midnight plus the seconds: on the days when the clock changes that would be an hour off.
    hours, rest = divmod(seconds, 3600)
    return datetime.combine(day, time(hours, *divmod(rest, 60)), ZONE).astimezone(UTC)


@cache
def _holidays(state: str, year: int) -> frozenset[date]:
    from holidays import country_holidays  # 379 modules, so not before they are asked for

    return frozenset(country_holidays("DE", subdiv=state or None, years=year))


@cache
def _workdays(state: str, year: int) -> tuple[date, ...]:
    first, free = date(year, 1, 1), _holidays(state, year)
    days = (first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days))
    return tuple(day for day in days if day.weekday() < _SATURDAY and day not in free)


@cache
def _workdays_before(state: str, year: int) -> int:
    return sum(len(_workdays(state, earlier)) for earlier in range(_FIRST_YEAR, year))


def _place(state: str, day: date) -> int:
    """How many workdays of its year came before a day."""
    return bisect_left(_workdays(state, day.year), day)
