"""What a backup says about itself: its facts in `backup.json`, the SHA-256 of each of its files in `SHA256SUMS`.

`sha256sum --check SHA256SUMS` verifies one without the portal.
"""

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath

from app.migrate import StartError

FACTS, SUMS = "backup.json", "SHA256SUMS"
FORMAT = 1
LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")


class BackupError(StartError):
    """Why there is no backup, or why one is not restored; its text is the sentence the operator reads."""


@dataclass(frozen=True)
class Table:
    """A table of PostgreSQL as it was copied."""

    columns: list[str]
    rows: int


@dataclass(frozen=True)
class Facts:
    """When a backup was made, of what, and how much is in it."""

    made_at: str
    database: str  # sqlite or postgres
    migrations: list[str]
    counts: dict[str, int]
    missing: list[str] = field(default_factory=list)  # attachments that were not there or damaged already
    tables: dict[str, Table] = field(default_factory=dict)
    sequences: dict[str, int] = field(default_factory=dict)  # the next value of each
    format: int = FORMAT


def digest(file: Path) -> str:
    """The SHA-256 of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def seal(folder: Path, facts: Facts) -> None:
    """Write down the facts, and the hash of every file."""
    (folder / FACTS).write_text(json.dumps(asdict(facts), indent=1, ensure_ascii=False) + "\n")
    files = sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())
    (folder / SUMS).write_text("".join(f"{digest(folder / name)}  {name}\n" for name in files))


def verify(folder: Path) -> Facts:
    """Read every file and compare it with its hash; raises BackupError naming the first that is not as it was."""
    try:
        listed = _listed((folder / SUMS).read_text())
        for name, expected in listed.items():
            if digest(folder / name) != expected:
                raise BackupError(f"Die Sicherung {folder} ist beschädigt: {name} ist nicht mehr, wie es war.")
        return _facts(json.loads((folder / FACTS).read_text()))
    except FileNotFoundError as error:
        name = Path(error.filename).name
        raise BackupError(f"Die Sicherung {folder} ist keine oder nicht vollständig: {name} fehlt.") from error
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BackupError(f"Die Sicherung {folder} ist nicht lesbar.") from error


def _listed(sums: str) -> dict[str, str]:
    listed = {}
    for line in sums.splitlines():
        found = LINE.fullmatch(line)
        if not found or ".." in PurePosixPath(found[2]).parts or found[2].startswith("/"):
            raise ValueError(line)
        listed[found[2]] = found[1]
    if FACTS not in listed:
        raise ValueError("no facts")
    return listed


def _facts(found: dict[str, object]) -> Facts:
    if found["format"] != FORMAT:
        raise BackupError("Die Sicherung ist von einer anderen Version des Kundenportals; diese kann sie nicht lesen.")
    tables = {name: Table(**table) for name, table in found.pop("tables").items()}  # type: ignore[attr-defined]
    return Facts(tables=tables, **found)  # type: ignore[arg-type]
