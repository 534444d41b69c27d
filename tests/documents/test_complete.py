"""The complete PDF: attachments as they look, nothing of what they can do, and a checksum that a reader can check."""

import contextlib
import hashlib
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject
from reportlab.pdfgen.canvas import Canvas

from app.documents import complete as module
from app.documents.complete import CompleteTicket, Enclosure, bind, canonical, checksum, complete, part
from tests.documents.test_pdf import MESSAGE, TICKET

pytestmark = [pytest.mark.no_database, pytest.mark.sqlite_only]


def words(**named: str) -> DictionaryObject:
    return DictionaryObject({
        NameObject(f"/{name}"): NameObject(value) if value.startswith("/") else TextStringObject(value)
        for name, value in named.items()
    })  # fmt: skip


def drawn(pages: int = 1, size: tuple[float, float] = (595, 842)) -> bytes:
    """Pages with a word each, on the first one a filled field and a link."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=size)
    for number in range(pages):
        canvas.drawString(72, 72, f"Inhalt{number + 1}")
        if not number:
            canvas.acroForm.textfield(name="feld", value="Eingetragen", x=72, y=90, width=200, height=24)
            canvas.linkURL("http://evil.example/", (0, 0, 99, 99))
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def hostile() -> bytes:
    """A PDF with everything that must stay behind, on it and in it."""
    writer = PdfWriter()
    writer.append(BytesIO(drawn()))
    script = words(S="/JavaScript", JS="app.alert(1)")
    writer.root_object[NameObject("/OpenAction")] = words(S="/Launch", F="cmd.exe")
    writer.root_object[NameObject("/Names")] = DictionaryObject({NameObject("/JavaScript"): script})
    writer.add_attachment("wurm.exe", b"WURM")
    page = writer.pages[0]
    page[NameObject("/AA")] = DictionaryObject({NameObject("/O"): script})
    resources = page["/Resources"].get_object()
    resources[NameObject("/XObject")] = DictionaryObject({
        NameObject("/JS"): script, NameObject("/Names"): ArrayObject([script]),
        NameObject("/Font"): DictionaryObject({NameObject("/AA"): script}),
    })  # fmt: skip
    return _bytes(writer)


def _bytes(writer: PdfWriter) -> bytes:
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def locked() -> bytes:
    writer = PdfWriter()
    writer.append(BytesIO(drawn()))
    writer.encrypt("geheim")
    return _bytes(writer)


def with_files(folder: Path, *contents: bytes | None) -> CompleteTicket:
    """The ticket with these PDFs, called 1.pdf and so on; None is one whose bytes are lost."""
    enclosures = []
    for number, content in enumerate(contents, 1):
        path = folder / f"{number}.pdf"
        path.write_bytes(content or b"")
        enclosures.append(Enclosure(
            path.name, "application/pdf", len(content or b""), hashlib.sha256(content or b"").hexdigest(), "4 KB", 1,
            "Ute Petersen", "Verband Nord", "17.11.2026 08:54", path if content is not None else None,
        ))  # fmt: skip
    return CompleteTicket(replace(TICKET, entries=[replace(MESSAGE, number=1), *TICKET.entries[1:]]), enclosures)


def pages_of(content: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(content)).pages]


def everything_in(content: bytes) -> str:
    """Every object of a file, streams unpacked."""
    return repr([_unpacked(one) for one in PdfWriter(clone_from=BytesIO(content))._objects])


def _unpacked(found: Any) -> Any:
    data = getattr(found, "get_data", None)
    return (dict(found), data() if data and "Font" not in str(found.get("/Type")) else b"") if data else found


def test_attachments_follow_with_where_they_come_from_and_pages_count_through(tmp_path: Path) -> None:
    content = complete(with_files(tmp_path, drawn(2), drawn(1, (842, 595))))
    first, second, third, across, last = pages_of(content)
    assert first.startswith("UNIPLUS Kundenportal Ticket #1187")
    assert first.endswith("Seite 1 von 5")
    for place, page in enumerate((second, third), 1):
        assert f"Anhang 1: 1.pdf Blatt {place} von 2" in page
        assert "Ute Petersen, Verband Nord · 17.11.2026 08:54 · zu Nachricht 1" in page
        assert f"Inhalt{place}" in page
        assert page.endswith(f"Seite {place + 1} von 5")
    assert "Eingetragen" in second, "what was filled in is seen"
    assert "Anhang 2: 2.pdf" in across
    assert "als Anhang 1 angefügt, 2 Seiten" in last
    assert last.endswith("Seite 5 von 5")
    sizes = [page.mediabox.width > page.mediabox.height for page in PdfReader(BytesIO(content)).pages]
    assert sizes == [False, False, False, True, False]


def test_what_a_pdf_can_do_stays_behind(tmp_path: Path) -> None:
    content = complete(with_files(tmp_path, hostile()))
    assert "Inhalt1" in pages_of(content)[1]
    found = everything_in(content)
    for banned in (
        "JavaScript", "/JS", "app.alert", "Launch", "cmd.exe", "OpenAction", "'/AA'", "wurm", "WURM", "AcroForm",
        "evil.example", "/Widget",
    ):  # fmt: skip
        assert banned in everything_in(hostile()) or banned == "/Widget"
        assert banned not in found, banned
    assert list(PdfReader(BytesIO(content)).attachments) == ["Ticket-1187.txt"], "only our own text lies in it"


def test_what_cannot_be_appended_is_named_and_the_pdf_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PAGES", 2)
    good = drawn()
    content = complete(with_files(tmp_path, locked(), good[:300], drawn(3), None, good))
    *_, appended, last = pages_of(content)
    assert "Anhang 1: 5.pdf" in appended
    for said in (
        "1.pdf (4 KB): nicht angefügt: die Datei ist verschlüsselt oder leer",
        "2.pdf (4 KB): nicht angefügt: die Datei ist beschädigt",
        "3.pdf (4 KB): nicht angefügt: zu viele Seiten (3)", "4.pdf (4 KB): nicht angefügt: die Datei fehlt",
        "5.pdf (4 KB): als Anhang 1 angefügt, eine Seite",
    ):  # fmt: skip
        assert said in last
    monkeypatch.setattr(module, "MOST_BYTES", 100)
    assert "alle Anhänge zusammen sind zu groß" in pages_of(complete(with_files(tmp_path, good)))[-1]


def test_a_file_that_takes_for_ever_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(path: Path) -> None:
        while True:
            with contextlib.suppress(Exception):
                sum(range(1000))

    monkeypatch.setattr(module, "opened", opened)
    monkeypatch.setattr(module, "SECONDS_EACH", 0.05)
    assert "nicht angefügt: die Datei ist zu aufwendig" in pages_of(complete(with_files(tmp_path, drawn())))[-1]


def test_the_checksum_is_that_of_the_text_inside_and_of_each_file(tmp_path: Path) -> None:
    ticket = with_files(tmp_path, drawn())
    content = complete(ticket)
    (text,) = PdfReader(BytesIO(content)).attachments["Ticket-1187.txt"]
    last = pages_of(content)[-1]
    assert hashlib.sha256(text).hexdigest() == checksum(ticket)
    assert checksum(ticket) in last
    said = text.decode()
    for fact in (
        "#1187", "Sammelrechnung bricht ab", "Kategorie: Fehlermeldung", "[1] Buchhaltung Nord · Verband Nord",
        MESSAGE.body, "EDV Nord hat das Ticket an UNIPLUS übergeben · 17.11.2026 11:20",
        hashlib.sha256((tmp_path / "1.pdf").read_bytes()).hexdigest(),
    ):  # fmt: skip
        assert fact in said
    assert hashlib.sha256((tmp_path / "1.pdf").read_bytes()).hexdigest() in last
    other = replace(ticket.document, entries=[replace(MESSAGE, number=1, body="anders"), *ticket.document.entries[1:]])
    assert checksum(replace(ticket, document=other)) != checksum(ticket)
    assert canonical(ticket) == canonical(replace(ticket, refusal="x")), "what is appended does not change it"


def test_many_tickets_are_one_file_with_a_bookmark_each(tmp_path: Path) -> None:
    one, other = with_files(tmp_path, drawn()), with_files(tmp_path)
    other = replace(other, append=False, document=replace(other.document, number=1188, subject="Der andere"))
    content = bind([part(one), part(other)], [one, other])
    reader = PdfReader(BytesIO(content))
    marks = [(mark["/Title"], reader.get_destination_page_number(mark)) for mark in reader.outline]
    assert marks == [("#1187 Sammelrechnung bricht ab", 0), ("#1188 Der andere", 3)]
    assert [page.rpartition("Seite ")[2] for page in pages_of(content)] == [f"{n} von 4" for n in range(1, 5)]
    assert reader.metadata is not None
    assert reader.metadata.title == "2 Tickets"
