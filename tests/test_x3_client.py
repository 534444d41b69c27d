"""`portal x3 …` against the real portal over real HTTP, and against servers that are none."""

import asyncio
import json
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import click
import httpx
import pytest
from click.testing import CliRunner, Result

from app import cli
from app.domain import x3
from app.domain.models import AccessRequest, Token
from app.x3_client import x3 as command
from tests.cast import BASE_URL, Cast, Portal

# The same on both databases: nothing here depends on one.
pytestmark = pytest.mark.sqlite_only

Answer = tuple[int, dict[str, str], bytes]
Ask = Callable[[BaseHTTPRequestHandler, bytes], Answer]


@contextmanager
def serving(ask: Ask) -> Iterator[str]:
    """A web server in a thread of its own; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            status, headers, content = ask(self, self.rfile.read(int(self.headers.get("Content-Length") or 0)))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = answer

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
async def address(portal: Portal) -> AsyncIterator[str]:
    """The running portal over real HTTP."""
    loop = asyncio.get_running_loop()

    async def pass_on(method: str, path: str, headers: dict[str, str], content: bytes) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=portal.app), base_url=BASE_URL) as client:
            return await client.request(method, path, headers=headers, content=content)

    def ask(request: BaseHTTPRequestHandler, content: bytes) -> Answer:
        headers = {name: value for name, value in request.headers.items() if name != "Host"}
        passing = pass_on(request.command, request.path, headers, content)
        answer = asyncio.run_coroutine_threadsafe(passing, loop).result(10)
        return answer.status_code, {"Content-Type": answer.headers["Content-Type"]}, answer.content

    with serving(ask) as url:
        yield url


async def run(*arguments: str, **environment: str) -> Result:
    """`portal x3 …` in a thread, as another process would do it."""
    return await asyncio.to_thread(CliRunner().invoke, command, arguments, env=environment)


async def key(cast: Cast) -> str:
    """A key of Verband Nord."""
    return (await x3.issue_key(cast.admin, cast.nord.id, "Server"))[1]


async def test_a_link_for_somebody(address: str, cast: Cast) -> None:
    secret = await key(cast)
    told = ("--module", "Seminare", "--mask", "SE0200", "--record", "4711", "--version", "2026.3", "--error", "E 42")
    done = await run("login-code", "--user", "user-nord", *told, X3_KEY=secret, X3_BASE_URL=f"{address}/")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{BASE_URL}/x3/enter?code=")
    assert (await Token.get()).context == {
        "module": "Seminare", "mask": "SE0200", "record": "4711", "version": "2026.3", "error": "E 42",
    }  # fmt: skip


async def test_the_link_is_opened(address: str, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    for failed in (False, True):
        monkeypatch.setattr(click, "launch", lambda url, failed=failed: opened.append(url) or failed)
        done = await run("login-code", "--base-url", address, "--key", await key(cast), "--user", "edv-nord", "--open")
        assert done.stdout == f"{opened[-1]}\n"
        assert (done.exit_code, done.stderr) == ((3, "Hier lässt sich kein Browser öffnen.\n") if failed else (0, ""))


async def test_an_account_is_asked_for_and_asked_after(address: str, cast: Cast, tmp_path: Any) -> None:
    file = tmp_path / "key"
    file.write_text(f"{await key(cast)}\n")
    where = ("access-request", "--base-url", address, "--key-file", str(file))
    who = ("--user-name", "frieda", "--first-name", "Frieda", "--last-name", "Neu", "--email", "frieda@nord.example")
    done = await run(*where, *who, "--module", "Seminare", "--module", "Mitglieder", "--phone", "0431 1")
    wanted = await AccessRequest.get()
    assert json.loads(done.stdout) == {"id": wanted.id, "status": "pending"}
    assert wanted.modules == ["Mitglieder", "Seminare"]
    await AccessRequest.all().update(state="approved")
    assert json.loads((await run(*where, "--status", str(wanted.id))).stdout) == {"id": wanted.id, "status": "approved"}
    refused = await run(*where, "--user-name", "x", "--email", "frieda@gmail.com", "--last-name", "Neu")
    assert refused.exit_code == 1
    assert [line.partition(": ")[0] for line in refused.stderr.splitlines()] == ["first_name", "user_name", "email"]


@pytest.mark.parametrize(("arguments", "code", "sentence"), [
    (("login-code", "--user", "nobody"), 1, "Dieser Benutzer hat kein Konto im Portal."),
    (("login-code", "--user", "user-sued"), 1, "Dieser Benutzer hat kein Konto im Portal."),
    (("login-code", "--user", "user-nord", "--key", "x3k_wrong"), 1, "Der X3-Schlüssel fehlt, ist falsch oder wurde"),
    (("login-code", "--user", "user-nord", "--key", "ä b"), 2, "Das ist kein X3-Schlüssel."),
    (("login-code", "--user", "user-nord", "--key", ""), 2, "Der X3-Schlüssel fehlt;"),
    (("login-code", "--user", "user-nord", "--base-url", "file:///etc/passwd"), 2, "Die Adresse des Portals muss"),
    (("login-code", "--user", "user-nord", "--base-url", "http://127.0.0.1:1"), 3, "Das Portal unter http://127.0.0.1:1"),
    (("access-request", "--status", "999"), 1, "Das gibt es nicht, oder nicht für diesen Schlüssel."),
])  # fmt: skip
async def test_what_cannot_be_done_is_one_sentence_and_an_exit_code(
    address: str, cast: Cast, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    done = await run(*arguments, X3_KEY=await key(cast), X3_BASE_URL=address)
    assert (done.exit_code, done.stdout) == (code, "")
    assert done.stderr.startswith(sentence)
    assert done.stderr.count("\n") == 1


@pytest.mark.no_database
@pytest.mark.parametrize(("status", "headers", "content"), [
    (200, {}, b"<!doctype html><title>Proxy</title>"), (502, {}, b"Bad Gateway"), (201, {}, b"[]"), (200, {}, b""),
    (200, {"Content-Length": "50"}, b"{"), (404, {"Content-Type": "text/html"}, b"\xff\xfe"),
])  # fmt: skip
async def test_what_is_no_portal_is_said_to_be_none(status: int, headers: dict[str, str], content: bytes) -> None:
    with serving(lambda *_: (status, headers, content)) as address:
        done = await run("login-code", "--user", "user-nord", X3_KEY="x3k_secret", X3_BASE_URL=address)
    assert (done.exit_code, done.stdout) == (3, "")
    assert done.stderr.count("\n") == 1
    assert done.exception is None or isinstance(done.exception, SystemExit)


@pytest.mark.no_database
async def test_the_key_is_not_carried_to_where_a_redirect_points() -> None:
    keys: list[str | None] = []

    def listen(request: BaseHTTPRequestHandler, _: bytes) -> Answer:
        keys.append(request.headers.get("Authorization"))
        return 200, {}, b"{}"

    with serving(listen) as evil, serving(lambda *_: (302, {"Location": f"{evil}/"}, b"{}")) as address:
        done = await run("access-request", "--status", "1", X3_KEY="x3k_secret", X3_BASE_URL=address)
    assert done.exit_code == 1
    assert keys == []


@pytest.mark.no_database
def test_it_is_a_part_of_the_command_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("X3_KEY", raising=False)
    monkeypatch.setattr(sys, "argv", ["portal", "x3", "login-code", "--user", "user-nord"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert "X3_KEY" in capsys.readouterr().err
