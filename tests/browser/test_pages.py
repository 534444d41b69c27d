"""Every page, narrow and wide, light and dark, German and English: nothing sticks out, everybody can read it."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page
from werkzeug.exceptions import HTTPException

from app.config import Settings
from app.main import create_app
from tests.browser.arrange import Arrange
from tests.browser.conftest import Scheme, Visit
from tests.browser.findings import STICKING_OUT, findings
from tests.browser.visitor import Visitor

HEAVIEST = 90_000
PHONE, DESK = 360, 1280
Look = tuple[int, Scheme, str]
LOOKS: list[Look] = [
    (PHONE, "light", "de"), (DESK, "dark", "en"), (PHONE, "dark", "de"), (DESK, "light", "en"),
    (DESK, "light", "de"), (PHONE, "dark", "en"), (DESK, "dark", "de"), (PHONE, "light", "en"),
]  # fmt: skip

# who → address ({ticket} is one with everything), and the heading to be found there
PAGES: dict[str, dict[str, str]] = {
    "": {
        "/login": "Anmelden",
        "/password/forgot": "Passwort vergessen?",
        "/password/reset/nothing": "Dieser Link gilt nicht mehr",
        "/reopen/nothing": "Dieser Link gilt nicht mehr",
        "/reopen/done?ticket=1001": "Das Ticket ist wieder offen",
        "/invitation/nothing": "Dieser Link gilt nicht mehr",
        "/rating/nothing": "Dieser Link gilt nicht mehr",
        "/accessibility": "Erklärung zur Barrierefreiheit",
        "/nothing": "Das gibt es hier nicht",
    },
    "user-nord": {
        "/": "Online-Kundenportal",
        "/tickets/new?category=incident": "Neues Ticket",
        "/settings": "Einstellungen",
        "/settings/second-factor": "Zweiter Faktor",
        "/shortcuts": "Tastenkürzel",
        "/x3/enter": "Dieser Link aus X3 gilt nicht mehr",
        "/tickets/999999": "Das gibt es hier nicht",
        "/staff/audit": "Dazu haben Sie kein Recht",
    },
    "edv-nord": {
        "/tickets?status=&category=incident&escalated=1": "Ticketsystem",
        "/tickets?q=gibtesnicht": "Ticketsystem",
        "/tickets/{ticket}": "#{ticket} Barrierefrei prüfen",
        "/tickets/{ticket}/earlier": "#{ticket} Barrierefrei prüfen",
        "/tickets/{ticket}?move=to_user": "#{ticket} Barrierefrei prüfen",
        "/tickets/{ticket}/participants": "Beteiligte an Ticket #{ticket}",
        "/tickets/{ticket}/priority": "Hohe Priorität für Ticket #{ticket} „Barrierefrei prüfen“?",
        "/tickets/filters/new?status=closed": "Filter speichern",
        "/tickets/{ticket}/moves/delete": "Ticket #{ticket} „Barrierefrei prüfen“ löschen?",
        "/report": "Report",
        "/organisation/people": "Benutzer",
        "/organisation/people/1": "Katrin Petersen",
        "/organisation/people/new": "Benutzer vorschlagen",
    },
    "staff": {
        "/tickets/{ticket}/participants/leave": "Nicht mehr an Ticket #{ticket}",
        "/": "Online-Kundenportal",
        "/tickets": "Ticketsystem",
        "/tickets/{ticket}": "#{ticket} Barrierefrei prüfen",
        "/tickets/new?organisation=2": "Neues Ticket",
        "/report": "Report",
        "/staff/people": "Benutzer und Organisationen",
        "/staff/people/1": "Katrin Petersen",
        "/staff/people/new": "Benutzer anlegen",
        "/staff/people/new?organisation=1": "Benutzer anlegen",
        "/staff/organisations": "Benutzer und Organisationen",
        "/staff/organisations/new": "Organisation anlegen",
        "/staff/modules": "Benutzer und Organisationen",
        "/staff/modules/1": "Mitglieder",
        "/staff/access-requests": "Freigaben",
        "/staff/components": "Bausteine",
        "/tickets/{ticket}/as-reporter": "#{ticket} Barrierefrei prüfen",
        "/tickets/{ticket}/merge": "Ticket #{ticket} zusammenführen",
        "/tickets/bulk?number={ticket}": "Gemeinsam bearbeiten",
        "/tickets/pdf?number={ticket}": "Tickets als PDF",
        "/staff/text-blocks": "Textbausteine",
        "/staff/text-blocks/new": "Neuer Textbaustein",
        "/staff/text-blocks/1": "Bitte um Bildschirmfoto",
        "/staff/text-blocks/1/delete": "Textbaustein „Bitte um Bildschirmfoto“ löschen?",
    },
    "admin": {
        "/staff/people/8/deactivation": "Jonas Albrecht deaktivieren?",
        "/staff/people/8/activation": "Jonas Albrecht wieder aktivieren?",
        "/staff/people/8/second-factor": "Zweiten Faktor von Jonas Albrecht zurücksetzen?",
        "/staff/organisations/1": "Verband Nord",
        "/staff/organisations/1/x3-keys": "X3-Schlüssel erzeugen",
        "/staff/organisations/1/x3-keys/1/revocation": "widerrufen?",
        "/staff/organisations/1/x3-keys/1/successor": "ersetzen?",
        "/staff/organisations/1/retention": "Verband Nord",
        "/staff/organisations/1/rules": "Regeln und Fristen bei Verband Nord",
        "/staff/assignment": "Benutzer und Organisationen",
        "/staff/assignment/1": "Regel für Kammer Süd, Fehlermeldung",
        "/staff/assignment/1/removal": "Regel für Kammer Süd, Fehlermeldung entfernen?",
        "/absences": "Abwesenheit",
        "/absences/1/end": "Abwesenheit von Nadine Vogt beenden?",
        "/staff/people/8/pseudonym": "Jonas Albrecht",
        "/staff/retention": "Benutzer und Organisationen",
        "/staff/mail": "Postausgang",
        "/staff/audit": "Protokoll",
    },
}
WEIGHED = ("/login", "/tickets", "/tickets/{ticket}", "/tickets/new?category=incident")
# What is no page: files, fragments, streams, what programs ask, and what a journey has to lead to.
NO_PAGES = re.compile(
    r"/(static|api|health|metrics|events|\.well-known|invitation/$|password/reset/$)|.*\.(xlsx|pdf|zip|json|txt)$"
    r"|.*/(attachments/<int:id>|news|similar|fresh)$|/login/second-factor$"
    r"|/tickets/filters/.*"
    r"|/tickets/<int:number>/text-blocks/<int:id>$"
)
SHIFTED = """() => new Promise(done => {
    const sum = entries => entries.reduce((total, entry) => total + entry.value, 0);
    new PerformanceObserver(list => done(sum(list.getEntries()))).observe({ type: "layout-shift", buffered: true });
    setTimeout(() => done(0), 50);
})"""


@pytest.fixture(scope="module")
def ticket(arrange: Arrange) -> int:
    """A ticket with messages of all three sides, an internal note, an escalation, and words that are hard to break."""
    long = "https://nord.example/" + "sehr-lange-adresse-" * 12
    number = arrange.ticket(subject="Barrierefrei prüfen", body=f"Siehe {long}", category="incident")
    arrange.reply("edv-nord", number, "Nur unter uns.", audience="organisation")
    arrange.reply("user-nord", number, "Donaudampfschifffahrtsgesellschaft" * 6, move="escalate")
    arrange.move("edv-nord", number, "handover")
    arrange.reply("staff", number, "Nur bei uns.", audience="vendor")
    arrange.reply("staff", number, "Wir sehen es uns an.\n\n- erstens\n- zweitens")
    return number


@pytest.mark.no_database
def test_every_page_of_the_portal_is_looked_at() -> None:
    app = create_app(Settings(data_dir=Path("nowhere")))
    pages = {
        rule.rule for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not NO_PAGES.match(rule.rule)
    }  # fmt: skip
    seen = set()
    for path in (path for paths in PAGES.values() for path in paths):
        try:
            rule, _ = app.url_map.bind("").match(path.format(ticket=1).partition("?")[0], return_rule=True)
            seen.add(rule.rule)
        except HTTPException:
            continue
    assert pages - seen == set()


@pytest.mark.parametrize("who", PAGES, ids=[who or "nobody" for who in PAGES])
async def test_pages_fit_and_can_be_read_by_everybody(visit: Visit, ticket: int, who: str) -> None:
    """Each page in one of the looks; `--long` sees each in all of them."""
    visitor, found = await visit(who), {}
    for place, path in enumerate(PAGES[who]):
        look = LOOKS[place % len(LOOKS)]
        found[path, look] = await _looked_at(visitor, who, path, ticket, look)
    assert {where: what for where, what in found.items() if what} == {}


@pytest.mark.long
@pytest.mark.parametrize("look", LOOKS, ids=[f"{width} {scheme} {language}" for width, scheme, language in LOOKS])
@pytest.mark.parametrize("who", PAGES, ids=[who or "nobody" for who in PAGES])
async def test_every_page_in_every_look(visit: Visit, ticket: int, who: str, look: Look) -> None:
    visitor = await visit(who)
    found = {path: await _looked_at(visitor, who, path, ticket, look) for path in PAGES[who]}
    assert {where: what for where, what in found.items() if what} == {}


async def _looked_at(visitor: Visitor, who: str, path: str, ticket: int, look: Look) -> list[str]:
    """What is wrong with a page in this look."""
    page, (width, scheme, language) = visitor.page, look
    await page.set_viewport_size({"width": width, "height": 800})
    await page.emulate_media(color_scheme=scheme)
    address = path.format(ticket=ticket)
    await visitor.opens(f"{address}{'&' if '?' in address else '?'}lang={language}")
    spoken, heading = await page.evaluate("[document.documentElement.lang, document.querySelector('h1').innerText]")
    there = spoken == language and (language != "de" or PAGES[who][path].format(ticket=ticket) in heading)
    return [*([] if there else [f"{spoken}: {heading}"]), *await findings(page)]


@pytest.mark.parametrize("path", WEIGHED)
async def test_the_pages_of_every_day_are_light_and_do_not_move_while_they_come(
    visit: Visit, ticket: int, path: str
) -> None:
    visitor = await visit("" if path == "/login" else "edv-nord", width=PHONE)
    arrived = await _transferred(visitor.page)
    await visitor.opens(path.format(ticket=ticket))
    assert await _too_heavy(visitor.page, arrived) == []


async def _too_heavy(page: Page, arrived: dict[str, int]) -> list[str]:
    """What is wrong with the weight of a page that has just been loaded for the first time."""
    found = [f"{sum(arrived.values())} bytes: {arrived}"] if sum(arrived.values()) > HEAVIEST else []
    for ending, most in ((".css", 1), (".js", 2)):
        files = [url for url in arrived if url.endswith(ending)]
        found += files if len(files) != most else []
    shifted = await page.evaluate(SHIFTED)
    return found + ([f"shifts by {shifted}"] if shifted > 0.01 else [])


async def _transferred(page: Page) -> dict[str, int]:
    """Filled while pages load: address → bytes on the wire, pictures inside tickets left out."""
    session = await page.context.new_cdp_session(page)
    await session.send("Network.enable")
    await session.send("Network.clearBrowserCache")
    urls: dict[str, str] = {}
    arrived: dict[str, int] = {}

    def answered(event: dict[str, Any]) -> None:
        urls[event["requestId"]] = event["response"]["url"]

    def finished(event: dict[str, Any]) -> None:
        url = urls.get(event["requestId"], "")
        if "/attachments/" not in url:
            arrived[url] = int(event["encodedDataLength"])

    session.on("Network.responseReceived", answered)
    session.on("Network.loadingFinished", finished)
    return arrived


async def test_the_open_menu_and_dialogs_can_be_read_by_everybody(visit: Visit, ticket: int) -> None:
    torben = await visit("edv-nord", width=360)
    await torben.opens(f"/tickets/{ticket}")
    await torben.presses("Menü")
    await torben.sees("Report")
    assert await findings(torben.page) == []
    await torben.keys("Escape")
    await torben.presses("Funktionen")
    assert await findings(torben.page) == []
    await torben.functions().get_by_role("link", name="Löschen").click()
    assert await findings(torben.page) == []


async def test_what_a_letter_leads_to_can_be_read_by_everybody(visit: Visit, arrange: Arrange) -> None:
    """The forms behind links that live, which nobody reaches by an address alone."""
    visitor = await visit("", width=PHONE, scheme="dark")
    arrange.forgets("user2@nord.example")
    arrange.invites("neu@nord.example")
    for to, link, heading in (
        ("user2@nord.example", "/password/reset/", "Passwort festlegen"),
        ("neu@nord.example", "/invitation/", "Willkommen im Kundenportal"),
    ):
        await visitor.opens(arrange.link(to, link))
        await visitor.sees_heading(heading)
        assert await findings(visitor.page) == []
        await visitor.presses("Passwort speichern")
        assert await findings(visitor.page) == []
        await visitor.page.set_viewport_size({"width": DESK, "height": 800})
        assert await findings(visitor.page) == []


async def test_the_own_appearance_wins_over_the_system(visit: Visit) -> None:
    malte = await visit("user2-nord")
    await malte.opens("/settings")
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    light = await malte.page.evaluate(ground)
    await malte.ticks("Dunkel")
    await malte.presses("Darstellung speichern")
    await malte.sees("Gespeichert.")
    assert await malte.page.evaluate(ground) != light


async def test_twice_as_large_still_fits(visit: Visit, ticket: int) -> None:
    torben = await visit("edv-nord", width=640, scale=2)
    for path in ("/tickets?q=seminar", f"/tickets/{ticket}", "/tickets/new"):
        await torben.opens(path)
        assert await torben.page.evaluate(STICKING_OUT) == []
