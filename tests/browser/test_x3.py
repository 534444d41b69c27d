"""Somebody clicks in X3: the browser opens, and what X3 knows stands in the form."""

import re

import httpx
from playwright.async_api import expect

from tests.browser.conftest import Server, Visit
from tests.browser.findings import findings
from tests.browser.visitor import Visitor

ERROR = "Fehler 42: Buchung gesperrt"


def link(server: Server, user: str = "user-nord", **context: str) -> str:
    """X3 of Verband Nord fetches a link."""
    answer = httpx.post(f"{server.url}/api/x3/login-codes", headers={"Authorization": "Bearer x3-demo-nord"},
                        json={"user": user, "target": "new-ticket", "context": context})  # fmt: skip
    assert answer.status_code == 201, answer.text
    return str(answer.json()["url"])


async def is_fine(visitor: Visitor) -> None:
    """Nothing on the page sticks out or is hard to read."""
    assert await findings(visitor.page) == []


async def test_from_x3_to_a_ticket_with_what_it_told(visit: Visit, server: Server) -> None:
    katrin = await visit(width=360)
    url = link(server, module="Seminare", mask="SE0200 Buchungen", record="Seminar 4711", error=ERROR)
    await katrin.opens(url)
    await katrin.page.wait_for_url(re.compile(r"/tickets/new\?x3=\d+$"))
    await expect(katrin.field("Modul")).to_have_js_property("selectedOptions.0.label", "Seminare")
    await expect(katrin.box("Fehlermeldung")).to_be_checked()
    await is_fine(katrin)
    await katrin.unticks("Datensatz: Seminar 4711")

    await katrin.types("Betreff", "Buchung aus X3 gesperrt")
    await katrin.presses("Ticket erstellen")
    await katrin.is_told_at("Wie äußert sich das Problem?", "Bitte beschreiben Sie kurz, worum es geht.")
    await expect(katrin.box("Datensatz: Seminar 4711")).not_to_be_checked()
    await katrin.types("Wie äußert sich das Problem?", "Beim Speichern kommt die Meldung.")
    await katrin.presses("Ticket erstellen")
    await katrin.sees("hat das Ticket aus X3 erstellt", "SE0200 Buchungen", ERROR)
    await katrin.does_not_see("Seminar 4711")

    await katrin.opens(url)  # once more, as with Back or out of the history
    await katrin.sees_heading("Neues Ticket")
    await katrin.opens(link(server, "edv-nord"))
    await katrin.sees_heading("Anmeldung aus X3")
    await is_fine(katrin)


async def test_somebody_else_is_signed_in_and_without_scripts(visit: Visit, server: Server) -> None:
    torben = await visit(scripts=False)
    await torben.signs_in("edv-nord")
    await torben.opens(link(server, mask="SE0200 Buchungen"))
    await torben.sees("Katrin Petersen", "Torben Claußen")
    await torben.follows("Als Torben Claußen angemeldet bleiben")
    await torben.sees_heading("Neues Ticket")
    await torben.does_not_see("SE0200 Buchungen")

    await torben.opens(link(server, mask="SE0200 Buchungen"))
    await torben.presses("Als Katrin Petersen fortfahren")
    await torben.page.wait_for_url(re.compile(r"/tickets/new\?x3=\d+$"))
    await torben.unticks("Maske: SE0200 Buchungen")
    await torben.presses("Ticket erstellen")
    await torben.sees("Bitte prüfen Sie Ihre Angaben.")
    await expect(torben.box("Maske: SE0200 Buchungen")).not_to_be_checked()

    stranger = await visit(scripts=False)
    await stranger.opens(link(server))
    await stranger.sees_heading("Anmeldung aus X3")
    await stranger.presses("Weiter")
    await stranger.sees_heading("Neues Ticket")
