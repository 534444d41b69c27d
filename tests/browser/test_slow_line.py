"""A line on which a page comes in pieces, and what it needs comes late: nothing that is painted moves afterwards."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx
import pytest

from tests.browser.arrange import Arrange
from tests.browser.conftest import Server, Visit

PIECES = 20
PAUSE = 0.01
# Each after the one before it, so that each could move what is there.
LATE = {"portal.css": 0.05, "portal.js": 0.1, "icons.svg": 0.15, "mark.svg": 0.2}
SHIFTS = """
new Promise(done => {
  new PerformanceObserver(list => done(list.getEntries().map(entry => entry.value)))
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done([]), 100);
})
"""


@asynccontextmanager
async def slow_line(server: Server, cookie: str) -> AsyncIterator[str]:
    """An address before the server at which pages come in pieces."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1].decode()
        with suppress(ConnectionError):
            await _pass_on(server.url, path, cookie, writer)
        writer.close()

    listener = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    finally:
        listener.close()


async def _pass_on(url: str, path: str, cookie: str, writer: asyncio.StreamWriter) -> None:
    if path == "/events":
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        return
    async with httpx.AsyncClient(base_url=url, cookies={"session": cookie}) as client:
        found = await client.get(path, headers={"Accept-Language": "de"})
    await asyncio.sleep(LATE.get(path.rpartition("/")[2].partition("?")[0], 0))
    kind = found.headers["content-type"]
    writer.write(f"HTTP/1.1 {found.status_code} OK\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n".encode())
    size = len(found.content) // PIECES + 1 if kind.startswith("text/html") else len(found.content) + 1
    for start in range(0, len(found.content), size):
        writer.write(found.content[start : start + size])
        await writer.drain()
        await asyncio.sleep(PAUSE if size <= len(found.content) else 0)


@pytest.mark.parametrize("width", [pytest.param(1280, marks=pytest.mark.long), 360])
async def test_nothing_moves_while_a_page_comes_in_pieces_and_all_else_late(
    visit: Visit, arrange: Arrange, server: Server, width: int
) -> None:
    somebody = await visit(width=width)
    async with slow_line(server, arrange.cookie("edv-nord")["value"]) as address:
        for path in ("/tickets?status=&category=incident&escalated=1", "/", "/tickets/new", "/report"):
            await somebody.page.goto(address + path)
            assert await somebody.page.evaluate(SHIFTS) == [], path
