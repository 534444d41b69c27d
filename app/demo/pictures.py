"""The demo's attachments: a screenshot, a scan or a PDF with the given words in it, the same bytes every time."""

import textwrap
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path
from random import Random

from PIL import Image, ImageDraw, ImageFont

from app.language import vendor

FONTS = Path(__file__).parents[1] / "documents" / "fonts"
WINDOW, SHEET = (1120, 700), (860, 1180)
INK, PAPER, DESK, TITLE, LINE, STRIPE, GREY = (
    "#1f2933", "#ffffff", "#eef1f4", "#1f4e79", "#c3ccd5", "#f5f8fb", "#7b8794",
)  # fmt: skip
MENU = ("Datei", "Bearbeiten", "Ansicht", "Vorgang", "Extras", "Hilfe")
BUTTONS = ("Neu", "Öffnen", "Speichern", "Drucken", "Suchen", "Aktualisieren")
HEADINGS = ("Nr.", "Bezeichnung", "Status", "Geändert", "Betrag")
COLUMNS = (24, 150, 520, 700, 880)
WORDS = (
    "Grundbeitrag", "Zusatzbeitrag", "Lehrgang Grundkurs", "Prüfung Teil I", "Aufnahme", "Umlage", "Fachkurs",
    "Bescheinigung", "Ortsgruppe West", "Seminar Buchführung", "Mahnung 1. Stufe", "Rundschreiben",
)  # fmt: skip
STATES = ("offen", "gebucht", "geprüft", "gesperrt", "in Arbeit")


def draw(name: str, kind: str, words: str) -> bytes:
    """The bytes of a file called `name`, of kind `png`, `jpg` or `pdf`, with `words` to be read in it."""
    title = Path(name).stem.replace("_", " ").removeprefix("Bildschirmfoto ")
    make: dict[str, Callable[[str, str], bytes]] = {"png": _screenshot, "jpg": _scan, "pdf": _pdf}
    return make[kind](title, words)


@cache
def _font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONTS / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"), size)


def _table(words: str) -> list[tuple[str, ...]]:
    """Rows that look like somebody's work; the same words give the same rows."""
    random = Random(words)  # noqa: S311 (a picture, not a secret)
    return [
        (
            str(random.randint(100_000, 119_999)),
            random.choice(WORDS),
            random.choice(STATES),
            f"{random.randint(1, 28):02}.{random.randint(1, 12):02}.",
            f"{random.randint(12, 940)},{random.choice(('00', '50', '80'))}",
        )
        for _ in range(15)
    ]


def _screenshot(title: str, words: str) -> bytes:
    image = Image.new("RGB", WINDOW, DESK)
    pen = ImageDraw.Draw(image)
    _frame(pen, title)
    _rows(pen, words)
    _dialog(pen, words)
    out = BytesIO()
    image.quantize(64, Image.Quantize.FASTOCTREE).save(out, "PNG")
    return out.getvalue()


def _frame(pen: ImageDraw.ImageDraw, title: str) -> None:
    width, height = WINDOW
    pen.rectangle((0, 0, width, 38), fill=TITLE)
    pen.text((16, 9), f"{vendor()}-X3 – {title}", font=_font(16, bold=True), fill=PAPER)
    for place, mark in ((width - 96, "–"), (width - 62, "□"), (width - 28, "×")):
        pen.text((place, 8), mark, font=_font(17), fill=PAPER)
    x = 16
    for word in MENU:
        pen.text((x, 47), word, font=_font(14), fill=INK)
        x += 32 + int(_font(14).getlength(word))
    x = 12
    for word in BUTTONS:
        end = x + 24 + int(_font(13).getlength(word))
        pen.rounded_rectangle((x, 76, end, 104), 4, fill=PAPER, outline=LINE)
        pen.text((x + 12, 82), word, font=_font(13), fill=INK)
        x = end + 8
    pen.rectangle((0, height - 28, width, height), fill="#dfe5ea")
    pen.text((16, height - 23), "Bereit    |    15 Datensätze", font=_font(13), fill=GREY)


def _rows(pen: ImageDraw.ImageDraw, words: str) -> None:
    width, top, step = WINDOW[0], 118, 34
    rows = _table(words)
    pen.rectangle((12, top, width - 12, top + step * (len(rows) + 1)), fill=PAPER, outline=LINE)
    for number, row in enumerate([HEADINGS, *rows]):
        y = top + number * step
        if number % 2 == 0:
            pen.rectangle((13, y + 1, width - 13, y + step), fill="#dfe5ea" if number == 0 else STRIPE)
        for x, text in zip(COLUMNS, row, strict=True):
            pen.text((x, y + 8), text, font=_font(14, bold=number == 0), fill=INK)


def _dialog(pen: ImageDraw.ImageDraw, words: str) -> None:
    lines = textwrap.wrap(words, 46)
    width, height = 560, 150 + 28 * len(lines)
    left, top = (WINDOW[0] - width) // 2, (WINDOW[1] - height) // 2
    pen.rectangle((left + 6, top + 6, left + width + 6, top + height + 6), fill="#9aa5b1")
    pen.rectangle((left, top, left + width, top + height), fill=PAPER, outline=TITLE, width=2)
    pen.rectangle((left, top, left + width, top + 32), fill=TITLE)
    pen.text((left + 14, top + 7), "Hinweis", font=_font(15, bold=True), fill=PAPER)
    for number, line in enumerate(lines):
        pen.text((left + 28, top + 58 + 28 * number), line, font=_font(18), fill=INK)
    pen.rounded_rectangle((left + width - 120, top + height - 52, left + width - 24, top + height - 18), 4, fill=TITLE)
    pen.text((left + width - 84, top + height - 45), "OK", font=_font(16, bold=True), fill=PAPER)


def _scan(title: str, words: str) -> bytes:
    image = Image.new("RGB", SHEET, "#fbfaf5")
    pen = ImageDraw.Draw(image)
    pen.text((90, 90), title, font=_font(30, bold=True), fill=INK)
    pen.line((90, 140, SHEET[0] - 90, 140), fill=LINE, width=3)
    for number, line in enumerate(textwrap.wrap(words, 40)):
        pen.text((90, 180 + 42 * number), line, font=_font(26), fill=INK)
    for number, row in enumerate(_table(words)[:12]):
        y = 420 + 54 * number
        pen.text((90, y), f"{row[1]}:", font=_font(20), fill=GREY)
        pen.text((400, y), f"{row[0]} / {row[3]}", font=_font(20), fill=INK)
        pen.line((390, y + 30, SHEET[0] - 90, y + 30), fill=LINE, width=1)
    out = BytesIO()
    image.rotate(0.6, expand=False, fillcolor="#d9d6cc").save(out, "JPEG", quality=82)
    return out.getvalue()


def _pdf(title: str, words: str) -> bytes:
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    _register_fonts()
    out = BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    canvas.setTitle(title)
    canvas.setFont("Demo-Bold", 17)
    canvas.drawString(64, 760, title)
    canvas.line(64, 748, 531, 748)
    canvas.setFont("Demo", 12)
    for number, line in enumerate(textwrap.wrap(words, 66)):
        canvas.drawString(64, 716 - 18 * number, line)
    canvas.setFont("Demo", 9.5)
    for number, row in enumerate([HEADINGS, *_table(words)]):
        for x, text in zip((64, 130, 300, 390, 470), row, strict=True):
            canvas.drawString(x, 610 - 22 * number, text)
        canvas.line(64, 603 - 22 * number, 531, 603 - 22 * number)
    canvas.drawString(64, 60, "Seite 1 von 1")
    canvas.save()
    return out.getvalue()


@cache
def _register_fonts() -> None:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    pdfmetrics.registerFont(TTFont("Demo", FONTS / "DejaVuSans.ttf"))
    pdfmetrics.registerFont(TTFont("Demo-Bold", FONTS / "DejaVuSans-Bold.ttf"))
