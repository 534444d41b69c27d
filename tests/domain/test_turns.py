"""Whose turn it was: written with each move, the same as the journal says, in the organisation's working time."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import clock
from app.database import Row, atomic, rows
from app.domain import directory, flow, organisations, retention, turns
from app.domain.flow import MOVES, Waiting
from app.domain.models import Audience, AuditEntry, Organisation, Status, Ticket, TicketEvent, Turn
from app.domain.organisations import WorkingHours
from app.domain.refusals import Conflict, NotAllowed, NotVisible, Refused
from app.language import ZONE
from tests.cast import Cast

WHO = ("user", "edv", "deputy", "staff")
DEEDS = st.tuples(
    st.sampled_from(WHO), st.sampled_from(["", *MOVES]), st.sampled_from(list(Audience)), st.integers(1, 4000)
)
STARTS = st.sampled_from(["user", "edv", "deputy", "released", "staff", "staff asks"])


def berlin(day: int, hour: int = 8, minute: int = 0) -> datetime:
    """In November 2026, which begins on a Sunday; the 2nd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE).astimezone(UTC)


async def kept(number: int) -> list[Row]:
    """All that is written about a ticket's turns but the rows' own ids."""
    found = await rows("SELECT * FROM turn WHERE ticket_id = ? ORDER BY id", number)
    return [{name: value for name, value in row.items() if name != "id"} for row in found]


async def rebuilt(number: int) -> list[Row]:
    async with atomic():
        await turns.rebuild([number])
    return await kept(number)


async def start(cast: Cast, how: str) -> int:
    match how:
        case "released":
            return await cast.ticket("edv", release=True)
        case "staff":
            return await cast.ticket("staff", of="user")
        case "staff asks":
            return await cast.ticket("staff", of="user", start=Status.USER_REVIEW)
    return await cast.ticket(how)


async def try_to(cast: Cast, number: int, who: str, move: str, audience: Audience) -> None:
    """What the person may do now, they do; the rest is refused and leaves no trace."""
    with suppress(NotAllowed, NotVisible, Conflict, Refused):
        await cast.reply(who, number, move=move, audience=audience)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(how=STARTS, deeds=st.lists(DEEDS, max_size=9))
async def test_whatever_a_ticket_goes_through_its_journal_tells_the_same_turns(
    cast: Cast, how: str, deeds: list[tuple[str, str, Audience, int]]
) -> None:
    now = berlin(2)
    with clock.at(now):
        number = await start(cast, how)
    for who, move, audience, minutes in deeds:
        now += timedelta(minutes=minutes)
        with clock.at(now):
            await try_to(cast, number, who, move, audience)
    written = await kept(number)
    ticket = await cast.see("edv", number)
    assert written == await rebuilt(number)
    assert [row["until_at"] is None for row in written][-1] == (ticket["status"] != Status.CLOSED)
    for earlier, later in pairwise(written):
        assert earlier["until_at"] <= later["from_at"]
    with clock.at(now):
        held = sum((await turns.of_ticket(cast.edv, number)).values())
        spans = [(row["from_at"], row["until_at"] or now) for row in written]
        calendar = next(iter((await turns.calendars()).values()))
        assert held == sum(calendar.working_seconds(*span) for span in spans)


async def life(cast: Cast) -> int:
    """User and EDV on Monday and Tuesday, the vendor over a weekend, closed on the next Monday."""
    with clock.at(berlin(3, 9)):
        number = await cast.ticket("user")
    with clock.at(berlin(3, 11)):
        await cast.reply("edv", number, "Seit wann?", move="to_user")
    with clock.at(berlin(4, 10)):
        await cast.reply("user", number, "Seit heute.", move="to_it")
    with clock.at(berlin(5, 16)):
        await cast.move("edv", number, "handover")
    with clock.at(berlin(6, 9)):
        await cast.note("staff", number, "Das ist der alte Fehler.")
    with clock.at(berlin(6, 12)):
        await cast.reply("staff", number, "Wir sehen nach.")
    with clock.at(berlin(9, 10)):
        await cast.move("staff", number, "close")
    return number


async def test_each_side_held_it_for_its_working_hours(cast: Cast) -> None:
    number = await life(cast)
    assert await turns.of_ticket(cast.user, number) == {
        "edv": (2 + 7 + 8) * 3600, "user": (6 + 2) * 3600, "vendor": (1 + 9 + 2) * 3600,
    }  # fmt: skip


async def test_the_turn_that_is_on_counts_until_now(cast: Cast) -> None:
    with clock.at(berlin(6, 16)):
        number = await cast.ticket("user")
    with clock.at(berlin(9, 9, 30)):
        assert await turns.of_ticket(cast.user, number) == {"edv": 2.5 * 3600, "user": 0, "vendor": 0}


async def test_nobody_reads_the_turns_of_a_ticket_that_is_not_theirs(cast: Cast) -> None:
    number = await life(cast)
    assert not any((await turns.of_ticket(cast.stranger, number)).values())


async def test_the_first_answer_is_the_first_word_or_move_that_the_other_side_can_see(cast: Cast) -> None:
    number = await life(cast)
    first = {row["side"]: row for row in await kept(number) if row["is_first"]}
    assert first["edv"]["answered_at"] == berlin(3, 11)
    assert first["edv"]["answer_seconds"] == 2 * 3600
    assert first["vendor"]["answered_at"] == berlin(6, 12)  # not the note of nine o'clock
    assert first["vendor"]["answer_seconds"] == (1 + 4) * 3600
    assert first["user"]["answered_at"] is None  # of the User no answer is measured


async def test_another_calendar_reckons_everything_anew(cast: Cast) -> None:
    number = await life(cast)
    before = await kept(number)
    await Organisation.filter(id=cast.nord.id).update(state="NW", work_starts=600, work_ends=900)
    await turns.reckon_all()
    after = await kept(number)
    assert {row["calendar_id"] for row in before}.isdisjoint({row["calendar_id"] for row in after})
    assert after == await rebuilt(number)
    assert await turns.of_ticket(cast.user, number) == {
        "edv": (1 + 5 + 5) * 3600, "user": (4 + 0) * 3600, "vendor": (0 + 5 + 0) * 3600,
    }  # fmt: skip
    await turns.reckon(cast.nord.id)
    assert await kept(number) == after


async def test_a_move_after_a_change_is_reckoned_by_the_new_calendar_from_its_start(cast: Cast) -> None:
    with clock.at(berlin(3, 9)):
        number = await cast.ticket("user")
    await Organisation.filter(id=cast.nord.id).update(work_starts=600)
    with clock.at(berlin(3, 11)):
        await cast.move("edv", number, "handover")
    [edv, vendor] = await kept(number)
    assert edv["until_reading"] - edv["from_reading"] == 3600
    assert edv["calendar_id"] == vendor["calendar_id"]


async def test_old_tickets_get_their_turns_once(cast: Cast) -> None:
    numbers = [await life(cast), await cast.ticket("stranger")]
    written = [await kept(number) for number in numbers]
    await Turn.all().delete()
    assert await turns.fill() == 2
    assert [await kept(number) for number in numbers] == written
    assert await turns.fill() == 0


@pytest.mark.parametrize(("state", "sides"), [
    ({"status": Status.CLOSED, "closed_at": berlin(5)}, [("edv", berlin(5))]),
    ({"status": Status.VENDOR_REVIEW, "waiting_since": berlin(4), "handed_over": True},
     [("edv", berlin(4)), ("vendor", None)]),
])  # fmt: skip
async def test_where_a_journal_says_less_the_ticket_is_believed(
    cast: Cast, state: dict[str, Any], sides: list[tuple[str, datetime | None]]
) -> None:
    with clock.at(berlin(3)):
        number = await cast.ticket("user")
    await cast.set(number, **state)
    assert [(row["side"], row["until_at"]) for row in await rebuilt(number)] == sides


async def test_an_older_journal_does_not_say_where_staff_let_a_ticket_start(cast: Cast) -> None:
    for start_at, move, side in (
        (Status.USER_REVIEW, "handover", "user"), (Status.USER_REVIEW, "to_it", "user"),
        (Status.VENDOR_REVIEW, "to_it", "vendor"), (Status.USER_REVIEW, "", "user"),
        (Status.VENDOR_REVIEW, "", "vendor"),
    ):  # fmt: skip
        with clock.at(berlin(3)):
            number = await cast.ticket("staff", of="user", start=start_at)
        if move:
            await cast.move("staff" if side == "vendor" else "user", number, move)
        await TicketEvent.filter(ticket_id=number, kind="created_for").update(before="")
        assert (await rebuilt(number))[0]["side"] == side, (start_at, move)


async def test_a_ticket_that_is_removed_takes_its_turns_with_it(cast: Cast) -> None:
    number = await life(cast)
    async with atomic():
        await retention._delete([number], [])
    assert await Ticket.filter(number=number).count() == 0
    assert await kept(number) == []


async def test_other_hours_of_an_organisation_reckon_its_tickets_anew_and_no_others(cast: Cast) -> None:
    number = await life(cast)
    with clock.at(berlin(3, 9)):
        other = await cast.ticket("stranger")
    before = await kept(other)
    seen = (await directory.organisation(cast.staff, cast.nord.id))["stamp"]
    hours = WorkingHours("BY", 9 * 60, 12 * 60)
    await organisations.change(cast.staff, cast.nord.id, seen, "Verband Nord", None, hours)
    assert await turns.of_ticket(cast.user, number) == {
        "edv": (2 + 2 + 3) * 3600, "user": (1 + 1) * 3600, "vendor": (0 + 3 + 1) * 3600,
    }  # fmt: skip
    assert await kept(number) == await rebuilt(number)
    assert await kept(other) == before
    entry = await AuditEntry.filter(kind="organisation_changed").get()
    assert entry.subject.endswith("Bayern, 09:00–12:00")


@pytest.mark.parametrize(("hours", "field"), [
    (WorkingHours("XX", 480, 1020), "state"), (WorkingHours("", -1, 1020), "work_starts"),
    (WorkingHours("", 480, 1440), "work_ends"), (WorkingHours("", 600, 600), "work_ends"),
])  # fmt: skip
async def test_hours_that_are_none_are_refused_at_their_field(cast: Cast, hours: WorkingHours, field: str) -> None:
    seen = (await directory.organisation(cast.staff, cast.nord.id))["stamp"]
    with pytest.raises(Refused) as refused:
        await organisations.change(cast.staff, cast.nord.id, seen, "Verband Nord", None, hours)
    assert list(refused.value.fields) == [field]


async def test_who_has_to_act_since_when_is_one_fact(cast: Cast) -> None:
    with clock.at(berlin(3)):
        number = await cast.ticket("user")
    with clock.at(berlin(6)):
        waiting = flow.waiting(await cast.see("user", number))
        assert waiting == Waiting("EDV", berlin(3))
        assert waiting.words == "wartet auf EDV seit 3 Tagen"
    await cast.move("user", number, "close")
    assert flow.waiting(await cast.see("user", number)) is None
