"""Keyboard shortcuts, the accessibility statement, and staying signed in."""

from datetime import timedelta

import pytest

from app import clock
from app.domain import accounts
from app.domain.models import Session
from tests.cast import Cast, Portal, text
from tests.web.reading import Page, look


async def test_shortcuts_are_a_page_and_a_dialog_and_can_be_switched_off(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("user")
    page = await look(portal, "/")
    assert page.links["Tastenkürzel"] == "/shortcuts"
    assert page.all("//body")[0].get("data-single") == "1"
    assert (await look(portal, "/shortcuts")).headings == ["Tastenkürzel"]
    dialog = Page(await portal.live("/shortcuts", target="dialog"))
    assert dialog.has("dialog-title")
    assert await portal.send_form("/settings/shortcuts")
    assert not (await cast.again("user")).shortcuts
    assert (await look(portal, "/")).all("//body")[0].get("data-single") is None
    assert "Einzelne Tasten sind bei Ihnen ausgeschaltet." in text(await portal.get("/shortcuts"))
    answer = await portal.send_form("/settings/shortcuts", shortcuts="1")
    assert answer.headers["Location"] == "/settings?notice=saved#shortcuts"
    assert (await cast.again("user")).shortcuts


@pytest.mark.sqlite_only
async def test_the_accessibility_statement_says_how_it_is_and_whom_to_ask(portal: Portal, cast: Cast) -> None:
    assert (await look(portal, "/login")).links["Barrierefreiheit"] == "/accessibility"
    shown = text(await portal.get("/accessibility"))
    for words in ("Erklärung zur Barrierefreiheit", "BITV 2.0", "§ 12b", "Stand der Vereinbarkeit", "Selbstbewertung",
                  "Nicht geprüft wurde", "Schlichtungsstelle", portal.app.extensions["settings"].sender):  # fmt: skip
        assert words in shown
    await portal.sign_in("user")
    assert "Abmelden" in (await look(portal, "/accessibility")).buttons


async def test_staying_signed_in_begins_the_idle_time_anew(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("user")
    stay = (await look(portal, "/tickets")).id("sessions-stay")
    assert int(stay.get("data-idle")) == (accounts.IDLE - accounts.TOUCH).total_seconds()
    assert 0 < int(stay.get("data-session")) <= accounts.LONGEST.total_seconds()
    began = clock.now()
    with clock.at(began + timedelta(minutes=3)):
        answer = await portal.send_form("/session", back="/tickets?q=a", htmx=True)
        assert Page(answer).roots() == {"sessions-stay": False}
        assert (await portal.send_form("/session", back="/tickets?q=a")).headers["Location"] == "/tickets?q=a"
        assert (await Session.get(person_id=cast.user.id)).seen_at >= began + timedelta(minutes=3)
