"""Attachments move between a directory and a bucket: each compared, nothing overwritten, and on where it broke off."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import replace

import click
import pytest
from click.testing import CliRunner, Result

from app.backup import move_storage
from app.backup.make import make
from app.backup.manifest import BackupError
from app.backup.restore import restore
from app.check import findings
from app.cli import portal
from app.config import Settings, SettingsError
from app.domain.storage import Opened, storage_for
from app.migrate import only_process
from tests.cast import PDF, Cast
from tests.s3 import address

pytestmark = pytest.mark.sqlite_only


async def commanded(settings: Settings, *arguments: str) -> Result:
    """What a command says; in a thread, for it has a loop of its own."""
    own = {name: "" for name in os.environ if name.startswith("PORTAL_")}
    own |= {"PORTAL_DATA_DIR": str(settings.data_dir), "PORTAL_STORAGE_URL": settings.storage_url}
    return await asyncio.to_thread(CliRunner().invoke, portal, arguments, env=own)


async def sizes(settings: Settings) -> dict[str, int]:
    """What lies where the settings say."""
    return {entry.name: entry.size async for entries in storage_for(settings).place.entries() for entry in entries}


@pytest.fixture
async def filled(cast: Cast) -> Cast:
    """A picture with its small version, and PDFs."""
    files = [await cast.file(), *[await cast.file("a.pdf", PDF + bytes([n])) for n in range(3)]]
    await cast.ticket("user", files=files)
    return cast


async def test_there_and_back_again(filled: Cast, s3: Callable[[], str]) -> None:
    here, there = filled.settings, replace(filled.settings, storage_url=s3())
    before = await sizes(here)
    assert len(before) == 5
    said = await commanded(here, "move-storage", "--to", there.storage_url)
    assert said.exit_code == 0, said.output
    assert "verglichen: 5 Dateien, davon jetzt kopiert: 5." in said.output
    assert "PORTAL_STORAGE_URL auf die Adresse setzen" in said.output
    assert "geheim" not in said.output
    assert await sizes(there) == await sizes(here) == before
    assert all(one.fine for one in await findings(there, files=True) if one.name in ("Ablage", "Anhänge"))
    for name in before:
        filled.storage.place.path(name).unlink()
    said = await commanded(there, "move-storage", "--to", "directory")
    assert (said.exit_code, "PORTAL_STORAGE_URL entfernen" in said.output) == (0, True)
    assert await sizes(here) == before
    assert all(one.fine for one in await findings(here, files=True) if one.name in ("Ablage", "Anhänge"))


async def test_what_broke_off_goes_on_and_what_is_there_is_compared(
    filled: Cast, s3: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    there = replace(filled.settings, storage_url=s3())
    with monkeypatch.context() as patch:
        right, written = storage_for(there).place.write, list[str]()

        async def twice(name: str, content: bytes) -> None:
            if len(written) == 2:
                raise ConnectionError("die Leitung ist ab")
            written.append(name)
            await right(name, content)

        patch.setattr(move_storage, "AT_ONCE", 1)
        patch.setattr(storage_for(there).place, "write", twice)
        with pytest.raises(BackupError, match=r"Nach 2 Dateien .*die Leitung ist ab.*derselbe Befehl setzt fort"):
            await move_storage.move(filled.storage, storage_for(there), lambda _: None)
    moved = await move_storage.move(filled.storage, storage_for(there), lambda _: None)
    assert (moved.there, moved.copied) == (2, 3)


async def test_nothing_that_differs_is_overwritten(filled: Cast, s3: Callable[[], str]) -> None:
    there = replace(filled.settings, storage_url=s3())
    name = sorted(await sizes(filled.settings))[2]
    await storage_for(there).place.write(name, b"something else")
    with pytest.raises(BackupError, match=f"{name} liegt mit anderem Inhalt schon in s3://.*überschrieben wird nichts"):
        await move_storage.move(filled.storage, storage_for(there), lambda _: None)
    kept = await storage_for(there).open(name)
    assert isinstance(kept, Opened)
    assert [piece async for piece in kept.pieces(0, kept.size)] == [b"something else"]


async def test_what_is_damaged_here_does_not_spread(filled: Cast, s3: Callable[[], str]) -> None:
    name = min(name for name in await sizes(filled.settings) if not name.endswith(".webp"))
    filled.storage.place.path(name).write_bytes(b"rotten")
    there = replace(filled.settings, storage_url=s3())
    said = await commanded(filled.settings, "move-storage", "--to", there.storage_url)
    assert said.exit_code == 1
    assert "kopiert: 4" in said.output
    assert f"beschädigt: 1, zum Beispiel {name}." in str(said.exception)
    assert name not in await sizes(there)


@pytest.mark.parametrize(("to", "why"), [
    ("directory", "liegen schon in"), ("s3://bucket?endpoint=x", "--to muss eine Adresse wie s3://"),
    (address("http://127.0.0.1:1"), "ging es nicht weiter"),
])  # fmt: skip
async def test_it_says_why_it_does_not_move(filled: Cast, to: str, why: str) -> None:
    said = await commanded(filled.settings, "move-storage", "--to", to)
    assert isinstance(said.exception, click.ClickException | SettingsError | BackupError | SystemExit)
    assert why in f"{said.exception} {said.output}"
    assert "geheim" not in f"{said.exception} {said.output}"


async def test_a_backup_out_of_a_bucket_goes_into_a_directory_or_another_bucket(
    filled: Cast, s3: Callable[[], str], bare_settings: Callable[[], Settings], tmp_path_factory: pytest.TempPathFactory
) -> None:
    bucket = replace(filled.settings, storage_url=s3())
    await move_storage.move(filled.storage, storage_for(bucket), lambda _: None)
    for name in await sizes(filled.settings):
        filled.storage.place.path(name).unlink()
    folder = tmp_path_factory.mktemp("backups") / "backup"
    assert (await make(bucket, folder)).missing == []
    for storage_url in ("", s3()):
        settings = replace(bare_settings(), storage_url=storage_url)
        if storage_url:
            await storage_for(settings).place.write("0" * 64, b"foreign")
            with only_process(settings), pytest.raises(BackupError, match="liegen schon Anhänge"):
                await restore(settings, folder)
            await storage_for(settings).place.forget("0" * 64)
        with only_process(settings):
            await restore(settings, folder)
        assert await sizes(settings) == await sizes(bucket)


async def test_a_restore_that_fails_leaves_no_object(
    filled: Cast, s3: Callable[[], str], bare_settings: Callable[[], Settings],
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("backups") / "backup"
    await make(filled.settings, folder)
    settings = replace(bare_settings(), storage_url=s3())

    async def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("app.domain.administration.void_after_restore", fail)
    with only_process(settings), pytest.raises(BackupError, match="leer wie zuvor"):
        await restore(settings, folder)
    assert await sizes(settings) == {}
