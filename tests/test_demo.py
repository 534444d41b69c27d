"""The demo instance and the measuring database: what is in them, and that they are the same every time."""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app import clock
from app.config import Settings
from app.database import execute, rows
from app.demo import office
from app.demo.accounts import ACCOUNTS, PASSWORD
from app.demo.instance import prepare
from app.demo.pictures import draw
from app.domain import accounts, creation, search, thread, tickets, x3
from app.domain.guide import incident_text
from app.domain.models import Audience, Category, Person, Priority
from app.language import local
from app.migrate import StartError, connected, only_process
from tests.conftest import database_file

POSTGRES = os.environ.get("PORTAL_TEST_DATABASE") == "postgres"
MOVES = {"handover", "to_it", "to_user", "escalate", "calm", "close", "reopen", "delete", "restore"}
TEXTS = {
    "tickets": "SELECT number, subject, category, priority, status, version FROM ticket ORDER BY number",
    "messages": "SELECT ticket_id, author_id, audience, body FROM message ORDER BY id",
    "files": "SELECT ticket_id, name, sha256 FROM attachment ORDER BY id",
    "events": "SELECT ticket_id, actor_id, kind, before, after FROM ticket_event ORDER BY id",
    "people": "SELECT id, user_name, email, role FROM person ORDER BY id",
}


def make(settings: Settings, tickets: int | None = None, number: int = 1) -> None:
    with only_process(settings):
        prepare(settings, tickets, number)


def contents(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    connection = sqlite3.connect(settings.data_dir / "portal.sqlite3")
    try:
        return {name: connection.execute(sql).fetchall() for name, sql in TEXTS.items()}
    finally:
        connection.close()


@dataclass(frozen=True)
class Instance:
    """A demo instance that was made once for all tests here."""

    settings: Settings
    made_at: datetime
    contents: dict[str, list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def instance(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Instance:
    url = request.getfixturevalue("postgres").create("demo") if POSTGRES else ""
    settings = Settings(data_dir=tmp_path_factory.mktemp("demo"), database_url=url, demo=True)
    make(settings)
    return Instance(settings, datetime.now(UTC), {} if POSTGRES else contents(settings))


@pytest.fixture
async def opened(instance: Instance) -> AsyncIterator[Instance]:
    async with connected(instance.settings):
        yield instance


async def person(user_name: str) -> Person:
    return await Person.get(user_name=user_name).select_related("organisation")


async def values(sql: str) -> set[Any]:
    return {next(iter(row.values())) for row in await rows(sql)}


async def number(sql: str) -> int:
    return int(next(iter((await rows(sql))[0].values())))


@pytest.mark.sqlite_first
async def test_the_log_tells_in_its_order_what_happened_until_now(opened: Instance) -> None:
    log = await rows("SELECT id, actor_id, kind, created_at FROM audit_entry ORDER BY id")
    assert [row["created_at"] for row in log] == sorted(row["created_at"] for row in log)
    assert log[-1]["created_at"] <= opened.made_at
    kinds = {"signed_in", "signed_out", "sign_in_failed", "exported", "attachment_opened", "rules_changed",
             "assignment_changed", "absence_entered"}  # fmt: skip
    assert {row["kind"] for row in log} == kinds
    last = {row["actor_id"]: row["created_at"] for row in log if row["kind"] == "signed_in"}
    assert {one.id for one in await Person.filter(password_hash__not_isnull=True)} == set(last)
    assert {one.id: one.signed_in_at for one in await Person.filter(id__in=list(last))} == last


@pytest.mark.sqlite_first
async def test_enough_of_everything(opened: Instance) -> None:
    assert await number("SELECT COUNT(*) FROM ticket") >= 80
    assert await number("SELECT MIN(number) FROM ticket") == 1001
    assert await values("SELECT DISTINCT status FROM ticket") == {
        "it_review", "user_review", "vendor_review", "closed",
    }  # fmt: skip
    assert await values("SELECT DISTINCT category FROM ticket") == {"request", "incident", "task"}
    assert await number("SELECT COUNT(DISTINCT module_id) FROM ticket") == 8
    assert await number("SELECT COUNT(*) FROM ticket WHERE deleted_at IS NOT NULL") == 3
    assert await number("SELECT COUNT(*) FROM ticket WHERE escalated_at IS NOT NULL AND status <> 'closed'") >= 3
    assert await number("SELECT COUNT(*) FROM ticket WHERE x3_context IS NOT NULL") >= 3
    assert await number("SELECT COUNT(*) FROM attachment") >= 30
    assert {"everyone", "organisation", "vendor"} == await values("SELECT DISTINCT audience FROM message")
    kinds = await values("SELECT DISTINCT kind FROM ticket_event")
    assert kinds >= {*MOVES, "created", "created_x3", "created_for", "assigned", "participant"}
    assert await number("SELECT COUNT(*) FROM access_request WHERE state = 'pending'") == 2
    assert await number("SELECT COUNT(DISTINCT responsible_id) FROM ticket") >= 3


@pytest.mark.sqlite_first
async def test_the_past_is_believable(opened: Instance) -> None:
    moments = [row["created_at"] for row in await rows("SELECT created_at FROM message ORDER BY id")]
    assert moments == sorted(moments)
    assert moments[-1] <= opened.made_at
    assert timedelta(days=115) < opened.made_at - moments[0] < timedelta(days=121)
    for at in map(local, moments):
        assert at.weekday() < 5
        assert (7, 30) <= (at.hour, at.minute) <= (17, 30)
    late = await number("SELECT COUNT(*) FROM ticket t JOIN message m ON m.ticket_id = t.number "
                        "WHERE m.created_at < t.created_at")  # fmt: skip
    assert late == 0


@pytest.mark.sqlite_first
async def test_nothing_of_the_past_is_mailed(opened: Instance) -> None:
    assert await number("SELECT COUNT(*) FROM letter") == 0
    assert await number("SELECT COUNT(*) FROM form_key") == 0


@pytest.mark.sqlite_first
async def test_every_file_is_there(opened: Instance) -> None:
    folder = opened.settings.data_dir / "attachments"
    found = await rows("SELECT sha256, width FROM attachment")
    assert all((folder / row["sha256"][:2] / row["sha256"]).is_file() for row in found)
    assert any(row["width"] for row in found)


@pytest.mark.sqlite_first
async def test_the_x3_of_each_organisation_can_speak(opened: Instance) -> None:
    for name, key in (("Verband Nord", "x3-demo-nord"), ("Kammer Süd", "x3-demo-sued")):
        found = await x3.key_organisation(key, "127.0.0.1")
        assert (found.organisation.name, found.name, found.ending) == (name, "Demo", key[-4:])
    user = await x3.mint(await x3.key_organisation("x3-demo-nord", "127.0.0.1"), "user-nord", {}, "127.0.0.1")
    assert (await x3.redeem(user, "Firefox", "127.0.0.1")) is not None


@pytest.mark.sqlite_first
async def test_everybody_can_sign_in(opened: Instance) -> None:
    for user_name, email, _ in ACCOUNTS:
        by_name = await accounts.authenticate(user_name, PASSWORD, "127.0.0.1")
        assert by_name is not None
        assert by_name.email == email
    assert await number("SELECT COUNT(*) FROM person WHERE password_hash IS NULL AND active = TRUE") >= 6


@pytest.mark.sqlite_first
@pytest.mark.parametrize("who", ["user-nord", "edv-nord", "edv-sued", "staff"])
async def test_most_is_read_and_some_is_new(opened: Instance, who: str) -> None:
    reader = await person(who)
    filter = search.TicketFilter.read([("status", "all")], reader)
    found = await search.find(filter, reader, limit=500)
    new = sum(row["unread"] for row in found)
    assert new < len(found) / 4
    assert new or who == "user-nord"


@pytest.mark.sqlite_first
async def test_organisations_do_not_meet(opened: Instance) -> None:
    reader = await person("edv-sued")
    found = await search.find(search.TicketFilter.read([("status", "all")], reader), reader, limit=500)
    assert {row["organisation"] for row in found} == {"Kammer Süd"}


@pytest.mark.sqlite_first
def test_a_second_start_keeps_everything(instance: Instance) -> None:
    async def change() -> None:
        async with connected(instance.settings):
            await execute("UPDATE ticket SET subject = ? WHERE number = 1001", "Von Hand geändert")

    async def look() -> tuple[int, set[Any]]:
        async with connected(instance.settings):
            return await number("SELECT COUNT(*) FROM message"), await values(
                "SELECT subject FROM ticket WHERE number = 1001"
            )

    asyncio.run(change())
    before = asyncio.run(look())
    started = datetime.now(UTC)
    make(instance.settings)
    make(instance.settings, tickets=50)
    assert datetime.now(UTC) - started < timedelta(seconds=4)
    assert asyncio.run(look()) == before
    assert before[1] == {"Von Hand geändert"}


@pytest.mark.sqlite_first
@pytest.mark.long
@pytest.mark.sqlite_only
def test_another_day_gives_the_same_instance(instance: Instance, bare_settings: Callable[[], Settings]) -> None:
    settings = bare_settings()
    with clock.at(datetime(2027, 3, 27, 3, 10, tzinfo=UTC)):
        make(settings)
    assert contents(settings) == instance.contents


@pytest.mark.long
@pytest.mark.sqlite_only
def test_what_broke_off_is_made_anew(bare_settings: Callable[[], Settings]) -> None:
    settings = bare_settings()
    settings.data_dir.mkdir()
    (settings.data_dir / "portal.sqlite3").write_bytes(b"half a file")
    mark = settings.data_dir / "portal.sqlite3.unfinished"
    mark.touch()
    make(settings, tickets=5)
    assert not mark.exists()
    assert len(contents(settings)["tickets"]) == 5


def test_somebodys_own_database_is_left_alone(settings: Settings) -> None:
    async def own() -> None:
        async with connected(settings):
            await execute("INSERT INTO organisation (name, is_vendor, created_at) VALUES (?, ?, ?)", "Wir", False,
                          clock.now())  # fmt: skip

    asyncio.run(own())
    with pytest.raises(StartError, match="keiner Demo-Instanz"):
        make(settings)


# --- the measuring database ---


def test_measuring_database(settings: Settings) -> None:
    make(settings, tickets=600, number=7)
    asyncio.run(_measure(settings))


async def _measure(settings: Settings) -> None:
    async with connected(settings):
        assert await number("SELECT COUNT(*) FROM ticket") == 600
        assert await number("SELECT COUNT(*) FROM organisation WHERE is_vendor = FALSE") == 200
        assert await number("SELECT COUNT(*) FROM person") == 2000
        assert await number("SELECT COUNT(*) FROM module") == 30
        assert 3 < await number("SELECT COUNT(*) FROM message") / 600 < 5
        assert 0.04 < await number("SELECT COUNT(*) FROM ticket WHERE status <> 'closed'") / 600 < 0.13
        assert await number("SELECT COUNT(*) FROM ticket WHERE created_at > updated_at") == 0
        assert await number("SELECT COUNT(*) FROM ticket t JOIN person p ON p.id = t.reporter_id "
                            "WHERE p.organisation_id <> t.organisation_id") == 0  # fmt: skip
        assert await accounts.authenticate("edv@nord.example", PASSWORD, "127.0.0.1")
        await _search(await person("edv-nord"), await person("staff"))
        await _go_on(await person("user-nord"))


async def _search(edv: Person, staff: Person) -> None:
    subject = (await rows("SELECT subject FROM ticket WHERE handed_over_at IS NOT NULL LIMIT 1"))[0]["subject"]
    filter = search.TicketFilter.read([("q", subject), ("status", "all")], staff)
    assert subject in {row["subject"] for row in await search.find(filter, staff)}
    everything = search.TicketFilter.read([("status", "all")], edv)
    found = await search.find(everything, edv)
    assert {row["organisation"] for row in found} == {"Verband Nord"}
    page = await thread.messages(edv, found[0]["number"])
    assert page
    assert await thread.events(edv, found[0]["number"])


async def _go_on(user: Person) -> None:
    module = await number("SELECT MIN(id) FROM module")
    new = creation.NewTicket(
        Category.REQUEST, module, "Neu", Priority.NORMAL, tickets.Draft("Hallo", "key", Audience.EVERYONE)
    )
    assert await creation.create(user, new) == 1601


@pytest.mark.sqlite_only
def test_the_same_seed_gives_the_same_tickets(templates: dict[str, Path], tmp_path: Path) -> None:
    made = []
    for place, seed in enumerate((7, 7, 8)):
        settings = Settings(data_dir=tmp_path / str(place))
        settings.data_dir.mkdir()
        shutil.copy(templates["empty"], database_file(settings))
        make(settings, tickets=30, number=seed)
        made.append(contents(settings))
    assert made[0] == made[1]
    assert made[0]["messages"] != made[2]["messages"]


# --- parts ---


@pytest.mark.no_database
@pytest.mark.parametrize("moment", [
    datetime(2026, 11, 23, 6, 0, tzinfo=UTC), datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
    datetime(2026, 11, 20, 23, 0, tzinfo=UTC), datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
    datetime(2026, 7, 1, 10, 11, tzinfo=UTC),
])  # fmt: skip
def test_office_time_is_never_in_the_future(moment: datetime) -> None:
    position = office.position(moment)
    assert office.moment(position - 1) < moment
    back = [office.moment(position - 1 - minutes) for minutes in range(0, 2 * office.WEEK, 7)]
    assert back == sorted(back, reverse=True)
    assert all(office.position(at) == position - 1 - 7 * index for index, at in enumerate(back))


@pytest.mark.no_database
@pytest.mark.parametrize("kind", ["png", "jpg", "pdf"])
def test_pictures_have_the_same_bytes_every_time(kind: str) -> None:
    words = "BE0300 Lauf 20417: Abbruch bei Satz 6.112"
    assert draw(f"Beitragslauf.{kind}", kind, words) == draw(f"Beitragslauf.{kind}", kind, words)
    assert draw(f"Beitragslauf.{kind}", kind, words) != draw(f"Beitragslauf.{kind}", kind, "Etwas anderes")


@pytest.mark.no_database
def test_answers_become_one_readable_message() -> None:
    text = incident_text(["Alle Plätze", " ", "Bleibt leer\nund rot", "", "Keine Rechnung"])
    assert text == (
        "Wen oder was betrifft das Problem?\nAlle Plätze\n\n"
        "Wie äußert sich das Problem?\nBleibt leer\nund rot\n\n"
        "Welche Auswirkung hat es?\nKeine Rechnung"
    )
    assert incident_text(["", ""]) == ""


@pytest.mark.no_database
def test_the_demo_has_somebody_for_every_account() -> None:
    from app.demo.people import PEOPLE

    assert {somebody.user_name for somebody in PEOPLE if somebody.signs_in} == {name for name, _, _ in ACCOUNTS}
