"""Request bodies within bounds, and handlers that finish although the client hung up."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

import quart.formparser
from quart.formparser import FormDataParser
from quart.wrappers.request import Body, Request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.sansio.multipart import Event, MultipartDecoder, State

MOST_FIELDS = 1000
LONGEST_HEADER = 64 * 1024
LINGER = 2.0  # seconds for which a client may go on sending after it was refused
LINGER_BYTES = 64 * 1024 * 1024
BODILESS = ("GET", "HEAD", "OPTIONS")
STREAMS = ("/events",)  # addresses whose answers last until the client has gone


class CountedBody(Body):
    """A body that counts what came in all, so that chunked uploads meet the limit too.

    Quart compares only what lies in its buffer, which is emptied again and again, and ends a refused body silently.
    """

    total = 0

    def limit(self, most: int) -> None:
        """Refuse more than so many bytes, also of what has come already."""
        self._max_content_length = most
        if self.total > most or (self.expected or 0) > most:
            self._refuse()

    def __init__(self, expected_content_length: int | None, max_content_length: int | None) -> None:
        super().__init__(expected_content_length, max_content_length)
        self.expected = expected_content_length

    def append(self, data: bytes) -> None:
        """Take a piece, or refuse the body."""
        self.total += len(data)
        if self._max_content_length is not None and self.total > self._max_content_length:
            self._refuse()
            return
        super().append(data)

    def _refuse(self) -> None:
        if self._must_raise is None:
            self._must_raise = RequestEntityTooLarge()
        self._data.clear()
        self.set_complete()

    async def __anext__(self) -> bytes:
        try:
            return await super().__anext__()
        except StopAsyncIteration:
            if self._must_raise is not None:
                raise self._must_raise from None
            raise


class BoundedDecoder(MultipartDecoder):
    """A multipart decoder that refuses a part whose header does not end; searching 40 MB of it takes 12 s."""

    def next_event(self) -> Event:
        """The next event of the body."""
        in_header = self.state in (State.PREAMBLE, State.PART) and len(self.buffer) > LONGEST_HEADER
        if in_header and self.buffer.find(b"\r\n\r\n", 0, LONGEST_HEADER) < 0:
            raise RequestEntityTooLarge
        return super().next_event()


quart.formparser.MultipartDecoder = BoundedDecoder  # type: ignore[attr-defined]


class BoundedParser(FormDataParser):
    """A form parser that refuses floods of fields; Quart's own takes 10 s for 15 MB of `a=&`."""

    async def _urlencoded(self, body: Body, *_: Any) -> tuple[MultiDict[str, str], MultiDict[str, Any]]:
        raw = await body
        try:
            pairs = parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
        except UnicodeDecodeError as error:
            raise BadRequest from error
        except ValueError as error:  # more fields than MOST_FIELDS
            raise RequestEntityTooLarge from error
        return MultiDict(pairs), MultiDict()

    parse_functions = {**FormDataParser.parse_functions, "application/x-www-form-urlencoded": _urlencoded}  # type: ignore[dict-item]


class CountedRequest(Request):
    """A request whose body is counted and whose form is bounded."""

    body_class = CountedBody
    form_data_parser_class = BoundedParser


Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
AsgiApp = Callable[[Any, Receive, Any], Awaitable[None]]


def handlers_finish(app: AsgiApp) -> AsgiApp:
    """Let a handler that has its whole body finish although the client hung up.

    Quart cancels it otherwise, in the midst of a transaction; what then leaks stops the whole portal (platform.md).
    While the body is still coming nothing has been written, and the cancelling is right.
    """

    async def shielded(scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in STREAMS:
            await app(scope, receive, send)
            return
        whole = False
        rest = _Rest()

        async def listen() -> dict[str, Any]:
            nonlocal whole
            message = await receive()
            if message["type"] == "http.disconnect" and whole:
                await never()
            whole = whole or (message["type"] == "http.request" and not message.get("more_body", False))
            rest.count(message, whole)
            return message

        async def answer(message: dict[str, Any]) -> None:
            last = message["type"] == "http.response.body" and not message.get("more_body", False)
            if last and scope["method"] not in BODILESS and not rest.over.is_set():
                await send({**message, "more_body": True})
                await rest.wait()
                message = {"type": "http.response.body", "body": b"", "more_body": False}
            await send(message)

        await app(scope, listen, answer)

    return shielded


class _Rest:
    """What still comes of a body that is answered already.

    A line that is closed while its client sends is cut, and a browser then shows that instead of the answer.
    """

    def __init__(self) -> None:
        self.over = asyncio.Event()
        self._left: int | None = None

    def count(self, message: dict[str, Any], whole: bool) -> None:
        """Note a piece of the body, or that no more will come."""
        if self._left is not None:
            self._left -= len(message.get("body", b""))
        if whole or message["type"] == "http.disconnect" or (self._left or 0) < 0:
            self.over.set()

    async def wait(self) -> None:
        """Let the client send on, for a moment and so many bytes; they are thrown away."""
        self._left = LINGER_BYTES
        bell = asyncio.get_running_loop().call_later(LINGER, self.over.set)
        await self.over.wait()
        bell.cancel()


async def never() -> None:
    """Wait until cancelled."""
    await asyncio.Event().wait()
