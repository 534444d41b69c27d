"""The event stream: it says that a ticket changed, only to who sees that ticket, and ends with the session."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest

from app.database import atomic, execute, rows
from app.domain import accounts, changes
from app.domain.models import Audience, Session
from app.live import following
from app.web import events
from tests.cast import Cast, Portal

SOON = 5.0


class Reader:
    """Somebody's browser at its stream."""

    def __init__(self, own: Session) -> None:
        self.lines: AsyncIterator[bytes] = events.stream(own)

    async def hears(self) -> set[int]:
        """The numbers of the next piece that comes; none when the stream ends."""
        try:
            said = await asyncio.wait_for(anext(self.lines), SOON)
        except StopAsyncIteration:
            return set()
        return {int(number) for number in re.findall(rb"event: ticket\ndata: (\d+)\n\n", said)}

    async def ends(self) -> None:
        """Nothing more comes."""
        with pytest.raises(StopAsyncIteration):
            await asyncio.wait_for(anext(self.lines), SOON)


async def reader(cast: Cast, who: str) -> Reader:
    token = await accounts.start_session(cast.person(who), "Firefox", "192.0.2.7")
    own = await accounts.find_session(token)
    assert own is not None
    found = Reader(own)
    assert await found.hears() == set()  # how soon to come again
    return found


@pytest.fixture
async def heard(cast: Cast) -> AsyncIterator[None]:
    """On PostgreSQL the portal listens on a connection of its own."""
    async with following(cast.settings):
        for _ in range(100):
            if cast.settings.database_url == "" or await _listens():
                break
            await asyncio.sleep(0.02)
        yield


async def _listens() -> bool:
    found = await rows("SELECT COUNT(*) AS n FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
    return bool(found[0]["n"])


@pytest.mark.usefixtures("heard")
async def test_who_sees_the_ticket_is_told_its_number(cast: Cast) -> None:
    number = await cast.ticket("user")
    user, edv = await reader(cast, "user"), await reader(cast, "edv")
    await cast.reply("edv", number, "Welche Version?")
    assert await user.hears() == {number}
    assert await edv.hears() == {number}


@pytest.mark.usefixtures("heard")
async def test_a_stranger_and_the_vendor_before_the_handover_are_told_nothing(cast: Cast) -> None:
    number = await cast.ticket("user")
    stranger, staff = await reader(cast, "strange_edv"), await reader(cast, "staff")
    await cast.reply("edv", number, "Nur unter uns")
    for other in (stranger, staff):
        assert await other.hears() == set()
    await cast.move("edv", number, "handover")
    assert await staff.hears() == {number}
    assert await stranger.hears() == set()


@pytest.mark.usefixtures("heard")
async def test_an_internal_note_does_not_even_stir_the_other_side(cast: Cast) -> None:
    number = await cast.ticket("user", handed_over=True, status="vendor_review")
    other = await cast.ticket("user", handed_over=True, status="vendor_review")
    user, staff = await reader(cast, "user"), await reader(cast, "staff")
    await cast.note("admin", number, "Das ist ein Fehler in unserer Datenbank.")
    assert await staff.hears() == {number}
    await cast.reply("admin", other, "Hier weiter")
    assert await user.hears() == {other}
    assert await staff.hears() == {other}
    await cast.note("edv", number, "Wir bestehen auf der Lösung.")
    await cast.reply("user", other, "Danke")
    assert await staff.hears() == {other}


@pytest.mark.usefixtures("heard")
async def test_what_is_rolled_back_is_not_told(cast: Cast) -> None:
    number = await cast.ticket("user")
    user = await reader(cast, "user")
    with pytest.raises(ZeroDivisionError):
        await _told_and_broken_off(number)
    async with atomic():
        await changes.ticket(number + 1, Audience.EVERYONE)
    assert number not in await user.hears()


async def _told_and_broken_off(number: int) -> None:
    async with atomic():
        await changes.ticket(number)
        1 / 0  # noqa: B018


@pytest.mark.usefixtures("heard")
async def test_sign_out_and_deactivation_end_the_stream_at_once(cast: Cast) -> None:
    user, colleague = await reader(cast, "user"), await reader(cast, "colleague")
    await accounts.end_sessions(cast.user)
    await user.ends()
    await execute("UPDATE person SET active = ? WHERE id = ?", False, cast.colleague.id)
    changes.hear(f"person {cast.colleague.id}")
    await colleague.ends()


async def test_a_right_that_was_withdrawn_counts_at_once(cast: Cast) -> None:
    number = await cast.ticket("user", module=cast.members)
    rita = await reader(cast, "reader")
    await execute("UPDATE person SET sees_organisation = ? WHERE id = ?", False, cast.reader.id)
    changes.hear(f"ticket {number} everyone")
    assert await rita.hears() == set()


async def test_too_many_streams_of_one_person_end_the_oldest(cast: Cast) -> None:
    first = await reader(cast, "user")
    others = [await reader(cast, "user") for _ in range(changes.MOST_STREAMS)]
    await first.ends()
    changes.hear(f"ticket {await cast.ticket('user')} everyone")
    assert all([await other.hears() for other in others])


async def test_looking_at_a_session_does_not_keep_it_alive(cast: Cast) -> None:
    await reader(cast, "user")
    before = await Session.all().values("seen_at")
    await accounts.living((await Session.all())[0].id)
    assert await Session.all().values("seen_at") == before


async def test_an_open_page_gets_what_it_does_not_show_yet_and_nothing_twice(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    page = (await portal.get(f"/tickets/{number}")).text
    seen = dict(re.findall(r'name="(version|after)" value="([^"]*)"', page))
    address = f"/tickets/{number}/news"
    assert (await portal.live(f"{address}?version={seen['version']}&after={seen['after']}")).status_code == 204
    await cast.reply("edv", number, "Welche Version?")
    offer = await portal.live(f"{address}?offer=1&version={seen['version']}&after={seen['after']}")
    assert "Eine neue Nachricht" in offer.text
    assert "Welche Version?" not in offer.text
    fresh = await portal.live(f"{address}?version={seen['version']}&after={seen['after']}")
    assert fresh.text.count("Welche Version?") == 1
    assert "Seit heute früh" not in fresh.text
    assert (await portal.get(address)).headers["location"] == f"/tickets/{number}"
    await portal.sign_in("stranger")
    assert (await portal.live(address)).status_code == 404
