"""Whatever is asked of the list: it holds what an honest look at every ticket finds, and the index stays true."""

import random
from datetime import timedelta
from typing import Any

import pytest

from app import clock
from app.database import Row, rows
from app.domain import search, thread, tickets
from app.domain.matching import ORDERS
from app.domain.models import Audience, Category, Participant, Priority, Status, Ticket
from app.domain.policy import readable_audiences, sees_deleted, visible_tickets
from app.domain.ticket_filter import STATUS_CHOICES, URGENT, TicketFilter
from app.text import fold
from tests.cast import Cast

WORDS = ("Beitrag", "Beitragslauf", "Mahnung", "Mahnwesen", "Rechnung", "Rechnungsnummer", "Etikett", "Drucker")
PEOPLE = ("user", "colleague", "reader", "edv", "stranger", "strange_edv", "staff", "admin")
SORTS = tuple(ORDERS)


async def fill(cast: Cast, dice: random.Random, number: int) -> None:
    """Tickets of both customers in every state, some active of late, some long ago, some in the same moment."""
    now = clock.now()
    for _ in range(number):
        who = dice.choice(("user", "colleague", "edv", "stranger", "strange_edv"))
        one = await cast.ticket(
            who, subject=" ".join(dice.sample(WORDS, 2)), body=dice.choice(WORDS),
            module=dice.choice((cast.members, cast.seminars)) if who != "stranger" else cast.members,
            category=dice.choice(list(Category)),
        )  # fmt: skip
        other = "strange_edv" if who.startswith("strange") else "edv"
        if dice.random() < 0.4:
            await cast.reply(other, one, dice.choice(WORDS), audience=Audience.ORGANISATION)
        if dice.random() < 0.6:
            await cast.set(one, handed_over=True)
            await cast.note("staff", one, dice.choice(WORDS))
        if dice.random() < 0.3:
            await Participant.get_or_create(ticket_id=one, person_id=cast.person(other).id)
        high, escalated = dice.random() < 0.3, dice.random() < 0.3
        await cast.set(
            one, status=dice.choice(list(Status)), deleted=dice.random() < 0.15, escalated=escalated,
            priority=Priority.HIGH if high else Priority.NORMAL, urgency=0 if escalated else 1 if high else 2,
            responsible_id=dice.choice((cast.staff.id, cast.admin.id, None)),
            updated_at=now - timedelta(days=dice.choice((0, 1, 30, 100, 400))),
            waiting_since=now - timedelta(days=dice.choice((0, 1, 30))),
        )  # fmt: skip


def drawn(cast: Cast, dice: random.Random, who: str, numbers: list[int]) -> TicketFilter:
    """A filter that somebody could have set."""

    def perhaps(value: Any, otherwise: Any = "") -> Any:
        return value if dice.random() < 0.25 else otherwise

    person = cast.person(who)
    q = dice.choice(("", "", "beitr", "mahn", "rechnung drucker", "etikett mahnung", "e", "%", "nord", "kammer b"))
    choices = STATUS_CHOICES if sees_deleted(person) else STATUS_CHOICES[:-1]
    return TicketFilter(
        q=perhaps(str(dice.choice(numbers)), q),
        statuses=tuple(s for s in choices if dice.random() < 0.4),
        modules=perhaps((cast.members.id,), ()),
        category=perhaps(dice.choice(list(Category)).value),
        priority=perhaps(dice.choice((*(p.value for p in Priority), URGENT))),
        escalated=perhaps(True, False),
        scope=perhaps("mine"),
        organisation=perhaps(dice.choice((cast.nord.id, cast.sued.id)), None) if person.is_staff else None,
        sort=dice.choice(SORTS),
    )


async def everything(cast: Cast, who: str) -> list[Row]:
    """Every ticket that somebody sees, with the words that they may read."""
    person = cast.person(who)
    visible = visible_tickets(person)
    found = await rows(
        "SELECT t.*, mo.name || ' ' || o.name || ' ' || r.first_name || ' ' || r.last_name AS names FROM ticket t "
        "JOIN module mo ON mo.id = t.module_id JOIN organisation o ON o.id = t.organisation_id "
        f"JOIN person r ON r.id = t.reporter_id WHERE {visible.sql}", *visible.values,
    )  # fmt: skip
    for row in found:
        said = await thread.messages(person, row["number"])
        assert {message["audience"] for message in said} <= set(readable_audiences(person))
        texts = " ".join(f"{message['author']} {message['body']}" for message in said)
        row["words"] = fold(f"{row['number']} {row['subject']} {row['names']} {texts}").split()
    return found


def meets(filter: TicketFilter, row: Row, person: Any, *, status: bool = True) -> bool:
    """The filter, asked of one ticket in plain words."""
    words = fold(filter.q).split()
    mine = row["responsible_id"] if person.is_staff else row["reporter_id"]
    deleted = row["deleted_at"] is not None
    return all((
        not status or (not filter.statuses and not deleted)
        or ("deleted" if deleted else row["status"]) in filter.statuses,
        not filter.modules or row["module_id"] in filter.modules,
        filter.category in ("", row["category"]),
        row["urgency"] < 2 if filter.priority == URGENT else filter.priority in ("", row["priority"]),
        not filter.escalated or row["escalated_at"] is not None,
        filter.organisation in (None, row["organisation_id"]),
        not filter.scope or mine == person.id,
        not filter.q or (bool(words) and all(any(has.startswith(word) for has in row["words"]) for word in words)),
    ))  # fmt: skip


def in_order(filter: TicketFilter, found: list[Row]) -> list[int]:
    """The numbers as the list has them."""
    by, back = filter.sort.removeprefix("-"), filter.sort.startswith("-")
    if by in ("priority", "urgent"):
        found.sort(key=lambda row: (row["waiting_since"], row["number"]))
        key = "urgency" if by == "urgent" else "priority"
        found.sort(key=lambda row: row[key], reverse=key == "priority" and not back)
    else:
        column = {"number": "number", "updated": "updated_at", "waiting": "waiting_since"}[by]
        found.sort(key=lambda row: (row[column], row["number"]), reverse=back)
    found.sort(key=lambda row: str(row["number"]) != filter.q)
    return [row["number"] for row in found]


@pytest.mark.parametrize("seed", [1, 2])
async def test_list_counts_and_open_pages_hold_what_a_look_at_every_ticket_finds(cast: Cast, seed: int) -> None:
    dice = random.Random(seed)
    await fill(cast, dice, 24)
    every = {who: await everything(cast, who) for who in PEOPLE}
    numbers = sorted({row["number"] for seen in every.values() for row in seen})
    for _ in range(70):
        who = dice.choice(PEOPLE)
        person, seen, filter = cast.person(who), every[who], drawn(cast, dice, who, numbers)
        named = [row for row in seen if str(row["number"]) == filter.q and row["deleted_at"] is None]
        fitting = [row for row in seen if meets(filter, row, person) or row in named]
        expected = in_order(filter, fitting)
        limit = dice.choice((2, 4, 50))
        for page in (1, 2):
            found = await search.find(TicketFilter(**{**vars(filter), "page": page}), person, limit)
            start = (page - 1) * limit
            assert [row["number"] for row in found] == expected[start : start + limit + 1], (who, filter, page)
        counts = await search.count(filter, person)
        of = {s: [r for r in seen if ("deleted" if r["deleted_at"] else r["status"]) == s] for s in counts}
        assert counts == {s: sum(meets(filter, r, person, status=False) for r in of[s]) for s in counts}, (who, filter)
        shown = dice.sample(numbers, 5)
        again = {row["number"]: row["fits"] for row in await search.again(filter, person, shown)}
        assert again == {r["number"]: int(r in fitting) for r in seen if r["number"] in shown}, (who, filter)
        more = len([row for row in fitting if row["number"] not in shown])
        assert await search.missing(filter, person, shown, None) == more, (who, filter)


async def test_what_is_many_is_counted_no_further_than_the_screen_says(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "COUNT_CAP", 2)
    monkeypatch.setattr(search, "MOST_TOGETHER", 3)
    for status in (*[Status.CLOSED] * 3, *[Status.IT_REVIEW] * 2, *[Status.USER_REVIEW] * 2):
        await cast.ticket("user", body="Zwetschge", status=status)
    for q in ("", "zwet", "zwetschge ute"):
        for who in ("user", "edv"):
            counts = await search.count(TicketFilter(q=q), cast.person(who))
            assert (counts["closed"], counts["it_review"], counts["user_review"]) == (3, 2, 2), (q, who)
        assert await search.missing(TicketFilter(q=q), cast.user, [], None) == 3


@pytest.mark.parametrize(("audience", "who", "knows"), [
    (Audience.VENDOR, "staff", ("staff", "admin")), (Audience.ORGANISATION, "edv", ("user", "reader", "edv")),
])  # fmt: skip
async def test_a_note_is_found_and_counted_by_who_may_read_it(
    cast: Cast, audience: Audience, who: str, knows: tuple[str, ...]
) -> None:
    number = await cast.ticket("user", body="Offen gesagt", handed_over=True)
    await cast.reply(who, number, "Zwetschgenkuchen", audience=audience)
    for asks in PEOPLE:
        for q in ("zwetschgenkuchen", "z", "zwetsch offen"):
            filter = TicketFilter(q=q)
            found = [row["number"] for row in await search.find(filter, cast.person(asks))]
            assert found == ([number] if asks in knows else []), (asks, q)
            assert sum((await search.count(filter, cast.person(asks))).values()) == len(found), (asks, q)


# --- the index of SQLite knows a ticket's facts ---


async def untrue() -> list[Row]:
    """The documents that do not say what a rebuild would say."""
    return await rows(
        "SELECT f.number, f.facts, s.facts AS known FROM ticket_facts f "
        "LEFT JOIN ticket_search s ON s.rowid = f.number WHERE s.facts IS NOT f.facts"
    )


@pytest.mark.sqlite_only
async def test_through_its_whole_life_a_document_knows_its_ticket(cast: Cast) -> None:
    number = await cast.ticket("user", module=cast.members)

    async def after(what: str) -> None:
        assert await untrue() == [], what

    await after("created")
    for who, name, body in (
        ("edv", "to_user", "Bitte prüfen"), ("user", "to_it", ""), ("edv", "handover", "Gern"),
        ("user", "escalate", "Es eilt"), ("staff", "calm", "Wir sind dran"), ("staff", "to_user", "Geht es?"),
        ("user", "close", ""), ("user", "reopen", ""), ("edv", "delete", ""), ("edv", "restore", ""),
    ):  # fmt: skip
        row = await cast.see(who, number)
        if body:
            await cast.reply(who, number, body, move=name)
        else:
            await tickets.move(cast.person(who), row, name, row["version"])
        await after(name)
    row = await cast.see("staff", number)
    await tickets.assign(cast.staff, row, cast.admin.id, row["version"])
    await after("assigned")
    for column, value in (
        ("module_id", cast.seminars.id), ("organisation_id", cast.sued.id), ("reporter_id", cast.colleague.id),
        ("priority", "high"), ("category", "task"), ("urgency", 1), ("updated_at", clock.now() + timedelta(days=60)),
    ):  # fmt: skip
        await Ticket.filter(number=number).update(**{column: value})
        await after(column)
    before = (await rows("SELECT facts FROM ticket_facts"))[0]["facts"]
    await Participant.create(ticket_id=number, person_id=cast.deputy.id)
    await after("joined")
    assert (await rows("SELECT facts FROM ticket_facts"))[0]["facts"] != before
    await Participant.filter(ticket_id=number, person_id=cast.deputy.id).delete()
    await after("left")


@pytest.mark.sqlite_only
async def test_no_question_about_words_or_the_list_reads_a_table_through(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite's plans name what is read through `SCAN`; one of an index, the full text's too, is none."""
    await cast.ticket("user", handed_over=True)
    asked: list[tuple[str, tuple[Any, ...]]] = []

    async def noted(sql: str, *values: Any) -> list[Row]:
        asked.append((sql, values))
        return await rows(sql, *values)

    monkeypatch.setattr(search, "rows", noted)
    filters: list[dict[str, Any]] = [
        {}, {"q": "beitrag"}, {"statuses": ("vendor_review",)}, {"statuses": ("closed", "deleted")},
        {"category": "task"},
    ]  # fmt: skip
    for who in ("user", "edv", "staff"):
        for sort in SORTS:
            for more in filters:
                filter = TicketFilter(sort=sort, **more)
                await search.find(filter, cast.person(who))
                await search.count(filter, cast.person(who))
                await search.missing(filter, cast.person(who), [1001], clock.now())
                await search.again(filter, cast.person(who), [1001, 1002])
        await search.similar("Beitragslauf bricht ab", cast.person(who))
        await search.waiting(cast.person(who))
    plans = {line["detail"] for sql, values in asked for line in await rows(f"EXPLAIN QUERY PLAN {sql}", *values)}
    assert any("VIRTUAL TABLE INDEX" in plan for plan in plans)
    tables = ("t", "m", "l", "pa", "ticket", "message", "participant", "s")
    read = [plan.split() for plan in plans if plan.startswith("SCAN ")]
    assert [plan for plan in read if plan[1] in tables and "INDEX" not in plan] == []
