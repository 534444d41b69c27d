"""Sheets that are laid around or over other pages: head and foot of an attachment, and the numbers of all pages."""

from collections.abc import Sequence
from functools import cache
from io import BytesIO
from typing import Any

from app.documents.colours import colours
from app.documents.pdf import FONTS
from app.language import translate

MM = 72 / 25.4
PORTRAIT = (210 * MM, 297 * MM)
LANDSCAPE = (297 * MM, 210 * MM)
FRAME = (12 * MM, 16 * MM, 12 * MM, 22 * MM)  # around an attachment's page: left, bottom, right, top
LEFT, RIGHT = 25 * MM, 20 * MM  # as documents/ticket.css
BASE = 14.6 * MM
PLAIN, BOLD = "PortalSheet", "PortalSheet-Bold"


def sheets(sizes: Sequence[tuple[float, float]], title: str, about: str, foot: str) -> bytes:
    """A PDF of empty sheets with a head in two lines and a foot, for the pages of one attachment."""
    out, canvas = _canvas()
    for place, (width, height) in enumerate(sizes, 1):
        of = translate("Blatt %(place)s von %(sheets)s", place=place, sheets=len(sizes))
        canvas.setPageSize((width, height))
        canvas.setFillColor(colours()["text"])
        room = width - FRAME[0] - FRAME[2] - canvas.stringWidth(of, PLAIN, 8) - 12
        canvas.setFont(BOLD, 9)
        canvas.drawString(FRAME[0], height - 11 * MM, _fitting(canvas, title, BOLD, 9, room))
        canvas.setFillColor(colours()["quiet"])
        canvas.setFont(PLAIN, 8)
        canvas.drawRightString(width - FRAME[2], height - 11 * MM, of)
        canvas.drawString(FRAME[0], height - 15.5 * MM, _fitting(canvas, about, PLAIN, 8, width - 24 * MM))
        canvas.drawString(LEFT, BASE, _fitting(canvas, foot, PLAIN, 8, width - LEFT - RIGHT - 40 * MM))
        canvas.setStrokeColor(colours()["line"])
        canvas.setLineWidth(0.5)
        canvas.line(FRAME[0], height - 18 * MM, width - FRAME[2], height - 18 * MM)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def numbers(sizes: Sequence[tuple[float, float]]) -> bytes:
    """A PDF with nothing on its pages but „Seite x von y“, for pages of these sizes."""
    out, canvas = _canvas()
    for place, (width, height) in enumerate(sizes, 1):
        canvas.setPageSize((width, height))
        canvas.setFont(PLAIN, 8)
        canvas.setFillColor(colours()["quiet"])
        said = f"{translate('Seite')} {place} {translate('von')} {len(sizes)}"
        canvas.drawRightString(width - RIGHT, BASE, said)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _canvas() -> tuple[BytesIO, Any]:
    from reportlab import rl_config
    from reportlab.pdfgen.canvas import Canvas

    rl_config.useA85 = 0
    register()
    out = BytesIO()
    return out, Canvas(out)


@cache
def register() -> None:
    """Let reportlab know the documents' fonts by these names."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    for name, file in ((PLAIN, "DejaVuSans.ttf"), (BOLD, "DejaVuSans-Bold.ttf")):
        pdfmetrics.registerFont(TTFont(name, FONTS / file))


def _fitting(canvas: Any, text: str, font: str, size: float, room: float) -> str:
    """The text, or as much of it as there is room for."""
    if canvas.stringWidth(text, font, size) <= room:
        return text
    while text and canvas.stringWidth(text + "…", font, size) > room:
        text = text[:-1]
    return text + "…"
