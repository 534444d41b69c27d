"""Complete exports: tickets with their PDF attachments, checksums, and page numbers through all of it.

Plain data in, bytes out; `part` and `bind` run in a child process, one part per ticket.
"""

import hashlib
import signal
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from types import FrameType
from typing import Any

from pypdf import PdfReader, PdfWriter, Transformation
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    StreamObject,
    TextStringObject,
)

from app.documents.foreign import Copier, Unreadable, opened
from app.documents.pdf import EventEntry, MessageEntry, TicketDocument, html_of, pdf, printable, render_ticket
from app.documents.sheets import FRAME, LANDSCAPE, PORTRAIT, numbers, sheets
from app.language import translate

MOST_PAGES = 200  # of one attachment
MOST_PAGES_IN_ALL = 500
MOST_BYTES = 40 * 1024 * 1024  # of all attachments of a ticket
SECONDS = 12.0  # of computing for all attachments of a ticket
SECONDS_EACH = 6.0
PDF_TYPE = "application/pdf"


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file of a ticket as the complete export names it; `path` is None where its bytes are not to be had."""

    name: str
    content_type: str
    size: int
    sha256: str
    size_text: str
    message: int  # the number of its message in the correspondence
    author: str
    organisation: str
    at_text: str
    path: Path | None


@dataclass(frozen=True, slots=True)
class CompleteTicket:
    """A ticket and its files, in the reader's words; `append` is whether PDF files are to be appended."""

    document: TicketDocument
    enclosures: Sequence[Enclosure]
    append: bool = True
    refusal: str = ""  # why none of them is appended after all


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the list of files: what became of the file."""

    enclosure: Enclosure
    fate: str


class _TooLong(BaseException):  # the reader of PDFs swallows exceptions
    """An attachment took more computing than there is for it."""


def canonical(ticket: CompleteTicket) -> bytes:
    """The text that the checksum is of: facts, correspondence and each file's SHA-256, as UTF-8 lines."""
    document = ticket.document
    lines = [translate("%(vendor)s Kundenportal, Ticket #%(number)s", vendor=document.vendor, number=document.number)]
    lines += [document.subject, document.url, document.created_text, "", document.status_label]
    lines += [line for line in (document.escalated_text,) if line]
    lines += [f"{label}: {value}" for label, value in document.facts]
    for entry in document.entries:
        lines.append("")
        if isinstance(entry, EventEntry):
            lines.append(f"- {entry.sentence} · {entry.at_text}")
            continue
        about = " · ".join(x for x in (entry.author, entry.organisation, entry.at_text, entry.audience_label) if x)
        lines += [f"[{entry.number}] {about}", entry.body]
        lines += [f"    {e.name} ({e.size} Byte), SHA-256 {e.sha256}" for e in _of(ticket, entry)]
    return ("\n".join(printable(line) for line in lines) + "\n").encode("utf-8", "replace")


def checksum(ticket: CompleteTicket) -> str:
    """SHA-256 of the canonical text, in hexadecimal digits."""
    return hashlib.sha256(canonical(ticket)).hexdigest()


def text_name(number: int) -> str:
    """What the canonical text is called inside the PDF."""
    return f"Ticket-{number}.txt"


def part(ticket: CompleteTicket) -> bytes:
    """One ticket with its attachments and the list of its files, without page numbers yet."""
    writer = PdfWriter()
    writer.append(BytesIO(render_ticket(replace(ticket.document, numbered=False))))
    if ticket.append:
        lines = _append_all(writer, ticket)
        writer.append(BytesIO(_closing(ticket, lines)))
    return _written(writer)


def bind(parts: Sequence[bytes], tickets: Sequence[CompleteTicket]) -> bytes:
    """The parts as one file: page numbers, a bookmark for each ticket, and the texts that the checksums are of."""
    writer = PdfWriter()
    for content, ticket in zip(parts, tickets, strict=True):
        document = ticket.document
        writer.append(BytesIO(content), f"#{document.number} {printable(document.subject)}", import_outline=False)
    stamps = PdfReader(BytesIO(numbers([(float(p.mediabox.width), float(p.mediabox.height)) for p in writer.pages])))
    copier = Copier(writer)
    for place, (page, stamp) in enumerate(zip(writer.pages, stamps.pages, strict=True)):
        drawing, *_ = copier.drawing(stamp)
        _draw(writer, page, f"/PortalNumber{place}", drawing, Transformation())  # pages may share their resources
    for ticket in tickets:
        if ticket.append:
            writer.add_attachment(text_name(ticket.document.number), canonical(ticket))
    _entitle(writer, tickets)
    return _written(writer)


def complete(ticket: CompleteTicket) -> bytes:
    """One ticket as a whole file."""
    return bind([part(ticket)], [ticket])


def _append_all(writer: PdfWriter, ticket: CompleteTicket) -> list[Line]:
    """Append what can be appended; returns for every file what became of it."""
    lines, appended, pages, size, until = [], 0, 0, 0, time.process_time() + SECONDS
    for enclosure in ticket.enclosures:
        if enclosure.content_type != PDF_TYPE:
            lines.append(Line(enclosure, translate("Bild, steht bei seiner Nachricht")))
            continue
        size += enclosure.size
        room = min(SECONDS_EACH, until - time.process_time())
        refusal = ticket.refusal or _refusal(enclosure, size, room)
        made = None
        if not refusal:
            made, refusal = _made(ticket, enclosure, appended + 1, MOST_PAGES_IN_ALL - pages, room)
        if made is None:
            lines.append(Line(enclosure, refusal))
            continue
        appended, count = appended + 1, len(PdfReader(BytesIO(made)).pages)
        pages += count
        writer.append(BytesIO(made))
        said = "als Anhang %(number)s angefügt, eine Seite" if count == 1 else (
            "als Anhang %(number)s angefügt, %(pages)s Seiten"
        )  # fmt: skip
        lines.append(Line(enclosure, translate(said, number=appended, pages=count)))
    return lines


def _refusal(enclosure: Enclosure, size: int, room: float) -> str:
    if enclosure.path is None:
        return translate("nicht angefügt: die Datei fehlt")
    if size > MOST_BYTES:
        return translate("nicht angefügt: alle Anhänge zusammen sind zu groß")
    if room <= 0:
        return translate("nicht angefügt: es wurden zu viele Anhänge für eine Datei")
    return ""


def _made(
    ticket: CompleteTicket, enclosure: Enclosure, number: int, room: int, seconds: float
) -> tuple[bytes | None, str]:
    """The sheets with an attachment's pages, or None and why there are none."""
    try:
        with _at_most(seconds):
            reader = opened(enclosure.path)
            if len(reader.pages) > min(MOST_PAGES, room):
                return None, translate("nicht angefügt: zu viele Seiten (%(pages)s)", pages=len(reader.pages))
            return _on_sheets(reader, ticket, enclosure, number), ""
    except Unreadable:
        return None, translate("nicht angefügt: die Datei ist verschlüsselt oder leer")
    except _TooLong:
        return None, translate("nicht angefügt: die Datei ist zu aufwendig")
    except Exception:  # whatever a file does to the reader, the PDF is made
        return None, translate("nicht angefügt: die Datei ist beschädigt")


def _on_sheets(reader: PdfReader, ticket: CompleteTicket, enclosure: Enclosure, number: int) -> bytes:
    """The pages of an attachment, each drawn onto a sheet of ours that says what it is."""
    writer = PdfWriter()
    copier = Copier(writer)
    drawings = [copier.drawing(page) for page in reader.pages]
    sizes = [LANDSCAPE if width > height else PORTRAIT for _form, _upright, width, height in drawings]
    title = translate("Anhang %(number)s: %(name)s", number=number, name=enclosure.name)
    about = translate(
        "%(author)s, %(organisation)s · %(at)s · zu Nachricht %(message)s",
        author=enclosure.author, organisation=enclosure.organisation, at=enclosure.at_text, message=enclosure.message,
    )  # fmt: skip
    foot = ticket.document.created_text
    writer.append(BytesIO(sheets(sizes, *map(printable, (title, about, foot)))))
    for place, (form, upright, width, height) in enumerate(drawings):
        across, along = sizes[place]
        left, bottom, right, top = FRAME
        scale = min(1.0, (across - left - right) / width, (along - bottom - top) / height)
        x = (across - width * scale) / 2
        y = along - top - height * scale
        _draw(writer, writer.pages[place], f"/PortalSheet{place}", form, upright.scale(scale).translate(x, y))
    return _written(writer)


def _draw(writer: PdfWriter, page: Any, name: str, drawing: IndirectObject, placed: Transformation) -> None:
    """Draw a form object onto a page, over what is there."""
    resources = page.setdefault(NameObject("/Resources"), DictionaryObject()).get_object()
    resources.setdefault(NameObject("/XObject"), DictionaryObject()).get_object()[NameObject(name)] = drawing
    matrix = " ".join(f"{value:.5f}" for value in placed.ctm)
    before, after = StreamObject(), StreamObject()
    before.set_data(b"q\n")
    after.set_data(f"\nQ q {matrix} cm {name} Do Q\n".encode())
    given = page.raw_get("/Contents")
    content = given.get_object()
    page[NameObject("/Contents")] = ArrayObject(
        [writer._add_object(before), *(content if isinstance(content, ArrayObject) else [given]),
         writer._add_object(after)]
    )  # fmt: skip


def _closing(ticket: CompleteTicket, lines: Sequence[Line]) -> bytes:
    """The page at the end: every file with its checksum, and the checksum of the whole with how to check it."""
    with tempfile.TemporaryDirectory(prefix="ticket-") as folder:
        html = html_of(
            "documents/closing.html", ticket.document, lines=lines, checksum=checksum(ticket),
            text_name=text_name(ticket.document.number),
        )  # fmt: skip
        return pdf(html, Path(folder))


def _of(ticket: CompleteTicket, entry: MessageEntry) -> list[Enclosure]:
    return [enclosure for enclosure in ticket.enclosures if enclosure.message == entry.number]


def _entitle(writer: PdfWriter, tickets: Sequence[CompleteTicket]) -> None:
    first = tickets[0].document
    title = translate("Ticket #%(number)s: %(subject)s", number=first.number, subject=printable(first.subject))
    if len(tickets) > 1:
        title = translate("%(n)s Tickets", n=len(tickets))
    writer.add_metadata({"/Title": title, "/Author": first.vendor})
    writer.root_object[NameObject("/Lang")] = TextStringObject(first.base_language)


def _written(writer: PdfWriter) -> bytes:
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Raise _TooLong in what computes longer than this."""
    before = signal.signal(signal.SIGPROF, _ring)
    signal.setitimer(signal.ITIMER_PROF, seconds, 0.5)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _ring(number: int, frame: FrameType | None) -> None:
    raise _TooLong
