"""Charts: geometry that fits, text that says the same, and nothing the content policy forbids."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from app.documents.charts import Chart, Series, bar_chart, column_chart, tick
from app.documents.pdf import templates

pytestmark = pytest.mark.no_database


def drawn(chart: Chart) -> str:
    return templates().get_template("documents/_chart.html").render(chart=chart, _=lambda text, **_values: text)


BARS = bar_chart(
    "status", "Offen nach Status", "Status", [("Prüfung <EDV>", 12), ("Prüfung durch einen sehr langen Namen", 4)],
    measure="Tickets", tokens=("it", "user"),
)  # fmt: skip
WEEKS = [f"KW {week}" for week in range(1, 53)]
COLUMNS = column_chart(
    "weeks", "Je Woche", "Woche", WEEKS,
    [Series("Erstellt", "accent", list(range(52))), Series("Geschlossen", "done", [3] * 52)],
)  # fmt: skip


@pytest.mark.parametrize("chart", [BARS, COLUMNS], ids=["bars", "columns"])
def test_a_chart_is_named_described_and_accompanied_by_its_table(chart: Chart) -> None:
    figure = ElementTree.fromstring(drawn(chart))  # our own markup, not a stranger's
    plot = figure.find("svg")
    assert plot is not None
    assert plot.get("role") == "img"
    named = [figure.find(f".//*[@id='{name}']") for name in str(plot.get("aria-labelledby")).split()]
    assert [part.text for part in named if part is not None] == [chart.title, chart.description]
    rows = [["".join(cell.itertext()) for cell in row] for row in figure.iter("tr")]
    assert rows == [list(chart.headings), *map(list, chart.rows)]


@pytest.mark.parametrize("chart", [BARS, COLUMNS], ids=["bars", "columns"])
def test_every_shape_lies_inside_the_drawing(chart: Chart) -> None:
    for box in chart.boxes:
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.width <= chart.width
        assert box.y + box.height <= chart.height


def test_stacked_columns_stand_on_each_other() -> None:
    series = [Series("A", "it", [2]), Series("B", "user", [3])]
    low, high = column_chart("s", "S", "W", ["1"], series, stacked=True).boxes
    assert (high.x, round(high.y + high.height, 1)) == (low.x, low.y)


def test_nothing_in_it_is_forbidden_by_the_content_policy() -> None:
    for chart in (BARS, COLUMNS):
        assert not re.search(r"<style|<script|\sstyle=|\son\w+=|href=", drawn(chart))


def test_text_in_it_is_escaped() -> None:
    assert "Prüfung &lt;EDV&gt;" in drawn(BARS)


def test_nothing_to_draw_is_said_in_words() -> None:
    for chart in (
        bar_chart("a", "A", "x", [], measure="y"), bar_chart("a", "A", "x", [("z", 0)], measure="y"),
        column_chart("a", "A", "x", [], []), column_chart("a", "A", "x", ["1"], [Series("S", "it", [0])]),
    ):  # fmt: skip
        assert "<svg" not in drawn(chart)
        assert "Keine Angaben" in drawn(chart)


@pytest.mark.parametrize(
    ("largest", "step"), [(0, 1), (3, 1), (4, 1), (5, 2), (12, 5), (41, 20), (100, 50), (1031, 500)]
)
def test_lines_stand_at_round_numbers(largest: float, step: float) -> None:
    assert tick(largest) == step


def test_the_stylesheet_knows_every_colour_and_no_raw_ones() -> None:
    css = Path("static/css/50-charts.css").read_text()
    for token in ("accent", "wait", "done", "danger", "quiet", "it", "user", "vendor", "closed"):
        assert f".fill-{token}" in css
    assert not re.search(r"#[0-9a-fA-F]{3}|rgb|oklch", css)
