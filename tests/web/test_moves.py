"""The buttons of a ticket: plain and live, asked first where something goes away, once, and told when too late."""

import asyncio

import pytest

from app.domain.models import Letter, Status, Ticket, TicketEvent
from tests.cast import Cast, Portal, text
from tests.web.reading import Page, follow, look, words

BUTTONS = {
    "handover": "An UNIPLUS übergeben", "to_it": "An EDV übergeben", "to_user": "Rückfrage an User",
    "escalate": "Eskalieren", "calm": "Eskalation beantworten", "close": "Als geschlossen markieren",
    "reopen": "Wieder öffnen", "delete": "Löschen", "restore": "Wiederherstellen",
}  # fmt: skip


async def offered(portal: Portal, number: int) -> set[str]:
    """The moves whose button or link stands among the functions."""
    page = await look(portal, f"/tickets/{number}")
    shown = {words(one) for one in page.all(".//aside//ul//*[self::a or self::button]")}
    return {name for name, label in BUTTONS.items() if label in shown}


@pytest.mark.parametrize(("who", "before", "after", "closed", "deleted"), [
    ("user", "escalate close delete", "handover escalate close delete", "reopen delete", ""),
    ("reader", "", "", "", ""),
    ("edv", "handover to_user escalate close delete", "handover to_user escalate close delete", "reopen delete",
     "restore"),
    ("staff", None, "to_user close delete", "reopen delete", "restore"),
])  # fmt: skip
async def test_everybody_sees_the_buttons_of_the_moves_that_are_theirs_now(
    portal: Portal, cast: Cast, who: str, before: str | None, after: str, closed: str, deleted: str
) -> None:
    number = await cast.ticket("user")
    await portal.sign_in(who)
    if before is not None:
        assert await offered(portal, number) == set(before.split())
    await cast.set(number, handed_over=True)
    assert await offered(portal, number) == set(after.split())
    await cast.set(number, status=Status.CLOSED)
    assert await offered(portal, number) == set(closed.split())
    await cast.set(number, deleted=True)
    assert await offered(portal, number) == set(deleted.split())


async def test_a_button_is_a_plain_form_and_the_page_then_says_what_happened(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("edv")
    page = await look(portal, f"/tickets/{number}")
    page = await follow(portal, await page.form("An UNIPLUS übergeben").send(portal))
    assert "Das Ticket wurde an UNIPLUS übergeben." in words(page.root)
    assert "Prüfung durch UNIPLUS" in words(page.id("tickets-header"))
    assert any("Erik Holm hat das Ticket an UNIPLUS übergeben" in event for event in page.events())


async def test_a_whole_life_of_a_ticket_by_its_buttons(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    steps = [
        ("edv", "An UNIPLUS übergeben", Status.VENDOR_REVIEW), ("staff", "Als geschlossen markieren", Status.CLOSED),
        ("user", "Wieder öffnen", Status.VENDOR_REVIEW), ("user", "An EDV übergeben", Status.IT_REVIEW),
        ("user", "An UNIPLUS übergeben", Status.VENDOR_REVIEW), ("edv", "Als geschlossen markieren", Status.CLOSED),
    ]  # fmt: skip
    for who, button, status in steps:
        await portal.sign_in(who)
        page = await look(portal, f"/tickets/{number}")
        await follow(portal, await page.form(button).send(portal))
        assert (await Ticket.get(number=number)).status == status


async def test_deleting_asks_first_and_names_the_ticket(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", subject="Rechnung fehlt")
    await portal.sign_in("user")
    page = await look(portal, f"/tickets/{number}")
    asks = await look(portal, page.links["Löschen"])
    assert f"Ticket #{number} „Rechnung fehlt“ löschen?" in asks.headings
    assert asks.links["Abbrechen"] == f"/tickets/{number}"
    assert (await Ticket.get(number=number)).deleted_at is None
    page = await follow(portal, await asks.form("Löschen").send(portal))
    assert "Das Ticket wurde gelöscht." in words(page.root)
    assert "Gelöscht" in words(page.id("tickets-header"))
    ticket = await Ticket.get(number=number)
    assert ticket.deleted_at
    assert ticket.status == Status.CLOSED


async def test_htmx_asks_in_a_dialog(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    answer = await portal.live(f"/tickets/{number}/moves/delete", target="dialog")
    assert Page(answer).roots() == {"tickets-confirm": False}
    assert Page(answer).form("Löschen").action == f"/tickets/{number}/moves/delete"


async def test_htmx_gets_the_parts_that_a_move_changes_and_only_new_entries(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", body="Erste")
    await cast.reply("edv", number, "Zweite")
    await portal.sign_in("edv")
    page = await look(portal, f"/tickets/{number}")
    answer = await page.form("An UNIPLUS übergeben").send(portal, live=True)
    changed = Page(answer)
    roots = changed.roots()
    assert not roots.pop("tickets-functions")
    assert {"tickets-header", "tickets-version", "tickets-send"} <= set(roots)
    assert all(roots.values())
    assert changed.messages() == [], "what stands on the page already does not come again"
    assert [event.split(" · ")[0] for event in changed.events()] == ["Erik Holm hat das Ticket an UNIPLUS übergeben"]
    again = await changed.form("Als geschlossen markieren").send(portal, live=True, after=None)
    assert again.status_code == 200, "the new buttons carry the new version"


async def test_a_button_pressed_right_after_another_one_on_the_open_page_works(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("edv")
    page = await look(portal, f"/tickets/{number}")
    answer = Page(await page.form("Als geschlossen markieren").send(portal, live=True))
    again = await answer.form("Wieder öffnen").send(portal, live=True)
    assert again.status_code == 200
    assert len(Page(again).events()) <= 2


@pytest.mark.parametrize("live", [False, True])
async def test_who_was_too_late_is_told_and_sees_the_new_state(portal: Portal, cast: Cast, live: bool) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("edv")
    form = (await look(portal, f"/tickets/{number}")).form("Als geschlossen markieren")
    await cast.move("user", number, "close")
    answer = await form.send(portal, live=live)
    page = Page(answer)
    assert answer.status_code == 409
    assert "inzwischen geändert" in text(answer)
    assert "Geschlossen" in words(page.id("tickets-header"))
    assert "Wieder öffnen" in page.buttons
    if live:
        assert all(page.roots().values()), "at a 409 only out-of-band fragments are swapped: the buttons too"
    assert (await page.form("Wieder öffnen").send(portal)).status_code == 303
    assert await TicketEvent.filter(ticket_id=number, kind="close").count() == 1


@pytest.mark.parametrize("version", ["", "0", "-1", "abc", "2147483647", "99999999999999999999", "1.0", "١"])
async def test_a_version_that_is_none_is_an_old_one(portal: Portal, cast: Cast, version: str) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("edv")
    for live in (False, True):
        answer = await portal.send_form(f"/tickets/{number}/moves/close", version=version, htmx=live)
        assert answer.status_code == 409


@pytest.mark.parametrize("move", ["to_user", "escalate"])
async def test_a_move_that_needs_a_message_is_not_made_without_one(portal: Portal, cast: Cast, move: str) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("edv")
    for live in (False, True):
        answer = await portal.send_form(f"/tickets/{number}/moves/{move}", version=1, htmx=live)
        assert answer.status_code == 422
        assert Page(answer).errors().keys() == {"body"}
    assert (await Ticket.get(number=number)).version == 1


async def test_a_move_that_there_is_not_is_a_404(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("edv")
    for move in ("approve", "Handover", "__class__", "close/"):
        assert (await portal.get(f"/tickets/{number}/moves/{move}")).status_code == 404
        assert (await portal.send_form(f"/tickets/{number}/moves/{move}", version=1)).status_code == 404


async def test_who_sees_but_may_not_gets_a_403_for_every_move(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("reader")
    for move in BUTTONS:
        assert (await portal.send_form(f"/tickets/{number}/moves/{move}", version=1)).status_code == 403
        assert (await portal.get(f"/tickets/{number}/moves/{move}")).status_code == 403
    assert await TicketEvent.filter(ticket_id=number).count() == 1


async def test_a_double_click_makes_the_move_once_and_both_get_the_same_answer(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("edv")
    form = (await look(portal, f"/tickets/{number}")).form("An UNIPLUS übergeben")
    answers = await asyncio.gather(*(form.send(portal) for _ in range(10)))
    late = await form.send(portal)
    assert {answer.status_code for answer in [*answers, late]} == {303}
    assert len({answer.headers["Location"] for answer in [*answers, late]}) == 1
    assert await TicketEvent.filter(ticket_id=number, kind="handover").count() == 1
    assert await Letter.filter(letter="handed_over").count() == 1


async def test_two_people_at_once_make_one_move_and_one_of_them_is_told(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    async with portal.another() as other:
        await portal.sign_in("user")
        await other.sign_in("edv")
        forms = [(await look(one, f"/tickets/{number}")).form("Als geschlossen markieren") for one in (portal, other)]
        answers = await asyncio.gather(forms[0].send(portal), forms[1].send(other))
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    assert await TicketEvent.filter(ticket_id=number, kind="close").count() == 1


@pytest.mark.parametrize("live", [False, True])
async def test_a_cut_form_moves_nothing(portal: Portal, cast: Cast, live: bool) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("edv")
    form = (await look(portal, f"/tickets/{number}")).form("Als geschlossen markieren")
    answer = await form.send(portal, live=live, end=None)
    assert answer.status_code == 400
    assert "unterbrochen" in text(answer)
    assert (await Ticket.get(number=number)).version == 1


# --- who is responsible ---


@pytest.mark.parametrize("live", [False, True])
async def test_staff_make_somebody_responsible(portal: Portal, cast: Cast, live: bool) -> None:
    number = await cast.ticket("edv", release=True)
    await portal.sign_in("staff")
    page = await look(portal, f"/tickets/{number}")
    assert [words(option) for option in page.fields["Zuständig"]] == ["Stefan Kramer", "Anna Winter"]
    answer = await page.form("Zuweisen").send(portal, live=live, responsible=cast.admin.id)
    page = Page(answer) if live else await follow(portal, answer)
    assert page.facts()["Zuständig bei UNIPLUS"] == "Anna Winter"
    assert any("Stefan Kramer hat Anna Winter als zuständig eingetragen" in event for event in page.events())
    assert await Letter.filter(letter="handed_over", to_id=cast.admin.id).count() == 1


async def test_nobody_else_becomes_responsible(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("edv", release=True)
    await portal.sign_in("staff")
    for wrong in (cast.edv.id, 99999, "", "abc", "99999999999999999999"):
        answer = await portal.send_form(f"/tickets/{number}/responsible", responsible=wrong, version=1)
        assert answer.status_code == 422
        assert "Bitte wählen Sie jemanden aus der Liste." in text(answer)
    assert (await Ticket.get(number=number)).responsible_id == cast.staff.id


async def test_a_customer_cannot_say_who_is_responsible(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("edv", release=True)
    await portal.sign_in("edv")
    assert "Zuweisen" not in (await look(portal, f"/tickets/{number}")).buttons
    answer = await portal.send_form(f"/tickets/{number}/responsible", responsible=cast.admin.id, version=1)
    assert answer.status_code == 403
    assert (await Ticket.get(number=number)).responsible_id == cast.staff.id


@pytest.mark.parametrize("live", [False, True])
async def test_assigning_on_an_old_page_is_a_conflict(portal: Portal, cast: Cast, live: bool) -> None:
    number = await cast.ticket("edv", release=True)
    await portal.sign_in("staff")
    form = (await look(portal, f"/tickets/{number}")).form("Zuweisen")
    await cast.move("edv", number, "close")
    answer = await form.send(portal, live=live, responsible=cast.admin.id)
    assert answer.status_code == 409
    assert "inzwischen geändert" in text(answer)
    assert (await Ticket.get(number=number)).responsible_id == cast.staff.id
