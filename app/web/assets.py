"""Styles, script, pictures: read once, kept in memory, addressed by their content so that browsers may keep them."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

# Written in parts, sent as one: every address more is a round trip more.
JOINED = {"css/portal.css": "css/*.css", "js/portal.js": "js/*.js"}
WORTH_COMPRESSING = (".css", ".js", ".svg")


@dataclass(frozen=True)
class Asset:
    """One file as it is sent."""

    content: bytes
    compressed: bytes | None
    content_type: str


class Assets:
    """All files of a static directory; those of css/ are one stylesheet, those of js/ one script, ordered by name."""

    def __init__(self, directory: Path) -> None:
        self._addresses: dict[str, str] = {}
        self._files: dict[str, Asset] = {}
        for path in sorted(p for p in directory.rglob("*") if p.is_file()):
            name = path.relative_to(directory).as_posix()
            if not name.startswith(("css/", "js/")):
                self._add(name, path.read_bytes())
        for name, parts in JOINED.items():
            self._add(name, b"\n".join(path.read_bytes() for path in sorted(directory.glob(parts))))

    def _add(self, name: str, content: bytes) -> None:
        digest = hashlib.sha256(content).hexdigest()[:12]
        kind = mimetypes.guess_type(name)[0] or "text/plain"
        kind += "; charset=utf-8" if kind.startswith("text/") else ""
        small = gzip.compress(content, 9, mtime=0) if name.endswith(WORTH_COMPRESSING) else None
        self._addresses[name] = f"/static/{digest}/{name}"
        self._files[f"{digest}/{name}"] = Asset(content, small, kind)

    def address(self, name: str) -> str:
        """Where the file with this name is served; raises KeyError for an unknown one."""
        return self._addresses[name]

    def find(self, path: str) -> Asset | None:
        """The file at `<hash>/<name>`, None when there is none with this content."""
        return self._files.get(path)
