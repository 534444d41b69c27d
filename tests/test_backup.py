"""Backup and restore, drilled: what was acknowledged comes back whole, and nothing is sent or signed in twice."""

import asyncio
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest

from app.backup import make as making
from app.backup import manifest
from app.backup import restore as restoring
from app.backup.make import make
from app.backup.manifest import BackupError, digest, seal, verify
from app.backup.restore import restore
from app.config import Settings
from app.database import dialect, execute, known_migrations, rows
from app.domain import accounts, dispatch, outbox, tokens
from app.domain.models import Purpose
from app.domain.storage_local import Directory
from app.migrate import StartError, check_migrated, connected, migrate, only_process
from tests.cast import PDF, Cast
from tests.conftest import DATABASE

# By the restore itself.
CHANGED = {"letter", "session", "token", "audit_entry", "tortoise_migrations", "sqlite_sequence"}
TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%search%'",
    "postgres": "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'",
}


async def everything() -> dict[str, list[str]]:
    """Every row of every table of the open database."""
    found = {}
    for table in await rows(TABLES[dialect()]):
        name = table["name"]
        found[name] = sorted(repr(sorted(row.items())) for row in await rows(f'SELECT * FROM "{name}"'))
    return found


async def brought_back(settings: Settings, backup: Path) -> Any:
    """Restore as the command does."""
    with only_process(settings):
        return await restore(settings, backup)


async def fail(*_: object) -> None:
    """What breaks off late."""
    raise OSError(5, "Input/output error")


async def test_what_was_there_is_there_again(
    cast: Cast, bare_settings: Callable[[], Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the second try: what broke off at the first has left nothing."""
    number = await cast.ticket("user", subject="Über Bäche; \\N und\tTab", body="Zeile 1\nZeile \\2\r\n„x“ \\.",
                               files=[await cast.file()], release=False)  # fmt: skip
    await cast.reply("edv", number, files=[await cast.file("brief.pdf", PDF)])
    await accounts.start_session(cast.user, "Firefox", "127.0.0.1")
    await tokens.issue(Purpose.INVITATION, cast.user.id, timedelta(hours=72))
    await outbox.post([cast.user.id], "password_changed")
    before = await everything()
    waiting = len(await dispatch.due(100))
    facts = await make(cast.settings, tmp_path / "backup")
    assert facts.counts == {"ticket": 1, "message": 2, "attachment": 2}
    assert facts.missing == []

    settings = bare_settings()
    with monkeypatch.context() as patch:
        patch.setattr(restoring.administration, "void_after_restore", fail)
        with pytest.raises(BackupError, match=r"Input/output error.*leer wie zuvor"):
            await brought_back(settings, tmp_path / "backup")
    assert await is_empty(settings)
    found, void = await brought_back(settings, tmp_path / "backup")
    assert found == facts
    assert (void.letters, void.sessions, void.tokens) == (waiting, 1, 1)
    async with connected(settings):
        after = await everything()
        assert {n: r for n, r in after.items() if n not in CHANGED} == {
            n: r for n, r in before.items() if n not in CHANGED
        }
        assert after["session"] == after["token"] == []
        assert await dispatch.due(100) == [], "nothing goes out by itself"
        assert {row["error"] for row in await rows("SELECT error FROM letter")} == {dispatch.HELD}
        (entry,) = await rows("SELECT subject FROM audit_entry WHERE kind = 'portal_restored'")
        assert entry["subject"] == restoring.state_of(facts)
        storage = Directory(settings.data_dir / "attachments")
        for row in await rows("SELECT sha256, size FROM attachment"):
            assert digest(storage.path(row["sha256"])) == row["sha256"]
        assert any(file.suffix == ".webp" for file in storage.directory.rglob("*")), "previews too"
        again = replace(cast, settings=settings)
        await dispatch.retry_all(cast.admin, "key-of-this-form")
        assert len(await dispatch.due(100)) == waiting, "until an admin lets them go"
        assert await again.ticket("user") == number + 1
    await check_migrated(settings)


async def test_a_backup_under_load_has_all_that_was_acknowledged(
    cast: Cast, bare_settings: Callable[[], Settings], tmp_path: Path
) -> None:
    """`portal backup` as a process of its own, while tickets with files are written all the time."""
    written: list[int] = []
    over = asyncio.Event()

    async def write(who: str) -> None:
        while not over.is_set():
            file = await cast.file("bild.pdf", PDF + os.urandom(2_000))
            written.append(await cast.ticket(who, files=[file]))
            await asyncio.sleep(0.01)  # or the two would take all the time that the backup needs

    writers = [asyncio.ensure_future(write(who)) for who in ("user", "stranger")]
    while len(written) < 5:  # noqa: ASYNC110 (until the writers have got going)
        await asyncio.sleep(0.01)
    acknowledged = set(written)
    environment = {
        "PATH": os.environ["PATH"], "PORTAL_DATA_DIR": str(cast.settings.data_dir),
        "PORTAL_DATABASE_URL": cast.settings.database_url,
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app.cli", "backup", str(tmp_path / "backup"), env=environment, stdout=PIPE, stderr=PIPE
    )
    said, complained = await asyncio.wait_for(process.communicate(), 120)
    over.set()
    await asyncio.gather(*writers)
    assert (process.returncode, complained) == (0, b"")
    assert "Gesichert und geprüft ist der Stand vom" in said.decode()
    assert len(written) > len(acknowledged), "they went on writing meanwhile"

    settings = bare_settings()
    await brought_back(settings, tmp_path / "backup")
    async with connected(settings):
        numbers = {row["number"] for row in await rows("SELECT number FROM ticket")}
        assert acknowledged <= numbers <= set(written)
        for table in ("message", "attachment", "ticket_search"):
            of = "ticket_id" if table != "ticket_search" or dialect() == "postgres" else "rowid AS ticket_id"
            assert {row["ticket_id"] for row in await rows(f"SELECT {of} FROM {table}")} == numbers, table
        storage = Directory(settings.data_dir / "attachments")
        for row in await rows("SELECT sha256 FROM attachment"):
            assert digest(storage.path(row["sha256"])) == row["sha256"]


@pytest.fixture
async def backup(cast: Cast, tmp_path: Path) -> Path:
    """A backup of one ticket with one file."""
    await cast.ticket("user", files=[await cast.file()])
    await make(cast.settings, tmp_path / "backup")
    return tmp_path / "backup"


async def is_empty(settings: Settings) -> bool:
    """Whether nothing of a restore is left."""
    kept = [file for file in settings.data_dir.rglob("*") if file.is_file() and file.suffix != ".lock"]
    if DATABASE == "sqlite" or kept:
        return not kept
    async with connected(settings):
        found = await everything()
    return not any(found[name] for name in found if name != "tortoise_migrations")


def times(folder: Path) -> dict[Path, int]:
    """When each file was written."""
    return {file: file.stat().st_mtime_ns for file in folder.rglob("*") if file.is_file()}


@pytest.mark.sqlite_first
async def test_a_backup_is_never_written_over(cast: Cast, backup: Path) -> None:
    before = times(backup)
    with pytest.raises(BackupError, match="gibt es schon"):
        await make(cast.settings, backup)
    assert times(backup) == before


async def test_a_backup_that_does_not_come_about_leaves_nothing(
    cast: Cast, backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(making.shutil, "copyfile", full)
    with pytest.raises(BackupError, match="No space left"):
        await make(cast.settings, tmp_path / "other" / "second")
    assert list((tmp_path / "other").iterdir()) == []


@pytest.mark.sqlite_first
async def test_a_file_that_is_lost_already_is_named_and_the_rest_is_saved(
    cast: Cast, tmp_path: Path
) -> None:
    lost, rotten, sound = [await cast.file("x.pdf", PDF + mark) for mark in (b"1", b"2", b"3")]
    await cast.ticket("user", files=[lost, rotten, sound])
    cast.storage.place.path(lost.sha256).unlink()
    cast.storage.place.path(rotten.sha256).write_bytes(PDF + b"X")
    facts = await make(cast.settings, tmp_path / "backup")
    assert facts.missing == sorted([lost.sha256, rotten.sha256])
    assert verify(tmp_path / "backup") == facts


@pytest.mark.sqlite_first
async def test_what_is_damaged_is_not_restored(
    backup: Path, bare_settings: Callable[[], Settings], tmp_path: Path
) -> None:
    settings = bare_settings()
    files = [file.relative_to(backup) for file in sorted(times(backup))]
    assert len(files) > 4
    for file in files:
        damaged = tmp_path / "damaged"
        shutil.rmtree(damaged, ignore_errors=True)
        shutil.copytree(backup, damaged)
        content = (backup / file).read_bytes()
        if content:
            middle = len(content) // 2
            (damaged / file).write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
            with pytest.raises(BackupError, match=r"beschädigt|nicht lesbar|fehlt"):
                await brought_back(settings, damaged)
        (damaged / file).unlink()
        with pytest.raises(BackupError, match="fehlt"):
            await brought_back(settings, damaged)
    assert await is_empty(settings)


@pytest.mark.no_database
@pytest.mark.sqlite_only
@pytest.mark.parametrize("line", ["x  a", f"{'0' * 64}  ../a", f"{'0' * 64}  /etc/passwd", ""])
def test_a_list_of_files_that_leads_elsewhere_is_none(tmp_path: Path, line: str) -> None:
    (tmp_path / manifest.SUMS).write_text(f"{line}\n")
    with pytest.raises(BackupError, match="nicht lesbar"):
        verify(tmp_path)


async def test_restored_is_only_into_what_is_empty(cast: Cast, backup: Path, bare_settings: Any) -> None:
    settings = bare_settings()
    settings.data_dir.mkdir(exist_ok=True)
    (settings.data_dir / "notes.txt").write_text("x")
    with pytest.raises(BackupError, match="nicht leer"):
        await brought_back(settings, backup)
    (settings.data_dir / "notes.txt").unlink()
    filled = replace(cast.settings, data_dir=settings.data_dir) if DATABASE == "postgres" else cast.settings
    with pytest.raises(BackupError, match=r"nicht leer|gibt es schon"):
        await brought_back(filled, backup)
    assert await is_empty(settings)


@pytest.mark.sqlite_first
async def test_a_backup_of_another_kind_of_version_is_refused(
    backup: Path, bare_settings: Callable[[], Settings]
) -> None:
    settings, facts = bare_settings(), verify(backup)
    for changed, words in (
        ({"migrations": [*facts.migrations, "9999_later"]}, "neuer als diese Version"),
        ({"database": "postgres" if facts.database == "sqlite" else "sqlite"}, "eingestellt ist"),
        ({"format": 2}, "anderen Version"),
    ):
        (backup / manifest.SUMS).unlink()
        seal(backup, replace(facts, **changed))
        with pytest.raises(BackupError, match=words):
            await brought_back(settings, backup)
    assert await is_empty(settings)


@pytest.mark.long
async def test_a_backup_of_an_older_version_is_brought_up_to_date(
    bare_settings: Callable[[], Settings], tmp_path: Path
) -> None:
    older, settings = bare_settings(), bare_settings()
    *_, before, _ = known_migrations()
    if before < "0003":
        pytest.skip("the first version with backups has these tables")
    with only_process(older):
        await migrate(older, before)
    facts = await make(older, tmp_path / "backup")
    assert facts.migrations == known_migrations()[:-1]
    await brought_back(settings, tmp_path / "backup")
    with pytest.raises(StartError, match="portal migrate"):
        await check_migrated(settings)
    with only_process(settings):
        await migrate(settings)
    await check_migrated(settings)


@pytest.mark.sqlite_only
async def test_a_damaged_database_makes_no_backup(cast: Cast, tmp_path: Path) -> None:
    await execute("PRAGMA foreign_keys = OFF")
    await execute("INSERT INTO person_module (person_id, module_id) VALUES (77, 88)")
    with pytest.raises(BackupError, match="beschädigt"):
        await make(cast.settings, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()
