"""The PDF of a ticket: everything is in it, nothing gets out through it, and no input breaks it."""

import socket
import struct
import threading
import zlib
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader

from app.documents import child, pdf
from app.documents.child import TooSlow, in_child
from app.documents.pdf import EventEntry, MessageEntry, TicketDocument, render_ticket
from tests.documents.test_child import loop_lag, was_free

pytestmark = pytest.mark.no_database

MESSAGE = MessageEntry(
    "Buchhaltung Nord", "Verband Nord", "17.11.2026 08:54", None,
    "Beim Rechnungslauf bricht die Sammelrechnung ab.\n\nMit freundlichen Grüßen",
    files=[("Protokoll.pdf", "84 KB")],
)  # fmt: skip
TICKET = TicketDocument(
    1187, "Sammelrechnung bricht ab", "http://portal.example/tickets/1187",
    [("Kategorie", "Fehlermeldung"), ("Gemeldet von", "Buchhaltung Nord")],
    [MESSAGE, EventEntry("EDV Nord hat das Ticket an UNIPLUS übergeben", "17.11.2026 11:20")],
    "Erstellt am 23.11.2026 14:05", "UNIPLUS", status_label="Prüfung durch EDV", status_token="it",
)  # fmt: skip


def written(*entries: MessageEntry | EventEntry, **changes: Any) -> PdfReader:
    return PdfReader(BytesIO(render_ticket(replace(TICKET, entries=entries or TICKET.entries, **changes))))


def text_of(reader: PdfReader) -> str:
    return " ".join("\n".join(page.extract_text() for page in reader.pages).split())


def pictures_of(reader: PdfReader) -> list[tuple[int, int]]:
    return [picture.image.size for page in reader.pages for picture in page.images if picture.image]


def with_pictures(*paths: Path) -> MessageEntry:
    return replace(MESSAGE, pictures=[(f"Bild {place}.png", path) for place, path in enumerate(paths, 1)])


def test_it_says_everything_and_who_made_it() -> None:
    reader = written(
        MESSAGE, replace(MESSAGE, audience_label="nur Verband Nord", body="Bitte erst prüfen."), *TICKET.entries[1:]
    )  # fmt: skip
    text = text_of(reader)
    for said in (
        "UNIPLUS Kundenportal", "#1187 Sammelrechnung bricht ab", "Prüfung durch EDV", "Kategorie", "Fehlermeldung",
        "Buchhaltung Nord Verband Nord · 17.11.2026 08:54", "Beim Rechnungslauf", "Mit freundlichen Grüßen",
        "Protokoll.pdf (84 KB)", "nur Verband Nord", "Bitte erst prüfen.", "an UNIPLUS übergeben · 17.11.2026 11:20",
        "Erstellt am 23.11.2026 14:05", "Seite 1 von 1",
    ):  # fmt: skip
        assert said in text
    assert reader.metadata is not None
    assert reader.metadata.title == "Ticket #1187: Sammelrechnung bricht ab"
    assert reader.metadata.author == "UNIPLUS"
    assert str(reader.root_object["/Lang"]) == "de"


def test_its_only_link_is_our_own() -> None:
    reader = written(replace(MESSAGE, body="https://evil.example/ javascript:alert(1)"))
    links = [note.get_object()["/A"]["/URI"] for page in reader.pages for note in page.get("/Annots", [])]
    assert links == [TICKET.url]


def test_every_european_script_prints_with_an_embedded_font() -> None:
    words = "ẞ ß Łódź Čeština Ελληνικά Русский Українська Íslenska Ærø € „ja“ ✓"
    reader = written(replace(MESSAGE, body=words))
    assert words in text_of(reader)
    resources: Any = reader.pages[0]["/Resources"]
    fonts = {str(font.get_object()["/BaseFont"]) for font in resources["/Font"].values()}
    assert {font.split("+")[-1] for font in fonts} >= {"DejaVuSans", "DejaVuSans-Bold"}


def lowest_line(reader: PdfReader) -> float:
    heights: list[float] = []

    def note(text: str, here: list[float], line: list[float], *_font: object) -> None:
        if text.strip():
            heights.append(line[4] * here[1] + line[5] * here[3] + here[5])

    for page in reader.pages:
        page.extract_text(visitor_text=note)
    return min(heights)


def test_a_long_message_is_split_over_pages_and_none_of_it_is_lost() -> None:
    words = [f"W{place}" for place in range(1500)]
    for body in (" ".join(words), "\n".join(words[:250]), "\n\n".join(words[:120])):
        reader = written(replace(MESSAGE, body=body))
        assert set(body.split()) <= set(text_of(reader).split())
        assert len(reader.pages) > 2
        assert lowest_line(reader) > 30


HOSTILE = (
    "", "\n \n", "x" * 20_000, "<" * 1_000, "👍" * 5_000, "אבג דהו " * 300, "مرحبا " * 300, "a\u0301" * 2_000,
    "\x00\x0b\x1b\x7f\ud800\udfff\ufffe\uffff", "\u202etxt.exe\u202c\u2066", "\u2028\u2029\x85" * 100,
    "{{ 7 * 7 }}{% raw %}", "&nbsp;&#0;&#xD800;", "%(vendor)s %s %", "]]>--><!--", "</style></div></body>",
)  # fmt: skip


def test_no_text_breaks_it() -> None:
    messages = [
        MessageEntry(text[:300], text[:300], text[:300], text[:300] or None, text, [(text[:255], "1 KB")])
        for text in HOSTILE
    ]  # fmt: skip
    events = [EventEntry(text[:300], text[:50]) for text in HOSTILE]
    reader = written(*messages, *events, facts=[(text[:50], text[:2000]) for text in HOSTILE])
    text = text_of(reader)
    assert text.count("KB") == len(HOSTILE)
    assert "{{ 7 * 7 }}" in text
    assert "%(vendor)s" in text
    assert "</style></div></body>" in text


@pytest.mark.parametrize("text", ["x" * 200, "<b>&%(vendor)s", "\x00\ud800👍"])
def test_no_subject_breaks_its_head(text: str) -> None:
    reader = written(subject=text, vendor=text, created_text=text, url=text, status_label=text, escalated_text=text)
    assert "Seite 1 von 1" in text_of(reader)


@pytest.fixture
def listener() -> Iterator[tuple[int, list[object]]]:
    hits: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        over = threading.Event()

        def listen() -> None:
            while not over.is_set():
                try:
                    connection, address = server.accept()
                except TimeoutError:
                    continue
                connection.close()
                hits.append(address)

        thread = threading.Thread(target=listen)
        thread.start()
        yield server.getsockname()[1], hits
        over.set()
        thread.join()


def payloads(port: int, secret: Path) -> list[str]:
    return [
        payload.replace("ADDRESS", address)
        for address in (f"http://127.0.0.1:{port}/x.png", secret.as_uri(), str(secret))
        for payload in (
            '<img src="ADDRESS">', '"><img src="ADDRESS">', "<style>@import url(ADDRESS);</style>",
            '<style>@font-face{font-family:x;src:url(ADDRESS)} p{background:url("ADDRESS")}</style>',
            '<link rel="stylesheet" href="ADDRESS">', '<pdf:include src="ADDRESS"/>', '<iframe src="ADDRESS"></iframe>',
            '<svg><image href="ADDRESS"/></svg>', '<object data="ADDRESS"></object>',
        )
    ]  # fmt: skip


def test_text_of_users_reaches_neither_network_nor_files(listener: tuple[int, list[object]], tmp_path: Path) -> None:
    port, hits = listener
    secret = tmp_path / "secret.txt"
    secret.write_text("CANARY-4711")
    text = " ".join(payloads(port, secret))
    one = text[:400]
    message = MessageEntry(one, one, one, one, text, [(text, one)], [(one, tmp_path / "none.png")])
    read = text_of(written(message, subject=one, facts=[(one, text)], vendor=one, created_text=one))
    assert not hits
    assert "CANARY" not in read
    assert "<iframe" in read


def test_even_unescaped_markup_reaches_neither_network_nor_files(
    listener: tuple[int, list[object]], tmp_path: Path
) -> None:
    port, hits = listener
    secret, room = tmp_path / "secret.txt", tmp_path / "room"
    secret.write_text("CANARY-4711")
    room.mkdir()
    for payload in payloads(port, secret):
        try:
            read = text_of(PdfReader(BytesIO(pdf.pdf(f"<html><body><p>x</p>{payload}</body></html>", room))))
        except Exception:
            continue
        assert "CANARY" not in read
    assert not hits


KINDS = [
    ("png", "RGBA", 1600), ("jpeg", "RGB", 1700), ("gif", "P", 1800), ("webp", "RGB", 1900), ("png", "I;16", 2000),
    ("jpeg", "CMYK", 2100), ("png", "1", 700),
]  # fmt: skip


def test_pictures_of_every_kind_are_in_place_and_scaled(tmp_path: Path) -> None:
    paths = []
    for kind, mode, width in KINDS:
        paths.append(tmp_path / f"{width}.{kind}")
        Image.new(mode, (width, 700)).save(paths[-1], kind)
    reader = written(with_pictures(*paths))
    assert sorted(width for width, _height in pictures_of(reader)) == [700] + [1400] * 6
    assert "Bild 7.png" in text_of(reader)
    assert "nicht darstellen" not in text_of(reader)


def png_bomb(path: Path, width: int, height: int) -> Path:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b""))
    return path


def test_a_broken_missing_or_monstrous_picture_is_named_and_the_rest_prints(tmp_path: Path) -> None:
    good = tmp_path / "good.png"
    Image.new("RGB", (50, 50), "red").save(good)
    cut = tmp_path / "cut.png"
    cut.write_bytes(good.read_bytes()[:60])
    drawing = tmp_path / "drawing.svg"
    drawing.write_text('<svg xmlns="http://www.w3.org/2000/svg"><image href="http://127.0.0.1/"/></svg>')
    bombs = [png_bomb(tmp_path / "b1", 30_000, 30_000), png_bomb(tmp_path / "b2", 12_001, 1)]
    reader = written(with_pictures(cut, drawing, *bombs, tmp_path / "none.png", tmp_path, good), MESSAGE)
    assert text_of(reader).count("das Bild lässt sich nicht darstellen") == 6
    assert pictures_of(reader) == [(50, 50)]


def test_more_pictures_than_fit_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "PICTURES", 2)
    for colour in ("red", "green"):
        Image.new("RGB", (9, 9), colour).save(tmp_path / f"{colour}.png")
    red, green = tmp_path / "red.png", tmp_path / "green.png"
    reader = written(with_pictures(red, green), with_pictures(red))
    assert len(pictures_of(reader)) == 2
    assert "Bild 1.png: nicht abgedruckt, im Portal zu sehen" in text_of(reader)


@pytest.mark.anyio
async def test_it_renders_in_a_child_within_its_time_and_off_the_loop() -> None:
    try:
        async with loop_lag() as lags:
            made = await in_child(render_ticket, replace(TICKET, entries=[MESSAGE] * 30))
            with pytest.raises(TooSlow):
                await in_child(render_ticket, replace(TICKET, entries=[MESSAGE] * 3000), seconds=0.3)
        assert len(PdfReader(BytesIO(made)).pages) > 2
        assert was_free(lags)
    finally:
        await child.close()
