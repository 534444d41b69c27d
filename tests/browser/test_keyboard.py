"""All by keyboard: the mouse is not touched."""

import re

import httpx
from playwright.async_api import Locator, expect

from tests.browser.arrange import Arrange
from tests.browser.conftest import Server, Visit
from tests.browser.visitor import PASSWORD, Visitor, payload
from tests.cast import PNG


async def presses(visitor: Visitor, element: Locator, key: str = "Enter") -> None:
    """Go there with Tab and press a key."""
    await visitor.tabs_to(element, 120)
    await visitor.keys(key)


async def test_signing_in_and_reporting_and_answering(visit: Visit) -> None:
    katrin = await visit()
    await katrin.opens("/tickets/new")
    await katrin.tabs_to(katrin.field("Benutzername oder E-Mail-Adresse"))
    await katrin.page.keyboard.type("user-nord")
    await katrin.keys("Tab")
    await katrin.page.keyboard.type(PASSWORD)
    await katrin.keys("Enter")
    await katrin.is_on("/tickets/new")

    await katrin.keys("Tab")
    await katrin.is_focused(katrin.link("Zum Inhalt"))
    await katrin.keys("Enter")
    await katrin.tabs_to(katrin.box("Anfrage"))
    await katrin.keys("ArrowDown", "ArrowDown")
    await expect(katrin.box("Aufgabe")).to_be_checked()
    await katrin.tabs_to(katrin.field("Modul"))
    await katrin.page.keyboard.type("Sem")
    await katrin.tabs_to(katrin.field("Betreff"))
    await katrin.page.keyboard.type("Nur mit der Tastatur")
    await katrin.tabs_to(katrin.field("Beschreibung"))
    await katrin.page.keyboard.type("Ohne Maus.")
    async with katrin.page.expect_file_chooser() as chooser:
        await presses(katrin, katrin.page.get_by_label("Anhänge"))
    await (await chooser.value).set_files([payload("Maske.png", "image/png", PNG)])
    await presses(katrin, katrin.button("Ticket erstellen"))
    await katrin.sees_heading(re.compile(r"#\d+ Nur mit der Tastatur"))
    await katrin.sees("Seminare", "Maske.png")

    await katrin.tabs_to(katrin.field("Nachricht"))
    await katrin.page.keyboard.type("Auch ohne Maus.")
    await katrin.keys("Control+Enter")
    await katrin.is_focused(katrin.message("Auch ohne Maus."))
    await katrin.reads_in("Nachricht", "")


async def test_finding_escalating_and_closing(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Tastaturfund")
    katrin = await visit("user-nord")
    await katrin.opens("/tickets?status=")
    await katrin.keys("Control+k")
    await katrin.is_focused(katrin.field("Volltextsuche"))
    await katrin.page.keyboard.type("tastaturfund")
    await expect(katrin.rows()).to_have_count(1)
    await katrin.tabs_to(katrin.row("Tastaturfund").get_by_role("link"))
    await katrin.keys("Enter")
    await katrin.is_on(f"/tickets/{number}")

    await katrin.tabs_to(katrin.link("Eskalieren"))
    await katrin.keys("Enter")
    await katrin.is_focused(katrin.field("Nachricht"))
    await katrin.page.keyboard.type("Es eilt.")
    await katrin.tabs_to(katrin.button("Nachricht senden und Ticket eskalieren"))
    await katrin.keys("Enter")
    await katrin.is_focused(katrin.message("Es eilt."))
    await katrin.tabs_to(katrin.button("Als geschlossen markieren"))
    await katrin.keys("Enter")
    await katrin.sees_status("Geschlossen")
    await katrin.is_focused(katrin.functions())


async def test_deleting_in_a_dialog_that_keeps_the_keyboard_and_gives_it_back(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Tastaturlöschung")
    katrin = await visit("user-nord")
    await katrin.opens(f"/tickets/{number}")
    await katrin.tabs_to(katrin.link("Löschen"))
    await katrin.keys("Enter")
    dialog = katrin.page.get_by_role("dialog")
    await expect(dialog).to_be_visible()
    for _ in range(4):
        # Between the last and the first the keyboard is on the browser's own frame, which the page calls its body.
        assert await katrin.page.evaluate("document.activeElement.matches('body, dialog *')")
        await katrin.keys("Tab")
    await katrin.keys("Escape")
    await katrin.is_focused(katrin.link("Löschen"))
    await katrin.keys("Enter")
    await katrin.tabs_to(dialog.get_by_role("button", name="Löschen"))
    await katrin.keys("Enter")
    await katrin.sees("Das Ticket wurde gelöscht.")


async def test_single_keys_lead_to_the_search_through_the_list_and_to_a_new_ticket(
    visit: Visit, arrange: Arrange
) -> None:
    arrange.ticket(subject="Tastenkürzel suchen")
    birgit = await visit("staff")
    await birgit.opens("/tickets?status=")
    await birgit.keys("j", "j", "k", "j")
    await birgit.is_focused(birgit.rows().nth(1).get_by_role("link"))
    await birgit.keys("k", "k", "k")
    await birgit.is_focused(birgit.rows().first.get_by_role("link"))
    await expect(birgit.rows().first.get_by_role("link")).to_have_accessible_description(re.compile(r"\w"))
    await birgit.rows().nth(49).get_by_role("link").focus()
    await birgit.keys("j")
    await birgit.is_focused(birgit.link("Weitere laden"))
    await birgit.keys("Enter")
    await birgit.is_focused(birgit.rows().nth(50).get_by_role("link"))
    await birgit.keys("j")
    await birgit.is_focused(birgit.rows().nth(51).get_by_role("link"))

    await birgit.keys("/")
    await birgit.is_focused(birgit.field("Volltextsuche"))
    await birgit.page.keyboard.type("jkn/? nord")
    await birgit.reads_in("Volltextsuche", "jkn/? nord")
    await expect(birgit.rows()).to_have_count(0)
    await birgit.keys("Control+a", "Delete")
    await expect(birgit.rows()).to_have_count(50)
    await presses(birgit, birgit.box("Geschlossen"), "Space")
    await expect(birgit.page).to_have_url(re.compile("status="))
    await birgit.is_focused(birgit.box("Geschlossen"))
    await birgit.keys("j", "Enter")
    await birgit.page.wait_for_url(re.compile(r"/tickets/\d+$"))
    await birgit.keys("Control+j", "/")
    await birgit.is_focused(birgit.field("Ticket suchen"))
    await birgit.keys("Escape", "Tab", "n")
    await birgit.is_on("/tickets/new")


async def test_the_keys_are_shown_and_can_be_switched_off(visit: Visit) -> None:
    malte = await visit("user2-nord")
    await malte.opens("/tickets?status=")
    await malte.keys("j", "?")
    dialog = malte.page.get_by_role("dialog", name="Tastenkürzel")
    await expect(dialog).to_contain_text("In einer Liste eine Zeile weiter, eine zurück")
    await malte.keys("n", "/")
    await expect(dialog).to_be_visible()
    await malte.is_on("/tickets?status=")
    await malte.keys("Escape")
    await malte.is_focused(malte.rows().first.get_by_role("link"))
    await malte.keys("?")
    await presses(malte, dialog.get_by_role("link", name="Tastenkürzel ausschalten"))
    await presses(malte, malte.box("Einzelne Tasten als Kürzel benutzen"), "Space")
    await presses(malte, malte.button("Tastenkürzel speichern"))
    await malte.sees("Gespeichert.")
    await malte.opens("/tickets?status=")
    await malte.keys("j", "n", "/", "?")
    await expect(dialog).to_be_hidden()
    await malte.is_focused(malte.page.locator("body"))
    await malte.opens("/shortcuts")
    await malte.follows("Tastenkürzel einschalten")
    await malte.ticks("Einzelne Tasten als Kürzel benutzen")
    await malte.presses("Tastenkürzel speichern")


async def test_handing_over_closing_reopening_deleting_and_restoring(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Tastaturumzug")
    torben = await visit("edv-nord")
    await torben.opens(f"/tickets/{number}")
    for button, status in (("An UNIPLUS übergeben", "Prüfung durch UNIPLUS"),
                           ("Als geschlossen markieren", "Geschlossen"),
                           ("Wieder öffnen", "Prüfung durch UNIPLUS")):  # fmt: skip
        await presses(torben, torben.button(button))
        await torben.sees_status(status)
        await torben.is_focused(torben.functions())
    await presses(torben, torben.link("Löschen"))
    await presses(torben, torben.page.get_by_role("dialog").get_by_role("button", name="Löschen"))
    await torben.sees("Das Ticket wurde gelöscht.")
    await torben.opens(f"/tickets/{number}")
    await presses(torben, torben.button("Wiederherstellen"))
    await torben.sees_status("Geschlossen")


def ask_for_an_account(server: Server) -> None:
    """X3 of Verband Nord asks for somebody."""
    asked = {"user_name": "tasta.tur", "first_name": "Tasta", "last_name": "Tur", "email": "tasta.tur@nord.example",
             "modules": ["Mitglieder"]}  # fmt: skip
    key = {"Authorization": "Bearer x3-demo-nord"}
    assert httpx.post(f"{server.url}/api/x3/access-requests", headers=key, json=asked).status_code == 201


async def test_staff_let_somebody_in(visit: Visit, server: Server) -> None:
    ask_for_an_account(server)
    birgit = await visit("staff")
    await birgit.opens("/staff/access-requests")
    card = birgit.page.get_by_role("listitem", name="Tasta Tur")
    await birgit.keys("/")
    await birgit.is_focused(birgit.field("Ticket suchen"))
    await presses(birgit, card.get_by_role("radio", name="User", exact=True), "ArrowRight")
    await expect(card.get_by_role("radio", name="EDV", exact=True)).to_be_checked()
    await presses(birgit, card.get_by_role("button", name="Freigeben"))
    await birgit.sees("Das Konto ist freigegeben, die Einladung ist unterwegs.")


async def test_the_other_language_keeps_the_page_its_filter_and_what_is_typed(visit: Visit) -> None:
    katrin = await visit()
    await katrin.opens("/login?next=/tickets")
    await katrin.types("Benutzername oder E-Mail-Adresse", "edv-sued")
    await presses(katrin, katrin.button("English"))
    await katrin.sees_heading("Sign in")
    await katrin.reads_in("User name or e-mail address", "edv-sued")
    await katrin.page.goto("/login?next=/tickets")

    torben = await visit("edv-sued")
    await torben.opens("/tickets")
    await torben.keys("/")
    await torben.page.keyboard.type("seminar")
    await expect(torben.page).to_have_url(re.compile(r"\?q=seminar"))
    there = torben.page.url
    await presses(torben, torben.button("English"))
    await torben.sees_heading("Ticket system")
    assert torben.page.url == there
    await torben.opens("/tickets/new?category=task")
    await torben.types("Subject", "Half written")
    await torben.ticks("High")
    await torben.presses("Deutsch")
    await torben.reads_in("Betreff", "Half written")
    await expect(torben.box("Hoch")).to_be_checked()


async def test_before_a_session_ends_the_page_says_so_and_lets_one_stay(visit: Visit) -> None:
    katrin = await visit("user-nord")
    await katrin.page.clock.install()
    await katrin.opens("/report")
    stay = katrin.page.locator("#sessions-stay")
    await katrin.page.clock.fast_forward("11:40:00")
    await expect(stay.get_by_role("button")).to_be_hidden()
    await katrin.field("Modul").focus()
    await katrin.page.clock.fast_forward("06:00")
    await expect(stay).to_contain_text("lange nichts getan")
    await katrin.page.clock.run_for(100)
    await katrin.hears("lange nichts getan")
    await presses(katrin, stay.get_by_role("button", name="Angemeldet bleiben"))
    await expect(stay.get_by_role("button")).to_be_hidden()
    await expect(katrin.page.locator(":focus")).to_be_visible()
    await katrin.page.clock.fast_forward("12:00:00")
    await expect(stay).to_contain_text("Ihre Anmeldung ist beendet.")
