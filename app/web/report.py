"""The report as a page, as an Excel file and as a PDF."""

import asyncio
from typing import Any

from quart import Blueprint, Response, request

from app import clock
from app.database import atomic
from app.documents.child import in_child
from app.documents.excel import ROWS, workbook
from app.documents.report import ReportDocument, render_report, sheets
from app.domain import journal, report, search
from app.domain.report_filter import PERIODS, ReportFilter
from app.language import format_number, local, translate
from app.web.guard import client_address, me
from app.web.report_sheet import tickets_sheet
from app.web.report_view import View, filter_context
from app.web.respond import download, fragments, page, settings, wants_fragments

blueprint = Blueprint("report", __name__)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/report")
async def index() -> Response:
    """The report; only what the filter changes when htmx asks."""
    view = await _view()
    context: dict[str, Any] = filter_context(view.filter, view.choices, PERIODS) | {
        "report": view.found, "figures": view.figures(), "parts": view.parts(), "period": view.period(),
    }  # fmt: skip
    if wants_fragments():
        # The choice of a period changes by typing one; half a typed one is left alone.
        typed = ("report/_period.html",) if request.args.get("from") and request.args.get("until") else ()
        beside = ("report/_export.html", *typed)
        return await fragments("report/_results.html", oob=beside, push=view.filter.url(), **context)
    return await page("report/index.html", **context)


@blueprint.get("/report.xlsx")
async def excel() -> Response:
    """The same numbers as a workbook, with the tickets that they count."""
    view = await _view()
    found = await report.counted(me(), view.filter, ROWS + 1)
    document = view.document(settings().base_url, rows=None)
    tickets = await asyncio.to_thread(tickets_sheet, found, me(), settings().base_url)
    content = await in_child(workbook, sheets(_with_extent(document, len(found)), tickets))
    return await _exported(content, view.filter.url("Report.xlsx"), "xlsx", XLSX)


@blueprint.get("/report.pdf")
async def pdf() -> Response:
    """The same page as a PDF."""
    view = await _view()
    content = await in_child(render_report, view.document(settings().base_url))
    return await _exported(content, view.filter.url("Report.pdf"), "pdf", "application/pdf")


async def _view() -> View:
    choices = await search.choices(me())
    filter = ReportFilter.read(request.args, choices)
    return View(me(), await report.make(me(), filter, choices), choices)


async def _exported(content: bytes, subject: str, ending: str, content_type: str) -> Response:
    async with atomic():
        await journal.audit(me(), "exported", subject, client_address())
    return download(content, f"Report {local(clock.now()):%Y-%m-%d}.{ending}", content_type)


def _with_extent(document: ReportDocument, found: int) -> ReportDocument:
    """The facts with how many tickets are listed."""
    said = str(found) if found <= ROWS else translate("die neuesten %(n)s", n=format_number(ROWS))
    return document.with_fact(translate("Aufgezählte Tickets"), said)
