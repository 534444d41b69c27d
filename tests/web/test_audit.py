"""„Protokoll“: what admins read of it, and that opening a file is written there once."""

from datetime import timedelta

import pytest

from app import clock
from app.domain import journal
from app.domain.audit import PAGE
from app.domain.models import AuditEntry
from tests.cast import PDF, PNG, Cast, Portal, text
from tests.web.reading import counted, look


@pytest.fixture
async def admin(portal: Portal) -> Portal:
    return await portal.sign_in("admin")


async def test_the_page_says_who_did_what_when_and_from_where(admin: Portal, cast: Cast) -> None:
    await journal.audit(cast.user, "exported", "#1042.pdf", "192.0.2.7")
    await journal.audit(None, "sign_in_failed", "<b>root</b>", "198.51.100.9")
    page = await look(admin, "/staff/audit")
    assert "Protokoll" in page.headings
    rows = [" ".join(one.text_content().split()) for one in page.all(".//tbody/tr")]
    assert rows[0].endswith("Anmeldung fehlgeschlagen: <b>root</b> – 198.51.100.9")
    assert rows[1].endswith("Ute Petersen hat exportiert: #1042.pdf user-nordVerband Nord 192.0.2.7")
    assert rows[2].endswith("Anna Winter hat sich angemeldet adminUNIPLUS 127.0.0.1")
    assert "3 Einträge" in page.root.text_content()
    assert {"Alles", "Anmeldungen", "Konten und Rechte", "Freigaben", "Exporte", "Geöffnete Anhänge", "Datenschutz",
            "X3", "E-Mails", "Vom", "Bis zum", "Suche"} <= set(page.fields)  # fmt: skip


async def test_the_filter_stands_in_the_address_and_in_the_form(admin: Portal, cast: Cast) -> None:
    await journal.audit(cast.user, "exported", "#1042.pdf")
    form = (await look(admin, "/staff/audit")).form("Suchen")
    answer = await form.send(admin, q="petersen", kind="exports")
    page = await look(admin, str(answer.url))
    assert [one.text_content() for one in page.all(".//tbody//b")] == ["Ute Petersen"]
    assert page.fields["Exporte"].get("checked") is not None
    assert page.fields["Suche"].get("value") == "petersen"
    assert page.links["Filter zurücksetzen"] == "/staff/audit"
    nothing = await look(admin, "/staff/audit?q=petersen&until=2001-01-01")
    assert "Dazu steht nichts im Protokoll." in nothing.root.text_content()
    assert nothing.links["Alles zeigen"] == "/staff/audit"


async def test_htmx_gets_the_entries_only_and_the_address(admin: Portal) -> None:
    answer = await admin.live("/staff/audit?q=&kind=sign-in&from=&until=", target="audit-results")
    assert answer.text.lstrip().startswith('<section id="audit-results"')
    assert answer.headers["HX-Push-Url"] == "/staff/audit?kind=sign-in"


async def test_older_entries_are_a_page_away_in_one_statement(
    admin: Portal, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = clock.now() - timedelta(days=2)
    await AuditEntry.bulk_create([
        AuditEntry(actor=cast.user, kind="signed_in", created_at=start + timedelta(minutes=n)) for n in range(PAGE + 1)
    ])  # fmt: skip
    page = await look(admin, "/staff/audit?q=petersen")
    assert f"Die neuesten {PAGE} Einträge" in page.root.text_content()
    with counted(monkeypatch) as statements:
        older = await look(admin, page.links["Ältere Einträge"])
    assert len(statements) == 1
    assert "Ein älterer Eintrag" in older.root.text_content()
    assert "Ältere Einträge" not in older.links
    assert older.links["Zu den neuesten"] == "/staff/audit?q=petersen"
    beyond = await look(admin, "/staff/audit?before=1000000-1")
    assert "Ältere Einträge gibt es nicht." in beyond.root.text_content()


@pytest.mark.parametrize("query", [
    "before=%00", "before=99999999999999999999-1", "from=%00&until=x", "kind=%00", "q=%00", "q=" + "x%20" * 100,
    "q=%25%5f%5c'%22--", "from=2999-12-31&until=2000-01-01",
])  # fmt: skip
async def test_no_address_makes_an_error(admin: Portal, query: str) -> None:
    assert (await admin.get(f"/staff/audit?{query}")).status_code == 200


async def test_only_admins_are_shown_the_way(portal: Portal, cast: Cast) -> None:
    for who in ("user", "edv", "staff", "admin"):
        await portal.sign_in(who)
        assert ("/staff/audit" in (await look(portal, "/")).links.values()) == (who == "admin")


async def opened() -> list[tuple[int, str]]:
    return [(one.actor_id, one.subject)  # type: ignore[attr-defined]
            for one in await AuditEntry.filter(kind="attachment_opened").order_by("id")]  # fmt: skip


async def test_who_opens_a_file_is_written_down_once_in_half_an_hour(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", files=[await cast.file(), await cast.file("b.pdf", PDF)], handed_over=True)
    expected = []
    for who in ("edv", "staff"):
        await portal.sign_in(who)
        for _ in range(3):
            for path in ("1", "1?preview=1", "2"):
                assert (await portal.get(f"/tickets/{number}/attachments/{path}")).status_code == 200
        id = cast.person(who).id
        expected += [(id, f"#{number} bild.png (1)"), (id, f"#{number} b.pdf (2)")]
    assert await opened() == expected
    entry = await AuditEntry.filter(kind="attachment_opened").first()
    assert entry
    assert entry.address == "127.0.0.1"
    with clock.at(clock.now() + timedelta(minutes=31)):
        await portal.get(f"/tickets/{number}/attachments/1")
    assert len(await opened()) == len(expected) + 1


async def test_who_gets_nothing_leaves_nothing(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", files=[await cast.file("a.png", PNG)])
    await portal.get(f"/tickets/{number}/attachments/1")
    for who in ("stranger", "staff"):
        await portal.sign_in(who)
        assert (await portal.get(f"/tickets/{number}/attachments/1")).status_code == 404
    await portal.sign_in("user")
    await portal.head(f"/tickets/{number}/attachments/1")
    assert await opened() == []


async def test_the_vendors_log_does_not_name_files_that_the_vendor_may_not_see(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", files=[await cast.file("Kündigung.png")])
    await cast.note("edv", number, "Nur für uns", files=[await cast.file("Gehälter.png")])
    await portal.sign_in("edv")
    await portal.get(f"/tickets/{number}/attachments/1")
    await cast.set(number, handed_over=True)
    await portal.get(f"/tickets/{number}/attachments/2")
    await portal.sign_in("admin")
    shown = text(await portal.get("/staff/audit?kind=files"))
    assert f"#{number} (1)" in shown
    assert f"#{number} (2)" in shown
    assert "Kündigung" not in shown
    assert "Gehälter" not in shown
