"""PostgreSQL on several machines: the address, the way to the primary, and connections to one that was it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest

from app import postgres
from app.config import Settings, SettingsError
from app.database import atomic, execute, is_away, own_connection, rows
from app.postgres import Address, address
from tests.conftest import DATABASE

on_postgres = pytest.mark.skipif(DATABASE == "sqlite", reason="about PostgreSQL")
BOTH = (("db1", 5432), ("db2", 5433))


@pytest.mark.no_database
@pytest.mark.sqlite_only
@pytest.mark.parametrize(("url", "expected"), [
    ("postgres://u:p%40:x@db1,db2:5433/portal", Address(BOTH, "u", "p@:x", "portal", "read-write", "")),
    ("postgres://u@db1,db2:5433/portal?target_session_attrs=primary&sslmode=verify-full",
     Address(BOTH, "u", "", "portal", "primary", "verify-full")),
    ("postgresql://[::1]:6000,10.0.0.1/portal",
     Address((("::1", 6000), ("10.0.0.1", 5432)), "postgres", "", "portal", "read-write", "")),
    ("postgres://db1", Address((("db1", 5432),), "postgres", "", "postgres", "any", "")),
])  # fmt: skip
def test_an_address_may_name_several_hosts(url: str, expected: Address) -> None:
    assert address(url) == expected
    assert Settings.from_environment({"PORTAL_DATABASE_URL": url}).database == url


@pytest.mark.no_database
@pytest.mark.sqlite_only
@pytest.mark.parametrize("url", [
    "postgres://u:geheim@db1,/portal", "postgres://u:geheim@db1:0,db2/portal", "postgres://u:geheim@db1:x,db2/portal",
    "postgres://u:geheim@db1,db2/p?target_session_attrs=standby", "postgres://u:geheim@db1/p?sslmode=maybe",
    "postgres:///portal?host=db1,db2",
])  # fmt: skip
def test_an_address_that_is_none_stops_the_start_and_keeps_its_password(url: str) -> None:
    with pytest.raises(SettingsError, match=r"^PORTAL_DATABASE_URL muss") as refused:
        Settings.from_environment({"PORTAL_DATABASE_URL": url})
    assert "geheim" not in str(refused.value)


@asynccontextmanager
async def relay(settings: Settings) -> AsyncIterator[tuple[str, int]]:
    """A host of its own that leads to the tests' server, which has only a socket in a directory."""

    async def pass_on(one: asyncio.StreamReader, other: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await one.read(65536):
                other.write(piece)
                await other.drain()
        other.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        folder = address(settings.database).hosts[0][0]
        back, forth = await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.5432")
        await asyncio.gather(pass_on(reader, forth), pass_on(back, writer))

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()


def several(settings: Settings, *ports: int, target: str = "read-write") -> Settings:
    """The settings of a portal whose database is said to be at these ports."""
    to = address(settings.database)
    hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
    return replace(settings, database_url=f"postgres://postgres:@{hosts}/{to.database}?target_session_attrs={target}")


@on_postgres
@pytest.mark.parametrize("first", ["off", "silent"])
async def test_the_host_that_answers_is_found_and_remembered(
    settings: Settings, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "ONE_HOST", 1.0)
    asked = 0

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        if first == "silent":
            await reader.read(-1)
        writer.close()

    async with relay(settings) as (_, port), await asyncio.start_server(say_nothing, "127.0.0.1", 0) as silent:
        given = several(settings, silent.sockets[0].getsockname()[1], port)
        for _ in range(2):
            async with own_connection(given) as connection:
                assert await connection.fetchval("SELECT 1") == 1
        assert asked == 1, "the second time the one that answered is asked first"


@pytest.mark.no_database
@pytest.mark.sqlite_only
@pytest.mark.parametrize(("host", "told"), [("db1", True), ("/run/postgresql", False)])
async def test_the_server_lets_go_of_what_a_silent_machine_had_locked(
    host: str, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen in tests/cluster: a machine lost its power within a transaction, and nobody else could write."""
    given: dict[str, Any] = {}

    async def refuse(**wanted: Any) -> None:
        given.update(wanted)
        raise ConnectionRefusedError

    monkeypatch.setattr("asyncpg.connect", refuse)
    with pytest.raises(ConnectionRefusedError):
        await postgres.connect(Address(((host, 5432),), "u", "", "p", "any", ""))
    assert (given.get("server_settings", {}).get("tcp_keepalives_idle") == "5") == told


@on_postgres
async def test_where_none_can_be_written_to_it_is_said_which_and_why(settings: Settings) -> None:
    name = address(settings.database).database
    async with relay(settings) as (_, port), own_connection(settings) as other:
        await other.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        try:
            with pytest.raises(ConnectionError, match=r"written to: .*Connect call failed.*: None of"):
                await postgres.connect(address(several(settings, 1, port).database))
        finally:
            await other.execute("SET default_transaction_read_only = off")
            await other.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        connection = await postgres.connect(address(several(settings, 1, port).database))
        await connection.close()


@on_postgres
async def test_a_connection_of_the_pool_to_what_was_the_primary_is_closed_and_another_one_works() -> None:
    class Told:
        in_hot_standby = "off"

    class Line:
        def get_settings(self) -> Told:
            return Told()

    await postgres.writable(Line())
    Told.in_hot_standby = "on"
    with pytest.raises(ConnectionError) as refused:
        await postgres.writable(Line())
    assert is_away(refused.value), "it is a 503, not a fault"


@on_postgres
async def test_what_is_read_only_by_now_is_thrown_away(database: Settings) -> None:
    before = {row["pid"] for row in [*await rows("SELECT pg_backend_pid() AS pid")]}
    with pytest.raises(Exception, match="read-only transaction") as refused:
        await delete_in(read_only=True)
    assert is_away(refused.value)
    await delete_in(read_only=False)
    assert before.isdisjoint({row["pid"] for row in await rows("SELECT pg_backend_pid() AS pid")})


async def delete_in(read_only: bool) -> None:
    async with atomic():
        if read_only:
            await execute("SET TRANSACTION READ ONLY")
        await execute("DELETE FROM throttle_count")
