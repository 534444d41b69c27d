"""Attachments in a directory of this machine, or one that several machines share."""

import asyncio
import os
import re
import tempfile
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

HASH = re.compile(r"[0-9a-f]{64}")
NAME = re.compile(r"[0-9a-f]{64}(\.webp)?")
ASIDE = ".gone"


@dataclass(frozen=True)
class Entry:
    """Something that lies in a storage: its name, its size in bytes, and when it was brought, as a timestamp."""

    name: str
    size: int
    brought: float


class Directory:
    """Files under their names, in folders by the first two letters."""

    piece = 256 * 1024

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.scratch = directory.parent

    def __str__(self) -> str:
        return str(self.directory)

    def path(self, name: str) -> Path:
        """Where a file lies."""
        return self.directory / name[:2] / name

    async def answers(self) -> None:
        """Nothing to ask: what the disk says is said when it is used."""

    async def write(self, name: str, content: bytes) -> None:
        """Keep a file; once this returns it is whole and on the disk. What is there already counts as brought again."""
        await asyncio.to_thread(_keep, self.path(name), content)

    async def size(self, name: str) -> int | None:
        """How many bytes a file has; None for one that is not there."""
        try:
            return (await asyncio.to_thread(self.path(name).stat)).st_size
        except FileNotFoundError:
            return None

    async def read(self, name: str, start: int, stop: int) -> bytes:
        """Some bytes of a file; raises FileNotFoundError."""
        return await asyncio.to_thread(_read, self.path(name), start, stop)

    @asynccontextmanager
    async def at_hand(self, names: Iterable[str]) -> AsyncIterator[dict[str, Path]]:
        """Where these files can be read for as long as the block lasts; who is not there is not named."""
        paths = {name: self.path(name) for name in names}
        yield await asyncio.to_thread(lambda: {name: path for name, path in paths.items() if path.is_file()})

    async def entries(self) -> AsyncIterator[list[Entry]]:
        """All that lies here, a folder at a time; what has no name of ours is left out."""
        for folder in await asyncio.to_thread(self._folders):
            yield await asyncio.to_thread(_entries, folder)

    def _folders(self) -> list[Path]:
        return sorted(self.directory.glob("[0-9a-f][0-9a-f]"))

    async def remove(self, hashes: Sequence[str], before: float) -> int:
        """Remove files and their previews that nobody has brought again since then; how many files."""
        return await asyncio.to_thread(lambda: sum(self._remove(sha256, before) for sha256 in hashes))

    def _remove(self, sha256: str, before: float) -> bool:
        aside = self.path(f"{sha256}{ASIDE}")
        if not _older(self.path(sha256), before):
            return False
        self.path(sha256).replace(aside)
        if not _older(aside, before):  # brought again in this moment
            aside.replace(self.path(sha256))
            return False
        self.path(f"{sha256}.webp").unlink(missing_ok=True)
        aside.unlink(missing_ok=True)
        return True

    async def tidy(self, before: float) -> None:
        """Remove what is older and was never finished, or never fully removed."""
        for folder in await asyncio.to_thread(self._folders):
            await asyncio.to_thread(_tidy, folder, before)

    async def aside(self, before: float) -> list[str]:
        """Nothing: what is removed here is gone at once."""
        return []

    async def settle(self, name: str, back: bool) -> None:
        """Nothing lies aside here."""

    async def forget(self, name: str) -> None:
        """Remove one file, whatever its age: for who has brought it just now and takes it back."""
        await asyncio.to_thread(self.path(name).unlink, missing_ok=True)


def _keep(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.utime(target)  # brought again: a sweep leaves alone what is as new as this
    except FileNotFoundError:
        _write(target, content)


def _write(target: Path, content: bytes) -> None:
    # Under another name first, so that a crash never leaves half a file under the right one.
    descriptor, name = tempfile.mkstemp(dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _read(path: Path, start: int, stop: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(stop - start)


def _entries(folder: Path) -> list[Entry]:
    found = []
    for path in sorted(folder.iterdir()):
        if NAME.fullmatch(path.name):
            try:
                known = path.stat()
            except FileNotFoundError:  # removed in this moment
                continue
            found.append(Entry(path.name, known.st_size, known.st_mtime))
    return found


def _tidy(folder: Path, before: float) -> None:
    names = {path.name for path in folder.iterdir()}
    for name in names:
        left = not HASH.fullmatch(name) and not (name.endswith(".webp") and name[:-5] in names)
        if left and _older(folder / name, before):
            (folder / name).unlink(missing_ok=True)


def _older(path: Path, before: float) -> bool:
    try:
        return path.stat().st_mtime < before
    except FileNotFoundError:
        return False
