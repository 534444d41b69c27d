"""PDF and Excel: exactly what the person sees, and nothing else."""

import io
from datetime import datetime

import openpyxl
import pypdf
import pytest

from app.domain.models import Status
from tests.cast import Cast, Portal
from tests.web.reading import look


async def sheets(portal: Portal, query: str = "") -> tuple[list[dict[str, object]], dict[str, str]]:
    """The rows of „Offene Tickets“ by heading, and the sheet „Filter“."""
    answer = await portal.get(f"/tickets/export.xlsx{query}")
    assert answer.status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["Offene Tickets", "Filter"]
    heads, *lines = book["Offene Tickets"].iter_rows(values_only=True)
    return [dict(zip(map(str, heads), line, strict=True)) for line in lines], {
        str(line[0]): str(line[1]) for line in book["Filter"].iter_rows(values_only=True)
    }


async def pdf(portal: Portal, number: int) -> str:
    """The words of a ticket's PDF."""
    answer = await portal.get(f"/tickets/{number}.pdf")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/pdf"
    return " ".join("\n".join(p.extract_text() for p in pypdf.PdfReader(io.BytesIO(answer.content)).pages).split())


async def test_excel_without_a_filter_has_all_open_tickets(portal: Portal, cast: Cast) -> None:
    made = {status: await cast.ticket("edv", status=status) for status in Status}
    await cast.ticket("edv", deleted=True)
    await portal.sign_in("edv")
    rows, facts = await sheets(portal)
    assert {row["Nummer"] for row in rows} == {n for status, n in made.items() if status != Status.CLOSED}
    assert facts["Erstellt von"] == "Erik Holm, Verband Nord"
    assert facts["Status"] == "Prüfung durch EDV, Prüfung durch User, Prüfung durch UNIPLUS"


@pytest.mark.parametrize("query", [
    "status=closed", "status=all&q=beitrag", "priority=high", "status=all&sort=number", "status=deleted", "q=1001",
    "status=all&escalated=1", "status=all&module=2", "status=all&scope=mine", "sort=number",
])  # fmt: skip
async def test_excel_is_exactly_the_filtered_list_in_its_order(portal: Portal, cast: Cast, query: str) -> None:
    await cast.ticket("edv", subject="Beitrag")
    await cast.ticket("user", subject="Sonst", priority="high", module=cast.seminars)
    await cast.ticket("user", subject="Beitrag", status=Status.CLOSED)
    await cast.ticket("user", subject="Beitrag", deleted=True)
    await cast.ticket("user", escalated=True)
    await portal.sign_in("edv")
    page = await look(portal, f"/tickets?{query}")
    export = page.links["Excel-Export"]
    rows, _ = await sheets(portal, export.removeprefix("/tickets/export.xlsx"))
    if "?" in export:
        assert [row["Nummer"] for row in rows] == page.numbers()


async def test_cells_are_typed(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("edv", files=[await cast.file()])
    await portal.sign_in("edv")
    (row,), _ = await sheets(portal)
    assert row["Nummer"] == number
    assert isinstance(row["Erstellt"], datetime)
    assert row["Anhänge"] == 1
    assert row["Betreff"] == "Beitragslauf bricht ab"


async def test_excel_shows_nothing_of_others(portal: Portal, cast: Cast) -> None:
    await cast.ticket("user", handed_over=True, status=Status.VENDOR_REVIEW)
    await cast.ticket("user")
    for who, many in (("stranger", 0), ("strange_edv", 0), ("colleague", 0), ("reader", 2), ("edv", 2), ("staff", 1)):
        await portal.sign_in(who)
        for query in ("?status=all", "?status=all&q=beitragslauf", "?status=all&organisation=1", "?q=1001"):
            rows, facts = await sheets(portal, query)
            assert len(rows) <= many, f"{who} {query}"
            assert who in ("reader", "edv", "staff", "colleague") or "Verband Nord" not in str(facts)


async def test_the_pdf_has_facts_correspondence_and_journal(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", subject="Größe prüfen", body="Erste Nachricht", files=[await cast.file()],
                               x3_context={"Maske": "Beitragslauf"})  # fmt: skip
    await cast.reply("edv", number, "Zweite Nachricht")
    await cast.move("edv", number, "handover")
    await portal.sign_in("user")
    shown = await pdf(portal, number)
    for piece in (f"#{number}", "Größe prüfen", "Prüfung durch UNIPLUS", "Ute Petersen", "Verband Nord",
                  "Erste Nachricht", "Zweite Nachricht", "bild.png", "Erik Holm hat das Ticket an UNIPLUS übergeben",
                  "Beitragslauf", "Seite 1 von"):  # fmt: skip
        assert piece in shown, piece
    assert f"Ticket {number}.pdf" in (await portal.get(f"/tickets/{number}.pdf")).headers["Content-Disposition"]


async def test_the_pdf_follows_the_audience(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", handed_over=True)
    await cast.note("staff", number, "Nur für den Hersteller", files=[await cast.file("intern.png")])
    await cast.note("edv", number, "Nur für den Verband")
    for who, sees in (("user", "Nur für den Verband"), ("staff", "Nur für den Hersteller")):
        await portal.sign_in(who)
        shown = await pdf(portal, number)
        assert [note for note in ("Nur für den Verband", "Nur für den Hersteller") if note in shown] == [sees]
        assert ("intern.png" in shown) is (who == "staff")


async def test_an_export_is_recorded_in_the_journal(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    await pdf(portal, number)
    page = await look(portal, f"/tickets/{number}")
    assert any("Ute Petersen hat das Ticket als PDF exportiert" in event for event in page.events())
