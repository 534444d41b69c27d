"""EDV names a filter, joins a ticket instead of asking again, adds a colleague and leaves: one journey, in place."""

import re

from playwright.async_api import expect

from tests.browser.arrange import Arrange
from tests.browser.conftest import Visit


async def test_a_filter_by_name_and_a_ticket_joined_instead_of_asked_again(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket("user2-nord", subject="Zwetschgenliste druckt doppelt")
    torben = await visit("edv-nord")
    await torben.opens("/tickets?q=Zwetschgenliste")
    await torben.follows("Filter speichern")
    await expect(torben.field("Name")).to_be_focused()
    await torben.types("Name", "Zwetschgen")
    await torben.page.get_by_role("dialog").get_by_role("button", name="Filter speichern").click()
    chip = torben.page.get_by_role("navigation", name="Meine Filter").get_by_role("link", name="Zwetschgen")
    await expect(chip).to_have_attribute("aria-current", "true")
    await torben.ticks("Geschlossen")
    await expect(chip).not_to_have_attribute("aria-current", "true")

    await torben.opens("/tickets/new")
    await torben.field("Betreff").press_sequentially("Zwetschgenliste druckt alles doppelt")
    await torben.presses(f"An Ticket #{number} beteiligen")
    await torben.page.wait_for_url(re.compile(rf"/tickets/{number}"))
    await torben.sees("Sie sind jetzt beteiligt.")
    await torben.follows("Beteiligte ändern")
    dialog = torben.page.get_by_role("dialog")
    await dialog.get_by_label("Hinzufügen").select_option(label="Katrin Petersen")
    await dialog.get_by_role("button", name="Beteiligen", exact=True).click()
    await expect(torben.page.locator(".taking-part")).to_contain_text("Torben Claußen, Katrin Petersen")
    await torben.page.get_by_role("link", name="Nicht mehr beteiligen").click()
    await dialog.get_by_role("button", name="Nicht mehr beteiligen").click()
    await torben.sees("Sie sind nicht mehr beteiligt.")
    await expect(torben.page.locator(".taking-part")).not_to_contain_text("Torben Claußen")
