"""The figures as tables, and the targets of issue 6.2 as met or missed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tests.bench.measure import Found, Key, Times, late, middle
from tests.bench.visits import VISITS, Visit

MOST_OF_FLOOR, MOST_OF_LIST, MOST_OF_INSERT, MOST_GROWTH = 2.5, 1.3, 3.0, 1.3
MOST_DELAY, MOST_IDLE, MOST_AT_END, MOST_TO_START = 50.0, 110.0, 250.0, 1.5
MOST_OF_ONE_STATEMENT = 2
ALONE = ("what", "who", "p50", "p95", "CPU ms", "SQL", "kB", "× hello", "× floor", "CPU", "growth", "CPU")
HEAD = (*ALONE, "at once", "p50", "p95", "req/s")


@dataclass(frozen=True)
class Target:
    """One limit and what was measured against it."""

    database: str
    what: str
    measured: float
    limit: float
    unit: str = "×"

    @property
    def met(self) -> bool:
        """Whether it is kept."""
        return self.measured <= self.limit

    @property
    def line(self) -> str:
        """As it is printed."""
        words = (_number(self.measured) or "0", self.unit, "of at most", _number(self.limit) or "0")
        told = " ".join(filter(None, words))
        if self.met:
            return f"met     {self.database}: {self.what}: {told}"
        over = f"missed by {self.measured / self.limit * 100 - 100:.0f} %" if self.limit else "missed"
        return f"MISSED  {self.database}: {self.what}: {told}, {over}"


def rows(found: Found, sizes: Sequence[int]) -> Iterator[list[str]]:
    """The table's lines: each visit over the largest corpus."""
    hello = middle(found.hello.alone)
    yield ["hello", "", _number(hello), _number(late(found.hello.alone)), _number(middle(found.hello.cpu)), "0",
           _number(found.hello.size / 1000), "1", *[""] * 8]  # fmt: skip
    for visit in VISITS:
        times = found.times[visit.name, visit.who, sizes[-1]]
        if not times.alone and not times.refused:
            continue
        yield [
            visit.name, visit.who or "nobody", _number(middle(times.alone)), _number(late(times.alone)),
            _number(middle(times.cpu)), str(times.statements), _number(times.size / 1000),
            _number(middle(times.alone) / hello), _number(_of_floor(times)),
            _number(_ratio(times.cpu, times.floor_cpu)), _number(_growth(found, visit, sizes)),
            _number(_growth(found, visit, sizes, "cpu")), *_crowd(visit, times),
        ]  # fmt: skip


def _crowd(visit: Visit, times: Times) -> list[str]:
    if not times.crowd:
        return [_refused(times), "", "", ""]
    each = len(times.crowd) / times.crowd_seconds
    return [f"{visit.crowd}{_refused(times)}", _number(middle(times.crowd)), _number(late(times.crowd)), _number(each)]


def _refused(times: Times) -> str:
    return f" ({times.refused} refused)" if times.refused else ""


def _of_floor(times: Times) -> float:
    return _ratio(times.alone, times.floor)


def _growth(found: Found, visit: Visit, sizes: Sequence[int], what: str = "alone") -> float:
    small, large = (getattr(found.times[visit.name, visit.who, size], what) for size in (sizes[0], sizes[-1]))
    return _ratio(large, small) if len(sizes) > 1 else 0.0


def _ratio(values: Sequence[float], others: Sequence[float]) -> float:
    return middle(values) / middle(others) if others and middle(others) else 0.0


def _number(value: float) -> str:
    if not value:
        return "" if value == 0.0 else "0"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def targets(database: str, found: Found, sizes: Sequence[int]) -> list[Target]:
    """What issue 6.2 asks, against what was measured."""
    return [
        *(Target(database, what, measured, limit) for what, measured, limit in _of_pages(found, sizes)),
        Target(database, "others' delay beside 20,000 rows to Excel, p99 over the calm median",
               late(found.beside, 0.99) - middle(found.calm), MOST_DELAY, "ms"),
        Target(database, "idle memory of a process", found.idle, MOST_IDLE, "MB"),
        Target(database, "memory of a process at the end", found.end, MOST_AT_END, "MB"),
        Target(database, "from start to first answer", middle(found.starts), MOST_TO_START, "s"),
    ]  # fmt: skip


def _of_pages(found: Found, sizes: Sequence[int]) -> Iterator[tuple[str, float, float]]:
    def times(visit: Visit) -> Times:
        return found.times[visit.name, visit.who, sizes[-1]]

    for visit in VISITS:
        named = f"{visit.name} ({visit.who or 'nobody'})"
        if times(visit).floor and visit.page == "reply":
            yield f"{named} of bare insert and page part", _of_floor(times(visit)), MOST_OF_INSERT
        elif times(visit).floor:
            yield f"{named} of plain SQL and rendering", _of_floor(times(visit)), MOST_OF_FLOOR
        if visit.search and times(visit).alone:
            whole: Key = ("list, every status", visit.who, sizes[-1])
            ratio = late(times(visit).alone) / late(found.times[whole].alone)
            yield f"{named} of the unfiltered list, p95", ratio, MOST_OF_LIST
        growth = _growth(found, visit, sizes)
        if growth:
            yield f"{named}, {sizes[0]:,} → {sizes[-1]:,} tickets", growth, MOST_GROWTH
        if times(visit).repeated > MOST_OF_ONE_STATEMENT:
            yield f"{named}, the same statement in one request", times(visit).repeated, MOST_OF_ONE_STATEMENT


def printed(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table for a terminal, the first two columns to the left."""
    every = [list(head), *map(list, lines)]
    widths = [max(len(line[n]) for line in every) for n in range(len(head))]

    def padded(line: Sequence[str]) -> str:
        cells = zip(line, widths, strict=True)
        return "  ".join(cell.ljust(width) if n < 2 else cell.rjust(width) for n, (cell, width) in enumerate(cells))

    return "\n".join(map(padded, every))


def markdown(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """The same for a page."""
    every = [head, [":--", ":--", *["--:"] * (len(head) - 2)], *lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in every)
