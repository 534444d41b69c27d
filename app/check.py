"""`portal check`: whether everything that the portal needs is there, one line each."""

import asyncio
import http.client
import shutil
import socket
import ssl
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

from app import clock
from app.backup.manifest import digest
from app.config import Settings
from app.database import dialect, rows
from app.domain.refusals import StorageAway
from app.domain.storage import Storage, storage_for
from app.domain.storage_local import HASH
from app.language import format_datetime
from app.mail.reasons import Undelivered
from app.mail.smtp import Patience, post_for
from app.migrate import StartError, check_migrated, connected, sqlite_file
from app.postgres import address

PATIENCE = Patience(answer=10, letter=20)
LEAST_FREE = 200 * 1024 * 1024
PROBE = "probe"
AT_ONCE = 16  # attachments that are fetched to be read
CLOCKS_DIFFER = timedelta(seconds=60)
GIGABYTE = 1024**3


@dataclass(frozen=True)
class Finding:
    """What was looked at, whether it is fine, and a sentence about it."""

    name: str
    fine: bool
    sentence: str

    def __str__(self) -> str:
        return f"{self.name}: {'in Ordnung' if self.fine else 'Fehler'}. {self.sentence}"


async def findings(settings: Settings, *, files: bool = False) -> list[Finding]:
    """Everything, looked at in the order of how much else depends on it; nothing is changed.

    With `files` every attachment is read and compared with its row, too.
    """
    demo = " Dies ist eine Demo-Instanz." if settings.demo else ""
    database = await _database(settings)
    found = [
        Finding("Einstellungen", True, f"Das Portal ist unter {settings.base_url} zu erreichen.{demo}"),
        database,
        await _mail(settings),
        await _storage(settings),
        await asyncio.to_thread(_address, settings),
    ]
    if database.fine:
        found += [await _clock(settings), *([await _files(settings)] if files else [])]
    return found


async def _database(settings: Settings) -> Finding:
    file = sqlite_file(settings)
    place = str(file) if file else f"PostgreSQL auf {address(settings.database).places}"
    if file and not file.exists():
        sentence = f"Die Datenbank {file} gibt es noch nicht; „portal migrate“ legt sie an."
        return Finding("Datenbank", False, sentence)
    try:
        await check_migrated(settings)
    except StartError as error:
        return Finding("Datenbank", False, str(error))
    if not file and await _answers_too_early(settings):
        sentence = "Sie bestätigt, bevor sie speichert (synchronous_commit = off): Ein Absturz nähme Nachrichten mit."
        return Finding("Datenbank", False, sentence)
    return Finding("Datenbank", True, f"Sie ist erreichbar und auf dem Stand dieser Version ({place}).")


async def _answers_too_early(settings: Settings) -> bool:
    """Whether PostgreSQL says that something is kept which a crash could still take."""
    async with connected(settings):
        return bool((await rows("SELECT current_setting('synchronous_commit') AS how"))[0]["how"] == "off")


async def _mail(settings: Settings) -> Finding:
    """Connect, encrypt and sign in as the postman does, without a letter."""
    if not settings.smtp_url:
        return Finding("E-Mail", True, f"Briefe landen als Dateien in {settings.data_dir / 'mail'}.")
    post = post_for(settings, PATIENCE)
    try:
        await post.connect()
    except Undelivered as error:
        return Finding("E-Mail", False, _without_password(f"{error}.", settings))
    finally:
        await post.close()
    host = urlsplit(settings.smtp_url).hostname
    return Finding("E-Mail", True, f"Der Mailserver {host} nimmt Briefe des Portals an, Absender {settings.sender}.")


def _without_password(sentence: str, settings: Settings) -> str:
    """Some servers repeat what they were told."""
    password = unquote(urlsplit(settings.smtp_url).password or "")
    return sentence.replace(password, "…") if password else sentence


async def _storage(settings: Settings) -> Finding:
    found = await asyncio.to_thread(_directory, settings)
    if not found.fine or not settings.storage_url:
        return found
    place = storage_for(settings).place
    try:
        await place.write(PROBE, b"x")
        kept = await place.read(PROBE, 0, 1)
        await place.forget(PROBE)
    except OSError as error:
        return Finding("Ablage", False, f"Mit {place} lässt sich nicht arbeiten ({' '.join(str(error).split())}).")
    return Finding("Ablage", kept == b"x", f"{place} nimmt Anhänge an und gibt sie zurück. {found.sentence}")


def _directory(settings: Settings) -> Finding:
    folder = settings.data_dir
    if not folder.is_dir():
        return Finding("Ablage", False, f"Das Verzeichnis {folder} gibt es noch nicht; „portal migrate“ legt es an.")
    kept = folder / "attachments"
    try:
        for place in (folder, *([kept] if kept.exists() else [])):
            with tempfile.TemporaryFile(dir=place) as file:
                file.write(b"x")
    except OSError as error:
        return Finding("Ablage", False, f"In {folder} lässt sich nicht schreiben ({error.strerror}).")
    free = shutil.disk_usage(folder).free
    room = f"{free / GIGABYTE:.1f} GB".replace(".", ",")
    return Finding("Ablage", free >= LEAST_FREE, f"In {folder} lässt sich schreiben, {room} sind frei.")


def _address(settings: Settings) -> Finding:
    """Whether the base address leads here, as far as one can tell from here."""
    parts = urlsplit(settings.base_url)
    host = parts.hostname or ""
    if not settings.secure and host not in ("localhost", "127.0.0.1", "::1"):
        sentence = "PORTAL_BASE_URL beginnt nicht mit https://; Passwörter reisten unverschlüsselt."
        return Finding("Adresse", False, sentence)
    kind = http.client.HTTPSConnection if settings.secure else http.client.HTTPConnection
    connection = kind(host, parts.port, timeout=5)
    try:
        connection.request("GET", "/health/live")
        if connection.getresponse().read(100) != b"ok\n":
            return Finding("Adresse", False, f"Unter {settings.base_url} antwortet etwas anderes als das Portal.")
    except socket.gaierror:
        sentence = f"Den Namen {host} gibt es nicht; prüfen Sie PORTAL_BASE_URL und den DNS-Eintrag."
        return Finding("Adresse", False, sentence)
    except ssl.SSLError:
        return Finding("Adresse", False, f"Das Zertifikat von {host} gilt hier nicht.")
    except (OSError, http.client.HTTPException):
        sentence = f"Unter {settings.base_url} antwortet zurzeit nichts; das Portal läuft wohl nicht."
        return Finding("Adresse", True, sentence)
    finally:
        connection.close()
    return Finding("Adresse", True, f"Unter {settings.base_url} antwortet das Portal.")


async def _clock(settings: Settings) -> Finding:
    """Sessions, links and letters go by the clock: it must agree with the database's, and not run behind its rows."""
    async with connected(settings):
        newest = (await rows("SELECT MAX(created_at) AS newest_at FROM audit_entry"))[0]["newest_at"]
        theirs = None
        if dialect() == "postgres":
            theirs = (await rows("SELECT CLOCK_TIMESTAMP() AS now_at"))[0]["now_at"]
    now = clock.now()
    if theirs and abs(theirs - now) > CLOCKS_DIFFER:
        seconds = round(abs(theirs - now).total_seconds())
        sentence = f"Die Uhren dieses Rechners und der Datenbank gehen {seconds} Sekunden auseinander."
        return Finding("Uhr", False, sentence)
    if newest and newest - now > CLOCKS_DIFFER:
        return Finding("Uhr", False, f"Es ist {_shown(now)}, aber im Protokoll steht schon etwas von {_shown(newest)}.")
    return Finding("Uhr", True, f"Es ist {_shown(now)} in Berlin.")


def _shown(moment: datetime) -> str:
    return f"{format_datetime(moment)} Uhr"


async def _files(settings: Settings) -> Finding:
    """Rows and files both ways: an upload that broke off leaves a file without a row; a row without one is a loss."""
    async with connected(settings):
        named = {row["sha256"]: row["size"] for row in await rows("SELECT DISTINCT sha256, size FROM attachment")}
    try:
        lost, unnamed = await _compare(storage_for(settings), named)
    except StorageAway as error:
        return Finding("Anhänge", False, f"Sie sind nicht zu lesen ({' '.join(str(error).split())}).")
    over = f" Ohne Zeile: {unnamed} Dateien, wie sie ein abgebrochener Upload hinterlässt." if unnamed else ""
    if lost:
        few = f"{len(lost)}, zum Beispiel {lost[0]}"
        return Finding("Anhänge", False, f"Von {len(named)} Dateien fehlen oder sind beschädigt: {few}.{over}")
    return Finding("Anhänge", True, f"Alle {len(named)} Dateien sind da und unverändert.{over}")


async def _compare(storage: Storage, named: dict[str, int]) -> tuple[list[str], int]:
    """The hashes whose files are not as they were, and how many files no row names."""
    hashes, lost, unnamed = sorted(named), [], 0
    for start in range(0, len(hashes), AT_ONCE):
        some = hashes[start : start + AT_ONCE]
        async with storage.at_hand(some) as paths:
            sound = await asyncio.to_thread(lambda: {h for h, file in paths.items() if _is_sound(file, h, named[h])})
        lost += [sha256 for sha256 in some if sha256 not in sound]
    async for entries in storage.place.entries():
        unnamed += sum(HASH.fullmatch(entry.name) is not None and entry.name not in named for entry in entries)
    return lost, unnamed


def _is_sound(file: Path, sha256: str, size: int) -> bool:
    return file.stat().st_size == size and digest(file) == sha256


async def has_admin(settings: Settings) -> bool:
    """Whether anybody can administer this portal; its database must be migrated."""
    from app.domain import administration

    async with connected(settings):
        return await administration.has_admin()
