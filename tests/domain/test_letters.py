"""Who gets a letter about what: never the author, never who may not read it, never twice, never without the change."""

from typing import Any

import pytest

from app.domain import outbox, thread, tickets
from app.domain.models import Letter, Participant, PersonModule, Status
from app.domain.refusals import Conflict
from tests.cast import PEOPLE, Cast, form_key


async def posted(cast: Cast) -> dict[str, set[str]]:
    """The letters since the last look: letter → names of who gets it. Nobody gets the same one twice."""
    names = {cast.person(who).id: who for who in PEOPLE}
    letters = await Letter.all().values_list("letter", "to_id")
    assert len(letters) == len(set(letters))
    await Letter.all().delete()
    found: dict[str, set[str]] = {}
    for letter, to in letters:
        found.setdefault(str(letter), set()).add(names[to])
    return found


@pytest.fixture
async def handed(cast: Cast) -> int:
    """The User's ticket, at the vendor, the colleague takes part; no letter waits."""
    number = await cast.ticket("user")
    await cast.move("edv", number, "handover")
    await Participant.create(ticket_id=number, person=cast.colleague)
    await Letter.all().delete()
    return number


async def test_a_new_ticket_is_told_to_the_edv_of_the_module(cast: Cast) -> None:
    await cast.ticket("user")
    assert await posted(cast) == {"ticket_to_review": {"edv"}}
    await cast.ticket("edv")
    assert await posted(cast) == {}
    await PersonModule.filter(person_id=cast.edv.id).delete()
    await cast.ticket("user")
    assert await posted(cast) == {}


async def test_a_ticket_that_starts_with_the_vendor_is_told_to_the_responsible(cast: Cast) -> None:
    await cast.ticket("deputy", release=True)
    assert await posted(cast) == {"handed_over": {"staff"}}


async def test_a_staff_ticket_is_told_to_who_must_act(cast: Cast) -> None:
    await cast.ticket("admin", of="user", start=Status.USER_REVIEW)
    assert await posted(cast) == {"asked_back": {"user"}}
    await cast.ticket("admin", of="user", start=Status.VENDOR_REVIEW)
    assert await posted(cast) == {"handed_over": {"staff"}, "created_for_you": {"user"}}
    await cast.ticket("staff", of="user", start=Status.VENDOR_REVIEW)
    assert await posted(cast) == {"created_for_you": {"user"}}


async def test_handing_over_is_told_to_the_responsible(cast: Cast) -> None:
    number = await cast.ticket("user")
    await posted(cast)
    await cast.move("edv", number, "handover")
    assert await posted(cast) == {"handed_over": {"staff"}}


async def test_handing_to_the_edv_is_told_to_the_edv(cast: Cast, handed: int) -> None:
    await cast.move("staff", handed, "to_it")
    assert await posted(cast) == {"ticket_to_review": {"edv"}}


async def test_asking_back_is_told_to_the_reporter_once(cast: Cast, handed: int) -> None:
    await cast.reply("staff", handed, "Welche Maske?", move="to_user")
    assert await posted(cast) == {"asked_back": {"user"}, "new_message": {"colleague"}}


async def test_escalating_is_told_to_who_must_act_and_the_responsible(cast: Cast, handed: int) -> None:
    await cast.reply("user", handed, "Es eilt", move="escalate")
    assert await posted(cast) == {"escalated": {"staff"}, "new_message": {"colleague"}}
    await cast.set(handed, escalated=False, status=Status.IT_REVIEW)
    await cast.reply("user", handed, "Es eilt", move="escalate")
    assert await posted(cast) == {"escalated": {"staff", "edv"}, "new_message": {"colleague"}}


async def test_escalating_what_the_vendor_never_saw_is_not_told_to_the_vendor(cast: Cast) -> None:
    number = await cast.ticket("user")
    await posted(cast)
    await cast.reply("user", number, "Es eilt", move="escalate")
    assert await posted(cast) == {"escalated": {"edv"}}


async def test_closing_is_told_to_the_reporter_unless_they_closed_it(cast: Cast, handed: int) -> None:
    await cast.move("staff", handed, "close")
    assert await posted(cast) == {"closed": {"user"}}
    await cast.set(handed, status=Status.VENDOR_REVIEW)
    await cast.move("user", handed, "close")
    assert await posted(cast) == {}


@pytest.mark.parametrize(("author", "readers"), [
    ("user", {"colleague", "staff"}),
    ("colleague", {"user", "staff"}),
    ("staff", {"user", "colleague"}),
    ("edv", {"user", "colleague", "staff"}),
    ("admin", {"user", "colleague", "staff"}),
])  # fmt: skip
async def test_a_message_is_told_to_who_takes_part_and_never_to_its_author(
    cast: Cast, handed: int, author: str, readers: set[str]
) -> None:
    await cast.reply(author, handed, "Eine Nachricht")
    assert await posted(cast) == {"new_message": readers}


async def test_a_message_the_vendor_may_not_see_yet_is_not_told_to_the_vendor(cast: Cast) -> None:
    number = await cast.ticket("user")
    await posted(cast)
    await cast.reply("edv", number, "Ich sehe nach")
    assert await posted(cast) == {"new_message": {"user"}}


async def test_a_message_that_hands_over_tells_the_vendor_once(cast: Cast) -> None:
    number = await cast.ticket("user")
    await posted(cast)
    await cast.reply("edv", number, "Bitte prüfen", move="handover")
    assert await posted(cast) == {"handed_over": {"staff"}, "new_message": {"user"}}


async def test_a_note_that_hands_over_is_no_news_for_the_vendor_but_the_ticket_is(cast: Cast) -> None:
    from app.domain.models import Audience

    number = await cast.ticket("user")
    await posted(cast)
    await cast.reply("edv", number, "Wir kommen nicht weiter", audience=Audience.ORGANISATION, move="handover")
    letters = await Letter.all()
    told = {letter.letter: letter.context for letter in letters}
    assert {letter.letter: letter.to_id for letter in letters} == {  # type: ignore[attr-defined]
        "handed_over": cast.staff.id, "new_message": cast.user.id,
    }  # fmt: skip
    assert told["handed_over"].get("message") is None, "the letter would quote what the vendor may not read"


async def test_assigning_is_told_to_the_new_responsible_unless_they_did_it(cast: Cast, handed: int) -> None:
    await tickets.assign(cast.staff, await cast.see("staff", handed), cast.admin.id, 2)
    assert await posted(cast) == {"handed_over": {"admin"}}
    await tickets.assign(cast.staff, await cast.see("staff", handed), cast.staff.id, 3)
    assert await posted(cast) == {}


@pytest.mark.parametrize(("leaver", "deed"), [
    ("user", "message"), ("user", "close"), ("user", "to_user"), ("colleague", "message"), ("staff", "escalate"),
    ("staff", "handover"), ("edv", "to_it"),
])  # fmt: skip
async def test_who_was_deactivated_gets_no_letter(cast: Cast, handed: int, leaver: str, deed: str) -> None:
    person = cast.person(leaver)
    person.active = False
    await person.save()
    if deed == "message":
        await cast.reply("admin", handed, "Eine Nachricht")
    elif deed == "handover":
        await cast.set(handed, status=Status.IT_REVIEW)
        await cast.move("edv", handed, "handover")
    elif deed == "escalate":
        await cast.reply("user", handed, "Es eilt", move="escalate")
    elif deed == "to_user":
        await cast.reply("admin", handed, "Bitte", move="to_user")
    else:
        await cast.move("admin", handed, deed)
    assert leaver not in {name for names in (await posted(cast)).values() for name in names}


async def test_who_moved_to_another_organisation_gets_no_letter(cast: Cast, handed: int) -> None:
    for person in (cast.user, cast.colleague):
        person.organisation_id = cast.sued.id
        await person.save()
    await cast.reply("staff", handed, "Vertraulich")
    await cast.move("edv", handed, "close")
    names = {name for names in (await posted(cast)).values() for name in names}
    assert not names & {"user", "colleague"}


async def test_nobody_who_cannot_see_the_ticket_is_ever_told(cast: Cast, handed: int) -> None:
    told: set[str] = set()
    for who, move in (("user", ""), ("edv", ""), ("staff", ""), ("user", "escalate"), ("staff", "to_user"),
                      ("user", "handover"), ("user", "close"), ("user", "reopen"), ("edv", "delete")):  # fmt: skip
        if move == "delete":
            await cast.move(who, handed, move)
        else:
            await cast.reply(who, handed, f"Text {move}", move=move)
        told |= {name for names in (await posted(cast)).values() for name in names}
    assert told == {"user", "colleague", "edv", "staff"}
    assert not told & {"stranger", "strange_edv", "reader", "deputy"}


async def test_letters_are_written_with_the_change_or_not_at_all(cast: Cast, handed: int, monkeypatch: Any) -> None:
    with pytest.raises(Conflict):
        await cast.reply("staff", handed, "Zu spät", move="to_user", version=1)
    assert await posted(cast) == {}

    async def no_more(*_: Any, **__: Any) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr(outbox, "post", no_more)
    row = await cast.see("staff", handed)
    with pytest.raises(RuntimeError):
        await tickets.reply(cast.staff, row, tickets.Draft("x", form_key()), "to_user", row["version"])
    after = await cast.see("staff", handed)
    assert (after["status"], after["version"]) == (row["status"], row["version"])
    assert len(await thread.messages(cast.staff, handed)) == 1


async def test_only_known_letters_go_out(cast: Cast) -> None:
    with pytest.raises(ValueError, match="no such letter"):
        await outbox.post([cast.user.id], "spam")
    await outbox.post([], "closed", ticket=1)
    assert await posted(cast) == {}
