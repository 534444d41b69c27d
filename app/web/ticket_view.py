"""What the templates show of a ticket: facts, functions and correspondence, out of plain rows."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from app.database import Row
from app.domain import flow, journal, policy, tickets, x3
from app.domain.flow import Move
from app.domain.models import Person, Priority, Status
from app.language import local, translate
from app.web import composer
from app.web.composer import NOTHING_SEEN, MessageForm, Seen
from app.web.guard import me
from app.web.respond import settings

PICTURE = "image/"
X3_LABELS = frozenset(x3.LABELS.values())  # as they are stored; a label that nobody knows any more stays as it is


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
        "escalated": ticket["escalated_at"] is not None,
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
    return {_x3_label(label) if label in X3_LABELS else label: value for label, value in (found or {}).items()}


def _x3_label(label: str) -> str:
    """As on the chip of the new ticket: „Fehlermeldung“ alone is a category and has another English."""
    return translate(f"{label}: %(fact)s", fact="").rstrip(": ")


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
    """„Kontakt“: a mail to whoever is responsible; who is that themselves writes to the reporter."""
    side = "reporter" if ticket["responsible_id"] == person.id else "responsible"
    to, name = ticket[f"{side}_email"] or "", ticket[side]
    if "@" not in to:  # who was pseudonymised has none
        to = ""
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


async def correspondence(ticket: Row, seen: Seen = NOTHING_SEEN) -> list[dict[str, Any]]:
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
        "audience_label": composer.audience_label(row["audience"], ticket),
    }  # fmt: skip


def _event(row: Row) -> dict[str, Any]:
    actor = row["actor"] or translate("Das Portal")
    sentence = f"{actor} {journal.sentence(row['kind'], row['before'], row['after'])}"
    return {"type": "event", "id": row["id"], "sentence": sentence, "at": row["created_at"]}


def seen(entries: Sequence[Mapping[str, Any]], before: Seen = NOTHING_SEEN) -> Seen:
    """The mark after these entries."""
    return Seen(
        max([before.message, *(e["id"] for e in entries if e["type"] == "message")]),
        max([before.event, *(e["id"] for e in entries if e["type"] == "event")]),
    )


# --- the page ---


async def context(
    ticket: Row,
    before: Seen = NOTHING_SEEN,
    form: MessageForm | None = None,
    chosen: str = "",
    names: Sequence[str] = (),
    conflict: bool = False,
    kept: Sequence[Row] = (),
) -> dict[str, Any]:
    """Everything that `tickets/show.html` and its fragments need; entries only from after `before`."""
    if kept:
        form, names = MessageForm(), kept[0]["typed"].get("chosen", ())
        composer.restore(form, kept[0])
    thread = await correspondence(ticket, before)
    after = seen(thread, before)
    return {
        "ticket": await page_facts(ticket),
        "functions": functions(ticket),
        "assignees": await assignees(ticket),
        "thread": thread,
        "composer": await composer.compose(ticket, after, form, chosen, names),
        "composer_refusal": composer.refusal(ticket),
        "after": str(after),
        "unread": any(e["type"] == "message" and not e["own"] and e["id"] > ticket["read_up_to"] for e in thread),
        "conflict": conflict,
        "form": form,
        "kept": form.body.data if form else None,
        "drafts": composer.draft_lines(kept),
        "discard_url": f"/tickets/{ticket['number']}/draft/discard",
    }


async def assignees(ticket: Row) -> list[dict[str, Any]]:
    """Whom staff can make responsible; empty for customers."""
    if not me().is_staff:
        return []
    return [row | {"checked": row["id"] == ticket["responsible_id"]} for row in await tickets.assignees()]


def options(labels: dict[Any, str], chosen: str) -> list[dict[str, Any]]:
    """Choices of a filter or form: value, label, and whether it is the chosen one."""
    return [{"value": key.value, "label": translate(label), "checked": key == chosen} for key, label in labels.items()]
