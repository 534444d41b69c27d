"""Every page, narrow and wide, light and dark: nothing sticks out, nothing is hard to read, nothing is heavy."""

from functools import cache
from importlib.resources import files
from typing import Any

import pytest
from playwright.async_api import Page

from tests.browser.arrange import Arrange
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor

HEAVIEST = 90_000
PHONE, DESK = 360, 1280

# who, address ({ticket} is one with everything), and the heading to be found there
PAGES = [
    ("", "/login", "Anmelden"),
    ("", "/password/forgot", "Passwort vergessen?"),
    ("", "/password/reset/nothing", "Dieser Link gilt nicht mehr"),
    ("user-nord", "/", "Online-Kundenportal"),
    ("edv-nord", "/tickets?status=&category=incident&escalated=1", "Ticketsystem"),
    ("edv-nord", "/tickets?q=gibtesnicht", "Ticketsystem"),
    ("edv-nord", "/tickets/{ticket}", "#{ticket} Barrierefrei prüfen"),
    ("edv-nord", "/tickets/{ticket}?move=to_user", "#{ticket} Barrierefrei prüfen"),
    ("staff", "/tickets/{ticket}", "#{ticket} Barrierefrei prüfen"),
    ("edv-nord", "/tickets/{ticket}/moves/delete", "Ticket #{ticket} „Barrierefrei prüfen“ löschen?"),
    ("user-nord", "/tickets/new?category=incident", "Neues Ticket"),
    ("staff", "/tickets/new?organisation=2", "Neues Ticket"),
    ("edv-nord", "/report", "Report"),
    ("user-nord", "/settings", "Einstellungen"),
    ("user-nord", "/settings/second-factor", "Zweiter Faktor"),
    ("edv-nord", "/organisation/people", "Benutzer"),
    ("staff", "/staff/people", "Benutzer und Organisationen"),
    ("staff", "/staff/organisations", "Benutzer und Organisationen"),
    ("staff", "/staff/access-requests", "Freigaben"),
    ("staff", "/staff/people/1", "Katrin Petersen"),
    ("admin", "/staff/people/8/deactivation", "Jonas Albrecht deaktivieren?"),
    ("admin", "/staff/organisations/1", "Verband Nord"),
    ("staff", "/staff/modules", "Benutzer und Organisationen"),
    ("edv-nord", "/organisation/people/1", "Katrin Petersen"),
    ("user-nord", "/x3/enter", "Dieser Link aus X3 gilt nicht mehr"),
    ("user-nord", "/tickets/999999", "Das gibt es hier nicht"),
]
STICKING_OUT = """() => {
    const width = document.documentElement.clientWidth;
    return document.documentElement.scrollWidth <= width ? [] : [...document.querySelectorAll("body *")]
        .filter(e => e.checkVisibility() && e.getBoundingClientRect().right > width + 0.5)
        .map(e => `${e.tagName} ${e.id} ${e.className}`).slice(0, 5);
}"""
SHIFTED = """() => new Promise(done => {
    const sum = entries => entries.reduce((total, entry) => total + entry.value, 0);
    new PerformanceObserver(list => done(sum(list.getEntries()))).observe({ type: "layout-shift", buffered: true });
    setTimeout(() => done(0), 50);
})"""
TOO_SMALL = """() => [...document.querySelectorAll("button, a.button, summary, select, input:not([type=hidden])")]
    .filter(e => e.ariaHidden !== "true" && e.checkVisibility({ visibilityProperty: true }))
    .map(e => [e, (e.closest("label") || e).getBoundingClientRect()])
    .filter(([, box]) => box.width > 2 && (box.width < 24 || box.height < 24))
    .map(([e, box]) => `${e.tagName} ${e.name || e.textContent.trim()} ${box.width}×${box.height}`)"""
# Colours are all that a theme changes; everything else is looked at in light only. Where a fault is, is asked only once
# there is one: to name places takes axe a fifth of its time.
AXE = """async colours => {
    const look = selectors => axe.run(document, {
        selectors, resultTypes: ["violations"], ...(colours ? { runOnly: ["color-contrast"] } : {}) });
    if (!(await look(false)).violations.length) return [];
    return (await look(true)).violations.map(v => `${v.id}: ${
        v.nodes.slice(0, 3).map(n => `${n.target.join(" ")} ${n.any[0]?.message || ""}`).join(" | ")}`);
}"""


@cache
def axe() -> str:
    """The script of axe-core."""
    return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


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


@pytest.mark.parametrize(("who", "path", "heading"), PAGES, ids=[f"{who or 'nobody'} {path}" for who, path, _ in PAGES])
async def test_the_page_is_light_fits_and_can_be_read_by_everybody(
    visit: Visit, ticket: int, who: str, path: str, heading: str
) -> None:
    visitor = await visit(who, width=PHONE)
    arrived = await _transferred(visitor.page)
    await visitor.opens(path.format(ticket=ticket))
    await visitor.sees_heading(heading.format(ticket=ticket))
    found = {"heavy": await _too_heavy(visitor.page, arrived)}
    await visitor.page.evaluate(axe())
    for width in (PHONE, DESK):
        await visitor.page.set_viewport_size({"width": width, "height": 800})
        found[f"{width}: sticking out"] = await visitor.page.evaluate(STICKING_OUT)
        found[f"{width}: too small"] = await visitor.page.evaluate(TOO_SMALL)
        await visitor.page.emulate_media(color_scheme="light")
        found[f"{width}: light"] = await visitor.page.evaluate(AXE, False)
        await visitor.page.emulate_media(color_scheme="dark")
        found[f"{width}: dark"] = await visitor.page.evaluate(AXE, True)
    wrong = {where: what for where, what in found.items() if what}
    assert wrong == {}


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
    await torben.page.evaluate(axe())
    await torben.presses("Menü")
    await torben.sees("Report")
    assert await _findings(torben) == []
    await torben.keys("Escape")
    await torben.presses("Funktionen")
    assert await _findings(torben) == []
    await torben.functions().get_by_role("link", name="Löschen").click()
    assert await _findings(torben) == []


async def _findings(visitor: Visitor) -> list[str]:
    found: list[str] = await visitor.page.evaluate(AXE, False)
    return found + await visitor.page.evaluate(STICKING_OUT)


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
