"""The report as a page and as an Excel file: heading, numbers, links, and only what the reader may see."""

import html
import re
from io import BytesIO
from typing import Any

import openpyxl
import pytest

from app.domain.models import AuditEntry, Category, Priority, Status
from tests.cast import Cast, Portal, text
from tests.web.reading import look

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
    links = re.findall(r'<a href="(/tickets\?[^"]*)"[^>]*>(\d+)</a>', page)
    assert len(links) >= 8
    for url, number in links:
        assert len((await look(portal, html.unescape(url))).numbers()) == int(number), url


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
    assert '<a class="button" id="report-export" href="/report.xlsx?weeks=26" hx-swap-oob="true">' in answer.text
    assert "<h1>" not in answer.text


async def test_what_does_not_exist_yet_is_not_shown(portal: Portal) -> None:
    assert "PDF-Export" not in (await (await portal.sign_in("edv")).get("/report")).text


@pytest.mark.parametrize("path", ["/report", "/report.xlsx"])
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
    assert [row[1] for row in book["Status und Alter"][1:]] == [2, 0, 1]
    assert [row[2:] for row in book["Je Woche"][1:]] == [(0, 0), (0, 0), (0, 0), (4, 1)]
    assert book["Nach Modul"][1:] == [("Mitglieder", 2, 3, 1), ("Seminare", 1, 1, 0)]
    assert book["Nach Kategorie"][1:] == [("Anfrage", 2, 3, 1), ("Fehlermeldung", 1, 1, 0)]
    facts = dict(book["Filter"][1:])
    assert facts["Erstellt von"] == "Erik Holm, Verband Nord"
    assert "Organisation" not in facts


async def test_excel_says_for_whom_staff_made_it_and_the_audit_log_knows(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("staff")
    book = await sheets(portal, f"/report.xlsx?organisation={cast.sued.id}")
    assert dict(book["Filter"][1:])["Organisation"] == "Kammer Süd"
    entry = await AuditEntry.filter(kind="exported").get()
    assert (entry.subject, await entry.actor) == (f"Report.xlsx?organisation={cast.sued.id}", cast.staff)
