"""Somebody answers, escalates and asks: the ticket follows in place, and nothing else moves."""

import re

from playwright.async_api import expect

from tests.browser.arrange import Arrange
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor, payload
from tests.cast import PNG

LONG = "\n\n".join(f"{n}. Ein längerer Absatz, damit das Ticket nicht in ein Fenster passt." for n in range(1, 9))


async def test_an_answer_appears_in_place_and_nothing_else_moves(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Langer Verlauf", body=LONG)
    for part in ("eins", "zwei"):
        arrange.reply("user-nord", number, f"Nachtrag {part}\n\n{LONG}")
    torben = await visit("edv-nord")
    await torben.opens(f"/tickets/{number}")
    await torben.remembers_the_page()
    await torben.types("Nachricht", "Das sehen wir uns an.")
    await torben.attaches(payload("Maske.png", "image/png", PNG))
    send = torben.button("Nachricht senden")
    await send.scroll_into_view_if_needed()
    last = torben.message("Nachtrag zwei").locator(".text")
    before = await torben.top_of(last)

    await send.click()
    new = torben.message("Das sehen wir uns an.")
    await expect(new).to_contain_text("Maske.png")
    await torben.is_focused(new)
    await torben.reads_in("Nachricht", "")
    await expect(torben.page.locator(".chosen li")).to_have_count(0)
    assert abs(await torben.top_of(last) - before) <= 1
    assert await torben.is_still_on_the_same_page()
    await expect(new).to_be_in_viewport()
    await torben.hears("wartet auf EDV seit")


async def test_the_header_and_the_functions_follow_an_answer_that_hands_over(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Folgt der Kopf?")
    torben = await visit("edv-nord")
    await torben.opens(f"/tickets/{number}")
    await torben.sees_status("Prüfung durch EDV")
    await torben.types("Nachricht", "Bitte ansehen.")
    await torben.ticks("Ticket an UNIPLUS freigeben")
    await torben.presses("Nachricht senden")
    await torben.sees_status("Prüfung durch UNIPLUS")
    await torben.hears("wartet auf UNIPLUS seit")
    await expect(torben.button("An UNIPLUS übergeben")).to_have_count(0)
    await expect(torben.box("Ticket an UNIPLUS freigeben")).to_have_count(0)
    await torben.sees("Torben Claußen hat das Ticket an UNIPLUS übergeben")

    await torben.types("Nachricht", "Noch etwas.")
    await torben.presses("Nachricht senden")
    await expect(torben.messages()).to_have_count(3)


async def test_an_empty_answer_is_refused_at_the_field(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Leere Antwort")
    torben = await visit("edv-nord")
    await torben.opens(f"/tickets/{number}")
    await torben.presses("Nachricht senden")
    await expect(torben.field("Nachricht")).to_have_attribute("aria-invalid", "true")
    await torben.is_focused(torben.field("Nachricht"))
    await expect(torben.messages()).to_have_count(1)


async def test_escalating_jumps_to_the_message_keeps_the_text_and_needs_one(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Eilt sehr", body=LONG)
    katrin = await visit("user-nord")
    await katrin.opens(f"/tickets/{number}")
    await katrin.types("Nachricht", "Morgen ist Stichtag.")
    await katrin.page.evaluate("scrollTo(0, 0)")

    await katrin.follows("Eskalieren")
    await katrin.sees_button("Nachricht senden und Ticket eskalieren")
    await katrin.reads_in("Nachricht", "Morgen ist Stichtag.")
    await katrin.is_focused(katrin.field("Nachricht"))
    await expect(katrin.field("Nachricht")).to_be_in_viewport()
    await katrin.sees("ohne Nachricht lässt sich nicht eskalieren")

    await katrin.types("Nachricht", "")
    await katrin.presses("Nachricht senden und Ticket eskalieren")
    await expect(katrin.field("Nachricht")).to_have_attribute("aria-invalid", "true")
    await expect(katrin.field("Nachricht")).not_to_have_accessible_description("")
    await katrin.is_focused(katrin.field("Nachricht"))
    await katrin.sees_button("Nachricht senden und Ticket eskalieren")

    await katrin.types("Nachricht", "Morgen ist wirklich Stichtag.")
    await katrin.presses("Nachricht senden und Ticket eskalieren")
    await expect(katrin.message("Morgen ist wirklich Stichtag.")).to_be_visible()
    await expect(katrin.page.locator("#tickets-header .flag")).to_have_text("Eskaliert")
    await katrin.sees("Eskaliert von Katrin Petersen")
    await katrin.sees_status("Prüfung durch EDV")
    await katrin.sees_button("Nachricht senden")
    await expect(katrin.link("Eskalieren")).to_have_count(0)

    await katrin.opens("/tickets?q=eilt+sehr&status=")
    await expect(katrin.row("Eilt sehr").locator(".flag")).to_have_text("Eskaliert")


async def test_who_thinks_again_does_not_escalate_and_keeps_the_text(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Doch nicht eilig")
    katrin = await visit("user-nord")
    await katrin.opens(f"/tickets/{number}")
    await katrin.follows("Eskalieren")
    await katrin.types("Nachricht", "Nur zur Kenntnis.")
    await katrin.follows("Abbrechen")
    await katrin.sees_button("Nachricht senden")
    await katrin.presses("Nachricht senden")
    await expect(katrin.message("Nur zur Kenntnis.")).to_be_visible()
    await expect(katrin.page.locator("#tickets-header .flag")).to_have_count(0)


async def test_kontakt_is_a_mail_that_is_already_begun(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Fragen & Antworten", release=True, by="edv-nord")
    torben = await visit("edv-nord")
    await torben.opens(f"/tickets/{number}")
    begun = rf"^mailto:[^?\s]+@uniplus\.example\?subject=%5B%23{number}%5D%20Fragen%20%26%20Antworten&body="
    await expect(torben.link("Kontakt")).to_have_attribute("href", re.compile(begun))


async def test_the_functions_stand_in_their_order(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Reihenfolge")
    torben = await visit("edv-nord")
    await torben.opens(f"/tickets/{number}")
    named = await torben.functions().locator("li").all_inner_texts()
    wanted = [
        "An UNIPLUS übergeben", "Rückfrage an User", "Kontakt", "Eskalieren", "Als geschlossen markieren", "Löschen",
        "PDF-Export", "PDF mit Anhängen", "Priorität „Hoch“",
    ]  # fmt: skip
    assert [name.strip() for name in named] == wanted


async def test_on_a_phone_the_functions_are_a_menu_at_the_bottom(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Unterwegs", body=LONG)
    torben = await visit("edv-nord", width=360)
    await torben.opens(f"/tickets/{number}")
    await expect(torben.button("Als geschlossen markieren")).to_be_hidden()
    await expect(torben.link("Antworten")).to_be_in_viewport()
    await torben.presses("Funktionen")
    await torben.presses("Als geschlossen markieren")
    await torben.sees_status("Geschlossen")
    await expect(torben.button("Wieder öffnen")).to_be_hidden()


async def _asked_back(visit: Visit, number: int) -> Visitor:
    birgit = await visit("staff")
    await birgit.opens(f"/tickets/{number}")
    await birgit.follows("Rückfrage an User")
    await birgit.types("Nachricht", "Welche Version setzen Sie ein?")
    await birgit.presses("Nachricht senden und User fragen")
    await birgit.sees_status("Prüfung durch User")
    return birgit


async def test_a_ticket_goes_from_user_to_edv_to_vendor_and_back(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Dreierlei Hände")
    torben = await visit("edv-nord")
    await torben.opens("/tickets?q=dreierlei")
    await torben.row("Dreierlei Hände").click(position={"x": 700, "y": 20})
    await torben.types("Nachricht", "Nur unter uns: Das liegt wohl am Server.")
    await torben.ticks("nur Verband Nord")
    await torben.presses("Nachricht senden")
    await expect(torben.message("Nur unter uns")).to_contain_text("nur Verband Nord")
    await torben.presses("An UNIPLUS übergeben")
    await torben.sees_status("Prüfung durch UNIPLUS")

    birgit = await visit("staff")
    await birgit.opens(f"/tickets/{number}")
    await birgit.sees("Seit heute früh bricht der Beitragslauf ab.")
    await birgit.does_not_see("Nur unter uns", "nur Verband Nord")
    await birgit.types("Nachricht", "Nur bei uns: Kennen wir schon.")
    await birgit.ticks("nur UNIPLUS")
    await birgit.presses("Nachricht senden")
    await expect(birgit.message("Nur bei uns")).to_contain_text("nur UNIPLUS")
    await _asked_back(visit, number)

    katrin = await visit("user-nord")
    await katrin.opens("/tickets")
    await katrin.row("Dreierlei Hände").get_by_role("link").click()
    await katrin.sees("Welche Version setzen Sie ein?", "Nur unter uns")
    await katrin.does_not_see("Nur bei uns")
    await katrin.types("Nachricht", "Version 7.4.")
    await katrin.presses("Nachricht senden")
    await expect(katrin.message("Version 7.4.")).to_be_visible()
    await katrin.presses("An UNIPLUS übergeben")
    await katrin.sees_status("Prüfung durch UNIPLUS")

    await torben.page.reload()
    await torben.does_not_see("Nur bei uns")
    await torben.sees("Version 7.4.")


async def test_the_reporter_answers_the_vendor_with_one_button(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Antwort in einem Zug")
    arrange.move("edv-nord", number, "handover")
    await _asked_back(visit, number)
    katrin = await visit("user-nord")
    await katrin.opens(f"/tickets/{number}")
    await katrin.types("Nachricht", "Version 7.4.")
    await katrin.ticks("Ticket an UNIPLUS freigeben")
    await katrin.presses("Nachricht senden")
    await katrin.sees_status("Prüfung durch UNIPLUS")


async def test_the_vendor_gives_a_ticket_to_somebody_else(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Wer kümmert sich?", by="edv-nord", release=True)
    birgit = await visit("staff")
    await birgit.opens(f"/tickets/{number}")
    await birgit.chooses("Zuständig", "Nadine Vogt")
    await birgit.presses("Zuweisen")
    await expect(birgit.page.locator("#tickets-header")).to_contain_text("Nadine Vogt")
    await birgit.is_focused(birgit.functions())


async def test_a_ticket_is_closed_and_opened_again_by_a_message(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Zu und wieder auf")
    katrin = await visit("user-nord")
    await katrin.opens(f"/tickets/{number}")
    await katrin.remembers_the_page()
    await katrin.presses("Als geschlossen markieren")
    await katrin.sees_status("Geschlossen")
    await katrin.sees_button("Nachricht senden und Ticket wieder öffnen", "Wieder öffnen")
    await expect(katrin.button("Als geschlossen markieren")).to_have_count(0)

    await katrin.types("Nachricht", "Es tritt doch noch auf.")
    await katrin.presses("Nachricht senden und Ticket wieder öffnen")
    await katrin.sees_status("Prüfung durch EDV")
    await katrin.sees_button("Nachricht senden", "Als geschlossen markieren")
    assert await katrin.is_still_on_the_same_page()


async def test_a_button_adds_its_line_to_the_correspondence_and_nothing_else(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Nichts doppelt")
    torben = await visit("edv-nord")
    await torben.opens(f"/tickets/{number}")
    await torben.presses("An UNIPLUS übergeben")
    await torben.sees_status("Prüfung durch UNIPLUS")
    await torben.types("Nachricht", "Erledigt.")
    await torben.presses("Nachricht senden")
    await torben.is_focused(torben.message("Erledigt."))
    await torben.presses("Als geschlossen markieren")
    await torben.sees_status("Geschlossen")
    lines = await torben.page.locator("#tickets-thread .event").all_inner_texts()
    assert [line.partition(" · ")[0] for line in lines] == [
        "Katrin Petersen hat das Ticket erstellt",
        "Das Kundenportal hat Birgit Lindner als zuständig eingetragen: Regel für Mitglieder",
        "Torben Claußen hat das Ticket an UNIPLUS übergeben",
        "Torben Claußen nimmt am Ticket teil",
        "Torben Claußen hat das Ticket geschlossen",
    ]
    await expect(torben.messages()).to_have_count(2)


async def test_deleting_asks_first_and_names_the_ticket_and_edv_can_restore_it(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Versehentlich angelegt")
    katrin = await visit("user-nord")
    await katrin.opens(f"/tickets/{number}")
    question = katrin.page.get_by_role("dialog", name=f"Ticket #{number} „Versehentlich angelegt“ löschen?")
    await katrin.follows("Löschen")
    await expect(question).to_be_visible()
    await katrin.keys("Escape")
    await expect(question).to_be_hidden()
    await katrin.is_focused(katrin.link("Löschen"))
    await katrin.follows("Löschen")
    await question.get_by_role("link", name="Abbrechen").click()
    await expect(question).to_be_hidden()
    await katrin.is_on(f"/tickets/{number}")
    await katrin.sees_status("Prüfung durch EDV")

    await katrin.follows("Löschen")
    await question.get_by_role("button", name="Löschen").click()
    await katrin.sees("Das Ticket wurde gelöscht.")
    await katrin.opens("/tickets?q=versehentlich&status=")
    await expect(katrin.rows()).to_have_count(0)
    await expect(katrin.box("Gelöscht")).to_have_count(0)

    torben = await visit("edv-nord")
    await torben.opens("/tickets?q=versehentlich&status=")
    await expect(torben.rows()).to_have_count(0)
    await torben.ticks("Gelöscht")
    await torben.row("Versehentlich angelegt").get_by_role("link").click()
    await torben.sees_status("Gelöscht")
    await expect(torben.field("Nachricht")).to_have_count(0)
    await torben.presses("Wiederherstellen")
    await torben.sees_status("Geschlossen")
    await torben.does_not_see("Dieses Ticket ist gelöscht.")
    await torben.sees_button("Nachricht senden und Ticket wieder öffnen")
    await torben.opens("/tickets?q=versehentlich&status=closed")
    await expect(torben.row("Versehentlich angelegt")).to_be_visible()
