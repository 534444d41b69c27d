"""The software bill of materials: everything that is shipped, in CycloneDX's shape, and nothing of this machine."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]

pytestmark = [pytest.mark.no_database, pytest.mark.sqlite_only]


@pytest.fixture(scope="module")
def bom() -> dict[str, Any]:
    made = subprocess.run([sys.executable, ".ci/sbom.py"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not re.search(r"https?://|/(?:work|home|root)/", made.stdout), "no registry's hosts, nobody's paths"
    found: dict[str, Any] = json.loads(made.stdout)
    return found


def test_it_has_the_shape(bom: dict[str, Any]) -> None:
    assert (bom["bomFormat"], bom["specVersion"], bom["version"]) == ("CycloneDX", "1.6", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", bom["serialNumber"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", bom["metadata"]["timestamp"])
    assert bom["metadata"]["component"]["name"] == "kundenportal"
    for one in bom["components"]:
        assert one["type"] == "library"
        assert re.fullmatch(r"pkg:(pypi|npm|generic)/[a-z0-9._-]+@[\w.]+", one["purl"]), one
        assert one["purl"].endswith(f"@{one['version']}")
        assert all(h["alg"] == "SHA-256" and re.fullmatch(r"[0-9a-f]{64}", h["content"]) for h in one.get("hashes", []))
        assert [set(said) for said in one["licenses"]] in ([{"license"}], [{"expression"}]), one["name"]
    refs = [one["bom-ref"] for one in bom["components"]]
    assert len(refs) == len(set(refs))
    for one in bom["dependencies"]:
        assert {one["ref"], *one["dependsOn"]} <= {*refs, bom["metadata"]["component"]["bom-ref"]}


def test_it_names_every_locked_package_with_its_hashes_and_all_that_is_vendored(bom: dict[str, Any]) -> None:
    lock = (ROOT / "requirements.txt").read_text()
    named = {one["name"]: one for one in bom["components"]}
    for name, version in re.findall(r"^([\w.-]+)==([^\s;\\]+)", lock, re.MULTILINE):
        assert named[name.lower().replace("_", "-")]["version"] == version
    hashes = {one["content"] for component in bom["components"] for one in component.get("hashes", [])}
    assert set(re.findall(r"sha256:([0-9a-f]{64})", lock)) <= hashes
    assert {"htmx", "lucide", "DejaVu Sans", "DejaVu Sans Bold"} <= set(named)
    needs = {one["ref"]: one["dependsOn"] for one in bom["dependencies"]}
    assert named["werkzeug"]["bom-ref"] in needs[named["quart"]["bom-ref"]]
