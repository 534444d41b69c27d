"""A ticket with very many messages: a page shows the newest ones, the others are a link away, and none is lost."""

import re

import pytest

from app.domain import thread
from app.domain.models import Audience
from app.web import thread_view
from tests.cast import Cast, Portal
from tests.web.reading import look


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three messages fill a page."""
    monkeypatch.setattr(thread_view, "MOST_MESSAGES", 3)


async def long_one(cast: Cast) -> int:
    """A ticket with its description and seven messages, one of them internal, and a move in the midst."""
    number = await cast.ticket("user", body="Satz 0.", handed_over=True, status="vendor_review")
    for n in range(1, 8):
        audience = Audience.ORGANISATION if n == 4 else Audience.EVERYONE
        await cast.reply("edv" if n == 4 else "user", number, f"Satz {n}.", audience=audience)
        if n == 2:
            await cast.move("edv", number, "close")
            await cast.move("edv", number, "reopen")
    return number


async def test_the_page_shows_the_newest_and_leads_to_each_earlier_one_once(portal: Portal, cast: Cast) -> None:
    number = await long_one(cast)
    await portal.sign_in("user")
    address, pages = f"/tickets/{number}", []
    while address:
        shown = (await look(portal, address)).root.text_content()
        pages.append(sorted(set(re.findall(r"Satz \d", shown))))
        found = re.findall(rf'href="(/tickets/{number}/earlier[^"]+)"', (await portal.get(address)).text)
        address = found[0] if found else ""
    assert pages == [["Satz 5", "Satz 6", "Satz 7"], ["Satz 2", "Satz 3", "Satz 4"], ["Satz 0", "Satz 1"]]


async def test_the_journal_stands_with_the_messages_of_its_time(portal: Portal, cast: Cast) -> None:
    number = await long_one(cast)
    await portal.sign_in("edv")
    first = await thread.messages(cast.edv, number)
    newest, middle = portal.get(f"/tickets/{number}"), portal.get(f"/tickets/{number}/earlier?before={first[5]['id']}")
    assert "wieder geöffnet" not in (await newest).text.partition('id="correspondence"')[2]
    assert "wieder geöffnet" in (await middle).text


async def test_a_fragment_takes_the_place_of_the_link(portal: Portal, cast: Cast) -> None:
    number = await long_one(cast)
    await portal.sign_in("user")
    before = (await thread.messages(cast.user, number))[-3]["id"]
    answer = await portal.live(f"/tickets/{number}/earlier?before={before}")
    assert answer.text.count("<article") == 3
    assert "<html" not in answer.text


async def test_what_is_internal_stays_so_and_a_stranger_finds_nothing(portal: Portal, cast: Cast) -> None:
    number = await long_one(cast)
    await portal.sign_in("staff")
    assert "Satz 4" not in (await portal.get(f"/tickets/{number}/earlier")).text
    assert "Satz 4" not in (await portal.get(f"/tickets/{number}/earlier?before=99999999999999")).text
    await portal.sign_in("stranger")
    assert (await portal.get(f"/tickets/{number}/earlier")).status_code == 404
