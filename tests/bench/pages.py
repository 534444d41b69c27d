"""Times of the hot pages as ratios to this stack's floor in the same run.

    python -m tests.bench.pages DIR [--rounds 15]

DIR holds a demo instance (`portal demo --tickets 100000 --seed 7 --data DIR`). The floor is `GET /health/live` in the
same app. Rounds visit all pages in turn, so that a machine that gets slower in between slows all of them.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

from app.config import Settings
from app.database import rows
from app.demo.accounts import PASSWORD
from app.main import create_app
from tests.cast import form_key

BASE = "http://127.0.0.1:8000"
HTMX = {"HX-Request": "true", "HX-Target": "tickets-results"}
Visit = Callable[[], Awaitable[httpx.Response]]


async def sign_in(client: httpx.AsyncClient, user_name: str) -> None:
    """Sign one of the demo accounts in."""
    answer = await client.post("/login", data={"user_name": user_name, "password": PASSWORD, "next": ""})
    assert answer.status_code == 303, answer.status_code


def visits(client: httpx.AsyncClient, ticket: int) -> dict[str, Visit]:
    """What is measured, by name."""

    def get(path: str, **headers: str) -> Visit:
        return lambda: client.get(path, headers=headers)

    async def reply() -> httpx.Response:
        fields = {"form_key": form_key(), "body": "Danke für die Rückmeldung, das hilft uns weiter.", "end": "1"}
        parts = [(name, (None, value)) for name, value in (fields | {"audience": "everyone", "version": "1"}).items()]
        return await client.post(f"/tickets/{ticket}/messages", files=parts)

    return {
        "floor": get("/health/live"),
        "list": get("/tickets"),
        "list, all": get("/tickets?status=all"),
        "list, page 20": get("/tickets?status=all&page=20"),
        "filter fragment": get("/tickets?priority=high", **HTMX),
        "search, common word": get("/tickets?status=all&q=mitglied", **HTMX),
        "search, prefix": get("/tickets?status=all&q=bei", **HTMX),
        "search, two words": get("/tickets?status=all&q=beitrag+rechnung", **HTMX),
        "search, number": get(f"/tickets?q={ticket}", **HTMX),
        "ticket": get(f"/tickets/{ticket}"),
        "reply": reply,
    }


async def measure(directory: Path, rounds: int) -> dict[str, dict[str, list[float]]]:
    """Milliseconds of every visit of every round, for a customer's EDV and for staff."""
    app = create_app(Settings(data_dir=directory, demo=True))
    found: dict[str, dict[str, list[float]]] = {}
    async with app.test_app():
        for who in ("edv-nord", "staff"):
            transport = httpx.ASGITransport(app=app)
            headers = {"Sec-Fetch-Site": "same-origin"}
            async with httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers) as client:
                await sign_in(client, who)
                found[who] = await _rounds(visits(client, await _open_ticket()), rounds)
    return found


async def _open_ticket() -> int:
    nord = "(SELECT organisation_id FROM person WHERE user_name = 'edv-nord')"
    open_one = "status = 'vendor_review' AND deleted_at IS NULL"
    found = await rows(f"SELECT number FROM ticket WHERE {open_one} AND organisation_id = {nord} LIMIT 1")
    return int(found[0]["number"])


async def _rounds(pages: dict[str, Visit], rounds: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in pages}
    for number in range(rounds + 2):
        for name, visit in pages.items():
            start = time.perf_counter()
            answer = await visit()
            if number >= 2:  # the first two rounds warm everything up
                times[name].append((time.perf_counter() - start) * 1000)
            assert answer.status_code in (200, 303), (name, answer.status_code)
    return times


def main() -> None:
    """Measure and print one table per person."""
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=Path)
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    for who, times in asyncio.run(measure(given.directory, given.rounds)).items():
        floor = statistics.median(times["floor"])
        print(f"\n{who:24}{'p50 ms':>9}{'p95 ms':>9}{'ratio to floor':>16}")
        for name, values in times.items():
            p50, p95 = statistics.median(values), sorted(values)[int(len(values) * 0.95)]
            print(f"{name:24}{p50:9.1f}{p95:9.1f}{p50 / floor:16.1f}")


if __name__ == "__main__":
    main()
