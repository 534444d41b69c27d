"""A real server with demo data in a process of its own, and a real Chromium before it."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx
import pytest
from playwright.async_api import Browser, ConsoleMessage, Error, Page, Response, async_playwright, expect

from tests.browser.arrange import Arrange
from tests.browser.visitor import Visitor

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
STARTED_WITHIN = 120
# For machines that are busy with something else; nothing waits longer than it must.
PATIENCE = 15_000
expect.set_options(timeout=PATIENCE)
Scheme = Literal["light", "dark"]
# What Chromium and htmx write about answers that a test may well want (404, 409, 422), and about a cut network.
EXPECTED = re.compile(
    r"Failed to load resource: (the server responded with a status of 4|net::ERR_(INTERNET_DISCONNECTED|FAILED))"
    r"|^Response Status Error Code 4|^htmx:(sendError|sendAbort|afterRequest)"
    r"|^EventSource's response has a MIME type"  # the sign-in page, once the session has ended
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test in this folder needs a browser; they come last, so that it does not stay open beside all others."""

    def needs_browser(item: pytest.Item) -> bool:
        return Path(__file__).parent in item.path.parents

    for item in filter(needs_browser, items):
        item.add_marker(pytest.mark.browser)
        item.add_marker(pytest.mark.sqlite_only)
    items.sort(key=needs_browser)


@dataclass(frozen=True)
class Server:
    """A running portal."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(server: Server) -> None:
    until = time.monotonic() + STARTED_WITHIN
    while time.monotonic() < until:
        if server.process.poll() is not None:
            break
        try:
            if httpx.get(f"{server.url}/login", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail(f"The portal did not start:\n{server.log.read_text(errors='replace')[-4000:]}")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The Chromium that $CHROMIUM names."""
    path = os.environ.get("CHROMIUM")
    if not path:
        pytest.skip("no browser: $CHROMIUM names no Chromium; ./dev test finds or installs one")
    return path


@pytest.fixture(scope="session")
def server(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The demo instance, started as `./dev run` starts it, stopped as a service manager stops it."""
    folder = tmp_path_factory.mktemp("server")
    url = f"http://127.0.0.1:{_free_port()}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    log = folder / "log"
    command = ["-m", "app.cli", "demo", "--serve", "--port", url.rpartition(":")[2], "--data", str(folder / "data")]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=environment | {"PORTAL_BASE_URL": url}, stdout=output,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
    started = Server(url, process, log)
    try:
        _wait_for(started)
        yield started
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
async def browser(anyio_backend: str, chromium: str, server: Server) -> AsyncIterator[Browser]:
    """One Chromium for all tests."""
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        try:
            yield running
        finally:
            await running.close()


@pytest.fixture(scope="session")
def arrange(server: Server) -> Iterator[Arrange]:
    """Makes what a test finds there, through the portal's own doors."""
    arrange = Arrange(server.url, server.log.parent / "data" / "mail")
    yield arrange
    arrange.close()


class Windows:
    """Browser windows, each with a profile of its own, lent to one test at a time and wiped in between.

    A new one costs Chromium half a second of a core; the tests ask for nearly a hundred.
    """

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser, self._url = browser, url
        self._free: dict[tuple[bool, int], list[Page]] = {}
        self._lent: list[tuple[tuple[bool, int], Page]] = []
        self.problems: list[str] = []

    async def open(self, scripts: bool, scale: int) -> Page:
        """An empty window in which nobody is signed in."""
        kind = scripts, scale
        page = self._free[kind].pop() if self._free.get(kind) else await self._new(scripts, scale)
        self._lent.append((kind, page))
        return page

    async def _new(self, scripts: bool, scale: int) -> Page:
        context = await self._browser.new_context(
            base_url=self._url, locale="de-DE", timezone_id="Europe/Berlin", java_script_enabled=scripts,
            device_scale_factor=scale, reduced_motion="reduce",
        )  # fmt: skip
        context.set_default_timeout(PATIENCE)
        page = await context.new_page()
        self._watch(page)
        return page

    def _watch(self, page: Page) -> None:
        """Broken scripts, violations of the content security policy, failures and missing assets are problems."""

        def said(message: ConsoleMessage) -> None:
            if message.type == "error" and not EXPECTED.search(message.text):
                self.problems.append(message.text)

        def answered(response: Response) -> None:
            if response.status >= 500 or (response.status >= 400 and "/static/" in response.url):
                self.problems.append(f"{response.status} {response.url}")

        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", said)
        page.on("response", answered)

    async def take_back(self) -> list[str]:
        """Wipe what was lent; returns the problems that there were, and then throws the windows away."""
        problems, self.problems = self.problems, []
        lent, self._lent = self._lent, []
        for kind, page in lent:
            if problems or page.is_closed() or not await self._wiped(page):
                await page.context.close()
                continue
            self._free.setdefault(kind, []).append(page)
        return problems

    async def _wiped(self, page: Page) -> bool:
        """Whether nothing of the last test is left in it; one on its way elsewhere is not worth waiting for."""
        await page.context.set_offline(False)
        await page.unroute_all()
        await page.context.clear_cookies()
        # Not about:blank: for every way from there to the portal Chromium starts a new process.
        try:
            await page.goto("/health/live")
            await page.evaluate("localStorage.clear(); sessionStorage.clear()")
        except Error:
            return False
        return True


@pytest.fixture(scope="session")
async def windows(browser: Browser, server: Server) -> Windows:
    """The windows of all tests."""
    return Windows(browser, server.url)


Visit = Callable[..., Awaitable[Visitor]]


@pytest.fixture
async def visit(windows: Windows, server: Server, arrange: Arrange) -> AsyncIterator[Visit]:
    """`await visit("user-nord")`: somebody, signed in, before a browser of their own; without a name, a stranger.

    Whatever breaks in one of the browsers fails the test. `scripts=False` switches JavaScript off.
    """

    async def come(
        user_name: str = "", *, scripts: bool = True, width: int = 1280, scale: int = 1, scheme: Scheme = "light"
    ) -> Visitor:
        page = await windows.open(scripts, scale)
        if user_name:
            await page.context.add_cookies([{"url": server.url, **arrange.cookie(user_name)}])
        await page.set_viewport_size({"width": width, "height": 800})
        await page.emulate_media(color_scheme=scheme)
        return Visitor(page)

    yield come
    problems = await windows.take_back()
    assert not problems, problems
