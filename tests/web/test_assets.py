"""Styles, script and pictures: addressed by their content, kept for ever, packed, never from anywhere else."""

import re
from pathlib import Path

import pytest

from app.web.assets import Assets
from tests.cast import Cast, Portal
from tests.web.reading import look

STATIC = Path(__file__).resolve().parent.parent.parent / "static"


async def test_everything_that_a_page_names_is_there_and_from_here(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", files=[await cast.file()])
    await portal.sign_in("user")
    for path in ("/", "/tickets", f"/tickets/{number}", "/tickets/new", "/login?next=/"):
        answer = await portal.get(path)
        named = set(re.findall(r'(?:src|href)="([^"#]+)', answer.text)) - {path}
        assert all(name.startswith(("/", "mailto:", "?")) for name in named), named
        for name in {name for name in named if name.startswith("/static/")}:
            asset = await portal.get(name)
            assert asset.status_code == 200, name
            assert asset.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert asset.headers["X-Content-Type-Options"] == "nosniff"


async def test_assets_are_packed_for_who_takes_it(portal: Portal, cast: Cast) -> None:
    page = await look(portal, "/login")
    style = page.all(".//link[@rel='stylesheet']/@href")[0]
    plain = await portal.get(style, headers={"Accept-Encoding": "identity"})
    packed = await portal.get(style, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.content == plain.content
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"]) / 2
    assert plain.headers["Content-Type"].startswith("text/css")


async def test_pages_are_packed_for_who_takes_it(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("user")
    packed = await portal.get("/tickets", headers={"Accept-Encoding": "gzip"})
    plain = await portal.get("/tickets", headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"])
    assert "Accept-Encoding" in packed.headers["Vary"]


async def test_an_icon_that_a_page_uses_is_in_the_sprite(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", priority="high", escalated=True, handed_over=True, files=[await cast.file()])
    sprite = (STATIC / "img" / "icons.svg").read_text()
    there = set(re.findall(r'id="([^"]+)"', sprite))
    for who in ("user", "edv", "staff"):
        await portal.sign_in(who)
        for path in ("/", "/tickets?status=", f"/tickets/{number}", f"/tickets/{number}?move=escalate", "/tickets/new"):
            used = set(re.findall(r'icons\.svg#([^"]+)"', (await portal.get(path)).text))
            assert used <= there, path


@pytest.mark.no_database
def test_an_address_changes_with_the_content(tmp_path: Path) -> None:
    (tmp_path / "js").mkdir()
    (tmp_path / "css").mkdir()
    for name, content in (("js/10-a.js", "1"), ("css/20-b.css", "b{}"), ("css/10-a.css", "a{}")):
        (tmp_path / name).write_text(content)
    first = Assets(tmp_path)
    (tmp_path / "js/10-a.js").write_text("2")
    second = Assets(tmp_path)
    assert first.address("js/portal.js") != second.address("js/portal.js")
    assert first.address("css/portal.css") == second.address("css/portal.css")
    style = first.find(first.address("css/portal.css").removeprefix("/static/"))
    assert style
    assert style.content == b"a{}\nb{}"
    assert first.find("js/portal.js") is first.find("../secret") is None


@pytest.mark.no_database
def test_an_unknown_asset_is_an_error_where_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        Assets(tmp_path).address("js/gone.js")
