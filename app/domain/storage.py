"""Attachments: taken in only when their content is one of five types, kept under their hash."""

import asyncio
import hashlib
import logging
import os
import tempfile
import warnings
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import IO

from app import clock
from app.config import Settings
from app.database import marks, written_rows
from app.domain.refusals import Refused
from app.domain.storage_local import HASH, Directory
from app.domain.storage_s3 import Bucket
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

# A picture of 40 kB can be 120 MB in memory and a second of work; threads must stay free for others.
_two_at_once = asyncio.Semaphore(2)
# Whole files of 10 MB in memory, on their way to where they are kept.
_two_in_memory = asyncio.Semaphore(2)

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
    """A file whose bytes are safely kept; `text` is what can be searched inside it."""

    name: str
    content_type: str
    size: int
    sha256: str
    width: int | None = None
    height: int | None = None
    text: str = ""


@dataclass(frozen=True)
class Opened:
    """A kept file to be read from any byte on: its size, and a tag that no other content has."""

    place: Directory | Bucket
    name: str
    size: int

    @property
    def tag(self) -> str:
        """The same for the same bytes, and only for them."""
        return self.name.partition(".")[0] + ("" if HASH.fullmatch(self.name) else "-small")

    async def pieces(self, start: int, stop: int) -> AsyncIterator[bytes]:
        """These bytes, one piece after the other; raises FileNotFoundError or StorageAway even in between."""
        piece = self.place.piece
        while start < stop:
            yield await self.place.read(self.name, start, min(start + piece, stop))
            start += piece


class Storage:
    """Files, each named by the SHA-256 of its content, with small versions of pictures beside them."""

    def __init__(self, place: Directory | Bucket) -> None:
        self.place = place

    async def accept(self, uploads: Sequence[Upload]) -> list[StoredFile]:
        """Check all files, then keep all; raises Refused(files=…) and keeps none when one is not right.

        Raises OSError, StorageAway or StorageFull where they cannot be kept: no row may name them then.
        """
        if len(uploads) > MOST_FILES:
            raise Refused(files=translate("Bitte wählen Sie höchstens vier Dateien; es waren %(n)s.", n=len(uploads)))
        async with _two_at_once:
            checked = await asyncio.to_thread(lambda: [_check(upload) for upload in uploads])
        for upload, file in zip(uploads, checked, strict=True):
            await self._keep(upload.stream, file)
        return checked

    async def _keep(self, stream: IO[bytes], file: StoredFile) -> None:
        async with _two_in_memory:
            await self.place.write(file.sha256, await asyncio.to_thread(_whole, stream))
        if file.width and await self.place.size(_preview(file.sha256)) is None:
            async with _two_at_once:
                small = await asyncio.to_thread(_small, stream)
            await self.place.write(_preview(file.sha256), small)

    async def open(self, sha256: str, preview: bool = False) -> Opened | None:
        """A file, or the small version of a picture, to be read in pieces; None for one that is not there."""
        name = _preview(sha256) if preview else sha256
        size = await self.place.size(name)
        return None if size is None else Opened(self.place, name, size)

    def at_hand(self, hashes: Iterable[str]) -> AbstractAsyncContextManager[dict[str, Path]]:
        """Where these files can be read on this machine, for as long as the block lasts; lost ones are not named."""
        return self.place.at_hand(hashes)

    async def discard(self, found: Iterable[str], age: timedelta = FRESH) -> int:
        """Remove the files with these hashes that no attachment names and nobody has brought again; returns how many.

        The rows that named them are gone by now. A file that comes again meanwhile is kept, or written anew.
        """
        hashes, removed = sorted(set(found)), 0
        for start in range(0, len(hashes), MOST_ASKED):
            unnamed = await _unnamed(hashes[start : start + MOST_ASKED])
            removed += await self.place.remove(unnamed, _before(age))
        return removed

    async def sweep(self, over: Callable[[], bool]) -> int:
        """Remove what a crash left behind: files that no attachment names, a day old; returns how many.

        Nothing where most files would go: then this is more likely another portal's database than our rubbish.
        """
        unnamed, total = list[str](), 0
        async for entries in self.place.entries():
            if over():
                return 0
            hashes = [entry.name for entry in entries if HASH.fullmatch(entry.name)]
            total += len(hashes)
            for start in range(0, len(hashes), MOST_ASKED):
                unnamed += await _unnamed(hashes[start : start + MOST_ASKED])
        if 2 * len(unnamed) > total:
            log.warning("%s of %s files are in no ticket of this database; none is removed", len(unnamed), total)
            return 0
        await self.place.tidy(_before(LEFT_BEHIND))
        await self._empty_aside()
        return await self.discard(unnamed, LEFT_BEHIND)

    async def _empty_aside(self) -> None:
        """What was laid aside goes for good, but for what a row names after all: that one was on its way just then."""
        names = await self.place.aside(_before(FRESH))
        for start in range(0, len(names), MOST_ASKED):
            some = names[start : start + MOST_ASKED]
            unnamed = set(await _unnamed([name.removesuffix(".webp") for name in some]))
            for name in some:
                await self.place.settle(name, back=name.removesuffix(".webp") not in unnamed)


@lru_cache(maxsize=4)
def storage_for(settings: Settings) -> Storage:
    """Where the settings say that attachments are: in a bucket, or in the data directory; one for the same settings."""
    if settings.storage_url:
        return Storage(Bucket(settings.storage_url, settings.data_dir))
    return Storage(Directory(settings.data_dir / "attachments"))


def _preview(sha256: str) -> str:
    return f"{sha256}.webp"


async def _unnamed(hashes: Sequence[str]) -> list[str]:
    """Those of the hashes that no attachment has."""
    found = await written_rows(f"SELECT DISTINCT sha256 FROM attachment WHERE sha256 IN {marks(hashes)}", *hashes)
    return sorted(set(hashes) - {row["sha256"] for row in found})


def _before(age: timedelta) -> float:
    return (clock.now() - age).timestamp()


def _whole(stream: IO[bytes]) -> bytes:
    stream.seek(0)
    return stream.read()


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
    from PIL import Image  # not before it is needed

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
    from PIL import Image, ImageOps

    stream.seek(0)
    with Image.open(stream) as image, tempfile.SpooledTemporaryFile() as out:
        image.draft("RGB", (PREVIEW_SIDE, PREVIEW_SIDE))
        small = ImageOps.exif_transpose(image).convert("RGBA" if "A" in image.getbands() else "RGB")
        small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
        small.save(out, "WEBP", quality=80)
        out.seek(0)
        return out.read()
