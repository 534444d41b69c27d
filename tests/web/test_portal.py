"""The portal's first page: its words, a tile for each module that one may use, and what waits."""

import pytest

from app.domain.models import Status
from tests.cast import Cast, Portal
from tests.web.reading import counted, look, words

CUSTOMER = ["Ticketsystem", "Report", "Einstellungen"]
TILES = {
    "user": CUSTOMER,
    "reader": CUSTOMER,
    "edv": ["Ticketsystem", "Report", "Benutzer", "Einstellungen"],
    "staff": ["Ticketsystem", "Report", "Freigaben", "Benutzer und Organisationen", "Textbausteine", "Einstellungen"],
    "admin": [
        "Ticketsystem", "Report", "Freigaben", "Benutzer und Organisationen", "Textbausteine", "Postausgang",
        "Protokoll", "Einstellungen",
    ],
}  # fmt: skip


@pytest.mark.parametrize("who", TILES)
async def test_there_is_a_tile_for_each_module_that_one_may_use(portal: Portal, cast: Cast, who: str) -> None:
    await portal.sign_in(who)
    page = await look(portal, "/")
    assert page.headings == ["Online-Kundenportal", *TILES[who]]
    for tile in page.all(".//ul[@class='tiles']//a"):
        assert (await portal.get(tile.get("href"))).status_code == 200


async def test_every_page_leads_to_the_modules_and_out(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("edv")
    await portal.sign_in("edv")
    for path in ("/", "/tickets", f"/tickets/{number}", "/tickets/new"):
        page = await look(portal, path)
        navigation = [words(one) for one in page.all(".//nav[@aria-label='Hauptnavigation']//a")]
        assert navigation == ["Ticketsystem", "Report", "Benutzer"]
        assert "Abmelden" in page.buttons
        assert page.root.get("lang") == "de"


@pytest.mark.parametrize(("who", "status", "waits"), [
    ("user", Status.USER_REVIEW, True), ("user", Status.IT_REVIEW, False), ("edv", Status.IT_REVIEW, True),
    ("edv", Status.USER_REVIEW, False), ("staff", Status.VENDOR_REVIEW, True), ("staff", Status.CLOSED, False),
    ("reader", Status.USER_REVIEW, False), ("stranger", Status.USER_REVIEW, False),
    ("strange_edv", Status.IT_REVIEW, False),
])  # fmt: skip
async def test_the_tile_counts_what_waits_for_ones_own_part(
    portal: Portal, cast: Cast, who: str, status: Status, waits: bool
) -> None:
    await cast.ticket("user", handed_over=True, status=status)
    await cast.ticket("user", handed_over=True, status=status, deleted=True)
    await portal.sign_in(who)
    assert ("1 wartet auf Sie" in words((await look(portal, "/")).root)) is waits


async def test_the_page_takes_few_statements(portal: Portal, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    for who, most in (("user", 2), ("staff", 3)):
        await portal.sign_in(who)
        with counted(monkeypatch) as page:
            await portal.get("/")
        assert len(page) <= most
