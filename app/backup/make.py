"""`portal backup`: the database of one moment, then the files that its rows name, verified, and only then named."""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg

from app import clock
from app.backup import postgres, sqlite
from app.backup.manifest import BackupError, Facts, digest, seal, verify
from app.config import Settings
from app.database import snapshot
from app.domain.storage import storage_for
from app.domain.storage_local import Directory
from app.migrate import sqlite_file

FILES = "attachments"
AT_ONCE = 16  # attachments that are fetched to be copied
COUNTED = ("ticket", "message", "attachment")


@dataclass(frozen=True)
class _Dumped:
    """A database that has been copied: what its facts will say, and which files it wants."""

    facts: Facts
    wanted: set[tuple[str, int]]


async def make(settings: Settings, target: Path) -> Facts:
    """Back up everything into the new folder `target` while the portal runs; raises BackupError or StartError.

    Files never change and are on disk before the row that names them is committed, so all that the copied rows name
    are there, but for what was deleted for good in these very moments. Until the backup is whole it has another name.
    """
    _check(settings, target)
    partial = target.with_name(f".{target.name}.partial-{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.mkdir(mode=0o700)
        dumped = await _dump(settings, partial)
        missing = await _copy_files(settings, partial, dumped.wanted)
        if missing:  # or deleted since the copy of the database was made, row and file
            missing &= await _named_now(settings)
        facts = replace(dumped.facts, missing=sorted(missing))
        await asyncio.to_thread(_finish, partial, facts)
        partial.rename(target)
    except (OSError, sqlite3.Error, asyncpg.PostgresError) as error:
        why = " ".join(str(getattr(error, "strerror", None) or error).split())[:200]
        raise BackupError(f"Die Sicherung nach {target} ist nicht gelungen ({why}); nichts ist davon da.") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return facts


def _check(settings: Settings, target: Path) -> None:
    if target.exists() or target.is_symlink():
        raise BackupError(f"{target} gibt es schon; eine Sicherung überschreibt nichts.")
    file = sqlite_file(settings)
    if file and not file.exists():
        raise BackupError(f"Die Datenbank {file} gibt es nicht.")


async def _dump(settings: Settings, folder: Path) -> _Dumped:
    made_at = clock.now().isoformat(timespec="seconds")
    if file := sqlite_file(settings):
        await asyncio.to_thread(sqlite.dump, file, folder)
        copy = folder / sqlite.COPY
        counts = {name: sqlite.count(copy, name) for name in COUNTED}
        return _Dumped(Facts(made_at, "sqlite", sqlite.migrations(copy), counts), sqlite.attachments(copy))
    tables, sequences, migrations = await postgres.dump(settings, folder)
    facts = Facts(
        made_at, "postgres", migrations, {name: tables[name].rows for name in COUNTED}, tables=tables,
        sequences=sequences,
    )  # fmt: skip
    return _Dumped(facts, postgres.attachments(folder, tables))


async def _named_now(settings: Settings) -> set[str]:
    """The hashes of all attachments in the portal's own database."""
    if file := sqlite_file(settings):
        return {sha256 for sha256, _ in sqlite.attachments(file)}
    async with snapshot(settings) as connection:
        return {row["sha256"] for row in await connection.fetch("SELECT sha256 FROM attachment")}


def _finish(folder: Path, facts: Facts) -> None:
    """Write down what it is, and look at everything once more from the disk."""
    seal(folder, facts)
    os.sync()  # on the disk before it gets its name
    verify(folder)
    if facts.database == "sqlite":
        whole = sqlite.is_whole(folder / sqlite.COPY)
    else:
        whole = postgres.is_whole(folder, facts.tables)
    if not whole:
        raise BackupError("Die Datenbank ist beschädigt, die Kopie ebenso; es gibt keine neue Sicherung.")


async def _copy_files(settings: Settings, folder: Path, wanted: set[tuple[str, int]]) -> set[str]:
    """Copy attachments with their previews; the hashes of those that are not there or not what they were.

    Out of a bucket too: one backup has everything, and goes into a portal with any storage.
    """
    storage, copies, listed, missing = storage_for(settings), Directory(folder / FILES), sorted(wanted), set[str]()
    for start in range(0, len(listed), AT_ONCE):
        some = listed[start : start + AT_ONCE]
        names = [name for sha256, _ in some for name in (sha256, f"{sha256}.webp")]
        async with storage.at_hand(names) as paths:
            missing |= await asyncio.to_thread(lambda: {h for h, size in some if not _copied(paths, copies, h, size)})  # noqa: B023
    return missing


def _copied(paths: Mapping[str, Path], copies: Directory, sha256: str, size: int) -> bool:
    copy = copies.path(sha256)
    copy.parent.mkdir(parents=True, exist_ok=True)
    if sha256 not in paths:
        return False
    try:
        shutil.copyfile(paths[sha256], copy)
    except FileNotFoundError:  # deleted for good in this moment
        return False
    if copy.stat().st_size != size or digest(copy) != sha256:
        copy.unlink()
        return False
    if preview := paths.get(f"{sha256}.webp"):
        with suppress(FileNotFoundError):
            shutil.copyfile(preview, copies.path(preview.name))
    return True
