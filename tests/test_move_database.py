"""A portal that grows moves from SQLite to PostgreSQL: every row, the words to be found, and nothing by halves."""

import asyncio
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tortoise.backends.base.executor import EXECUTOR_CACHE

from app.backup import move as moving
from app.backup.manifest import BackupError
from app.backup.move import move
from app.cli import portal
from app.config import Settings
from app.database import rows
from app.domain import search
from app.domain.models import Person
from app.domain.ticket_filter import TicketFilter
from app.migrate import connected
from tests.cast import load
from tests.conftest import DATABASE, database_file

TABLES = ("ticket", "message", "attachment", "person", "ticket_event", "letter", "participant", "ticket_search")
pytestmark = pytest.mark.skipif(DATABASE == "sqlite", reason="needs PostgreSQL to move to")


@pytest.fixture
async def old(templates: dict[str, Path], tmp_path: Path) -> Path:
    """A SQLite portal in which something happened: files, notes, a deleted ticket, an organisation with umlauts."""
    settings = Settings(data_dir=tmp_path / "old")
    settings.data_dir.mkdir()
    shutil.copy(templates["filled"], database_file(settings))
    async with connected(settings):
        cast = await load(settings)
        number = await cast.ticket("user", files=[await cast.file("beleg.png")], x3_context={"Maske": "Beiträge „A“"})
        await cast.reply("edv", number, "Bitte um Rückruf: 100 % \\ fertig\n\tzweite Zeile", move="handover")
        await cast.note("staff", number, "Geheimwort Krokodil")
        await cast.ticket("stranger", deleted=True)
    EXECUTOR_CACHE.clear()  # Tortoise keeps its INSERTs by the connection's name, and no portal is both in one process
    return database_file(settings)


async def found(word: str, who: str) -> list[int]:
    person = await Person.get(user_name=who).select_related("organisation")
    filter = TicketFilter.read([("q", word), ("status", "all")], person)
    return [row["number"] for row in await search.find(filter, person)]


async def test_everything_comes_along_and_goes_on(old: Path, settings: Settings, tmp_path: Path) -> None:
    said = await commanded("move-database", "--from", str(old), PORTAL_DATABASE_URL=settings.database_url,
                           PORTAL_DATA_DIR=str(settings.data_dir))  # fmt: skip
    assert said.startswith("Umgezogen und Zeile für Zeile verglichen: ")
    assert "Tickets: 2, Nachrichten: 4, Anhänge: 1." in said
    async with connected(settings):
        with closing(sqlite3.connect(old)) as file:
            for table in TABLES:
                there = await rows(f"SELECT COUNT(*) AS n FROM {table}")
                assert file.execute(f"SELECT COUNT(*) FROM {table}").fetchone() == (there[0]["n"],), table
        assert await found("rueckruf", "user-nord") == [1001]
        assert await found("krokodil", "staff") == [1001]
        assert await found("krokodil", "user-nord") == []
        assert await rows("SELECT nextval('ticket_number_seq') AS n") == [{"n": 1003}]
        context = (await rows("SELECT x3_context FROM ticket WHERE number = 1001"))[0]["x3_context"]
        assert "Beiträge „A“" in context
    with pytest.raises(BackupError, match="nicht leer"):
        await move(settings, old)


async def test_it_moves_only_what_is_of_this_version(old: Path, settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="gibt es nicht"):
        await move(settings, tmp_path / "nothing")
    with pytest.raises(BackupError, match="PORTAL_DATABASE_URL"):
        await move(Settings(data_dir=tmp_path), old)
    with closing(sqlite3.connect(old)) as file:
        file.execute("DELETE FROM tortoise_migrations WHERE id = (SELECT MAX(id) FROM tortoise_migrations)")
        file.commit()
    with pytest.raises(BackupError, match="portal migrate"):
        await move(settings, old)


async def test_a_row_that_arrives_changed_leaves_nothing_behind(
    old: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def truth(value: Any) -> bool:
        asked.append(value)
        return bool(value) if len(asked) > 3 else not value

    asked: list[Any] = []
    monkeypatch.setitem(moving.READ, "boolean", truth)
    with pytest.raises(BackupError, match="kam eine Zeile anders an"):
        await move(settings, old)
    async with connected(settings):
        assert await rows("SELECT * FROM person") == await rows("SELECT * FROM ticket_search") == []
    monkeypatch.undo()
    assert (await move(settings, old))["ticket"] == 2, "a second try succeeds"


async def commanded(*arguments: str, **environment: str) -> str:
    """What a command says; in a thread, for it has a loop of its own."""
    own = {name: "" for name in os.environ if name.startswith("PORTAL_")}
    answer = await asyncio.to_thread(CliRunner().invoke, portal, arguments, env=own | environment)
    assert answer.exit_code == 0, answer.output
    return answer.output
