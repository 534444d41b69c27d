"""A list that is being read hears what became of its rows, and a portal page of its numbers, without being rebuilt."""

import json
from datetime import UTC, datetime

import pytest

from app.domain.models import Status
from tests.cast import Cast, Portal
from tests.web.reading import Page, words

LIST = "/tickets?status=it_review"


class Reading:
    """Somebody before an open list: what its page holds, and how it asks for news as the page's script does."""

    def __init__(self, portal: Portal, path: str, page: Page) -> None:
        self.portal = portal
        self.asks = path.replace("/tickets", "/tickets/fresh")
        self.since, self.mark = _asked(page)
        self.stamps = _stamps(page)

    @classmethod
    async def opens(cls, portal: Portal, who: str, path: str = LIST) -> "Reading":
        await portal.sign_in(who)
        return cls(portal, path, Page(await portal.get(path)))

    async def news(self, *, whole: bool = True) -> Page | None:
        """What the page gets to renew itself; None when nothing changed."""
        shown = "_".join(f"{number}-{stamp}" for number, stamp in self.stamps.items())
        query = f"{self.asks}&shown={shown}&since={self.since}&mark={self.mark}{'&whole=1' if whole else ''}"
        answer = await self.portal.live(query, target="tickets-fresh")
        if answer.status_code == 204:
            return None
        page = Page(answer)
        self.mark = _asked(page)[1]
        self.stamps |= _stamps(page)
        return page

    async def is_offered(self, whole: bool) -> str:
        """The words of the offer after the next news."""
        news = await self.news(whole=whole)
        assert not news or news.has("tickets-caption") == bool(self.stamps), "an empty list has no table to name"
        return words(news.id("tickets-fresh")) if news else ""


def _asked(page: Page) -> tuple[str, str]:
    found = json.loads(page.id("tickets-fresh").get("hx-vals"))
    return str(found["since"]), found["mark"]


def _stamps(page: Page) -> dict[int, str]:
    return {int(row.get("id")[7:]): row.get("data-stamp") for row in page.all(".//tr[@data-row]")}


async def test_only_the_row_that_changed_comes_and_says_what_it_is_now(portal: Portal, cast: Cast) -> None:
    number, _ = await cast.ticket("user"), await cast.ticket("colleague")
    list_ = await Reading.opens(portal, "edv")
    assert await list_.news() is None
    await cast.reply("user", number, "Noch etwas dazu")
    news = await list_.news()
    assert news
    assert list(_stamps(news)) == [number]
    assert "unread" in news.id(f"ticket-{number}").get("class")
    assert await list_.news() is None


async def test_a_row_that_left_the_filter_stays_and_says_so_and_the_counts_follow(portal: Portal, cast: Cast) -> None:
    number, _ = await cast.ticket("user"), await cast.ticket("user")
    list_ = await Reading.opens(portal, "edv")
    await cast.move("edv", number, "handover")
    news = await list_.news()
    assert news
    assert "gone" in news.id(f"ticket-{number}").get("class")
    assert "nicht mehr im Filter" in words(news.id(f"ticket-{number}"))
    assert words(news.id("tickets-total")) == "Ein Ticket"
    assert [words(news.id(f"count-{status.value}")) for status in Status] == ["1", "0", "1", "0"]
    assert not words(news.id("tickets-fresh")), "nothing new is offered"


@pytest.mark.parametrize("whole", [True, False])
async def test_new_tickets_are_offered_by_their_exact_number(portal: Portal, cast: Cast, whole: bool) -> None:
    waits = await cast.ticket("user", status="user_review")
    list_ = await Reading.opens(portal, "edv")
    list_.since = str(int(list_.since) - 1)  # the page came in the same second
    await cast.ticket("stranger")
    await cast.ticket("user", status="closed")
    assert await list_.is_offered(whole) == ""
    await cast.ticket("colleague")
    assert await list_.is_offered(whole) == "Ein neues Ticket anzeigen"
    await cast.move("user", waits, "to_it")
    assert await list_.is_offered(whole) == "2 neue Tickets anzeigen"
    assert not list_.stamps, "they are offered and not put in"


async def test_what_was_beyond_the_first_page_already_is_not_new(portal: Portal, cast: Cast) -> None:
    january = datetime(2026, 1, 1, tzinfo=UTC)
    old = await cast.ticket("user", waiting_since=january, created_at=january, updated_at=january)
    list_ = await Reading.opens(portal, "edv")
    del list_.stamps[old]  # as if it stood on the second page
    await cast.reply("user", old, "Noch etwas dazu")
    assert await list_.is_offered(whole=False) == ""


async def test_a_stranger_is_told_nothing_about_a_row_that_they_name(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", subject="Nur für den Norden")
    list_ = await Reading.opens(portal, "strange_edv")
    list_.stamps = {number: "0"}
    assert await list_.news() is None
    assert (await portal.get(f"{list_.asks}&shown={number}-0")).headers["location"] == "/tickets"


async def test_the_tiles_of_the_portal_renew_their_numbers(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("edv")
    page = Page(await portal.get("/"))
    mark = json.loads(page.id("portal-fresh").get("hx-vals"))["mark"]
    assert (await portal.live(f"/?mark={mark}", target="portal-fresh")).status_code == 204
    await cast.ticket("user")
    assert words(Page(await portal.live(f"/?mark={mark}", target="portal-fresh")).id("count-tickets")) == (
        "1 wartet auf Sie"
    )
