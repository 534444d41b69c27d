"""docs/security.md names tests that exist."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "docs" / "security.md").read_text())))

pytestmark = pytest.mark.no_database


@cache
def functions(path: str) -> set[str]:
    """The names of a file's tests."""
    file = ROOT / path
    found = ast.walk(ast.parse(file.read_text())) if file.exists() else ()
    return {node.name for node in found if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_test_that_the_page_names_exists() -> None:
    assert [f"{path}::{name}" for path, name in NAMED if name not in functions(path)] == []


def test_every_row_names_one() -> None:
    rows = [line for line in (ROOT / "docs" / "security.md").read_text().splitlines() if line.startswith("| ")]
    assert [row for row in rows if "::test_" not in row and not row.endswith(("| test |",))] == []
    assert len(NAMED) > 60
