"""The tokens: the only place with raw values, readable in both themes; a status has one colour wherever it stands."""

import re
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import NamedTuple, get_args

import pytest
from openpyxl import load_workbook

from app.documents.colours import TOKENS, Channels, Theme, colours
from app.documents.excel import Chip, Column, Sheet, workbook
from app.documents.pdf import templates
from app.domain.flow import DELETED, STATUS_LABELS, STATUS_TOKENS, StatusToken, status_token

pytestmark = [pytest.mark.no_database, pytest.mark.sqlite_only]

ROOT = Path(__file__).resolve().parents[2]
CSS = sorted((ROOT / "static" / "css").glob("*.css"))
THEMES = get_args(Theme)

# Which text may stand on which ground. A ground of two tokens is a mixture: „accent-soft 50% surface“.
OPEN_GROUNDS = ("page", "surface")
TEXTS = (
    "text", "quiet", "accent", "accent-strong", "wait", "danger", "done", "status-it", "status-user", "status-vendor",
    "status-closed", "status-deleted",
)  # fmt: skip
TINTED = (
    "sunken", "accent-soft", "wait-soft", "accent-soft 50% surface", "wait-soft 45% surface", "accent-soft 40% surface",
    "danger-soft",
)  # fmt: skip
READABLE = {
    *product(TEXTS, OPEN_GROUNDS), *product(("text", "quiet"), TINTED),
    ("accent", "sunken"), ("accent", "accent-soft"), ("accent", "accent-soft 50% surface"),
    ("accent", "wait-soft 45% surface"), ("wait", "wait-soft 45% surface"), ("danger", "sunken"), ("text", "line"),
    ("accent-strong", "accent-soft"), ("wait", "wait-soft"), ("danger", "danger-soft"), ("done", "done-soft"),
    ("accent-text", "accent"), ("accent-text", "accent-strong"), ("surface", "danger"), ("surface", "danger 86% text"),
    ("page", "text"), *((f"status-{name}", f"status-{name}-soft") for name in get_args(StatusToken)),
}  # fmt: skip
# Edges of controls, marks of focus, dots and the shapes of charts.
VISIBLE = {
    *product(("line-strong", "accent", "danger", "wait", "done", "quiet"), OPEN_GROUNDS),
    *((f"status-{name}", "surface") for name in get_args(StatusToken)),
    ("accent", "accent-soft"), ("accent", "sunken"), ("danger", "danger-soft"), ("code-ink", "code-paper"),
}  # fmt: skip
# Said by the rule, seen by nobody: it covers no text, or shows through.
NO_GROUND = {"veil", "code-paper"}
NAMED = "white|black|red|green|blue|gr[ae]y|silver|orange|yellow|navy|teal|maroon|purple|gold|pink|brown|cyan|magenta"


class Rule(NamedTuple):
    """One block of a style sheet, nested ones on their own."""

    file: str
    selector: str
    declared: dict[str, str]


def source(path: Path) -> str:
    return re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


def rules(path: Path) -> Iterator[Rule]:
    """Every block with what it declares itself."""
    open_blocks: list[Rule] = []
    for before, mark in re.findall(r"((?:\"[^\"]*\"|[^{};\"])*)([{};])", source(path)):
        name, colon, value = before.strip().partition(":")
        if mark == "{":
            open_blocks.append(Rule(path.name, before.strip(), {}))
            continue
        if colon and open_blocks:
            open_blocks[-1].declared[name.strip()] = value.strip()
        if mark == "}":
            yield open_blocks.pop()


def the_tokens() -> set[str]:
    return set(re.findall(r"--([\w-]+):", source(TOKENS)))


def linear(ground: str, theme: Theme) -> Channels:
    """A token, or a mixture of two, as linear sRGB; mixed as light, which is near enough to Oklab for contrast."""
    names = re.fullmatch(r"([\w-]+) (\d+)% ([\w-]+)", ground)
    if names:
        first, second, share = linear(names[1], theme), linear(names[3], theme), int(names[2]) / 100
        red, green, blue = (share * a + (1 - share) * b for a, b in zip(first, second, strict=True))
        return red, green, blue
    shown = colours(theme)[ground]
    red, green, blue = (_decoded(int(shown[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return red, green, blue


def _decoded(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


@cache
def luminance(ground: str, theme: Theme) -> float:
    red, green, blue = linear(ground, theme)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str, theme: Theme) -> float:
    dark, light = sorted((luminance(one, theme), luminance(other, theme)))
    return (light + 0.05) / (dark + 0.05)


def ground(value: str) -> str | None:
    """The token, or the mixture of two, that a background lies on the page with."""
    mixed = re.findall(r"color-mix\(in oklab, var\(--([\w-]+)\) (\d+)%, var\(--([\w-]+)\)\)", value)
    if mixed:
        return "{} {}% {}".format(*mixed[-1])
    named = re.fullmatch(r"var\(--([\w-]+)\)", value)
    return named[1] if named else None


@pytest.mark.parametrize("theme", THEMES)
def test_every_pair_of_tokens_can_be_told_apart(theme: Theme) -> None:
    wanted = [(pair, 4.5) for pair in READABLE] + [(pair, 3.0) for pair in VISIBLE]
    weak = {pair: round(contrast(*pair, theme), 2) for pair, least in wanted if contrast(*pair, theme) < least}
    assert weak == {}


def test_the_contrast_is_the_one_of_the_recommendation() -> None:
    assert round(contrast("code-paper", "code-ink", "light"), 1) == 19.7  # #0b0b0b on white
    assert colours()["accent"] == "#006173"


@pytest.mark.parametrize("path", CSS, ids=lambda path: path.name)
def test_every_pair_in_use_is_declared(path: Path) -> None:
    unknown = set()
    for rule in rules(path):
        text = ground(rule.declared.get("color", ""))
        under = ground(rule.declared.get("background", rule.declared.get("background-color", "")))
        if under in NO_GROUND:
            continue
        if text and under:
            unknown |= {(rule.selector, text, under)} if (text, under) not in READABLE else set()
        elif text and text not in ("accent-text", "surface"):
            unknown |= {(rule.selector, text, "page")} if (text, "page") not in READABLE else set()
        elif under and under not in OPEN_GROUNDS and "::before" not in rule.selector:
            written = {("text", under), ("accent-text", under)} & READABLE
            unknown |= set() if written else {(rule.selector, "text", under)}
    assert unknown == set()


@pytest.mark.parametrize("path", [path for path in CSS if path != TOKENS], ids=lambda path: path.name)
def test_raw_values_stand_among_the_tokens_only(path: Path) -> None:
    text = source(path)
    assert not re.findall(r"(?<![\w-])#[0-9a-fA-F]{3,8}\b(?=[^{]*[;}])|%23[0-9a-fA-F]{3,8}", text)
    assert not re.findall(r"\b(?:rgba?|hsla?|hwb|oklch|oklab|lab|lch|color)\(", text)
    assert not re.findall(rf":[^;{{}}]*\b(?:{NAMED})\b[^;{{}}]*[;}}]", text), "a colour by its name"
    assert not re.findall(r"(?<![\w.-])[\d.]+(?:px|m?s)\b", text), "sizes and times have names"


def test_letters_and_documents_take_their_colours_from_the_tokens() -> None:
    templates = [path for path in (ROOT / "templates").rglob("*.*") if path.is_file()]
    assert [path.name for path in templates if re.search(r"#[0-9a-fA-F]{6}\b", source(path))] == []


def test_every_token_is_used_and_every_one_used_is_there() -> None:
    used = {name for path in CSS for name in re.findall(r"var\(--([\w-]+)", source(path))}
    used |= set(re.findall(r"colours\[\"([\w-]+)\"\]", (ROOT / "templates/documents/ticket.css").read_text()))
    assert used - the_tokens() == set()
    assert {name for name in the_tokens() - used if not name.startswith("status-")} == set()


# --- statuses are named once ---


def test_every_status_has_one_token_and_every_token_its_colours() -> None:
    assert set(STATUS_LABELS) == set(STATUS_TOKENS)
    assert {*STATUS_TOKENS.values(), DELETED} == set(get_args(StatusToken))
    for name in get_args(StatusToken):
        assert {f"status-{name}", f"status-{name}-soft"} <= set(colours())


@pytest.mark.parametrize("name", get_args(StatusToken))
def test_a_status_has_the_same_colours_in_chip_chart_pdf_and_excel(name: StatusToken) -> None:
    ink, paper = f"status-{name}", f"status-{name}-soft"
    assert f"color: var(--{ink}); background: var(--{paper})" in (ROOT / "static/css/32-status.css").read_text()
    assert f".chart .fill-{name} {{ color: var(--{ink});" in (ROOT / "static/css/50-charts.css").read_text()
    assert f'"{name}": "' in (ROOT / "templates/ui.html").read_text(), "its icon"
    printed = templates().get_template("documents/ticket.css").render(fonts="")
    assert f".status.{name} {{ color: {colours()[ink]}; background-color: {colours()[paper]}; }}" in printed
    book = load_workbook(BytesIO(workbook([Sheet("S", [Column("A", 9)], [[Chip("Status", name)]])])))
    cell = book["S"]["A2"]
    shown = [f"#{colour.rgb[2:].lower()}" for colour in (cell.font.color, cell.fill.fgColor)]
    assert shown == [colours()[ink], colours()[paper]]


def test_a_deleted_ticket_is_deleted_whatever_its_status_was() -> None:
    assert {status_token(status, deleted=True) for status in STATUS_TOKENS} == {DELETED}


def test_documents_have_no_colours_of_their_own() -> None:
    assert not re.findall(r"#[0-9a-fA-F]{6}\b", (ROOT / "templates/documents/ticket.css").read_text())
    for name in ("pdf", "excel", "charts"):
        assert not re.findall(r"\"#?[0-9a-fA-F]{6}\"", (ROOT / f"app/documents/{name}.py").read_text())
