"""A ticket as a PDF: plain data in, bytes out; meant to run in a child process."""

import logging
import re
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.documents.colours import colours
from app.language import translate

if TYPE_CHECKING:
    from PIL import Image

FONTS = Path(__file__).parent / "fonts"
TEMPLATES = Path(__file__).parents[2] / "templates"
PICTURE_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
PICTURE_PIXELS = 40_000_000
PICTURE_EDGE = 12_000
PICTURES = 60
PICTURE_SECONDS = 8.0
PRINTED_EDGE = 1400
PRINTED_WIDTH, PRINTED_HEIGHT = 500, 380
BLOCK_LINES = 25

UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")
LINE_END = re.compile("\r\n?|[\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class MessageEntry:
    """A message as it is printed; `pictures` are (name, file) and also stand in `files` as (name, size)."""

    author: str
    organisation: str
    at_text: str
    audience_label: str | None
    body: str
    files: Sequence[tuple[str, str]] = ()
    pictures: Sequence[tuple[str, Path]] = ()
    side: str = "customer"
    number: int = 0  # in the correspondence, where it is told


@dataclass(frozen=True, slots=True)
class EventEntry:
    """A journal line between the messages."""

    sentence: str
    at_text: str


@dataclass(frozen=True, slots=True)
class TicketDocument:
    """Everything the PDF of a ticket says, already in the reader's words."""

    number: int
    subject: str
    url: str
    facts: Sequence[tuple[str, str]]
    entries: Sequence[MessageEntry | EventEntry]
    created_text: str
    vendor: str
    base_language: str = "de"
    status_label: str = ""
    status_token: str = "vendor"  # noqa: S105
    escalated_text: str = ""
    numbered: bool = True  # whether it counts its own pages


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture ready for print, or (without a file) the sentence that stands in its place."""

    name: str
    file: str = ""
    width: int = 0
    height: int = 0
    refusal: str = ""


def render_ticket(document: TicketDocument) -> bytes:
    """The ticket as PDF."""
    with tempfile.TemporaryDirectory(prefix="ticket-") as folder:
        press = Press(Path(folder))
        return pdf(html_of("documents/ticket.html", document, pictures=press.pictures, blocks=blocks), press.folder)


def html_of(template: str, document: TicketDocument, **more: Any) -> str:
    """A template of the documents about a ticket, in the reader's language."""
    return templates().get_template(template).render(
        ticket=document, fonts=FONTS,
        _=lambda text, **values: translate(text, **{"vendor": document.vendor} | values), **more,
    )  # fmt: skip


def pdf(html: str, folder: Path) -> bytes:
    """Our own HTML as PDF; it may read the folder and the fonts and nothing else."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from reportlab import rl_config
        from xhtml2pdf import pisa
        from xhtml2pdf.config.resources import ResourceAccessPolicy

    logging.getLogger("xhtml2pdf").setLevel(logging.CRITICAL)  # it quotes the text
    rl_config.useA85 = 0  # pictures as they are: their ASCII form took 95 % of the time
    policy = ResourceAccessPolicy.server(
        folder, allow_remote=False, extra_roots=(FONTS,), max_resources=PICTURES + 40, max_render_seconds=60
    )
    out = BytesIO()
    made = pisa.CreatePDF(html, out, path=str(folder / "ticket.html"), encoding="utf-8", resource_policy=policy)
    if made.err:
        raise ValueError("xhtml2pdf reported an error")
    return out.getvalue()


def printable(value: Any) -> Any:
    """Text without what no font draws and no PDF holds; everything else as it is."""
    return UNPRINTABLE.sub("", value) if type(value) is str else value


def blocks(body: str) -> Iterator[tuple[list[str], bool]]:
    """A message in blocks of lines, and whether a paragraph ends there; the first one carries the author."""
    text = LINE_END.sub("\n", body).strip()
    for paragraph in re.split(r"\n[ \t]*\n\s*", text):
        lines = paragraph.split("\n")
        # One long block takes square time to split over the pages.
        for start in range(0, len(lines), BLOCK_LINES):
            yield lines[start : start + BLOCK_LINES], start + BLOCK_LINES >= len(lines)


@cache
def templates() -> Environment:
    """The environment of the documents: escaping always on, every text printable."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, finalize=printable,
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.globals["colours"] = colours()
    environment.tests["longer_than"] = lambda text, size: len(text) > size
    return environment


class Press:
    """Makes uploaded pictures fit for print, in a folder of its own, so many and for so long."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made = 0
        self.until = time.monotonic() + PICTURE_SECONDS

    def pictures(self, message: MessageEntry) -> Iterator[Picture]:
        """The pictures of a message, each printed or explained."""
        for name, path in message.pictures:
            if self.made >= PICTURES or time.monotonic() > self.until:
                yield Picture(name, refusal=translate("nicht abgedruckt, im Portal zu sehen"))
                continue
            try:
                yield self._printed(name, path)
            except Exception:  # whatever a file does to the decoder, the PDF is made
                yield Picture(name, refusal=translate("das Bild lässt sich nicht darstellen"))

    def _printed(self, name: str, path: Path) -> Picture:
        from PIL import Image  # as xhtml2pdf, not before it is needed

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path, formats=PICTURE_FORMATS) as source:
                if max(source.size) > PICTURE_EDGE or source.width * source.height > PICTURE_PIXELS:
                    raise ValueError("too many pixels")
                picture = _flat(source)
        self.made += 1
        file = f"{self.made}.jpg"
        picture.save(self.folder / file, "JPEG", quality=88, subsampling=0)
        width, height = picture.size
        scale = min(1.0, PRINTED_WIDTH / width, PRINTED_HEIGHT / height)
        return Picture(name, file, max(1, round(width * scale)), max(1, round(height * scale)))


def _flat(source: "Image.Image") -> "Image.Image":
    """The first frame, upright, at most as large as print needs, on white."""
    from PIL import Image, ImageOps

    source.draft("RGB", (PRINTED_EDGE, PRINTED_EDGE))
    picture: Image.Image = ImageOps.exif_transpose(source)
    if picture.mode not in ("RGB", "L"):
        picture = picture.convert("RGBA")
    picture.thumbnail((PRINTED_EDGE, PRINTED_EDGE))
    if picture.mode == "RGBA":
        white = Image.new("RGB", picture.size, "white")
        white.paste(picture, mask=picture.getchannel("A"))
        return white
    return picture.convert("RGB")
