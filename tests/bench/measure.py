"""Driving the real server: rounds that visit everything in turn, crowds, and somebody who waits beside a long export.

What is compared is asked in turn, request by request: the small corpus, the large one, the floor over each, the bare
route. So what else the machine does hits all of them alike. Every loop ends after so many rounds or so many seconds.
"""

import json
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.bench.browser import Answer, Browser, Request
from tests.bench.corpora import Clone
from tests.bench.processes import running
from tests.bench.visits import (
    EDV,
    REFUSED,
    STAFF,
    VISITS,
    OpenPages,
    Visit,
    deed,
    made_number,
    make,
    new_ticket,
    shown_by,
)

HELLO = Request("/hello")
PAUSE = 0.005  # between two questions of somebody who waits beside an export


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    rounds: int = 40
    seconds: float = 75.0  # for the rounds of the quick pages of one database
    dear_rounds: int = 5
    dear_seconds: float = 60.0
    crowd_rounds: int = 2
    crowd_each: int = 3  # requests of each of the crowd, one after the other
    crowd_seconds: float = 120.0
    exports: int = 2
    starts: int = 3


QUICK = Plan(8, 20.0, 1, 20.0, 1, 1, 30.0, 1, 1)


@dataclass
class Times:
    """What was measured of one visit over one corpus, in milliseconds."""

    alone: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)
    floor_cpu: list[float] = field(default_factory=list)
    hello: list[float] = field(default_factory=list)
    crowd: list[float] = field(default_factory=list)
    crowd_seconds: float = 0.0
    refused: int = 0  # documents that were not made in time
    size: int = 0
    statements: int = 0
    repeated: int = 0  # how often its most frequent statement was sent


Key = tuple[str, str, int]  # name, who, tickets


@dataclass
class Found:
    """Everything measured of one database."""

    times: dict[Key, Times] = field(default_factory=lambda: defaultdict(Times))
    hello: Times = field(default_factory=Times)
    recorded: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    idle: float = 0.0
    end: float = 0.0
    starts: list[float] = field(default_factory=list)
    start_cpu: list[float] = field(default_factory=list)
    calm: list[float] = field(default_factory=list)
    beside: list[float] = field(default_factory=list)
    seconds: float = 0.0


class Side:
    """One corpus: the real server over it, the floor beside, and browsers that are signed in there."""

    def __init__(self, clone: Clone, stack: ExitStack, workers: int) -> None:
        self.clone, self.facts = clone, clone.facts
        self.tickets = clone.facts.tickets
        self.backends = clone.url.rpartition("/")[2].partition("?")[0]
        self.workers = ("--workers", str(workers)) if workers > 1 else ()
        # Tortoise names columns in the order of a set; with one seed the plans that are kept stay the same.
        same = clone.environment | {"PYTHONHASHSEED": "0"}
        bare = running("tests.bench.floor", ready="/hello", backends=self.backends, **same)
        self.bare = stack.enter_context(bare)
        self.floor = Browser(self.bare.port)
        stack.callback(self.floor.close)
        self.stack = stack

    def serve(self) -> None:
        """Start the real server and sign in."""
        self.server = self.stack.enter_context(self.started())
        self.idle = self.server.memory
        self.people = {who: Browser(self.server.port).sign_in(who) for who in (EDV, STAFF)}
        self.people[""] = Browser(self.server.port)
        for browser in self.people.values():
            self.stack.callback(browser.close)
        self.pages = OpenPages(self.people[EDV], self.facts.module)

    def started(self) -> Any:
        """The real server, for as long as a block lasts."""
        return running(
            "app.cli", "serve", *self.workers, ready="/health/ready", backends=self.backends, **self.clone.environment
        )  # fmt: skip

    def ask(self, visit: Visit) -> Answer:
        """Do what the visit says as its person."""
        return make(visit, self.facts, self.people[visit.who], self.pages)

    def has(self, visit: Visit, largest: int) -> bool:
        """Whether this corpus has enough tickets for it."""
        return visit.sizes == "both" or self.tickets == largest


def record(side: Side, largest: int, found: Found) -> None:
    """Let the spy look at each visit once: its statements, their plans, and what the floor is made of."""
    made = _recorded(side, "", EDV, new_ticket(side.facts.module), "")
    number = made_number(made["location"])
    for visit in VISITS:
        if not side.has(visit, largest):
            continue
        request = visit.request(side.facts)
        if visit.deed:
            page = _recorded(side, "", EDV, Request(f"/tickets/{number}"), "", text=True)["text"]
            request = deed(visit.deed, number, {"move": "close"} | shown_by(page))
        seen = _recorded(side, f"{visit.name}/{visit.who}", visit.who, request, visit.page)
        assert seen["status"] in (200, 303, REFUSED), (visit, seen["status"])
        times = found.times[visit.name, visit.who, side.tickets]
        statements = [one["sql"] for one in seen["plans"]]
        times.statements = len(statements)
        times.repeated = max(map(statements.count, statements), default=0)
        if side.tickets == largest:
            found.recorded[f"{visit.name}, {visit.who or 'nobody'}"] = seen["plans"]


def _recorded(side: Side, name: str, who: str, request: Request, page: str, *, text: bool = False) -> dict[str, Any]:
    asked = {
        "name": name, "who": who, "method": request.method, "path": request.path, "page": page, "text": text,
        "headers": dict(request.headers or {}), "body": request.body.decode(),
    }  # fmt: skip
    headers = {"Content-Type": "application/json"}
    answer = side.floor.ask(Request("/record", "POST", headers, json.dumps(asked).encode()))
    assert answer.status == 200, (name, answer.text)
    told: dict[str, Any] = json.loads(answer.text)
    return told


def rounds(sides: Sequence[Side], dear: bool, count: int, seconds: float, found: Found) -> None:
    """Visit everything in turn, again and again; the first round only warms up."""
    chosen, end = [visit for visit in VISITS if visit.dear == dear and visit.crowd], time.monotonic() + seconds
    for number in range(count + 1):
        for program in [program for side in sides for program in (side.server, side.bare)]:
            program.look()
        for visit in chosen:
            for side in sides:
                if side.has(visit, sides[-1].tickets):
                    _one(side, visit, found.times[visit.name, visit.who, side.tickets], number > 0)
            _hello(sides[0], found.hello, number > 0)
            if number > 1 and time.monotonic() > end:
                return


def _one(side: Side, visit: Visit, times: Times, counts: bool) -> None:
    before = side.server.cpu()
    answer = side.ask(visit)
    if visit.dear:
        side.server.look()  # a document's process may have begun meanwhile
    cpu = side.server.cpu() - before
    if answer.status == REFUSED:
        times.refused += 1
    elif counts:
        times.alone.append(answer.ms)
        times.cpu.append(max(cpu, 0.0))
        times.size = len(answer.body)
    if visit.page:
        before = side.bare.cpu()
        bare = side.floor.ask(Request(f"/floor/{visit.name}/{visit.who}".replace(" ", "%20")))
        assert bare.status == 200, (visit, bare.text)
        if counts:
            times.floor.append(bare.ms)
            times.floor_cpu.append(side.bare.cpu() - before)


def _hello(side: Side, times: Times, counts: bool) -> None:
    before = side.bare.cpu()
    answer = side.floor.ask(HELLO)
    if counts:
        times.alone.append(answer.ms)
        times.cpu.append(side.bare.cpu() - before)
        times.size = len(answer.body)


class Crowd:
    """Sixteen people at one server, each with a browser and tickets of their own."""

    def __init__(self, side: Side, count: int = 16) -> None:
        self.side = side
        self.pool = ThreadPoolExecutor(count)
        self.members = list(self.pool.map(self._member, range(count)))

    def _member(self, _: int) -> tuple[dict[str, Browser], OpenPages]:
        people = {who: Browser(self.side.server.port).sign_in(who) for who in (EDV, STAFF)}
        people[""] = Browser(self.side.server.port)
        return people, OpenPages(people[EDV], self.side.facts.module, 2)

    def burst(self, visit: Visit, each: int, times: Times) -> None:
        """As many at once as the visit says, each asks so often."""

        def ask(member: tuple[dict[str, Browser], OpenPages]) -> list[Answer]:
            people, pages = member
            return [make(visit, self.side.facts, people[visit.who], pages) for _ in range(each)]

        start = time.perf_counter()
        for answers in self.pool.map(ask, self.members[: visit.crowd]):
            times.crowd += [answer.ms for answer in answers if answer.status != REFUSED]
            times.refused += sum(answer.status == REFUSED for answer in answers)
        times.crowd_seconds += time.perf_counter() - start

    def close(self) -> None:
        """Everybody hangs up."""
        for people, _ in self.members:
            for browser in people.values():
                browser.close()
        self.pool.shutdown()


def crowds(sides: Sequence[Side], plan: Plan, found: Found) -> None:
    """The same visits with many at once; small and large corpus in turn."""
    members = [Crowd(side) for side in sides]
    end = time.monotonic() + plan.crowd_seconds
    try:
        for number in range(plan.crowd_rounds):
            for visit in VISITS:
                each = 1 if visit.dear else plan.crowd_each
                for side, crowd in zip(sides, members, strict=True):
                    if visit.crowd and side.has(visit, sides[-1].tickets) and not (visit.dear and number):
                        crowd.burst(visit, each, found.times[visit.name, visit.who, side.tickets])
                if time.monotonic() > end:
                    return
    finally:
        for crowd in members:
            crowd.close()


class SomebodyElse:
    """Asks for a light page every few milliseconds, over a few connections, and remembers how long each answer took."""

    def __init__(self, port: int, connections: int = 4) -> None:
        self.browsers = [Browser(port) for _ in range(connections)]
        self.waits: list[float] = []
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._ask)

    def _ask(self) -> None:
        number = 0
        while not self.over.wait(PAUSE):
            browser = self.browsers[number % len(self.browsers)]
            self.waits.append(browser.get("/health/live").ms)
            number += 1

    def __enter__(self) -> "SomebodyElse":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()
        for browser in self.browsers:
            browser.close()


def beside_exports(side: Side, exports: int, found: Found) -> None:
    """How long others wait while 20,000 rows become an Excel file, and how long in the calm before."""
    visit = next(visit for visit in VISITS if visit.name == "Excel, 20,000 rows")
    times = found.times[visit.name, visit.who, side.tickets]
    for _ in range(exports):
        with SomebodyElse(side.server.port) as calm:
            time.sleep(1.0)
        side.server.look()
        before = side.server.cpu()
        with SomebodyElse(side.server.port) as other:
            answer = side.ask(visit)
        side.server.look()
        if answer.status == REFUSED:
            times.refused += 1
        else:
            times.alone.append(answer.ms)
            times.cpu.append(side.server.cpu() - before)
            times.size = len(answer.body)
        found.calm += calm.waits
        found.beside += other.waits


def starts(side: Side, count: int, found: Found) -> None:
    """How long it takes from the start to the first answer, over the large corpus."""
    for _ in range(count):
        with side.started() as server:
            found.starts.append(server.started)
            found.start_cpu.append(server.started_cpu)


@contextmanager
def open_sides(clones: Sequence[Clone], workers: int) -> Iterator[list[Side]]:
    """Both corpora with their floors; their servers are started later."""
    with ExitStack() as stack:
        yield [Side(clone, stack, workers) for clone in clones]


def measure(clones: Sequence[Clone], plan: Plan, workers: int) -> Found:
    """Everything about one database; the clones go from the smallest to the largest."""
    found, began = Found(), time.monotonic()
    with open_sides(clones, workers) as sides:
        largest = sides[-1].tickets
        for side in sides:
            record(side, largest, found)
        starts(sides[-1], plan.starts, found)
        for side in sides:
            side.serve()
        found.idle = max(side.idle for side in sides)
        rounds(sides, False, plan.rounds, plan.seconds, found)
        crowds(sides, plan, found)
        rounds(sides, True, plan.dear_rounds, plan.dear_seconds, found)
        beside_exports(sides[-1], plan.exports, found)
        found.end = max(side.server.memory for side in sides)
    found.seconds = time.monotonic() - began
    return found


def middle(values: Sequence[float]) -> float:
    """The median, 0 of nothing."""
    return statistics.median(values) if values else 0.0


def late(values: Sequence[float], share: float = 0.95) -> float:
    """What so many stay under, 0 of nothing."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else 0.0
