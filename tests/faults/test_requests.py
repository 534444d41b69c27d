"""Clients that hang up, cut their bodies or are slow: before the real server, in a process of its own."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from app.config import Settings
from app.database import rows
from app.domain.models import FormKey, Message, Ticket
from tests.cast import LIKE_A_BROWSER, PDF, Cast, Portal, form_key

ROOT = Path(__file__).resolve().parents[2]
START = 20.0
ABORTS = 300
AT_ONCE = 15


class Remote(Portal):
    """A browser before a server at an address."""

    def __init__(self, address: str, cast: Cast) -> None:
        httpx.AsyncClient.__init__(self, base_url=address, headers=LIKE_A_BROWSER, timeout=10)
        self.cast = cast
        self.who = None

    @property
    def port(self) -> int:
        """Where the server listens."""
        return self.base_url.port or 0

    def request_bytes(self, path: str, body: bytes, kind: str = "application/x-www-form-urlencoded") -> bytes:
        """A POST as it goes over the wire, with this browser's session."""
        head = {
            "Host": f"127.0.0.1:{self.port}", "Sec-Fetch-Site": "same-origin", "Content-Type": kind,
            "Content-Length": str(len(body)), "Cookie": f"session={self.cookies.get('session', '')}",
        }  # fmt: skip
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        return f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
async def server(settings: Settings, cast: Cast, tmp_path: Path) -> AsyncIterator[Remote]:
    """`portal serve` over the test's database, and a browser before it."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")} | {
        "PORTAL_BASE_URL": address, "PORTAL_DATA_DIR": str(settings.data_dir),
        "PORTAL_DATABASE_URL": settings.database_url,
    }  # fmt: skip
    command = [sys.executable, "-m", "app.cli", "serve", "--port", str(port)]
    with (tmp_path / "log").open("wb") as log:
        process = await asyncio.to_thread(
            subprocess.Popen, command, cwd=ROOT, env=environment, stdout=log, stderr=log
        )
    try:
        async with Remote(address, cast) as browser:
            await answering(browser, process)
            yield browser
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.to_thread(process.wait, 10)
        finally:
            process.kill()
    assert process.returncode == 0, (tmp_path / "log").read_text()[-2000:]


async def answering(browser: Remote, process: "subprocess.Popen[bytes]") -> None:
    """Wait until the server answers."""
    until = time.monotonic() + START
    while time.monotonic() < until:
        assert process.poll() is None, "the server did not start"
        with contextlib.suppress(httpx.TransportError):
            if (await browser.get("/health/ready")).status_code == 200:
                return
        await asyncio.sleep(0.05)
    raise AssertionError("the server does not answer")


async def send_and_go(port: int, wire: bytes, wait: float, reset: bool) -> None:
    """Send this much of a request and hang up."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(wire)
    with contextlib.suppress(ConnectionError):
        await writer.drain()
        await asyncio.sleep(wait)
    if reset:
        writer.transport.abort()
    else:
        writer.close()


def aborted(browser: Remote, number: int, count: int) -> list[tuple[bytes, float, bool]]:
    """Requests that end right after their body, or in the midst of it: (bytes, seconds until gone, by RST)."""
    found = []
    for n in range(count):
        text = f"Abgebrochen {n} " + "x" * 2000
        fields: dict[str, object] = {"form_key": form_key()}
        match n % 6:
            case 0 | 1 | 2:
                path, fields = f"/tickets/{number}/messages", fields | {"body": text, "audience": "everyone"}
            case 3:
                path = "/tickets"
                fields |= {"category": "request", "priority": "normal", "module": browser.cast.members.id}
                fields |= {"subject": f"Abgebrochen {n}", "description": text}
            case 4:
                path = f"/tickets/{number}/read"
            case _:
                path, fields = f"/tickets/{number}/moves/close", fields | {"version": 10_000}
        wire = browser.request_bytes(path, urlencode(fields | {"end": 1}).encode())
        cut = n % 4 == 3
        found.append((wire[: len(wire) - 15] if cut else wire, (n % 7) * 0.002, n % 2 == 0))
    return found


async def all_of(port: int, requests: list[tuple[bytes, float, bool]]) -> None:
    """Send them, some at once."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(wire: bytes, wait: float, reset: bool) -> None:
        async with gate:
            await send_and_go(port, wire, wait, reset)

    await asyncio.gather(*(one(*request) for request in requests))


async def settled() -> None:
    """Wait until what was under way has ended: until no form is added any more."""
    count, same = -1, 0
    while same < 3:
        await asyncio.sleep(0.2)
        now = await FormKey.all().count()
        same, count = (same + 1 if now == count else 0), now


async def test_three_hundred_aborted_posts_stop_nothing_and_leave_nothing_half_done(server: Remote, cast: Cast) -> None:
    number = await cast.ticket("user")
    await server.sign_in("user")
    await all_of(server.port, aborted(server, number, ABORTS))
    await settled()
    answers = await asyncio.gather(
        *(server.send_form(f"/tickets/{number}/messages", body=f"Danach {n}", audience="everyone") for n in range(10)),
        *(server.get(path) for path in ("/", "/tickets?status=", f"/tickets/{number}", "/health/ready")),
    )
    assert [answer.status_code for answer in answers] == [303] * 10 + [200] * 4
    await whole(number)


async def whole(number: int) -> None:
    """Nothing is there twice or by halves."""
    bodies = [message.body.split(" x")[0] for message in await Message.all()]
    assert len(bodies) == len(set(bodies)), "no message twice"
    assert not [body for body in bodies if body.startswith("Abgebrochen") and int(body.split()[1]) % 4 == 3], (
        "a body that was cut led to something"
    )
    assert sum(body.startswith("Danach") for body in bodies) == 10
    assert any(body.startswith("Abgebrochen") for body in bodies), "who hung up after the body is served all the same"
    assert await FormKey.filter(outcome="").count() == 0
    tickets = await Ticket.all()
    for ticket in tickets:
        assert await Message.filter(ticket_id=ticket.number).count() >= 1
    documents = await rows("SELECT COUNT(*) AS n FROM ticket_search")
    events = await rows("SELECT COUNT(*) AS n FROM ticket_event WHERE kind = 'created'")
    assert documents[0]["n"] == events[0]["n"] == len(tickets)
    assert (await Ticket.get(number=number)).version == 1


async def test_uploads_and_sign_ins_that_break_off_leave_no_row_no_file_and_no_lock(server: Remote, cast: Cast) -> None:
    number = await cast.ticket("user")
    await server.sign_in("user")
    await all_of(server.port, [*broken_uploads(server, number, 60), *aborted_sign_ins(server, 25)])
    await settled()
    assert (await server.get(f"/tickets/{number}")).status_code == 200
    answer = await server.send_form("/login", user_name="edv-nord", password="wrong", next="")
    assert answer.status_code in (422, 429), "both places for hashing are free again"
    assert await Message.filter(ticket_id=number).count() == 1
    kept = cast.settings.data_dir / "attachments"
    assert not [path for path in kept.rglob("*") if path.is_file()]


def broken_uploads(browser: Remote, number: int, count: int) -> list[tuple[bytes, float, bool]]:
    """Uploads that end somewhere in their file."""
    head = (
        f'--x\r\nContent-Disposition: form-data; name="form_key"\r\n\r\n{form_key()}\r\n--x\r\nContent-Disposition: '
        'form-data; name="files"; filename="a.pdf"\r\n\r\n'
    ).encode()
    wire = browser.request_bytes(
        f"/tickets/{number}/messages", head + PDF + bytes(2_000_000), "multipart/form-data; boundary=x"
    )
    return [(wire[: 100_000 * (1 + n % 15)], 0.01, n % 2 == 0) for n in range(count)]


def aborted_sign_ins(browser: Remote, count: int) -> list[tuple[bytes, float, bool]]:
    """Wrong sign-ins of people who do not wait for the answer."""
    fields = {"password": "x", "next": "", "end": 1}
    bodies = [urlencode({"form_key": form_key(), "user_name": f"nobody{n}"} | fields) for n in range(count)]
    return [(browser.request_bytes("/login", body.encode()), 0.005, n % 2 == 0) for n, body in enumerate(bodies)]


async def test_slow_clients_keep_nobody_waiting(server: Remote, cast: Cast) -> None:
    number = await cast.ticket("user")
    await server.sign_in("user")
    fields = {"form_key": form_key(), "body": "Langsam", "audience": "everyone", "end": 1}
    wire = server.request_bytes(f"/tickets/{number}/messages", urlencode(fields).encode())
    connections = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(40)]
    for piece in range(20):
        for _, writer in connections:
            writer.write(wire[piece * 10 : piece * 10 + 10])
        assert (await server.get("/tickets?status=")).status_code == 200
    for _, writer in connections:
        writer.write(wire[200:])
        await writer.drain()
    answers = await asyncio.gather(*(asyncio.wait_for(reader.readline(), 10) for reader, _ in connections))
    assert {answer.split()[1] for answer in answers} == {b"303"}, "slow, but whole"
    assert await Message.filter(body="Langsam").count() == 1, "the same form forty times"
    for _, writer in connections:
        writer.transport.abort()


async def test_the_real_server_refuses_a_flood_before_it_has_all_arrived(server: Remote, cast: Cast) -> None:
    await server.sign_in("user")
    refused, sent = b"", 0
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    head = server.request_bytes("/login", b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    writer.write(head)
    try:
        for sent in range(1000):  # noqa: B007  read after the loop
            writer.write(b"4000\r\n" + b"a=&&" * 4096 + b"\r\n")
            await writer.drain()
            with contextlib.suppress(TimeoutError):
                refused = refused or await asyncio.wait_for(reader.readline(), 0.001)
            if refused:
                break
    except ConnectionError:
        pass
    with contextlib.suppress(ConnectionError):  # a cut line may swallow the answer
        refused = refused or await asyncio.wait_for(reader.readline(), 5)
    writer.transport.abort()
    assert sent < 999, "cut before all of it was sent"
    assert not refused or refused.split()[1] == b"413"
    assert (await server.get("/health/ready")).status_code == 200
