"""The server starts or says why not, and stops when it is told to."""

import asyncio
import http.client
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from quart import Quart

from app import server
from app.config import Settings
from app.logs import JsonLines
from app.migrate import StartError

ROOT = Path(__file__).parents[2]
# A small application whose only page is never finished, behind the portal's own server.
HANGING = """
import asyncio
from quart import Quart
from app import server
server.GRACE, server.CLOSING = 1.0, 1.0
app = Quart("hanging")
@app.route("/")
async def hang():
    await asyncio.sleep(600)
@app.after_serving
async def closed():
    print("closed", flush=True)
app.end_streams = lambda: print("streams end", flush=True)
listener = server.listen("127.0.0.1", 0)
port = listener.getsockname()[1]
asyncio.run(server.serve(app, listener, lambda: print(port, flush=True)))
"""
STUBBORN = HANGING.replace("1.0, 1.0", "0.2, 0.2").replace("    await asyncio.sleep(600)", """
    while True:
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            pass
""")


@contextmanager
def running(*arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, env={"PATH": os.environ["PATH"], **environment},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


@pytest.mark.sqlite_first
def test_serves_until_told_to_stop(settings: Settings) -> None:
    port = free_port()
    environment = {
        "PORTAL_DATA_DIR": str(settings.data_dir),
        "PORTAL_DATABASE_URL": settings.database_url,
        "PORTAL_BASE_URL": f"http://127.0.0.1:{port}",
    }
    with running("-m", "app.cli", "serve", "--port", str(port), **environment) as process:
        said = line(process)
        assert said == f"http://127.0.0.1:{port}  (Strg+C beendet)\n", process.communicate()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/login")
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.getheader("server") is None
        answer.read()
        process.send_signal(signal.SIGINT)  # while a browser keeps its connection open; SIGTERM: test_stop.py
        assert process.wait(timeout=15) == 0
        connection.close()
        said, complained = process.communicate()
        assert said == ""
        assert complained.count("\n") == 1, "nothing but that this empty portal has no admin"
        assert "portal create-admin" in complained


@pytest.mark.no_database
def test_a_request_without_end_does_not_hold_it() -> None:
    with running("-c", HANGING) as process:
        port = int(line(process))
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            time.sleep(0.3)
            process.terminate()
            assert process.wait(timeout=8) == 0
        said, _ = process.communicate()
        assert said.splitlines() == ["streams end", "closed"]


@pytest.mark.no_database
def test_a_request_that_does_not_let_itself_be_ended_does_not_hold_it_either() -> None:
    with running("-c", STUBBORN) as process:
        port = int(line(process))
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            time.sleep(0.3)
            process.terminate()
            assert process.wait(timeout=8) == 1
        assert "does not stop" in process.communicate()[1]


@pytest.mark.no_database
def test_a_second_signal_ends_at_once() -> None:
    with running("-c", HANGING.replace("1.0, 1.0", "60.0, 60.0")) as process:
        port = int(line(process))
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            time.sleep(0.3)
            process.terminate()
            assert line(process) == "streams end\n"
            process.terminate()
            assert process.wait(timeout=5) == -signal.SIGTERM


@pytest.mark.no_database
@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost:", b"G"], ids=["nothing", "half a head", "a letter"])
def test_slow_clients_that_never_finish_their_head_are_cut(said: bytes) -> None:
    with running("-c", HANGING.replace("asyncio.run", "server.SILENT = 0.3\nasyncio.run")) as process:
        port = int(line(process))
        with socket.create_connection(("127.0.0.1", port), timeout=8) as connection:
            connection.sendall(said)
            while connection.recv(1000):
                pass


@pytest.mark.no_database
def test_a_failed_start_is_said() -> None:
    app = Quart("broken")
    ready: list[bool] = []

    @app.before_serving
    async def fail() -> None:
        raise RuntimeError("no such table: ticket")

    with pytest.raises(StartError, match=r"konnte nicht starten: .*no such table"):
        asyncio.run(server.serve(app, server.listen("127.0.0.1", 0), lambda: ready.append(True)))
    assert not ready


@pytest.mark.no_database
@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", "127.0.0.1"), ("localhost", "localhost"), ("::1", "[::1]")])
def test_addresses(host: str, shown: str) -> None:
    try:
        listener = server.listen(host, 0)
    except StartError:
        pytest.skip("no such address here")
    with listener:
        assert server.address(host, listener) == f"http://{shown}:{listener.getsockname()[1]}"


@pytest.fixture
def logged() -> Callable[[str], str]:
    def format(message: str) -> str:
        return JsonLines().format(logging.LogRecord("app", logging.ERROR, "", 0, message, None, None))

    return format


@pytest.mark.no_database
@pytest.mark.parametrize("message", ["a\nb", "\x1b[31mrot", "a\u2028b", "a\x85b", "\u202etxt.exe", "half \ud800"])
def test_a_log_entry_is_one_harmless_line(logged: Callable[[str], str], message: str) -> None:
    entry = logged(message)
    assert entry.isprintable()
    assert json.loads(entry)["message"] == message
    entry.encode()


@pytest.mark.sqlite_first
@pytest.mark.no_database
@pytest.mark.parametrize("secret", [
    "GET /password/reset/abc123", "GET /invitation/abc123", "GET /x3/enter?code=abc123", "GET /tickets?q=abc123",
])  # fmt: skip
def test_logs_hold_no_links_that_open_something(logged: Callable[[str], str], secret: str) -> None:
    assert "abc123" not in logged(f"Exception on request {secret}")
