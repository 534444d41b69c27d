"""The report as a page and as an Excel file."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from quart import Blueprint, Response, request

from app import clock
from app.database import Row
from app.documents.charts import Chart, Series, Token, bar_chart, column_chart, number
from app.documents.child import in_child
from app.documents.excel import Column, Sheet, workbook
from app.domain import journal, report, search
from app.domain.flow import category_label, status_label, status_token
from app.domain.report import AGES, PERIODS, Report, ReportFilter
from app.language import ZONE, format_date, format_datetime, translate
from app.web.guard import client_address, me
from app.web.respond import download, fragments, page, wants_fragments

blueprint = Blueprint("report", __name__)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BARS = 12


@blueprint.get("/report")
async def index() -> Response:
    """The report; only what the filter changes when htmx asks."""
    choices = await search.choices(me())
    filter = ReportFilter.read(request.args, choices)
    found = await report.make(me(), filter)
    context = _filter_context(filter, choices) | _numbers_context(found)
    if wants_fragments():
        return await fragments("report/_results.html", oob=("report/_export.html",), push=filter.url(), **context)
    return await page("report/index.html", **context)


@blueprint.get("/report.xlsx")
async def export() -> Response:
    """The same numbers as a workbook."""
    choices = await search.choices(me())
    filter = ReportFilter.read(request.args, choices)
    content = await in_child(workbook, _sheets(await report.make(me(), filter), choices))
    await journal.audit(me(), "exported", filter.url("/report.xlsx"), client_address())
    return download(content, translate("Report.xlsx"), XLSX)


def _filter_context(filter: ReportFilter, choices: Sequence[Row]) -> dict[str, Any]:
    def offered(kind: str, chosen: int | None) -> list[dict[str, Any]]:
        return [
            {"id": row["id"], "name": row["name"], "checked": row["id"] == chosen}
            for row in choices if row["kind"] == kind
        ]  # fmt: skip

    return {
        "periods": [
            {"value": weeks, "label": translate("%(n)s Wochen", n=weeks), "checked": weeks == filter.weeks}
            for weeks in PERIODS
        ],
        "modules": offered("module", filter.module),
        "organisations": offered("organisation", filter.organisation),
        "filter_set": filter != ReportFilter(),
        "export_url": filter.url("/report.xlsx"),
    }


def _numbers_context(found: Report) -> dict[str, Any]:
    def url(**more: Any) -> str:
        return found.filter.tickets_url(me(), **more)

    return {
        "report": found,
        "since": datetime.combine(found.weeks[0].monday, datetime.min.time(), ZONE),
        "open_url": url(),
        "escalated": {"url": url(escalated=True), "share": _share(found.escalated, found.open)},
        "high": {"url": url(priority="high"), "share": _share(found.high, found.open)},
        "ages": _age_labels(),
        "statuses": [
            {
                "label": status_label(status), "token": status_token(status), "counts": counts, "open": sum(counts),
                "url": found.filter.tickets_url(me(), (status,)),
            }
            for status, counts in found.by_status.items()
        ],
        "modules_found": [row | {"url": url(modules=(row["id"],))} for row in found.by_module],
        "categories_found": [
            row | {"name": category_label(row["id"]), "url": url(category=row["id"])} for row in found.by_category
        ],
        "charts": _charts(found),
    }  # fmt: skip


def _share(part: int, whole: int) -> str:
    return f"{number(100 * part / whole)} %" if whole else ""


def _age_labels() -> list[str]:
    return [
        translate("bis %(n)s Tage", n=days) if days else translate("über %(n)s Tage", n=max(filter(None, AGES)))
        for days in AGES
    ]


def _charts(found: Report) -> dict[str, Chart]:
    tokens: dict[str, Token] = {"it": "it", "user": "user", "vendor": "vendor"}
    return {
        "ages": column_chart(
            "ages", translate("Offene Tickets nach Alter"), translate("Alter"), _age_labels(),
            [Series(status_label(s), tokens[status_token(s)], counts) for s, counts in found.by_status.items()],
            stacked=True,
        ),
        "weeks": column_chart(
            "weeks", translate("Erstellt und geschlossen je Woche"), translate("Woche"),
            [_week(week.monday) for week in found.weeks],
            [
                Series(translate("Erstellt"), "accent", [week.created for week in found.weeks]),
                Series(translate("Geschlossen"), "done", [week.closed for week in found.weeks]),
            ],
        ),
        "modules": bar_chart(
            "modules", translate("Offene Tickets nach Modul"), translate("Modul"),
            [(row["name"], row["open"]) for row in found.by_module[:BARS]], measure=translate("Offen"),
        ),
        "categories": bar_chart(
            "categories", translate("Offene Tickets nach Kategorie"), translate("Kategorie"),
            [(category_label(row["id"]), row["open"]) for row in found.by_category], measure=translate("Offen"),
        ),
    }  # fmt: skip


def _week(monday: Any) -> str:
    return translate("KW %(n)s", n=monday.isocalendar().week)


def _sheets(found: Report, choices: Sequence[Row]) -> list[Sheet]:
    name, week = Column(translate("Bezeichnung"), 30), Column(translate("Woche"), 14)
    created, closed = Column(translate("Erstellt"), 12, "number"), Column(translate("Geschlossen"), 14, "number")
    opened, day = Column(translate("Offen"), 12, "number"), Column(translate("Beginn"), 18, "date")
    ages = [Column(label, 14, "number") for label in _age_labels()]
    return [
        Sheet(translate("Report"), [name, Column(translate("Anzahl"), 12, "number")], [
            (translate("Offen"), found.open), (translate("Davon eskaliert"), found.escalated),
            (translate("Davon hohe Priorität"), found.high), (translate("Erstellt im Zeitraum"), found.created),
            (translate("Geschlossen im Zeitraum"), found.closed),
        ]),
        Sheet(translate("Offen nach Status und Alter"), [Column(translate("Status"), 30), opened, *ages], [
            (status_label(status), sum(counts), *counts) for status, counts in found.by_status.items()
        ]),
        Sheet(translate("Je Woche"), [week, day, created, closed], [
            (f"{_week(week.monday)}/{week.monday.isocalendar().year}", _noon_less(week.monday), week.created, week.closed)
            for week in found.weeks
        ]),
        Sheet(translate("Nach Modul"), [Column(translate("Modul"), 30), opened, created, closed], [
            (row["name"], row["open"], row["created"], row["closed"]) for row in found.by_module
        ]),
        Sheet(translate("Nach Kategorie"), [Column(translate("Kategorie"), 30), opened, created, closed], [
            (category_label(row["id"]), row["open"], row["created"], row["closed"]) for row in found.by_category
        ]),
        Sheet(translate("Filter"), [Column(translate("Angabe"), 24), Column(translate("Wert"), 70)], _facts(found, choices)),
    ]  # fmt: skip
