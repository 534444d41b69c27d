"""What the portal does not do while it starts: somebody waits for the first answer."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.no_database]

ROOT = Path(__file__).resolve().parents[1]
# Each takes a twentieth to half a second of the start, and most of them as much memory as a tenth of the portal.
SELDOM_NEEDED = {"holidays", "obstore", "openpyxl", "reportlab", "xhtml2pdf"}
START = """
import inspect, sys

source = inspect.getsource

def read(thing):
    assert getattr(thing, "__module__", "") != "app.domain.models", "the source of a model is read"
    return source(thing)

inspect.getsource = read
import app.check, app.cli, app.main, app.migrate, app.server
print(" ".join({name.partition(".")[0] for name in sys.modules}))
"""


def test_what_is_seldom_needed_is_read_when_it_is_needed() -> None:
    started = subprocess.run([sys.executable, "-c", START], cwd=ROOT, capture_output=True, text=True, check=False)
    assert started.returncode == 0, started.stderr
    assert not SELDOM_NEEDED & set(started.stdout.split())
