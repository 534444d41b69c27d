"""Attachments on disk: taken in only when their content is one of five types, kept under their hash."""

import asyncio
import hashlib
import logging
import os
import re
import tempfile
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO

from PIL import Image, ImageOps

from app import clock
from app.database import marks, written_rows
from app.domain.refusals import Refused
from app.language import translate
from app.text import clean_line

log = logging.getLogger("app.storage")

MOST_FILES = 4
LARGEST = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 12_000
PREVIEW_SIDE = 720
ORIENTATION = 274  # the EXIF tag by which a phone says how it was held
LYING_DOWN = (5, 6, 7, 8)
FRESH = timedelta(hours=1)  # what was brought since then may be about to get its row
LEFT_BEHIND = timedelta(days=1)
MOST_ASKED = 200
HASH = re.compile(r"[0-9a-f]{64}")
ASIDE = ".gone"

# A picture of 40 kB can be 120 MB in memory and a second of work; threads must stay free for others.
_two_at_once = asyncio.Semaphore(2)

PDF = "application/pdf"
# First bytes → our name of the type, Pillow's name of it, its usual endings.
SIGNATURES: tuple[tuple[bytes, str, str, tuple[str, ...]], ...] = (
    (b"%PDF-", PDF, "", (".pdf",)),
    (b"\x89PNG\r\n\x1a\n", "image/png", "PNG", (".png",)),
    (b"\xff\xd8\xff", "image/jpeg", "JPEG", (".jpg", ".jpeg")),
    (b"GIF87a", "image/gif", "GIF", (".gif",)),
    (b"GIF89a", "image/gif", "GIF", (".gif",)),
    (b"RIFF", "image/webp", "WEBP", (".webp",)),
)


@dataclass(frozen=True)
class Upload:
    """A file as it came in: the name that the person gave it, and its bytes to read."""

    name: str
    stream: IO[bytes]


@dataclass(frozen=True)
class StoredFile:
    """A file whose bytes are safely on disk; `text` is what can be searched inside it."""

    name: str
    content_type: str
    size: int
    sha256: str
    width: int | None = None
    height: int | None = None
    text: str = ""


class Storage:
    """A directory of files, each named by the SHA-256 of its content."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def path(self, sha256: str) -> Path:
        """Where a file's bytes lie."""
        return self.directory / sha256[:2] / sha256

    def preview(self, sha256: str) -> Path:
        """Where a picture's small version lies."""
        return self.directory / sha256[:2] / f"{sha256}.webp"

    async def accept(self, uploads: Sequence[Upload]) -> list[StoredFile]:
        """Check all files, then keep all; raises Refused(files=…) and keeps none when one is not right."""
        if len(uploads) > MOST_FILES:
            raise Refused(files=translate("Bitte wählen Sie höchstens vier Dateien; es waren %(n)s.", n=len(uploads)))
        async with _two_at_once:
            return await asyncio.to_thread(self._accept, uploads)

    def _accept(self, uploads: Sequence[Upload]) -> list[StoredFile]:
        checked = [_check(upload) for upload in uploads]
        for upload, file in zip(uploads, checked, strict=True):
            self._keep(upload.stream, file)
        return checked

    def _keep(self, stream: IO[bytes], file: StoredFile) -> None:
        target = self.path(file.sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.utime(target)  # brought again: a sweep leaves alone what is as new as this
        except FileNotFoundError:
            stream.seek(0)
            _write(target, stream.read())
        if file.width and not self.preview(file.sha256).exists():
            _write(self.preview(file.sha256), _small(stream))

    async def discard(self, found: Iterable[str], age: timedelta = FRESH) -> int:
        """Remove the files with these hashes that no attachment names and nobody has brought again; returns how many.

        The rows that named them are gone by now. A file that comes again meanwhile is kept, or written anew.
        """
        hashes, removed = sorted(set(found)), 0
        for start in range(0, len(hashes), MOST_ASKED):
            unnamed = await _unnamed(hashes[start : start + MOST_ASKED])
            removed += await asyncio.to_thread(self._discard, unnamed, _before(age))
        return removed

    async def sweep(self, over: Callable[[], bool]) -> int:
        """Remove what a crash left behind: files that no attachment names, a day old; returns how many.

        Nothing where most files would go: then this is more likely another portal's database than our rubbish.
        """
        unnamed, total = list[str](), 0
        for folder in await asyncio.to_thread(lambda: sorted(self.directory.glob("[0-9a-f][0-9a-f]"))):
            if over():
                return 0
            names = await asyncio.to_thread(_half_done, folder, _before(LEFT_BEHIND))
            hashes = [name for name in names if HASH.fullmatch(name)]
            total += len(hashes)
            unnamed += await _unnamed(hashes)
        if 2 * len(unnamed) > total:
            log.warning("%s of %s files are in no ticket of this database; none is removed", len(unnamed), total)
            return 0
        return await self.discard(unnamed, LEFT_BEHIND)

    def _discard(self, hashes: Iterable[str], before: float) -> int:
        removed = 0
        for sha256 in hashes:
            aside = self.directory / sha256[:2] / f"{sha256}{ASIDE}"
            if _older(self.path(sha256), before):
                self.path(sha256).replace(aside)
                if not _older(aside, before):  # brought again in this moment
                    aside.replace(self.path(sha256))
                    continue
                self.preview(sha256).unlink(missing_ok=True)
                aside.unlink(missing_ok=True)
                removed += 1
        return removed


async def _unnamed(hashes: Sequence[str]) -> list[str]:
    """Those of the hashes that no attachment has."""
    found = await written_rows(f"SELECT DISTINCT sha256 FROM attachment WHERE sha256 IN {marks(hashes)}", *hashes)
    return sorted(set(hashes) - {row["sha256"] for row in found})


def _before(age: timedelta) -> float:
    return (clock.now() - age).timestamp()


def _older(path: Path, before: float) -> bool:
    try:
        return path.stat().st_mtime < before
    except FileNotFoundError:
        return False


def _half_done(folder: Path, before: float) -> list[str]:
    """The names in a folder, without the old ones of files that were never finished, or never fully removed."""
    names = [path.name for path in folder.iterdir()]
    for name in names:
        left = not HASH.fullmatch(name) and not (name.endswith(".webp") and name[:-5] in names)
        if left and _older(folder / name, before):
            (folder / name).unlink(missing_ok=True)
    return names


def _write(target: Path, content: bytes) -> None:
    # Under another name first, so that a crash never leaves half a file under the right one.
    descriptor, name = tempfile.mkstemp(dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _check(upload: Upload) -> StoredFile:
    name = clean_line(upload.name.replace("\\", "/").rsplit("/", 1)[-1])[:150] or translate("Datei")
    size = upload.stream.seek(0, os.SEEK_END)
    if size == 0:
        raise Refused(files=translate("„%(name)s“ ist leer.", name=name))
    if size > LARGEST:
        raise Refused(files=translate("„%(name)s“ ist größer als 10 MB.", name=name))
    upload.stream.seek(0)
    digest = hashlib.sha256(upload.stream.read()).hexdigest()
    content_type, picture, endings = _type(upload.stream, name)
    width, height = _measure(upload.stream, picture, name) if picture else (None, None)
    if not name.lower().endswith(endings):
        name += endings[0]
    return StoredFile(name, content_type, size, digest, width, height)


def _type(stream: IO[bytes], name: str) -> tuple[str, str, tuple[str, ...]]:
    stream.seek(0)
    head = stream.read(16)
    for signature, content_type, picture, endings in SIGNATURES:
        if head.startswith(signature) and (picture != "WEBP" or head[8:12] == b"WEBP"):
            return content_type, picture, endings
    raise Refused(files=translate("„%(name)s“ ist weder PDF noch Bild (PNG, JPEG, GIF, WebP).", name=name))


def _measure(stream: IO[bytes], picture: str, name: str) -> tuple[int, int]:
    """Width and height of a picture that really decodes; the header alone decides whether it is tried."""
    stream.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(stream, formats=[picture]) as image:
                width, height = image.size
                if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
                    raise Refused(files=translate("„%(name)s“ hat zu viele Bildpunkte.", name=name))
                image.load()
                turned = image.getexif().get(ORIENTATION, 1) in LYING_DOWN
                return (height, width) if turned else (width, height)
    except Refused:
        raise
    except Exception as error:
        raise Refused(files=translate("„%(name)s“ ist als Bild nicht lesbar.", name=name)) from error


def _small(stream: IO[bytes]) -> bytes:
    stream.seek(0)
    with Image.open(stream) as image, tempfile.SpooledTemporaryFile() as out:
        image.draft("RGB", (PREVIEW_SIDE, PREVIEW_SIDE))
        small = ImageOps.exif_transpose(image).convert("RGBA" if "A" in image.getbands() else "RGB")
        small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
        small.save(out, "WEBP", quality=80)
        out.seek(0)
        return out.read()
