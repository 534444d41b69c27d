"""The database: open and close, one statement at a time, and atomic(), the only way into a transaction."""

import asyncio
import errno
import sqlite3
import traceback
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from contextvars import ContextVar
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.sqlite.client import SqliteTransactionWrapper
from tortoise.connection import get_connections
from tortoise.exceptions import OperationalError
from tortoise.transactions import in_transaction

from app import postgres
from app.config import Settings

if TYPE_CHECKING:
    import asyncpg

Row = dict[str, Any]

MANY = 1000  # rows that are made ours in a thread

APPS = {"domain": {"models": ["app.domain.models"], "default_connection": "default", "migrations": "migrations"}}


def configuration(settings: Settings) -> dict[str, Any]:
    """Tortoise's configuration: `default` writes; `reads` is a second, read-only connection on SQLite.

    A page that reads would otherwise wait for every open transaction of the process (measured: 453 ms against 3).
    """
    if urlsplit(settings.database).scheme == "sqlite":
        connections = {"default": _sqlite(settings.database), "reads": _sqlite(settings.database, query_only="ON")}
    else:
        to = postgres.credentials(postgres.address(settings.database))
        connections = {"default": {"engine": "tortoise.backends.asyncpg", "credentials": to}}
    return {"connections": connections, "apps": APPS, "use_tz": True, "timezone": "UTC"}


def _sqlite(url: str, **pragmas: str) -> dict[str, Any]:
    return {
        "engine": "tortoise.backends.sqlite",
        "credentials": {
            "file_path": url.removeprefix("sqlite://"),
            "journal_mode": "WAL",
            "synchronous": "FULL",
            "busy_timeout": 5000,
            "foreign_keys": "ON",
            "cache_size": -20000,
            "temp_store": "MEMORY",
            "journal_size_limit": 67108864,
            **pragmas,
        },
    }


async def open_database(settings: Settings) -> None:
    """Connect and prove it with one statement; raises what the driver says when there is no database."""
    if urlsplit(settings.database).scheme == "sqlite":
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        SqliteTransactionWrapper.begin = _begin_immediate  # type: ignore[method-assign]
    try:
        await Tortoise.init(config=configuration(settings), _enable_global_fallback=True)
        await rows("SELECT 1")
    except BaseException:
        await close_database()
        raise


async def close_database() -> None:
    """Close every connection; an open aiosqlite thread would keep the process alive."""
    await Tortoise.close_connections()


@asynccontextmanager
async def own_connection(settings: Settings) -> "AsyncIterator[asyncpg.Connection[Any]]":
    """A connection to PostgreSQL beside the pool, for a lock or for listening: both end when it goes back there."""
    import asyncpg

    connection = await postgres.connect(postgres.address(settings.database))
    try:
        yield connection
    finally:
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
            await connection.close(timeout=2)


@asynccontextmanager
async def snapshot(settings: Settings) -> "AsyncIterator[asyncpg.Connection[Any]]":
    """A connection to PostgreSQL that sees one moment for as long as the block lasts, and writes nothing."""
    async with (
        own_connection(settings) as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        yield connection


def driver() -> "asyncpg.Connection[Any]":
    """PostgreSQL's own connection of the open transaction, for COPY, which Tortoise does not know."""
    return get_connections().get("default")._connection


def known_migrations() -> list[str]:
    """The names of this version's migrations, the oldest first."""
    found = find_spec(str(APPS["domain"]["migrations"]))
    folders = found.submodule_search_locations or () if found else ()
    return sorted(file.stem for folder in folders for file in Path(folder).glob("[0-9]*.py"))


async def _begin_immediate(self: SqliteTransactionWrapper) -> None:
    # A plain BEGIN that reads first and writes later fails at once when another process wrote in between.
    try:
        await self._connection.commit()
        await self._connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        raise OperationalError(error) from error


_afterwards: ContextVar[list[Callable[[], None]] | None] = ContextVar("afterwards", default=None)


def after_commit(work: Callable[[], None]) -> None:
    """Call this once the open transaction is committed, or at once where none is open; never when it fails."""
    waiting = _afterwards.get()
    if waiting is None:
        work()
    else:
        waiting.append(work)


@asynccontextmanager
async def atomic() -> AsyncIterator[None]:
    """One transaction: all of it or nothing. Await only the database inside.

    Tortoise loses its lock or pool connection when entering is cancelled; here both are given back.
    """
    if _afterwards.get() is not None:  # within another one, which commits for both
        async with _transaction():
            yield
        return
    work: list[Callable[[], None]] = []
    token = _afterwards.set(work)
    try:
        async with _transaction():
            yield
    finally:
        _afterwards.reset(token)
    for one in work:
        one()


@asynccontextmanager
async def _transaction() -> AsyncIterator[None]:
    context = in_transaction("default")
    try:
        await context.__aenter__()
    except BaseException:
        if hasattr(context, "token"):
            get_connections().reset(context.token)
            await asyncio.shield(_give_back(context))
        raise
    try:
        yield
    except BaseException as error:
        await context.__aexit__(type(error), error, error.__traceback__)
        await _distrust(error)
        raise
    else:
        await context.__aexit__(None, None, None)


async def _distrust(error: BaseException) -> None:
    """Throw away every connection of the pool when one turned out to be to a server that is read only by now."""
    if _code(error) == READ_ONLY:
        await get_connections().get("default")._expire_connections()  # type: ignore[attr-defined]


async def _give_back(context: Any) -> None:
    lock = getattr(context, "_trxlock", None)
    if lock is None:
        await context.client._parent._pool.release(context.client._connection)
        return
    try:
        await context.connection._connection.rollback()
    finally:
        lock.release()


def dialect() -> str:
    """`sqlite` or `postgres`."""
    return "sqlite" if "reads" in get_connections().db_config else "postgres"


def reads() -> BaseDBAsyncClient:
    """The connection for reading, which never waits for an open transaction of this process."""
    return get_connections().get("reads" if dialect() == "sqlite" else "default")


async def rows(sql: str, *values: Any) -> list[Row]:
    """One reading statement, `?` for each value; times come back aware, in UTC.

    It reads committed data beside any open transaction; inside atomic() ask through `written_rows`.
    """
    _, found = await reads().execute_query(_placeholders(sql), list(values))
    # An export's twenty thousand would hold the loop for a tenth of a second.
    return await asyncio.to_thread(_shaped, found) if len(found) > MANY else _shaped(found)


async def written_rows(sql: str, *values: Any) -> list[Row]:
    """One statement that sees and may change what the open transaction wrote (`… RETURNING` included)."""
    try:
        connection = get_connections().get("default")
        return _shaped(await connection.execute_query_dict(_placeholders(sql), list(values)))
    except Exception as error:
        await _distrust(error)
        raise


async def execute(sql: str, *values: Any) -> None:
    """One writing statement."""
    try:
        await get_connections().get("default").execute_query(_placeholders(sql), list(values))
    except Exception as error:
        await _distrust(error)
        raise


async def changed(sql: str, *values: Any) -> int:
    """One writing statement; returns how many rows it changed.

    Counted by RETURNING: the drivers' own counts are wrong (Tortoise reads PostgreSQL's „INSERT 0 1“ as none, and on
    SQLite it adds the rows that the full-text index still had to write).
    """
    return len(await written_rows(f"{sql} RETURNING 1 AS one", *values))


def _shaped(found: Iterable[Any]) -> list[Row]:
    """The driver's rows as ours."""
    shaped = [dict(row) for row in found]
    if dialect() == "sqlite" and shaped:
        _parse_times(shaped)
    return shaped


def _placeholders(sql: str) -> str:
    if dialect() == "sqlite":
        return sql
    first, *rest = sql.split("?")
    return first + "".join(f"${number}{part}" for number, part in enumerate(rest, 1))


def _parse_times(found: list[Row]) -> None:
    # SQLite keeps times as text; by convention their columns end in _at, _since or _until.
    names = [name for name in found[0] if name.endswith(("_at", "_since", "_until"))]
    for row in found:
        for name in names:
            if isinstance(row[name], str):
                row[name] = datetime.fromisoformat(row[name])


# What SQLite says of a lock, a disk or a file; „08“ and the like begin PostgreSQL's own codes.
READ_ONLY = "25006"  # of a server that was the primary until now
_AWAY = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_PROTOCOL", "08", "53", "57P", "40",
         "55P03", READ_ONLY)  # fmt: skip
_CUT = ("InterfaceError", "InternalClientError")  # asyncpg's own words for a line that was cut under a statement
_FULL = ("SQLITE_FULL", "SQLITE_IOERR_WRITE", "53100")
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def is_full(error: BaseException) -> bool:
    """Whether something could not be stored for want of room, in the database or beside it."""
    return _code(error).startswith(_FULL) or (isinstance(error, OSError) and error.errno in _NO_ROOM)


def is_away(error: BaseException) -> bool:
    """Whether the database cannot be reached, is locked or has cut the line: in a while it may work again."""
    cut = isinstance(error, ConnectionError | TimeoutError) or type(error).__name__ in _CUT
    return cut or _at_the_door(error) or is_full(error) or _code(error).startswith(_AWAY)


def _at_the_door(error: BaseException) -> bool:
    """Whether the driver could not even get to the database: its socket is gone, its name unknown, no way to it."""
    calls = traceback.walk_tb(error.__traceback__) if isinstance(error, OSError) else ()
    return any(frame.f_globals.get("__name__", "").startswith("asyncpg.") for frame, _ in calls)


def _code(error: BaseException) -> str:
    """The driver's code of an error, also of one that Tortoise has wrapped."""
    inner = error.args[0] if error.args and isinstance(error.args[0], BaseException) else error
    return str(getattr(inner, "sqlite_errorname", "") or getattr(inner, "sqlstate", "") or "-")


@contextmanager
def if_possible() -> Iterator[None]:
    """For what may be left undone while the database takes nothing: a page can be read all the same."""
    try:
        yield
    except Exception as error:
        if not is_away(error):
            raise


def marks(values: Iterable[object]) -> str:
    """`(?, ?, ?)` for an IN list; `(NULL)`, which nothing is in, for an empty one."""
    return "(" + (", ".join("?" for _ in values) or "NULL") + ")"
