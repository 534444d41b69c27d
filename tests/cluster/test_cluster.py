"""The configuration of docs/examples/cluster-* on six machines, while one after the other fails.

`./dev test tests/cluster --cluster -s`, as root on Debian: installs PostgreSQL, Patroni, etcd, HAProxy where they are
missing, takes about four minutes, and prints its figures.
"""

import asyncio
import json
import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from app.config import Settings
from app.database import close_database, open_database, rows
from app.domain.storage import storage_for
from app.worker import ADVISORY_LOCK
from tests import cast as cast_module
from tests.cluster import machines as m
from tests.cluster.people import People, all_is_there_once

HOLDS_A_TICKET = """
import asyncio, os, sys
from app.postgres import address, connect
async def hold():
    connection = await connect(address(os.environ["PORTAL_DATABASE_URL"]))
    await connection.execute("BEGIN")
    await connection.execute("UPDATE ticket SET version = version WHERE number = $1::int", int(sys.argv[1]))
    await asyncio.sleep(1000)
asyncio.run(hold())
"""
pytestmark = [pytest.mark.cluster, pytest.mark.sqlite_only]
ADMIN = "postgres://postgres:replace-this@10.80.0.31,10.80.0.32/{}"
HOLDER = "SELECT client_addr::text AS host FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND objid = $1"  # noqa: E501


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Mapping[str, m.Machine]]:
    """Six machines with nothing on them."""
    if os.geteuid() != 0 or not sys.platform.startswith("linux") or not shutil.which("apt-get"):
        pytest.fail("the cluster's machines need root on Debian or Ubuntu")
    m.install()
    print(f"logs: {tmp_path}")
    with m.machines(tmp_path) as made:
        yield made


async def until(what: str, seconds: float, ask: Callable[[], Any]) -> Any:
    """Wait for a true answer; no answer at all is a no."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(OSError, httpx.TransportError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError):
            if found := await ask():
                return found
        await asyncio.sleep(0.25)
    raise AssertionError(f"{what}: not within {seconds} seconds")


async def roles(machine: m.Machine) -> dict[str, str]:
    """Who is what, as one of the two PostgreSQL machines sees it: name → role, of those that run."""
    async with httpx.AsyncClient(trust_env=False, timeout=2) as browser:
        found = (await browser.get(f"http://{machine.address}:8008/cluster")).json()
    return {one["name"]: one["role"] for one in found["members"] if one["state"] in ("running", "streaming")}


async def both(machines: Mapping[str, m.Machine]) -> dict[str, str]:
    """`{"leader": …, "sync_standby": …}`, once there are both."""

    async def ask() -> dict[str, str] | None:
        for name in ("db1", "db2"):
            with suppress(httpx.TransportError):
                found = {role: who for who, role in (await roles(machines[name])).items()}
                if {"leader", "sync_standby"} <= found.keys():
                    return found
        return None

    return dict(await until("a primary and a synchronous standby", 90, ask))


async def ready(machine: m.Machine) -> bool:
    """Whether the portal on a machine can serve people."""
    async with httpx.AsyncClient(trust_env=False, timeout=3) as browser:
        return (await browser.get(f"http://{machine.address}:8000/health/ready")).status_code == 200


async def database(name: str) -> Any:
    """A connection of the administrator's to whoever is the primary."""
    from app.postgres import address, connect

    return await connect(address(ADMIN.format(name)))


@pytest.fixture
async def people(machines: Mapping[str, m.Machine], tmp_path: Path) -> AsyncIterator[People]:
    """Everything up, the cast in the database, and people in front of it."""
    m.store(machines["store"])
    for name in ("db1", "db2"):
        m.etcd(machines[name])
    for name in ("db1", "db2"):
        m.patroni(machines[name])
    await both(machines)
    admin = await database("postgres")
    await admin.execute("CREATE ROLE kundenportal LOGIN PASSWORD 'password'")
    await admin.execute("CREATE DATABASE kundenportal OWNER kundenportal")
    await admin.close()
    app1 = machines["app1"]
    migrated = app1.start(*m.application(app1, "migrate"), **m.environment(app1))
    assert await asyncio.to_thread(migrated.wait, 60) == 0, app1.said()
    settings = Settings.from_environment(m.environment(app1) | {"PORTAL_DATA_DIR": str(tmp_path)})
    await open_database(settings)
    try:
        await cast_module.fill()
        cast = await cast_module.load(settings)
        number = await cast.ticket("user")
        for name in ("app1", "app2"):
            serve = m.application(machines[name], "serve", "--host", machines[name].address, "--port", "8000")
            machines[name].service(*serve, **m.environment(machines[name]))
        m.proxy(machines["proxy"])
        for name in ("app1", "app2"):
            await until("the portal", 60, lambda name=name: ready(machines[name]))
        yield People(cast, number)
    finally:
        await close_database()


async def holders() -> list[str]:
    """The machines whose postman works."""
    admin = await database("kundenportal")
    try:
        return [row["host"].split("/")[0] for row in await admin.fetch(HOLDER, ADVISORY_LOCK & 0xFFFFFFFF)]
    finally:
        await admin.close()


async def counted(seen: list[int]) -> None:
    """Count twice a second how many postmen there are."""
    while True:
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            seen.append(len(await holders()))
        await asyncio.sleep(0.5)


class Script:
    """What is done to the machines, and how long people felt it."""

    def __init__(self, machines: Mapping[str, m.Machine], people: People) -> None:
        self.machines, self.people = machines, people

    async def fault(self, what: str, deed: Callable[[], None], repair: Callable[[], None] | None, lasts: float) -> None:
        """Do it, let it last, wait until messages are acknowledged again, and only then repair it."""
        await asyncio.sleep(6)
        began = self.people.record.now()
        await asyncio.to_thread(deed)
        await asyncio.sleep(lasts)
        first = await self.people.acknowledged_after(began + lasts)
        settled = self.people.record.now()
        if repair:
            await asyncio.to_thread(repair)
            for name in ("app1", "app2"):
                await until("the portal", 60, lambda name=name: ready(self.machines[name]))
            await both(self.machines)
        await self.people.heard_after(max(first, began))
        self.people.record.faults.append((what, began, settled))


async def test_whatever_one_machine_does_everything_acknowledged_is_there_once(
    machines: Mapping[str, m.Machine], people: People
) -> None:
    script, postmen = Script(machines, people), list[int]()
    counting = asyncio.ensure_future(counted(postmen))
    async with people.at_work():
        await people.acknowledged_after(0)
        await until("a postman", 30, holders)
        (at,) = await holders()
        app = next(machine for machine in machines.values() if machine.address == at)
        await script.fault("app killed", lambda: killed_within_a_transaction(app, people.number), app.switch_on, 6)
        primary = machines[(await both(machines))["leader"]]
        await script.fault("primary killed", primary.switch_off, primary.switch_on, 0)
        assert (await both(machines))["leader"] != primary.name
        standby = machines[(await both(machines))["sync_standby"]]
        await script.fault("standby cut off", standby.unplug, standby.plug, 30)
        await script.fault("proxy restarted", machines["proxy"].restart, None, 3)
        await asyncio.sleep(6)
        tell(people, postmen)
    counting.cancel()
    assert people.open == 0
    files = "SELECT a.sha256 FROM attachment a WHERE a.message_id = m.id"
    found = await rows(f"SELECT m.body, ({files}) AS sha256 FROM message m WHERE m.body LIKE 'Stoß %'")
    await all_is_there_once(people, found, storage_for(people.cast.settings))
    assert set(postmen) <= {0, 1}, "never two postmen"
    await letters_arrived_once(machines["store"])
    errors_only_where_something_failed(people)


def killed_within_a_transaction(app: m.Machine, number: int) -> None:
    """The worst moment: what everybody writes to is locked by a machine that will never say that it is gone."""
    app.start(sys.executable, "-c", HOLDS_A_TICKET, str(number), **m.environment(app))
    time.sleep(3)
    app.switch_off()


async def letters_arrived_once(store: m.Machine) -> None:
    """Every letter of the database is with the mail server, and none is there that the database does not know."""

    async def all_sent() -> bool:
        found = await rows("SELECT COUNT(*) AS n FROM letter WHERE state = 'waiting'")
        return bool(found[0]["n"] == 0)

    await until("every letter sent", 90, all_sent)
    known = {row["message_id"] for row in await rows("SELECT message_id FROM letter WHERE state = 'sent'")}
    arrived = Counter(line.strip("<").split("@")[0] for line in (store.disk / "letters").read_text().splitlines())
    twice = {name: times for name, times in arrived.items() if times > 1}
    print(f"letters: {len(known)} written, {sum(arrived.values())} arrived, {len(twice)} of them twice")
    assert known == set(arrived)
    assert not twice


def errors_only_where_something_failed(people: People) -> None:
    """Nobody sees an error but from a fault until messages are acknowledged again, and then a few seconds."""
    for at, what in people.record.errors:
        assert any(began <= at <= settled for _, began, settled in people.record.faults), f"{what} at {at:.1f}"
    assert "typed text lost" not in {what for _, what in people.record.errors}


def tell(people: People, postmen: list[int]) -> None:
    """The figures."""
    record = people.record
    told = {"seconds": round(record.now()), "requests": dict(record.requests), "acknowledged": len(people.promised),
            "errors": len(record.errors), "slowest": round(record.slowest, 1),
            "stream ends": sum(people.ends.values()), "postmen seen": dict(Counter(postmen))}  # fmt: skip
    print(json.dumps(told))
    for what, began, settled in record.faults:
        silence = record.longest_silence(began, settled + 3)
        errors = Counter(record.within(began, settled))
        print(f"{what}: {silence:.1f} s without an acknowledged message, {sum(errors.values())} errors {dict(errors)}")
