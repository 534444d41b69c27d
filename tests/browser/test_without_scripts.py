"""Everything works with JavaScript switched off: plain forms, whole pages."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.arrange import Arrange
from tests.browser.conftest import Visit
from tests.browser.visitor import payload
from tests.cast import PDF, PNG


async def test_sign_in_list_and_filter(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Pflaumenmus ohne Skript")
    torben = await visit(scripts=False)
    await torben.signs_in("edv-nord", at=f"/tickets/{number}")
    await torben.sees_heading(f"#{number} Pflaumenmus ohne Skript")
    await torben.follows("Ticketsystem")

    await torben.types("Volltextsuche", "pflaumenmus")
    await torben.presses("Suchen")
    await expect(torben.rows()).to_have_count(1)
    await torben.unticks("Prüfung durch EDV")
    await torben.ticks("Geschlossen")
    await torben.presses("Filter anwenden")
    await expect(torben.rows()).to_have_count(0)
    await torben.sees("In diesem Status ist nichts zu finden, in anderen schon.")
    await torben.follows("In jedem Status suchen")
    await torben.row("Pflaumenmus").click(position={"x": 700, "y": 20})
    await torben.is_on(f"/tickets/{number}")


@pytest.mark.long
async def test_the_second_page_of_a_long_list(visit: Visit) -> None:
    birgit = await visit("staff", scripts=False)
    await birgit.opens("/tickets?status=")
    await expect(birgit.rows()).to_have_count(50)
    first = await birgit.rows().first.get_by_role("link").inner_text()
    await birgit.follows("Weitere laden")
    await expect(birgit.rows().first.get_by_role("link")).not_to_have_text(first)
    await birgit.follows("Zum Anfang der Liste")
    await expect(birgit.rows().first.get_by_role("link")).to_have_text(first)


async def test_a_problem_is_reported_and_answered(visit: Visit) -> None:
    katrin = await visit("user-nord", scripts=False)
    await katrin.opens("/tickets/new")
    await katrin.ticks("Fehlermeldung")
    await expect(katrin.field("Beschreibung")).to_be_hidden()
    await katrin.chooses("Modul", "Seminare")
    await katrin.types("Betreff", "Ohne Skript gemeldet")
    await katrin.attaches(payload("Maske.png", "image/png", PNG))
    await katrin.presses("Ticket erstellen")
    await katrin.is_told_at("Wie äußert sich das Problem?", "Bitte beschreiben Sie kurz, worum es geht.")
    await katrin.reads_in("Betreff", "Ohne Skript gemeldet")
    await katrin.sees("Bitte wählen Sie diese Dateien noch einmal aus: Maske.png")

    await katrin.types("Wie äußert sich das Problem?", "Die Liste bleibt leer.")
    await katrin.attaches(payload("Maske.png", "image/png", PNG), payload("Brief.pdf", "application/pdf", PDF))
    await katrin.presses("Ticket erstellen")
    await katrin.sees_heading(re.compile("Ohne Skript gemeldet"))
    await expect(katrin.message("Die Liste bleibt leer.")).to_contain_text("Brief.pdf")

    await katrin.types("Nachricht", "Noch ein Hinweis.")
    await katrin.presses("Nachricht senden")
    await katrin.sees("Ihre Nachricht wurde gesendet.", "Noch ein Hinweis.")
    await katrin.page.reload()
    await expect(katrin.message("Noch ein Hinweis.")).to_have_count(1)


@pytest.mark.long
async def test_escalating_needs_a_message_and_is_sent_with_it(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Eilt ohne Skript")
    katrin = await visit("user-nord", scripts=False)
    await katrin.opens(f"/tickets/{number}")
    await katrin.follows("Eskalieren")
    await katrin.presses("Nachricht senden und Ticket eskalieren")
    await expect(katrin.field("Nachricht")).to_have_attribute("aria-invalid", "true")
    await katrin.types("Nachricht", "Es eilt.")
    await katrin.presses("Nachricht senden und Ticket eskalieren")
    await katrin.sees("Eskaliert von Katrin Petersen")


async def test_moves_and_deleting_with_a_page_that_asks(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Weg ohne Skript")
    torben = await visit("edv-nord", scripts=False)
    await torben.opens(f"/tickets/{number}")
    await torben.presses("An UNIPLUS übergeben")
    await torben.sees("Das Ticket wurde an UNIPLUS übergeben.")
    await torben.sees_status("Prüfung durch UNIPLUS")
    await torben.presses("Als geschlossen markieren")
    await torben.sees_status("Geschlossen")

    await torben.follows("Löschen")
    await torben.sees_heading(f"Ticket #{number} „Weg ohne Skript“ löschen?")
    await torben.follows("Abbrechen")
    await torben.sees_status("Geschlossen")
    await torben.follows("Löschen")
    await torben.presses("Löschen")
    await torben.sees("Das Ticket wurde gelöscht.")
    await torben.opens(f"/tickets/{number}")
    await torben.presses("Wiederherstellen")
    await torben.sees_status("Geschlossen")


@pytest.mark.long
async def test_somebody_was_faster(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Schneller ohne Skript")
    torben = await visit("edv-nord", scripts=False)
    await torben.opens(f"/tickets/{number}")
    await torben.types("Nachricht", "Bitte übernehmen.")
    await torben.ticks("Ticket an UNIPLUS freigeben")
    arrange.move("user-nord", number, "close")
    await torben.presses("Nachricht senden")
    await torben.sees("inzwischen geändert")
    await torben.reads_in("Nachricht", "Bitte übernehmen.")
    await torben.presses("Nachricht senden und Ticket wieder öffnen")
    await torben.sees_status("Prüfung durch EDV")
    await expect(torben.message("Bitte übernehmen.")).to_have_count(1)


@pytest.mark.long
async def test_a_double_click_sends_one_message(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Doppelt ohne Skript")
    katrin = await visit("user-nord", scripts=False)
    await katrin.opens(f"/tickets/{number}")
    await katrin.types("Nachricht", "Nur einmal, bitte.")
    await katrin.button("Nachricht senden").dblclick()
    await katrin.sees("Ihre Nachricht wurde gesendet.")
    await katrin.opens(f"/tickets/{number}")
    await expect(katrin.message("Nur einmal, bitte.")).to_have_count(1)


async def test_signing_out_leaves_nothing_behind(visit: Visit) -> None:
    torben = await visit(scripts=False)
    await torben.signs_in("edv-nord")
    await torben.opens("/tickets")
    await torben.signs_out()
    await torben.sees("Sie sind abgemeldet.")
    await torben.page.go_back()
    await torben.sees_heading("Anmelden")
    await expect(torben.rows()).to_have_count(0)
