"""Who reads English finds no German on any page: not in pages, fragments, refusals, documents."""

import io
import re
from typing import Any

import openpyxl
import pypdf
import pytest

from app.domain.models import Person
from tests.cast import PNG, Cast, Portal, text
from tests.web.reading import Page
from tests.web.test_routes import ENDLESS, TABLE, address

pytestmark = pytest.mark.sqlite_only

GERMAN = re.compile(
    r"\b(?:und|oder|der|das|des|dem|den|ein|eine|einen|ist|sind|war|wird|wurde|wurden|nicht|kein|keine|nur|noch|mit|von|"
    r"zu|zum|zur|auf|bei|aus|nach|seit|Sie|Ihr|Ihre|Ihren|alle|Neue|Neues|Neuer|bitte|Bitte|Anmelden|Abmelden|"
    r"Speichern|speichern|Benutzer|Passwort|Einstellungen|Prüfung|Geschlossen|Zuständig|Maske|Fehlermeldung)\b|[äöüÄÖÜß„]"
)
# What ends the session, and what programs ask, who say themselves what they read.
NOT_ASKED = ("POST /logout", "POST /settings/sessions", "POST /api/", "GET /api/", "GET /metrics")
# What is data, not ours to translate.
DATA = re.compile(
    r"Verband Nord|Kammer Süd|Mitglieder|Seminare|Finanzen|Deutsch|Ehemaliger Benutzer \d+|\[Name entfernt\]"
)


@pytest.fixture
async def english(portal: Portal, cast: Cast) -> Portal:
    """Everybody reads English, and writes it."""
    await Person.all().update(language="en")
    return portal


def german(words: str) -> list[str]:
    """The German in a text, each with what stands around it."""
    left = DATA.sub("", words)
    return [left[max(0, found.start() - 30) : found.end() + 30] for found in GERMAN.finditer(left)]


def read(answer: Any) -> str:
    """What is seen, heard and hinted at on a page."""
    page = Page(answer)
    spoken = [one for name in ("title", "placeholder", "aria-label", "alt") for one in page.all(f".//@{name}")]
    told = [one for name in ("failed", "offline", "close", "draft", "news", "many", "large", "type", "remove", "label")
            for one in page.all(f".//@data-{name}")]  # fmt: skip
    return " · ".join([text(answer), *map(str, spoken), *map(str, told)])


async def ticket(cast: Cast) -> int:
    number = await cast.ticket("user", subject="Fees", body="It stops", files=[await cast.file("a.png", PNG)],
                               x3_context={"Maske": "MG0110", "Fehlermeldung": "E17"}, handed_over=True,
                               escalated=True, escalated_by_id=cast.user.id)  # fmt: skip
    await cast.reply("edv", number, "Thanks")
    await cast.note("staff", number, "Ours")
    await cast.move("edv", number, "close")
    await cast.move("edv", number, "reopen")
    return number


@pytest.mark.parametrize("who", ["anonymous", "edv", "admin"])
async def test_no_page_has_german_left(english: Portal, cast: Cast, who: str) -> None:
    number = await ticket(cast)
    if who == "anonymous":
        english.headers["Accept-Language"] = "en"
    else:
        await english.sign_in(who)
    more = [f"/tickets/{number}?move=escalate", "/tickets?q=nothing", "/tickets?status=deleted", "/nothing",
            "/staff/audit?q=nothing", "/staff/people?q=nothing", "/tickets/new?organisation=1",
            "/report?weeks=4"]  # fmt: skip
    pages = [rule for rule in TABLE if rule.startswith("GET") and not rule.startswith(NOT_ASKED)]
    rules = [rule for rule in pages if rule not in ENDLESS]
    paths = [address(rule, number, 1, english.app) for rule in rules]
    found = {}
    for path in [*paths, *more]:
        answer = await english.get(path)
        if answer.headers["Content-Type"].startswith("text/html") and answer.text:
            assert '<html lang="en"' in answer.text or not answer.text.startswith("<!doctype"), path
            if left := german(read(answer)):
                found[path] = left
    assert found == {}


async def test_no_refusal_is_german(english: Portal, cast: Cast) -> None:
    number = await ticket(cast)
    found = {}
    for who, live in (("edv", False), ("admin", True)):
        await english.sign_in(who)
        for rule in TABLE:
            if rule.startswith("POST") and not rule.startswith(NOT_ASKED):
                answer = await english.send_form(address(rule, number, 1, english.app), version=0, htmx=live)
                if answer.text and rule != "POST /settings/data" and (left := german(read(answer))):
                    found[who, rule] = left
        assert (await english.get("/settings")).status_code == 200
    assert found == {}


async def test_documents_speak_english_too(english: Portal, cast: Cast) -> None:
    number = await ticket(cast)
    await english.sign_in("edv")
    pdf = pypdf.PdfReader(io.BytesIO((await english.get(f"/tickets/{number}.pdf")).content))
    words = " ".join(page.extract_text() for page in pdf.pages)
    assert "Page 1 of 1" in " ".join(words.split())
    assert german(words) == []
    for path in ("/tickets/export.xlsx", "/report.xlsx"):
        book = openpyxl.load_workbook(io.BytesIO((await english.get(path)).content))
        cells = [str(cell.value) for sheet in book for row in sheet for cell in row if cell.value]
        assert german(" · ".join([*book.sheetnames, *cells])) == [], path
