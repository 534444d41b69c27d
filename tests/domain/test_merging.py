"""A duplicate goes up in another ticket: nothing is lost, nobody reads more than they may, and it happens once."""

import asyncio
from typing import Any

import pytest

from app.domain import merging, search, thread
from app.domain.models import Letter, Participant, Priority, Status, Ticket, TicketEvent
from app.domain.refusals import Conflict, NotAllowed, Refused
from app.domain.ticket_filter import TicketFilter
from tests.cast import PDF, Cast, form_key


async def merged(cast: Cast, one: int, into: int, **given: Any) -> None:
    """Staff merge them as they see them now."""
    ticket, other = await cast.see("staff", one), await cast.see("staff", into)
    versions = given.get("versions", (ticket["version"], other["version"]))
    await merging.merge(cast.staff, ticket, other, versions, given.get("body", "Es geht hier weiter."),
                        given.get("key") or form_key())  # fmt: skip


async def found(cast: Cast, who: str, q: str) -> set[int]:
    filter = TicketFilter.read([("q", q), ("status", "all")], cast.person(who))
    return {row["number"] for row in await search.find(filter, cast.person(who))}


async def test_messages_and_files_stand_in_the_other_with_origin_and_audience(cast: Cast) -> None:
    one = await cast.ticket("user", body="Kaputte Rechnung", files=[await cast.file("a.pdf", PDF)], handed_over=True)
    await cast.note("edv", one, "Nur für Nord")
    await cast.note("staff", one, "Nur bei uns")
    into = await cast.ticket("colleague", body="Auch kaputt", handed_over=True, status=Status.USER_REVIEW)
    await merged(cast, one, into)
    said = [(row["body"], row["origin"], row["audience"]) for row in await thread.messages(cast.edv, into)]
    assert said == [
        ("Kaputte Rechnung", one, "everyone"), ("Nur für Nord", one, "organisation"), ("Auch kaputt", None, "everyone"),
        ("Es geht hier weiter.", None, "everyone"),
    ]  # fmt: skip
    bodies = [row["body"] for row in await thread.messages(cast.staff, into)]
    assert "Nur bei uns" in bodies
    assert "Nur für Nord" not in bodies
    (file,) = await thread.attachments(cast.colleague, into)
    assert (file["name"], file["ticket_id"]) == ("a.pdf", into)
    assert await thread.messages(cast.staff, one) == []
    ticket = await Ticket.get(number=one)
    assert (ticket.status, ticket.merged_into_id) == (Status.CLOSED, into)
    assert (await Ticket.get(number=into)).status == Status.USER_REVIEW


async def test_who_took_part_sees_the_other_and_is_told_and_nobody_else_sees_more(cast: Cast) -> None:
    one = await cast.ticket("user", handed_over=True)
    into = await cast.ticket("colleague", module=cast.seminars, handed_over=True)
    assert await merging.newcomers(cast.staff, await cast.see("staff", one), await cast.see("staff", into)) == [
        "Ute Petersen"
    ]
    assert await cast.sees("reader", one)
    assert not await cast.sees("reader", into)
    await merged(cast, one, into)
    assert await cast.sees("user", into)
    assert not await cast.sees("reader", into), "a right to one module gives no ticket of another"
    row = await cast.see("reader", one)
    assert await merging.target(cast.reader, row) is None
    assert await thread.messages(cast.reader, one) == []
    assert await merging.target(cast.user, row) == into
    assert not await cast.sees("stranger", one)
    assert not await cast.sees("strange_edv", into)
    told = await Letter.filter(letter="new_message").values_list("to_id", "context")
    assert {cast.user.id, cast.colleague.id} <= {to for to, context in told if context["ticket"] == into}
    assert await Participant.filter(ticket_id=into, person=cast.user).exists()


async def test_both_journals_tell_and_the_old_one_does_not_name_the_other(cast: Cast) -> None:
    one, into = [await cast.ticket("user", handed_over=True) for _ in range(2)]
    await merged(cast, one, into)
    assert await TicketEvent.filter(ticket_id=into, kind="merged").values_list("after", flat=True) == [str(one)]
    assert await TicketEvent.filter(ticket_id=one, kind="merged_away").values_list("after", flat=True) == [""]


async def test_the_other_is_found_by_what_the_first_one_was_found_by(cast: Cast) -> None:
    one = await cast.ticket("user", subject="Zebrastreifen", body="Quittungsbuch", handed_over=True)
    into = await cast.ticket("user", handed_over=True)
    await cast.note("edv", one, "Geheimfach")
    await merged(cast, one, into)
    for words in ("zebrastreifen", "quittungsbuch", str(one)):
        assert into in await found(cast, "edv", words), words
    assert into in await found(cast, "edv", "geheimfach")
    assert await found(cast, "staff", "geheimfach") == set()


async def test_nothing_leads_a_merged_ticket_anywhere_any_more(cast: Cast) -> None:
    one, into, third = [await cast.ticket("user", handed_over=True) for _ in range(3)]
    await merged(cast, one, into)
    for who, move in (("staff", "reopen"), ("user", "reopen"), ("edv", "delete")):
        with pytest.raises(Conflict):
            await cast.move(who, one, move)
    with pytest.raises(Conflict):
        await cast.reply("user", one)
    await merged(cast, into, third)
    assert (await Ticket.get(number=one)).merged_into_id == third, "it leads on to where all of it stands"


async def test_an_escalation_and_high_priority_are_not_lost(cast: Cast) -> None:
    one = await cast.ticket("user", priority=Priority.HIGH, handed_over=True)
    into = await cast.ticket("user", handed_over=True)
    await cast.reply("edv", one, "Eilt sehr", move="escalate")
    await merged(cast, one, into)
    other = await Ticket.get(number=into)
    assert (other.priority, other.escalation_reason, other.urgency) == (Priority.HIGH, "Eilt sehr", 0)


async def test_what_speaks_against_it_is_said(cast: Cast) -> None:
    one = await cast.ticket("user", handed_over=True)
    foreign = await cast.ticket("stranger", handed_over=True)
    closed = await cast.ticket("user", handed_over=True, status=Status.CLOSED)
    for into in (one, foreign, closed):
        with pytest.raises(Refused) as refused:
            await merged(cast, one, into)
        assert list(refused.value.fields) == ["into"]
    with pytest.raises(Refused):
        await merged(cast, one, await cast.ticket("user", handed_over=True), body="")
    row = await cast.see("edv", one)
    with pytest.raises(NotAllowed):
        await merging.merge(cast.edv, row, await cast.see("edv", closed), (1, 1), "x", form_key())


async def test_who_was_faster_stops_it_and_a_form_counts_once(cast: Cast) -> None:
    one, into = [await cast.ticket("user", handed_over=True) for _ in range(2)]
    for versions in ((99, 1), (1, 99)):
        with pytest.raises(Conflict):
            await merged(cast, one, into, versions=versions)
    assert len(await thread.messages(cast.staff, one)) == 1, "nothing of it happened"
    key = form_key()
    row, other = await cast.see("staff", one), await cast.see("staff", into)
    deed = (cast.staff, row, other, (row["version"], other["version"]), "Hier weiter", key)
    await asyncio.gather(*(merging.merge(*deed) for _ in range(3)))
    assert [m["body"] for m in await thread.messages(cast.staff, into)].count("Hier weiter") == 1
    assert await TicketEvent.filter(kind="merged").count() == 1


async def test_two_merge_two_tickets_into_each_other_and_one_of_them_is_too_late(cast: Cast) -> None:
    one, into = [await cast.ticket("user", handed_over=True) for _ in range(2)]
    rows = [await cast.see("staff", number) for number in (one, into)]
    versions = (rows[0]["version"], rows[1]["version"])
    results = await asyncio.gather(
        merging.merge(cast.staff, rows[0], rows[1], versions, "x", form_key()),
        merging.merge(cast.admin, rows[1], rows[0], versions[::-1], "y", form_key()), return_exceptions=True,
    )  # fmt: skip
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "NoneType"]
    assert await Ticket.filter(merged_into_id__not_isnull=True).count() == 1
