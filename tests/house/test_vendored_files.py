"""What others wrote and we ship is named, unchanged and licensed."""

import hashlib
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ["static/vendor", "app/documents/fonts"]
FACTS = {"file", "name", "version", "sha256", "licence", "licence_file", "source"}

pytestmark = [pytest.mark.no_database, pytest.mark.sqlite_only]


def entries(folder: str) -> list[dict[str, str]]:
    return tomllib.loads((ROOT / folder / "vendor.toml").read_text(encoding="utf-8"))["file"]


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_vendored_file_is_named(folder: str) -> None:
    top = ROOT / folder
    there = {path.relative_to(top).as_posix() for path in top.rglob("*") if path.is_file()}
    named = {entry[key] for entry in entries(folder) for key in ("file", "licence_file")}
    assert there == named | {"vendor.toml"}


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_vendored_file_is_as_it_came(folder: str) -> None:
    for entry in entries(folder):
        content = (ROOT / folder / entry["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"], entry["file"]


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_vendored_file_says_what_it_is(folder: str) -> None:
    for entry in entries(folder):
        assert set(entry) == FACTS
        assert all(entry.values())
        assert "://" not in "".join(entry.values()), "a package's name, not an address"
        assert "Permission" in (ROOT / folder / entry["licence_file"]).read_text(encoding="utf-8")


def test_a_script_says_its_version_in_its_address() -> None:
    for entry in entries("static/vendor"):
        assert entry["version"] in entry["file"]
