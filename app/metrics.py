"""What this process counts and measures about itself, and Prometheus' text format for it."""

import asyncio
import contextvars
import os
import threading
import time
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")  # a client may send any word
LOOK = 1.0  # seconds between two looks at the loop
REMEMBERED = 30  # looks, of which the worst counts
SELF = Path("/proc/self")

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Family:
    """A metric: name, kind, what it is, and its values by labels; a histogram's names have endings."""

    name: str
    kind: str
    about: str
    values: Sequence[tuple[str, Labels, float]]

    @classmethod
    def one(cls, name: str, kind: str, about: str, value: float) -> "Family":
        """A metric with a single value."""
        return cls(name, kind, about, [("", (), value)])

    @classmethod
    def by(cls, name: str, kind: str, about: str, label: str, values: Mapping[str, float]) -> "Family":
        """A metric with a value for each of a few words."""
        return cls(name, kind, about, [("", ((label, word),), value) for word, value in sorted(values.items())])


class Meter:
    """The counts of one process."""

    def __init__(self) -> None:
        self.in_flight = 0
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._buckets: dict[str, list[int]] = {}
        self._seconds: Counter[str] = Counter()
        self._lags: deque[float] = deque([0.0], maxlen=REMEMBERED)

    @property
    def lag(self) -> float:
        """By how many seconds the loop was late at the worst of late."""
        return max(self._lags)

    @contextmanager
    def request(self) -> Iterator[None]:
        """Count a request as under way for as long as the block lasts."""
        self.in_flight += 1
        try:
            yield
        finally:
            self.in_flight -= 1

    def answered(self, route: str, method: str, status: int, seconds: float | None) -> None:
        """Count an answer; `seconds` is None for a stream, which lasts as long as its reader stays."""
        self._requests[route, method if method in METHODS else "other", status] += 1
        if seconds is not None:
            self._buckets.setdefault(route, [0] * (len(BUCKETS) + 1))[bisect_left(BUCKETS, seconds)] += 1
            self._seconds[route] += seconds  # type: ignore[assignment]

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Look every second how late the loop is, for as long as the block lasts."""
        # A context of its own: a task must never inherit a transaction's connection.
        task = asyncio.get_running_loop().create_task(self._watch(), context=contextvars.Context())
        try:
            yield
        finally:
            task.cancel()

    async def _watch(self) -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(LOOK)
            self._lags.append(max(0.0, time.monotonic() - before - LOOK))

    def families(self) -> Iterator[Family]:
        """What was counted since the process began."""
        counted = [
            ("", (("route", route), ("method", method), ("status", str(status))), float(n))
            for (route, method, status), n in sorted(self._requests.items())
        ]
        yield Family("portal_requests_total", "counter", "Answered requests.", counted)
        timed = [one for route in sorted(self._buckets) for one in self._histogram(route)]
        yield Family("portal_request_seconds", "histogram", "How long answers took, streams left out.", timed)
        yield Family.one("portal_requests_in_flight", "gauge", "Requests under way, streams included.", self.in_flight)
        yield Family.one(
            "portal_loop_lag_seconds", "gauge", "The worst delay of the event loop in the last half minute.", self.lag
        )

    def _histogram(self, route: str) -> Iterator[tuple[str, Labels, float]]:
        total = 0
        for border, n in zip((*map(str, BUCKETS), "+Inf"), self._buckets[route], strict=True):
            total += n
            yield "_bucket", (("route", route), ("le", border)), total
        yield "_sum", (("route", route),), self._seconds[route]
        yield "_count", (("route", route),), total


METER = Meter()


def of_process() -> Iterator[Family]:
    """What the process takes of the machine; memory, files and start are known on Linux only."""
    yield Family.one("process_cpu_seconds_total", "counter", "CPU time.", time.process_time())
    yield Family.one("portal_threads", "gauge", "Threads.", threading.active_count())
    if SELF.exists():
        pages = int((SELF / "statm").read_text().split()[1])
        memory = pages * os.sysconf("SC_PAGE_SIZE")
        yield Family.one("process_resident_memory_bytes", "gauge", "Resident memory.", memory)
        yield Family.one("process_open_fds", "gauge", "Open files and sockets.", len(os.listdir(SELF / "fd")))


def text(families: Iterable[Family]) -> str:
    """Prometheus' text format."""
    return "".join(line for family in families for line in _lines(family))


def _lines(family: Family) -> Iterator[str]:
    yield f"# HELP {family.name} {family.about}\n# TYPE {family.name} {family.kind}\n"
    for ending, labels, value in family.values:
        inside = ",".join(f'{name}="{_escaped(word)}"' for name, word in labels)
        shown = int(value) if float(value).is_integer() else repr(float(value))
        yield f"{family.name}{ending}{f'{{{inside}}}' if inside else ''} {shown}\n"


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
