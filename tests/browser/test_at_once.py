"""Two people at once, two clicks at once, a cut line, an ended session: no text is lost, nothing is sent twice."""

import re

from playwright.async_api import Route, expect

from tests.browser.arrange import Arrange
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor

OFFLINE = "Keine Verbindung. Ihr Text ist noch da."
RESTORED = "Ihr begonnener Text wurde wiederhergestellt."


async def test_somebody_was_faster_and_the_text_is_still_there(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Zwei auf einmal")
    torben = await visit("edv-nord")
    await torben.opens(f"/tickets/{number}")
    await torben.types("Nachricht", "Bitte übernehmen.")
    await torben.ticks("Ticket an UNIPLUS freigeben")
    arrange.reply("user-nord", number, "Hat sich erledigt.")
    arrange.move("user-nord", number, "close")

    await torben.presses("Nachricht senden")
    await torben.sees("Dieses Ticket wurde inzwischen geändert.", "Hat sich erledigt.")
    await torben.is_focused(torben.page.locator("#tickets-conflict"))
    await torben.sees_status("Geschlossen")
    await torben.reads_in("Nachricht", "Bitte übernehmen.")

    await torben.presses("Nachricht senden und Ticket wieder öffnen")
    await expect(torben.message("Bitte übernehmen.")).to_have_count(1)
    await torben.sees_status("Prüfung durch EDV")
    await torben.does_not_see("inzwischen geändert")


async def test_a_stale_button_moves_nothing_and_shows_the_ticket_as_it_is(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Veralteter Knopf")
    torben = await visit("edv-nord")
    await torben.opens(f"/tickets/{number}")
    await torben.types("Nachricht", "Angefangen.")
    arrange.move("user-nord", number, "close")
    arrange.move("user-nord", number, "reopen")

    await torben.presses("An UNIPLUS übergeben")
    await torben.sees("Dieses Ticket wurde inzwischen geändert.")
    await torben.sees_status("Prüfung durch EDV")
    await torben.reads_in("Nachricht", "Angefangen.")
    await torben.presses("An UNIPLUS übergeben")
    await torben.sees_status("Prüfung durch UNIPLUS")
    await torben.reads_in("Nachricht", "Angefangen.")


async def test_it_was_deleted_meanwhile(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Unterdessen gelöscht")
    torben = await visit("edv-nord")
    await torben.opens(f"/tickets/{number}")
    await torben.types("Nachricht", "Schon unterwegs.")
    arrange.move("user-nord", number, "delete")
    await torben.presses("Nachricht senden")
    await torben.sees("inzwischen geändert")
    await torben.sees_status("Gelöscht")
    await torben.reads_in("Nachricht", "Schon unterwegs.")


async def test_a_double_click_sends_one_message(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Doppelt geklickt")
    katrin = await visit("user-nord")
    await katrin.opens(f"/tickets/{number}")
    await katrin.types("Nachricht", "Nur einmal, bitte.")
    await katrin.button("Nachricht senden").dblclick()
    await expect(katrin.message("Nur einmal, bitte.")).to_have_count(1)
    await katrin.page.reload()
    await expect(katrin.message("Nur einmal, bitte.")).to_have_count(1)


async def test_a_double_click_creates_one_ticket(visit: Visit) -> None:
    katrin = await visit("user-nord")
    await katrin.opens("/tickets/new")
    await katrin.chooses("Modul", "Mitglieder")
    await katrin.types("Betreff", "Doppelgänger")
    await katrin.types("Beschreibung", "Nur einmal, bitte.")
    await katrin.button("Ticket erstellen").dblclick()
    await katrin.page.wait_for_url(re.compile(r"/tickets/\d+"))
    await katrin.opens("/tickets?q=doppelg%C3%A4nger&status=")
    await expect(katrin.rows()).to_have_count(1)


async def test_without_a_network_the_text_stays_and_can_be_sent_later(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Ohne Netz")
    katrin = await visit("user-nord")
    await katrin.opens(f"/tickets/{number}")
    await katrin.types("Nachricht", "Aus dem Zug.")
    await katrin.page.context.set_offline(True)
    await katrin.presses("Nachricht senden")
    await katrin.sees(OFFLINE)
    await katrin.reads_in("Nachricht", "Aus dem Zug.")

    await katrin.page.context.set_offline(False)
    await katrin.presses("Nachricht senden")
    await expect(katrin.message("Aus dem Zug.")).to_have_count(1)
    await katrin.does_not_see(OFFLINE)


async def test_when_the_answer_is_lost_the_message_is_still_sent_only_once(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Antwort verloren")
    katrin = await visit("user-nord")
    await katrin.opens(f"/tickets/{number}")

    async def lose(route: Route) -> None:
        await route.fetch()
        await route.abort("failed")

    await katrin.page.route("**/messages", lose, times=1)
    await katrin.types("Nachricht", "Aus dem Tunnel.")
    await katrin.presses("Nachricht senden")
    await katrin.sees(OFFLINE)
    await katrin.presses("Nachricht senden")
    await katrin.reads_in("Nachricht", "")
    await expect(katrin.message("Aus dem Tunnel.")).to_have_count(1)
    await katrin.page.reload()
    await expect(katrin.message("Aus dem Tunnel.")).to_have_count(1)


async def _loses_the_session(visitor: Visitor, arrange: Arrange) -> None:
    cookie = (await visitor.page.context.cookies())[0]
    arrange.sign_out(cookie.get("name", ""), cookie.get("value", ""))


async def test_when_the_session_has_ended_the_text_comes_back_after_signing_in(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Sitzung zu Ende")
    katrin = await visit()
    await katrin.signs_in("user-nord", at=f"/tickets/{number}")
    await katrin.page.route("**/draft", lambda route: route.abort())
    await katrin.types("Nachricht", "Mühsam geschrieben.")
    await _loses_the_session(katrin, arrange)

    await katrin.presses("Nachricht senden")
    await katrin.sees_heading("Anmelden")
    await katrin.signs_in("user-nord", at="")
    await katrin.is_on(f"/tickets/{number}")
    await katrin.sees(RESTORED)
    await katrin.reads_in("Nachricht", "Mühsam geschrieben.")
    await katrin.presses("Nachricht senden")
    await expect(katrin.message("Mühsam geschrieben.")).to_have_count(1)
    await katrin.page.reload()
    await katrin.reads_in("Nachricht", "")


async def test_a_new_ticket_survives_the_end_of_the_session(visit: Visit, arrange: Arrange) -> None:
    katrin = await visit()
    await katrin.signs_in("user-nord", at="/tickets/new")
    await katrin.chooses("Modul", "Mitglieder")
    await katrin.types("Betreff", "Übersteht die Anmeldung")
    await katrin.types("Beschreibung", "Mühsam geschrieben.")
    await _loses_the_session(katrin, arrange)
    await katrin.presses("Ticket erstellen")
    await katrin.sees_heading("Anmelden")
    await katrin.signs_in("user-nord", at="")
    await katrin.is_on("/tickets/new")
    await katrin.reads_in("Betreff", "Übersteht die Anmeldung")
    await katrin.reads_in("Beschreibung", "Mühsam geschrieben.")
    await katrin.presses("Ticket erstellen")
    await katrin.sees_heading(re.compile("Übersteht die Anmeldung"))


async def test_somebody_else_does_not_find_the_text_after_the_end_of_the_session(
    visit: Visit, arrange: Arrange
) -> None:
    number = arrange.ticket(subject="Fremder Text")
    katrin = await visit()
    await katrin.signs_in("user-nord", at=f"/tickets/{number}")
    await katrin.types("Nachricht", "Nur für mich.")
    await _loses_the_session(katrin, arrange)
    await katrin.presses("Nachricht senden")
    await katrin.sees_heading("Anmelden")
    await katrin.signs_in("edv-nord", at="")
    await katrin.is_on(f"/tickets/{number}")
    await katrin.reads_in("Nachricht", "")


async def test_the_live_list_leads_to_the_sign_in_when_the_session_has_ended(visit: Visit, arrange: Arrange) -> None:
    torben = await visit()
    await torben.signs_in("edv-nord", at="/tickets")
    await _loses_the_session(torben, arrange)
    await torben.types("Volltextsuche", "seminar")
    await torben.sees_heading("Anmelden")
    await expect(torben.rows()).to_have_count(0)


async def test_back_after_signing_out_shows_nothing_private(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Vertraulich", body="Geheime Mitgliedsnummer")
    katrin = await visit()
    await katrin.signs_in("user-nord", at="/tickets")
    await katrin.opens(f"/tickets/{number}")
    await katrin.types("Nachricht", "Angefangen.")
    await katrin.signs_out()
    await katrin.sees("Sie sind abgemeldet.")
    for _ in range(2):
        await katrin.page.go_back()
        await katrin.sees_heading("Anmelden")
        await katrin.does_not_see("Vertraulich", "Geheime Mitgliedsnummer")
    assert "draft" not in await katrin.page.evaluate("Object.keys(sessionStorage).join()")
