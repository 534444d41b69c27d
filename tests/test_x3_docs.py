"""docs/x3.md: every example is run, and its table of answers is the portal's."""

import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.demo.people import X3_KEYS
from app.domain import x3
from app.domain.models import AccessRequest, X3Key
from app.domain.tokens import token_hash
from app.web.api import PROBLEMS
from app.x3_client import x3 as command
from tests.cast import BASE_URL, Cast, Portal

# The same on both databases: nothing here depends on one.
pytestmark = pytest.mark.sqlite_only

PAGE = (Path(__file__).parents[1] / "docs/x3.md").read_text()
READERS = {"$PORTAL": BASE_URL, "$X3_KEY": X3_KEYS["nord"]}


@dataclass
class Example:
    """A command of the page, and what it says will come."""

    command: str
    answer: list[str] = field(default_factory=list)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return int(self.answer[0].removeprefix("HTTP/1.1 "))

    @property
    def headers(self) -> dict[str, str]:
        """The headers that are shown."""
        return dict(line.split(": ", 1) for line in self.answer[1 : self.answer.index("")])

    @property
    def content(self) -> str:
        """The JSON."""
        return "\n".join(self.answer[self.answer.index("") + 1 :])

    async def run(self, client: httpx.AsyncClient) -> httpx.Response:
        """Do what `curl` would."""
        told = self.command
        for name, value in READERS.items():
            told = told.replace(name, value)
        words = shlex.split(told)
        assert words.pop(0) == "curl"
        method, data, headers, url = "", None, {}, ""
        while words:
            match words.pop(0):
                case "-H":
                    name, value = words.pop(0).split(": ", 1)
                    headers[name] = value
                case "-d":
                    data = words.pop(0).encode()
                    headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
                case "-X":
                    method = words.pop(0)
                case "-si":
                    pass
                case word:
                    assert not word.startswith("-"), word
                    url = word
        return await client.request(method or ("POST" if data else "GET"), url, headers=headers, content=data)


def examples() -> list[Example]:
    """The examples in the order of the page."""
    found: list[Example] = []
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL):
        for line in block.replace("\\\n", "").splitlines():
            if line.startswith("$ "):
                found.append(Example(line[2:]))
            elif not found[-1].answer and not line.startswith("HTTP/"):
                found[-1].command += f"\n{line}"  # data of several lines
            else:
                found[-1].answer.append(line)
    return found


def same(shown: Any, got: Any) -> bool:
    """Whether an answer is as it is shown, where … stands for anything."""
    if isinstance(shown, dict):
        return isinstance(got, dict) and shown.keys() == got.keys() and all(same(shown[k], got[k]) for k in shown)
    if isinstance(shown, str) and "…" in shown:
        return bool(re.fullmatch(".+".join(map(re.escape, shown.split("…"))), got, re.DOTALL))
    return bool(shown == got)


async def test_every_example_is_true(portal: Portal, cast: Cast) -> None:
    for organisation, key in ((cast.nord, X3_KEYS["nord"]), (cast.sued, X3_KEYS["sued"])):
        await X3Key.create(organisation=organisation, name="Demo", key_hash=token_hash(key), ending=key[-4:])
    for name in ("silke", "peter"):  # as in the demo two wait already
        await AccessRequest.create(organisation=cast.sued, user_name=name, first_name=name, last_name=name,
                                   email=f"{name}@sued.example", modules=[])  # fmt: skip
    shown = examples()
    assert len(shown) >= 13
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=portal.app), base_url=BASE_URL) as client:
        for example in shown:
            answer = await example.run(client)
            assert answer.status_code == example.status, f"{example.command}\n{answer.text}"
            assert same(json.loads(example.content), answer.json()), f"{example.command}\n{answer.text}"
            assert example.headers.items() <= {
                name.title().replace("Www", "WWW"): value for name, value in answer.headers.items()
            }.items()


@pytest.mark.no_database
def test_the_table_names_every_answer_and_no_other() -> None:
    named = re.findall(r"^\| (\d{3}) \| (?:`(\w+)`)? ?\|", PAGE, re.MULTILINE)
    known = {(str(status), code) for status, (code, _) in PROBLEMS.items()}
    assert set(named) == known | {("200", ""), ("201", ""), ("404", "user_not_found")}


@pytest.mark.no_database
def test_the_facts_are_the_portals() -> None:
    named = re.findall(r"^\| `(\w+)` \| (\w+) \| (\d+) \|", PAGE, re.MULTILINE)
    assert named == [(name, label, str(x3.LONGEST[name])) for name, label in x3.LABELS.items()]


@pytest.mark.no_database
def test_the_limits_are_the_portals() -> None:
    limits = (f"{x3.CALLS} calls a minute", f"{x3.WRONG_KEYS} wrong keys in 15 minutes", f"with `{x3.KEY_PREFIX}`")
    for words in (*limits, "within 60 seconds", "for 24 hours"):
        assert words in PAGE
    assert [age.total_seconds() for age in (x3.CALLS_WINDOW, x3.WRONG_KEYS_WINDOW, x3.CODE_AGE, x3.CONTEXT_AGE)] == [
        60, 900, 60, 86400,
    ]  # fmt: skip


@pytest.mark.no_database
def test_the_clients_commands_can_be_typed_so() -> None:
    typed = re.findall(r"^portal x3 (.+)$", PAGE, re.MULTILINE)
    assert len(typed) >= 4
    for line in typed:
        name, *arguments = shlex.split(line)
        arguments = ["-" if word.startswith("/etc") else word for word in arguments]
        context = command.commands[name].make_context(name, arguments)
        assert context.params["base_url"].startswith("http")
