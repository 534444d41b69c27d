"""`portal move-database`: a SQLite portal into an empty PostgreSQL, every row compared before any of it counts."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app.backup import postgres, sqlite
from app.backup.manifest import BackupError
from app.config import Settings
from app.database import atomic, driver, known_migrations, written_rows
from app.domain import fulltext
from app.migrate import connected, migrate, sqlite_file

SEARCH = "ticket_search"
BATCH = 200  # tickets
KEYS = (
    "SELECT c.relname AS table, a.attname AS key, "
    "pg_get_serial_sequence(quote_ident(c.relname), a.attname) AS sequence "
    "FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_attribute a ON a.attrelid = c.oid "
    "AND a.attnum = i.indkey[0] WHERE i.indisprimary AND c.relnamespace = current_schema()::regnamespace"
)
COLUMNS = (
    "SELECT column_name AS name, data_type AS type FROM information_schema.columns "
    "WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position"
)
# SQLite knows neither truth values nor times: PostgreSQL's kind of column → what is read there.
READ: dict[str, Callable[[Any], Any]] = {"boolean": bool, "timestamp with time zone": datetime.fromisoformat}
COMPARED: dict[str, Callable[[Any], Any]] = {"jsonb": json.loads, "json": json.loads}


@dataclass(frozen=True)
class _Table:
    """A table of both databases: its columns with PostgreSQL's kinds, and its key."""

    name: str
    columns: dict[str, str]
    key: str

    def read(self, source: sqlite3.Connection) -> Iterator[tuple[Any, ...]]:
        """Every row of SQLite's, by its key, as PostgreSQL takes it."""
        names = ", ".join(f'"{name}"' for name in self.columns)
        reads = [READ.get(kind) for kind in self.columns.values()]
        for row in source.execute(f'SELECT {names} FROM "{self.name}" ORDER BY "{self.key}"'):  # noqa: S608
            yield tuple(
                read(value) if read and value is not None else value for read, value in zip(reads, row, strict=True)
            )


async def move(settings: Settings, source: Path) -> dict[str, int]:
    """Copy the database file `source` into the PostgreSQL of the settings; the number of rows by table.

    The caller holds only_process of both. All in one transaction, and each row is read back and compared within it.
    Attachments stay where they are. Raises BackupError or StartError, and then PostgreSQL is empty as before.
    """
    _check(settings, source)
    async with connected(settings):
        if not await postgres.is_empty(known_migrations()):
            raise BackupError("Die Datenbank in PORTAL_DATABASE_URL ist nicht leer; umgezogen wird nur in eine leere.")
    await migrate(settings)
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as file:
        async with connected(settings), atomic():
            return await _move(file)


def _check(settings: Settings, source: Path) -> None:
    if sqlite_file(settings):
        raise BackupError("Das Ziel ist PostgreSQL; setzen Sie PORTAL_DATABASE_URL auf eine leere Datenbank.")
    if not source.is_file():
        raise BackupError(f"Die Datenbank {source} gibt es nicht.")
    if sqlite.migrations(source) != known_migrations():
        raise BackupError(f"{source} ist nicht auf dem Stand dieser Version; führen Sie zuerst „portal migrate“ aus.")
    if not sqlite.is_whole(source):
        raise BackupError(f"{source} ist beschädigt; kopiert wurde nichts.")


async def _move(source: sqlite3.Connection) -> dict[str, int]:
    connection, moved = driver(), {}
    keys = {row["table"]: row for row in await written_rows(KEYS)}
    async with postgres.without_references(connection):
        for name in sorted(keys.keys() - {SEARCH, postgres.MIGRATIONS}):
            columns = {row["name"]: row["type"] for row in await connection.fetch(COLUMNS, name)}
            moved[name] = await _copy(connection, source, _Table(name, columns, keys[name]["key"]))
        async with fulltext.without_indexes():
            moved[SEARCH] = await _copy_search(connection, source)
    counted = dict(source.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
    for name, row in keys.items():
        if row["sequence"] and counted.get(name):
            await connection.execute("SELECT setval($1::regclass, $2)", row["sequence"], counted[name])
    return moved


async def _copy(connection: Any, source: sqlite3.Connection, table: _Table) -> int:
    """One table, then both sides row beside row."""
    await connection.copy_records_to_table(table.name, records=table.read(source), columns=list(table.columns))
    kinds, names = list(table.columns.values()), ", ".join(f'"{name}"' for name in table.columns)
    there = connection.cursor(f'SELECT {names} FROM "{table.name}" ORDER BY "{table.key}"', prefetch=1000)  # noqa: S608
    here, number = table.read(source), 0
    async for found in there:
        if not _same(kinds, next(here, ()), tuple(found)):
            raise BackupError(f"In „{table.name}“ kam eine Zeile anders an ({found[0]}); umgezogen wurde nichts.")
        number += 1
    if next(here, None) is not None:
        raise BackupError(f"In „{table.name}“ fehlen Zeilen; umgezogen wurde nichts.")
    return number


def _same(kinds: Sequence[str], given: tuple[Any, ...], found: tuple[Any, ...]) -> bool:
    """Whether two rows say the same; PostgreSQL writes JSON in words of its own."""
    if given == found:
        return True
    read = (COMPARED.get(kind) for kind in kinds)
    return len(given) == len(found) and all(
        a == b or bool(turn and a and b and turn(a) == turn(b)) for turn, a, b in zip(read, given, found, strict=True)
    )


async def _copy_search(connection: Any, source: sqlite3.Connection) -> int:
    """The words of each ticket, by who may read them; some hundred tickets at a time."""
    documents = source.execute(f"SELECT rowid, everyone, organisation, vendor FROM {SEARCH} ORDER BY rowid")  # noqa: S608
    number = 0
    while batch := documents.fetchmany(BATCH):
        wanted = {
            ticket: [fulltext.fitting(f"{everyone} {own}".split()) for own in (organisation, vendor)]
            for ticket, everyone, organisation, vendor in batch
        }
        texts = ([" ".join(words[place]) for words in wanted.values()] for place in (0, 1))
        there = await connection.fetch(
            f"INSERT INTO {SEARCH} (ticket_id, organisation, vendor) "  # noqa: S608
            "SELECT x.ticket, array_to_tsvector(string_to_array(x.a, ' ')), "
            "array_to_tsvector(string_to_array(x.b, ' ')) "
            "FROM unnest($1::int[], $2::text[], $3::text[]) AS x (ticket, a, b) "
            "RETURNING ticket_id, tsvector_to_array(organisation) AS a, tsvector_to_array(vendor) AS b",
            list(wanted), *texts,
        )  # fmt: skip
        came = {row["ticket_id"]: (set(row["a"]), set(row["b"])) for row in there}
        for ticket, words in wanted.items():
            if came.get(ticket) != tuple(map(set, words)):
                raise BackupError(f"Die Wörter von #{ticket} kamen anders an; umgezogen wurde nichts.")
        number += len(wanted)
    return number
