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
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from app.config import Settings
from app.database import close_database, open_database
from app.documents import child
from app.migrate import migrate, only_process
from tests import cast as cast_module
from tests.cast import Cast, Portal
from tests.models_once import describe_models_once
from tests.postgres import Postgres, handing_on_connections

DATABASE = os.environ.get("PORTAL_TEST_DATABASE") or "sqlite"
if DATABASE not in ("sqlite", "postgres"):
    raise pytest.UsageError(f"PORTAL_TEST_DATABASE must be sqlite or postgres, not {DATABASE}")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--long` also runs what takes more than a few seconds."""
    parser.addoption("--long", action="store_true", help="also run the tests marked long")
    parser.addoption("--cluster", action="store_true", help="also run tests/cluster, as root on Debian")


def pytest_configure(config: pytest.Config) -> None:
    """Every async test and fixture is anyio's."""
    config.option.anyio_mode = "auto"
    describe_models_once()


HERE = Path(__file__).parent
# What runs in a process of its own beside the others: what starts programs, and what evens out how long each one takes.
BESIDE = (HERE, HERE / "faults", HERE / "security", HERE / "documents", HERE / "house", HERE / "cluster")
# Rooms ask verbs, and the verbs' own tests run on both databases, as do the pages that have statements of their own.
# The other pages say nothing new on PostgreSQL; `--long` asks them all the same.
ROOMS_ON_BOTH = {"test_routes.py", "test_moves.py", "test_list_news.py", "test_events.py", "test_drafts.py"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What touches no database or says nothing new on PostgreSQL is not run there."""
    for item in items:
        if item.path.parent in BESIDE:
            item.add_marker(pytest.mark.processes)
        if item.path.parent == HERE / "web" and item.path.name not in ROOMS_ON_BOTH:
            item.add_marker(pytest.mark.sqlite_first)
        if item.get_closest_marker("sqlite_first") and not config.option.long:
            item.add_marker(pytest.mark.sqlite_only)
        if item.get_closest_marker("no_database"):
            item.add_marker(pytest.mark.sqlite_only)
        if item.get_closest_marker("cluster") and not item.config.getoption("--cluster"):
            item.add_marker(pytest.mark.skip(reason="makes machines of network namespaces, as root: --cluster"))
        if item.get_closest_marker("long") and not item.config.getoption("--long"):
            item.add_marker(pytest.mark.skip(reason="takes long: --long"))
        if DATABASE == "postgres" and item.get_closest_marker("sqlite_only"):
            item.add_marker(pytest.mark.skip(reason="says nothing new on PostgreSQL"))


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The portal runs on asyncio only."""
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
async def one_loop(anyio_backend: str) -> AsyncIterator[asyncio.AbstractEventLoop]:
    """All tests of a run share a loop, and with it the connections and the processes for documents that live on it."""
    yield asyncio.get_running_loop()
    await child.close()


@pytest.fixture
def nothing_left(one_loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """What a test left running on the loop ends with it."""
    before = asyncio.all_tasks(one_loop)
    yield
    if left := asyncio.all_tasks(one_loop) - before:
        for task in left:
            task.cancel()
        one_loop.run_until_complete(asyncio.wait(left, timeout=1))


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
async def templates(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> dict[str, Path]:
    """SQLite: a migrated database file without rows, and one with the cast in it."""
    empty, filled = (Settings(data_dir=tmp_path_factory.mktemp(name)) for name in ("empty", "filled"))
    await migrated(empty)
    _settle(database_file(empty))
    shutil.copy(database_file(empty), database_file(filled))
    await _fill(filled)
    _settle(database_file(filled))
    return {"empty": database_file(empty), "filled": database_file(filled)}


def _settle(file: Path) -> None:
    # The portal's second connection only reads, so closing it last leaves the newest rows in the -wal file.
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


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
async def restorable(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> AsyncIterator[str]:
    """PostgreSQL: the address of the one database that is put back before each test."""
    url = postgres.create("tests")
    settings = Settings(database_url=url, data_dir=tmp_path_factory.mktemp("postgres-data"))
    await migrated(settings)
    postgres.keep("tests", "empty")
    await _fill(settings)
    postgres.keep("tests", "filled")
    async with handing_on_connections("tests"):
        yield url


@pytest.fixture(scope="session")
def s3() -> Iterator[Callable[[], str]]:
    """Makes the address of an empty bucket in an S3-compatible store."""
    from tests.s3 import running

    with running() as make:
        yield make


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str) -> Settings:
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


@asynccontextmanager
async def _nobody_listens(settings: Settings) -> AsyncIterator[None]:
    yield


async def _stay() -> None:
    pass


@pytest.fixture
async def _running(request: pytest.FixtureRequest, settings: Settings, nothing_left: None) -> AsyncIterator[Any]:
    # The portal opens the database itself when it starts; a test without the portal opens it alone.
    if "portal" in request.fixturenames:
        from app.main import ROOT
        from app.web import respond

        app = _shared_app()
        respond.install(app, ROOT, settings)
        with pytest.MonkeyPatch.context() as patch:
            # What a portal has for itself costs more to start than a test: processes for documents stay for the next
            # one, and nobody listens for other processes; tests/documents and test_events have their own.
            patch.setattr(child, "close", _stay)
            patch.setattr("app.main.following", _nobody_listens)
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
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords with the least that argon2 takes, and with a queue of this test's own."""
    from app.domain import accounts

    monkeypatch.setattr(accounts, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    monkeypatch.setattr(accounts, "_nobody", accounts._hasher.hash("nobody"))
    monkeypatch.setattr(accounts, "_two_at_once", asyncio.Semaphore(2))


@pytest.fixture
async def portal(_running: Any, cast: Cast) -> AsyncIterator[Portal]:
    """A browser without a window before the running portal: `await portal.sign_in("user")`, then get and send."""
    async with Portal(_running, cast) as visitor:
        yield visitor
