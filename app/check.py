"""`portal check`: whether everything that the portal needs is there, one line each."""

import asyncio
import shutil
import tempfile
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from app.config import Settings
from app.mail.reasons import Undelivered
from app.mail.smtp import Patience, post_for
from app.migrate import StartError, check_migrated, connected, sqlite_file

PATIENCE = Patience(answer=10, letter=20)
LEAST_FREE = 200 * 1024 * 1024
GIGABYTE = 1024**3


@dataclass(frozen=True)
class Finding:
    """What was looked at, whether it is fine, and a sentence about it."""

    name: str
    fine: bool
    sentence: str

    def __str__(self) -> str:
        return f"{self.name}: {'in Ordnung' if self.fine else 'Fehler'}. {self.sentence}"


async def findings(settings: Settings) -> list[Finding]:
    """Everything, looked at in the order of how much else depends on it; nothing is changed."""
    demo = " Dies ist eine Demo-Instanz." if settings.demo else ""
    return [
        Finding("Einstellungen", True, f"Das Portal ist unter {settings.base_url} zu erreichen.{demo}"),
        await _database(settings),
        await _mail(settings),
        await asyncio.to_thread(_storage, settings),
    ]


async def _database(settings: Settings) -> Finding:
    file = sqlite_file(settings)
    place = str(file) if file else f"PostgreSQL auf {urlsplit(settings.database).hostname or 'diesem Rechner'}"
    if file and not file.exists():
        sentence = f"Die Datenbank {file} gibt es noch nicht; „portal migrate“ legt sie an."
        return Finding("Datenbank", False, sentence)
    try:
        await check_migrated(settings)
    except StartError as error:
        return Finding("Datenbank", False, str(error))
    return Finding("Datenbank", True, f"Sie ist erreichbar und auf dem Stand dieser Version ({place}).")


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


def _storage(settings: Settings) -> Finding:
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


async def has_admin(settings: Settings) -> bool:
    """Whether anybody can administer this portal; its database must be migrated."""
    from app.domain import administration

    async with connected(settings):
        return await administration.has_admin()
