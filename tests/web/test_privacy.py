"""What the vendor's admins do for data protection: pseudonyms, retention, `security.txt`, the log of exports."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from app import clock
from app.config import Settings
from app.domain import retention
from app.domain.models import AuditEntry, Organisation, Person, Status
from app.main import create_app
from tests.cast import PASSWORD, Cast, Portal, text
from tests.web.reading import Page, follow, look, words


async def test_an_admin_sees_what_will_change_and_then_does_it(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", subject="Ute Petersen fragt", handed_over=True)
    await cast.note("edv", number, "Ute Petersen schon wieder")
    place = f"/staff/people/{cast.user.id}"
    await portal.sign_in("admin")
    account = await look(portal, place)
    page = await look(portal, account.links["Pseudonymisieren"])
    assert page.headings[0] == "Ute Petersen pseudonymisieren?"
    assert "heißt danach überall „Ehemaliger Benutzer 1“" in words(page.root)
    assert page.facts()["Gemeldete Tickets"] == "1"
    assert [words(row) for row in page.all(".//tbody/tr")] == [f"#{number}1"]
    form = page.form("Endgültig pseudonymisieren")
    assert form.value("terms").splitlines() == [
        "Ute Petersen", "Petersen, Ute", "user-nord", "user@nord.example",
    ]  # fmt: skip
    again = Page(await form.send(portal, texts="1", terms="fragt\nschon wieder", deed="preview"))
    assert "1 Fundstelle" in words(again.root)
    assert again.fields["auch den Namen in Texten ersetzen"].get("checked") is not None
    for wrong, where in (({"password": "falsch"}, "password"), ({"terms": "ab", "password": PASSWORD}, "terms")):
        answer = await form.send(portal, texts="1", deed="go", **wrong)
        assert answer.status_code == 422
        assert where in Page(answer).errors()
    assert (await Person.get(id=cast.user.id)).active
    done = await follow(portal, await form.send(portal, texts="1", deed="go", password=PASSWORD))
    assert done.headings[0] == "Ehemaliger Benutzer 1"
    assert "pseudonymisiert" in words(done.root)
    assert "Petersen" not in done.root.text_content()
    assert not {"Pseudonymisieren", "Wieder aktivieren"} & set(done.links)
    twice = await form.send(portal, texts="1", deed="go", password=PASSWORD)
    assert twice.headers["Location"].startswith(place)
    for path in ("/tickets?q=petersen", "/staff/people", f"/tickets/{number}", "/staff/audit?q=petersen"):
        assert "Ute Petersen" not in (await portal.get(path)).text, path
    people = await look(portal, "/staff/people")
    assert "Ehemaliger Benutzer 1 – " in words(people.root)
    assert (await portal.get(f"{place}/pseudonym")).status_code == 403


async def test_the_sentence_says_why_somebody_cannot_be_let_go_of(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("admin")
    own = await portal.get(f"/staff/people/{cast.admin.id}/pseudonym")
    assert own.status_code == 403
    assert "kann nur ein anderer Administrator" in text(own)
    page = await look(portal, f"/staff/people/{cast.staff.id}/pseudonym")
    assert "Stefan Kramer ist noch zuständig." in words(page.root)
    assert "Endgültig pseudonymisieren" not in page.buttons
    assert page.links["Zuständigkeiten übergeben"] == f"/staff/people/{cast.staff.id}/deactivation"
    refused = await portal.send_form(f"/staff/people/{cast.staff.id}/pseudonym", deed="go", password=PASSWORD, terms="")
    assert refused.status_code == 422
    assert (await Person.get(id=cast.staff.id)).active


async def test_a_pseudonym_is_what_pdf_excel_and_own_edv_show(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("admin")
    form = (await look(portal, f"/staff/people/{cast.user.id}/pseudonym")).form("Endgültig pseudonymisieren")
    await form.send(portal, deed="go", password=PASSWORD)
    await portal.sign_in("edv")
    ticket = await look(portal, f"/tickets/{number}")
    assert ticket.facts()["Gemeldet von"].startswith("Ehemaliger Benutzer 1")
    assert "Petersen" not in ticket.root.text_content()
    listed = await look(portal, "/organisation/people")
    assert "Ehemaliger Benutzer 1" in words(listed.root)
    shown = await look(portal, f"/organisation/people/{cast.user.id}")
    assert "Petersen" not in shown.root.text_content()
    assert not [one for one in shown.buttons if "speichern" in one]


async def test_retention_is_asked_about_set_shown_and_reported(portal: Portal, cast: Cast) -> None:
    old = datetime.now(UTC) - timedelta(days=500)
    number = await cast.ticket("user", handed_over=True)
    await cast.set(number, status=Status.CLOSED, closed_at=old, updated_at=old)
    await portal.sign_in("admin")
    organisation = await look(portal, f"/staff/organisations/{cast.nord.id}")
    page = await look(portal, organisation.links["Fristen ändern"])
    form = page.form("Fristen speichern")
    for wrong in ("0", "-1", "zwölf", "241", "1.5"):
        answer = await form.send(portal, closed=wrong)
        assert answer.status_code == 422
        assert "ganze Zahl" in Page(answer).errors()["closed"]
    asked = Page(await form.send(portal, closed="12", deleted="1"))
    assert asked.headings == ["Diese Fristen für Verband Nord setzen?"]
    assert "In der nächsten Nacht: 1 Ticket." in words(asked.root)
    assert (await Organisation.get(id=cast.nord.id)).closed_months is None, "asked first"
    saved = await follow(portal, await asked.form("Fristen setzen").send(portal))
    assert [saved.fields[label].get("value") for label in (
        "Geschlossene Tickets löschen nach … Monaten", "Gelöschte Tickets endgültig entfernen nach … Monaten",
    )] == ["12", "1"]  # fmt: skip
    assert f"#{number}" in saved.links
    overtaken = await form.send(portal, closed="", deleted="")
    assert overtaken.status_code == 409
    report = await look(portal, "/staff/retention")
    assert "Verband Nord nach 12 Monaten 1 Ticket" in words(report.root)
    assert "Noch ist nichts gegangen." in words(report.root)
    await retention.sweep(cast.storage)
    with clock.at(clock.now() + timedelta(days=40)):
        await retention.sweep(cast.storage)
    log = (await look(portal, "/staff/retention")).all(".//table")[-1]
    went = [words(row) for row in log.xpath(".//tbody/tr")]
    assert re.search(rf"endgültig entfernt: Verband Nord, seit 1 Monat gelöscht: #{number}$", went[0])
    assert re.search(rf"gelöscht: Verband Nord, seit 12 Monaten geschlossen: #{number}$", went[1])
    assert (await portal.get(f"/tickets/{number}")).status_code == 404
    again = (await look(portal, f"/staff/organisations/{cast.nord.id}/retention")).form("Fristen speichern")
    await follow(portal, await again.send(portal, closed="", deleted=""))
    assert (await Organisation.get(id=cast.nord.id)).deleted_months is None


async def test_the_log_has_exports_and_privacy_as_kinds_of_their_own(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("user")
    await portal.get("/tickets/export.xlsx")
    data = (await look(portal, "/settings")).form("Meine Daten herunterladen")
    assert (await data.send(portal)).status_code == 200
    await portal.sign_in("admin")
    shown = [words(row) for row in (await look(portal, "/staff/audit?kind=exports")).all(".//tbody/tr")]
    assert len(shown) == 2
    assert all("Ute Petersen" in row and "192.0.2" not in row for row in shown)
    assert await AuditEntry.filter(kind__in=("exported", "data_downloaded"), address="127.0.0.1").count() == 2
    privacy = (await look(portal, "/staff/audit?kind=privacy")).all(".//tbody/tr")
    assert ["Daten heruntergeladen" in words(row) for row in privacy] == [True]


async def test_security_txt_says_whom_to_tell(portal: Portal, settings: Settings) -> None:
    answer = await portal.get("/.well-known/security.txt")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "set-cookie" not in answer.headers
    said = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert said["Contact"] == f"mailto:{settings.sender}"
    assert said["Canonical"] == f"{settings.base_url}/.well-known/security.txt"
    assert said["Preferred-Languages"] == "de, en"
    expires = datetime.fromisoformat(said["Expires"])
    assert timedelta(days=30) < expires - clock.now() < timedelta(days=365)
    assert (await portal.get("/.well-known/security.txt")).text == answer.text


@pytest.mark.sqlite_only
async def test_an_operators_contact_imprint_and_privacy_statement_are_named(settings: Settings, cast: Cast) -> None:
    named = Settings.from_environment({
        "PORTAL_DATA_DIR": str(settings.data_dir), "PORTAL_SECURITY_CONTACT": "https://firma.example/sicherheit",
        "PORTAL_IMPRINT_URL": "https://firma.example/impressum", "PORTAL_PRIVACY_URL": "https://firma.example/datenschutz",
    })  # fmt: skip
    async with Portal(create_app(named), cast) as portal:
        assert "Contact: https://firma.example/sicherheit\n" in (await portal.get("/.well-known/security.txt")).text
        links = (await look(portal, "/login")).links
        assert links["Impressum"] == "https://firma.example/impressum"
        assert links["Datenschutz"] == "https://firma.example/datenschutz"
