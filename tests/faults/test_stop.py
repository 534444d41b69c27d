"""Told to stop while browsers listen, one waits for a PDF and one uploads: what was begun is finished, in time."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from app.domain.models import Message
from app.server import GRACE
from tests.cast import PDF, Cast, form_key
from tests.faults.serving import STOP, Remote, Serving

UPLOAD = "multipart/form-data; boundary=x"


@pytest.fixture
async def serving(cast: Cast) -> AsyncIterator[Serving]:
    """The portal, running."""
    made = Serving(cast.settings)
    await made.start()
    yield made
    assert made.process
    made.process.kill()


Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]  # a writer that nobody holds closes its line


async def stream(browser: Remote) -> Line:
    """An open event stream, after its first line."""
    reader, writer = await asyncio.open_connection("127.0.0.1", browser.port)
    head = browser.request_bytes("/events", b"").replace(b"POST", b"GET").replace(b"Content-Length: 0\r\n", b"")
    writer.write(head)
    assert b" 200 " in await reader.readline()
    await asyncio.wait_for(reader.readuntil(b"retry: "), STOP)
    return reader, writer


def upload(browser: Remote, number: int) -> bytes:
    """A message with a file, whole."""
    fields = {"form_key": form_key(), "body": "Begonnen", "audience": "everyone"}
    head = "--x\r\nContent-Disposition: form-data; name="
    parts = [f'{head}"{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()]
    file = head.encode() + b'"files"; filename="a.pdf"\r\n\r\n' + PDF + bytes(3_000_000)
    end = b"\r\n" + head.encode() + b'"end"\r\n\r\n1\r\n--x--\r\n'
    return browser.request_bytes(f"/tickets/{number}/messages", "".join(parts).encode() + file + end, UPLOAD)


@pytest.mark.sqlite_only
async def test_told_to_stop_it_ends_the_streams_and_finishes_a_pdf_and_an_upload(serving: Serving, cast: Cast) -> None:
    number = await cast.ticket("user")
    for n in range(12):
        await cast.reply("edv", number, f"Absatz {n}. " * 60)
    async with Remote(serving.address, cast) as browser:
        await browser.sign_in("user")
        streams = [await stream(browser) for _ in range(3)]
        wire = upload(browser, number)
        reader, writer = await asyncio.open_connection("127.0.0.1", browser.port)
        writer.write(wire[:1_000_000])
        await writer.drain()
        pdf = asyncio.ensure_future(browser.get(f"/tickets/{number}.pdf"))
        await asyncio.sleep(0.1)
        stopping = asyncio.ensure_future(serving.stop())
        began = asyncio.get_running_loop().time()
        assert not any(open_.at_eof() for open_, _ in streams), "they were open until now"
        for open_, _ in streams:
            with contextlib.suppress(ConnectionError):
                await asyncio.wait_for(open_.read(), GRACE / 2)  # they end first, whatever else is under way
        writer.write(wire[1_000_000:])
        answer = await asyncio.wait_for(reader.readline(), STOP)
        assert answer.split()[1] == b"303", "what was begun is finished"
        assert (await pdf).content.startswith(b"%PDF")
        assert await stopping == 0, serving.said()
        assert asyncio.get_running_loop().time() - began < STOP
    assert await Message.filter(body="Begonnen").count() == 1


@pytest.mark.long
async def test_an_upload_that_never_ends_does_not_keep_it(serving: Serving, cast: Cast) -> None:
    number = await cast.ticket("user")
    async with Remote(serving.address, cast) as browser:
        await browser.sign_in("user")
        streams = [await stream(browser) for _ in range(3)]
        _, writer = await asyncio.open_connection("127.0.0.1", browser.port)
        writer.write(upload(browser, number)[:1_000_000])
        await writer.drain()
        assert await serving.stop() == 0, serving.said()
        for open_, _ in streams:
            with contextlib.suppress(ConnectionError):
                await open_.read()
    assert await Message.filter(body="Begonnen").count() == 0
