"""The list: filters, counts beside them, order, pages, unread marks, similar tickets and what waits."""

from datetime import UTC, datetime, timedelta

import pytest

from app import clock
from app.domain import priority, search, tickets
from app.domain.models import Category, PersonModule, Priority, Status
from app.domain.ticket_filter import SORTS, TicketFilter
from tests.cast import Cast

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


async def listed(cast: Cast, who: str, limit: int = search.PAGE, **filter: object) -> list[int]:
    found = await search.find(TicketFilter(**filter), cast.person(who), limit)  # type: ignore[arg-type]
    return [row["number"] for row in found]


@pytest.fixture
async def several(cast: Cast) -> list[int]:
    """Six tickets of the User, an hour apart, each different."""
    states: list[dict[str, object]] = [
        {"status": Status.USER_REVIEW, "priority": Priority.HIGH},
        {"status": Status.IT_REVIEW, "category": Category.INCIDENT},
        {"status": Status.VENDOR_REVIEW, "handed_over": True, "escalated": True},
        {"status": Status.CLOSED, "module": cast.seminars},
        {"deleted": True, "category": Category.TASK},
        {"status": Status.USER_REVIEW},
    ]
    made = []
    for hour, state in enumerate(states):
        with clock.at(START + timedelta(hours=hour)):
            made.append(await cast.ticket("user", **state))  # type: ignore[arg-type]
    return made


async def test_each_filter_leaves_what_it_says(cast: Cast, several: list[int]) -> None:
    one, two, three, four, five, six = several
    assert await listed(cast, "user") == [six, four, three, two, one]
    assert await listed(cast, "user", statuses=("user_review",)) == [six, one]
    assert await listed(cast, "user", statuses=("user_review", "closed")) == [six, four, one]
    assert await listed(cast, "edv", statuses=("deleted",)) == [five]
    assert await listed(cast, "edv", statuses=("deleted", "closed")) == [five, four]
    assert await listed(cast, "user", category="incident") == [two]
    assert await listed(cast, "user", priority="high") == [one]
    assert await listed(cast, "user", escalated=True) == [three]
    assert await listed(cast, "user", modules=(cast.seminars.id,)) == [four]
    assert await listed(cast, "user", modules=(cast.seminars.id, cast.members.id)) == [six, four, three, two, one]
    assert await listed(cast, "user", modules=(999,)) == []
    assert await listed(cast, "staff", organisation=cast.nord.id) == [three]
    assert await listed(cast, "staff", organisation=cast.sued.id) == []


async def test_mine_are_those_one_reported_and_for_staff_those_one_cares_for(cast: Cast, several: list[int]) -> None:
    own = await cast.ticket("edv")
    assert await listed(cast, "edv", scope="mine") == [own]
    assert await listed(cast, "staff", scope="mine") == [several[2]]
    assert await listed(cast, "admin", scope="mine") == []


@pytest.mark.parametrize(("sort", "order"), [
    ("number", [0, 1, 2, 3, 5]), ("-number", [5, 3, 2, 1, 0]), ("updated", [0, 1, 2, 3, 5]),
    ("-updated", [5, 3, 2, 1, 0]), ("waiting", [0, 1, 2, 3, 5]), ("-waiting", [5, 3, 2, 1, 0]),
])  # fmt: skip
async def test_every_order(cast: Cast, several: list[int], sort: str, order: list[int]) -> None:
    assert await listed(cast, "user", sort=sort) == [several[i] for i in order]


async def test_high_priority_sorts_above_normal(cast: Cast, several: list[int]) -> None:
    one, two, three, four, _, six = several
    assert await listed(cast, "user", sort="-priority") == [one, two, three, four, six]
    assert await listed(cast, "user", sort="priority") == [two, three, four, six, one]


async def test_who_sorts_by_waiting_sees_who_waits_longest_and_nothing_that_is_closed_first(
    cast: Cast, several: list[int]
) -> None:
    open_only = ("it_review", "user_review", "vendor_review")
    assert (await listed(cast, "user", sort="waiting", statuses=open_only))[0] == several[0]


async def test_counts_follow_the_other_filters_but_not_the_status(cast: Cast, several: list[int]) -> None:
    everything = {"it_review": 1, "user_review": 2, "vendor_review": 1, "closed": 1}
    for statuses in ((), ("closed",), ("user_review",)):
        assert await search.count(TicketFilter(statuses=statuses), cast.user) == everything
    assert await search.count(TicketFilter(), cast.edv) == {**everything, "deleted": 1}
    assert await search.count(TicketFilter(priority="high"), cast.user) == {
        "it_review": 0, "user_review": 1, "vendor_review": 0, "closed": 0,
    }  # fmt: skip
    assert (await search.count(TicketFilter(category="task"), cast.edv))["deleted"] == 1
    assert set((await search.count(TicketFilter(q="gibtesnicht"), cast.edv)).values()) == {0}


async def test_counts_stop_at_the_cap(cast: Cast, several: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "COUNT_CAP", 1)
    assert await search.count(TicketFilter(), cast.user) == {
        "it_review": 1, "user_review": 2, "vendor_review": 1, "closed": 1,
    }  # fmt: skip
    for _ in range(3):
        await cast.ticket("user", status=Status.USER_REVIEW)
    assert (await search.count(TicketFilter(), cast.user))["user_review"] == 2
    assert await search.waiting(cast.user) == 2


async def test_pages_hold_everything_once_and_say_when_there_is_more(cast: Cast) -> None:
    numbers = [await cast.ticket("user") for _ in range(7)]
    pages = [await listed(cast, "user", limit=3, page=page) for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [4, 4, 1, 0], "one row more than a page says that there is a next one"
    assert [n for page in pages for n in page[:3]] == numbers[::-1]


async def test_equal_times_still_have_one_order(cast: Cast) -> None:
    with clock.at(START):
        numbers = [await cast.ticket("user") for _ in range(6)]
    for sort in SORTS:
        pages = [await listed(cast, "user", limit=2, page=page, sort=sort) for page in (1, 2, 3)]
        assert sorted(n for page in pages for n in page[:2]) == numbers, sort


async def test_a_row_says_everything_that_the_list_shows(cast: Cast) -> None:
    with clock.at(START):
        number = await cast.ticket("user", priority=Priority.HIGH, files=[await cast.file()])
    with clock.at(START + timedelta(minutes=5)):
        await cast.reply("edv", number, "Ich sehe nach")
    (row,) = await search.find(TicketFilter(), cast.user)
    assert {name: row[name] for name in (
        "number", "subject", "module", "category", "priority", "status", "reporter", "organisation", "responsible",
        "last_author", "last_at", "waiting_since", "updated_at", "escalated_at", "deleted_at", "files", "unread",
    )} == {
        "number": number, "subject": "Beitragslauf bricht ab", "module": "Mitglieder", "category": "request",
        "priority": "high", "status": "it_review", "reporter": "Ute Petersen", "organisation": "Verband Nord",
        "responsible": "Stefan Kramer", "last_author": "Erik Holm", "last_at": START + timedelta(minutes=5),
        "waiting_since": START, "updated_at": START + timedelta(minutes=5), "escalated_at": None, "deleted_at": None,
        "files": 1, "unread": 1,
    }  # fmt: skip


async def test_unread_is_what_others_wrote_since_one_looked(cast: Cast) -> None:
    async def unread(who: str) -> bool:
        return bool((await search.find(TicketFilter(), cast.person(who)))[0]["unread"])

    number = await cast.ticket("user")
    assert not await unread("user")
    assert await unread("edv")
    await tickets.mark_read(cast.edv, number)
    assert not await unread("edv")
    await cast.reply("edv", number, "Wird gemacht")
    assert (await unread("user"), await unread("edv")) == (True, False)
    await cast.reply("user", number, "Danke")
    assert (await unread("user"), await unread("edv")) == (False, True)


async def test_what_waits_for_each_role(cast: Cast, several: list[int]) -> None:
    await cast.ticket("edv")
    await cast.ticket("edv", status=Status.USER_REVIEW)
    await cast.ticket("stranger", handed_over=True, status=Status.VENDOR_REVIEW)
    counts = {who: await search.waiting(cast.person(who)) for who in cast.people}
    assert counts == {
        "user": 2, "colleague": 0, "reader": 0, "deputy": 0, "edv": 2, "stranger": 0, "strange_edv": 0, "staff": 2,
        "admin": 2,
    }  # fmt: skip


async def test_similar_are_open_visible_tickets_that_share_telling_words(cast: Cast) -> None:
    first = await cast.ticket("user", subject="Beitragslauf bricht mit Fehler ab")
    second = await cast.ticket("edv", subject="Beitragslauf März: Fehler 4711")
    await cast.ticket("user", subject="Etiketten werden schief gedruckt", body="Toner?")
    await cast.ticket("user", subject="Beitragslauf Fehler alt", status=Status.CLOSED)
    foreign = await cast.ticket("stranger", subject="Beitragslauf Fehler im Süden")
    subject = "Fehler im Beitragslauf"
    assert [row["number"] for row in await search.similar(subject, cast.edv)] == [second, first]
    assert [row["number"] for row in await search.similar(subject, cast.user)] == [first]
    assert [row["number"] for row in await search.similar(subject, cast.stranger)] == [foreign]
    assert await search.similar(subject, cast.colleague) == []
    for nothing in ("", "   ", "im ab an", "Beitragslauf Zahnarzttermin", "%%%", '"'):
        assert await search.similar(nothing, cast.edv) == [], nothing
    assert len(await search.similar("Beitragslauf " * 30, cast.edv)) == 2


async def test_at_most_five_similar_tickets_are_offered(cast: Cast) -> None:
    for _ in range(7):
        await cast.ticket("user", subject="Beitragslauf bricht ab")
    assert len(await search.similar("Beitragslauf bricht", cast.user)) == 5


async def test_the_filter_offers_ones_own_modules_and_staff_all_customers(cast: Cast) -> None:
    def names(found: list[search.Row], kind: str) -> list[str]:
        return [row["name"] for row in found if row["kind"] == kind]

    edv, staff = await search.choices(cast.edv), await search.choices(cast.staff)
    assert (names(edv, "module"), names(edv, "organisation")) == (["Mitglieder", "Seminare"], [])
    assert names(staff, "module") == ["Mitglieder", "Seminare", "Finanzen"]
    assert names(staff, "organisation") == ["Kammer Süd", "Verband Nord"]
    await PersonModule.filter(person_id=cast.edv.id, module_id=cast.members.id).delete()
    assert names(await search.choices(cast.edv), "module") == ["Seminare"]


async def test_the_kind_hint_counts_ones_own_open_tickets(cast: Cast) -> None:
    assert (await priority.own(cast.user)).urgent == 0
    for state in (
        {"priority": Priority.HIGH}, {"escalated": True}, {"priority": Priority.HIGH, "escalated": True}, {},
        {"priority": Priority.HIGH, "status": Status.CLOSED}, {"priority": Priority.HIGH, "deleted": True},
    ):  # fmt: skip
        await cast.ticket("user", **state)  # type: ignore[arg-type]
    await cast.ticket("edv", priority=Priority.HIGH)
    found = await priority.own(cast.user)
    assert (found.open, found.urgent, found.share) == (4, 3, 0.75)
