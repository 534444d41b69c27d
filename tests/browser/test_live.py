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


async def test_the_list_offers_to_freshen_itself(visit: Visit, arrange: Arrange) -> None:
    torben = await visit("edv-nord")
    await listens(torben, "/tickets")
    subject = "Kommt gleich von selbst"
    arrange.ticket(subject=subject)
    await torben.presses("Liste auffrischen")
    await expect(torben.row(subject)).to_have_count(1)
    await expect(torben.button("Liste auffrischen")).to_have_count(0)


async def test_two_tabs_share_one_stream(visit: Visit, arrange: Arrange) -> None:
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
    await second.close()
