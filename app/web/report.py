"""The report as a page and as an Excel file."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from quart import Blueprint, Response, request

from app import clock
from app.database import Row, atomic
from app.documents.charts import Chart, Series, bar_chart, column_chart
from app.documents.child import in_child
from app.documents.excel import Chip, Column, Sheet, workbook
from app.domain import journal, report, search
from app.domain.flow import STATUS_TOKENS, category_label, status_label, status_token
from app.domain.report import AGES, PERIODS, Report, ReportFilter
from app.language import format_date, format_datetime, format_number, local, midnight, translate
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
    async with atomic():
        await journal.audit(me(), "exported", filter.url("Report.xlsx"), client_address())
    return download(content, f"Report {local(clock.now()):%Y-%m-%d}.xlsx", XLSX)


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
        "since": midnight(found.weeks[0].monday),
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
    return translate("%(n)s %%", n=format_number(100 * part / whole)) if whole else ""


def _age_labels() -> list[str]:
    limits = [days for days in AGES if days]
    return [
        translate("bis %(n)s Tage", n=limits[0]),
        *(translate("%(m)s–%(n)s Tage", m=m, n=n) for m, n in pairwise(limits)),
        translate("über %(n)s Tage", n=limits[-1]),
    ]


def _charts(found: Report) -> dict[str, Chart]:
    return {
        "ages": column_chart(
            "ages", translate("Offene Tickets nach Alter"), translate("Alter"), _age_labels(),
            [Series(status_label(s), STATUS_TOKENS[s], counts) for s, counts in found.by_status.items()],
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


def _week(monday: date) -> str:
    return translate("KW %(n)s", n=monday.isocalendar().week)


def _sheets(found: Report, choices: Sequence[Row]) -> list[Sheet]:
    """One sheet per table of the page, and „Filter“."""
    return [
        Sheet(translate("Report"), [_text("Angabe"), _number("Tickets")], [
            (translate("Offen"), found.open), (translate("Davon eskaliert"), found.escalated),
            (translate("Davon hohe Priorität"), found.high), (translate("Erstellt im Zeitraum"), found.created),
            (translate("Geschlossen im Zeitraum"), found.closed),
        ]),
        Sheet(translate("Status und Alter"), [_text("Status"), _number("Offen"), *map(_number, _age_labels())], [
            (Chip(status_label(status), status_token(status)), sum(counts), *counts)
            for status, counts in found.by_status.items()
        ]),
        _weeks_sheet(found),
        _groups_sheet("Nach Modul", "Modul", [(row["name"], row) for row in found.by_module]),
        _groups_sheet("Nach Kategorie", "Kategorie", [(category_label(row["id"]), row) for row in found.by_category]),
        Sheet(translate("Filter"), [_text("Angabe"), _text("Wert")], _facts(found.filter, choices)),
    ]  # fmt: skip


def _weeks_sheet(found: Report) -> Sheet:
    columns = [
        _text("Woche", 14), Column(translate("Beginn"), 18, "date"), _number("Erstellt"), _number("Geschlossen"),
    ]  # fmt: skip
    return Sheet(translate("Je Woche"), columns, [
        (f"{_week(week.monday)}/{week.monday.isocalendar().year}", midnight(week.monday), week.created, week.closed)
        for week in found.weeks
    ])  # fmt: skip


def _groups_sheet(title: str, heading: str, groups: Sequence[tuple[str, Row]]) -> Sheet:
    columns = [_text(heading), _number("Offen"), _number("Erstellt"), _number("Geschlossen")]
    return Sheet(
        translate(title), columns, [(name, row["open"], row["created"], row["closed"]) for name, row in groups]
    )


def _text(title: str, width: float = 34) -> Column:
    return Column(translate(title), width)


def _number(title: str) -> Column:
    return Column(translate(title), 16, "number")


def _facts(filter: ReportFilter, choices: Sequence[Row]) -> list[tuple[str, str]]:
    """What the sheet „Filter“ says: what, who, when."""
    names = {(row["kind"], row["id"]): row["name"] for row in choices}
    every, since = translate("alle"), format_date(midnight(filter.first_days()[0]))
    found = [
        ("Zeitraum", translate("%(n)s Wochen, ab %(since)s", n=filter.weeks, since=since)),
        ("Modul", names.get(("module", filter.module), every)),
    ]
    if me().is_staff:
        found.append(("Organisation", names.get(("organisation", filter.organisation), every)))
    found += [
        ("Erstellt von", f"{me().name}, {me().organisation.name}"),
        ("Erstellt am", format_datetime(clock.now())),
    ]
    return [(translate(label), value) for label, value in found]
