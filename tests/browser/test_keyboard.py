"""All by keyboard: the mouse is not touched."""

import re

from playwright.async_api import expect

from tests.browser.arrange import Arrange
from tests.browser.conftest import Visit
from tests.browser.visitor import PASSWORD


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
    await katrin.keys("Control+Enter")
    await katrin.sees_heading(re.compile(r"#\d+ Nur mit der Tastatur"))
    await katrin.sees("Seminare")

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
