"""What somebody may not see does not exist for them: for each person, through every door of the domain."""

import pytest

from app.domain import participants, policy, search, thread
from app.domain.models import Participant, PersonModule, Role, Status
from app.domain.refusals import NotVisible, Refused
from app.domain.ticket_filter import TicketFilter
from tests.cast import PEOPLE, Cast

NORD = {"user", "colleague", "reader", "deputy", "edv"}
ALL = tuple(PEOPLE)


async def who_sees(cast: Cast, number: int) -> set[str]:
    """Everybody for whom the ticket exists, having asked every door and found them all agreeing."""
    found = set()
    for who in ALL:
        person = cast.person(who)
        sees = await cast.sees(who, number)
        assert bool(await thread.messages(person, number)) == sees, who
        assert bool(await thread.events(person, number)) == sees, who
        everything = TicketFilter(statuses=search.STATUS_CHOICES)
        listed = {row["number"] for row in await search.find(everything, person)}
        assert (number in listed) == sees, who
        by_number = {row["number"] for row in await search.find(TicketFilter(q=str(number)), person)}
        assert (number in by_number) == sees, who
        by_word = {row["number"] for row in await search.find(TicketFilter(q="beitragslauf"), person)}
        assert number not in by_word or sees, who
        if not sees:
            with pytest.raises(NotVisible):
                await thread.attachment(person, number, 1)
            assert await participants.of_ticket(person, number) == []
        found |= {who} if sees else set()
    return found


async def test_a_users_ticket_before_it_is_handed_over(cast: Cast) -> None:
    assert await who_sees(cast, await cast.ticket("user")) == {"user", "reader", "edv"}


async def test_a_users_ticket_once_handed_over(cast: Cast) -> None:
    number = await cast.ticket("user")
    await cast.move("edv", number, "handover")
    assert await who_sees(cast, number) == {"user", "reader", "edv", "staff", "admin"}


async def test_the_vendor_keeps_seeing_what_came_back(cast: Cast) -> None:
    number = await cast.ticket("user", handed_over=True, status=Status.USER_REVIEW)
    assert {"staff", "admin"} <= await who_sees(cast, number)


async def test_an_edvs_ticket(cast: Cast) -> None:
    assert await who_sees(cast, await cast.ticket("edv")) == {"reader", "edv"}


async def test_a_strangers_ticket(cast: Cast) -> None:
    assert await who_sees(cast, await cast.ticket("stranger")) == {"stranger", "strange_edv"}


async def test_a_staff_ticket_is_the_vendors_from_the_start(cast: Cast) -> None:
    for start in (Status.USER_REVIEW, Status.VENDOR_REVIEW):
        number = await cast.ticket("staff", of="user", start=start)
        assert await who_sees(cast, number) == {"user", "reader", "edv", "staff", "admin"}


async def test_taking_part_opens_a_ticket(cast: Cast) -> None:
    number = await cast.ticket("user")
    await Participant.create(ticket_id=number, person=cast.colleague)
    assert await who_sees(cast, number) == {"user", "colleague", "reader", "edv"}


async def test_taking_part_does_not_open_another_organisations_ticket(cast: Cast) -> None:
    """Nobody can be made to take part so; should such a row ever come about, it opens nothing."""
    number = await cast.ticket("user")
    for outsider in (cast.stranger, cast.strange_edv, cast.staff):
        await Participant.create(ticket_id=number, person=outsider)
    assert await who_sees(cast, number) == {"user", "reader", "edv"}


async def test_the_right_to_see_the_organisation_goes_as_far_as_the_modules(cast: Cast) -> None:
    """The reader uses „Mitglieder“ only."""
    assert await who_sees(cast, await cast.ticket("user", module=cast.seminars)) == {"user", "edv"}


async def test_a_module_taken_away_closes_it_for_edv_but_not_for_the_reporter(cast: Cast) -> None:
    number = await cast.ticket("user")
    await PersonModule.filter(person_id__in=[cast.user.id, cast.edv.id, cast.reader.id]).delete()
    assert await who_sees(cast, number) == {"user"}


async def test_a_module_taken_away_leaves_edv_their_own_and_where_they_take_part(cast: Cast) -> None:
    own, answered, other = await cast.ticket("edv"), await cast.ticket("user"), await cast.ticket("user")
    await cast.reply("edv", answered, "Ich kümmere mich")
    await PersonModule.filter(person_id=cast.edv.id).delete()
    assert await cast.sees("edv", own)
    assert await cast.sees("edv", answered)
    assert not await cast.sees("edv", other)


async def test_deleting_hides_nothing_from_who_knows_the_number(cast: Cast) -> None:
    number = await cast.ticket("user", deleted=True, handed_over=True)
    for who in ("user", "reader", "edv", "staff", "admin"):
        assert await cast.sees(who, number), who
    for who in ("colleague", "deputy", "stranger", "strange_edv"):
        assert not await cast.sees(who, number), who


async def test_deleted_tickets_leave_every_list_but_the_filter_of_edv_and_staff(cast: Cast) -> None:
    number = await cast.ticket("user", deleted=True, handed_over=True)
    for who in ("user", "reader", "edv", "staff", "admin"):
        person = cast.person(who)
        for query in ("", "status=all", "status=closed", "status=it_review&status=closed"):
            pairs = [tuple(pair.split("=")) for pair in query.split("&") if pair]
            filter = TicketFilter.read(pairs, person)  # type: ignore[arg-type]
            assert await search.find(filter, person) == [], (who, query)
        deleted = await search.find(TicketFilter.read([("status", "deleted")], person), person)
        assert bool(deleted) == (who in ("edv", "staff", "admin")), who
        assert ("deleted" in await search.count(TicketFilter(), person)) == (who in ("edv", "staff", "admin"))
        similar = await search.similar("Beitragslauf bricht ab", person)
        assert number not in {row["number"] for row in similar}
        assert await search.waiting(person) == 0


async def test_a_number_never_given_and_one_not_to_be_seen_are_the_same(cast: Cast) -> None:
    hidden = await cast.ticket("user")
    words = []
    for number in (hidden, hidden + 1, 1, 2**31 - 1):
        with pytest.raises(NotVisible) as error:
            await cast.see("stranger", number)
        words.append(str(error.value))
    assert len(set(words)) == 1


async def test_an_attachment_is_only_reached_through_its_own_ticket(cast: Cast) -> None:
    mine = await cast.ticket("user")
    foreign = await cast.ticket("stranger", files=[await cast.file()])
    (file,) = await thread.attachments(cast.stranger, foreign)
    assert (await thread.attachment(cast.stranger, foreign, file["id"]))["name"] == "bild.png"
    for number in (mine, foreign):
        with pytest.raises(NotVisible):
            await thread.attachment(cast.user, number, file["id"])
    with pytest.raises(NotVisible):
        await thread.attachment(cast.stranger, foreign, file["id"] + 1)


async def test_people_see_people_of_their_organisation_staff_see_all(cast: Cast) -> None:
    from app.database import rows

    for who in ALL:
        seen = policy.visible_people(cast.person(who))
        found = await rows(f"SELECT p.user_name FROM person p WHERE {seen.sql}", *seen.values)
        names = {row["user_name"] for row in found}
        mine = cast.person(who).organisation_id
        expected = {p.user_name for p in cast.people.values() if who in ("staff", "admin") or p.organisation_id == mine}
        assert names == expected, who


async def test_nobody_creates_a_ticket_in_a_module_they_have_not(cast: Cast) -> None:
    """The organisation has „Finanzen“, the User has not; the other organisation has not bought it at all."""
    for who, module in (("user", cast.finance), ("reader", cast.seminars), ("strange_edv", cast.finance)):
        with pytest.raises(Refused) as refused:
            await cast.ticket(who, module=module)
        assert set(refused.value.fields) == {"module"}
    with pytest.raises(Refused):
        await cast.ticket("staff", of="stranger", module=cast.finance)
    assert await cast.ticket("staff", of="user", module=cast.finance)


async def test_a_person_of_another_organisation_is_never_reported_for_by_a_customer(cast: Cast) -> None:
    for who in ("user", "edv", "deputy"):
        with pytest.raises(Refused):
            await cast.ticket(who, of="stranger")
    with pytest.raises(Refused):
        await cast.ticket("staff", of="admin")
    with pytest.raises(Refused):
        await cast.ticket("staff")


async def test_rights_follow_the_row_not_the_name(cast: Cast) -> None:
    """Made EDV of the other organisation, somebody sees that organisation's tickets and no others."""
    number, foreign = await cast.ticket("user"), await cast.ticket("stranger")
    cast.colleague.role, cast.colleague.organisation_id = Role.EDV, cast.sued.id
    await cast.colleague.save()
    cast.colleague = await cast.again("colleague")
    assert await cast.sees("colleague", foreign)
    assert not await cast.sees("colleague", number)


async def test_what_many_people_see_is_found_at_once_and_is_what_each_of_them_sees(cast: Cast) -> None:
    numbers = [
        await cast.ticket("user"),
        await cast.ticket("user", module=cast.seminars, handed_over=True),
        await cast.ticket("stranger"),
    ]
    await cast.reply("edv", numbers[0])
    expected = {
        person.id: {number for number in numbers if await cast.sees(person, number)} for person in cast.people.values()
    }
    assert await search.seen_by(cast.people.values(), numbers) == expected
    assert {len(seen) for seen in expected.values()} >= {0, 1, 2}
