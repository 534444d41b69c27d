"""What others do shows itself: in place where somebody reads, as an offer where somebody writes."""

from playwright.async_api import Route, expect

from tests.browser.arrange import Arrange
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor


async def listens(visitor: Visitor, path: str) -> None:
    """Open a page and wait until its stream is open; the list would not be told of what happened before."""
    async with visitor.page.expect_response(lambda answer: answer.url.endswith("/events")):
        await visitor.opens(path)


async def test_what_happened_before_the_stream_was_open_is_not_missed(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Zwischen Seite und Leitung")
    katrin = await visit("user-nord")

    async def late(route: Route) -> None:
        arrange.reply("edv-nord", number, "Dazwischen geschrieben")
        await route.continue_()

    await katrin.page.route("**/events", late, times=1)
    await katrin.opens(f"/tickets/{number}")
    await expect(katrin.message("Dazwischen geschrieben")).to_have_count(1)


async def test_a_message_of_somebody_else_appears_where_one_reads(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Lebt der Verlauf?")
    katrin = await visit("user-nord")
    await listens(katrin, f"/tickets/{number}")
    arrange.reply("edv-nord", number, "Welche Version ist das?", move="to_user")
    await expect(katrin.message("Welche Version ist das?")).to_have_count(1)
    await katrin.sees_status("Prüfung durch User")
    await expect(katrin.button("Als geschlossen markieren")).to_have_count(1)


async def test_who_writes_is_offered_the_news_and_keeps_their_text(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Wird nichts verschoben?")
    katrin = await visit("user-nord")
    await listens(katrin, f"/tickets/{number}")
    await katrin.types("Nachricht", "Ich schreibe gerade")
    before = await katrin.top_of(katrin.field("Nachricht"))
    arrange.reply("edv-nord", number, "Erste Frage")
    await expect(katrin.button("Eine neue Nachricht")).to_be_visible()
    assert await katrin.top_of(katrin.field("Nachricht")) == before
    arrange.reply("edv-nord", number, "Zweite Frage")
    await katrin.presses("2 neue Nachrichten")
    await expect(katrin.message("Erste Frage")).to_have_count(1)
    await expect(katrin.message("Zweite Frage")).to_have_count(1)
    await katrin.reads_in("Nachricht", "Ich schreibe gerade")
    await katrin.presses("Nachricht senden")
    await expect(katrin.message("Ich schreibe gerade")).to_have_count(1)


async def test_a_list_renews_its_rows_where_they_stand_and_offers_what_is_new(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Bleibt unter der Hand")
    torben = await visit("edv-nord")
    await listens(torben, "/tickets")
    row, link = torben.row("Bleibt unter der Hand"), torben.link(str(number))
    before, shown = await counted(torben), await torben.rows().count()
    await link.focus()
    await torben.page.evaluate(WATCH_FOR_SHIFTS)
    arrange.reply("edv-nord", number, "Ich sehe nach.")  # on another device
    await expect(row).not_to_have_class("unread")
    arrange.reply("user-nord", number, "Noch etwas dazu")
    await expect(row).to_have_class("unread")
    arrange.move("edv-nord", number, "handover")
    await expect(row).to_contain_text("nicht mehr im Filter")
    arrange.ticket(subject="Neu, das erste")
    arrange.ticket(subject="Neu, das zweite")
    await expect(torben.button("2 neue Tickets anzeigen")).to_be_visible()
    await torben.hears("2 neue Tickets anzeigen")
    assert await counted(torben) == before + 1
    assert await torben.rows().count() == shown
    assert await torben.page.evaluate("shifts") == 0
    await torben.is_focused(link)
    await torben.presses("2 neue Tickets anzeigen")
    await expect(row).to_have_count(0)
    await torben.is_focused(torben.row("Neu, das zweite").get_by_role("link"))
    await expect(torben.page.locator("#tickets-fresh button")).to_have_count(0)


WATCH_FOR_SHIFTS = """() => {
  window.shifts = 0;
  const add = list => { for (const one of list.getEntries()) shifts += one.value; };
  new PerformanceObserver(add).observe({ type: "layout-shift" });
}"""


async def counted(visitor: Visitor) -> int:
    """How many tickets the list says there are."""
    return int((await visitor.page.locator("#tickets-total").inner_text()).split()[0])


async def test_a_list_asks_for_what_it_missed_and_never_touches_what_is_typed(visit: Visit, arrange: Arrange) -> None:
    birgit = await visit("staff")

    async def late(route: Route) -> None:
        arrange.ticket(subject="Zwischen Liste und Leitung", by="edv-nord", release=True)
        await route.continue_()

    await birgit.page.route("**/events", late, times=1)
    await birgit.opens("/tickets")
    await expect(birgit.button("Ein neues Ticket anzeigen")).to_be_visible()
    await birgit.page.route("**/tickets?**", lambda route: route.abort())  # what is typed stays unanswered
    await birgit.field("Volltextsuche").press_sequentially("Leitu")
    arrange.ticket(subject="Noch eins", by="edv-nord", release=True)
    await expect(birgit.button("2 neue Tickets anzeigen")).to_be_visible()
    await birgit.reads_in("Volltextsuche", "Leitu")
    await birgit.is_focused(birgit.field("Volltextsuche"))


async def test_the_portal_counts_what_waits(visit: Visit, arrange: Arrange) -> None:
    torben = await visit("edv-nord")
    await listens(torben, "/")
    waiting = torben.page.locator("#count-tickets")
    before = int((await waiting.inner_text()).split()[0])
    arrange.ticket(subject="Zählt mit")
    await expect(waiting).to_have_text(f"{before + 1} warten auf Sie")


async def test_two_tabs_share_one_stream_and_hand_it_on(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Zwei Fenster, eine Leitung")
    katrin = await visit("user-nord")
    await listens(katrin, f"/tickets/{number}")
    second = await katrin.page.context.new_page()
    streams: list[str] = []
    second.on("request", lambda request: streams.append(request.url) if request.url.endswith("/events") else None)
    await second.goto(f"/tickets/{number}")
    arrange.reply("edv-nord", number, "In beiden Fenstern")
    await expect(second.get_by_role("article").filter(has_text="In beiden Fenstern")).to_have_count(1)
    assert streams == []
    await katrin.page.evaluate("document.dispatchEvent(new Event('freeze'))")  # what Chromium says before it freezes
    async with second.expect_response(lambda answer: answer.url.endswith("/events")):
        pass
    arrange.reply("edv-nord", number, "Die andere hört jetzt zu")
    await expect(second.get_by_role("article").filter(has_text="Die andere hört jetzt zu")).to_have_count(1)
    await second.close()
