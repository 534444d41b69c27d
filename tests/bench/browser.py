"""A person's browser for measuring: one kept connection, a session, forms as a browser sends them."""

import gzip
import http.client
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass

from app.demo.accounts import PASSWORD

LIKE_A_BROWSER = {
    "Accept": "text/html,application/xhtml+xml",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Accept-Language": "de-DE,de;q=0.9",
    "Sec-Fetch-Site": "same-origin",
}
KEPT = 5.0  # seconds; the server lets go of a connection on which nobody asks for a while
TIMEOUT = 120
BOUNDARY = "----bench7d1f"
PARTS = f"multipart/form-data; boundary={BOUNDARY}"


@dataclass(frozen=True)
class Request:
    """What is asked, apart from who asks."""

    path: str
    method: str = "GET"
    headers: Mapping[str, str] | None = None
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    """What came back, and after how many milliseconds the last byte of it."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    ms: float

    @property
    def text(self) -> str:
        """The page, unpacked."""
        packed = self.headers.get("content-encoding") == "gzip"
        return (gzip.decompress(self.body) if packed else self.body).decode()


class Browser:
    """One connection to one server. For one thread."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
        self.cookie = ""
        self.used = 0.0

    def ask(self, request: Request) -> Answer:
        """Ask and read the whole answer."""
        if time.monotonic() - self.used > KEPT:
            self.connection.close()
        if self.connection.sock is None:
            self.connection.connect()
        headers = {**LIKE_A_BROWSER, **(request.headers or {})}
        if self.cookie:
            headers["Cookie"] = self.cookie
        start = time.perf_counter()
        self.connection.request(request.method, request.path, request.body or None, headers)
        came = self.connection.getresponse()
        body = came.read()
        ms = (time.perf_counter() - start) * 1000
        self.used = time.monotonic()
        return Answer(came.status, {name.lower(): value for name, value in came.headers.items()}, body, ms)

    def get(self, path: str) -> Answer:
        """A page."""
        return self.ask(Request(path))

    def sign_in(self, user_name: str) -> "Browser":
        """Be signed in as somebody, through the form."""
        answer = self.ask(form("/login", user_name=user_name, password=PASSWORD, next=""))
        assert answer.status == 303, (user_name, answer.status)
        self.cookie = answer.headers["set-cookie"].partition(";")[0]
        return self

    def close(self) -> None:
        """Hang up."""
        self.connection.close()


def form(path: str, *, htmx: bool = False, **fields: object) -> Request:
    """A posted form as a browser sends it: the key first, the end mark last."""
    every = {"form_key": secrets.token_urlsafe(16), **fields, "end": "1"}
    parts = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in every.items()
    )
    body = f"{''.join(parts)}--{BOUNDARY}--\r\n".encode()
    headers = {"Content-Type": PARTS} | ({"HX-Request": "true"} if htmx else {})
    return Request(path, "POST", headers, body)


def hidden(name: str, page: str) -> str:
    """The value of a hidden field of a page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"the page has no field {name}"
    return found[1]
