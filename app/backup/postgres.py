"""PostgreSQL into a backup and out of it, by COPY: a file for each table.

Not by pg_dump: it would have to be installed where the portal runs, never older than the server. The tables are made by
our own migrations, which every version carries, and COPY's text is the same for all versions of PostgreSQL.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from app.backup.manifest import BackupError, Table
from app.config import Settings
from app.database import driver, rows, snapshot, written_rows

FOLDER = "postgres"
MIGRATIONS = "tortoise_migrations"
TABLES = "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
COLUMNS = (
    "SELECT column_name AS name FROM information_schema.columns WHERE table_schema = current_schema() "
    "AND table_name = $1 AND is_generated = 'NEVER' ORDER BY ordinal_position"
)
SEQUENCES = "SELECT sequencename AS name FROM pg_sequences WHERE schemaname = current_schema()"
REFERENCES = (
    "SELECT conrelid::regclass::text AS of, quote_ident(conname) AS name, pg_get_constraintdef(oid) AS rule "
    "FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"
)


async def dump(settings: Settings, folder: Path) -> tuple[dict[str, Table], dict[str, int], list[str]]:
    """Copy every table as it is at one moment; the tables, the next value of each sequence, the migrations."""
    place = folder / FOLDER
    place.mkdir()
    async with snapshot(settings) as connection:
        names = [row["name"] for row in await connection.fetch(TABLES)]
        tables = {name: await _copy(connection, name, place / f"{name}.copy") for name in names}
        sequences = {
            row["name"]: await connection.fetchval(
                f"SELECT CASE WHEN is_called THEN last_value + 1 ELSE last_value END FROM \"{row['name']}\""  # noqa: S608
            )
            for row in await connection.fetch(SEQUENCES)
        }
        applied = await connection.fetch("SELECT name FROM tortoise_migrations WHERE app = 'domain' ORDER BY name")
    return tables, sequences, [row["name"] for row in applied]


async def _copy(connection: Any, name: str, file: Path) -> Table:
    columns = [row["name"] for row in await connection.fetch(COLUMNS, name)]
    with file.open("wb") as stream:
        done = await connection.copy_from_table(name, columns=columns, output=stream)
    return Table(columns, int(done.removeprefix("COPY ")))


def is_whole(folder: Path, tables: dict[str, Table]) -> bool:
    """Whether each file has a line for each row; COPY writes an end of line inside a value as two characters."""
    return all(sum(1 for _ in _lines(folder, name)) == table.rows for name, table in tables.items())


def attachments(folder: Path, tables: dict[str, Table]) -> set[tuple[str, int]]:
    """Hash and size of every attachment that a row names."""
    columns = tables["attachment"].columns
    sha256, size = columns.index("sha256"), columns.index("size")
    values = (line.rstrip("\n").split("\t") for line in _lines(folder, "attachment"))
    return {(row[sha256], int(row[size])) for row in values}


def _lines(folder: Path, table: str) -> Iterator[str]:
    with (folder / FOLDER / f"{table}.copy").open(encoding="utf-8", newline="\n") as stream:
        yield from stream


async def is_empty(expected: Iterable[str]) -> bool:
    """Whether no table has a row, and the migrations, if any, are among the expected."""
    known = set(expected)
    for row in await rows(TABLES):
        found = await rows(f'SELECT * FROM "{row["name"]}" LIMIT 1000')  # noqa: S608
        if row["name"] != MIGRATIONS and found:
            return False
        if row["name"] == MIGRATIONS and not {one["name"] for one in found} <= known:
            return False
    return True


async def load(folder: Path, tables: dict[str, Table], sequences: dict[str, int]) -> None:
    """Fill the empty tables inside the caller's transaction; references are looked at when all is there."""
    connection, here = driver(), {row["name"] for row in await written_rows(TABLES)}
    if not tables.keys() <= here:
        raise BackupError("Die Datenbank hat nicht die Tabellen der Sicherung; nehmen Sie eine leere.")
    async with without_references(connection):
        for name, table in tables.items():
            if name != MIGRATIONS:
                await connection.copy_to_table(name, source=folder / FOLDER / f"{name}.copy", columns=table.columns)
        for name, value in sequences.items():
            await connection.execute("SELECT setval(quote_ident($1)::regclass, $2, false)", name, value)


@asynccontextmanager
async def without_references(connection: Any) -> AsyncIterator[None]:
    """Inside a transaction: references between tables are looked at when all rows are there."""
    references = await connection.fetch(REFERENCES)
    for one in references:
        await connection.execute(f"ALTER TABLE {one['of']} DROP CONSTRAINT {one['name']}")
    yield
    for one in references:
        await connection.execute(f"ALTER TABLE {one['of']} ADD CONSTRAINT {one['name']} {one['rule']}")
