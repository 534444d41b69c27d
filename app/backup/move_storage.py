"""`portal move-storage`: the attachments from a directory into a bucket, or back; each compared by its hash."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.backup.manifest import BackupError, digest
from app.config import Settings, storage_url
from app.domain.storage import Storage, storage_for
from app.domain.storage_local import HASH

TOLD = 1000  # files after which the operator hears of it
AT_ONCE = 8  # files on their way side by side


@dataclass
class Moved:
    """How many files were copied, how many were there already, and the names of those that are damaged here."""

    copied: int = 0
    there: int = 0
    told: int = 0  # how often the operator heard of it
    damaged: list[str] = field(default_factory=list)

    @property
    def files(self) -> int:
        """All that was looked at."""
        return self.copied + self.there + len(self.damaged)


async def run(settings: Settings, target: str, say: Callable[[str], None]) -> None:
    """Move from where the settings say to `target` (the address of a bucket, or `directory`), and say what comes next.

    Raises BackupError, also where something was damaged at the source already, and SettingsError.
    """
    new = replace(settings, storage_url="" if target == "directory" else storage_url("--to", target))
    source, there = storage_for(settings), storage_for(new)
    if str(source.place) == str(there.place):
        raise BackupError(f"Die Anhänge liegen schon in {source.place}.")
    moved = await move(source, there, lambda moved: _tell(moved, say))
    setting = "auf die Adresse setzen, die Sie hier als --to angegeben haben," if new.storage_url else "entfernen,"
    say(
        f"In {there.place} verglichen: {moved.copied + moved.there} Dateien, davon jetzt kopiert: {moved.copied}.\n"
        f"Als Nächstes: das Portal anhalten, diesen Befehl wiederholen, PORTAL_STORAGE_URL {setting} "
        f"„portal check --files“, starten. In {source.place} bleibt alles, wie es war."
    )
    if moved.damaged:
        few = f"{len(moved.damaged)}, zum Beispiel {min(moved.damaged)}"
        raise BackupError(f"Nicht kopiert, weil schon in {source.place} beschädigt: {few}.")


def _tell(moved: Moved, say: Callable[[str], None]) -> None:
    if moved.files // TOLD > moved.told:
        moved.told = moved.files // TOLD
        say(f"{moved.files} Dateien …")


async def move(source: Storage, target: Storage, progress: Callable[[Moved], None]) -> Moved:
    """Copy what the target lacks; what it has is read and compared, so a second call goes on where the first ended.

    Each file is read back from the target. The source stays as it is; the portal may run. Raises BackupError for a
    file that the target has with another content, which stays too, and when one of the two does not answer.
    """
    moved = Moved()
    try:
        async for names in _names(source):
            for start in range(0, len(names), AT_ONCE):
                await _some(source, target, names[start : start + AT_ONCE], moved)
                progress(moved)
    except OSError as error:
        why = " ".join(str(error).split())[:200]
        said = f"Nach {moved.files} Dateien ging es nicht weiter ({why}); derselbe Befehl setzt fort."
        raise BackupError(said) from error
    return moved


async def _names(source: Storage) -> AsyncIterator[list[str]]:
    async for entries in source.place.entries():
        yield [entry.name for entry in entries]


async def _some(source: Storage, target: Storage, names: list[str], moved: Moved) -> None:
    async with source.at_hand(names) as here, target.at_hand(names) as there:
        found = [name for name in names if name in here]
        await asyncio.gather(*(_one(target, name, here[name], there.get(name), moved) for name in found))


async def _one(target: Storage, name: str, here: Path, there: Path | None, moved: Moved) -> None:
    content = await asyncio.to_thread(here.read_bytes)
    wanted = await asyncio.to_thread(_hash, content)
    if HASH.fullmatch(name) and wanted != name:
        moved.damaged.append(name)
        return
    if there is not None:
        if await asyncio.to_thread(digest, there) != wanted:
            raise BackupError(f"{name} liegt mit anderem Inhalt schon in {target.place}; überschrieben wird nichts.")
        moved.there += 1
        return
    await target.place.write(name, content)
    async with target.at_hand([name]) as arrived:
        if name not in arrived or await asyncio.to_thread(digest, arrived[name]) != wanted:
            raise BackupError(f"{name} kam nicht heil in {target.place} an.")
    moved.copied += 1


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
