"""Two people at one ticket, forms sent twice, and what a move or a message leaves behind."""

import asyncio
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest

from app import clock
from app.database import rows
from app.domain import assignment, participants, thread, tickets
from app.domain.flow import MOVES, status_label, waiting_for
from app.domain.models import Audience, Message, Participant, Status, Ticket, TicketEvent
from app.domain.refusals import Conflict, NotAllowed, NotVisible, Refused
from app.domain.tickets import Draft
from tests.cast import Cast, form_key

MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


async def kinds(number: int) -> list[str]:
    return list(await TicketEvent.filter(ticket_id=number).order_by("id").values_list("kind", flat=True))


async def outcomes(*work: object) -> list[object]:
    return list(await asyncio.gather(*work, return_exceptions=True))  # type: ignore[call-overload]


async def test_of_two_moves_at_once_one_wins_and_the_other_is_told(cast: Cast) -> None:
    number = await cast.ticket("user", handed_over=True, status=Status.VENDOR_REVIEW)
    seen = {who: await cast.see(who, number) for who in ("user", "edv", "staff", "admin")}
    answers = await outcomes(
        *(tickets.move(cast.person(who), row, "close", row["version"]) for who, row in seen.items())
    )
    assert sorted(str(type(a).__name__) for a in answers) == ["Conflict", "Conflict", "Conflict", "NoneType"]
    assert (await Ticket.get(number=number)).version == 2
    assert (await kinds(number)).count("close") == 1


async def test_of_two_messages_with_a_move_at_once_the_loser_leaves_nothing(cast: Cast) -> None:
    number = await cast.ticket("user", handed_over=True, status=Status.VENDOR_REVIEW)
    seen = {who: await cast.see(who, number) for who in ("staff", "admin")}
    answers = await outcomes(
        *(
            tickets.reply(cast.person(who), row, Draft(f"Frage von {who}", form_key()), "to_user", row["version"])
            for who, row in seen.items()
        )
    )
    assert sum(isinstance(answer, Conflict) for answer in answers) == 1
    assert await Message.filter(ticket_id=number, body__startswith="Frage von").count() == 1
    assert (await kinds(number)).count("to_user") == 1
    assert await Participant.filter(ticket_id=number).count() == 1


async def test_a_stale_page_is_told_and_changes_nothing(cast: Cast) -> None:
    number = await cast.ticket("user")
    old = await cast.see("user", number)
    await cast.move("edv", number, "handover")
    for stale in (old, await cast.see("user", number)):
        with pytest.raises(Conflict):
            await tickets.move(cast.user, stale, "close", old["version"])
    assert (await cast.see("user", number))["status"] == "vendor_review"


async def test_a_version_that_never_was_is_a_conflict(cast: Cast) -> None:
    number = await cast.ticket("user")
    for version in (0, -1, 2, 2**31 - 1):
        with pytest.raises(Conflict):
            await cast.move("user", number, "close", version)


async def test_a_message_needs_no_version_because_it_changes_no_status(cast: Cast) -> None:
    number = await cast.ticket("user")
    old = await cast.see("user", number)
    await cast.move("edv", number, "handover")
    await tickets.reply(cast.user, old, Draft("Noch ein Hinweis", form_key()))
    assert (await cast.see("user", number))["status"] == "vendor_review"


async def test_the_same_message_form_ten_times_at_once_is_one_message(cast: Cast) -> None:
    number = await cast.ticket("user")
    row, draft = await cast.see("edv", number), Draft("Doppelt gedrückt", form_key())
    ids = await asyncio.gather(*(tickets.reply(cast.edv, row, draft) for _ in range(10)))
    assert len(set(ids)) == 1
    assert await Message.filter(ticket_id=number).count() == 2
    assert (await kinds(number)).count("participant") == 1


async def test_the_same_form_with_a_move_ten_times_at_once_is_one_move(cast: Cast) -> None:
    number = await cast.ticket("user")
    row, draft = await cast.see("user", number), Draft("Es eilt", form_key())
    ids = await asyncio.gather(*(tickets.reply(cast.user, row, draft, "escalate", 1) for _ in range(10)))
    assert len(set(ids)) == 1
    assert (await kinds(number)).count("escalate") == 1


async def test_the_same_form_with_a_move_sent_again_later_gets_the_first_answer(cast: Cast) -> None:
    """Back, then send again: by then the ticket is as the first one made it."""
    number = await cast.ticket("user")
    key = form_key()
    first = await cast.reply("user", number, "Es eilt", move="escalate", key=key)
    assert await cast.reply("user", number, "Es eilt", move="escalate", key=key, version=1) == first
    assert await Message.filter(ticket_id=number).count() == 2


async def test_the_key_of_a_refused_form_stays_usable(cast: Cast) -> None:
    number = await cast.ticket("user")
    key = form_key()
    with pytest.raises(Conflict):
        await cast.reply("user", number, "Es eilt", move="escalate", key=key, version=99)
    with pytest.raises(Refused):
        await cast.reply("user", number, "", key=key)
    message = await cast.reply("user", number, "Es eilt", move="escalate", key=key)
    assert (await Message.get(id=message)).body == "Es eilt"


async def test_two_people_may_hold_the_same_key(cast: Cast) -> None:
    number = await cast.ticket("user")
    key = form_key()
    first = await cast.reply("user", number, "von mir", key=key)
    assert await cast.reply("edv", number, "von mir auch", key=key) != first


async def test_the_keys_of_a_ticket_and_of_a_message_are_one_kind(cast: Cast) -> None:
    """A key that made a ticket does not make a message as well."""
    key = form_key()
    number = await cast.ticket("user", key=key)
    await cast.reply("user", number, "mit altem Schlüssel", key=key)
    assert await Message.filter(ticket_id=number).count() == 1


async def test_an_empty_message_is_refused_at_the_field_unless_it_has_files(cast: Cast) -> None:
    number = await cast.ticket("user")
    with pytest.raises(Refused) as refused:
        await cast.reply("user", number, "")
    assert set(refused.value.fields) == {"body"}
    message = await cast.reply("user", number, "", files=[await cast.file()])
    assert [row["message_id"] for row in await thread.attachments(cast.user, number)] == [message]


@pytest.mark.parametrize(("who", "audience"), [
    ("user", Audience.VENDOR), ("edv", Audience.VENDOR), ("staff", Audience.ORGANISATION),
    ("admin", Audience.ORGANISATION),
])  # fmt: skip
async def test_nobody_writes_what_they_could_not_read(cast: Cast, who: str, audience: Audience) -> None:
    number = await cast.ticket("user", handed_over=True)
    with pytest.raises(NotAllowed):
        await cast.reply(who, number, "verkehrt herum", audience=audience)


@pytest.mark.parametrize(("who", "move", "audience"), [
    ("user", "escalate", Audience.ORGANISATION), ("staff", "to_user", Audience.VENDOR),
    ("staff", "calm", Audience.VENDOR),
])  # fmt: skip
async def test_a_move_that_asks_the_other_side_cannot_be_whispered(
    cast: Cast, who: str, move: str, audience: Audience
) -> None:
    number = await cast.ticket("user", handed_over=True, status=Status.VENDOR_REVIEW, escalated=move == "calm")
    with pytest.raises(Refused) as refused:
        await cast.reply(who, number, "leise", audience=audience, move=move)
    assert set(refused.value.fields) == {"audience"}
    assert await Message.filter(ticket_id=number).count() == 1


async def test_who_only_reads_along_cannot_write(cast: Cast) -> None:
    number = await cast.ticket("user")
    with pytest.raises(NotAllowed):
        await cast.reply("reader", number, "Ich möchte auch etwas sagen")
    assert await Message.filter(ticket_id=number).count() == 1


async def test_a_message_leaves_the_status_as_it_is(cast: Cast) -> None:
    for status in (Status.IT_REVIEW, Status.USER_REVIEW, Status.VENDOR_REVIEW):
        number = await cast.ticket("user", handed_over=True, status=status)
        for who in ("user", "edv", "staff"):
            await cast.reply(who, number, "Nur eine Nachricht")
        row = await cast.see("user", number)
        assert (row["status"], row["version"]) == (status.value, 1)


@pytest.mark.parametrize("audience", [Audience.EVERYONE, Audience.VENDOR])
async def test_a_message_to_a_ticket_that_was_closed_a_moment_ago_is_told_and_not_stored(
    cast: Cast, audience: Audience
) -> None:
    number = await cast.ticket("user", handed_over=True, status=Status.VENDOR_REVIEW)
    seen = await cast.see("staff", number)
    await cast.move("edv", number, "close")
    with pytest.raises(Conflict):
        await tickets.reply(cast.staff, seen, Draft("Noch etwas", form_key(), audience))
    assert await Message.filter(ticket_id=number).count() == 1


async def test_a_message_on_a_closed_ticket_can_open_it_again(cast: Cast) -> None:
    assert MOVES["reopen"].send_label == "Nachricht senden und Ticket wieder öffnen"
    number = await cast.ticket("user", status=Status.CLOSED, closed_at=MORNING)
    await cast.reply("user", number, "Geht doch noch nicht", move="reopen")
    row = await cast.see("user", number)
    assert (row["status"], row["closed_at"]) == ("it_review", None)


# On a closed ticket that was handed over, and in which the colleague takes part: may the message open it again?
ON_A_CLOSED_TICKET: dict[str, type[Exception] | None] = {
    "user": None, "edv": None, "staff": None, "admin": None,
    "colleague": NotAllowed, "reader": NotAllowed, "deputy": NotVisible,
    "stranger": NotVisible, "strange_edv": NotVisible,
}  # fmt: skip


@pytest.mark.parametrize(("who", "refused"), ON_A_CLOSED_TICKET.items(), ids=ON_A_CLOSED_TICKET)
async def test_a_message_on_a_closed_ticket_opens_it_again_or_is_not_stored(
    cast: Cast, who: str, refused: type[Exception] | None
) -> None:
    number = await cast.ticket("user", handed_over=True, status=Status.CLOSED)
    await Participant.create(ticket_id=number, person=cast.colleague)
    with pytest.raises((NotAllowed, NotVisible, Conflict)):
        await cast.reply(who, number, "Nur eine Nachricht, und das Ticket bliebe geschlossen")
    with pytest.raises(refused) if refused else nullcontext():
        await cast.reply(who, number, "Es tritt wieder auf", move="reopen")
    after = Status.CLOSED if refused else Status.VENDOR_REVIEW
    assert (await cast.see("user", number))["status"] == after
    assert await Message.filter(ticket_id=number).count() == (1 if refused else 2)


async def test_a_deleted_ticket_takes_no_messages(cast: Cast) -> None:
    number = await cast.ticket("user", deleted=True)
    with pytest.raises(Conflict):
        await cast.reply("edv", number, "Hallo?")
    assert await Message.filter(ticket_id=number).count() == 1


async def test_a_lost_race_is_lost_although_a_message_was_indexed_first(cast: Cast) -> None:
    """SQLite's full-text index writes its rows late, and Tortoise counts them as rows of the next UPDATE."""
    number = await cast.ticket("user")
    for who, move in (("user", "escalate"), ("edv", "to_user"), ("edv", "handover"), ("user", "close")):
        with pytest.raises(Conflict):
            await cast.reply(who, number, f"Zu spät: {move}", move=move, version=7)
    row = await cast.see("user", number)
    assert (row["status"], row["escalated_at"], row["version"]) == ("it_review", None, 1)
    assert await Message.filter(ticket_id=number).count() == 1
    assert await kinds(number) == ["created"]


async def test_taking_part_is_told_once(cast: Cast) -> None:
    number = await cast.ticket("user")
    for text in ("Eins", "Zwei", "Drei"):
        await cast.reply("edv", number, text)
    assert await kinds(number) == ["created", "participant"]
    assert [one["name"] for one in await participants.of_ticket(cast.user, number)] == ["Erik Holm"]


async def test_waiting_starts_anew_when_somebody_else_has_to_act(cast: Cast) -> None:
    with clock.at(MORNING):
        number = await cast.ticket("user")
    with clock.at(MORNING + timedelta(hours=1)):
        await cast.reply("user", number, "Noch etwas")
        await cast.reply("user", number, "Es eilt", move="escalate")
    assert (await cast.see("user", number))["waiting_since"] == MORNING
    with clock.at(MORNING + timedelta(hours=2)):
        await cast.move("edv", number, "handover")
    row = await cast.see("user", number)
    assert row["waiting_since"] == row["handed_over_at"] == MORNING + timedelta(hours=2)


async def test_handed_over_stays_the_first_time(cast: Cast) -> None:
    number = await cast.ticket("user")
    with clock.at(MORNING):
        await cast.move("edv", number, "handover")
    with clock.at(MORNING + timedelta(days=1)):
        await cast.reply("staff", number, "Bitte prüfen", move="to_user")
        await cast.reply("user", number, "Geprüft", move="handover")
    assert (await cast.see("staff", number))["handed_over_at"] == MORNING


async def test_escalation_says_when_by_whom_and_why_until_it_is_answered(cast: Cast) -> None:
    number = await cast.ticket("user", handed_over=True, status=Status.VENDOR_REVIEW)
    with clock.at(MORNING):
        await cast.reply("edv", number, "Die Mitgliederversammlung ist morgen.", move="escalate")
    row = await cast.see("staff", number)
    assert (row["escalated_at"], row["escalator"]) == (MORNING, "Erik Holm")
    assert row["escalation_reason"] == "Die Mitgliederversammlung ist morgen."
    await cast.reply("staff", number, "Wir sind dran.", move="calm")
    row = await cast.see("user", number)
    assert (row["escalated_at"], row["escalator"], row["escalation_reason"]) == (None, None, None)


async def test_closing_and_deleting_keep_when(cast: Cast) -> None:
    number = await cast.ticket("user")
    with clock.at(MORNING):
        await cast.move("user", number, "close")
    with clock.at(MORNING + timedelta(hours=3)):
        await cast.move("user", number, "delete")
    row = await cast.see("edv", number)
    assert (row["closed_at"], row["deleted_at"]) == (MORNING, MORNING + timedelta(hours=3))
    await cast.move("edv", number, "restore")
    row = await cast.see("edv", number)
    assert (row["status"], row["deleted_at"]) == ("closed", None)


async def test_the_words_for_where_a_ticket_stands(cast: Cast) -> None:
    assert [status_label(status) for status in Status] == [
        "Prüfung durch EDV", "Prüfung durch User", "Prüfung durch UNIPLUS", "Geschlossen",
    ]  # fmt: skip
    assert status_label("closed", deleted=True) == "Gelöscht"
    assert [waiting_for(status) for status in Status] == ["EDV", "User", "UNIPLUS", None]


async def test_only_staff_assigns_and_only_active_staff_is_assigned(cast: Cast) -> None:
    number = await cast.ticket("user", handed_over=True)
    with pytest.raises(NotAllowed):
        await tickets.assign(cast.edv, await cast.see("edv", number), cast.admin.id, 1)
    row = await cast.see("staff", number)
    for nobody in (cast.user.id, cast.edv.id, 99999):
        with pytest.raises(Refused) as refused:
            await tickets.assign(cast.staff, row, nobody, 1)
        assert set(refused.value.fields) == {"responsible"}
    await tickets.assign(cast.staff, row, cast.admin.id, 1)
    assert (await cast.see("user", number))["responsible"] == "Anna Winter"
    with pytest.raises(Conflict):
        await tickets.assign(cast.admin, row, cast.staff.id, 1)
    cast.staff.active = False
    await cast.staff.save()
    assert [row["name"] for row in await assignment.assignees()] == ["Anna Winter"]
    with pytest.raises(Refused):
        await tickets.assign(cast.admin, await cast.see("admin", number), cast.staff.id, 2)


async def test_numbers_count_up_and_are_never_given_twice(cast: Cast) -> None:
    numbers = [await cast.ticket("user") for _ in range(3)]
    assert numbers == [1001, 1002, 1003]
    with pytest.raises(Refused):
        await cast.ticket("user", module=cast.finance)
    await Ticket.filter(number=1003).delete()
    assert await cast.ticket("user") > 1003


async def test_reading_is_remembered_and_never_goes_back(cast: Cast) -> None:
    number = await cast.ticket("user")
    await cast.reply("edv", number, "Eins")
    await tickets.mark_read(cast.user, number)
    newest = (await thread.messages(cast.user, number))[-1]["id"]
    assert (await cast.see("user", number))["read_up_to"] == newest
    await cast.reply("edv", number, "Zwei")
    assert (await cast.see("user", number))["read_up_to"] == newest
    # an older page that is still loading marks what it showed
    await tickets.mark_read(cast.user, number)
    after = (await cast.see("user", number))["read_up_to"]
    await tickets._mark_read(cast.user, number, newest)
    assert (await cast.see("user", number))["read_up_to"] == after > newest
    assert len(await rows("SELECT 1 FROM read_mark WHERE person_id = ?", cast.user.id)) == 1
