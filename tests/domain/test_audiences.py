"""A message for one side is nowhere on the other: not in the thread, list, search, files, counts or letters."""

from datetime import UTC, datetime

import pytest

from app import clock
from app.domain import participants, search, thread, tickets
from app.domain.models import Audience, Letter, Participant, Status, Ticket
from app.domain.refusals import NotVisible
from app.domain.ticket_filter import TicketFilter
from tests.cast import Cast

CUSTOMERS = ("user", "edv", "reader", "colleague")
VENDORS = ("staff", "admin")
SECRET = "Quittengelee"


@pytest.fixture
async def number(cast: Cast) -> int:
    """A ticket on which both sides have whispered, each with a file."""
    with clock.at(datetime(2026, 3, 2, 8, 0, tzinfo=UTC)):
        made = await cast.ticket("user", body="Für alle: der Beitragslauf bricht ab.")
        await Participant.create(ticket_id=made, person=cast.colleague)
        await cast.move("edv", made, "handover")
    with clock.at(datetime(2026, 3, 2, 9, 0, tzinfo=UTC)):
        await cast.note("edv", made, f"Nur wir: {SECRET} Ostsee", [await cast.file("nordgeheimnis.png")])
    with clock.at(datetime(2026, 3, 2, 10, 0, tzinfo=UTC)):
        await cast.note("staff", made, f"Nur wir: {SECRET} Werkstatt", [await cast.file("herstellernotiz.png")])
    return made


def readable_by(who: str) -> set[str]:
    return {"everyone", "vendor"} if who in VENDORS else {"everyone", "organisation"}


async def test_the_thread_shows_each_side_its_own(cast: Cast, number: int) -> None:
    for who in (*CUSTOMERS, *VENDORS):
        found = await thread.messages(cast.person(who), number)
        assert {row["audience"] for row in found} == readable_by(who), who
        assert len(found) == 2


async def test_files_follow_their_message(cast: Cast, number: int) -> None:
    files = {}
    for who in (*CUSTOMERS, *VENDORS):
        found = await thread.attachments(cast.person(who), number)
        assert [row["name"] for row in found] == ["herstellernotiz.png" if who in VENDORS else "nordgeheimnis.png"]
        files[who] = found[0]["id"]
    for who in CUSTOMERS:
        with pytest.raises(NotVisible):
            await thread.attachment(cast.person(who), number, files["staff"])
    for who in VENDORS:
        with pytest.raises(NotVisible):
            await thread.attachment(cast.person(who), number, files["edv"])


@pytest.mark.parametrize(("words", "finders"), [
    ("Quittengelee Ostsee", CUSTOMERS),
    ("Quittengelee Werkstatt", VENDORS),
    ("nordgeheimnis", CUSTOMERS),
    ("herstellernotiz", VENDORS),
    ("Stefan Kramer", VENDORS),
    ("Beitragslauf", CUSTOMERS + VENDORS),
])  # fmt: skip
async def test_search_finds_it_only_for_who_may_read_it(
    cast: Cast, number: int, words: str, finders: tuple[str, ...]
) -> None:
    for who in (*CUSTOMERS, *VENDORS):
        person, filter = cast.person(who), TicketFilter(q=words)
        assert bool(await search.find(filter, person)) == (who in finders), who
        assert (sum((await search.count(filter, person)).values()) > 0) == (who in finders), who


async def test_a_whisper_cannot_be_guessed_by_mixing_it_with_readable_words(cast: Cast, number: int) -> None:
    for words in (f"Beitragslauf {SECRET} Werkstatt", "Beitragslauf werkst", "Beitragslauf OR Werkstatt"):
        assert await search.find(TicketFilter(q=words), cast.edv) == []


async def test_similar_tickets_are_not_found_by_the_other_sides_whisper(cast: Cast, number: int) -> None:
    await cast.note("staff", number, "Konfitürenglas Apfelmus")
    assert await search.similar("Konfitürenglas Apfelmus", cast.edv) == []
    assert await search.similar("Konfitürenglas Apfelmus", cast.staff) != []


async def test_the_list_names_the_last_message_that_one_may_read(cast: Cast, number: int) -> None:
    for who in (*CUSTOMERS, *VENDORS):
        (row,) = await search.find(TicketFilter(), cast.person(who))
        assert row["last_author"] == ("Stefan Kramer" if who in VENDORS else "Erik Holm"), who
        assert row["last_at"].hour == (10 if who in VENDORS else 9), who


async def test_the_list_counts_the_files_that_one_may_read(cast: Cast, number: int) -> None:
    await cast.note("edv", number, "noch einer", [await cast.file("zwei.png")])
    for who, files in (("user", 2), ("edv", 2), ("staff", 1), ("admin", 1)):
        (row,) = await search.find(TicketFilter(), cast.person(who))
        assert row["files"] == files, who


async def test_a_whisper_makes_nothing_unread_on_the_other_side(cast: Cast, number: int) -> None:
    for who in ("user", "staff", "admin"):
        await tickets.mark_read(cast.person(who), number)
    await cast.note("admin", number, "unter uns")
    unread = {who: (await search.find(TicketFilter(), cast.person(who)))[0]["unread"] for who in ("user", "staff")}
    assert unread == {"user": 0, "staff": 1}


async def test_a_whisper_does_not_move_the_ticket_in_the_other_sides_list(cast: Cast, number: int) -> None:
    """„Zuletzt geändert“ would otherwise tell that something was said."""
    before = (await Ticket.get(number=number)).updated_at
    await cast.note("staff", number, "unter uns")
    await cast.note("edv", number, "unter uns")
    assert (await Ticket.get(number=number)).updated_at == before


async def test_no_letter_about_a_whisper_goes_to_the_other_side(cast: Cast, number: int) -> None:
    for who in ("admin", "staff", "edv", "user"):
        await cast.reply(who, number, "Für alle")
    await Letter.all().delete()
    await cast.note("staff", number, "unter uns Herstellern")
    assert {letter.to_id for letter in await Letter.all()} == {cast.admin.id}  # type: ignore[attr-defined]
    await Letter.all().delete()
    await cast.note("edv", number, "unter uns im Verband")
    assert {letter.to_id for letter in await Letter.all()} == {  # type: ignore[attr-defined]
        cast.user.id, cast.colleague.id,
    }  # fmt: skip


async def test_a_letter_holds_no_text_of_a_message(cast: Cast, number: int) -> None:
    """The text is read when the letter is written for its reader, so what may not be read never lies in the queue."""
    for letter in await Letter.all():
        assert SECRET not in str(letter.context)
        assert "Beitragslauf" not in str(letter.context)


async def test_the_reason_of_an_escalation_is_always_a_message_for_all(cast: Cast, number: int) -> None:
    await cast.reply("user", number, "Es eilt sehr", move="escalate")
    reason = [m for m in await thread.messages(cast.staff, number) if m["body"] == "Es eilt sehr"]
    assert [m["audience"] for m in reason] == [Audience.EVERYONE.value]


async def test_the_first_message_can_be_for_the_own_side_only(cast: Cast) -> None:
    number = await cast.ticket("user", body="Nur für uns", audience=Audience.ORGANISATION, handed_over=True)
    assert await thread.messages(cast.staff, number) == []
    (row,) = await search.find(TicketFilter(statuses=(Status.IT_REVIEW.value,)), cast.staff)
    assert (row["last_author"], row["last_at"], row["unread"]) == (None, None, 0)


async def test_taking_part_by_whispering_is_not_told_to_the_other_side(cast: Cast) -> None:
    """Who has only written notes for their own side is not named to the other one."""
    number = await cast.ticket("user", handed_over=True)
    await cast.note("admin", number, "unter uns Herstellern")
    await cast.note("edv", number, "unter uns im Verband")
    assert "Anna Winter" not in [one["name"] for one in await participants.of_ticket(cast.user, number)]
    assert "Erik Holm" not in [one["name"] for one in await participants.of_ticket(cast.staff, number)]
    told = {row["actor"] for row in await thread.events(cast.staff, number)}
    assert "Erik Holm" not in told
