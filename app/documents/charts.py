"""Charts as shapes for a template to draw as SVG, each with its table; the stylesheet knows the colours.

The template draws widths as shares of the place that there is, heights and words as they are: on a telephone a chart
becomes narrow, its words stay readable.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from app.language import format_number, translate

Token = Literal["accent", "wait", "done", "danger", "quiet", "it", "user", "vendor", "closed", "deleted"]
Anchor = Literal["start", "middle", "end"]

WIDTH = 420
VALUE_WIDTH = 72
ROW, BAR = 44, 14
PLOT_LEFT, PLOT_RIGHT, PLOT_TOP, PLOT_HEIGHT = 34, 4, 10, 150
AXIS_HEIGHT, LINE_HEIGHT = 22, 14
TICKS = 4
AXIS_LABELS = 7
AXIS_LETTERS, LABEL_LETTERS = 6, 34


@dataclass(frozen=True, slots=True)
class Series:
    """One row of numbers with its name and colour."""

    label: str
    token: Token
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class Box:
    """A bar or column; `title` is what a pointer over it says; hollow differs from full without colour."""

    x: float
    y: float
    width: float
    height: float
    token: Token
    title: str
    hollow: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """A piece of text in the drawing; `shift` moves it aside, however wide the drawing is."""

    x: float
    y: float
    text: str
    anchor: Anchor = "start"
    quiet: bool = False
    shift: float = 0


@dataclass(frozen=True, slots=True)
class Chart:
    """What `documents/_chart.html` draws: shapes, legend and the table that says the same."""

    key: str
    title: str
    description: str
    height: int
    boxes: Sequence[Box]
    words: Sequence[Words]
    lines: Sequence[float]
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    legend: Sequence[tuple[str, Token, bool]] = field(default=())
    width: int = WIDTH
    empty: bool = False

    def share(self, length: float) -> str:
        """A length or place from the left as a share of the drawing's width."""
        return f"{100 * length / self.width:.4g}%"


def bar_chart(
    key: str, title: str, heading: str, rows: Sequence[tuple[str, float]], *,
    measure: str, unit: str = "", tokens: Sequence[Token] = ("accent",),
) -> Chart:  # fmt: skip
    """Horizontal bars under their labels, one per (label, value); `heading` and `measure` head the table's columns."""
    largest = max((value for _label, value in rows), default=0) or 1
    room = WIDTH - VALUE_WIDTH
    boxes: list[Box] = []
    words: list[Words] = []
    for line, (label, value) in enumerate(rows):
        top, length, said = line * ROW, _at(room * max(value, 0) / largest), format_number(value) + unit
        words.append(Words(0, top + 14, _short(label)))
        boxes.append(Box(0, top + 21, length, BAR, tokens[line % len(tokens)], f"{label}: {said}"))
        words.append(Words(length, top + 32, said, quiet=True, shift=7))
    table = [(label, format_number(value) + unit) for label, value in rows]
    return Chart(
        key, title, _said(table), max(1, len(rows)) * ROW, boxes, words, (), (heading, measure), table,
        empty=not any(value for _label, value in rows),
    )  # fmt: skip


def column_chart(
    key: str, title: str, heading: str, labels: Sequence[str], series: Sequence[Series], *,
    stacked: bool = False, unit: str = "",
) -> Chart:  # fmt: skip
    """Columns over time, grouped side by side or stacked; `heading` heads the labels in the table."""
    columns = [[max(0.0, one.values[place]) for one in series] for place in range(len(labels))]
    tallest = max((sum(column) if stacked else max(column, default=0) for column in columns), default=0)
    step = tick(tallest)
    top = step * max(1, math.ceil(tallest / step))
    boxes = [
        box for place, label in enumerate(labels)
        for box in _column(place, len(labels), label, series, columns[place], top, stacked, unit)
    ]  # fmt: skip
    lines, words = _axis(step, top)
    below = _axis_labels(labels)
    words += below
    table = [
        (label, *(format_number(one.values[place]) + unit for one in series)) for place, label in enumerate(labels)
    ]
    totals = [(one.label, format_number(sum(one.values)) + unit) for one in series]
    return Chart(
        key, title, _said(totals), _height(below), boxes, words, lines,
        (heading, *(one.label for one in series)), table,
        [(one.label, one.token, _hollow(turn)) for turn, one in enumerate(series)], empty=not tallest,
    )  # fmt: skip


def tick(largest: float) -> float:
    """The distance of the lines: 1, 2 or 5 times a power of ten, so that about four of them suffice."""
    if largest <= TICKS:
        return 1
    power = 10.0 ** math.floor(math.log10(largest / TICKS))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor * TICKS >= largest)


def _column(
    place: int, places: int, label: str, series: Sequence[Series], values: Sequence[float], top: float,
    stacked: bool, unit: str,
) -> list[Box]:  # fmt: skip
    slot = (WIDTH - PLOT_LEFT - PLOT_RIGHT) / places
    side_by_side = 1 if stacked else max(1, len(series))
    width = min(28.0, slot * 0.72 / side_by_side)
    left = PLOT_LEFT + slot * place + (slot - width * side_by_side) / 2
    boxes, base = [], float(PLOT_TOP + PLOT_HEIGHT)
    for turn, (one, value) in enumerate(zip(series, values, strict=True)):
        height = PLOT_HEIGHT * value / top
        x = left if stacked else left + turn * width
        title = f"{label}, {one.label}: {format_number(value)}{unit}"
        place_and_size = (_at(x), _at(base - height), _at(width), _at(height))
        boxes.append(Box(*place_and_size, one.token, title, _hollow(turn)))
        base -= height if stacked else 0
    return boxes


def _axis(step: float, top: float) -> tuple[list[float], list[Words]]:
    marks = [step * turn for turn in range(round(top / step) + 1)]
    heights = [_at(PLOT_TOP + PLOT_HEIGHT * (1 - mark / top)) for mark in marks]
    words = [
        Words(PLOT_LEFT, height + 4, format_number(mark), "end", quiet=True, shift=-6)
        for mark, height in zip(marks, heights, strict=True)
    ]
    return heights, words


def _axis_labels(labels: Sequence[str]) -> list[Words]:
    """The labels below the columns, so many as there is room for; long ones in two lines."""
    slot, bottom = (WIDTH - PLOT_LEFT - PLOT_RIGHT) / max(1, len(labels)), PLOT_TOP + PLOT_HEIGHT + 16
    every = math.ceil(len(labels) / AXIS_LABELS) or 1
    return [
        Words(_at(PLOT_LEFT + slot * (place + 0.5)), bottom + LINE_HEIGHT * line, text, "middle", quiet=True)
        for place, label in enumerate(labels) if place % every == 0
        for line, text in enumerate(_lines(label))
    ]  # fmt: skip


def _lines(label: str) -> list[str]:
    return label.rsplit(" ", 1) if len(label) > AXIS_LETTERS else [label]


def _height(below: Sequence[Words]) -> int:
    lowest = max((words.y for words in below), default=PLOT_TOP + PLOT_HEIGHT)
    return max(PLOT_TOP + PLOT_HEIGHT + AXIS_HEIGHT, math.ceil(lowest) + 6)


def _said(facts: Sequence[tuple[str, str]]) -> str:
    if not facts:
        return translate("Keine Angaben in diesem Zeitraum.")
    return "; ".join(f"{label}: {value}" for label, value in facts[:12]) + ("; …" if len(facts) > 12 else "")


def _short(label: str) -> str:
    return label if len(label) <= LABEL_LETTERS else label[: LABEL_LETTERS - 1].rstrip() + "…"


def _hollow(turn: int) -> bool:
    return turn % 2 == 1


def _at(place: float) -> float:
    return round(place, 1)
