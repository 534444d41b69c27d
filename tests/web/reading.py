"""A page as a person, and a browser without scripts or with htmx, meets it: names, forms, fragments."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import httpx
import lxml.html
import pytest
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.backends.sqlite.client import SqliteClient

from tests.cast import HTMX, Portal, Posted


def words(element: Any) -> str:
    """What is to be read inside an element."""
    return " ".join(element.text_content().split())


class Page:
    """A parsed answer: a whole page, or fragments."""

    def __init__(self, answer: httpx.Response | str) -> None:
        source = answer if isinstance(answer, str) else answer.text
        self.url = "" if isinstance(answer, str) else str(answer.url)
        self.whole = source.lstrip().lower().startswith("<!doctype")
        self.root = lxml.html.document_fromstring(source or "<p>") if self.whole else _fragments(source)

    def all(self, path: str) -> list[Any]:
        """Elements by XPath."""
        return list(self.root.xpath(path))

    def id(self, name: str) -> Any:
        """The one element with this id."""
        found = self.all(f'.//*[@id="{name}"]')
        assert len(found) == 1, f"{len(found)} elements have the id {name}"
        return found[0]

    def has(self, name: str) -> bool:
        """Whether there is an element with this id."""
        return bool(self.all(f'.//*[@id="{name}"]'))

    def roots(self) -> dict[str, bool]:
        """A fragment answer: the ids at its top, and whether each goes out of band."""
        assert not self.whole, "a whole page, not fragments"
        return {one.get("id") or f"<{one.tag}>": bool(one.get("hx-swap-oob")) for one in self.root if one.tag}

    @property
    def headings(self) -> list[str]:
        """The words of all headings."""
        return [words(one) for one in self.all(".//h1|.//h2|.//h3|.//legend")]

    @property
    def links(self) -> dict[str, str]:
        """Where links lead, by their words."""
        return {one.get("aria-label") or words(one): one.get("href") for one in self.all(".//a[@href]")}

    @property
    def buttons(self) -> list[str]:
        """The words of all buttons."""
        return [one.get("aria-label") or words(one) for one in self.all(".//button")]

    @property
    def fields(self) -> dict[str, Any]:
        """Inputs by their accessible name: aria-label, label for=, label around, fieldset's legend or group's name."""
        found: dict[str, Any] = {}
        for one in self.all(".//input[not(@type='hidden')]|.//select|.//textarea"):
            for name in self._names(one):
                found.setdefault(name, one)
        return found

    def _names(self, one: Any) -> Iterator[str]:
        if one.get("aria-label"):
            yield one.get("aria-label")
        labels = [*one.iterancestors("label")]
        if one.get("id"):
            labels += self.all(f'.//label[@for="{one.get("id")}"]')
        yield from (words(label) for label in labels)

    @property
    def groups(self) -> list[str]:
        """Names of groups of fields: legends and role=group."""
        return [words(one) for one in self.all(".//legend")] + [
            one.get("aria-label") for one in self.all(".//*[@role='group']") if one.get("aria-label")
        ]

    def errors(self) -> dict[str, str]:
        """The sentence at each field that is wrong."""
        places = self.all(".//*[starts-with(@id,'error-')]")
        found = {one.get("id").removeprefix("error-"): words(one) for one in places}
        return {name: sentence for name, sentence in found.items() if sentence}

    def facts(self) -> dict[str, str]:
        """The ticket's facts by their name."""
        return {words(one[0]): words(one[1]) for one in self.all(".//dl/div")}

    def numbers(self) -> list[int]:
        """The numbers of the tickets in the list, in its order."""
        return [int(words(one)) for one in self.all(".//tr[@data-row]/td[1]/a")]

    def messages(self) -> list[str]:
        """The texts of the correspondence."""
        return [words(one) for one in self.all(".//article//div[@class='text']")]

    def events(self) -> list[str]:
        """The journal between the messages."""
        return [words(one) for one in self.all(".//li[@class='event']")]

    def form(self, button: str) -> "Form":
        """The form that this button sends."""
        for one in self.all(".//form[.//button]"):
            if any(words(b) == button or b.get("aria-label") == button for b in one.xpath(".//button")):
                return Form.of(one, self)
        raise AssertionError(f"no form with the button „{button}“ among {self.buttons}")


def _fragments(source: str) -> Any:
    holder = lxml.html.fragment_fromstring(f"<main>{source}</main>", create_parent="body")
    return holder[0]


@dataclass
class Form:
    """A form as it stands on the page, with everything that a browser would send."""

    action: str
    method: str
    multipart: bool
    pairs: list[tuple[str, str]]
    htmx: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, form: Any, page: Page) -> "Form":
        """Read it, with what hx-include adds."""
        pairs = _pairs(form)
        included = form.get("hx-include")
        if included:
            pairs += [pair for one in page.all(f".//*[@id='{included[1:]}']") for pair in _pairs(one)]
        live = {"HX-Target": (form.get("hx-target") or "").lstrip("#")} if form.get("hx-post") else {}
        action = urlsplit(urljoin(page.url, form.get("action") or ""))
        target = action.path + (f"?{action.query}" if action.query else "")
        multipart = form.get("enctype") == "multipart/form-data"
        return cls(target, form.get("method", "get"), multipart, pairs, live)

    def value(self, name: str) -> str:
        """What a field holds."""
        return dict(self.pairs)[name]

    def filled(self, **changes: Any) -> list[tuple[str, str]]:
        """The fields with others' values in place; a list repeats the field, None leaves it out."""
        pairs = [pair for pair in self.pairs if pair[0] not in changes]
        for name, value in changes.items():
            values = value if isinstance(value, list) else [] if value is None else [value]
            at = next((i for i, pair in enumerate(pairs) if pair[0] == "end"), len(pairs))
            pairs[at:at] = [(name, str(one)) for one in values]
        return pairs

    async def send(self, portal: Portal, *, files: Posted = (), live: bool = False, **changes: Any) -> httpx.Response:
        """Send it plainly or, `live`, as htmx does."""
        pairs, headers = self.filled(**changes), {**HTMX, **self.htmx} if live else {}
        if self.method == "get":
            return await portal.get(f"{self.action}?{urlencode(pairs)}", headers=headers)
        if not self.multipart:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            return await portal.post(self.action, content=urlencode(pairs), headers=headers)
        parts: list[tuple[str, Any]] = [(name, (None, value)) for name, value in pairs if name != "end"]
        parts += [("files", (name, content, kind)) for name, content, kind in files]
        parts += [(name, (None, value)) for name, value in pairs if name == "end"]
        return await portal.post(self.action, files=parts, headers=headers)


def _pairs(form: Any) -> list[tuple[str, str]]:
    found = []
    for one in form.xpath(".//input[@name]|.//select[@name]|.//textarea[@name]"):
        kind, name = one.get("type", ""), one.get("name")
        if one.tag == "select":
            chosen = one.xpath(".//option[@selected]") or one.xpath(".//option")[:1]
            found += [(name, option.get("value", words(option))) for option in chosen]
        elif one.tag == "textarea":
            text = one.text or ""
            found.append((name, text[1:] if text.startswith("\n") else text))
        elif kind in ("checkbox", "radio"):
            found += [(name, one.get("value", "on"))] if one.get("checked") is not None else []
        elif kind not in ("file", "submit", "button"):
            found.append((name, one.get("value", "")))
    return found


async def look(portal: Portal, path: str, status: int = 200) -> Page:
    """A page that must be there."""
    answer = await portal.get(path)
    assert answer.status_code == status, f"{path} → {answer.status_code}"
    return Page(answer)


async def follow(portal: Portal, answer: httpx.Response) -> Page:
    """Where a 303 leads."""
    assert answer.status_code == 303, f"{answer.status_code}: {words(Page(answer).root)[:300]}"
    return await look(portal, answer.headers["Location"])


def without_keys(answer: httpx.Response | str) -> str:
    """A page without what is new in every answer: its form keys, its own address, and how long the session lasts."""
    source = answer if isinstance(answer, str) else answer.text
    source = re.sub(r'(data-session="|"since": )\d+', r"\1", source)  # seconds, which pass
    return re.sub(r'name="(form_key|back)" value="[^"]*"|data-session="\d+"', "", source)


# --- statements ---


@dataclass
class Statements:
    """The SQL that ran while somebody counted."""

    seen: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.of_the_page)

    @property
    def of_the_page(self) -> list[str]:
        """Without the one that finds the session."""
        return [sql for sql in self.seen if "token_hash" not in sql]


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Statements]:
    """Every statement that Tortoise's clients run."""
    found = Statements()

    def watch(client: type[Any], name: str) -> None:
        original = getattr(client, name)

        async def run(self: Any, query: str, *values: Any) -> Any:
            found.seen.append(query)
            return await original(self, query, *values)

        patch.setattr(client, name, run)

    with monkeypatch.context() as patch:
        for client in (SqliteClient, AsyncpgDBClient):
            for name in ("execute_query", "execute_query_dict", "execute_insert", "execute_many"):
                watch(client, name)
        yield found
