"""Excel workbooks: plain rows in, bytes out; every cell is typed and no text ever becomes a formula."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from io import BytesIO
from typing import Any, Literal

from app.documents.colours import colours
from app.language import GERMAN, format_number, local, spoken, translate

Kind = Literal["text", "number", "date", "link"]

ROWS = 20_000
LINKED_ROWS = 5_000
TEXT_LENGTH = 32_000
TITLE_LENGTH = 31
DATE_FORMATS = {GERMAN: "dd.mm.yyyy hh:mm", "en": "d mmm yyyy, hh:mm"}

ILLEGAL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
LINE_END = re.compile("\r\n?|[\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, its width in characters and what its cells are."""

    title: str
    width: float
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Link:
    """A link of our own: the number that is shown, and the address, which never comes from a user's text."""

    number: int
    address: str


@dataclass(frozen=True, slots=True)
class Chip:
    """A status in the colours that it has everywhere."""

    label: str
    token: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its rows hold one value per column."""

    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[object]]


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """The sheets as an .xlsx file."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for sheet in sheets:
        _write(book, sheet)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def tickets_workbook(
    rows: Sequence[Mapping[str, Any]], filter_facts: Sequence[tuple[str, str]], base_url: str
) -> bytes:
    """The ticket list as the sheets „Offene Tickets“ and „Filter“, at most 20,000 rows."""
    facts = [*filter_facts, (translate("Zeilen"), _extent(len(rows)))]
    filter_columns = (Column(translate("Angabe"), 24), Column(translate("Wert"), 70))
    tickets = ([_value(row, key, base_url) for key in TICKET_COLUMNS] for row in rows[:ROWS])
    return workbook([
        Sheet(translate("Offene Tickets"), _ticket_columns(), tickets),
        Sheet(translate("Filter"), filter_columns, facts),
    ])  # fmt: skip


def _extent(found: int) -> str:
    if found <= ROWS:
        return str(found)
    return translate(
        "Die ersten %(shown)s; für die übrigen grenzen Sie bitte die Auswahl ein.",
        shown=format_number(ROWS),
    )


TICKET_COLUMNS: tuple[str, ...] = (
    "number", "subject", "module", "category_label", "priority_label", "status_label",
    "reporter", "organisation", "responsible", "created_at", "updated_at", "waiting_since",
    "escalated", "last_author", "last_at", "files",
)  # fmt: skip


def _ticket_columns() -> list[Column]:
    return [
        Column(translate("Nummer"), 10, "link"), Column(translate("Betreff"), 60),
        Column(translate("Modul"), 18), Column(translate("Kategorie"), 16),
        Column(translate("Priorität"), 11), Column(translate("Status"), 25),
        Column(translate("Gemeldet von"), 24), Column(translate("Organisation"), 24),
        Column(translate("Zuständig"), 24), Column(translate("Erstellt"), 17, "date"),
        Column(translate("Geändert"), 17, "date"), Column(translate("Wartet seit"), 17, "date"),
        Column(translate("Eskaliert"), 11), Column(translate("Letzte Nachricht von"), 24),
        Column(translate("Letzte Nachricht"), 18, "date"), Column(translate("Anhänge"), 10, "number"),
    ]  # fmt: skip


def _value(row: Mapping[str, Any], key: str, base_url: str) -> object:
    if key == "number":
        return Link(int(row["number"]), f"{base_url.rstrip('/')}/tickets/{int(row['number'])}")
    if key == "status_label":
        return Chip(row["status_label"], row["status_token"])
    if key == "escalated":
        return translate("Ja") if row.get(key) else ""
    return row.get(key)


def _write(book: Any, sheet: Sheet) -> None:
    from openpyxl.utils import get_column_letter

    page = book.create_sheet(re.sub(r"[\[\]:*?/\\']", " ", cleaned(sheet.title))[:TITLE_LENGTH])
    page.freeze_panes = "A2"
    for position, column in enumerate(sheet.columns, 1):
        page.column_dimensions[get_column_letter(position)].width = column.width
    make = _Cells(page)
    page.append([make.heading(column.title) for column in sheet.columns])
    count = 1
    for row in sheet.rows:
        count += 1
        values = zip(sheet.columns, row, strict=True)
        page.append([make.cell(column.kind, value, count) for column, value in values])
    # Unlike the widths, the filter is written behind the rows.
    page.auto_filter.ref = f"A1:{get_column_letter(len(sheet.columns))}{count}"


class _Cells:
    """Makes the cells of one sheet."""

    def __init__(self, page: Any) -> None:
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.styles import Font, PatternFill

        self.new: Callable[[object], Any] = partial(WriteOnlyCell, page)
        self.bold: Any = Font(bold=True)
        self.link: Any = Font(color=_argb("accent"), underline="single")
        self.chip_font = cache(lambda token: Font(color=_argb(f"status-{token}"), bold=True))
        self.chip_fill = cache(lambda token: PatternFill("solid", fgColor=_argb(f"status-{token}-soft")))

    def heading(self, title: str) -> Any:
        """A heading cell."""
        cell = self.text(title)
        cell.font = self.bold
        return cell

    def text(self, value: object) -> Any:
        """A text cell, whatever the text begins with."""
        cell = self.new(cleaned(str(value)))
        cell.data_type = "s"
        return cell

    def cell(self, kind: Kind, value: object, line: int) -> Any:
        """A cell of the column's kind; a value of another type is shown as text."""
        if value is None or value == "":
            return None
        if isinstance(value, Link):
            return self._linked(value, line)
        if isinstance(value, Chip):
            return self._chip(value)
        if kind == "date" and isinstance(value, datetime):
            cell = self.new((local(value) if value.tzinfo else value).replace(tzinfo=None, microsecond=0))
            cell.number_format = DATE_FORMATS[spoken()]
            return cell
        if kind == "number" and isinstance(value, int | float) and value == value and abs(value) < 1e15:
            return self.new(value)
        return self.text(value)

    def _chip(self, chip: Chip) -> Any:
        cell = self.text(chip.label)
        cell.font, cell.fill = self.chip_font(chip.token), self.chip_fill(chip.token)
        return cell

    def _linked(self, link: Link, line: int) -> Any:
        cell = self.new(link.number)
        if line <= LINKED_ROWS + 1:  # Excel's own limit is near, and openpyxl keeps every link in memory
            cell.hyperlink = link.address
            cell.font = self.link
        return cell


def _argb(token: str) -> str:
    return "FF" + colours()[token].removeprefix("#").upper()


def cleaned(text: str) -> str:
    """Text as Excel takes it: no control characters or lone surrogates, at most 32,000 characters."""
    return ILLEGAL.sub("", LINE_END.sub("\n", text))[:TEXT_LENGTH]
