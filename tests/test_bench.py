"""The bench: what its table and its targets say of what was measured, and that it measures at all."""

from pathlib import Path

import pytest

from tests.bench import __main__ as bench
from tests.bench import plans, table
from tests.bench.measure import Found, Plan
from tests.bench.visits import EDV, VISITS

pytestmark = [pytest.mark.no_database]

SIZES = (1000, 100_000)
SMALLEST = Plan(
    rounds=1, seconds=60, dear_rounds=1, dear_seconds=60, crowd_rounds=1, crowd_each=1, crowd_seconds=30, exports=1,
    starts=1,
)  # fmt: skip


def measured(small: float, large: float, floor: float) -> Found:
    """The customer's list, over both corpora, and nothing else."""
    found = Found()
    found.hello.alone += [0.5]
    for tickets, ms in zip(SIZES, (small, large), strict=True):
        times = found.times["list", EDV, tickets]
        times.alone += [ms, ms, ms]
        times.floor += [floor]
    return found


def test_a_page_that_grows_with_the_tickets_misses_its_target() -> None:
    missed = {target.what for target in table.targets("sqlite", measured(10, 20, 10), SIZES) if not target.met}
    assert missed == {f"list ({EDV}), 1,000 → 100,000 tickets"}


def test_a_page_that_costs_much_more_than_its_rows_misses_its_target() -> None:
    said = [target.line for target in table.targets("sqlite", measured(10, 10, 2.5), SIZES) if not target.met]
    assert said == [f"MISSED  sqlite: list ({EDV}) of plain SQL and rendering: 4.00 × of at most 2.50, missed by 60 %"]


def test_the_table_has_a_line_for_what_was_measured_and_its_ratios() -> None:
    hello, line = table.rows(measured(10, 12, 6), SIZES)
    told = dict(zip(table.HEAD[:11], line[:11], strict=True))
    assert (hello[0], told["what"], told["p50"]) == ("hello", "list", "12.0")
    assert (told["× hello"], told["× floor"], told["growth"]) == ("24.0", "2.00", "1.20")


@pytest.mark.parametrize(
    ("sql", "step", "scans"),
    [
        ("SELECT 1 FROM ticket t JOIN module mo ON 1 = 1", "SCAN t", True),
        ("SELECT 1 FROM ticket t JOIN module mo ON 1 = 1", "SCAN mo", False),
        ("SELECT 1 FROM ticket t ORDER BY t.updated_at", "SCAN t USING INDEX ticket_by_update", False),
        ("SELECT rowid FROM ticket_search", "SCAN ticket_search VIRTUAL TABLE INDEX 0:M1", False),
        ("SELECT everyone FROM ticket_search", "SCAN ticket_search VIRTUAL TABLE INDEX 0:=", False),
        ("SELECT rowid FROM ticket_search", "SCAN ticket_search VIRTUAL TABLE INDEX 0:", True),
        ("SELECT 1 FROM message m", "  ->  Seq Scan on message m", True),
        ("SELECT 1 FROM message m", "  ->  Index Scan using message_of_ticket on message m", False),
        ("SELECT 1 FROM organisation o", "  ->  Seq Scan on organisation o", False),
    ],
)
def test_a_plan_that_goes_through_all_of_a_table_that_grows_is_said(sql: str, step: str, scans: bool) -> None:
    assert bool(plans.scans(sql, [step])) == scans


def test_no_two_visits_are_called_the_same() -> None:
    assert len({(visit.name, visit.who) for visit in VISITS}) == len(VISITS)


@pytest.mark.long
def test_it_measures(tmp_path: Path) -> None:
    found, _ = bench.one_database("sqlite", [1000], SMALLEST, tmp_path)
    told = {(line[0], line[1]) for line in table.rows(found, [1000])}
    assert told >= {(visit.name, visit.who or "nobody") for visit in VISITS if visit.sizes == "both"}
    assert all(seen["plan"] for name, plans in found.recorded.items() for seen in plans if "list" in name)
