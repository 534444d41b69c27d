"""Probes, metrics, and the number of each request: what monitoring and the person on the phone go by."""

import json
import logging
import re
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from app import clock, health, logs
from app.config import Settings
from app.database import execute
from app.domain import changes, outbox
from app.domain.models import Letter, LetterState
from app.metrics import Family, Meter, text
from app.web.observe import number_of
from tests.cast import Cast, Portal

TOKEN = "a-token-for-monitoring"
CHECKS = {"database", "migrations", "letters", "loop", "disk"}
UNFIT = {"database", "migrations", "loop"}  # issue 5: what makes a process unfit to serve
LINE = re.compile(r'([a-z_]+)(?:\{((?:[a-z_]+="[^"\\]*",?)*)\})? ([0-9.e+-]+|\+Inf)')


async def failing(portal: Portal) -> set[str]:
    """What is not well."""
    answer = await portal.get("/health/ready")
    said = answer.json()
    found = {name for name, state in said["checks"].items() if state != "ok"}
    unfit = bool(found & UNFIT)
    assert (answer.status_code, said["ready"]) == ((503, False) if unfit else (200, True))
    assert said["status"] == ("failing" if unfit else "degraded" if found else "ok")
    return found


async def test_ready_says_what_is_well(portal: Portal) -> None:
    assert await failing(portal) == set()
    said = (await portal.get("/health/ready")).json()
    assert said["checks"].keys() == CHECKS
    assert said["letter_oldest_seconds"] == 0
    assert 0 <= said["loop_lag_seconds"] < health.WORST_LAG


async def test_ready_names_what_fails_and_no_secret(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    async def gone(*_: object) -> Any:
        raise OSError("connection to secret-host refused")

    with monkeypatch.context() as patch:
        patch.setattr(health, "rows", gone)
        assert await failing(portal) == {"database"}
        assert "secret-host" not in (await portal.get("/health/ready")).text
        assert (await portal.get("/health/ready")).json()["letter_oldest_seconds"] is None
        assert (await portal.get("/health/live")).status_code == 200
    monkeypatch.setattr(health, "LEAST_FREE", 10**18)
    assert await failing(portal) == {"disk"}, "who reads is not turned away"
    monkeypatch.setattr(health, "WORST_LAG", -1)
    assert await failing(portal) == {"disk", "loop"}


async def test_ready_does_not_wait_for_a_database_that_hangs(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    async def hang(*_: object) -> Any:
        import asyncio

        asked.append(1)
        await asyncio.Event().wait()

    monkeypatch.setattr(health, "rows", hang)
    monkeypatch.setattr(health, "PATIENCE", 0.01)
    for _ in range(3):
        assert await failing(portal) == {"database"}
    assert len(asked) == 1, "questions do not pile up"
    monkeypatch.setattr(health, "HOPELESS", 0.0)
    assert await failing(portal) == {"database"}
    assert len(asked) == 2, "but a lost one is not waited for for ever"
    health._asking.cancel()  # type: ignore[union-attr]


async def test_ready_sees_missing_migrations(portal: Portal) -> None:
    await execute("UPDATE tortoise_migrations SET name = 'x' || name WHERE name LIKE '0001%'")
    assert await failing(portal) == {"migrations"}
    await execute("UPDATE tortoise_migrations SET name = SUBSTR(name, 2) WHERE name LIKE 'x0001%'")
    assert await failing(portal) == set()


async def test_letters_that_nobody_sends_are_said_and_turn_nobody_away(portal: Portal, cast: Cast) -> None:
    await outbox.post([cast.user.id], "password_changed")
    written = clock.now() - timedelta(hours=2)
    await Letter.all().update(created_at=written, due_at=clock.now() - timedelta(hours=1))
    assert await failing(portal) == {"letters"}
    said = (await portal.get("/health/ready")).json()
    assert 7200 <= said["letter_oldest_seconds"] < 7300
    await Letter.all().update(due_at=clock.now() + timedelta(hours=1))
    assert await failing(portal) == set(), "what was put off is on its way"


@pytest.fixture
def measured(portal: Portal) -> Portal:
    """A portal that has a token for monitoring."""
    portal.app.extensions["settings"] = replace(portal.app.extensions["settings"], metrics_token=TOKEN)
    return portal


async def figures(portal: Portal) -> dict[str, float]:
    """Every line of the metrics, by name and labels."""
    answer = await portal.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}", "Host": "10.0.0.7:8000"})
    assert answer.status_code == 200
    found = {}
    for line in answer.text.splitlines():
        if not line.startswith("# "):
            read = LINE.fullmatch(line)
            assert read, line
            found[line.rpartition(" ")[0]] = float(read[3])
    return found


@pytest.mark.parametrize("brought", ["", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Basic {TOKEN}", "Bearer ä"])
async def test_metrics_are_for_who_has_the_token(measured: Portal, brought: str) -> None:
    answer = await measured.get("/metrics", headers={"Authorization": brought.encode()})
    assert (answer.status_code, answer.json()) == (401, {"error": "unauthorized"})


async def test_metrics_count_what_happens(measured: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await outbox.post([cast.user.id], "password_changed")
    await measured.sign_in("user")
    before = await figures(measured)
    for _ in range(2):
        await measured.get(f"/tickets/{number}?q=secret-word")
    await measured.get(f"/tickets/{number + 1}")
    await measured.get("/nothing/here")
    await measured.request("BREW", "/login")
    with changes.listening(await a_session(measured), ()):
        after = await figures(measured)
        assert after["portal_streams_open"] == 1

    def more(name: str) -> float:
        return after[name] - before.get(name, 0)

    route = 'route="tickets.show"'
    assert more(f'portal_requests_total{{{route},method="GET",status="200"}}') == 2
    assert more(f'portal_requests_total{{{route},method="GET",status="404"}}') == 1
    assert more('portal_requests_total{route="none",method="GET",status="404"}') == 1
    assert more('portal_requests_total{route="none",method="other",status="405"}') == 1
    assert more(f"portal_request_seconds_count{{{route}}}") == 3
    assert more(f'portal_request_seconds_bucket{{{route},le="+Inf"}}') == 3
    assert after["portal_requests_in_flight"] == 1, "the one that asks"
    assert after['portal_tickets{status="it_review"}'] == 1
    assert after['portal_letters{state="waiting"}'] == await Letter.filter(state=LetterState.WAITING).count()
    assert after["portal_database_bytes"] > 1000
    assert after["portal_disk_free_bytes"] > 1000
    assert {"portal_loop_lag_seconds", "portal_threads", "portal_letter_oldest_seconds"} <= after.keys()
    assert "secret-word" not in str(after)


async def test_metrics_go_on_without_the_database(measured: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    async def gone(*_: object) -> Any:
        raise OSError("connection to secret-host refused")

    assert (await figures(measured))["portal_database_up"] == 1
    monkeypatch.setattr(health, "rows", gone)
    found = await figures(measured)
    assert found["portal_database_up"] == 0
    assert found["portal_requests_in_flight"] == 1


async def a_session(portal: Portal) -> Any:
    """The session of who is signed in."""
    from app.domain.models import Session

    return await Session.all().order_by("-id").first()


@pytest.mark.no_database
@pytest.mark.sqlite_only
def test_the_text_format() -> None:
    meter = Meter()
    for seconds in (0.005, 0.006, 99, None):
        meter.answered("a.b", "GET", 200, seconds)
    said = text(meter.families())
    assert 'portal_requests_total{route="a.b",method="GET",status="200"} 4\n' in said
    for border, n in (("0.005", 1), ("0.01", 2), ("10.0", 2), ("+Inf", 3)):
        assert f'portal_request_seconds_bucket{{route="a.b",le="{border}"}} {n}\n' in said
    assert 'portal_request_seconds_sum{route="a.b"} 99.011\n' in said
    assert said.count("# TYPE") == said.count("# HELP") == 4
    assert text([Family.by("x", "gauge", "y", "z", {'a"b\\c\n': 0.5})]).endswith('x{z="a\\"b\\\\c\\n"} 0.5\n')


# --- the number of a request ---


async def test_every_answer_has_a_number_of_its_own(portal: Portal) -> None:
    answers = [await portal.get(path) for path in ("/login", "/health/live", "/nothing", "/metrics")]
    numbers = [answer.headers["X-Request-Id"] for answer in answers]
    assert all(re.fullmatch(r"[0-9]{10}", number) for number in numbers)
    assert len(set(numbers)) == len(numbers)


async def test_a_fault_says_its_number_on_the_page_and_in_the_log(
    portal: Portal, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise RuntimeError('a fault\nDETAIL:  Failing row contains (7, "what somebody wrote").')

    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            """Format while the request is still there."""
            lines.append(logs.JsonLines().format(record))

    handler = Keep()
    logging.getLogger("portal").addHandler(handler)
    monkeypatch.setattr("app.web.portal.page", fail)
    try:
        await portal.sign_in("user")
        answer = await portal.get("/", headers={"X-Request-Id": "chosen-by-a-stranger"})
    finally:
        logging.getLogger("portal").removeHandler(handler)
    number = answer.headers["X-Request-Id"]
    assert answer.status_code == 500
    assert number.isdigit()
    assert number in answer.text
    entry = json.loads(lines[0])
    assert entry["request"] == number
    assert "a fault" in entry["exception"]
    assert "what somebody wrote" not in lines[0]


@pytest.mark.no_database
@pytest.mark.sqlite_only
@pytest.mark.parametrize(("address", "given", "kept"), [
    ("10.1.2.3", b"0123-abc_DEF.9", True), ("192.0.2.1", b"0123-abc", False), ("10.1.2.3", b"a b c d e f", False),
    ("10.1.2.3", b"abc", False), ("10.1.2.3", b"x" * 65, False), ("", b"0123-abc", False),
])  # fmt: skip
def test_only_a_trusted_proxy_chooses_the_number(address: str, given: bytes, kept: bool) -> None:
    settings = Settings(trusted_proxies=(ip_network("10.0.0.0/8"),))
    scope = {"client": (address, 1) if address else None, "headers": [(b"x-request-id", given)]}
    assert (number_of(scope, settings) == given.decode()) is kept
