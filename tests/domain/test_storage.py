"""Attachments: five types by their content, limits, names made harmless, all files of a form or none."""

import hashlib
import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from app.domain.refusals import Refused
from app.domain.storage import LARGEST, PREVIEW_SIDE, Storage, StoredFile, Upload
from app.domain.storage_local import Directory
from tests.cast import PDF, PNG

pytestmark = [pytest.mark.no_database, pytest.mark.sqlite_only]

WORD = b"PK\x03\x04\x14\x00\x06\x00[Content_Types].xml word/document.xml" + b"\x00" * 200
OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 500
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"


def picture(kind: str, size: tuple[int, int] = (40, 30), mode: str = "RGB", **more: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, kind, **more)
    return out.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that says it is huge."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\x00" * 10_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(Directory(tmp_path / "attachments"))


async def accept(storage: Storage, *files: tuple[str, bytes]) -> list[StoredFile]:
    return await storage.accept([Upload(name, io.BytesIO(content)) for name, content in files])


def on_disk(storage: Storage) -> list[Path]:
    return [path for path in storage.place.directory.rglob("*") if path.is_file()]


FIVE = [
    ("a.pdf", PDF, "application/pdf"), ("b.png", PNG, "image/png"), ("c.jpg", picture("JPEG"), "image/jpeg"),
    ("d.gif", picture("GIF"), "image/gif"), ("e.webp", picture("WEBP"), "image/webp"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "kind"), FIVE)
async def test_the_five_types_are_kept_under_their_hash(storage: Storage, name: str, content: bytes, kind: str) -> None:
    (file,) = await accept(storage, (name, content))
    assert (file.name, file.content_type, file.size) == (name, kind, len(content))
    assert file.sha256 == hashlib.sha256(content).hexdigest()
    assert storage.place.path(file.sha256).read_bytes() == content
    if kind != "application/pdf":
        with Image.open(storage.place.path(f"{file.sha256}.webp")) as small:
            assert (small.format, small.size) == ("WEBP", (file.width, file.height))
    else:
        assert (file.width, file.height, storage.place.path(f"{file.sha256}.webp").exists()) == (None, None, False)


ATTACKS = [
    ("Brief.docx", WORD, "weder PDF noch Bild"),
    ("Brief.doc", OLD_WORD, "weder PDF noch Bild"),
    ("Brief.pdf", WORD, "weder PDF noch Bild"),
    ("logo.png", SVG, "weder PDF noch Bild"),
    ("logo.svg", SVG, "weder PDF noch Bild"),
    ("seite.html", HTML, "weder PDF noch Bild"),
    ("seite.png", HTML, "weder PDF noch Bild"),
    ("programm.exe", b"MZ" + b"\x00" * 100, "weder PDF noch Bild"),
    ("ton.webp", b"RIFF\x24\x00\x00\x00WAVEfmt " + b"\x00" * 40, "weder PDF noch Bild"),
    ("leer.png", b"", "ist leer"),
    ("gross.pdf", PDF + b"\x00" * LARGEST, "größer als 10 MB"),
    ("gross.png", PNG + b"\x00" * (11 * 1024 * 1024), "größer als 10 MB"),
    ("bombe.png", bomb(50_000, 50_000), ""),
    ("lang.png", bomb(12_001, 1), "zu viele Bildpunkte"),
    ("vierzig.png", bomb(8_000, 5_001), "zu viele Bildpunkte"),
    ("abgeschnitten.png", picture("PNG", (400, 300))[:-60], "nicht lesbar"),
    ("fremd.png", b"\x89PNG\r\n\x1a\n".ljust(2048, b"\0") + b"PCD_" + bytes(900_000), "nicht lesbar"),  # a Photo CD
    ("nur-kopf.png", b"\x89PNG\r\n\x1a\n", "nicht lesbar"),
    ("abgeschnitten.jpg", picture("JPEG", (400, 300))[:200], "nicht lesbar"),
    ("halb.jpg", picture("JPEG", (400, 300))[:-600], "nicht lesbar"),  # its head is whole, what it shows is not
    ("kaputt.gif", b"GIF89a" + b"\xff" * 30, "nicht lesbar"),
    ("kaputt.webp", b"RIFF\x24\x00\x00\x00WEBPVP8 " + b"\x00" * 40, "nicht lesbar"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "why"), ATTACKS, ids=[row[0] for row in ATTACKS])
async def test_a_bad_file_is_refused_by_name_and_takes_the_good_ones_with_it(
    storage: Storage, name: str, content: bytes, why: str
) -> None:
    for files in (
        [(name, content)],
        [("gut.png", PNG), ("gut.pdf", PDF), (name, content)],
        [(name, content), ("gut.png", PNG)],
    ):
        with pytest.raises(Refused) as refused:
            await accept(storage, *files)
        assert set(refused.value.fields) == {"files"}
        assert why in refused.value.fields["files"]
        assert name in refused.value.fields["files"]
        assert on_disk(storage) == []


async def test_a_fifth_file_refuses_all(storage: Storage) -> None:
    with pytest.raises(Refused) as refused:
        await accept(storage, *[(f"{i}.png", PNG) for i in range(5)])
    assert "höchstens vier" in refused.value.fields["files"]
    assert on_disk(storage) == []
    assert len(await accept(storage, *[(f"{i}.png", PNG) for i in range(4)])) == 4
    assert await accept(storage) == []


async def test_exactly_ten_megabytes_are_taken(storage: Storage) -> None:
    (file,) = await accept(storage, ("genau.pdf", PDF + b"\n" * (LARGEST - len(PDF))))
    assert file.size == LARGEST


@pytest.mark.parametrize(("given", "kept"), [
    ("../../etc/passwd.png", "passwd.png"), ("..\\..\\windows\\bild.png", "bild.png"), ("/etc/bild.png", "bild.png"),
    ("C:\\Users\\ute\\bild.png", "bild.png"), ("bild\x00.png", "bild.png"),
    ("zeile\r\nSet-Cookie: x=1.png", "zeile Set-Cookie: x=1.png"),
    ("\u202egnp.exe.png", "gnp.exe.png"), ("bild\u2028.png", "bild .png"), ("  bild   zwei .png ", "bild zwei .png"),
    ("", "Datei.png"), ("..", "...png"), ("/", "Datei.png"), ("\x01\x02", "Datei.png"), ("a\u0308.png", "ä.png"),
    ("rechnung.pdf", "rechnung.pdf.png"),
    ("seite.html", "seite.html.png"), ("BILD.PNG", "BILD.PNG"),
    ("名前.png", "名前.png"), ("kein-ende", "kein-ende.png"),
])  # fmt: skip
async def test_a_name_is_only_a_name_and_ends_as_its_content_says(storage: Storage, given: str, kept: str) -> None:
    (file,) = await accept(storage, (given, PNG))
    assert file.name == kept
    assert {path.parent.parent for path in on_disk(storage)} == {storage.place.directory}


async def test_a_very_long_name_fits_its_column_and_keeps_its_ending(storage: Storage) -> None:
    (file,) = await accept(storage, ("x" * 5000 + ".png", PNG))
    assert len(file.name) <= 200
    assert file.name.endswith(".png")


async def test_a_pdf_named_png_is_a_pdf(storage: Storage) -> None:
    (file,) = await accept(storage, ("rechnung.png", PDF))
    assert (file.name, file.content_type, file.width) == ("rechnung.png.pdf", "application/pdf", None)


async def test_a_picture_named_otherwise_is_what_it_is(storage: Storage) -> None:
    (file,) = await accept(storage, ("foto.png", picture("JPEG")))
    assert (file.name, file.content_type) == ("foto.png.jpg", "image/jpeg")
    (file,) = await accept(storage, ("foto.jpeg", picture("JPEG", (41, 30))))
    assert file.name == "foto.jpeg"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
async def test_pictures_of_every_colour_are_shown_small(storage: Storage, mode: str) -> None:
    (file,) = await accept(storage, ("a.png", picture("PNG", (2000, 1000), mode)))
    with Image.open(storage.place.path(f"{file.sha256}.webp")) as small:
        assert max(small.size) == PREVIEW_SIDE
    assert (file.width, file.height) == (2000, 1000)


@pytest.mark.parametrize("kind_mode", [("JPEG", "CMYK"), ("JPEG", "L"), ("GIF", "P"), ("WEBP", "RGBA"), ("PNG", "P")])
async def test_pictures_of_other_kinds_are_shown_small(storage: Storage, kind_mode: tuple[str, str]) -> None:
    kind, mode = kind_mode
    more = {"transparency": 0} if mode == "P" else {}
    (file,) = await accept(storage, ("a", picture(kind, (900, 1800), mode, **more)))
    with Image.open(storage.place.path(f"{file.sha256}.webp")) as small:
        assert max(small.size) == PREVIEW_SIDE


async def test_a_picture_taken_with_a_turned_phone_is_shown_upright(storage: Storage) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    (file,) = await accept(storage, ("a.jpg", picture("JPEG", (900, 300), exif=exif)))
    with Image.open(storage.place.path(f"{file.sha256}.webp")) as small:
        assert small.width < small.height
    assert (file.width, file.height) == (300, 900), "the page would keep space for the picture lying down"


async def test_the_same_file_twice_lies_on_disk_once(storage: Storage) -> None:
    one, two = await accept(storage, ("a.pdf", PDF), ("b.pdf", PDF))
    (again,) = await accept(storage, ("c.pdf", PDF))
    assert one.sha256 == two.sha256 == again.sha256
    assert (one.name, two.name, again.name) == ("a.pdf", "b.pdf", "c.pdf")
    assert len(on_disk(storage)) == 1


async def test_a_full_disk_leaves_no_half_file(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        await accept(storage, ("a.png", PNG), ("b.pdf", PDF))
    monkeypatch.undo()
    assert on_disk(storage) == []
    assert len(await accept(storage, ("a.png", PNG), ("b.pdf", PDF))) == 2
