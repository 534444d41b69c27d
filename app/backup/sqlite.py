"""SQLite into a backup and out of it: one file, copied by SQLite itself while the portal writes."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

COPY = "portal.sqlite3"


def dump(source: Path, folder: Path) -> None:
    """Copy the database as it is at one moment.

    All pages go in one step, which is one reading transaction: in WAL mode writers go on meanwhile and are not in it.
    """
    address = f"file:{quote(str(source))}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as old, closing(sqlite3.connect(folder / COPY)) as new:
        old.backup(new)
    fold(folder / COPY)


def fold(file: Path) -> None:
    """Bring what lies in the file's log into the file, so that it can be moved as one."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def is_whole(file: Path) -> bool:
    """Whether SQLite finds every page, index and reference in order."""
    with closing(sqlite3.connect(file)) as connection:
        sound = connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return sound and not connection.execute("PRAGMA foreign_key_check").fetchall()


def attachments(file: Path) -> set[tuple[str, int]]:
    """Hash and size of every attachment that a row names."""
    return {(str(sha256), int(size)) for sha256, size in _ask(file, "SELECT sha256, size FROM attachment")}


def migrations(file: Path) -> list[str]:
    """What the database was migrated to."""
    applied = _ask(file, "SELECT name FROM tortoise_migrations WHERE app = 'domain' ORDER BY name")
    return [str(row[0]) for row in applied]


def count(file: Path, table: str) -> int:
    """How many rows a table has."""
    return int(_ask(file, f"SELECT COUNT(*) FROM {table}")[0][0])  # noqa: S608


def _ask(file: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(sql).fetchall()
