"""Killed while it migrates, after any operation and right after a migration: the next start brings it to its end."""

import asyncio
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.config import Settings
from app.database import close_database, open_database
from app.migrate import check_migrated
from tests.conftest import migrated
from tests.test_migrations import NAMES, tables

ROOT = Path(__file__).resolve().parents[2]
# One process that forks: a child for each database, which kills itself at its moment.
KILLING = """
import asyncio, os, signal, sys
from pathlib import Path
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.migration import Migration
from app.config import Settings
from app.migrate import migrate, only_process

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def until(moment):
    kind, _, count = moment.partition(":")
    left = int(count)
    forward, emit = Migration._run_database_forward, MigrationExecutor._emit
    async def run(self, *given):
        nonlocal left
        left -= kind == "operation"
        await forward(self, *given)
        if kind == "operation" and left == 0:
            die()
    def say(progress, event, key):
        nonlocal left
        left -= kind == "migration" and event == "apply_done"
        if kind == "migration" and left == 0:
            die()
        emit(progress, event, key)
    Migration._run_database_forward, MigrationExecutor._emit = run, staticmethod(say)

for line in sys.stdin:
    moment, data, url = line.rstrip("\\n").split("\\t")
    child = os.fork()
    if child == 0:
        until(moment)
        settings = Settings(data_dir=Path(data), database_url=url)
        with only_process(settings):
            asyncio.run(migrate(settings))
        os._exit(0)
    print(moment, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def moments(long: bool) -> list[str]:
    """When to kill: after some operation, and between a migration's commit and whatever comes next."""
    seed = random.SystemRandom().randrange(10**9) if long else 20261123
    print(f"seed {seed}")
    chosen = sorted(random.Random(seed).sample(range(1, 60), 25 if long else 0))
    ends = range(1, len(NAMES) + 1) if long else (len(NAMES),)
    return [f"operation:{n}" for n in chosen] + [f"migration:{n}" for n in ends]


@pytest.mark.parametrize("long", [
    pytest.param(False, id="short", marks=pytest.mark.sqlite_only),
    pytest.param(True, id="at any moment", marks=pytest.mark.long),
])  # fmt: skip
async def test_killed_while_migrating_the_next_start_finishes_it(
    bare_settings: Callable[[], Settings], long: bool
) -> None:
    made = {moment: bare_settings() for moment in moments(long)}
    asked = "".join(f"{moment}\t{one.data_dir}\t{one.database_url}\n" for moment, one in made.items())
    killed = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", KILLING], input=asked, cwd=ROOT, capture_output=True, text=True,
        timeout=300, check=True,
    )  # fmt: skip
    assert killed.stdout.splitlines() == [f"{moment} -9" for moment in made], killed.stderr
    found = {}
    for moment, settings in made.items():
        try:
            await migrated(settings)
        except Exception as error:
            raise AssertionError(f"killed at {moment}, it cannot be migrated any more: {error}") from error
        await check_migrated(settings)
        await open_database(settings)
        found[moment] = await tables()
        await close_database()
    assert all(one == found[moment] for one in found.values() for moment in found)
