"""Clients that hang up, cut their bodies or are slow: before the real server, in a process of its own."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import pytest

from app.config import Settings
from app.database import rows
from app.domain.models import FormKey, Message, Ticket
from tests.cast import PDF, Cast, form_key
from tests.faults.serving import Remote, Serving

ABORTS = 300
AT_ONCE = 15


@pytest.fixture
async def server(settings: Settings, cast: Cast) -> AsyncIterator[Remote]:
    """`portal serve` over the test's database, and a browser before it."""
    serving = Serving(settings)
    await serving.start()
    code = None
    try:
        async with Remote(serving.address, cast) as browser:
            yield browser
    finally:
        code = await serving.stop()
    assert code == 0, serving.said()


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
        *(server.get(path) for path in ("/", "/tickets?status=", f"/tickets/{number}", "/health/live")),
    )
    assert [answer.status_code for answer in answers] == [303] * 10 + [200] * 4
    await until_served({n for n in range(1, ABORTS, 2) if n % 6 in (1, 3) and n % 4 != 3})
    await whole(number)


async def until_served(wanted: set[int]) -> None:
    """A line that is reset may lose what was still on it; one that is closed may not, however busy the server is."""
    served: set[int] = set()
    for _ in range(100):
        bodies = [message.body for message in await Message.filter(body__startswith="Abgebrochen")]
        served = {int(body.split()[1]) for body in bodies}
        if wanted <= served:
            return
        await asyncio.sleep(0.2)
    assert wanted <= served, "who hung up after the body is served all the same"


async def whole(number: int) -> None:
    """Nothing is there twice or by halves."""
    bodies = [message.body.split(" x")[0] for message in await Message.all()]
    assert len(bodies) == len(set(bodies)), "no message twice"
    assert not [body for body in bodies if body.startswith("Abgebrochen") and int(body.split()[1]) % 4 == 3], (
        "a body that was cut led to something"
    )
    assert sum(body.startswith("Danach") for body in bodies) == 10
    assert await FormKey.filter(outcome="").count() == 0
    tickets = await Ticket.all()
    for ticket in tickets:
        assert await Message.filter(ticket_id=ticket.number).count() >= 1
    documents = await rows("SELECT COUNT(*) AS n FROM ticket_search")
    events = await rows("SELECT COUNT(*) AS n FROM ticket_event WHERE kind = 'created'")
    assert documents[0]["n"] == events[0]["n"] == len(tickets)
    assert (await Ticket.get(number=number)).version == 1


@pytest.mark.sqlite_only
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


@pytest.mark.sqlite_only
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
    for rest in (wire[200:-20], wire[-20:]):  # the first ends within the body
        written = server.send_form(f"/tickets/{number}/messages", body="Schnell", audience="everyone")
        assert (await asyncio.wait_for(written, 10)).status_code == 303, "who writes does not wait for them either"
        for _, writer in connections:
            writer.write(rest)
            await writer.drain()
    answers = await asyncio.gather(*(asyncio.wait_for(reader.readline(), 10) for reader, _ in connections))
    assert {answer.split()[1] for answer in answers} == {b"303"}, "slow, but whole"
    assert await Message.filter(body="Langsam").count() == 1, "the same form forty times"
    for _, writer in connections:
        writer.transport.abort()


@pytest.mark.sqlite_only
async def test_the_real_server_refuses_a_flood_before_it_has_all_arrived(server: Remote, cast: Cast) -> None:
    await server.sign_in("user")
    loop, sent = asyncio.get_running_loop(), 0
    # A plain socket: asyncio's streams forget what they have read once the line is cut.
    with socket.create_connection(("127.0.0.1", server.port)) as line:
        line.setblocking(False)
        answer = loop.create_task(loop.sock_recv(line, 65536))  # read while sending, as a browser does
        head = server.request_bytes("/login", b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
        await loop.sock_sendall(line, head)
        with contextlib.suppress(ConnectionError):
            while sent < 1000 and not answer.done():
                await loop.sock_sendall(line, b"4000\r\n" + b"a=&&" * 4096 + b"\r\n")
                await asyncio.sleep(0)
                sent += 1
        assert (await asyncio.wait_for(answer, 10)).split()[1] == b"413"
    assert sent < 1000, "cut before all of it was sent"
    await somebody_who_sends_everything_before_reading_sees_the_refusal(server)
    assert (await server.get("/health/ready")).status_code == 200


async def somebody_who_sends_everything_before_reading_sees_the_refusal(server: Remote) -> None:
    """As most programs and, over a slow line, browsers do: a line cut meanwhile would be all that they can show."""
    head = server.request_bytes("/login", b"").replace(b"Content-Length: 0", b"Content-Length: 5000000")
    for _ in range(3):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(head)
        for _ in range(50):
            writer.write(b"a=&&" * 25_000)
            await writer.drain()
        answer = await asyncio.wait_for(reader.readuntil(b"</html>"), 10)
        assert answer.split()[1] == b"413"
        writer.close()
