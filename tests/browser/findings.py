"""What is wrong with a page as it stands there: by axe-core, at the window's edge, under a finger."""

from functools import cache
from importlib.resources import files

from playwright.async_api import Page

STICKING_OUT = """() => {
    const width = document.documentElement.clientWidth;
    return document.documentElement.scrollWidth <= width ? [] : [...document.querySelectorAll("body *")]
        .filter(e => e.checkVisibility() && e.getBoundingClientRect().right > width + 0.5)
        .map(e => `${e.tagName} ${e.id} ${e.className}`).slice(0, 5);
}"""
TOO_SMALL = """() => [...document.querySelectorAll("button, a.button, summary, select, input:not([type=hidden])")]
    .filter(e => e.ariaHidden !== "true" && e.checkVisibility({ visibilityProperty: true }))
    .map(e => [e, (e.matches("[type=checkbox], [type=radio], [type=file]") && e.labels[0]) || e])
    .map(([e, target]) => [e, target.getBoundingClientRect()])
    .filter(([, box]) => box.width < 24 || box.height < 24)
    .map(([e, box]) => `${e.tagName} ${e.name || e.textContent.trim()} ${box.width}×${box.height}`)"""
# Where a fault is, is asked only once there is one: to name places takes axe a fifth of its time.
AXE = """async () => {
    const look = selectors => axe.run(document, { selectors, resultTypes: ["violations"] });
    if (!(await look(false)).violations.length) return [];
    return (await look(true)).violations.map(v => `${v.id}: ${
        v.nodes.slice(0, 3).map(n => `${n.target.join(" ")} ${n.any[0]?.message || ""}`).join(" | ")}`);
}"""


@cache
def _axe() -> str:
    """The script of axe-core."""
    return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


async def misplaced(page: Page) -> list[str]:
    """What sticks out of the window or is too small to be hit."""
    return [*await page.evaluate(STICKING_OUT), *await page.evaluate(TOO_SMALL)]


async def findings(page: Page) -> list[str]:
    """All that keeps somebody from reading or using the page."""
    await page.evaluate(_axe())
    return [*await misplaced(page), *await page.evaluate(AXE)]
