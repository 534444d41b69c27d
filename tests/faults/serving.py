"""`portal serve` as a process of its own that can be killed, and people before it who remember what it promised."""

import asyncio
import contextlib
import hashlib
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from app.config import Settings
from app.database import rows
from tests.cast import LIKE_A_BROWSER, PASSWORD, PNG, Cast, Portal, form_key

ROOT = Path(__file__).resolve().parents[2]
START = 20.0
STOP = 15.0


class Remote(Portal):
    """A browser before a server at an address."""

    def __init__(self, address: str, cast: Cast) -> None:
        httpx.AsyncClient.__init__(self, base_url=address, headers=LIKE_A_BROWSER, timeout=30)
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


class Serving:
    """The portal over the test's database; it comes again at the same address."""

    def __init__(self, settings: Settings, workers: int = 1) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = settings.data_dir.parent / "log"
        self.process: subprocess.Popen[bytes] | None = None
        self._environment = {n: v for n, v in os.environ.items() if not n.startswith("PORTAL_")} | {
            "PORTAL_BASE_URL": self.address, "PORTAL_DATA_DIR": str(settings.data_dir),
            "PORTAL_DATABASE_URL": settings.database_url, "PYTHONFAULTHANDLER": "1",
        }  # fmt: skip
        self._command = [sys.executable, "-m", "app.cli", "serve", "--port", str(self.port), "--workers", str(workers)]

    async def start(self) -> None:
        """Start it and wait until it answers."""
        with self.log.open("ab") as log:
            self.process = await asyncio.to_thread(
                subprocess.Popen, self._command, cwd=ROOT, env=self._environment, stdout=log, stderr=log
            )
        until = time.monotonic() + START
        async with httpx.AsyncClient() as probe:
            while time.monotonic() < until:
                assert self.process.poll() is None, self.said()
                with contextlib.suppress(httpx.TransportError):
                    if (await probe.get(f"{self.address}/health/ready")).status_code == 200:
                        return
                await asyncio.sleep(0.05)
        raise AssertionError(f"the portal does not answer: {self.said()}")

    async def kill(self) -> None:
        """End it as a power failure would."""
        assert self.process is not None
        self.process.kill()
        await asyncio.to_thread(self.process.wait)

    async def stop(self) -> int:
        """Tell it to stop; its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        try:
            return await asyncio.to_thread(self.process.wait, STOP)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGABRT)  # it writes down where every thread stands
            await asyncio.to_thread(self.process.wait)
            raise AssertionError(f"it does not stop: {self.said()}") from None

    def said(self) -> str:
        """The end of what it wrote down."""
        return self.log.read_text()[-3000:]


@dataclass
class Oracle:
    """What was sent and what the portal promised to have: body → (form key, file or None)."""

    promised: dict[str, bytes | None] = field(default_factory=dict)
    unknown: dict[str, tuple[str, str, bytes | None]] = field(default_factory=dict)

    async def holds(self, cast: Cast) -> None:
        """Everything promised is there once, with its file; nothing is there twice; no row lacks its bytes."""
        found = await rows("SELECT m.id, m.body FROM message m WHERE m.body LIKE 'Stoß %'")
        bodies = [row["body"] for row in found]
        assert len(bodies) == len(set(bodies)), "something is there twice"
        assert set(self.promised) <= set(bodies), "something promised is lost"
        assert set(bodies) <= set(self.promised) | set(self.unknown), "something that nobody sent"
        files = await rows("SELECT a.sha256, m.body FROM attachment a JOIN message m ON m.id = a.message_id")
        kept = {row["body"]: row["sha256"] for row in files if row["body"].startswith("Stoß ")}
        for body, content in self.promised.items():
            if content is not None:
                assert kept[body] == hashlib.sha256(content).hexdigest()
                assert cast.storage.place.path(kept[body]).read_bytes() == content, "a row whose file is not there"
        for body, sha256 in kept.items():
            assert cast.storage.place.path(sha256).exists(), f"{body} lacks its file"


async def sign_in(browser: httpx.AsyncClient, user_name: str) -> None:
    """Sign in by the form."""
    browser.cookies.clear()
    fields = {"form_key": form_key(), "user_name": user_name, "password": PASSWORD, "next": "", "end": "1"}
    assert (await browser.post("/login", data=fields)).status_code == 303


async def write(browser: Remote, oracle: Oracle, number: int, body: str, dice: random.Random) -> None:
    """Send a message or a new ticket, some with a file; note whether the portal promised to have it."""
    content = PNG + dice.randbytes(20_000) if dice.random() < 0.4 else None
    path = f"/tickets/{number}/messages" if dice.random() < 0.8 else "/tickets"
    oracle.unknown[body] = (path, form_key(), content)
    await send_again(browser, oracle, body)


async def send_again(browser: Remote, oracle: Oracle, body: str) -> None:
    """Send what nothing is known about, by the same form as before."""
    path, key, content = oracle.unknown[body]
    files = [("a.png", content, "image/png")] if content else []
    fields: dict[str, Any] = {"body": body, "audience": "everyone"}
    if path == "/tickets":
        fields = {"category": "request", "priority": "normal", "module": browser.cast.members.id, "description": body,
                  "subject": body[:60]}  # fmt: skip
    answer = await browser.send_form(path, key=key, files=files, **fields)
    if answer.status_code == 303:
        oracle.promised[body] = content
        del oracle.unknown[body]
    else:
        assert answer.status_code in (503, 507), f"{answer.status_code}: {re.sub('<[^>]+>', ' ', answer.text)[:300]}"


async def burst(browser: Remote, oracle: Oracle, number: int, dice: random.Random, name: str, people: int = 5) -> None:
    """People who write without a pause until the portal is gone."""

    async def one(person: int) -> None:
        with contextlib.suppress(httpx.TransportError):
            for n in range(10_000):
                body = f"Stoß {name} {person}.{n}"
                await write(browser, oracle, number, body, dice)
                if body not in oracle.promised:  # who reads that it cannot be taken now draws breath
                    await asyncio.sleep(0.1)

    await asyncio.gather(*(one(person) for person in range(people)))
