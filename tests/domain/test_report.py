"""The numbers of the report against a small history made by hand, on a clock that is moved."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest

from app import clock
from app.database import atomic
from app.domain import report, search, turns
from app.domain.models import Category, Participant, Person, Priority, Role, Status
from app.domain.report_filter import PERIODS, ReportFilter
from app.domain.report_numbers import Held, Report
from app.domain.ticket_filter import TicketFilter
from app.domain.trail import AGES, Trail
from app.language import ZONE
from tests.cast import Cast

# A Wednesday after the night in which the clock went back; its week is the 44th.
NOW = datetime(2026, 10, 28, 9, 0, tzinfo=UTC)


def berlin(day: int, hour: int = 12, minute: int = 0, month: int = 10) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE).astimezone(UTC)


async def made(cast: Cast, who: str, filter: ReportFilter | None = None) -> Report:
    with clock.at(NOW):
        return await report.make(cast.person(who), filter or ReportFilter(), await search.choices(cast.person(who)))


async def old(cast: Cast, who: str, created_at: datetime, closed_at: datetime | None = None, **more: Any) -> int:
    """A ticket of the past with its turns; closed when it has an end."""
    state = {"status": Status.CLOSED, "closed_at": closed_at} if closed_at else {"waiting_since": created_at}
    number = await cast.ticket(who, **{"created_at": created_at, **state, **more})
    async with atomic():
        await turns.rebuild([number])
    return number


async def history(cast: Cast) -> None:
    """Five open tickets, three closed ones, one deleted, and two of strangers."""
    await old(cast, "user", NOW - timedelta(hours=3))
    await old(cast, "user", NOW - timedelta(days=2), escalated=True)
    await old(cast, "user", NOW - timedelta(days=5), status=Status.USER_REVIEW, category=Category.INCIDENT)
    await old(cast, "edv", NOW - timedelta(days=20), module=cast.seminars, priority=Priority.HIGH)
    await old(cast, "edv", NOW - timedelta(days=200), status=Status.VENDOR_REVIEW, handed_over=True)
    await old(cast, "user", berlin(6), berlin(20))
    await old(cast, "user", berlin(20), berlin(27), module=cast.seminars, priority=Priority.HIGH)
    await old(cast, "user", berlin(1, month=1), berlin(2, month=1))
    await old(cast, "user", berlin(27), deleted=True, closed_at=berlin(27))
    await old(cast, "stranger", NOW - timedelta(hours=1), handed_over=True, escalated=True)
    await old(cast, "stranger", berlin(20), berlin(21), priority=Priority.HIGH)


async def test_open_tickets_stand_by_status_and_age(cast: Cast) -> None:
    await history(cast)
    found = await made(cast, "edv")
    assert found.by_status == {
        Status.IT_REVIEW: [2, 0, 1, 0], Status.USER_REVIEW: [0, 1, 0, 0], Status.VENDOR_REVIEW: [0, 0, 0, 1],
    }  # fmt: skip
    assert (found.open, found.escalated, found.high) == (5, 1, 1)


async def test_a_ticket_grows_older_after_whole_days(cast: Cast) -> None:
    for days in AGES[:3]:
        assert days is not None
        await old(cast, "user", NOW - timedelta(days=days, seconds=1))
    assert (await made(cast, "user")).by_status[Status.IT_REVIEW] == [0, 1, 1, 1]


async def test_created_and_closed_stand_in_their_weeks(cast: Cast) -> None:
    await history(cast)
    found = await made(cast, "edv", ReportFilter(weeks=4))
    weeks = [(week.monday, week.created, week.closed) for week in found.weeks]
    assert weeks == [
        (date(2026, 10, 5), 2, 0), (date(2026, 10, 12), 0, 0), (date(2026, 10, 19), 2, 1), (date(2026, 10, 26), 2, 1),
    ]  # fmt: skip
    assert (found.created, found.closed) == (6, 2)


@pytest.mark.parametrize("weeks", PERIODS)
async def test_the_period_ends_with_this_week(cast: Cast, weeks: int) -> None:
    with clock.at(NOW):
        first_days = ReportFilter(weeks=weeks).first_days()
    assert len(first_days) == weeks
    assert first_days[-1] == date(2026, 10, 26)
    assert {day.weekday() for day in first_days} == {0}


@pytest.mark.parametrize(
    ("now", "sunday"),
    [(datetime(2026, 10, 28, tzinfo=ZONE), date(2026, 10, 25)), (datetime(2026, 4, 1, tzinfo=ZONE), date(2026, 3, 29))],
    ids=["clock goes back", "clock goes forward"],
)
async def test_a_week_ends_at_midnight_in_berlin_also_when_the_clock_changes(
    cast: Cast, now: datetime, sunday: date
) -> None:
    late = datetime(sunday.year, sunday.month, sunday.day, 23, 30, tzinfo=ZONE)
    for wall_clock in (late - timedelta(days=7), late, late + timedelta(hours=1)):
        moment = wall_clock.astimezone(UTC)
        await old(cast, "user", moment, moment)
    with clock.at(now):
        weeks = await report.per_week(cast.user, ReportFilter(weeks=4))
    assert [(week.created, week.closed) for week in weeks] == [(0, 0), (1, 1), (1, 1), (1, 1)]


async def test_modules_and_categories_have_their_numbers(cast: Cast) -> None:
    await history(cast)
    found = await made(cast, "edv")
    numbers = [(group.name, group.open, group.created, group.closed) for group in found.by_module]
    assert numbers == [("Mitglieder", 4, 4, 1), ("Seminare", 1, 2, 1)]
    kinds = [(group.id, group.open, group.created, group.closed) for group in found.by_category]
    assert kinds == [("request", 4, 5, 2), ("incident", 1, 1, 0)]


async def test_a_module_without_anything_to_tell_is_left_out(cast: Cast) -> None:
    await old(cast, "user", berlin(1, month=1), berlin(2, month=1))
    found = await made(cast, "user")
    assert found.empty
    assert not found.by_module
    assert not found.by_category


async def test_the_filter_holds_for_every_number(cast: Cast) -> None:
    await history(cast)
    found = await made(cast, "edv", ReportFilter(module=cast.seminars.id))
    assert (found.open, found.escalated, found.high, found.created, found.closed) == (1, 0, 1, 2, 1)
    assert [group.name for group in found.by_module] == ["Seminare"]


async def test_nobody_counts_what_they_may_not_see(cast: Cast) -> None:
    await history(cast)
    expected = {"user": 3, "colleague": 0, "edv": 5, "reader": 4, "stranger": 1}
    assert {who: (await made(cast, who)).open for who in expected} == expected
    staff = await made(cast, "staff")
    assert (staff.open, staff.escalated, staff.created) == (2, 1, 1)
    strangers = await made(cast, "strange_edv")
    assert (strangers.open, strangers.created, strangers.closed) == (1, 2, 1)


async def test_who_takes_part_counts_the_ticket_once(cast: Cast) -> None:
    number = await old(cast, "user", NOW)
    for who in ("colleague", "user"):
        await Participant.create(ticket_id=number, person=cast.person(who))
    assert (await made(cast, "colleague")).open == 1
    assert (await made(cast, "user")).open == 1


async def test_staff_choose_an_organisation(cast: Cast) -> None:
    await history(cast)
    assert (await made(cast, "staff", ReportFilter(organisation=cast.nord.id))).open == 1
    assert (await made(cast, "staff", ReportFilter(organisation=cast.sued.id))).open == 1


async def test_reopened_tickets_are_not_closed(cast: Cast) -> None:
    number = await old(cast, "user", NOW - timedelta(days=3), NOW - timedelta(days=2))
    with clock.at(NOW):
        await cast.move("user", number, "reopen")
    found = await made(cast, "user")
    assert (found.open, found.closed) == (1, 0)


async def test_the_list_behind_a_number_has_as_many_tickets(cast: Cast) -> None:
    await history(cast)
    found = await made(cast, "edv")
    for more, number in (
        ({}, found.open), ({"escalated": True}, found.escalated), ({"priority": "high"}, found.high),
        ({"category": "incident"}, 1), ({"modules": (cast.seminars.id,)}, 1),
    ):  # fmt: skip
        url = found.filter.open_url(cast.edv, **more)
        assert await listed(cast, "edv", url) == number, url
    for status, ages in found.by_status.items():
        assert await listed(cast, "edv", found.filter.tickets_url(cast.edv, (status,))) == sum(ages)


async def test_a_number_leads_to_its_own_list_whatever_the_person_has_as_default(cast: Cast) -> None:
    await history(cast)
    cast.edv.default_filter = "status=closed"
    url = ReportFilter().tickets_url(cast.edv, (Status.IT_REVIEW,))
    assert await listed(cast, "edv", url) == 3


async def listed(cast: Cast, who: str, url: str) -> int:
    """How many tickets the list at an address has."""
    return len(await numbers(cast, who, url))


@pytest.mark.parametrize(
    "given", [{}, {"weeks": "13"}, {"weeks": "x"}, {"weeks": "-4"}, {"module": "999"}, {"module": "' OR 1=1"},
              {"organisation": "1"}, {"weeks": "99999999999999999999"}],
)  # fmt: skip
async def test_what_is_unknown_in_an_address_is_left_out(cast: Cast, given: dict[str, str]) -> None:
    assert ReportFilter.read(given, await search.choices(cast.edv)) == ReportFilter()


async def test_a_module_that_is_not_ones_own_is_left_out(cast: Cast) -> None:
    given = {"module": str(cast.finance.id), "organisation": str(cast.sued.id)}
    assert ReportFilter.read(given, await search.choices(cast.user)) == ReportFilter()
    read = ReportFilter.read(given, await search.choices(cast.staff))
    assert read == ReportFilter(module=cast.finance.id, organisation=cast.sued.id)


@pytest.mark.no_database
def test_a_filter_writes_its_address_without_defaults() -> None:
    assert ReportFilter().url() == "/report"
    assert ReportFilter(26, 3, 4).url("/report.xlsx") == "/report.xlsx?weeks=26&module=3&organisation=4"
    own = ReportFilter(start=date(2026, 1, 5), end=date(2026, 2, 1))
    assert own.url() == "/report?from=2026-01-05&until=2026-02-01"
    assert replace(ReportFilter(), module=3).url() == "/report?module=3"


@pytest.mark.no_database
@pytest.mark.parametrize(("given", "days"), [
    ({"from": "2026-01-08", "until": "2026-01-28"}, (date(2026, 1, 5), date(2026, 2, 1))),
    ({"weeks": "2026-01-05/2026-02-01"}, (date(2026, 1, 5), date(2026, 2, 1))),
    ({"from": "2026-01-08", "until": "2026-01-28", "weeks": "52"}, (date(2026, 1, 5), date(2026, 2, 1))),
    ({"from": "2020-01-06", "until": "2026-01-28"}, (date(2020, 1, 6), date(2022, 1, 16))),  # two years are enough
])  # fmt: skip
def test_two_days_mean_the_whole_weeks_around_them(given: dict[str, str], days: tuple[date, date]) -> None:
    found = ReportFilter.read(given, [])
    assert found.days() == days
    assert ReportFilter.read({"from": str(found.start), "until": str(found.end)}, []) == found


@pytest.mark.no_database
@pytest.mark.parametrize("given", [
    {"from": "2026-01-08"}, {"until": "2026-01-08"}, {"from": "2026-02-08", "until": "2026-01-08"}, {"from": "x"},
    {"from": "0001-01-01", "until": "0001-01-08"}, {"from": "9999-12-27", "until": "9999-12-31"}, {"weeks": "/"},
    {"weeks": "2026-01-05"},
])  # fmt: skip
def test_what_is_no_period_is_none(given: dict[str, str]) -> None:
    with clock.at(NOW):
        assert ReportFilter.read(given, []) == ReportFilter()


async def journey(cast: Cast) -> int:
    """In October 2026: with the EDV from Monday the 5th 9:00, the vendor from Tuesday, closed on the 13th."""
    with clock.at(berlin(5, 9)):
        number = await cast.ticket("user")
    with clock.at(berlin(6, 11)):
        await cast.reply("edv", number, "Das sehen wir auch.", move="handover")
    with clock.at(berlin(7, 10)):
        await cast.reply("staff", number, "Wir sehen nach.")
    with clock.at(berlin(8, 9)):
        await cast.reply("user", number, "Es eilt!", move="escalate")
    with clock.at(berlin(13, 9)):
        await cast.move("staff", number, "close")
    return number


async def test_time_is_that_of_the_period_in_working_hours(cast: Cast) -> None:
    await journey(cast)
    last = await made(cast, "edv", ReportFilter(start=date(2026, 10, 5), end=date(2026, 10, 11)))
    assert last.total.held == {
        "user": Held(), "edv": Held(1, (8 + 3) * 3600), "vendor": Held(1, (6 + 9 + 9 + 9) * 3600)
    }  # fmt: skip
    assert (last.total.tickets, last.created, last.closed, last.total.escalated) == (1, 1, 0, 1)
    after = await made(cast, "edv", ReportFilter(start=date(2026, 10, 12), end=date(2026, 10, 18)))
    assert after.total.held == {"user": Held(), "edv": Held(), "vendor": Held(1, (9 + 1) * 3600)}
    assert (after.total.tickets, after.created, after.closed, after.total.escalated) == (1, 0, 1, 0)


async def test_a_turn_that_is_on_counts_until_now_and_not_to_the_end_of_the_week(cast: Cast) -> None:
    with clock.at(berlin(26, 16)):
        await cast.ticket("user")
    held = (await made(cast, "edv")).total.held  # NOW is Wednesday, 10 o'clock in Berlin
    assert held["edv"] == Held(1, (1 + 9 + 2) * 3600)


async def test_each_organisation_is_reckoned_by_its_own_calendar(cast: Cast) -> None:
    await cast.nord.filter(id=cast.nord.id).update(work_starts=540, work_ends=600)
    for who in ("edv", "strange_edv"):
        with clock.at(berlin(26, 8)):
            await cast.ticket(who, release=True)
    found = await made(cast, "staff")
    assert {group.name: group.held["vendor"] for group in found.by_organisation} == {
        "Verband Nord": Held(1, 3 * 3600), "Kammer Süd": Held(1, (9 + 9 + 2) * 3600),
    }  # fmt: skip


async def test_first_answers_of_both_sides_and_what_the_vendor_may_know_of_them(cast: Cast) -> None:
    await journey(cast)
    found = await made(cast, "edv", ReportFilter(weeks=4))
    assert {side: (one.counts, one.median) for side, one in found.answers.items()} == {
        "edv": ([0, 0, 0, 1, 0, 0], 11 * 3600), "vendor": ([0, 0, 1, 0, 0, 0], 8 * 3600),
    }  # fmt: skip
    seen = await made(cast, "staff", ReportFilter(weeks=4))
    assert list(seen.answers) == ["vendor"]
    assert [(group.name, group.median) for group in seen.by_organisation] == [("Verband Nord", 8 * 3600)]


async def test_staff_cannot_ask_the_list_when_the_edv_first_answered(cast: Cast) -> None:
    number = await journey(cast)
    days = "from=2026-10-05&until=2026-10-11"
    for who, event, found in (("edv", "asked_edv", [number]), ("staff", "asked_vendor", [number])):
        assert await numbers(cast, who, f"/tickets?status=all&event={event}&{days}") == found
        assert await numbers(cast, who, f"/tickets?status=all&event={event}&answer=1&{days}") == []
    given = {"event": "asked_edv", "from": "2026-10-05", "until": "2026-10-11", "answer": "1"}
    assert Trail.read(given, cast.staff) == Trail()


async def numbers(cast: Cast, who: str, url: str) -> list[int]:
    person = cast.person(who)
    filter = TicketFilter.for_person(parse_qsl(url.partition("?")[2], keep_blank_values=True), person)
    with clock.at(NOW):
        return sorted(row["number"] for row in await search.find(filter, person))


@pytest.mark.no_database
@pytest.mark.parametrize("given", [
    {"event": "created"},
    {"event": "created", "from": "2026-01-01"},
    {"event": "x", "from": "2026-01-01", "until": "2026-01-02"},
    {"event": "created", "from": "2026-01-02", "until": "2026-01-01"},
    {"event": "created", "from": "0001-01-01", "until": "9999-12-31"},
    {"age": "3"},
    {"answer": "1"},
    {"event": "user\x00", "from": "2026-01-01", "until": "2026-01-02"},
])  # fmt: skip
def test_half_an_address_asks_nothing(given: dict[str, str]) -> None:
    found = Trail.read(given, Person(role=Role.EDV))
    assert (found, found.condition(), found.chips()) == (Trail(), None, [])
