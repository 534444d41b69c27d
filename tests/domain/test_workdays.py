"""Working time: weekends and holidays count nothing, parts add up, n working days later is in office hours."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.workdays import STATES, Calendar, as_minutes, as_time, working_time
from app.language import ZONE, local

OFFICE = Calendar("NW", time(8), time(17))
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2031, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001
CALENDARS = st.builds(
    Calendar.of, st.sampled_from(["", *STATES]), st.integers(0, 700), st.integers(701, 1439)
)  # fmt: skip


def berlin(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZONE).astimezone(UTC)


@pytest.mark.parametrize(
    ("state", "day", "works"),
    [
        ("", date(2026, 11, 24), True),
        ("", date(2026, 11, 21), False),  # Saturday
        ("", date(2026, 11, 22), False),  # Sunday
        ("", date(2026, 12, 25), False),
        ("", date(2026, 4, 3), False),  # Good Friday, which moves
        ("BY", date(2026, 6, 4), False),  # Fronleichnam, in Bavaria only
        ("BE", date(2026, 6, 4), True),
        ("SN", date(2026, 11, 18), False),  # Buß- und Bettag, in Saxony only
        ("", date(2026, 11, 18), True),
        ("", date(2017, 10, 31), False),  # five hundred years of the Reformation: that once everywhere
    ],
)
def test_weekends_and_the_holidays_of_the_state_are_free(state: str, day: date, works: bool) -> None:
    assert Calendar(state, time(8), time(17)).is_workday(day) is works


def test_every_state_has_its_holidays() -> None:
    free = {state: [Calendar(state, time(8), time(17)).is_workday(date(2026, 10, 3))] for state in STATES}
    assert len(free) == 16
    assert not any(day for days in free.values() for day in days)  # it is a Saturday, and the day of German unity


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        (berlin(2026, 11, 24, 9), berlin(2026, 11, 24, 11, 30), 2.5),
        (berlin(2026, 11, 24, 6), berlin(2026, 11, 24, 23), 9),
        (berlin(2026, 11, 20, 16), berlin(2026, 11, 23, 9), 2),  # over a weekend
        (berlin(2026, 11, 21, 10), berlin(2026, 11, 22, 10), 0),
        (berlin(2026, 12, 23, 16), berlin(2026, 12, 28, 9), 1 + 9 + 1),  # Christmas Eve is worked, the two days are not
        (berlin(2026, 10, 23, 12), berlin(2026, 10, 26, 12), 9),  # the clock goes back in between
        (berlin(2025, 12, 31, 16), berlin(2026, 1, 2, 9), 2),  # over a New Year
    ],
)
def test_only_office_hours_count(start: datetime, end: datetime, hours: float) -> None:
    assert OFFICE.working_seconds(start, end) == hours * 3600


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (berlin(2026, 11, 24, 10), 0, berlin(2026, 11, 24, 10)),
        (berlin(2026, 11, 24, 10), 1, berlin(2026, 11, 25, 10)),
        (berlin(2026, 11, 20, 16), 1, berlin(2026, 11, 23, 16)),
        (berlin(2026, 11, 21, 10), 1, berlin(2026, 11, 23, 17)),
        (berlin(2026, 11, 24, 22), 2, berlin(2026, 11, 26, 17)),
        (berlin(2026, 12, 23, 10), 3, berlin(2026, 12, 29, 10)),
        (berlin(2026, 10, 23, 12), 5, berlin(2026, 10, 30, 12)),
    ],
)
def test_n_working_days_later_is_in_office_hours(start: datetime, days: int, end: datetime) -> None:
    assert OFFICE.after_workdays(start, days) == end


@settings(max_examples=60, deadline=None)
@given(CALENDARS, MOMENTS, st.integers(1, 30))
def test_n_working_days_later_that_much_working_time_has_passed_and_not_before(
    calendar: Calendar, start: datetime, days: int
) -> None:
    end = calendar.after_workdays(start, days)
    assert calendar.working_seconds(start, end) == days * calendar.day_seconds
    assert calendar.working_seconds(start, end - timedelta(seconds=1)) == days * calendar.day_seconds - 1


@settings(max_examples=60, deadline=None)
@given(CALENDARS, st.lists(MOMENTS, min_size=3, max_size=3).map(sorted))
def test_the_parts_of_a_span_add_up(calendar: Calendar, moments: list[datetime]) -> None:
    start, between, end = moments
    first, second = calendar.working_seconds(start, between), calendar.working_seconds(between, end)
    assert first >= 0
    assert second >= 0
    assert first + second == calendar.working_seconds(start, end)


@settings(max_examples=20, deadline=None)
@given(CALENDARS, MOMENTS, st.integers(0, 20))
def test_it_is_what_a_count_day_by_day_says(calendar: Calendar, start: datetime, days: int) -> None:
    end, seconds = start + timedelta(days=days), 0
    day = local(start).date()
    while day <= local(end).date():
        if calendar.is_workday(day):
            opens, closes = (datetime.combine(day, at, ZONE) for at in (calendar.opens, calendar.closes))
            span = min(closes, local(end).replace(microsecond=0)) - max(opens, local(start).replace(microsecond=0))
            seconds += max(0, int(span.total_seconds()))
        day += timedelta(days=1)
    assert calendar.working_seconds(start, end) == seconds


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 Min."), (2400, "40 Min."), (3600, "1 Std."), (12000, "3 Std. 20 Min."), (36600, "10 Std."),
     (4_320_000, "1.200 Std.")],
)  # fmt: skip
def test_working_time_reads_as_hours(seconds: int, words: str) -> None:
    assert working_time(seconds) == words


@pytest.mark.parametrize(
    ("text", "minutes"), [("08:00", 480), ("23:59", 1439), ("24:00", -1), ("acht", -1), ("", -1), ("07:30:00", 450)]
)
def test_a_time_of_the_day_is_minutes(text: str, minutes: int) -> None:
    assert as_minutes(text) == minutes
    assert as_minutes(as_time(510)) == 510
