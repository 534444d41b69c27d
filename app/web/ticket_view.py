"""What the templates show of a ticket: facts, functions, correspondence and composer, out of plain rows."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from wtforms import BooleanField, HiddenField, StringField

from app.database import Row
from app.domain import flow, journal, policy, search, tickets
from app.domain.flow import MOVES, Move
from app.domain.models import Audience, Person, Priority, Status
from app.language import format_date, local, translate, vendor
from app.web.forms import Form, files, text
from app.web.guard import me
from app.web.respond import settings

PICTURE = "image/"


class OpenPage(Form):
    """What every form on a ticket's page carries: which version the person saw, and up to which entry."""

    version = HiddenField()
    after = HiddenField()

    @property
    def seen_version(self) -> int:
        """The version; 0, which no ticket has, for anything else."""
        return search.bounded_id(self.version.data or "") or 0

    @property
    def seen(self) -> "Seen":
        """The mark of the last entry shown."""
        return Seen.read(self.after.data or "")


class MessageForm(OpenPage):
    """The composer of a ticket."""

    body = text("Nachricht")
    audience = StringField("Sichtbar für", default=Audience.EVERYONE.value)
    files = files("Anhänge")
    release = BooleanField("Freigabe")
    move = HiddenField()


@dataclass(frozen=True)
class Seen:
    """Up to which message and journal line a page shows the correspondence; travels in the form as `12-34`."""

    message: int = 0
    event: int = 0

    @classmethod
    def read(cls, given: str) -> "Seen":
        """The mark that a form carries; nothing seen when it is not one."""
        first, _, second = given.partition("-")
        message, event = search.bounded_id(first) or 0, search.bounded_id(second) or 0
        return cls(message, event)

    def __str__(self) -> str:
        return f"{self.message}-{self.event}"


def facts(ticket: Row) -> dict[str, Any]:
    """A ticket's row with the words for its states."""
    deleted = ticket["deleted_at"] is not None
    is_open = ticket["status"] != Status.CLOSED
    return ticket | {
        "url": f"/tickets/{ticket['number']}",
        "deleted": deleted,
        "category_label": flow.category_label(ticket["category"]),
        "priority_label": flow.priority_label(ticket["priority"]),
        "high": ticket["priority"] == Priority.HIGH,
        "status_label": flow.status_label(ticket["status"], deleted),
        "status_token": flow.status_token(ticket["status"], deleted),
        "waiting_for": flow.waiting_for(ticket["status"]),
        "waiting_since": ticket["waiting_since"] if is_open else None,
        "escalated": ticket["escalated_at"] is not None and is_open,
    }


async def page_facts(ticket: Row) -> dict[str, Any]:
    """The facts as the ticket's own page shows them, with its participants."""
    person = me()
    return facts(ticket) | {
        "escalated_by": ticket["escalator"],
        "participants": await tickets.participants(person, ticket["number"]),
        "x3_context": _context(ticket["x3_context"]),
    }


def _context(stored: Any) -> dict[str, str]:
    found = json.loads(stored) if isinstance(stored, str) else stored
    return found or {}


# --- functions ---


def functions(ticket: Row) -> list[dict[str, Any]]:
    """The functions beside the facts, in the order of product.md 4.4."""
    person, url = me(), f"/tickets/{ticket['number']}"
    found = [_function(move, url) for move in policy.moves_for(person, ticket) if _offered(person, move, ticket)]
    found.insert(sum(f["key"] in ("handover", "to_it", "to_user") for f in found), _contact(person, ticket))
    return [*found, _plain("pdf", "PDF-Export", "download", f"{url}.pdf", "download")]


def _offered(person: Person, move: Move, ticket: Row) -> bool:
    return not move.needs_message or policy.may_write(person, ticket)


def _plain(key: str, label: str, kind: str, href: str, icon: str, **more: bool) -> dict[str, Any]:
    return {"key": key, "label": translate(label), "kind": kind, "href": href, "icon": icon, "danger": False,
            "primary": False} | more  # fmt: skip


def _function(move: Move, url: str) -> dict[str, Any]:
    if move.needs_message:
        return _plain(move.name, move.label, "compose", f"{url}?move={move.name}#composer", move.icon)
    kind = "confirm" if move.danger else "move"
    return _plain(
        move.name, move.label, kind, f"{url}/moves/{move.name}", move.icon, danger=move.danger,
        primary=move.name == "handover",
    )  # fmt: skip


def _contact(person: Person, ticket: Row) -> dict[str, Any]:
    """„Kontakt“: a mail to whoever is responsible; staff write to the reporter, for they are the responsible side."""
    to = ticket["reporter_email"] if person.is_staff else ticket["responsible_email"] or ""
    name = ticket["reporter"] if person.is_staff else ticket["responsible"]
    link = f"{settings().base_url}/tickets/{ticket['number']}"
    hello = translate("Guten Tag %(name)s,", name=name) if name else translate("Guten Tag,")
    body = "\r\n".join(
        (
            hello,
            "",
            translate("ich schreibe Ihnen zum Ticket #%(number)s „%(subject)s“:", **_named(ticket)),
            link,
            "",
            "",
            translate("Freundliche Grüße"),
            person.name,
        )
    )
    query = urlencode({"subject": f"[#{ticket['number']}] {ticket['subject']}", "body": body}, quote_via=quote)
    return _plain("contact", "Kontakt", "link", f"mailto:{quote(to, safe='@')}?{query}", "mail")


def _named(ticket: Row) -> dict[str, Any]:
    return {"number": ticket["number"], "subject": ticket["subject"]}


# --- correspondence ---


async def correspondence(ticket: Row, seen: Seen = Seen()) -> list[dict[str, Any]]:
    """Messages and journal lines in the order of time, with a separator for each day; only what came after `seen`."""
    person, number = me(), ticket["number"]
    messages = await tickets.messages(person, number, seen.message)
    attached: dict[int, list[dict[str, Any]]] = {}
    for row in await tickets.attachments(person, number, seen.message):
        attached.setdefault(row["message_id"], []).append(_file(row, number))
    entries = [_message(row, ticket, attached.get(row["id"], [])) for row in messages]
    entries += [_event(row) for row in await tickets.events(person, number, seen.event)]
    entries.sort(key=lambda entry: (entry["at"], entry["type"] == "message", entry["id"]))
    return entries if seen.message else _with_days(entries)


def _with_days(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found, day = [], None
    for entry in entries:
        if local(entry["at"]).date() != day:
            day = local(entry["at"]).date()
            found.append({"type": "day", "day": entry["at"]})
        found.append(entry)
    return found


def _file(row: Row, number: int) -> dict[str, Any]:
    url = f"/tickets/{number}/attachments/{row['id']}"
    picture = row["content_type"].startswith(PICTURE)
    return row | {"url": url, "preview_url": f"{url}?preview=1" if picture else None, "picture": picture}


def _message(row: Row, ticket: Row, attached: list[dict[str, Any]]) -> dict[str, Any]:
    own = row["author_id"] == me().id
    return row | {
        "type": "message", "at": row["created_at"], "own": own, "files": attached,
        "new": not own and row["id"] > ticket["read_up_to"] > 0,
        "audience_label": audience_label(row["audience"], ticket),
    }  # fmt: skip


def audience_label(audience: str, ticket: Row) -> str | None:
    """„nur Verband Nord“, „nur UNIPLUS“, or None for what everybody on the ticket may read."""
    names = {Audience.ORGANISATION: ticket["organisation"], Audience.VENDOR: vendor()}
    name = names.get(Audience(audience))
    return translate("nur %(name)s", name=name) if name else None


def _event(row: Row) -> dict[str, Any]:
    actor = row["actor"] or translate("Das Portal")
    sentence = f"{actor} {journal.sentence(row['kind'], row['before'], row['after'])}"
    return {"type": "event", "id": row["id"], "sentence": sentence, "at": row["created_at"]}


def seen(entries: Sequence[Mapping[str, Any]], before: Seen = Seen()) -> Seen:
    """The mark after these entries."""
    return Seen(
        max([before.message, *(e["id"] for e in entries if e["type"] == "message")]),
        max([before.event, *(e["id"] for e in entries if e["type"] == "event")]),
    )


# --- composer ---


async def composer(
    ticket: Row, after: Seen, form: MessageForm | None = None, chosen: str = "", names: Sequence[str] = ()
) -> dict[str, Any] | None:
    """All that the composer shows; None for who only reads, and on a deleted ticket."""
    person = me()
    move = _composed_move(person, ticket, chosen)
    closed = ticket["status"] == Status.CLOSED and move is None
    if not policy.may_write(person, ticket) or ticket["deleted_at"] or closed:
        return None
    url = f"/tickets/{ticket['number']}"
    form = form or MessageForm()
    return {
        "form": form,
        "action": f"{url}/messages",
        "move": move.name if move else None,
        "button": translate(move.send_label) if move else translate("Nachricht senden"),
        "hint": await _hint(person, ticket, move),
        "audiences": _audiences(person, ticket, form.audience.data or Audience.EVERYONE),
        "may_release": policy.may_release(person) and MOVES["handover"].starts_from(policy.state_of(ticket)),
        "cancel_url": f"{url}#composer" if move and move.name != "reopen" else None,
        "after": str(after),
        "file_names": list(names),
    }


def _composed_move(person: Person, ticket: Row, chosen: str) -> Move | None:
    possible = {move.name: move for move in policy.moves_for(person, ticket) if not move.danger}
    return possible.get(chosen) or possible.get("reopen")


async def _hint(person: Person, ticket: Row, move: Move | None) -> str | None:
    if move is None or move.name != "escalate":
        return None
    kind = search.high_or_escalated_hint(await search.urgent(person))
    ask = translate("Bitte schreiben Sie kurz, warum es eilt; ohne Nachricht lässt sich nicht eskalieren.")
    return f"{ask} {kind}" if kind else ask


def _audiences(person: Person, ticket: Row, chosen: str) -> list[dict[str, Any]]:
    everyone, own = policy.writable_audiences(person)
    labels = ((everyone, translate("Alle am Ticket")), (own, audience_label(own, ticket)))
    return [{"value": a.value, "label": label, "checked": a.value == chosen} for a, label in labels]


# --- the page ---


async def context(
    ticket: Row, form: MessageForm | None = None, chosen: str = "", names: Sequence[str] = (), conflict: bool = False
) -> dict[str, Any]:
    """Everything that `tickets/show.html` needs."""
    thread = await correspondence(ticket)
    newest = seen(thread)
    unread = any(e["type"] == "message" and not e["own"] and e["id"] > ticket["read_up_to"] for e in thread)
    return {
        "ticket": await page_facts(ticket),
        "functions": functions(ticket),
        "assignees": await assignees(ticket),
        "thread": thread,
        "composer": await composer(ticket, newest, form, chosen, names),
        "composer_refusal": refusal(ticket),
        "unread": unread,
        "conflict": conflict,
        "form": form,
        "kept": form.body.data if form else None,
    }


async def changes(ticket: Row, before: Seen, chosen: str = "") -> dict[str, Any]:
    """What is new on an open page since `before`: for the fragments of an answer."""
    thread = await correspondence(ticket, before)
    after = seen(thread, before)
    return {
        "ticket": await page_facts(ticket),
        "functions": functions(ticket),
        "assignees": await assignees(ticket),
        "thread": thread,
        "composer": await composer(ticket, after, chosen=chosen),
        "composer_refusal": refusal(ticket),
        "conflict": False,
    }


async def assignees(ticket: Row) -> list[dict[str, Any]]:
    """Whom staff can make responsible; empty for customers."""
    if not me().is_staff:
        return []
    return [row | {"checked": row["id"] == ticket["responsible_id"]} for row in await tickets.assignees()]


def refusal(ticket: Row) -> str | None:
    """Why there is no composer."""
    if ticket["deleted_at"]:
        return translate("Dieses Ticket ist gelöscht. Wer es wiederherstellt, kann auch wieder schreiben.")
    if policy.may_write(me(), ticket) and ticket["status"] == Status.CLOSED:
        return translate("Dieses Ticket ist geschlossen. Wieder öffnen kann es, wer es gemeldet hat, oder Ihre EDV.")
    return translate("Sie lesen dieses Ticket mit. Antworten können die Beteiligten und Ihre EDV.")


def document_facts(ticket: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The facts as the PDF names them."""
    found = [
        ("Status", ticket["status_label"]),
        ("Kategorie", ticket["category_label"]),
        ("Modul", ticket["module"]),
        ("Priorität", ticket["priority_label"]),
        ("Gemeldet von", f"{ticket['reporter']}, {ticket['organisation']}"),
        ("Zuständig", ticket["responsible"] or "–"),
        ("Erstellt", _moment(ticket["created_at"])),
        ("Letzte Änderung", _moment(ticket["updated_at"])),
    ]
    if ticket["handed_over_at"]:
        found.append(("Übergeben am", _moment(ticket["handed_over_at"])))
    if ticket["escalated_at"]:
        found.append(("Eskaliert am", _moment(ticket["escalated_at"])))
    found += [(label, value) for label, value in ticket["x3_context"].items()]
    return [(translate(label), value) for label, value in found]


def _moment(at: datetime) -> str:
    return f"{format_date(at)} {local(at):%H:%M}"
