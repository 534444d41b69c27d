"""A real server with demo data in a process of its own, and a real Chromium before it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
DEMO_PASSWORD = "Kundenportal-Demo-1"
STARTED_WITHIN = 120
# Chromium writes these for answers that a test may well want, such as 404, 409 and 422.
EXPECTED = "Failed to load resource: the server responded with a status of"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test in this folder needs a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@dataclass(frozen=True)
class Server:
    """A running portal."""

    url: str
    data_dir: Path
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
            time.sleep(0.2)
    pytest.fail(f"The portal did not start:\n{server.log.read_text(errors='replace')[-4000:]}")


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The demo instance, started as `./dev run` starts it, stopped as a service manager stops it."""
    folder = tmp_path_factory.mktemp("server")
    port = _free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    environment |= {"PORTAL_BASE_URL": f"http://127.0.0.1:{port}"}
    if os.environ.get("PORTAL_TEST_DATABASE") == "postgres":
        environment["PORTAL_DATABASE_URL"] = request.getfixturevalue("postgres").create("browser")
    log = folder / "log"
    command = ["-m", "app.cli", "demo", "--serve", "--host", "127.0.0.1", "--port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *command, "--data", str(folder / "data")],
            cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    started = Server(f"http://127.0.0.1:{port}", folder / "data", process, log)
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


@pytest.fixture(scope="module")
async def browser(anyio_backend: str) -> AsyncIterator[Browser]:
    """Chromium, the one that $CHROMIUM names."""
    path = os.environ.get("CHROMIUM")
    if not path:
        pytest.skip("no browser: $CHROMIUM names no Chromium; ./dev test finds or installs one")
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield running
        finally:
            await running.close()


@pytest.fixture
async def context(browser: Browser, server: Server) -> AsyncIterator[BrowserContext]:
    """A fresh browser profile of somebody in Germany, at 1280 × 800."""
    fresh = await browser.new_context(
        base_url=server.url, locale="de-DE", timezone_id="Europe/Berlin", viewport={"width": 1280, "height": 800}
    )
    fresh.set_default_timeout(10_000)
    try:
        yield fresh
    finally:
        await fresh.close()


@pytest.fixture
async def page(context: BrowserContext) -> AsyncIterator[Page]:
    """A page that fails its test when a script breaks or the content security policy has to step in."""
    problems: list[str] = []
    opened = await context.new_page()
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on(
        "console",
        lambda said: problems.append(said.text) if said.type == "error" and EXPECTED not in said.text else None,
    )
    yield opened
    assert not problems, problems


SignIn = Callable[..., Awaitable[Page]]


@pytest.fixture
def sign_in(page: Page) -> SignIn:
    """`await sign_in("user-nord")` goes through the form like a person, and lands where it landed."""

    async def through_the_form(user_name: str, *, on: Page | None = None, path: str = "/login") -> Page:
        window = on or page
        await window.goto(path)
        await window.get_by_label("Benutzername oder E-Mail-Adresse").fill(user_name)
        await window.get_by_label("Passwort", exact=True).fill(DEMO_PASSWORD)
        await window.get_by_role("button", name="Anmelden", exact=True).click()
        await window.wait_for_url(lambda url: "/login" not in url)
        return window

    return through_the_form
