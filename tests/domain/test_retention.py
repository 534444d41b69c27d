"""How long tickets are kept: nothing goes unless told to, nothing open ever, and what goes leaves nothing behind."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tortoise import Tortoise

from app import clock
from app.config import Settings
from app.database import own_connection, rows
from app.domain import drafts, journal, retention, search, storage_local, thread
from app.domain.models import AuditEntry, Letter, Organisation, Status, Ticket
from app.domain.refusals import Conflict, NotAllowed, Refused
from app.domain.retention import Rules
from app.domain.ticket_filter import TicketFilter
from app.worker import Rhythm, _Loops
from tests.cast import PDF, PNG, Cast
from tests.conftest import DATABASE

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
BOTH = Rules(closed=6, deleted=1)


async def rule(cast: Cast, rules: Rules) -> None:
    """Set Nord's rules as an admin does on the page."""
    (row,) = [one for one in await retention.rules_of(cast.admin) if one["id"] == cast.nord.id]
    await retention.change(cast.admin, cast.nord.id, row["stamp"], rules)


async def ticket(cast: Cast, days: float, who: str = "user", **state: Any) -> int:
    """A closed ticket that nobody has touched for so many days; `deleted` was deleted then."""
    number = await cast.ticket(who)
    at = NOW - timedelta(days=days)
    if state.pop("deleted", False):
        state["deleted_at"] = at
    await cast.set(number, **{"status": Status.CLOSED, "closed_at": at, "updated_at": at} | state)
    return number


async def swept(cast: Cast, moment: datetime = NOW) -> None:
    """The night of that day."""
    with clock.at(moment):
        await retention.sweep(cast.storage)


async def left() -> dict[int, bool]:
    """Every ticket, and whether it is marked as deleted."""
    return {row["number"]: row["deleted_at"] is not None for row in await rows("SELECT * FROM ticket")}


def files(cast: Cast) -> list[Path]:
    """What lies in the storage."""
    return sorted(path for path in cast.storage.place.directory.rglob("*") if path.is_file())


async def test_without_a_rule_nothing_ever_goes(cast: Cast) -> None:
    old = [await ticket(cast, 5000), await ticket(cast, 5000, deleted=True), await ticket(cast, 5000, "stranger")]
    await swept(cast)
    assert await left() == {old[0]: False, old[1]: True, old[2]: False}
    await rule(cast, BOTH)
    await swept(cast)
    assert await left() == {old[0]: True, old[2]: False}, "another organisation's is not touched"


async def test_time_runs_from_the_last_change_and_open_tickets_have_none(cast: Cast) -> None:
    open_ones = [await ticket(cast, 5000, status=status) for status in (Status.IT_REVIEW, Status.VENDOR_REVIEW)]
    touched = await ticket(cast, 5000, updated_at=NOW - timedelta(days=10))
    young, old = await ticket(cast, 180), await ticket(cast, 185)
    fresh, gone = await ticket(cast, 20, deleted=True), await ticket(cast, 32, deleted=True)
    impossible = await ticket(cast, 5000, deleted=True)
    await Ticket.filter(number=impossible).update(status=Status.USER_REVIEW)
    await rule(cast, BOTH)
    with clock.at(NOW):
        due = await retention.due(cast.admin, cast.nord.id, BOTH)
        assert due == {"closed": [], "deleted": []}, "what the vendor was never handed is not named to it"
        await Ticket.filter(number__in=[old, gone]).update(handed_over_at=NOW)
        assert await retention.due(cast.admin, cast.nord.id, BOTH) == {"closed": [old], "deleted": [gone]}
    await swept(cast)
    assert await left() == {
        **dict.fromkeys((*open_ones, touched, young), False), **dict.fromkeys((old, fresh, impossible), True),
    }  # fmt: skip
    assert (await thread.events(cast.edv, old))[-1]["kind"] == "expired"
    await cast.move("edv", old, "restore")
    await swept(cast, NOW + timedelta(days=40))
    assert (await left())[old] is False, "brought back, its time begins anew"


async def test_what_is_removed_leaves_nothing_but_a_line_in_the_log(cast: Cast) -> None:
    shared, own = await cast.file("gemeinsam.png"), await cast.file("Kündigung.pdf", PDF)
    kept = await cast.ticket("user", subject="Bleibt", files=[shared])
    number = await cast.ticket("user", subject="Verschwindet", files=[shared, own], handed_over=True)
    await cast.reply("edv", number, "Wird geprüft")
    await cast.note("edv", number, "Unter uns")
    await journal.audit(cast.staff, "attachment_opened", f"#{number} Kündigung (neu).pdf (3)")
    await journal.audit(cast.staff, "attachment_opened", f"#{kept} gemeinsam.png (1)")
    await drafts.save(cast.user, drafts.of_ticket(number), drafts.Page("k" * 20, 1), {"body": "Noch etwas"})
    assert await Letter.all().count()
    await cast.set(number, status=Status.CLOSED, deleted_at=NOW - timedelta(days=400))
    await rule(cast, Rules(deleted=12))
    await swept(cast, datetime.now(UTC) + timedelta(days=40))
    assert list(await left()) == [kept]
    assert await rows("SELECT COUNT(*) AS n FROM ticket_search") == [{"n": 1}]
    tables = [model._meta.db_table for model in Tortoise.apps["domain"].values()]
    for table in tables:
        found = await rows(f"SELECT * FROM {table}")
        assert not [row for row in found if number in (row.get("ticket_id"), row.get("number"))], table
        assert table == "audit_entry" or f"{number}" not in str([row.get("context") for row in found]), table
        assert "Noch etwas" not in str(found)
    opened = await AuditEntry.filter(kind="attachment_opened").order_by("id").values_list("subject", flat=True)
    assert list(opened) == [
        f"#{number} (3)", f"#{kept} gemeinsam.png (1)",
    ]  # fmt: skip
    log = await AuditEntry.filter(kind="tickets_removed").get()
    assert (log.actor_id, log.subject) == (None, f"Verband Nord, seit 12 Monaten gelöscht: #{number}")  # type: ignore[attr-defined]
    assert [row["id"] for row in await retention.went(cast.admin)] == [log.id]
    there = cast.storage.place.path
    assert files(cast) == sorted([there(shared.sha256), there(shared.sha256 + ".webp")])
    person = await cast.again("edv")
    assert await search.find(TicketFilter(q="verschwindet"), person) == []
    assert await cast.ticket("user") == number + 1, "a number is never given again"


async def test_many_go_in_small_transactions_and_it_can_stop_between(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    numbers = [await ticket(cast, 400, deleted=True) for _ in range(5)]
    await rule(cast, Rules(deleted=1))
    asked = iter([False, True, True])
    with clock.at(NOW):
        await retention.sweep(cast.storage, lambda: next(asked))
    assert sorted(await left()) == numbers[2:]
    await swept(cast)
    assert await left() == {}
    assert [entry.subject.count("#") for entry in await AuditEntry.filter(kind="tickets_removed")] == [2, 2, 1]


async def test_one_brought_back_in_this_moment_stays(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    number = await ticket(cast, 400, deleted=True)
    await rule(cast, Rules(deleted=1))
    right: Callable[..., Any] = retention._traces

    async def meanwhile(numbers: Any) -> Any:
        if numbers and (await left()).get(number):
            await cast.move("edv", number, "restore")
        return await right(numbers)

    monkeypatch.setattr(retention, "_traces", meanwhile)
    await swept(cast)
    assert await left() == {number: False}


async def test_files_that_a_kill_left_behind_are_swept_and_fresh_ones_are_not(cast: Cast) -> None:
    stored = await cast.file("verwaist.png")
    half = cast.storage.place.path(stored.sha256).with_name("tmpabc")
    half.write_bytes(b"half")
    aside = cast.storage.place.path(stored.sha256).with_name("0" * 64 + ".gone")
    aside.write_bytes(b"gone")
    lost = cast.storage.place.path("0" * 64 + ".webp").with_name(f"{'0' * 64}.webp")
    lost.parent.mkdir(exist_ok=True)
    lost.write_bytes(b"preview")
    named = await cast.file("gebraucht.pdf", PDF)
    await cast.ticket("user", files=[named])
    before = files(cast)
    assert await cast.storage.sweep(lambda: False) == 0
    assert files(cast) == before, "whoever is sending just now finds them"
    assert await cast.storage.discard([stored.sha256]) == 0
    with clock.at(clock.now() + timedelta(days=2)):
        assert await cast.storage.sweep(lambda: True) == 0
        assert await cast.storage.sweep(lambda: False) == 1
    assert files(cast) == [cast.storage.place.path(named.sha256)]


async def test_where_most_files_are_nobodys_it_is_the_wrong_database_and_nothing_is_swept(
    cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    await cast.ticket("user", files=[await cast.file("gebraucht.pdf", PDF)])
    for n in range(2):
        await cast.file(content=PNG + bytes([n]))
    before = files(cast)
    with clock.at(clock.now() + timedelta(days=2)):
        assert await cast.storage.sweep(lambda: False) == 0
    assert files(cast) == before
    assert "2 of 3 files are in no ticket of this database" in caplog.text


async def test_a_file_that_comes_again_while_it_goes_is_there(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = await cast.file()
    monkeypatch.setattr(storage_local, "_older", lambda path, before: not path.name.endswith(storage_local.ASIDE))
    assert await cast.storage.discard([stored.sha256]) == 0
    assert cast.storage.place.path(stored.sha256).read_bytes() == PNG
    monkeypatch.setattr(storage_local, "_older", lambda path, before: path.exists())
    assert await cast.storage.discard([stored.sha256, "0" * 64]) == 1
    assert files(cast) == []
    await cast.file()
    assert len(files(cast)) == 2


async def test_only_admins_set_sensible_rules_and_nobody_overtakes(cast: Cast) -> None:
    for who in ("staff", "edv"):
        for deed in (
            retention.rules_of(cast.person(who)),
            retention.due(cast.person(who), cast.nord.id, BOTH),
            retention.went(cast.person(who)),
            retention.change(cast.person(who), cast.nord.id, "", BOTH),
        ):
            with pytest.raises(NotAllowed):
                await deed
    for wrong in (Rules(closed=0), Rules(deleted=-1), Rules(deleted=241)):
        with pytest.raises(Refused):
            await rule(cast, wrong)
    await rule(cast, Rules(closed=1))
    with pytest.raises(Conflict):
        await retention.change(cast.admin, cast.nord.id, "old", BOTH)
    await rule(cast, Rules(closed=1))
    assert (await Organisation.get(id=cast.nord.id)).closed_months == 1
    assert [(one.subject, one.kind) for one in await AuditEntry.all()] == [
        ("Verband Nord: geschlossene nach 1 Monat, gelöschte nie", "retention_changed")
    ]


@pytest.mark.no_database
@pytest.mark.sqlite_only
def test_months_are_months() -> None:
    for day, months, expected in (
        ("2026-11-30", 1, "2026-10-30"), ("2026-03-31", 1, "2026-02-28"), ("2024-03-31", 1, "2024-02-29"),
        ("2026-01-15", 1, "2025-12-15"), ("2026-11-30", 24, "2024-11-30"), ("2026-12-31", 240, "2006-12-31"),
    ):  # fmt: skip
        found = retention.months_before(datetime.fromisoformat(day), months)
        assert f"{found:%Y-%m-%d}" == expected


@pytest.mark.sqlite_only
async def test_the_worker_sweeps_once_a_day(cast: Cast) -> None:
    number = await ticket(cast, 5000, deleted=True)
    await rule(cast, Rules(deleted=1))
    loops = _Loops(cast.settings, Rhythm(), asyncio.Event())
    await loops._sweep()
    assert number not in await left()
    other = await ticket(cast, 5000, deleted=True)
    await loops._sweep()
    assert other in await left(), "not before tomorrow"


@pytest.mark.skipif(DATABASE == "sqlite", reason="SQLite lets one write after the other")
@pytest.mark.parametrize("deleted", [False, True])
async def test_a_ticket_that_is_brought_back_while_the_sweep_runs_stays(
    cast: Cast, database: Settings, deleted: bool
) -> None:
    number = await ticket(cast, 5000, deleted=deleted)
    await rule(cast, BOTH)
    async with own_connection(database) as somebody:
        async with somebody.transaction():
            await somebody.execute(
                "UPDATE ticket SET status = 'it_review', deleted_at = NULL, closed_at = NULL WHERE number = $1", number
            )
            sweep = asyncio.create_task(swept(cast))
            waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            while not sweep.done() and not await somebody.fetch(waits):  # noqa: ASYNC110 (no event tells)
                await asyncio.sleep(0.01)
        await sweep
    assert await left() == {number: False}
