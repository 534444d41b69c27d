"""Staff clear their queue: rows chosen by mouse and keyboard, one answer for all, a text block where the cursor is."""

from playwright.async_api import expect

from tests.browser.arrange import Arrange
from tests.browser.conftest import Visit


async def test_staff_answer_several_tickets_at_once_and_one_with_a_text_block(visit: Visit, arrange: Arrange) -> None:
    numbers = [arrange.ticket(subject=f"Holunderblüte {n}") for n in (1, 2)]
    for number in numbers:
        arrange.move("edv-nord", number, "handover")
    birgit = await visit("staff")
    await birgit.opens("/tickets?q=holunderbl%C3%BCte&sort=urgent")
    await birgit.sees("Nach Dringlichkeit: eskalierte Tickets")
    await birgit.page.get_by_label(f"Ticket {numbers[0]} auswählen").check()
    await birgit.page.get_by_label(f"Ticket {numbers[1]} auswählen").focus()
    await birgit.keys("Space")
    await birgit.sees("2 ausgewählt")
    await birgit.presses("Gemeinsam bearbeiten")
    await birgit.sees("Es geht um 2 Tickets")
    await birgit.ticks("Rückfrage an User")
    await birgit.types("Nachricht", "Guten Tag [Name], passt es jetzt?")
    await birgit.presses("Für 2 Tickets ausführen")
    await birgit.sees("Bei 2 von 2 Tickets ausgeführt.")

    await birgit.opens(f"/tickets/{numbers[0]}")
    await birgit.sees("passt es jetzt?")
    await birgit.field("Nachricht").fill("Noch etwas:")
    await birgit.page.locator(".blocks summary").focus()
    await birgit.keys("Enter")
    await birgit.button("Rückruf heute").focus()
    await birgit.keys("Enter")
    said = "Noch etwas:\n\nIch rufe Sie heute noch an.\n\nBirgit Lindner"
    await expect(birgit.field("Nachricht")).to_have_value(said)
    await birgit.is_focused(birgit.field("Nachricht"))
