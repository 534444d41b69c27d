"""Excel workbooks: typed, readable, and no text in them ever does anything."""

from datetime import UTC, datetime
from io import BytesIO
from zipfile import ZipFile

import pytest
from openpyxl import Workbook, load_workbook

from app.documents import excel
from app.documents.excel import Column, Kind, Sheet, tickets_workbook, workbook

pytestmark = pytest.mark.no_database

SUMMER = datetime(2026, 7, 1, 22, 30, 15, 999, tzinfo=UTC)
WINTER = datetime(2026, 11, 23, 13, 5, tzinfo=UTC)
ROW: dict[str, object] = {
    "number": 1042, "subject": "Rechnung bricht ab", "module": "Finanzen", "category_label": "Fehlermeldung",
    "priority_label": "Hoch", "status_label": "Prüfung durch EDV", "status_token": "it",
    "reporter": "Buchhaltung Nord", "organisation": "Verband Nord", "responsible": None,
    "created_at": SUMMER, "updated_at": WINTER, "waiting_since": None, "escalated": 1,
    "last_author": "Support", "last_at": WINTER, "files": 3,
}  # fmt: skip


def opened(data: bytes) -> Workbook:
    return load_workbook(BytesIO(data))


def one(value: object, kind: Kind = "text") -> object:
    book = opened(workbook([Sheet("S", [Column("A", 10, kind)], [[value]])]))
    return book["S"]["A2"].value


def test_the_ticket_list_is_typed_linked_frozen_and_filtered() -> None:
    sheet = opened(tickets_workbook([ROW], [("Status", "offen")], "http://portal.example/"))["Offene Tickets"]
    headings = [cell.value for cell in sheet[1]]
    cells = dict(zip(headings, sheet[2], strict=True))
    assert headings[:2] == ["Nummer", "Betreff"]
    assert cells["Nummer"].value == 1042
    assert cells["Nummer"].hyperlink.target == "http://portal.example/tickets/1042"
    assert cells["Erstellt"].value == datetime(2026, 7, 2, 0, 30, 15)  # noqa: DTZ001 (Excel knows no zones)
    assert cells["Geändert"].value == datetime(2026, 11, 23, 14, 5)  # noqa: DTZ001
    assert cells["Geändert"].number_format == "dd.mm.yyyy hh:mm"
    assert cells["Anhänge"].value == 3
    assert (cells["Eskaliert"].value, cells["Zuständig"].value, cells["Wartet seit"].value) == ("Ja", None, None)
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:P2")
    assert sheet["A1"].font.b
    assert sheet.column_dimensions["B"].width == 60


def test_the_filter_sheet_says_what_was_asked_and_how_much_came() -> None:
    sheet = opened(tickets_workbook([ROW, ROW], [("Status", "=offen"), ("Wer", "EDV Nord")], "http://x"))["Filter"]
    assert list(sheet.values) == [("Angabe", "Wert"), ("Status", "=offen"), ("Wer", "EDV Nord"), ("Zeilen", "2")]


def test_beyond_the_cap_the_filter_sheet_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excel, "ROWS", 5)
    monkeypatch.setattr(excel, "LINKED_ROWS", 3)
    book = opened(tickets_workbook([ROW] * 6, [], "http://x"))
    sheet = book["Offene Tickets"]
    assert sheet.max_row == 6
    assert [bool(cell.hyperlink) for cell in sheet["A"]] == [False, True, True, True, False, False]
    assert "Die ersten 5;" in list(book["Filter"].values)[-1][1]


@pytest.mark.parametrize(
    "text", ["=1+1", "=HYPERLINK(\"http://x\")", "+1", "-1", "@SUM(A1)", "#N/A", "1042", "TRUE", "\t=1", "'x"]
)  # fmt: skip
def test_text_stays_text(text: str) -> None:
    data = workbook([Sheet("S", [Column("A", 10)], [[text]])])
    cell = opened(data)["S"]["A2"]
    assert (cell.value, cell.data_type) == (text, "s")
    assert b"<f>" not in ZipFile(BytesIO(data)).read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("a\x0bb\x00c\x1bd", "abcd"), ("a\ud800b\udfffc", "abc"), ("a\uffffb", "ab"), ("a\r\nb\u2028c", "a\nb\nc"),
        ("x" * 40_000, "x" * 32_000), ("😀 Łódź", "😀 Łódź"), ("\x0b", None), ("<b>&amp;", "<b>&amp;"), (None, None),
    ],
    ids=range(9),
)  # fmt: skip
def test_poison_is_cleaned_and_the_next_row_stands(text: str | None, read: str | None) -> None:
    book = opened(workbook([Sheet("S", [Column("A", 10)], [[text], ["danach"]])]))
    assert [cell.value for cell in book["S"]["A"]] == ["A", read, "danach"]


def test_values_of_the_wrong_kind_are_shown_as_text() -> None:
    assert one("=1+1", "date") == "=1+1"
    assert one("=1+1", "number") == "=1+1"
    assert one("http://evil.example", "link") == "http://evil.example"
    assert one(float("nan"), "number") == "nan"
    assert one(3.5, "number") == 3.5
    assert one(datetime(2026, 1, 2, 3, 4), "date") == datetime(2026, 1, 2, 3, 4)  # noqa: DTZ001
    assert one(0, "number") == 0


def test_hostile_titles_make_a_sheet_all_the_same() -> None:
    book = opened(workbook([Sheet("a[b]:*?/\\'\x0b" + "x" * 50, [Column("=1+1", 10)], [])]))
    assert len(book.sheetnames[0]) <= 31
    assert book.worksheets[0]["A1"].value == "=1+1"
