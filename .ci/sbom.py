"""The software bill of materials of a release, CycloneDX 1.6 as JSON: `./dev sbom > sbom.json`. Standard library only.

What is shipped: the locked packages of requirements.txt, with the hashes of their files, and what the repository has of
others. Licences are those that the installed packages name; one that is not for this machine has none here.
"""

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

ROOT = Path(__file__).resolve().parents[1]
VENDORED = ("static/vendor/vendor.toml", "app/documents/fonts/vendor.toml")
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
SPDX = re.compile(r"[A-Za-z0-9.+-]+(?: (?:AND|OR|WITH) [A-Za-z0-9.+-]+)*")
# What older packages say in their classifiers, by SPDX's names.
CLASSIFIERS = {
    "MIT License": "MIT", "MIT No Attribution License (MIT-0)": "MIT-0", "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause", "ISC License (ISCL)": "ISC", "Python Software Foundation License": "PSF-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0", "The Unlicense (Unlicense)": "Unlicense",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.1-or-later",
}  # fmt: skip
ICONS = "static/img/icons.svg"


def pins() -> Iterator[tuple[str, str, list[str]]]:
    """Name, version and hashes of every locked package."""
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        if found := PIN.match(line):
            yield normal(found[1]), found[2], HASH.findall(line)


def normal(name: str) -> str:
    """A package's name as the index knows it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def package(name: str, version: str, hashes: list[str]) -> dict[str, Any]:
    """A locked package."""
    purl = f"pkg:pypi/{name}@{version}"
    found: dict[str, Any] = {
        "type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl,
        "hashes": [{"alg": "SHA-256", "content": one} for one in hashes],
    }  # fmt: skip
    known = installed(name)
    licence = licence_of(known) if known else ""
    return found | ({"licenses": [said(licence)]} if licence else {})


def installed(name: str) -> Distribution | None:
    """What pip knows of a package, where it is installed here."""
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def licence_of(known: Distribution) -> str:
    """What a package says of its licence: an expression, else its classifiers, else a short word."""
    facts = known.metadata
    if facts.get("License-Expression"):
        return str(facts["License-Expression"])
    classifiers = [one.rpartition(" :: ")[2] for one in facts.get_all("Classifier") or [] if "License ::" in one]
    named = [CLASSIFIERS[one] for one in classifiers if one in CLASSIFIERS]
    if named:
        return " OR ".join(dict.fromkeys(named))
    lines = str(facts.get("License") or "").strip().splitlines()
    return lines[0].strip()[:80] if lines else ""


def said(licence: str) -> dict[str, Any]:
    """A licence as CycloneDX writes it down."""
    if " " in licence and SPDX.fullmatch(licence):
        return {"expression": licence}
    known = " " not in licence and re.search(r"\d|MIT|ISC|PSF|Unlicense", licence)
    return {"license": {"id" if known else "name": licence}}


def vendored() -> Iterator[dict[str, Any]]:
    """What the repository carries of others."""
    for place in VENDORED:
        for one in tomllib.loads((ROOT / place).read_text(encoding="utf-8"))["file"]:
            kind = f"pkg:npm/{one['name']}.org" if one["source"].startswith("npm") else "pkg:generic/dejavu-fonts"
            yield {
                "type": "library", "bom-ref": one["file"], "name": one["name"], "version": one["version"],
                "purl": f"{kind}@{one['version']}", "description": one["source"],
                "hashes": [{"alg": "SHA-256", "content": one["sha256"]}], "licenses": [said(one["licence"])],
            }  # fmt: skip
    version = re.search(r"<!-- Lucide ([0-9.]+), ISC", (ROOT / ICONS).read_text(encoding="utf-8"))
    purl = f"pkg:npm/lucide-static@{version[1] if version else ''}"
    yield {
        "type": "library", "bom-ref": purl, "name": "lucide", "version": version[1] if version else "", "purl": purl,
        "description": f"the icons in {ICONS}", "licenses": [said("ISC")],
    }  # fmt: skip


def needs(name: str, locked: set[str]) -> list[str]:
    """The locked packages that a package asks for."""
    known = installed(name)
    asked = [one for one in (known.requires or [] if known else []) if "extra ==" not in one]
    return sorted({normal(re.split(r"[^A-Za-z0-9._-]", one, maxsplit=1)[0]) for one in asked} & locked)


def bom() -> dict[str, Any]:
    """The whole of it; the same lock file gives the same serial number."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    packages = [package(*pin) for pin in pins()]
    by_name = {one["name"]: one["bom-ref"] for one in packages}
    others = list(vendored())
    root = f"{project['name']}@{project['version']}"
    return {
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, root + json.dumps([packages, others]))}",
        "metadata": {
            "timestamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "component": {
                "type": "application", "bom-ref": root, "name": project["name"], "version": project["version"],
                "licenses": [said(project["license"])],
            },
        },
        "components": [*packages, *others],
        "dependencies": [
            {"ref": root, "dependsOn": sorted({*by_name.values(), *(one["bom-ref"] for one in others)})},
            *({"ref": ref, "dependsOn": [by_name[one] for one in needs(name, set(by_name))]}
              for name, ref in by_name.items()),
        ],
    }  # fmt: skip


if __name__ == "__main__":
    json.dump(bom(), sys.stdout, ensure_ascii=False, indent=1)
    print()
