"""A new ticket: where it starts, who is responsible, whose it is, and that one form makes one ticket."""

import asyncio

import pytest

from app.domain import creation, tickets
from app.domain.models import (
    Attachment,
    Audience,
    Category,
    Message,
    Module,
    Organisation,
    OrganisationModule,
    Priority,
    Status,
    Ticket,
    TicketEvent,
)
from app.domain.refusals import NotAllowed, Refused
from tests.cast import Cast, form_key


async def start(number: int) -> tuple[str, bool]:
    row = await Ticket.get(number=number)
    return row.status.value, row.handed_over_at is not None


async def test_a_users_ticket_starts_with_the_edv(cast: Cast) -> None:
    assert await start(await cast.ticket("user")) == ("it_review", False)


async def test_who_may_hand_over_can_start_with_the_vendor(cast: Cast) -> None:
    for who in ("deputy", "edv"):
        assert await start(await cast.ticket(who, release=True)) == ("vendor_review", True)
        assert await start(await cast.ticket(who)) == ("it_review", False)


async def test_who_may_not_hand_over_cannot_start_with_the_vendor(cast: Cast) -> None:
    for who in ("user", "colleague", "reader", "stranger"):
        with pytest.raises(NotAllowed):
            await cast.ticket(who, release=True)
    assert await Ticket.all().count() == 0


async def test_a_staff_ticket_starts_with_the_user_or_the_vendor(cast: Cast) -> None:
    assert await start(await cast.ticket("staff", of="user", start=Status.USER_REVIEW)) == ("user_review", True)
    assert await start(await cast.ticket("admin", of="user", start=Status.VENDOR_REVIEW)) == ("vendor_review", True)
    for elsewhere in (Status.IT_REVIEW, Status.CLOSED):
        number = await cast.ticket("staff", of="user", start=elsewhere)
        assert await start(number) == ("vendor_review", True)


async def test_a_staff_ticket_is_the_customers(cast: Cast) -> None:
    row = await cast.see("user", await cast.ticket("staff", of="user"))
    assert (row["reporter_id"], row["organisation_id"]) == (cast.user.id, cast.nord.id)


async def test_nobody_chooses_the_start_but_staff(cast: Cast) -> None:
    for begin in Status:
        assert await start(await cast.ticket("user", start=begin)) == ("it_review", False)


async def test_everything_given_is_kept(cast: Cast) -> None:
    number = await cast.ticket(
        "user", subject="Etiketten", body="Zeile eins\n\nZeile drei", module=cast.seminars,
        category=Category.INCIDENT, priority=Priority.HIGH, files=[await cast.file("a.png"), await cast.file("b.png")],
        x3_context={"Maske": "Seminarliste", "Version": "7.2"},
    )  # fmt: skip
    row = await cast.see("user", number)
    assert (row["subject"], row["category"], row["priority"]) == ("Etiketten", "incident", "high")
    ticket = await Ticket.get(number=number)
    assert ticket.x3_context == {"Maske": "Seminarliste", "Version": "7.2"}
    assert (ticket.module_id, ticket.version) == (cast.seminars.id, 1)
    (message,) = await Message.filter(ticket_id=number)
    assert (message.body, message.audience, message.author_id) == (
        "Zeile eins\n\nZeile drei", Audience.EVERYONE, cast.user.id,
    )  # fmt: skip
    files = await Attachment.filter(ticket_id=number).order_by("id")
    assert [(f.name, f.message_id, f.width) for f in files] == [("a.png", message.id, 3), ("b.png", message.id, 3)]


async def test_the_responsible_person_is_found_in_four_steps(cast: Cast) -> None:
    """Rule for organisation and module, else the organisation's, else the module's, else the vendor's default."""

    async def responsible() -> str | None:
        return (await cast.see("user", await cast.ticket("user")))["responsible"]

    from tests.cast import CHEAP_HASH

    async def colleague(first_name: str) -> int:
        from app.domain.models import Person, Role

        made = await Person.create(
            organisation=cast.vendor, user_name=first_name.lower(), email=f"{first_name.lower()}@uniplus.example",
            first_name=first_name, last_name="Zuständig", role=Role.STAFF, password_hash=CHEAP_HASH,
        )  # fmt: skip
        return made.id

    await Organisation.filter(is_vendor=True).update(responsible_id=None)
    assert await responsible() == "Stefan Kramer", "a ticket is never nobody's"
    await Organisation.filter(is_vendor=True).update(responsible_id=cast.staff.id)
    assert await responsible() == "Stefan Kramer"
    await Module.filter(id=cast.members.id).update(responsible_id=await colleague("Modul"))
    assert await responsible() == "Modul Zuständig"
    await Organisation.filter(id=cast.nord.id).update(responsible_id=await colleague("Verband"))
    assert await responsible() == "Verband Zuständig"
    rule = OrganisationModule.filter(organisation_id=cast.nord.id, module_id=cast.members.id)
    await rule.update(responsible_id=await colleague("Regel"))
    assert await responsible() == "Regel Zuständig"
    strangers = await cast.see("stranger", await cast.ticket("stranger"))
    assert strangers["responsible"] == "Modul Zuständig"
    other_module = await cast.see("user", await cast.ticket("user", module=cast.seminars))
    assert other_module["responsible"] == "Verband Zuständig"


async def test_somebody_who_left_is_not_made_responsible(cast: Cast) -> None:
    await Module.filter(id=cast.members.id).update(responsible_id=cast.admin.id)
    cast.admin.active = False
    await cast.admin.save()
    assert (await cast.see("user", await cast.ticket("user")))["responsible"] == "Stefan Kramer"


async def test_the_same_form_ten_times_at_once_is_one_ticket(cast: Cast) -> None:
    key = form_key()
    numbers = await asyncio.gather(*(cast.ticket("user", key=key) for _ in range(10)))
    assert set(numbers) == {1001}
    assert await Ticket.all().count() == await Message.all().count() == 1
    assert await TicketEvent.all().count() == 1


async def test_the_same_form_again_much_later_is_the_same_ticket(cast: Cast) -> None:
    key = form_key()
    first = await cast.ticket("user", key=key)
    await cast.move("user", first, "close")
    assert await cast.ticket("user", key=key, subject="anderes") == first
    assert await cast.ticket("colleague", key=key) != first


async def test_a_refused_ticket_leaves_nothing_and_its_key_usable(cast: Cast) -> None:
    key = form_key()
    with pytest.raises(Refused):
        await cast.ticket("user", key=key, module=cast.finance)
    assert await Ticket.all().count() == await Message.all().count() == 0
    assert await cast.ticket("user", key=key) == 1001


async def test_a_module_that_does_not_exist_is_refused_at_its_field(cast: Cast) -> None:
    for module in (0, -1, 999, 2**31 - 1):
        draft = tickets.Draft("x", form_key())
        new = creation.NewTicket(Category.TASK, module, "Betreff", Priority.NORMAL, draft)
        with pytest.raises(Refused) as refused:
            await creation.create(cast.user, new)
        assert set(refused.value.fields) == {"module"}


async def test_the_reporter_has_read_what_they_wrote(cast: Cast) -> None:
    from app.domain import search

    await cast.ticket("user")
    (row,) = await search.find(search.TicketFilter(), cast.user)
    assert not row["unread"]
