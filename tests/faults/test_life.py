"""The whole life of a person by plain HTTP, with the portal killed in the midst of it: nothing is lost or doubled."""

import asyncio
import contextlib
import email
import email.policy
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from app.config import Settings
from app.database import rows
from app.domain import x3
from tests.cast import LIKE_A_BROWSER, PASSWORD, Cast, form_key
from tests.faults.serving import free_port

ROOT = Path(__file__).resolve().parents[2]
START = 20.0
NEW = "Regenschirm-Tulpe-77"
NEXT = "Tulpe-Leuchtturm-88"
ASKED = {
    "user_name": "eva.brandt", "first_name": "Eva", "last_name": "Brandt", "email": "eva.brandt@nord.example",
    "modules": ["Mitglieder"],
}  # fmt: skip


class Portal:
    """`portal serve` over the test's database; it can be killed and comes again at the same address."""

    def __init__(self, settings: Settings, key: str, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.data = settings.data_dir
        self.key = key
        self._environment = {n: v for n, v in os.environ.items() if not n.startswith("PORTAL_")} | {
            "PORTAL_BASE_URL": self.address, "PORTAL_DATA_DIR": str(settings.data_dir),
            "PORTAL_DATABASE_URL": settings.database_url,
        }  # fmt: skip
        self._command = [sys.executable, "-m", "app.cli", "serve", "--port", str(port)]
        self.process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Start it and wait until it answers."""
        with (self.data / "log").open("ab") as log:
            self.process = await asyncio.to_thread(
                subprocess.Popen, self._command, cwd=ROOT, env=self._environment, stdout=log, stderr=log
            )
        until = time.monotonic() + START
        async with httpx.AsyncClient() as probe:
            while time.monotonic() < until:
                assert self.process.poll() is None, (self.data / "log").read_text()
                with contextlib.suppress(httpx.TransportError):
                    if (await probe.get(f"{self.address}/health/ready")).status_code == 200:
                        return
                await asyncio.sleep(0.05)
        raise AssertionError("the portal does not answer")

    async def kill(self) -> None:
        """As a power failure would."""
        assert self.process is not None
        self.process.kill()
        await asyncio.to_thread(self.process.wait)

    def browser(self) -> httpx.AsyncClient:
        """A browser without JavaScript, with nobody signed in."""
        return httpx.AsyncClient(base_url=self.address, headers=LIKE_A_BROWSER, timeout=10)

    async def api(self, path: str, **body: object) -> httpx.Response:
        """What X3's server sends."""
        async with httpx.AsyncClient(base_url=self.address, timeout=10) as client:
            return await client.post(path, json=body, headers={"Authorization": f"Bearer {self.key}"})

    def letters(self, link: str) -> list[EmailMessage]:
        """The letters with a link like this, the oldest first."""
        found = [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in sorted((self.data / "mail").glob("*.eml"))
        ]
        return [letter for letter in found if f"{self.address}{link}" in _text(letter)]

    async def link(self, link: str) -> str:
        """The path in the newest such letter, which may still be on its way."""
        for _ in range(300):  # with PostgreSQL a letter that was under way is taken up again after a while
            if found := self.letters(link):
                return re.findall(rf"{self.address}({link}\S+)", _text(found[-1]))[0]
            await asyncio.sleep(0.1)
        raise AssertionError(f"no letter with {link}")


def _text(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


async def send(client: httpx.AsyncClient, path: str, key: str = "", **fields: object) -> httpx.Response:
    """Post a form."""
    data = {"form_key": key or form_key(), **fields, "end": "1"}
    return await client.post(path, data=data)


async def sign_in(client: httpx.AsyncClient, user_name: str, password: str = PASSWORD) -> httpx.Response:
    """Sign in, instead of whoever was signed in there."""
    client.cookies.clear()
    return await send(client, "/login", user_name=user_name, password=password, next="")


@pytest.fixture
async def portal(settings: Settings, cast: Cast) -> AsyncIterator[Portal]:
    """The portal, running."""
    _, key = await x3.issue_key(cast.admin, cast.nord.id, "Nord")
    running = Portal(settings, key, free_port())
    await running.start()
    yield running
    await running.kill()


Step = Callable[[], Awaitable[object]]


class Fate:
    """Kills the portal somewhere within the steps that it is given, starts it again, and lets the step be repeated."""

    def __init__(self, portal: Portal, seed: int, every: bool) -> None:
        self._portal = portal
        self._dice = random.Random(seed)
        self._every = every

    async def within(self, step: Step, longest: float = 0.15) -> None:
        """Do the step; when fate strikes, it does not know how far it came, and does it again."""
        if not self._every and self._dice.random() < 0.7:
            await step()
            return
        under_way = asyncio.ensure_future(step())
        await asyncio.sleep(self._dice.random() * longest)
        await self._portal.kill()
        with contextlib.suppress(httpx.TransportError, AssertionError):
            await under_way
        await self._portal.start()
        await step()


@pytest.mark.parametrize("seed", [
    pytest.param(20261123, id="short", marks=pytest.mark.sqlite_only),
    *(pytest.param(seed, id=f"seed {seed}", marks=pytest.mark.long) for seed in range(6)),
])  # fmt: skip
async def test_killed_at_any_moment_of_it_nothing_is_lost_and_nothing_doubled(
    portal: Portal, cast: Cast, seed: int, request: pytest.FixtureRequest
) -> None:
    fate = Fate(portal, seed, every=bool(request.config.getoption("--long")))
    async with portal.browser() as eva, portal.browser() as staff:
        asked = await _asks_and_is_approved(portal, fate, staff)
        await _sets_the_password(portal, fate, eva)
        await _comes_from_x3_and_writes(portal, fate, eva)
        await _forgets_the_password(portal, fate, eva)
        await _leaves(fate, eva, staff)
    await _nothing_is_double(asked)


async def _asks_and_is_approved(portal: Portal, fate: Fate, staff: httpx.AsyncClient) -> int:
    ids: list[int] = []

    async def ask() -> None:
        answer = await portal.api("/api/x3/access-requests", **ASKED)
        assert answer.status_code in (200, 201), answer.text
        ids.append(answer.json()["id"])

    async def approve() -> None:
        await sign_in(staff, "staff")
        module = (await rows("SELECT id FROM module WHERE name = 'Mitglieder'"))[0]["id"]
        path = f"/staff/access-requests/{ids[-1]}/approval"
        answer = await send(staff, path, role="user", user_name="eva.brandt", modules=str(module))
        assert answer.status_code in (303, 409), answer.text

    await fate.within(ask)
    await fate.within(approve, 0.4)
    assert len(set(ids)) == 1
    return ids[-1]


async def _sets_the_password(portal: Portal, fate: Fate, eva: httpx.AsyncClient) -> None:
    async def accept() -> None:
        if (await sign_in(eva, "eva.brandt", NEW)).status_code == 303:
            return
        link = await portal.link("/invitation/")
        assert (await eva.get(link)).status_code == 200
        answer = await send(eva, link, new_password=NEW, new_password_again=NEW)
        assert answer.status_code == 303, answer.text

    await fate.within(accept, 0.4)
    assert (await sign_in(eva, "eva.brandt", NEW)).status_code == 303


async def _comes_from_x3_and_writes(portal: Portal, fate: Fate, eva: httpx.AsyncClient) -> None:
    key, form = form_key(), ""

    async def enter() -> None:
        nonlocal form
        eva.cookies.clear()
        asked = {"user": "eva.brandt", "target": "new-ticket", "context": {"module": "Mitglieder", "mask": "Stamm"}}
        minted = await portal.api("/api/x3/login-codes", **asked)
        assert minted.status_code == 201, minted.text
        code = minted.json()["url"].partition("code=")[2]
        answer = await send(eva, "/x3/enter", code=code)
        assert answer.status_code == 303, answer.text
        again = await send(eva, "/x3/enter", code=code)
        assert again.headers.get("location", "").startswith(("/login", "/tickets/new")), again.text
        form = answer.headers["location"]

    async def write() -> None:
        page = (await eva.get(form)).text
        fields = dict(re.findall(r'<input[^>]* name="(x3[^"]*)"[^>]* value="([^"]*)"', page))
        module = re.findall(r'<option value="(\d+)" selected', page)[0]
        answer = await send(
            eva, "/tickets", key, category="request", module=module, subject="Aus X3", priority="normal",
            description="Geht nicht.", **fields,
        )  # fmt: skip
        assert answer.status_code == 303, answer.text

    await fate.within(enter)
    await fate.within(write)


async def _forgets_the_password(portal: Portal, fate: Fate, eva: httpx.AsyncClient) -> None:
    async def ask() -> None:
        answer = await send(eva, "/password/forgot", email="eva.brandt@nord.example")
        assert answer.status_code in (200, 303), answer.text

    async def reset() -> None:
        async with portal.browser() as other:
            if (await sign_in(other, "eva.brandt", NEXT)).status_code == 303:
                return
            link = await portal.link("/password/reset/")
            answer = await send(other, link, new_password=NEXT, new_password_again=NEXT)
            assert answer.status_code == 303, answer.text

    await fate.within(ask)
    await fate.within(reset, 0.4)
    assert (await eva.get("/tickets")).status_code == 303, "the reset ended every session"
    assert (await sign_in(eva, "eva.brandt", NEXT)).status_code == 303


async def _leaves(fate: Fate, eva: httpx.AsyncClient, staff: httpx.AsyncClient) -> None:
    async def deactivate() -> None:
        await sign_in(staff, "staff")
        person = (await rows("SELECT id FROM person WHERE user_name = 'eva.brandt'"))[0]["id"]
        answer = await send(staff, f"/staff/people/{person}/deactivation")
        assert answer.status_code in (303, 409), answer.text

    assert (await eva.get("/tickets")).status_code == 200
    await fate.within(deactivate)
    assert (await eva.get("/tickets")).status_code == 303, "the open page is dead"
    assert (await sign_in(eva, "eva.brandt", NEXT)).status_code == 422


async def _nothing_is_double(asked: int) -> None:
    counts = {
        "access_request": "email = 'eva.brandt@nord.example'",
        "person": "user_name = 'eva.brandt' AND active = ?",
        "ticket": "subject = 'Aus X3'",
        "letter": "letter = 'invitation'",
    }
    for table, condition in counts.items():
        values = [False] if "?" in condition else []
        found = await rows(f"SELECT COUNT(*) AS n FROM {table} WHERE {condition}", *values)
        assert found[0]["n"] == 1, table
    state = await rows("SELECT state FROM access_request WHERE id = ?", asked)
    assert state[0]["state"] == "approved"
