"""Who takes part in a ticket: adding, joining, leaving, removing, and what that shows and ends."""

import asyncio

import pytest

from app import live
from app.database import rows
from app.domain import changes, creation, participants, policy, privacy, search
from app.domain.mentions import Terms
from app.domain.models import Letter, Rating, SavedFilter, Session, TicketEvent
from app.domain.outbox import TICKET_LETTERS
from app.domain.refusals import Conflict, NotAllowed, NotVisible, Refused
from tests.cast import Cast, form_key


async def add(cast: Cast, who: str, number: int, other: str) -> None:
    await participants.add(cast.person(who), await cast.see(who, number), cast.person(other).id, form_key())


async def taking_part(cast: Cast, number: int) -> set[str]:
    return {row["name"] for row in await participants.of_ticket(cast.edv, number)}


async def told(number: int) -> list[tuple[str, str]]:
    return [(row.kind, row.after) for row in await TicketEvent.filter(ticket_id=number).order_by("id")]


async def test_who_is_added_sees_the_ticket_may_answer_and_is_told_by_letter(cast: Cast) -> None:
    number = await cast.ticket("user")
    assert not await cast.sees("colleague", number)
    await Letter.all().delete()
    await add(cast, "user", number, "colleague")
    assert policy.may_write(cast.colleague, await cast.see("colleague", number))
    assert await search.find(search.TicketFilter(), cast.colleague)
    assert (await told(number))[-1] == ("participant_added", "Karl Jansen")
    letters = await Letter.all()
    assert [(row.letter, row.to_id) for row in letters] == [("taking_part", cast.colleague.id)]
    await cast.reply("user", number, "Noch etwas")
    assert cast.colleague.id in {row.to_id for row in await Letter.filter(letter="new_message")}


async def test_only_people_of_the_organisation_who_use_the_module_can_be_added(cast: Cast) -> None:
    number = await cast.ticket("user", module=cast.seminars, handed_over=True)
    offered = {row["id"] for row in await participants.candidates(cast.user, await cast.see("user", number))}
    assert offered == {cast.colleague.id, cast.deputy.id, cast.edv.id}  # the reader does not use „Seminare“
    for other in ("reader", "stranger", "strange_edv", "staff", "user"):
        with pytest.raises(Refused):
            await add(cast, "user", number, other)
    await add(cast, "staff", number, "admin")
    await add(cast, "staff", number, "colleague")
    with pytest.raises(Refused):
        await add(cast, "staff", number, "stranger")
    assert await taking_part(cast, number) == {"Anna Winter", "Karl Jansen"}


async def test_who_only_reads_adds_nobody_and_a_deleted_ticket_takes_nobody(cast: Cast) -> None:
    number = await cast.ticket("user")
    with pytest.raises(NotAllowed):
        await add(cast, "reader", number, "colleague")
    await cast.set(number, deleted=True)
    with pytest.raises(Conflict):
        await add(cast, "edv", number, "colleague")


async def test_two_who_add_the_same_person_at_once_add_them_once(cast: Cast) -> None:
    number = await cast.ticket("user")
    await asyncio.gather(*(add(cast, who, number, "colleague") for who in ("user", "edv", "user")))
    assert [kind for kind, _ in await told(number)].count("participant_added") == 1
    assert await Letter.filter(letter="taking_part").count() == 1


async def test_removal_ends_it_at_once_for_pages_letters_and_streams(cast: Cast) -> None:
    number = await cast.ticket("user")
    await add(cast, "user", number, "colleague")
    session = await Session.create(person=cast.colleague, token_hash="x")
    with changes.listening(session, policy.readable_audiences(cast.colleague)) as stream:
        await cast.reply("user", number, "Solange Karl dabei ist")
        changes.hear(f"ticket {number} everyone")
        await live.tell([stream])
        assert await stream.news() == {number}
        await participants.remove(cast.edv, await cast.see("edv", number), cast.colleague.id, form_key())
        await Letter.all().delete()
        await cast.reply("user", number, "Karl ist nicht mehr dabei")
        changes.hear(f"ticket {number} everyone")
        await live.tell([stream])
        stream.say(())
        assert await stream.news() == set()
    assert not await cast.sees("colleague", number)
    assert cast.colleague.id not in {row.to_id for row in await Letter.all()}
    assert ("participant_removed", "Karl Jansen") in await told(number)


async def test_each_can_leave_and_the_reporter_cannot_be_removed(cast: Cast) -> None:
    number = await cast.ticket("user")
    await add(cast, "user", number, "colleague")
    await participants.leave(cast.colleague, await cast.see("colleague", number), form_key())
    assert (await told(number))[-1] == ("participant_left", "")
    assert not await cast.sees("colleague", number)
    with pytest.raises(NotAllowed):
        await participants.leave(cast.user, await cast.see("user", number), form_key())
    with pytest.raises(NotAllowed):
        await participants.remove(cast.edv, await cast.see("edv", number), cast.user.id, form_key())
    with pytest.raises(NotVisible):
        await participants.remove(cast.edv, await cast.see("edv", number), cast.deputy.id, form_key())


async def test_a_participant_removes_nobody_and_a_customer_nobody_of_the_vendor(cast: Cast) -> None:
    number = await cast.ticket("user", handed_over=True)
    for other in ("colleague", "deputy"):
        await add(cast, "user", number, other)
    await add(cast, "staff", number, "admin")
    for who, other in (("colleague", "deputy"), ("edv", "admin"), ("user", "admin")):
        with pytest.raises(NotAllowed):
            await participants.remove(cast.person(who), await cast.see(who, number), cast.person(other).id, form_key())
    await participants.remove(cast.staff, await cast.see("staff", number), cast.admin.id, form_key())
    assert await taking_part(cast, number) == {"Karl Jansen", "Dora Voss"}


async def test_who_sees_the_organisation_may_join_and_then_answer(cast: Cast) -> None:
    number = await cast.ticket("user")
    await participants.join(cast.reader, await cast.see("reader", number))
    assert policy.may_write(cast.reader, await cast.see("reader", number))
    assert await participants.remains(cast.reader, await cast.see("reader", number))
    for who in ("user", "staff"):
        await cast.set(number, handed_over=True)
        with pytest.raises(NotAllowed):
            await participants.join(cast.person(who), await cast.see(who, number))
    await cast.set(number, status="closed")
    with pytest.raises(Conflict):
        await participants.join(cast.edv, await cast.see("edv", number))


async def test_the_similar_tickets_say_in_which_one_takes_part(cast: Cast) -> None:
    number = await cast.ticket("user", subject="Beitragslauf bricht dauernd ab")
    found = (await search.similar("Beitragslauf bricht ab", cast.edv))[0]
    assert policy.may_join(cast.edv, found)
    await participants.join(cast.edv, await cast.see("edv", number))
    assert not policy.may_join(cast.edv, (await search.similar("Beitragslauf bricht ab", cast.edv))[0])
    assert not policy.may_join(cast.user, (await search.similar("Beitragslauf bricht ab", cast.user))[0])


async def test_a_ticket_for_a_colleague_is_theirs_and_the_journal_says_who_wrote_it(cast: Cast) -> None:
    number = await cast.ticket("edv", of="colleague")
    ticket = await cast.see("colleague", number)
    assert (ticket["reporter_id"], ticket["status"]) == (cast.colleague.id, "it_review")
    assert ("created_for", "Karl Jansen") in await told(number)
    assert await taking_part(cast, number) == {"Erik Holm"}
    assert [row.to_id for row in await Letter.filter(letter="created_for_you")] == [cast.colleague.id]
    assert "created_for_you" in TICKET_LETTERS


@pytest.mark.parametrize(("who", "of"), [
    ("user", "colleague"), ("deputy", "user"), ("edv", "stranger"), ("reader", "strange_edv"), ("edv", "staff"),
])  # fmt: skip
async def test_nobody_writes_for_whom_they_do_not_see(cast: Cast, who: str, of: str) -> None:
    with pytest.raises(Refused):
        await cast.ticket(who, of=of)
    if of == "stranger":
        with pytest.raises(Refused):
            await creation.reporter(cast.edv, cast.stranger.id)
    assert not await rows("SELECT number FROM ticket")


async def test_who_is_let_go_of_is_named_nowhere_here_and_namesakes_stay(cast: Cast) -> None:
    number = await cast.ticket("user")
    namesake = await cast.again("deputy")
    await type(namesake).filter(id=namesake.id).update(first_name="Karl", last_name="Jansen")
    for other in ("colleague", "deputy"):
        await add(cast, "user", number, other)
    await Rating.create(
        ticket_id=number, person=cast.user, closed_at=cast.user.created_at, value=1, words="Karl Jansen half mir."
    )
    await SavedFilter.create(person=cast.colleague, name="Meins", query="status=all")
    await privacy.pseudonymise(cast.admin, cast.colleague.id, Terms(("Karl Jansen",)))
    added = [after for kind, after in await told(number) if kind == "participant_added"]
    assert added == [privacy.pseudonym(cast.colleague.id), "Karl Jansen"]
    assert (await Rating.get(ticket_id=number)).words == "[Name entfernt] half mir."
    assert not await SavedFilter.all().count()
