"""`./dev bench`: the portal under a hundred thousand tickets, as ratios to the floor of the same run.

    python -m tests.bench [--quick] [--database sqlite|postgres] [--tickets 1000 100000] [--no-results]

Builds the corpora where they are not there yet (build/bench; some minutes), drives the real server over HTTP on SQLite
with one process and on PostgreSQL with two, prints a table and the targets of issue 6.2, and writes RESULTS.md and the
plans in explain/. No figure fails the command: it ends with 0 when it could measure.
"""

import argparse
import asyncio
import os
import platform
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path

from tests.bench import corpora, plans, table
from tests.bench.measure import QUICK, Found, Plan, late, measure, middle

HERE = Path(__file__).parent
RESULTS = HERE / "RESULTS.md"
PACKAGES = ("quart", "hypercorn", "tortoise-orm", "asyncpg", "jinja2", "xhtml2pdf", "openpyxl")
SIZES = (1000, 100_000)
DATABASES = {"sqlite": "SQLite, one process", "postgres": "PostgreSQL, two processes"}


def one_database(name: str, sizes: Sequence[int], plan: Plan, kept: Path = corpora.KEPT) -> tuple[Found, str]:
    """Measure over fresh copies of the corpora; and the database's version."""
    with ExitStack() as stack:
        stack.enter_context(corpora.alone(kept))
        if name == "sqlite":
            clones = [stack.enter_context(corpora.sqlite_clone(size, kept)) for size in sizes]
            return measure(clones, plan, workers=1), sqlite3.sqlite_version
        server = stack.enter_context(corpora.postgres_server(kept))
        clones = [stack.enter_context(corpora.postgres_clone(server, size, kept)) for size in sizes]
        said = server.run("postgres", "SHOW server_version")[0][0]
        return measure(clones, plan, workers=2), str(said)


def machine() -> Iterator[str]:
    """What was measured on."""
    cpu = next((line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.processor())  # fmt: skip
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    yield f"{os.cpu_count()} × {cpu}, {memory:.0f} GB; {platform.system()} {platform.release()}"
    yield f"Python {platform.python_version()}; " + ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=corpora.ROOT, capture_output=True, text=True, check=False
    )
    yield f"commit {commit.stdout.strip() or 'unknown'}, {time.strftime('%Y-%m-%d %H:%M')}"


def facts(found: Found) -> Iterator[str]:
    """What stands beside the table."""
    yield (
        f"Memory of a process: {found.idle:.0f} MB idle, {found.end:.0f} MB at the end. From start to first answer: "
        f"{middle(found.starts):.2f} s ({middle(found.start_cpu):.2f} s of CPU)."
    )
    yield (
        f"Somebody else while 20,000 rows become an Excel file: p50 {middle(found.beside):.1f} ms, "
        f"p99 {late(found.beside, 0.99):.1f} ms; in the calm before {middle(found.calm):.1f} and "
        f"{late(found.calm, 0.99):.1f} ms."
    )
    yield f"Took {found.seconds:.0f} s."


def main(argv: Sequence[str]) -> int:
    """Measure, print, and keep the figures."""
    parser = argparse.ArgumentParser(prog="./dev bench")
    parser.add_argument("--quick", action="store_true", help="a fifth of the rounds")
    parser.add_argument("--database", choices=list(DATABASES), action="append")
    parser.add_argument("--tickets", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--no-results", action="store_true", help="leave RESULTS.md and explain/ as they are")
    given = parser.parse_args(argv)
    sizes, plan = sorted(given.tickets), QUICK if given.quick else Plan()
    load, parts, reached = os.getloadavg()[0], [], []
    for name in given.database or DATABASES:
        found, server = one_database(name, sizes, plan)
        title = f"{DATABASES[name]} ({server}), {sizes[-1]:,} tickets"
        lines = list(table.rows(found, sizes))
        own = table.targets(name, found, sizes)
        if not given.no_results:
            scans = plans.write(name, sizes[-1], found.recorded, plans.FOLDER)
            own.append(table.Target(name, "scans of a table that grows, see explain/", len(scans), 0, ""))
        print(f"\n== {title}\n", table.printed(table.HEAD, lines), "", *facts(found), sep="\n", flush=True)
        parts += [f"## {title}", table.markdown(table.HEAD, lines), "\n".join(facts(found))]
        reached += own
    said = "\n".join(target.line for target in sorted(reached, key=lambda target: target.met))
    met = f"{sum(target.met for target in reached)} of {len(reached)} targets met"
    print(f"\n{said}\n\n{met}", flush=True)
    if not given.no_results:
        about = "\n".join(f"- {line}" for line in (*machine(), _load(load)))
        parts = [INTRODUCTION, about, *parts, f"## Targets of issue 6.2: {met}", f"```\n{said}\n```"]
        RESULTS.write_text("\n\n".join(parts) + "\n")
        print(f"kept in {RESULTS.relative_to(corpora.ROOT)} and {plans.FOLDER.relative_to(corpora.ROOT)}/")
    return 0


def _load(before: float) -> str:
    return f"load before {before:.1f}, after {os.getloadavg()[0]:.1f}: above 1 before, others were at work"


INTRODUCTION = """# Figures of the last `./dev bench`

Written by the command. Times in milliseconds, alone and with so many at once; kB as sent, packed. „× hello“ is the
ratio to this server's bare route in the same run, „× floor“ to the statements that brought the page's rows through the
bare driver and the same templates over the same values (a reply: a bare insert and its page part), „growth“ to the
small corpus in the same run, each also of the CPU times: of the portal's processes and, on PostgreSQL, the database's.
Trust the ratios, not the milliseconds, and where others were at work those of the CPU times."""


if __name__ == "__main__":
    try:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers and copies go, too
        sys.exit(main(sys.argv[1:]))
    except (subprocess.CalledProcessError, asyncio.CancelledError) as error:
        sys.exit(getattr(error, "returncode", 1))
