"""„Bausteine“: every component of the design once, made by what the pages use."""

import re
from pathlib import Path

import pytest

from app.domain.flow import DELETED_LABEL, STATUS_LABELS, status_label
from tests.cast import Cast, Portal
from tests.web.reading import look

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
PAGE = "components/index.html"
# Parts of other macros, and what every form carries unseen.
INSIDE = {"key", "end", "describe", "error", "initials", "when", "upload", "saved", "offline", "waits"}


def source(name: str) -> str:
    """A template with all that it includes."""
    text = (TEMPLATES / name).read_text(encoding="utf-8")
    return text + "".join(map(source, re.findall(r"include \"([^\"]+)\"", text)))


@pytest.mark.sqlite_only
async def test_staff_see_every_status_field_message_and_chart(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("staff")
    page = await look(portal, "/staff/components")
    assert page.headings[0] == "Bausteine"
    chips = {chip.text_content().strip() for chip in page.all("//span[starts-with(@class, 'status ')]")}
    assert {*map(status_label, STATUS_LABELS), DELETED_LABEL} <= chips
    assert len(page.all("//article[contains(@class, 'message')]")) == 5
    assert len(page.all("//svg[@class='plot']")) == 3
    for kind in ("note", "note calm", "note good", "note bad", "empty", "toast", "summary", "pager", "event", "day"):
        assert page.all(f"//*[@class='{kind}']"), kind


@pytest.mark.no_database
@pytest.mark.sqlite_only
def test_no_component_is_missing() -> None:
    macros = set(re.findall(r"macro (\w+)\(", (TEMPLATES / "ui.html").read_text(encoding="utf-8")))
    assert macros - INSIDE - set(re.findall(r"ui\.(\w+)\(", source(PAGE))) == set()
