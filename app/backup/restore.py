"""`portal restore`: a verified backup into an empty portal, all of it or nothing."""

import asyncio
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
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
    _check_empty(settings)
    with _nothing_stays(settings):
        await asyncio.to_thread(_copy_files, source / FILES, settings.data_dir / FILES)
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


def _check_empty(settings: Settings) -> None:
    file = sqlite_file(settings)
    if file and file.exists():
        raise BackupError(f"Die Datenbank {file} gibt es schon; wiederhergestellt wird nur in ein leeres Portal.")
    folder = settings.data_dir
    if any(entry.suffix != ".lock" and entry.name != "lost+found" for entry in folder.iterdir()):
        raise BackupError(f"Das Datenverzeichnis {folder} ist nicht leer; wiederhergestellt wird nur in ein leeres.")


@contextmanager
def _nothing_stays(settings: Settings) -> Iterator[None]:
    """Take everything away again when something goes wrong."""
    try:
        yield
    except BaseException as error:
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


def _copy_files(source: Path, target: Path) -> None:
    for file in sorted(source.rglob("*") if source.exists() else ()):
        if file.is_file():
            copy = target / file.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
            if not copy.suffix and digest(copy) != copy.name:
                raise OSError(5, f"{copy.name} kam nicht heil an")


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
