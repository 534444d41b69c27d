"""`portal restore`: a verified backup into an empty portal, all of it or nothing."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import asyncpg
from tortoise.exceptions import BaseORMException

from app.backup import postgres, sqlite
from app.backup.make import FILES
from app.backup.manifest import BackupError, Facts, digest, verify
from app.config import Settings
from app.database import atomic, known_migrations
from app.domain import administration
from app.domain.administration import Void
from app.domain.refusals import StorageAway
from app.domain.storage import storage_for
from app.domain.storage_local import HASH, Directory
from app.domain.storage_s3 import Bucket
from app.language import format_datetime
from app.migrate import connected, migrate, sqlite_file

KINDS = {"sqlite": "SQLite", "postgres": "PostgreSQL"}


def state_of(facts: Facts) -> str:
    """When a backup was made, as people read it."""
    return format_datetime(datetime.fromisoformat(facts.made_at))


async def restore(settings: Settings, source: Path) -> tuple[Facts, Void]:
    """Bring back a backup; the caller holds only_process. Raises BackupError or StartError, and then nothing is there.

    Every hash is looked at before anything is written. Letters that waited are held, sessions and one-time secrets end.
    """
    facts = await asyncio.to_thread(verify, source)
    _check_fits(settings, facts)
    await _check_empty(settings)
    async with _nothing_stays(settings, source / FILES):
        await _copy_files(source / FILES, storage_for(settings).place)
        if file := sqlite_file(settings):
            return facts, await _sqlite(settings, file, source, facts)
        return facts, await _postgres(settings, source, facts)


def _check_fits(settings: Settings, facts: Facts) -> None:
    kind = "sqlite" if sqlite_file(settings) else "postgres"
    if facts.database != kind:
        raise BackupError(f"Die Sicherung ist von {KINDS[facts.database]}, eingestellt ist {KINDS[kind]}.")
    newer = set(facts.migrations) - set(known_migrations())
    if newer:
        raise BackupError(f"Die Sicherung ist neuer als diese Version des Kundenportals (sie kennt {min(newer)}).")


async def _check_empty(settings: Settings) -> None:
    file = sqlite_file(settings)
    if file and file.exists():
        raise BackupError(f"Die Datenbank {file} gibt es schon; wiederhergestellt wird nur in ein leeres Portal.")
    folder = settings.data_dir
    if any(entry.suffix != ".lock" and entry.name != "lost+found" for entry in folder.iterdir()):
        raise BackupError(f"Das Datenverzeichnis {folder} ist nicht leer; wiederhergestellt wird nur in ein leeres.")
    place = storage_for(settings).place
    try:
        found = [entry async for entries in place.entries() for entry in entries]
    except OSError as error:
        raise BackupError(f"{place} ist nicht zu erreichen ({' '.join(str(error).split())[:200]}).") from error
    if found:
        raise BackupError(f"In {place} liegen schon Anhänge; wiederhergestellt wird nur in eine leere Ablage.")


@asynccontextmanager
async def _nothing_stays(settings: Settings, files: Path) -> AsyncIterator[None]:
    """Take everything away again when something goes wrong."""
    try:
        yield
    except BaseException as error:
        with suppress(StorageAway):
            if settings.storage_url:
                for name in _named(files):
                    await storage_for(settings).place.forget(name)
        shutil.rmtree(settings.data_dir / FILES, ignore_errors=True)
        if file := sqlite_file(settings):
            for rest in file.parent.glob(f"{_unfinished(file).name}*"):
                rest.unlink()
        if isinstance(error, OSError | sqlite3.Error | asyncpg.PostgresError | BaseORMException):
            why = " ".join(str(getattr(error, "strerror", None) or error).split())[:200]
            raise BackupError(f"Das Wiederherstellen ist misslungen ({why}); das Portal ist leer wie zuvor.") from error
        raise


def _unfinished(file: Path) -> Path:
    return file.with_name(f"{file.name}.partial")


def _named(files: Path) -> dict[str, Path]:
    """The attachments of a backup by their names in a storage."""
    return {file.name: file for file in sorted(files.rglob("*") if files.exists() else ()) if file.is_file()}


async def _copy_files(source: Path, target: Directory | Bucket) -> None:
    for name, file in _named(source).items():
        await target.write(name, await asyncio.to_thread(file.read_bytes))
        async with target.at_hand([name]) as paths:
            if HASH.fullmatch(name) and await asyncio.to_thread(digest, paths[name]) != name:
                raise OSError(5, f"{name} kam nicht heil an")


async def _sqlite(settings: Settings, file: Path, source: Path, facts: Facts) -> Void:
    """The database gets its name last, when everything else is done."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = _unfinished(file)
    await asyncio.to_thread(shutil.copyfile, source / sqlite.COPY, unfinished)
    if not await asyncio.to_thread(sqlite.is_whole, unfinished):
        raise BackupError("Die Datenbank in der Sicherung ist beschädigt.")
    async with connected(replace(settings, database_url=f"sqlite://{unfinished.absolute()}")):
        void = await administration.void_after_restore(state_of(facts))
    sqlite.fold(unfinished)
    unfinished.rename(file)
    return void


async def _postgres(settings: Settings, source: Path, facts: Facts) -> Void:
    """The tables as they were then, made by our migrations; all rows in one transaction."""
    async with connected(settings):
        if not await postgres.is_empty(facts.migrations):
            raise BackupError("Die Datenbank ist nicht leer; wiederhergestellt wird nur in eine leere.")
    await migrate(settings, facts.migrations[-1])
    async with connected(settings), atomic():
        await postgres.load(source, facts.tables, facts.sequences)
        return await administration.void_after_restore(state_of(facts))
