"""Somebody looks for tickets: the list follows while one types, and nothing else moves."""

import re

from playwright.async_api import expect

from tests.browser.arrange import Arrange
from tests.browser.conftest import Visit

EVERYTHING = "/tickets?status="


async def test_the_list_follows_the_typing_without_moving_the_page_or_losing_the_keyboard(
    visit: Visit, arrange: Arrange
) -> None:
    arrange.ticket(subject="Quittenmarmelade im Seminarhaus")
    torben = await visit("edv-nord")
    await torben.opens("/tickets")
    await torben.sees_heading("Ticketsystem")
    search = torben.field("Volltextsuche")
    await search.click()
    await torben.remembers_the_page()
    before = await torben.top_of(search)

    await search.press_sequentially("quittenmarm")
    await expect(torben.rows()).to_have_count(1)
    await torben.sees("Quittenmarmelade im Seminarhaus")
    await expect(torben.page).to_have_url(re.compile(r"/tickets\?q=quittenmarm$"))
    await torben.is_focused(search)
    await search.press_sequentially("xyz")
    await expect(torben.rows()).to_have_count(0)
    await torben.reads_in("Volltextsuche", "quittenmarmxyz")
    assert await torben.top_of(search) == before
    assert await torben.is_still_on_the_same_page()


async def test_back_and_reload_show_the_same_list(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Rhabarberkompott in der Satzung")
    torben = await visit("edv-nord")
    await torben.opens("/tickets")
    everything = await torben.rows().count()
    await torben.field("Volltextsuche").press_sequentially("rhabarber")
    await expect(torben.rows()).to_have_count(1)

    await torben.page.reload()
    await torben.reads_in("Volltextsuche", "rhabarber")
    await expect(torben.rows()).to_have_count(1)
    await torben.row("Rhabarberkompott").get_by_role("link").click()
    await torben.is_on(f"/tickets/{number}")
    await torben.page.go_back()
    await torben.reads_in("Volltextsuche", "rhabarber")
    await expect(torben.rows()).to_have_count(1)

    await torben.page.go_back()
    await torben.reads_in("Volltextsuche", "")
    await expect(torben.rows()).to_have_count(everything)
    await torben.is_on("/tickets")


async def test_status_chips_filter_count_and_keep_the_keyboard(visit: Visit, arrange: Arrange) -> None:
    arrange.ticket(subject="Stachelbeere offen")
    arrange.move("user-nord", arrange.ticket(subject="Stachelbeere geschlossen"), "close")
    torben = await visit("edv-nord")
    await torben.opens("/tickets")
    await expect(torben.box("Prüfung durch EDV")).to_be_checked()
    await torben.types("Volltextsuche", "stachelbeere")
    await expect(torben.page.get_by_role("checkbox", name="Prüfung durch EDV 1", exact=True)).to_be_checked()
    await expect(torben.page.get_by_role("checkbox", name="Geschlossen 1", exact=True)).not_to_be_checked()

    await torben.box("Geschlossen").focus()
    await torben.keys("Space")
    await expect(torben.rows()).to_have_count(2)
    await torben.is_focused(torben.box("Geschlossen"))
    await torben.unticks("Prüfung durch EDV")
    await expect(torben.rows()).to_have_count(1)
    await expect(torben.page).to_have_url(re.compile(r"\?q=stachelbeere&status=closed$"))

    await torben.follows("Filter zurücksetzen")
    await torben.is_on("/tickets")
    await torben.reads_in("Volltextsuche", "")
    await expect(torben.box("Prüfung durch EDV")).to_be_checked()
    await expect(torben.link("Filter zurücksetzen")).to_have_count(0)


async def test_further_filters_stay_open_and_the_excel_export_follows(visit: Visit) -> None:
    torben = await visit("edv-nord")
    await torben.opens("/tickets")
    await torben.page.get_by_text("Weitere Filter").click()
    await torben.field("Kategorie").focus()
    await torben.chooses("Kategorie", "Aufgabe")
    await expect(torben.page).to_have_url(re.compile("category=task"))
    await torben.is_focused(torben.field("Kategorie"))
    await torben.ticks("Nur eskalierte")
    await expect(torben.page).to_have_url(re.compile("escalated=1"))
    await expect(torben.field("Kategorie")).to_be_visible()
    await expect(torben.link("Excel-Export")).to_have_attribute("href", re.compile("category=task.*escalated=1"))


async def test_an_empty_list_tells_the_truth_and_offers_the_next_step(visit: Visit) -> None:
    torben = await visit("edv-nord")
    await torben.opens("/tickets")
    await torben.types("Volltextsuche", "gibtesbestimmtnicht")
    await torben.sees("Dazu gibt es kein Ticket, das Sie sehen dürfen.")
    await torben.page.locator(".empty").get_by_role("link", name="Filter zurücksetzen").click()
    await torben.is_on("/tickets")


async def test_more_tickets_are_added_below_without_a_jump(visit: Visit) -> None:
    birgit = await visit("staff")
    await birgit.opens(EVERYTHING)
    await expect(birgit.rows()).to_have_count(50)
    more, last = birgit.link("Weitere laden"), birgit.rows().nth(49)
    await more.scroll_into_view_if_needed()
    before = await birgit.top_of(last)
    address = birgit.page.url

    await more.click()
    await expect(birgit.rows().nth(50)).to_be_visible()
    assert await birgit.top_of(last) == before
    await birgit.is_focused(birgit.rows().nth(50).get_by_role("link"))
    assert birgit.page.url == address
    numbers = await birgit.rows().get_by_role("link").all_inner_texts()
    assert len(set(numbers)) == len(numbers)


async def test_the_whole_row_opens_the_ticket(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Mirabellenernte")
    torben = await visit("edv-nord")
    await torben.opens("/tickets?q=mirabellenernte")
    await torben.row("Mirabellenernte").click(position={"x": 700, "y": 20})
    await torben.is_on(f"/tickets/{number}")
    await torben.sees_heading(f"#{number} Mirabellenernte")


async def test_sorting_turns_round_and_stays_in_the_address(visit: Visit) -> None:
    birgit = await visit("staff")
    await birgit.opens(EVERYTHING)
    heading = birgit.page.get_by_role("columnheader", name="Nr.")
    await heading.get_by_role("link").click()
    await expect(heading).to_have_attribute("aria-sort", "descending")
    await heading.get_by_role("link").click()
    await expect(heading).to_have_attribute("aria-sort", "ascending")
    await expect(birgit.page).to_have_url(re.compile("sort=number"))
    await birgit.page.reload()
    await expect(heading).to_have_attribute("aria-sort", "ascending")
    numbers = [int(text) for text in await birgit.rows().get_by_role("link").all_inner_texts()]
    assert numbers == sorted(numbers)


async def test_a_number_in_the_search_of_the_bar_jumps_to_its_ticket(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Direkt gesucht")
    torben = await visit("edv-nord")
    await torben.opens("/")
    await torben.types("Ticket suchen", f"#{number}")
    await torben.keys("Enter")
    await torben.is_on(f"/tickets/{number}")

    await torben.types("Ticket suchen", "direkt gesu")
    await torben.keys("Enter")
    await expect(torben.page).to_have_url(re.compile(r"/tickets\?.*q=direkt(\+|%20)gesu$"))
    await torben.sees("Direkt gesucht")
