"""People before the cluster, a steady few: they write, read and listen, and remember what they were promised."""

import asyncio
import hashlib
import random
import re
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import httpx

from app.domain.storage import Storage
from tests.cast import LIKE_A_BROWSER, PDF, Cast, form_key
from tests.faults.serving import Remote, sign_in

ADDRESS, HOST = "https://10.80.0.10", "portal.example"
WRITERS, READERS, LISTENERS = 3, 3, 2
PAUSE = 0.3  # seconds of thought of each person between two requests


class Visitor(Remote):
    """A browser before the proxy."""

    def __init__(self, cast: Cast) -> None:
        httpx.AsyncClient.__init__(
            self, base_url=ADDRESS, headers=LIKE_A_BROWSER | {"Host": HOST}, timeout=40, verify=False
        )
        self.cast = cast
        self.who = None


@dataclass
class Record:
    """What happened when, in seconds since the beginning."""

    began: float = field(default_factory=time.monotonic)
    requests: Counter[str] = field(default_factory=Counter)
    errors: list[tuple[float, str]] = field(default_factory=list)
    acknowledged: list[float] = field(default_factory=list)
    slowest: float = 0.0
    faults: list[tuple[str, float, float]] = field(default_factory=list)  # what, from, until all was well again

    def now(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self.began

    def wrong(self, what: str) -> None:
        """Somebody saw an error."""
        self.errors.append((self.now(), what))

    def within(self, since: float, until: float) -> list[str]:
        """The errors of a while."""
        return [what for at, what in self.errors if since <= at <= until]

    def longest_silence(self, since: float, until: float) -> float:
        """The longest time without an acknowledged message in a while."""
        moments = [since, *(at for at in self.acknowledged if since < at < until), until]
        return max(b - a for a, b in pairwise(moments))


class People:
    """All of them; what they were promised (message → its file or None), and what the streams said."""

    def __init__(self, cast: Cast, number: int) -> None:
        self.cast, self.number = cast, number
        self.record = Record()
        self.promised: dict[str, bytes | None] = {}
        self.open = 0  # messages that were sent and not yet acknowledged
        self.heard: dict[int, float] = {}
        self.ends = Counter[int]()
        self._going_home = asyncio.Event()

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator["People"]:
        """Let them work for as long as the block lasts; then each finishes what is under way."""
        busy = [self._writer(n) for n in range(WRITERS)] + [self._reader(n) for n in range(READERS)]
        listening = [asyncio.ensure_future(self._listener(n)) for n in range(LISTENERS)]
        tasks = [asyncio.ensure_future(one) for one in busy]
        try:
            yield self
            self._going_home.set()
            _, left = await asyncio.wait(tasks, timeout=60)
            assert not left, f"somebody is not done: {self.record.errors[-5:]}"
        finally:
            for task in (*tasks, *listening):
                task.cancel()
            await asyncio.gather(*tasks, *listening, return_exceptions=True)

    async def _writer(self, person: int) -> None:
        dice = random.Random(person)
        async with Visitor(self.cast) as browser:
            await self._sign_in(browser, ("user", "edv")[person % 2])
            number = 0
            while not self._going_home.is_set():
                body, number = f"Stoß {person}.{number}", number + 1
                content = PDF + dice.randbytes(30_000) if dice.random() < 0.4 else None
                await self._until_promised(browser, body, content)
                await asyncio.sleep(PAUSE)

    async def _until_promised(self, browser: Visitor, body: str, content: bytes | None) -> None:
        """Send the same form again until it is acknowledged, as who gets an error does."""
        key, files = form_key(), [("a.pdf", content, "application/pdf")] if content else []
        where = f"/tickets/{self.number}/messages"
        self.open += 1
        while True:
            answer = await self._asked(browser, "write", lambda: browser.send_form(
                where, key=key, files=files, body=body, audience="everyone",
            ))  # fmt: skip
            if answer is not None and answer.status_code == 303:
                break
            if answer is not None and body not in answer.text:
                self.record.wrong("typed text lost")
            await asyncio.sleep(1)
        self.open -= 1
        self.promised[body] = content
        self.record.acknowledged.append(self.record.now())

    async def _reader(self, person: int) -> None:
        dice = random.Random(person)
        async with Visitor(self.cast) as browser:
            await self._sign_in(browser, ("edv", "user", "reader")[person % 3])
            while not self._going_home.is_set():
                path = dice.choice(["/tickets", f"/tickets/{self.number}", "/tickets?q=stoss&status=", "file"])
                if path == "file":
                    await self._a_file(browser, dice)
                else:
                    await self._asked(browser, "read", lambda: browser.get(path))  # noqa: B023
                await asyncio.sleep(PAUSE)

    async def _a_file(self, browser: Visitor, dice: random.Random) -> None:
        """One of those that the page shows, whole."""
        page = await self._asked(browser, "read", lambda: browser.get(f"/tickets/{self.number}"))
        links = re.findall(rf"/tickets/{self.number}/attachments/\d+", page.text) if page else []
        if links:
            file = await self._asked(browser, "file", lambda: browser.get(dice.choice(links)))
            if file is not None and file.status_code == 200 and not file.content.startswith(PDF):
                self.record.wrong("a file that is not what was sent")

    async def _asked(self, browser: Visitor, kind: str, ask: Any) -> httpx.Response | None:
        """One request; what is no answer or a 5xx is an error that somebody saw."""
        self.record.requests[kind] += 1
        began = time.monotonic()
        try:
            answer: httpx.Response = await ask()
        except httpx.TransportError as error:
            self.record.wrong(f"{kind}: {type(error).__name__}")
            return None
        self.record.slowest = max(self.record.slowest, time.monotonic() - began)
        if answer.status_code not in (200, 303):
            self.record.wrong(f"{kind}: {answer.status_code}{_said(answer)}")
            return answer if answer.status_code >= 500 else None
        return answer

    async def _listener(self, person: int) -> None:
        """A stream that is opened again when it ends, as EventSource does."""
        async with Visitor(self.cast) as browser:
            await self._sign_in(browser, ("user", "edv")[person % 2])
            while True:
                with suppress(httpx.TransportError):
                    async with browser.stream("GET", "/events", timeout=httpx.Timeout(40)) as stream:
                        async for line in stream.aiter_lines():
                            if str(self.number) in line:
                                self.heard[person] = self.record.now()
                self.ends[person] += 1
                await asyncio.sleep(1)

    async def _sign_in(self, browser: Visitor, who: str) -> None:
        while True:
            with suppress(httpx.TransportError, AssertionError):
                return await sign_in(browser, self.cast.person(who).user_name)
            await asyncio.sleep(1)

    async def acknowledged_after(self, moment: float, count: int = 3) -> float:
        """Wait until so many messages were acknowledged after a moment; when the first one was."""
        async with asyncio.timeout(120):
            while sum(at > moment for at in self.record.acknowledged) < count:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        return min(at for at in self.record.acknowledged if at > moment)

    async def heard_after(self, moment: float) -> None:
        """Wait until every stream has said something after a moment."""
        async with asyncio.timeout(60):
            while len(self.heard) < LISTENERS or min(self.heard.values()) < moment:  # noqa: ASYNC110
                await asyncio.sleep(0.1)


def _said(answer: httpx.Response) -> str:
    """The title of a page that should not be there."""
    found = re.search(r"<h1[^>]*>\s*(.*?)\s*</h1>", answer.text, re.DOTALL)
    return f" {found[1]}" if found and answer.status_code < 500 else ""


async def all_is_there_once(people: People, found: list[dict[str, Any]], storage: Storage) -> None:
    """The rows of messages (body, sha256 of the file or None) against what was promised, with each file's bytes."""
    kept = {row["body"]: row["sha256"] for row in found}
    assert len(kept) == len(found), "something is there twice"
    assert set(people.promised) == set(kept), "something promised is lost, or something that nobody sent is there"
    for body, content in people.promised.items():
        assert (kept[body] is None) == (content is None), body
        if content is not None:
            assert kept[body] == hashlib.sha256(content).hexdigest()
            opened = await storage.open(kept[body])
            assert opened, f"{body} lacks its file"
            assert b"".join([piece async for piece in opened.pieces(0, opened.size)]) == content
