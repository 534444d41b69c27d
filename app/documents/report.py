"""The report as parts with a chart and a table each: what page, PDF and Excel file all show; and its PDF."""

import base64
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.documents.charts import Chart
from app.documents.colours import colours
from app.documents.excel import Chip, Column, Sheet
from app.documents.pdf import FONTS, pdf, templates
from app.documents.sheets import PLAIN, register
from app.language import format_number, spoken, translate, vendor

SCALE = 0.8  # of a chart on paper: two parts on a page


@dataclass(frozen=True, slots=True)
class Cell:
    """A number of a table: as it is, as people read it, and the list of the tickets that make it up."""

    value: float | None
    text: str
    url: str = ""
    note: str = ""  # beside it, such as its share

    @property
    def linked(self) -> bool:
        """Whether there is anything to look up."""
        return bool(self.url and self.value)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table; `token` where its head is a status."""

    head: str
    cells: Sequence[Cell]
    token: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of numbers under their headings, the first of which heads the heads of the lines."""

    caption: str
    headings: Sequence[str]
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the report."""

    key: str
    title: str
    table: Table
    charts: Sequence[Chart] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReportDocument:
    """Everything the report says, already in the reader's words."""

    title: str
    figures: Sequence[tuple[str, Cell]]
    parts: Sequence[Part]
    facts: Sequence[tuple[str, str]]
    created_text: str
    links: str  # the portal's own address, before those of the lists
    vendor: str = field(default_factory=vendor)

    def with_fact(self, label: str, value: str) -> "ReportDocument":
        """The same with one thing more that is said about it."""
        return replace(self, facts=[*self.facts, (label, value)])


def render_report(document: ReportDocument) -> bytes:
    """The report as PDF."""
    register()
    with tempfile.TemporaryDirectory(prefix="report-") as folder:
        html = templates().get_template("documents/report.html").render(
            report=document, fonts=FONTS, language=spoken(), picture=picture, scale=SCALE,
            _=lambda text, **values: translate(text, **{"vendor": document.vendor} | values),
        )  # fmt: skip
        return pdf(html, Path(folder))


def picture(chart: Chart) -> str:
    """A chart as an address of its own: an SVG of fixed size, in literal colours."""
    svg = templates().get_template("documents/chart.svg").render(
        chart=chart, font=PLAIN, fills=_fills(), text=colours()["text"], quiet=colours()["quiet"],
        line=colours()["line"],
    )  # fmt: skip
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def sheets(document: ReportDocument, tickets: Sheet) -> list[Sheet]:
    """One sheet for the large numbers, one for each table, the tickets that they count, and what, who and when."""
    return [
        Sheet(document.title, [_text(translate("Angabe")), _number(translate("Tickets"))], [
            (label, cell.value) for label, cell in document.figures
        ]),
        *(_sheet(part) for part in document.parts),
        tickets,
        Sheet(translate("Filter"), [_text(translate("Angabe")), _text(translate("Wert"), 70)], document.facts),
    ]  # fmt: skip


def hours(seconds: float) -> float:
    """Seconds as hours with one place."""
    return round(seconds / 3600, 1)


def number(value: float, url: str = "", note: str = "") -> Cell:
    """A cell with a number in it."""
    return Cell(value, format_number(value), url, note)


def _sheet(part: Part) -> Sheet:
    head, *others = part.table.headings
    rows = [
        (Chip(line.head, line.token) if line.token else line.head, *(cell.value for cell in line.cells))
        for line in part.table.lines
    ]
    return Sheet(part.title, [_text(head), *map(_number, others)], rows)


def _text(title: str, width: float = 34) -> Column:
    return Column(title, width)


def _number(title: str) -> Column:
    return Column(title, 16, "number")


def _fills() -> dict[str, str]:
    """The colour of each of a chart's tokens: a status has its own, the others are called as on the screen."""
    statuses = ("it", "user", "vendor", "closed", "deleted")
    return {token: colours()[f"status-{token}" if token in statuses else token] for token in (
        "accent", "wait", "done", "danger", "quiet", *statuses,
    )}  # fmt: skip
