"""The staff's day: text blocks, one deed for many tickets, and the queue by urgency."""

import asyncio
from typing import Any

import pytest

from app.database import rows
from app.domain import bulk, matching, search, text_blocks
from app.domain.bulk import Deed
from app.domain.flow import urgency
from app.domain.models import Letter, Message, Priority, Status, TextBlock, Ticket, TicketEvent
from app.domain.refusals import Conflict, NotAllowed, NotVisible, Refused
from app.domain.ticket_filter import TicketFilter
from tests.cast import Cast, form_key


async def block(cast: Cast, who: str, name: str, body: str = "Guten Tag [Name]", shared: bool = False) -> int:
    await text_blocks.create(cast.person(who), name, body, shared, form_key())
    return (await TextBlock.get(name=name)).id


async def test_own_blocks_are_ones_own_and_shared_ones_everybodys_at_the_vendor(cast: Cast) -> None:
    own, shared = await block(cast, "staff", "Meiner"), await block(cast, "admin", "Unserer", shared=True)
    assert [row["name"] for row in await text_blocks.offered(cast.staff)] == ["Meiner", "Unserer"]
    assert [row["name"] for row in await text_blocks.offered(cast.admin)] == ["Unserer"]
    for deed in (
        text_blocks.find(cast.admin, own), text_blocks.remove(cast.admin, own, 1),
        text_blocks.change(cast.admin, own, 1, "x", "y", True),
    ):  # fmt: skip
        with pytest.raises(NotVisible):
            await deed
    await text_blocks.change(cast.staff, shared, 1, "Unserer", "Neu", shared=True)
    for late in (
        text_blocks.change(cast.admin, shared, 1, "x", "y", True), text_blocks.remove(cast.admin, shared, 1),
    ):  # fmt: skip
        with pytest.raises(Conflict):
            await late
    await text_blocks.remove(cast.admin, shared, 2)
    assert [row["name"] for row in await text_blocks.offered(cast.staff)] == ["Meiner"]


async def test_a_form_that_is_sent_twice_makes_one_block(cast: Cast) -> None:
    key = form_key()
    await asyncio.gather(*(text_blocks.create(cast.staff, "Einer", "x", True, key) for _ in range(3)))
    assert await TextBlock.all().count() == 1


async def test_places_are_filled_from_the_ticket_once_and_the_rest_stays(cast: Cast) -> None:
    number = await cast.ticket("user", subject="Frage zu [Ihr Name]", handed_over=True)
    ticket = await cast.see("staff", number)
    body = "[Name], [Organisation]: #[Ticketnummer] „[Betreff]“ ([Modul]). [Ihr Name] [Notiz]"
    assert text_blocks.fill(body, ticket, cast.staff) == (
        f"Ute Petersen, Verband Nord: #{number} „Frage zu [Ihr Name]“ (Mitglieder). Stefan Kramer [Notiz]"
    )
    assert text_blocks.fill("#[Ticket number], [Your name]", ticket, cast.staff) == f"#{number}, Stefan Kramer"


async def seen(*numbers: int) -> list[tuple[int, int]]:
    return [(row.number, row.version) for row in await Ticket.filter(number__in=numbers).order_by("number")]


async def test_each_ticket_is_moved_by_itself_with_its_own_entry_and_letters(cast: Cast) -> None:
    one, other = [await cast.ticket(who, handed_over=True) for who in ("user", "stranger")]
    closed = await cast.ticket("user", handed_over=True, status=Status.CLOSED)
    hidden = await cast.ticket("user")
    chosen = await seen(one, other, closed, hidden)
    deed = Deed("to_user", "Guten Tag [Name], geht es um #[Ticketnummer]?", form_key=form_key())
    for _again in range(2):
        outcomes = await bulk.carry_out(cast.staff, deed, chosen)
        assert [(row.number, row.refusal) for row in outcomes] == [
            (one, ""), (other, ""), (closed, "geht nicht, das Ticket ist jetzt „Geschlossen“"),
        ]  # fmt: skip
    said = await Message.filter(author=cast.staff).order_by("ticket_id").values_list("body", flat=True)
    assert said == [f"Guten Tag Ute Petersen, geht es um #{one}?", f"Guten Tag Sven Bauer, geht es um #{other}?"]
    assert await TicketEvent.filter(kind="to_user").order_by("ticket_id").values_list("ticket_id", flat=True) == [
        one, other,
    ]  # fmt: skip
    assert sorted(await Letter.filter(letter="asked_back").values_list("to_id", flat=True)) == sorted(
        [cast.user.id, cast.stranger.id]
    )
    assert (await Ticket.get(number=hidden)).status == Status.IT_REVIEW


async def test_who_was_faster_is_named_and_the_others_are_done(cast: Cast) -> None:
    one, other = [await cast.ticket("user", handed_over=True) for _ in range(2)]
    chosen = await seen(one, other)
    await cast.reply("staff", other, move="to_user")
    outcomes = await bulk.carry_out(cast.staff, Deed("close", form_key=form_key()), chosen)
    assert [(row.number, row.refusal) for row in outcomes] == [
        (one, ""), (other, "inzwischen geändert, bitte ansehen"),
    ]  # fmt: skip
    assert (await Ticket.get(number=other)).status == Status.USER_REVIEW


async def test_many_are_assigned_and_who_is_responsible_already_is_told(cast: Cast) -> None:
    numbers = [await cast.ticket("user", handed_over=True) for _ in range(2)]
    await cast.set(numbers[1], responsible_id=cast.admin.id)
    deed = Deed("assign", responsible=cast.admin.id, form_key=form_key())
    outcomes = await bulk.carry_out(cast.staff, deed, await seen(*numbers))
    assert [row.refusal for row in outcomes] == ["", "ist schon zuständig"]
    assert await TicketEvent.filter(kind="assigned").count() == 1
    with pytest.raises(Refused):
        await bulk.carry_out(cast.staff, Deed("assign", responsible=cast.user.id), await seen(*numbers))


@pytest.mark.parametrize(("deed", "count", "field"), [
    (Deed("handover"), 1, "deed"), (Deed(""), 1, "deed"), (Deed("close"), 0, "deed"), (Deed("close"), 101, "deed"),
    (Deed("to_user"), 1, "body"),
])  # fmt: skip
@pytest.mark.no_database
def test_what_cannot_be_done_to_any_is_said_at_its_field(deed: Deed, count: int, field: str) -> None:
    staff: Any = type("Staff", (), {"is_staff": True})()
    with pytest.raises(Refused) as refused:
        bulk.check(staff, deed, count)
    assert list(refused.value.fields) == [field]


async def test_customers_have_no_deeds_for_many(cast: Cast) -> None:
    number = await cast.ticket("edv")
    with pytest.raises(NotAllowed):
        await bulk.carry_out(cast.edv, Deed("close", form_key=form_key()), await seen(number))


async def test_the_queue_is_escalated_then_high_then_who_waits_longest(cast: Cast) -> None:
    normal = await cast.ticket("user", handed_over=True)
    high = await cast.ticket("user", priority=Priority.HIGH, handed_over=True)
    older = await cast.ticket("user", handed_over=True)
    escalated = await cast.ticket("user", handed_over=True)
    await cast.set(older, waiting_since=(await Ticket.get(number=normal)).waiting_since.replace(year=2020))
    await cast.reply("edv", escalated, "Bitte eilig", move="escalate")
    await Ticket.filter(number__in=[normal, high, older, escalated]).update(status=Status.VENDOR_REVIEW)
    filter = TicketFilter.read([("sort", "urgent"), ("status", "vendor_review")], cast.staff)
    assert [row["number"] for row in await search.find(filter, cast.staff)] == [escalated, high, older, normal]
    await cast.reply("staff", escalated, "Wir kümmern uns", move="calm")
    assert [row["number"] for row in await search.find(filter, cast.staff)] == [high, older, normal, escalated]
    for ticket in await Ticket.all():
        assert ticket.urgency == urgency(ticket.escalated_at, ticket.priority), "kept true for the index"
    assert TicketFilter.read([("sort", "urgent")], cast.edv).sort != "urgent"


@pytest.mark.sqlite_only
async def test_the_queue_follows_its_index(cast: Cast) -> None:
    """A page of the queue must not sort what a hundred thousand tickets left over."""
    order = matching.ORDERS["urgent"]
    plan = await rows(
        "EXPLAIN QUERY PLAN SELECT t.number FROM ticket t WHERE t.handed_over_at IS NOT NULL AND t.deleted_at IS NULL "
        f"AND t.status IN (?) ORDER BY {order} LIMIT 51", "vendor_review",
    )  # fmt: skip
    said = " ".join(row["detail"] for row in plan)
    assert "ticket_by_urgency" in said
    assert "B-TREE" not in said
