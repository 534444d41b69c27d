"""Before the portal starts: its database reachable, migrated under a lock, and with SQLite one process's own."""

import fcntl
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from app.config import Settings
from app.database import (
    APPS,
    close_database,
    configuration,
    dialect,
    execute,
    open_database,
    own_connection,
    written_rows,
)  # fmt: skip
from app.domain import turns
from app.postgres import address

ADVISORY_LOCK = 7_305_301_001  # any number, as long as every version of the portal takes the same


class StartError(Exception):
    """Why the portal cannot start; its text is the sentence the operator reads."""


def sqlite_file(settings: Settings) -> Path | None:
    """The file of a SQLite database, None for PostgreSQL."""
    url = settings.database
    return Path(url.removeprefix("sqlite://")) if urlsplit(url).scheme == "sqlite" else None


@contextmanager
def only_process(settings: Settings, patience: float = 0) -> Iterator[None]:
    """Make the data directory and, with SQLite, keep every other process out until the block ends.

    Two processes that read first and write later would lose each other's writes. Raises StartError.
    """
    file = sqlite_file(settings)
    with _lock_file(settings, file) as lock:
        if file and not _taken(lock.fileno(), patience):
            raise StartError(f"Mit der Datenbank {file} arbeitet schon ein anderer Prozess; beenden Sie ihn zuerst.")
        yield


def _lock_file(settings: Settings, file: Path | None) -> IO[str]:
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        return open(f"{file}.lock" if file else settings.data_dir / "portal.lock", "a")
    except OSError as error:
        raise StartError(f"In das Datenverzeichnis {settings.data_dir} lässt sich nicht schreiben.") from error


def _taken(descriptor: int, patience: float) -> bool:
    end = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                return False
            time.sleep(0.1)
        else:
            return True


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[None]:
    """The database, open for as long as the block lasts; raises StartError when there is none."""
    try:
        await open_database(settings)
    except Exception as error:
        raise StartError(f"Die Datenbank {_place(settings)} ist nicht erreichbar ({_reason(error)}).") from error
    try:
        yield
    finally:
        await close_database()


def _place(settings: Settings) -> str:
    # Never the whole address: it may hold a password.
    if file := sqlite_file(settings):
        return str(file)
    to = address(settings.database)
    return f"{to.database} auf {to.places}"


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


async def check_migrated(settings: Settings) -> None:
    """Raise StartError unless the database has exactly this version's migrations; nothing is changed."""
    async with connected(settings):
        missing, unknown = await _difference()
    if unknown:
        raise StartError(f"Die Datenbank ist neuer als diese Version des Kundenportals (sie kennt {unknown[0]}).")
    if missing:
        raise StartError("Der Datenbank fehlen Migrationen dieser Version; führen Sie zuerst „portal migrate“ aus.")


async def migrate(settings: Settings, target: str = "") -> list[str]:
    """Bring the database to this version, or only to the migration `target`, and return what was done.

    The caller holds only_process. Raises StartError when the database cannot be reached or rows would lose what they
    refer to.
    """
    async with connected(settings):
        missing, _ = await _difference()
        if not missing:
            await turns.fill()  # in batches of their own: what a kill left is still to be done
            return []
    if sqlite_file(settings):
        return await _apply(settings, target)
    async with _one_at_a_time(settings):
        return await _apply(settings, target)


async def _difference() -> tuple[list[str], list[str]]:
    """The migrations that the database lacks, and those that it has but this version does not know."""
    from tortoise.connection import get_connections
    from tortoise.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(get_connections().get("default"), APPS)
    missing = [step.migration.name for step in await executor.plan()]
    applied = await executor.recorder.applied_migrations()
    return missing, [key.name for key in applied if key not in executor.loader.graph.nodes]


async def _apply(settings: Settings, target: str) -> list[str]:
    from tortoise.migrations.api.migrate import migrate as run

    done: list[str] = []

    def progress(event: str, _: str, name: str) -> None:
        if event == "apply_done":
            done.append(name)

    config = _for_migrating(settings)
    try:
        to = f"domain.{target}" if target else None
        with _each_noted_in_its_own_transaction():
            await run(config=config, direction="forward", progress=progress, target=to)
        if dialect() == "sqlite" and await written_rows("PRAGMA foreign_key_check"):
            raise StartError("Nach der Migration verweisen Zeilen ins Leere; spielen Sie die letzte Sicherung zurück.")
    finally:
        await close_database()
    if not target:
        async with connected(settings):
            await turns.fill()
    return done


@contextmanager
def _each_noted_in_its_own_transaction() -> Iterator[None]:
    """Let a migration and the note that it was done be one.

    Tortoise notes it afterwards: killed in between, the next start would do it again, and fail for ever.
    """
    from tortoise.migrations.migration import Migration
    from tortoise.migrations.recorder import MigrationRecorder

    apply, record = Migration.apply, MigrationRecorder.record_applied

    async def apply_and_note(self: Any, state: Any, **how: Any) -> Any:
        after = await apply(self, state, **how)
        if how.get("schema_editor"):
            await execute(
                "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES (?, ?, CURRENT_TIMESTAMP)",
                self.app_label, self.name,
            )  # fmt: skip
        return after

    async def noted_already(*_: Any) -> None:
        pass

    Migration.apply = apply_and_note  # type: ignore[method-assign]
    MigrationRecorder.record_applied = noted_already  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        Migration.apply, MigrationRecorder.record_applied = apply, record  # type: ignore[method-assign]


def _for_migrating(settings: Settings) -> dict[str, Any]:
    config = configuration(settings)
    if sqlite_file(settings):
        # A migration that rebuilds a table would otherwise delete the rows that refer to it.
        config["connections"]["default"]["credentials"]["foreign_keys"] = "OFF"
    return config


@asynccontextmanager
async def _one_at_a_time(settings: Settings) -> AsyncIterator[None]:
    async with own_connection(settings) as connection:
        await connection.execute("SELECT pg_advisory_lock($1)", ADVISORY_LOCK)
        yield
