"""What times, sizes and texts look like, and when it is in Berlin."""

from datetime import UTC, datetime, timedelta

import pytest

from app import clock, language
from app.language import (
    ago,
    asked_for,
    file_size,
    format_date,
    format_datetime,
    format_day,
    format_number,
    local,
    midnight,
    speaking,
    translate,
)

pytestmark = [pytest.mark.no_database, pytest.mark.sqlite_only]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(("moment", "words"), [
    (utc(2026, 11, 23, 13, 5), "23.11.2026 14:05"), (utc(2026, 7, 1, 22, 30), "02.07.2026 00:30"),
    # the night of 29 March 2026: 02:00 becomes 03:00
    (utc(2026, 3, 29, 0, 59), "29.03.2026 01:59"), (utc(2026, 3, 29, 1, 0), "29.03.2026 03:00"),
    # the night of 25 October 2026: 03:00 becomes 02:00, so half past two comes twice
    (utc(2026, 10, 25, 0, 30), "25.10.2026 02:30"), (utc(2026, 10, 25, 1, 30), "25.10.2026 02:30"),
    (utc(2026, 10, 25, 2, 0), "25.10.2026 03:00"), (utc(2026, 12, 31, 23, 0), "01.01.2027 00:00"),
])  # fmt: skip
def test_times_are_berlins(moment: datetime, words: str) -> None:
    assert format_datetime(moment) == words
    assert format_date(moment) == words[:10]


def test_a_day_is_written_out() -> None:
    assert format_day(utc(2026, 11, 23, 13, 5)) == "Montag, 23. November 2026"
    assert format_day(utc(2026, 2, 28, 23, 30)) == "Sonntag, 1. März 2026"
    days = {format_day(utc(2026, month, month, 12)).split(" ")[2] for month in range(1, 13)}
    assert len(days) == 12
    weekdays = {format_day(utc(2026, 6, day, 12)).split(",")[0] for day in range(1, 8)}
    assert weekdays == set(language.WEEKDAYS)


@pytest.mark.parametrize(("passed", "words"), [
    (timedelta(0), "Sekunden"), (timedelta(seconds=59), "Sekunden"),
    (timedelta(seconds=60), "einer Minute"), (timedelta(minutes=2), "2 Minuten"),
    (timedelta(minutes=59, seconds=59), "59 Minuten"), (timedelta(hours=1), "einer Stunde"),
    (timedelta(hours=23, minutes=59), "23 Stunden"), (timedelta(days=1), "einem Tag"), (timedelta(days=3), "3 Tagen"),
    (timedelta(days=400), "400 Tagen"), (timedelta(minutes=-5), "Sekunden"),
])  # fmt: skip
def test_how_long_ago_reads_after_seit(passed: timedelta, words: str) -> None:
    now = utc(2026, 3, 29, 12, 0)
    with clock.at(now):
        assert ago(now - passed) == words


def test_over_the_night_when_the_clock_changes_a_day_has_its_true_hours() -> None:
    with clock.at(utc(2026, 3, 29, 10, 0)):  # noon in Berlin
        assert ago(utc(2026, 3, 28, 11, 0)) == "23 Stunden"  # noon the day before
    with clock.at(utc(2026, 10, 25, 11, 0)):
        assert ago(utc(2026, 10, 24, 10, 0)) == "einem Tag"


@pytest.mark.parametrize(("size", "words"), [
    (0, "1 KB"), (1, "1 KB"), (1023, "1 KB"), (86_016, "84 KB"), (1024 * 1024, "1,0 MB"),
    (1_258_291, "1,2 MB"), (10 * 1024 * 1024, "10,0 MB"),
])  # fmt: skip
def test_sizes(size: int, words: str) -> None:
    assert file_size(size) == words


def test_texts_are_filled_and_percent_signs_stay() -> None:
    assert translate("An %(vendor)s übergeben") == "An UNIPLUS übergeben"
    assert translate("Noch %(n)s Dateien", n=3) == "Noch 3 Dateien"
    assert translate("100 % Rabatt") == "100 % Rabatt"
    assert translate("%(n)s %%", n=3) == "3 %"
    assert translate("%(name)s", name="50 %(vendor)s") == "50 %(vendor)s"


def test_the_clock_can_be_moved_for_a_while_and_goes_on() -> None:
    then = utc(2026, 3, 29, 1, 0)
    with clock.at(then.astimezone(language.ZONE)):
        assert clock.now() == then
        assert clock.now().tzinfo is UTC
        with clock.at(then + timedelta(days=1)):
            assert clock.now() == then + timedelta(days=1)
        assert clock.now() == then
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert local(then).utcoffset() == timedelta(hours=2)


@pytest.mark.parametrize(("header", "language"), [
    ("", "de"), ("de", "de"), ("en", "en"), ("en-US,en;q=0.9,de;q=0.8", "en"), ("de-DE,de;q=0.9,en;q=0.8", "de"),
    ("fr,en;q=0.5", "en"), ("fr,es", "de"), ("*", "de"), ("en;q=0", "de"), ("en;q=0.5,de;q=0.5", "de"),
    ("de;q=0.1, en;q=0.2", "en"), ("EN-gb", "en"), ("en;q=9", "de"), ("en;q=x", "de"), ("en;level=1", "de"),
    (";;,,;q=1", "de"), ("englisch", "de"), ("x" * 100_000 + ",en", "de"), ("en ; q = 0.7", "en"), ("\0,en", "en"),
])  # fmt: skip
def test_the_browser_asks_for_a_language(header: str, language: str) -> None:
    assert asked_for(header) == language


def test_times_sizes_and_numbers_read_as_in_english() -> None:
    with speaking("en"):
        assert format_datetime(utc(2026, 11, 23, 13, 5)) == "23 Nov 2026, 14:05"
        assert format_date(utc(2026, 3, 1, 12)) == "1 Mar 2026"
        assert format_day(utc(2026, 11, 23, 13, 5)) == "Monday, 23 November 2026"
        assert [file_size(size) for size in (86_016, 1_258_291)] == ["84 KB", "1.2 MB"]
        assert [format_number(value) for value in (0, 3.5, 1204, 12345.67)] == ["0", "3.5", "1,204", "12,345.7"]
        now = utc(2026, 3, 29, 12, 0)
        with clock.at(now):
            told = [ago(now - timedelta(minutes=minutes)) for minutes in (0, 1, 5, 60, 180, 1440, 9000)]
        assert told == ["seconds", "one minute", "5 minutes", "one hour", "3 hours", "one day", "6 days"]
    assert format_datetime(utc(2026, 11, 23, 13, 5)) == "23.11.2026 14:05"


def test_months_and_weekdays_have_their_english_names() -> None:
    with speaking("en"):
        days = [format_day(utc(2026, month, month, 12)).split(" ") for month in range(1, 13)]
        assert [day[2] for day in days] == [
            "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November", "December",
        ]  # fmt: skip
        weekdays = [format_day(utc(2026, 6, day, 12)).split(",")[0] for day in range(1, 8)]
        assert weekdays == ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def test_numbers_read_as_in_german() -> None:
    numbers = [format_number(value) for value in (0, 3.5, 1204, 12345.67, 2.04)]
    assert numbers == ["0", "3,5", "1.204", "12.345,7", "2"]


def test_a_day_begins_at_midnight_in_berlin() -> None:
    assert midnight(utc(2026, 11, 23).date()) == utc(2026, 11, 22, 23)
    spring, autumn = utc(2026, 3, 29).date(), utc(2026, 10, 25).date()
    assert midnight(spring + timedelta(days=1)) - midnight(spring) == timedelta(hours=23)
    assert midnight(autumn + timedelta(days=1)) - midnight(autumn) == timedelta(hours=25)
