"""The corpora: built once by `portal demo` and `portal move-database`, kept in build/bench, and cloned for each run.

A corpus is built anew when what draws it has changed; migrations that came later are applied to it.
"""

import fcntl
import hashlib
import inspect
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.postgres import Postgres

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "build" / "bench"
SEED = "7"
DRAWN_BY = ("bulk", "bulk_tickets", "bulk_world", "corpus", "frames", "people", "words")
# As PostgreSQL's own package starts it, but for the connections: an answer counts only once its rows are on disk.
SETTINGS = ("synchronous_commit = on", "fsync = on", "full_page_writes = on", "max_connections = 60")
LONG, SHORT = 150, 6
RARE = (5, 25)  # documents that hold the rare word, in the large corpus


@dataclass(frozen=True)
class Facts:
    """What the visits name of a corpus."""

    tickets: int
    short: int  # a ticket with 6 messages
    long: int  # one with 150
    rare: str
    organisation: int  # the customer's
    thousand: int  # the organisation of whose tickets the vendor sees the nearest to a thousand
    module: int


@dataclass(frozen=True)
class Clone:
    """A copy of a corpus that a run may write into."""

    facts: Facts
    data: Path
    url: str = ""  # of PostgreSQL; SQLite's file lies in `data`

    @property
    def environment(self) -> dict[str, str]:
        """The portal's settings over this copy."""
        own = {"PORTAL_DATA_DIR": str(self.data)}
        return own | ({"PORTAL_DATABASE_URL": self.url} if self.url else {})


def environment(**settings: str) -> dict[str, str]:
    """This process's environment without the settings of a portal that its shell may hold, and these."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")} | settings


def portal(*arguments: str, **settings: str) -> None:
    """Run the command `portal`."""
    command = [sys.executable, "-m", "app.cli", *arguments]
    subprocess.run(command, cwd=ROOT, env=environment(**settings), check=True)


def corpus(tickets: int, kept: Path = KEPT) -> Path:
    """The data directory of a SQLite corpus."""
    folder, stamp = kept / str(tickets), _stamp()
    said = folder / "corpus.json"
    if not said.exists() or json.loads(said.read_text())["stamp"] != stamp:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        began = time.monotonic()
        portal("demo", "--tickets", str(tickets), "--seed", SEED, "--data", str(folder))
        facts = _prepare(folder / "portal.sqlite3")
        said.write_text(json.dumps({"stamp": stamp, "facts": asdict(facts)}, indent=1))
        print(f"{tickets} tickets: built in {time.monotonic() - began:.0f} s", flush=True)
    else:
        portal("migrate", PORTAL_DATA_DIR=str(folder))
    return folder


def _stamp() -> str:
    files = [ROOT / "app" / "demo" / f"{name}.py" for name in DRAWN_BY]
    own = "".join(map(inspect.getsource, (Facts, _prepare, _rare)))
    return hashlib.sha256(b"".join([*map(Path.read_bytes, files), own.encode()])).hexdigest()


def _prepare(file: Path) -> Facts:
    """Let two open tickets of the customer have 6 and 150 messages, and find everything that the visits name."""
    with closing(sqlite3.connect(file)) as connection, connection:

        def one(sql: str, *values: object) -> tuple[int, ...]:
            found: tuple[int, ...] = connection.execute(sql, values).fetchone()
            return found

        (organisation,) = one("SELECT organisation_id FROM person WHERE user_name = 'edv-nord'")
        short, long = (row[0] for row in connection.execute(
            "SELECT t.number FROM ticket t JOIN message m ON m.ticket_id = t.number WHERE t.organisation_id = ? "
            "AND t.handed_over_at IS NOT NULL AND t.status <> 'closed' GROUP BY t.number HAVING COUNT(*) <= ? "
            "AND MIN(m.audience) = 'everyone' AND MAX(m.audience) = 'everyone' ORDER BY t.number LIMIT 2",
            (organisation, SHORT),
        ))  # fmt: skip
        for number, wanted in ((short, SHORT), (long, LONG)):
            (there,) = one("SELECT COUNT(*) FROM message WHERE ticket_id = ?", number)
            connection.execute(
                "INSERT INTO message (ticket_id, author_id, audience, body, created_at) "
                "SELECT t.number, CASE WHEN m.id % 2 THEN t.reporter_id ELSE t.responsible_id END, 'everyone', m.body, "
                "t.updated_at FROM ticket t, (SELECT id, body FROM message ORDER BY id LIMIT ?) m WHERE t.number = ?",
                (wanted - there, number),
            )
        (thousand,) = one(
            "SELECT organisation_id FROM ticket WHERE handed_over_at IS NOT NULL AND deleted_at IS NULL "
            "GROUP BY organisation_id ORDER BY ABS(COUNT(*) - 1000) LIMIT 1"
        )
        (tickets,) = one("SELECT COUNT(*) FROM ticket")
        (module,) = one("SELECT MIN(id) FROM module")
        return Facts(tickets, short, long, _rare(connection, organisation, tickets), organisation, thousand, module)


def _rare(connection: sqlite3.Connection, organisation: int, tickets: int) -> str:
    """The first word in the alphabet that is in few tickets, one of them the customer's."""
    connection.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, ticket_search, 'row')")
    low, high = (max(2, border * tickets // 100_000) for border in RARE)
    for (word,) in connection.execute(
        "SELECT term FROM words WHERE doc BETWEEN ? AND ? AND length(term) > 6 AND term >= 'a'", (low, high + 1)
    ):
        if connection.execute(
            "SELECT 1 FROM ticket WHERE organisation_id = ? AND handed_over_at IS NOT NULL AND deleted_at IS NULL "
            "AND number IN (SELECT rowid FROM ticket_search WHERE ticket_search MATCH ?) LIMIT 1",
            (organisation, f"everyone : {word}*"),
        ).fetchone():
            return str(word)
    raise LookupError("there is no rare word in this corpus")


def facts_of(folder: Path) -> Facts:
    """What the visits name of a corpus."""
    return Facts(**json.loads((folder / "corpus.json").read_text())["facts"])


@contextmanager
def alone(kept: Path = KEPT) -> Iterator[None]:
    """Two benches at once would fill the same corpus and measure each other: the second waits."""
    kept.mkdir(parents=True, exist_ok=True)
    with (kept / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def sqlite_clone(tickets: int, kept: Path = KEPT) -> Iterator[Clone]:
    """A copy of the SQLite corpus, removed afterwards."""
    folder, copy = corpus(tickets, kept), kept / f"run-{tickets}"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    try:
        shutil.copyfile(folder / "portal.sqlite3", copy / "portal.sqlite3")
        yield Clone(facts_of(folder), copy)
    finally:
        shutil.rmtree(copy, ignore_errors=True)


@contextmanager
def postgres_server(kept: Path = KEPT) -> Iterator[Postgres]:
    """PostgreSQL out of the wheel, with its data kept."""
    kept.mkdir(parents=True, exist_ok=True)
    with Postgres.started(kept / "postgres", SETTINGS) as server:
        yield server


@contextmanager
def postgres_clone(server: Postgres, tickets: int, kept: Path = KEPT) -> Iterator[Clone]:
    """A copy of the corpus in PostgreSQL, removed afterwards."""
    folder, database, copy = corpus(tickets, kept), f"corpus_{tickets}", f"run_{tickets}"
    data = kept / f"run-postgres-{tickets}"
    _moved(server, folder, database)
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir()
    server.drop(copy)
    server.run("postgres", f"CREATE DATABASE {copy} TEMPLATE {database}")
    try:
        yield Clone(facts_of(folder), data, server.url(copy))
    finally:
        server.drop(copy)
        shutil.rmtree(data, ignore_errors=True)


def _moved(server: Postgres, folder: Path, database: str) -> None:
    """Let `portal move-database` bring the corpus into this database, unless it holds it already."""
    stamp = json.loads((folder / "corpus.json").read_text())["stamp"]
    said = server.run("postgres", f"SELECT shobj_description(oid, 'pg_database') FROM pg_database "
                                  f"WHERE datname = '{database}'")  # fmt: skip
    if said and said[0][0] == stamp:
        portal("migrate", PORTAL_DATABASE_URL=server.url(database), PORTAL_DATA_DIR=str(folder))
        return
    began = time.monotonic()
    server.drop(database)
    url = server.create(database)
    source = str(folder / "portal.sqlite3")
    portal("move-database", "--from", source, PORTAL_DATABASE_URL=url, PORTAL_DATA_DIR=str(folder))
    server.run("postgres", f"COMMENT ON DATABASE {database} IS '{stamp}'", fetch=False)
    print(f"{database}: moved in {time.monotonic() - began:.0f} s", flush=True)
