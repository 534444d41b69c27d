"""Priority and escalation in measure: what share is urgent, one escalation at a time, a priority by hand."""

import asyncio
from urllib.parse import parse_qsl, urlsplit

import pytest

from app.domain import priority, search
from app.domain.models import Person, Priority, TicketEvent
from app.domain.priority import Measure
from app.domain.refusals import Conflict, NotAllowed, Refused
from app.domain.ticket_filter import TicketFilter
from tests.cast import Cast, form_key


async def listed(found: Measure, person: Person) -> int:
    """How many tickets the list shows to which the number leads."""
    filter = TicketFilter.read(parse_qsl(urlsplit(found.url).query), person)
    return len(await search.find(filter, person))


async def test_every_number_leads_to_the_list_that_makes_it_up(cast: Cast) -> None:
    for by, state in (
        ("user", {"priority": Priority.HIGH, "handed_over": True}), ("user", {"escalated": True}), ("user", {}),
        ("colleague", {"priority": Priority.HIGH}), ("stranger", {"escalated": True, "handed_over": True}),
        ("user", {"priority": Priority.HIGH, "status": "closed"}), ("edv", {"module": cast.seminars}),
    ):  # fmt: skip
        await cast.ticket(by, **state)  # type: ignore[arg-type]
    measures = [
        (cast.user, await priority.own(cast.user), (3, 2)), (cast.edv, await priority.everywhere(cast.edv), (5, 3)),
        (cast.reader, await priority.everywhere(cast.reader), (4, 3)),
        (cast.staff, await priority.everywhere(cast.staff), (2, 2)),
        (cast.staff, await priority.at(cast.staff, cast.nord.id), (1, 1)),
        (cast.edv, await priority.at(cast.edv, cast.sued.id), (0, 0)),
    ]  # fmt: skip
    for person, found, expected in measures:
        assert (found.open, found.urgent) == expected
        if expected != (0, 0):
            assert await listed(found, person) == found.urgent


async def set_priority(cast: Cast, who: str, number: int, to: Priority, version: int | None = None) -> None:
    row = await cast.see(who, number)
    await priority.change(cast.person(who), row, to, row["version"] if version is None else version, form_key())


async def test_reporter_edv_and_staff_change_the_priority_and_the_journal_tells(cast: Cast) -> None:
    number = await cast.ticket("user", handed_over=True)
    for who, to in (("user", Priority.HIGH), ("edv", Priority.NORMAL), ("staff", Priority.HIGH)):
        await set_priority(cast, who, number, to)
    row = await cast.see("user", number)
    assert (row["priority"], row["urgency"], row["version"]) == ("high", 1, 4)
    kinds = [event.kind for event in await TicketEvent.filter(ticket_id=number, kind__startswith="priority")]
    assert kinds == ["priority_high", "priority_normal", "priority_high"]


async def test_who_only_reads_or_takes_part_does_not_change_the_priority(cast: Cast) -> None:
    number = await cast.ticket("user")
    with pytest.raises(NotAllowed):
        await set_priority(cast, "reader", number, Priority.HIGH)


async def test_of_two_who_change_the_priority_one_sees_that_the_other_was_faster(cast: Cast) -> None:
    number = await cast.ticket("user")
    answers = await asyncio.gather(
        *(set_priority(cast, who, number, Priority.HIGH, version=1) for who in ("user", "edv")), return_exceptions=True
    )
    assert sorted(type(answer) for answer in answers if answer) == [Conflict]
    with pytest.raises(Conflict):
        await set_priority(cast, "user", number, Priority.HIGH)
    await cast.set(number, status="closed")
    with pytest.raises(Conflict):
        await set_priority(cast, "user", number, Priority.NORMAL)


async def test_there_is_one_open_escalation_and_staff_answers_it_with_words(cast: Cast) -> None:
    number = await cast.ticket("user", handed_over=True)
    sent = (cast.reply(who, number, "Es eilt", move="escalate", version=1) for who in ("user", "edv"))
    answers = await asyncio.gather(*sent, return_exceptions=True)
    assert [type(answer) for answer in answers if isinstance(answer, Exception)] == [Conflict]
    with pytest.raises(Conflict):
        await cast.reply("edv", number, "Noch einmal", move="escalate")
    with pytest.raises(Refused):
        await cast.move("staff", number, "calm")
    await cast.reply("staff", number, "Wir sind dran", move="calm")
    await cast.reply("user", number, "Es ist wieder da", move="escalate")
    assert await TicketEvent.filter(ticket_id=number, kind="escalate").count() == 2
