"""Somebody reports a problem."""

import re

from playwright.async_api import expect

from tests.browser.arrange import Arrange
from tests.browser.conftest import Visit
from tests.browser.visitor import payload
from tests.cast import PDF, PNG

PICTURE = payload("Maske.png", "image/png", PNG)
LETTER = payload("Bescheid.pdf", "application/pdf", PDF)

ANSWERS = {
    "Wen oder was betrifft das Problem?": "Alle Teilnehmer des Herbstseminars",
    "Welche Mitglieds-, Seminar-Nr. o. Ä.?": "Seminar 4711",
    "Wie äußert sich das Problem?": "Die Rechnung zeigt 0,00 Euro.",
    "Wie kann es ausgelöst werden?": "Rechnung drucken.",
    "Welche Auswirkung hat es?": "Wir können nicht abrechnen.",
}


async def test_a_user_reports_a_problem_with_two_files(visit: Visit, arrange: Arrange) -> None:
    arrange.ticket(subject="Zwiebelfisch im Rechnungsdruck", module="Seminare")
    ute = await visit("user-nord")
    await ute.opens("/")
    await ute.follows("Neues Ticket")
    await ute.sees_heading("Neues Ticket")
    await expect(ute.field("Welche Auswirkung hat es?")).to_be_hidden()

    await ute.ticks("Fehlermeldung")
    await expect(ute.field("Beschreibung")).to_be_hidden()
    await ute.chooses("Modul", "Seminare")
    await ute.field("Betreff").press_sequentially("Zwiebelfisch im Rechnungsdruck zu sehen")
    await ute.sees("Ähnlich und noch offen")
    await expect(ute.page.get_by_role("link", name=re.compile(r"#\d+ Zwiebelfisch im Rechnungsdruck"))).to_be_visible()
    for question, answer in ANSWERS.items():
        await ute.types(question, answer)
    await ute.attaches(PICTURE, LETTER, payload("Zuviel.png", "image/png", PNG))
    await ute.presses("Entfernen: Zuviel.png")
    await ute.presses("Ticket erstellen")

    await ute.page.wait_for_url(re.compile(r"/tickets/\d+"))
    await ute.sees_heading(f"#{ute.ticket_number} Zwiebelfisch im Rechnungsdruck zu sehen")
    await ute.sees("Ihr Ticket wurde erstellt.")
    await ute.sees_status("Prüfung durch EDV")
    message = ute.message("Seminar 4711")
    for words in (*ANSWERS, *ANSWERS.values(), "Maske.png", "Bescheid.pdf"):
        await expect(message).to_contain_text(words)
    await expect(message).not_to_contain_text("Zuviel.png")

    await message.get_by_role("link", name=re.compile("Maske.png")).click()
    await expect(ute.page.get_by_role("dialog", name="Maske.png").get_by_role("img")).to_be_visible()
    await ute.keys("Escape")
    await expect(ute.page.get_by_role("dialog")).to_have_count(0)
    await ute.is_focused(message.get_by_role("link", name=re.compile("Maske.png")))


async def test_what_is_missing_is_said_at_the_field_and_nothing_typed_or_chosen_is_lost(visit: Visit) -> None:
    ute = await visit("user-nord")
    await ute.opens("/tickets/new")
    await ute.chooses("Modul", "Mitglieder")
    await ute.types("Betreff", "Etwas fehlt")
    await ute.attaches(PICTURE)
    await ute.remembers_the_page()

    await ute.presses("Ticket erstellen")
    await ute.is_told_at("Beschreibung", "Bitte beschreiben Sie kurz, worum es geht.")
    await ute.is_focused(ute.field("Beschreibung"))
    await ute.sees("Bitte prüfen Sie Ihre Angaben.", "Maske.png")
    await ute.reads_in("Betreff", "Etwas fehlt")
    assert await ute.is_still_on_the_same_page()

    await ute.types("Beschreibung", "Nun steht es da.")
    await ute.presses("Ticket erstellen")
    await ute.page.wait_for_url(re.compile(r"/tickets/\d+"))
    await expect(ute.message("Nun steht es da.")).to_contain_text("Maske.png")


async def test_files_that_cannot_be_taken_are_named_before_anything_is_sent(visit: Visit) -> None:
    ute = await visit("user-nord")
    await ute.opens("/tickets/new")
    await ute.attaches(PICTURE, payload("Tabelle.xlsx", "application/vnd.ms-excel", b"PK"))
    await ute.sees("Nur PDF und Bilder (PNG, JPEG, GIF, WebP). Nicht übernommen: Tabelle.xlsx")
    await ute.sees("Maske.png")

    await ute.attaches(*(payload(f"{n}.png", "image/png", PNG + bytes(n)) for n in range(2, 6)))
    await ute.sees("Bitte höchstens vier Dateien. Nicht übernommen: 5.png")
    await expect(ute.page.locator(".chosen li")).to_have_count(4)


async def test_a_picture_can_be_dropped_and_pasted(visit: Visit) -> None:
    ute = await visit("user-nord")
    await ute.opens("/tickets/new")
    hand_over = """(target, [kind, field, name]) => {
        const data = new DataTransfer();
        data.items.add(new File(["x"], name, { type: "image/png" }));
        target.dispatchEvent(new (kind === "drop" ? DragEvent : ClipboardEvent)(
            kind, { [field]: data, bubbles: true, cancelable: true }));
    }"""
    await ute.page.locator("#main").evaluate(hand_over, ["drop", "dataTransfer", "Gezogen.png"])
    await ute.field("Beschreibung").evaluate(hand_over, ["paste", "clipboardData", "Eingefügt.png"])
    await ute.sees("Gezogen.png", "Eingefügt.png")


async def test_the_vendor_opens_a_ticket_for_a_customer(visit: Visit) -> None:
    birgit = await visit("staff")
    await birgit.opens("/tickets/new")
    await birgit.chooses("Für welche Organisation?", "Verband Nord")
    await birgit.presses("Weiter")
    await birgit.chooses("Gemeldet von", "Katrin Petersen")
    await birgit.ticks("Prüfung durch User")
    await birgit.chooses("Modul", "Mitglieder")
    await birgit.types("Betreff", "Bitte um Rückmeldung zum Update")
    await birgit.types("Beschreibung", "Passt Ihnen Dienstag?")
    await birgit.presses("Ticket erstellen")
    await birgit.page.wait_for_url(re.compile(r"/tickets/\d+"))
    await birgit.sees_status("Prüfung durch User")

    katrin = await visit("user-nord")
    await katrin.opens(f"/tickets/{birgit.ticket_number}")
    await katrin.sees("Passt Ihnen Dienstag?")


async def test_what_is_missing_is_said_in_our_words_and_not_in_the_browsers(visit: Visit) -> None:
    katrin = await visit("user-nord")
    await katrin.opens("/tickets/new")
    await katrin.presses("Ticket erstellen")
    await katrin.sees("Bitte geben Sie einen Betreff ein.", "Bitte wählen Sie ein Modul.")
