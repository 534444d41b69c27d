"""The event stream: it says that a ticket changed, only to who sees that ticket, and ends with the session."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from app import live
from app.database import atomic, dialect, execute, rows
from app.domain import accounts, changes
from app.domain.changes import REQUESTS
from app.domain.models import Session
from app.live import following, tell
from app.web import events
from tests.cast import Cast, Portal

SOON = 5.0


class Reader:
    """Somebody's browser at its stream."""

    def __init__(self, own: Session) -> None:
        self.own = own
        self.lines: AsyncIterator[bytes] = events.stream(own)

    async def hears(self) -> set[int]:
        """The numbers of the next piece that comes; none when the stream ends."""
        try:
            said = await asyncio.wait_for(anext(self.lines), SOON)
        except StopAsyncIteration:
            return set()
        numbers = re.sub(rb"event: requests\ndata: changed", b"event: ticket\ndata: %d" % REQUESTS, said)
        return {int(number) for number in re.findall(rb"event: ticket\ndata: (\d+)\n\n", numbers)}

    async def hears_nothing(self) -> None:
        """What happened so far is nothing to them: the next that comes is a sign of life."""
        for _ in range(2):  # the first of them checks what the streams heard
            await tell(changes.listeners())
        assert await self.hears() == set()

    async def ends(self) -> None:
        """Nothing more comes."""
        with pytest.raises(StopAsyncIteration):
            await asyncio.wait_for(anext(self.lines), SOON)


async def reader(cast: Cast, who: str) -> Reader:
    token = await accounts.start_session(cast.person(who), "Firefox", "192.0.2.7")
    own = await accounts.find_session(token)
    assert own is not None
    await _what_was_told_has_arrived()
    found = Reader(own)
    assert await found.hears() == set()  # how soon to come again
    return found


async def _what_was_told_has_arrived() -> None:
    # PostgreSQL tells in the order of the commits, and a moment later.
    if dialect() == "sqlite" or not await rows("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"):
        return
    arrived = asyncio.Event()
    with pytest.MonkeyPatch.context() as patch:
        hear = changes.hear
        patch.setattr(changes, "hear", lambda what: arrived.set() if what == "mark" else hear(what))
        await execute("SELECT pg_notify(?, 'mark')", changes.CHANNEL)
        await asyncio.wait_for(arrived.wait(), SOON)


@pytest.fixture
async def heard(cast: Cast) -> AsyncIterator[None]:
    """On PostgreSQL the portal listens on a connection of its own."""
    async with following(cast.settings):
        if dialect() == "postgres":
            await _until_it_listens()
        yield


async def _until_it_listens() -> None:
    for _ in range(100):
        if await rows("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("nobody listens")


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
    user, stranger, staff = [await reader(cast, who) for who in ("user", "strange_edv", "staff")]
    await cast.reply("edv", number, "Nur unter uns")
    assert await user.hears() == {number}
    await stranger.hears_nothing()
    await staff.hears_nothing()
    await cast.move("edv", number, "handover")
    assert await staff.hears() == {number}
    await stranger.hears_nothing()


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
    number, other = await cast.ticket("user"), await cast.ticket("user")
    user = await reader(cast, "user")
    with pytest.raises(ZeroDivisionError):
        await _told_and_broken_off(number)
    async with atomic():
        await changes.ticket(other)
    assert await user.hears() == {other}


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
    changes.hear(f"person {cast.colleague.id} 0")
    await colleague.ends()


@pytest.mark.usefixtures("heard")
async def test_sign_out_of_one_browser_ends_its_stream_alone(cast: Cast) -> None:
    number = await cast.ticket("user")
    here, there, elsewhere = [await reader(cast, "user") for _ in range(3)]
    await accounts.end_session(here.own)
    await here.ends()
    await accounts.end_device(cast.user, there.own.id)
    await there.ends()
    await cast.reply("edv", number)
    assert await elsewhere.hears() == {number}
    another = await reader(cast, "user")
    await accounts.end_others(elsewhere.own)
    await another.ends()


@pytest.mark.usefixtures("heard")
async def test_the_vendor_alone_hears_of_access_requests(cast: Cast) -> None:
    staff, edv = await reader(cast, "staff"), await reader(cast, "edv")
    await changes.access_requests()
    assert await staff.hears() == {REQUESTS}
    await edv.hears_nothing()


@pytest.mark.usefixtures("heard")
async def test_a_line_to_the_database_that_was_cut_sends_the_browsers_to_ask_anew(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    if dialect() == "sqlite":
        pytest.skip("one process has no such line")
    monkeypatch.setattr(live, "PAUSE", 0.01)
    number, user = await cast.ticket("user"), await reader(cast, "user")
    await rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
    await user.ends()
    await _until_it_listens()
    user = await reader(cast, "user")
    await cast.reply("edv", number)
    assert await user.hears() == {number}


@pytest.mark.usefixtures("heard")
async def test_a_right_that_was_withdrawn_counts_at_once(cast: Cast) -> None:
    number = await cast.ticket("user", module=cast.members)
    rita = await reader(cast, "reader")
    await execute("UPDATE person SET sees_organisation = ? WHERE id = ?", False, cast.reader.id)
    changes.hear(f"ticket {number} everyone")
    await rita.hears_nothing()


@pytest.mark.usefixtures("heard")
async def test_too_many_streams_of_one_person_end_the_oldest(cast: Cast) -> None:
    first = await reader(cast, "user")
    others = [await reader(cast, "user") for _ in range(changes.MOST_STREAMS)]
    await first.ends()
    changes.hear(f"ticket {await cast.ticket('user')} everyone")
    assert all([await other.hears() for other in others])


async def test_a_session_that_ended_unheard_is_found_by_the_next_round(cast: Cast) -> None:
    number = await cast.ticket("user")
    idle, told = await reader(cast, "user"), await reader(cast, "user")
    await Session.filter(id=idle.own.id).update(seen_at=datetime(2026, 1, 1, tzinfo=UTC))
    changes.hear(f"ticket {number} everyone")
    await tell(changes.listeners())
    await idle.ends()
    assert await told.hears() == {number}


async def test_looking_at_a_session_does_not_keep_it_alive(cast: Cast) -> None:
    await reader(cast, "user")
    before = await Session.all().values("seen_at")
    await accounts.living({(await Session.all())[0].id})
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
