"""Mixed load for minutes: what was promised is there, and memory, files and threads end as they began.

PORTAL_TEST_MINUTES says how many; an hour before a release.
"""

import asyncio
import contextlib
import os
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cast import Cast
from tests.faults.serving import Oracle, Remote, Serving, write
from tests.faults.test_requests import aborted, all_of

MINUTES = float(os.environ.get("PORTAL_TEST_MINUTES") or 2)
MORE_MEMORY = 40 * 1024 * 1024  # bytes that a warm portal may still take: caches of statements, heaps of threads
TICKETS = max(300, round(MINUTES * 60))  # none grows long: a long page takes more memory by right
QUIET = 6.0  # seconds until what was under way has ended


@dataclass(frozen=True)
class Holds:
    """What a process holds."""

    memory: int
    files: int
    threads: int
    children: int

    @classmethod
    def of(cls, pid: int) -> "Holds":
        """What it holds now."""
        there = Path(f"/proc/{pid}")
        status = dict(line.split(":", 1) for line in (there / "status").read_text().splitlines())
        children = (there / f"task/{pid}/children").read_text().split()
        return cls(
            int(status["VmRSS"].split()[0]) * 1024, len(list((there / "fd").iterdir())), int(status["Threads"]),
            len(children),
        )  # fmt: skip


@pytest.fixture
async def serving(cast: Cast) -> AsyncIterator[Serving]:
    """The portal, running."""
    made = Serving(cast.settings)
    await made.start()
    yield made
    assert await made.stop() == 0, made.said()


class Office:
    """People at work until a moment."""

    def __init__(self, browsers: dict[str, Remote], numbers: list[int], oracle: Oracle, seed: int) -> None:
        self.browsers = browsers
        self.numbers = numbers
        self.oracle = oracle
        self.dice = random.Random(seed)
        self.done: Counter[str] = Counter()

    async def work(self, seconds: float, name: str) -> None:
        """Everybody at once."""
        until = time.monotonic() + seconds
        people = [self._writes(until, f"{name} {n}") for n in range(3)] + [self._reads(until) for _ in range(3)]
        people += [self._listens(until) for _ in range(3)] + [self._exports(until), self._hangs_up(until)]
        await asyncio.gather(*people)

    async def _writes(self, until: float, name: str) -> None:
        n = 0
        while time.monotonic() < until:
            n += 1
            who = self.dice.choice(["user", "edv"])
            await write(self.browsers[who], self.oracle, self.dice.choice(self.numbers), f"Stoß {name}.{n}", self.dice)
            self.done["written"] += 1
            await asyncio.sleep(0.05)

    async def _reads(self, until: float) -> None:
        paths = ("/", "/tickets?status=", "/tickets?status=&q=sto%C3%9F", "/tickets?status=&q=gibtsnicht", "/report",
                 "/settings", "/tickets/similar?subject=Sto%C3%9F", "/tickets/new", "/nothing")  # fmt: skip
        while time.monotonic() < until:
            path = self.dice.choice((*paths, f"/tickets/{self.dice.choice(self.numbers)}"))
            answer = await self.browsers[self.dice.choice(["user", "edv", "staff"])].get(path)
            assert answer.status_code in (200, 404), f"{path}: {answer.status_code}"
            self.done["read"] += 1
            await asyncio.sleep(0.02)

    async def _exports(self, until: float) -> None:
        while time.monotonic() < until:
            path = self.dice.choice([f"/tickets/{self.numbers[0]}.pdf", "/tickets/export.xlsx?status=", "/report.xlsx"])
            answer = await self.browsers["edv"].get(path)
            assert answer.status_code in (200, 503), f"{path}: {answer.status_code}"
            self.done["exported"] += 1
            await asyncio.sleep(1)

    async def _listens(self, until: float) -> None:
        while time.monotonic() < until:
            async with self.browsers["user"].stream("GET", "/events") as answer:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(min(2 + self.dice.random() * 5, max(0.1, until - time.monotonic()))):
                        async for line in answer.aiter_lines():
                            self.done["heard"] += line.startswith("data")
            self.done["streams"] += 1

    async def _hangs_up(self, until: float) -> None:
        while time.monotonic() < until:
            await all_of(self.browsers["user"].port, aborted(self.browsers["user"], self.dice.choice(self.numbers), 6))
            self.done["hung up"] += 6
            await asyncio.sleep(2)


@pytest.mark.long
async def test_minutes_of_mixed_load_end_with_the_memory_files_and_threads_they_began_with(
    serving: Serving, cast: Cast
) -> None:
    seed = random.SystemRandom().randrange(10**9)
    print(f"seed {seed}, {MINUTES} minutes")
    numbers = [await cast.ticket("user", handed_over=n % 2 == 0) for n in range(TICKETS)]
    async with contextlib.AsyncExitStack() as stack:
        browsers = {who: await stack.enter_async_context(Remote(serving.address, cast)) for who in
                    ("user", "edv", "staff")}  # fmt: skip
        for who, browser in browsers.items():
            await browser.sign_in(who)
        oracle = Oracle()
        office = Office(browsers, numbers[1:], oracle, seed)
        assert serving.process
        await office.work(max(20.0, MINUTES * 10), "warm")
        await asyncio.sleep(QUIET)
        before = Holds.of(serving.process.pid)
        await office.work(MINUTES * 60, "heiß")
        await asyncio.sleep(QUIET)
        after = Holds.of(serving.process.pid)
        print(f"{dict(office.done)}\nbefore {before}\nafter  {after}")
        assert not oracle.unknown
        await oracle.holds(cast)
    assert after.memory <= before.memory + MORE_MEMORY
    assert after.files <= before.files + 4
    assert after.threads <= before.threads + 2
    assert "Traceback" not in serving.said()
