"""„Meine Daten“: everything that the portal holds about a person, as a ZIP of JSON files and their own uploads."""

import asyncio
import json
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from app import clock
from app.database import Row, rows
from app.domain import directory, drafts, journal, throttle
from app.domain.audit import pattern
from app.domain.models import Person
from app.domain.policy import visible_messages, visible_tickets
from app.domain.storage import Storage
from app.domain.succession import responsibilities
from app.language import local, translate

PER_HOUR = 3
HOUR = timedelta(hours=1)
MOST_ROWS = 20_000  # of each sort, the newest
MOST_BYTES = 1024 * 1024 * 1024  # of uploads, the newest

README = """Ihre Daten aus dem Kundenportal von %(vendor)s, Stand %(at)s.

profile.json   Ihr Konto, Ihre Einstellungen, Rechte und Module
sessions.json  Ihre angemeldeten Geräte
tickets.json   Tickets, die Sie gemeldet haben, mit allen Nachrichten, die Sie lesen dürfen
messages.json  alle Nachrichten, die Sie geschrieben haben
drafts.json    was Sie begonnen und noch nicht gesendet haben
blocks.json    Ihre eigenen Textbausteine
files.json     die Dateien, die Sie hochgeladen haben; sie liegen im Ordner files
history.json   was Sie an Tickets getan haben
ratings.json   wie zufrieden Sie mit geschlossenen Tickets waren
letters.json   welche Briefe Ihnen das Portal geschickt hat
requests.json  wie Ihr Konto beantragt wurde
part.json      an welchen Tickets Sie teilnehmen und bis wohin Sie welches gelesen haben
duties.json    wofür Sie zuständig sind
absences.json  wann Sie abwesend waren und sind, und wen Sie wann vertreten
audit.json     was das Protokoll über Sie festhält

Zeiten sind in UTC. Je Datei stehen höchstens die %(rows)s neuesten Einträge darin, hochgeladene Dateien bis
zusammen 1 GB; was in files.json keinen Pfad hat, ist nicht beigelegt und im Portal zu finden.
"""

NOT_IN_NAMES = re.compile(r'[<>:"/\\|?*]')  # Windows could not unpack them
Part = tuple[str, object]  # name in the ZIP, content for JSON

_one_at_a_time = asyncio.Semaphore(1)


async def archive(person: Person, storage: Storage, address: str) -> IO[bytes]:
    """The ZIP as an open file that is gone from the disk already; raises throttle.TooMany after a few in an hour."""
    key = f"own-data {person.id}"
    await throttle.check(key, PER_HOUR)
    await throttle.count(key, HOUR)
    async with _one_at_a_time:
        parts = await _parts(person)
        files = await _own_files(person)
        readme = translate(README, at=clock.now().isoformat(timespec="minutes"), rows=MOST_ROWS)
        packed = await _packed(parts, files, storage, readme)
    await journal.audit(person, "data_downloaded", address=address)
    return packed


async def _parts(person: Person) -> list[Part]:
    own = (person.id, MOST_ROWS)
    return [
        ("profile.json", await _profile(person)),
        ("sessions.json", await rows(
            "SELECT browser, address, created_at, seen_at FROM session WHERE person_id = ? ORDER BY id DESC LIMIT ?",
            *own,
        )),
        ("tickets.json", await _tickets(person)),
        ("messages.json", await rows(
            "SELECT ticket_id AS ticket, audience, created_at, body FROM message WHERE author_id = ? "
            "ORDER BY id DESC LIMIT ?", *own,
        )),
        ("drafts.json", await _drafts(person)),
        ("blocks.json", await rows(
            "SELECT name, body, changed_at FROM text_block WHERE person_id = ? ORDER BY id LIMIT ?", *own,
        )),
        ("history.json", await rows(
            "SELECT ticket_id AS ticket, kind, before, after, created_at FROM ticket_event WHERE actor_id = ? "
            "ORDER BY id DESC LIMIT ?", *own,
        )),
        ("ratings.json", await rows(
            "SELECT ticket_id AS ticket, closed_at, value, words, rated_at FROM rating WHERE person_id = ? "
            "ORDER BY id DESC LIMIT ?", *own,
        )),
        ("letters.json", await rows(
            "SELECT letter, state, created_at, sent_at FROM letter WHERE to_id = ? ORDER BY id DESC LIMIT ?", *own,
        )),
        ("requests.json", await _requests(person)),
        ("part.json", await _part(person)),
        ("duties.json", await _duties(person)),
        ("absences.json", await rows(
            "SELECT CASE WHEN person_id = ? THEN 'absent' ELSE 'deputy' END AS part, starts_at, ends_at FROM absence "
            "WHERE person_id = ? OR deputy_id = ? ORDER BY id DESC LIMIT ?", person.id, person.id, *own,
        )),
        ("audit.json", await _audit(person)),
    ]  # fmt: skip


async def _drafts(person: Person) -> list[dict[str, object]]:
    return [{name: row[name] for name in ("form", "saved_at", "typed")} for row in await drafts.of_person(person)]


async def _profile(person: Person) -> dict[str, object]:
    kept = (
        "user_name", "email", "first_name", "last_name", "role", "appearance", "language", "browser_language",
        "shortcuts", "default_filter", "list_columns", "digest", "created_at", "signed_in_at",
    )  # fmt: skip
    modules = await directory.modules_of([person.id])
    return {
        **{name: getattr(person, name) for name in kept},
        "organisation": person.organisation.name,
        "rights": directory.rights(vars(person)),
        "modules": modules.get(person.id, []),
        "letters_switched_off": person.muted.split(),
        "saved_filters": await rows("SELECT name, query FROM saved_filter WHERE person_id = ? ORDER BY id", person.id),
        "second_factor": person.totp_secret is not None,
    }


async def _tickets(person: Person) -> list[Row]:
    """What they reported and still see, each with the correspondence that they may read. Two statements."""
    visible, read = visible_tickets(person), visible_messages(person)
    reported = f"t.reporter_id = ? AND ({visible.sql})"
    found = await rows(
        f"""
        SELECT t.number, t.subject, t.category, t.priority, t.status, t.created_at, t.updated_at, t.handed_over_at,
          t.escalated_at, t.escalation_reason, t.closed_at, t.deleted_at, t.x3_context, mo.name AS module,
          s.first_name || ' ' || s.last_name AS responsible
        FROM ticket t JOIN module mo ON mo.id = t.module_id LEFT JOIN person s ON s.id = t.responsible_id
        WHERE {reported} ORDER BY t.number DESC LIMIT ?
        """,
        person.id, *visible.values, MOST_ROWS,
    )  # fmt: skip
    messages = await rows(
        f"""
        SELECT m.ticket_id, m.audience, m.created_at, m.body, a.first_name || ' ' || a.last_name AS author,
          o.name AS organisation
        FROM message m JOIN ticket t ON t.number = m.ticket_id JOIN person a ON a.id = m.author_id
        JOIN organisation o ON o.id = a.organisation_id
        WHERE {reported} AND {read.sql} ORDER BY m.id DESC LIMIT ?
        """,
        person.id, *visible.values, *read.values, MOST_ROWS,
    )  # fmt: skip
    of: dict[int, list[Row]] = {}
    for message in reversed(messages):
        of.setdefault(message.pop("ticket_id"), []).append(message)
    return [
        row | {"x3_context": _parsed(row["x3_context"]), "messages": of.get(row["number"], [])} for row in found
    ]


async def _part(person: Person) -> dict[str, object]:
    own = (person.id, MOST_ROWS)
    taking = "SELECT ticket_id AS ticket FROM participant WHERE person_id = ? ORDER BY ticket_id DESC LIMIT ?"
    read = "SELECT ticket_id AS ticket, message_id AS message FROM read_mark WHERE person_id = ? ORDER BY 1 LIMIT ?"
    return {"takes_part": [row["ticket"] for row in await rows(taking, *own)], "read_up_to": await rows(read, *own)}


async def _duties(person: Person) -> dict[str, object]:
    """What somebody of the vendor is responsible for, by rule and ticket by ticket."""
    if not person.is_staff:
        return {"rules": [], "tickets": []}
    visible = visible_tickets(person)
    found = await rows(
        f"SELECT t.number FROM ticket t WHERE t.responsible_id = ? AND ({visible.sql}) ORDER BY t.number DESC LIMIT ?",
        person.id, *visible.values, MOST_ROWS,
    )  # fmt: skip
    rules = [
        {name: row[name] for name in ("organisation", "module")} for row in await responsibilities(person, person.id)
    ]
    return {"rules": rules, "tickets": [row["number"] for row in found]}


async def _requests(person: Person) -> list[Row]:
    found = await rows(
        "SELECT user_name, first_name, last_name, email, phone, modules, state, created_at, decided_at "
        "FROM access_request WHERE person_id = ? ORDER BY id", person.id,
    )  # fmt: skip
    return [row | {"modules": _parsed(row["modules"])} for row in found]


async def _audit(person: Person) -> list[Row]:
    """What they did themselves, and what names them. Who else it was, and from where, is not theirs to know."""
    names = (person.user_name, person.email)
    found = await rows(
        "SELECT actor_id, kind, subject, address, created_at FROM audit_entry WHERE actor_id = ? OR "
        "LOWER(subject) LIKE ? ESCAPE '!' OR LOWER(subject) LIKE ? ESCAPE '!' ORDER BY id DESC LIMIT ?",
        person.id, *map(pattern, names), MOST_ROWS,
    )  # fmt: skip
    shown = []
    for row in found:
        actor = row.pop("actor_id")
        if actor == person.id or _names(row["subject"], names):
            shown.append(row | ({} if actor in (None, person.id) else {"address": ""}))
    return shown


def _names(subject: str, names: Iterable[str]) -> bool:
    """Whether one of the names stands there by itself and not as a part of somebody else's."""
    return any(re.search(rf"(?<![\w.@-]){re.escape(name)}(?![\w@-]|\.\w)", subject, re.IGNORECASE) for name in names)


async def _own_files(person: Person) -> list[Row]:
    return await rows(
        "SELECT f.id, f.ticket_id AS ticket, f.name, f.content_type, f.size, f.sha256, f.created_at FROM attachment f "
        "JOIN message m ON m.id = f.message_id WHERE m.author_id = ? ORDER BY f.id DESC LIMIT ?",
        person.id, MOST_ROWS,
    )  # fmt: skip


def _parsed(stored: object) -> object:
    """A JSON column read by plain SQL is text on both databases."""
    return json.loads(stored) if isinstance(stored, str) else stored


# --- packing, in threads ---


async def _packed(parts: Sequence[Part], files: Sequence[Row], storage: Storage, readme: str) -> IO[bytes]:
    file = await asyncio.to_thread(_unnamed_file, storage.place.scratch)
    try:
        with ZipFile(file, "w", ZIP_DEFLATED) as archive:
            _write(archive, translate("LIESMICH.txt"), readme)
            listed, size = [], 0
            for row in files:
                size += row["size"]
                async with storage.at_hand([row["sha256"]] if size <= MOST_BYTES else []) as paths:
                    listed.append(await asyncio.to_thread(_pack, archive, row, paths.get(row["sha256"])))
            await asyncio.to_thread(_describe, archive, [*parts, ("files.json", listed)])
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file


def _unnamed_file(folder: Path) -> IO[bytes]:
    return tempfile.TemporaryFile(dir=folder)


def _describe(archive: ZipFile, parts: Sequence[Part]) -> None:
    for name, content in parts:
        _write(archive, name, json.dumps(content, ensure_ascii=False, indent=1, default=_plain))


def _pack(archive: ZipFile, row: Row, path: Path | None) -> dict[str, object]:
    told = {name: value for name, value in row.items() if name not in ("id", "sha256")}
    if path is None:
        return told | {"path": None}
    name = f"files/{row['id']} {NOT_IN_NAMES.sub('_', row['name'])}"
    with archive.open(_entry(name, row["created_at"], ZIP_STORED), "w") as target, path.open("rb") as source:
        while piece := source.read(256 * 1024):
            target.write(piece)
    return told | {"path": name}


def _write(archive: ZipFile, name: str, text: str) -> None:
    archive.writestr(_entry(name, clock.now(), ZIP_DEFLATED), text)


def _entry(name: str, at: datetime, kind: int) -> ZipInfo:
    entry = ZipInfo(name, local(at).timetuple()[:6])
    entry.compress_type = kind
    entry.external_attr = 0o600 << 16
    return entry


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"not for JSON: {type(value).__name__}")
