"""The numbers of the report against a small history made by hand, on a clock that is moved."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app import clock
from app.domain import report, search
from app.domain.models import Category, Participant, Priority, Status
from app.domain.report import Report, ReportFilter
from app.language import ZONE
from tests.cast import Cast

# A Wednesday after the night in which the clock went back; its week is the 44th.
NOW = datetime(2026, 10, 28, 9, 0, tzinfo=UTC)


def berlin(day: int, hour: int = 12, minute: int = 0, month: int = 10) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE).astimezone(UTC)


async def made(cast: Cast, who: str, filter: ReportFilter | None = None) -> Report:
    with clock.at(NOW):
        return await report.make(cast.person(who), filter or ReportFilter())


async def old(cast: Cast, who: str, created_at: datetime, closed_at: datetime | None = None, **more: Any) -> int:
    """A ticket of the past; closed when it has an end."""
    state = {"status": Status.CLOSED, "closed_at": closed_at} if closed_at else {}
    return await cast.ticket(who, **{"created_at": created_at, **state, **more})


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
    for days in report.AGES[:3]:
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


@pytest.mark.parametrize("weeks", report.PERIODS)
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
    numbers = [(row["name"], row["open"], row["created"], row["closed"]) for row in found.by_module]
    assert numbers == [("Mitglieder", 4, 4, 1), ("Seminare", 1, 2, 1)]
    kinds = [(row["id"], row["open"], row["created"], row["closed"]) for row in found.by_category]
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
    assert [row["name"] for row in found.by_module] == ["Seminare"]


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
        url = found.filter.tickets_url(cast.edv, **more)
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
    from urllib.parse import parse_qsl

    person = cast.person(who)
    filter = search.TicketFilter.for_person(parse_qsl(url.partition("?")[2], keep_blank_values=True), person)
    return len(await search.find(filter, person))


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
    assert replace(ReportFilter(), module=3).url() == "/report?module=3"
