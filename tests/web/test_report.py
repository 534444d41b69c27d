"""The report as a page and as an Excel file: heading, numbers, links, and only what the reader may see."""

import html
import re
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from pypdf import PdfReader

from app import clock
from app.database import atomic, rows
from app.domain import turns
from app.domain.models import AuditEntry, Category, Priority, Status
from tests.cast import Cast, Portal, text
from tests.web.reading import Page, look

FIGURE = re.compile(r"<dt>([^<]+)</dt><dd[^>]*>(?:<a href=\"([^\"]*)\"[^>]*>)?(\d+)")


def figures(page: str) -> dict[str, int]:
    """The large numbers by their words."""
    return {label: int(number) for label, _url, number in FIGURE.findall(page)}


async def history(cast: Cast) -> None:
    """For the EDV: three open (one escalated, one high), one closed; for the stranger: one open, handed over."""
    await cast.ticket("user", escalated=True)
    await cast.ticket("edv", module=cast.seminars, priority=Priority.HIGH, category=Category.INCIDENT)
    await cast.ticket("user", status=Status.VENDOR_REVIEW, handed_over=True)
    await cast.move("user", await cast.ticket("user"), "close")
    await cast.ticket("user", deleted=True, handed_over=True)
    await cast.ticket("stranger", release=False, status=Status.VENDOR_REVIEW, handed_over=True)
    async with atomic():
        await turns.rebuild([row["number"] for row in await rows("SELECT number FROM ticket")])


@pytest.mark.parametrize(
    ("who", "expected"),
    [("edv", (3, 1, 1, 4, 1)), ("user", (2, 1, 0, 3, 1)), ("colleague", None), ("staff", (2, 0, 0, 2, 0)),
     ("stranger", (1, 0, 0, 1, 0)), ("reader", (2, 1, 0, 3, 1))],
)  # fmt: skip
async def test_everybody_reads_their_own_numbers(
    portal: Portal, cast: Cast, who: str, expected: tuple[int, ...] | None
) -> None:
    await history(cast)
    page = await (await portal.sign_in(who)).get("/report")
    assert page.status_code == 200
    assert "<h1>Report</h1>" in page.text
    assert tuple(figures(page.text).values()) == (expected or ())
    if expected is None:
        assert "keine Tickets" in text(page)


async def test_a_number_is_a_link_to_its_tickets(portal: Portal, cast: Cast) -> None:
    await history(cast)
    await portal.sign_in("edv")
    page = (await portal.get("/report")).text
    links = re.findall(r'<a href="(/tickets\?[^"]*)"( aria-label="[^"]*")>([\d.,]+)</a>', page)
    counts = [(html.unescape(url), number) for url, label, number in links if not re.search("Std|stunden", label)]
    assert len(counts) >= 30
    for url, number in dict(counts).items():
        assert len((await look(portal, url)).numbers()) == int(number), url


async def test_the_filter_narrows_everything(portal: Portal, cast: Cast) -> None:
    await history(cast)
    await portal.sign_in("edv")
    page = await portal.get(f"/report?weeks=4&module={cast.seminars.id}")
    assert tuple(figures(page.text).values()) == (1, 0, 1, 1, 0)
    assert f'href="/report.xlsx?weeks=4&amp;module={cast.seminars.id}"' in page.text
    assert re.search(r'name="weeks" value="4" checked', page.text)


async def test_what_is_not_ones_own_changes_nothing_in_the_filter(portal: Portal, cast: Cast) -> None:
    await history(cast)
    await portal.sign_in("edv")
    bare = figures((await portal.get("/report")).text)
    for query in (
        f"organisation={cast.sued.id}", f"module={cast.finance.id}", "module=999999999999", "module=", "weeks=0",
        "weeks=%00",
    ):  # fmt: skip
        page = await portal.get(f"/report?{query}")
        assert page.status_code == 200
        assert figures(page.text) == bare, query
        assert "Kammer Süd" not in page.text


async def test_only_staff_choose_an_organisation(portal: Portal, cast: Cast) -> None:
    await history(cast)
    assert 'name="organisation"' not in (await (await portal.sign_in("edv")).get("/report")).text
    page = await (await portal.sign_in("staff")).get(f"/report?organisation={cast.nord.id}")
    assert 'name="organisation"' in page.text
    assert tuple(figures(page.text).values()) == (1, 0, 0, 1, 0)


async def test_htmx_gets_the_numbers_and_the_address(portal: Portal, cast: Cast) -> None:
    await history(cast)
    await portal.sign_in("edv")
    answer = await portal.live("/report?weeks=26&module=", target="report-results")
    assert answer.headers["HX-Push-Url"] == "/report?weeks=26"
    assert answer.text.lstrip().startswith('<section id="report-results"')
    assert '<div class="push" id="report-export" hx-swap-oob="true">' in answer.text
    assert 'href="/report.pdf?weeks=26"' in answer.text
    assert 'id="report-period"' not in answer.text  # what is being typed there stays
    typed = await portal.live("/report?from=2026-01-07&until=2026-01-20&weeks=12", target="report-results")
    assert typed.headers["HX-Push-Url"] == "/report?from=2026-01-05&until=2026-01-25"
    assert 'name="weeks" value="2026-01-05/2026-01-25" checked' in typed.text
    assert "<h1>" not in answer.text


async def test_hours_lead_to_the_tickets_that_they_were_spent_on(portal: Portal, cast: Cast) -> None:
    await history(cast)
    with clock.at(clock.now() + timedelta(days=7)):  # so that every side has had some working time
        await portal.sign_in("edv")
        links = (await look(portal, "/report")).links
        hours = {url for label, url in links.items() if ", Arbeitsstunden: " in label}
        tickets = {url for label, url in links.items() if ", Tickets: " in label}
        assert len(hours) == 2
        assert hours == tickets


async def test_what_the_list_was_asked_for_is_said_and_can_be_taken_off(portal: Portal, cast: Cast) -> None:
    await history(cast)
    await portal.sign_in("edv")
    answer = await portal.get("/tickets?status=all&event=created&from=2020-01-06&until=2020-01-12&age=7")
    page, said = Page(answer), text(answer)
    assert page.numbers() == []
    assert "Erstellt 06.01.2020 – 12.01.2020" in said
    assert "Alter: 2–7 Tage" in said
    form = page.form("Filter anwenden")
    assert (form.value("event"), form.value("from"), form.value("until")) == ("created", "2020-01-06", "2020-01-12")


async def test_the_pdf_says_what_the_page_says(portal: Portal, cast: Cast) -> None:
    await history(cast)
    await portal.sign_in("staff")
    answer = await portal.get(f"/report.pdf?weeks=4&organisation={cast.nord.id}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    pages = PdfReader(BytesIO(answer.content)).pages
    said = "\n".join(page.extract_text() for page in pages)
    for words in ("Report", "Was offen ist", "Wo die Zeit blieb", "Nach Organisation", "Verband Nord", "Seite 1 von"):
        assert words in said
    assert "Kammer Süd" not in said
    links = [link["/A"]["/URI"] for page in pages for link in page.get("/Annots", []) if "/A" in link]
    assert any("event=created" in link for link in links)
    entry = await AuditEntry.filter(kind="exported").get()
    assert entry.subject == f"Report.pdf?weeks=4&organisation={cast.nord.id}"


async def test_a_ticket_says_where_its_time_went_to_both_sides(portal: Portal, cast: Cast) -> None:
    with clock.at(datetime(2026, 11, 3, 8, 0, tzinfo=UTC)):
        number = await cast.ticket("user")
    with clock.at(datetime(2026, 11, 3, 11, 0, tzinfo=UTC)):
        await cast.move("edv", number, "handover")
    with clock.at(datetime(2026, 11, 3, 12, 30, tzinfo=UTC)):
        await cast.move("staff", number, "close")
    for who in ("user", "staff"):
        said = text(await (await portal.sign_in(who)).get(f"/tickets/{number}"))
        assert "Wo die Zeit blieb EDV 3 Std. UNIPLUS 1 Std. 30 Min. Arbeitszeit" in " ".join(said.split())


@pytest.mark.parametrize("path", ["/report", "/report.xlsx", "/report.pdf"])
async def test_nobody_reads_it_without_signing_in(portal: Portal, path: str) -> None:
    answer = await portal.get(path)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/login?next=")


async def sheets(portal: Portal, path: str) -> dict[str, list[tuple[Any, ...]]]:
    answer = await portal.get(path)
    assert answer.status_code == 200
    assert ".xlsx" in answer.headers["Content-Disposition"]
    book = openpyxl.load_workbook(BytesIO(answer.content))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


async def test_excel_holds_the_same_numbers(portal: Portal, cast: Cast) -> None:
    await history(cast)
    await portal.sign_in("edv")
    book = await sheets(portal, "/report.xlsx?weeks=4")
    assert [number for _label, number in book["Report"][1:]] == [3, 1, 1, 4, 1]
    assert [row[1] for row in book["Was offen ist"][1:]] == [2, 0, 1]
    assert [row[1:] for row in book["Wie es läuft"][1:]] == [(0, 0), (0, 0), (0, 0), (4, 1)]
    assert [row[:5] for row in book["Nach Modul"][1:]] == [("Mitglieder", 2, 3, 3, 1), ("Seminare", 1, 1, 1, 0)]
    assert [row[:5] for row in book["Nach Kategorie"][1:]] == [("Anfrage", 2, 3, 3, 1), ("Fehlermeldung", 1, 1, 1, 0)]
    assert len(book["Tickets"]) == 1 + 4
    assert "Organisation" not in book["Tickets"][0]
    facts = dict(book["Filter"][1:])
    assert facts["Erstellt von"] == "Erik Holm, Verband Nord"
    assert "Organisation" not in facts


async def test_excel_says_for_whom_staff_made_it_and_the_audit_log_knows(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("staff")
    book = await sheets(portal, f"/report.xlsx?organisation={cast.sued.id}")
    assert dict(book["Filter"][1:])["Organisation"] == "Kammer Süd"
    entry = await AuditEntry.filter(kind="exported").get()
    assert (entry.subject, await entry.actor) == (f"Report.xlsx?organisation={cast.sued.id}", cast.staff)
