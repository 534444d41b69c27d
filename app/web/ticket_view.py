"""What the templates show of a ticket: facts, functions and correspondence, out of plain rows."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from app.database import Row
from app.domain import (
    assignment,
    flow,
    participants,
    policy,
    priority,
    satisfaction,
    tickets,
    turns,
    x3,
)
from app.domain.flow import Move
from app.domain.models import Person, Priority, Role, Status
from app.domain.refusals import NotAllowed
from app.domain.ticket_filter import URGENT
from app.domain.turn_history import SIDES
from app.domain.workdays import working_time
from app.language import format_datetime, translate
from app.web import composer, thread_view
from app.web.composer import NOTHING_SEEN, MessageForm, Seen
from app.web.guard import me
from app.web.measured import measured
from app.web.respond import settings

X3_LABELS = frozenset(x3.LABELS.values())  # as they are stored; a label that nobody knows any more stays as it is


def facts(ticket: Row) -> dict[str, Any]:
    """A ticket's row with the words for its states."""
    deleted = ticket["deleted_at"] is not None
    waiting = flow.waiting(ticket)
    return ticket | {
        "url": f"/tickets/{ticket['number']}",
        "deleted": deleted,
        "category_label": flow.category_label(ticket["category"]),
        "priority_label": flow.priority_label(ticket["priority"]),
        "high": ticket["priority"] == Priority.HIGH,
        "status_label": flow.status_label(ticket["status"], deleted),
        "status_token": flow.status_token(ticket["status"], deleted),
        "waiting": waiting,
        "waiting_since": waiting.since if waiting else None,
        "escalated": ticket["escalated_at"] is not None,
    }


async def find_for_staff(number: int) -> Row:
    """A ticket for what only the vendor's people do with it; raises NotVisible, and NotAllowed for others."""
    ticket = await tickets.find(me(), number)
    if not me().is_staff:
        raise NotAllowed
    return ticket


async def page_facts(ticket: Row) -> dict[str, Any]:
    """The facts as the ticket's own page shows them, with its participants."""
    person, number = me(), ticket["number"]
    taking_part = await participants.of_ticket(person, number)
    return facts(ticket) | {
        "escalated_by": ticket["escalator"],
        "participants": [row["name"] for row in taking_part],
        "may_add": policy.may_write(person, ticket) and not ticket["deleted_at"],
        "may_join": policy.may_join(person, ticket) and ticket["status"] != Status.CLOSED,
        "x3_context": _context(ticket["x3_context"]),
    }


async def _beside(ticket: Row) -> dict[str, Any]:
    """What who decides finds beside the facts: how much is urgent there, and how content the reporter was."""
    person, urgent = me(), None
    decides = person.is_staff or person.role == Role.EDV
    if decides and ticket["urgency"] < 2 and ticket["status"] != Status.CLOSED:
        found = await priority.at(person, ticket["organisation_id"])
        urgent = measured(found, "organisation", ticket["organisation"])
    rating = await satisfaction.of_ticket(person, ticket["number"]) if ticket["rated"] else None
    held = await turns.of_ticket(person, ticket["number"])
    if rating:
        rating |= {"label": satisfaction.label(rating["value"])}
    return {"held": _held(held), "measure": urgent, "rating": rating}


def _held(seconds: Mapping[str, int]) -> list[dict[str, Any]]:
    """Where the time went, for the sides that had the ticket at all."""
    return [
        {"who": flow.waiting_for(status), "token": flow.STATUS_TOKENS[status], "time": working_time(seconds[side])}
        for status, side in SIDES.items() if seconds[side]
    ]  # fmt: skip


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
    found += [
        _plain("pdf", "PDF-Export", "download", f"{url}.pdf", "download"),
        _plain("complete", "PDF mit Anhängen", "download", f"{url}/complete.pdf", "paperclip"),
    ]
    if policy.may_prioritise(person, ticket) and ticket["status"] != Status.CLOSED:
        other = "Priorität „Normal“" if ticket["priority"] == Priority.HIGH else "Priorität „Hoch“"
        found.append(_plain("priority", other, "confirm", f"{url}/priority", "chevrons-up"))
    looks = _plain("as_reporter", "Wie der Kunde es sieht", "link", f"{url}/as-reporter", "eye")
    if not person.is_staff:
        return found
    merges = [] if ticket["deleted_at"] or ticket["merged_into_id"] else [
        _plain("merge", "Zusammenführen", "link", f"{url}/merge", "link")
    ]  # fmt: skip
    return [*found, looks, *merges]


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


# --- the page ---


async def context(
    ticket: Row,
    before: Seen = NOTHING_SEEN,
    form: MessageForm | None = None,
    chosen: str = "",
    names: Sequence[str] = (),
    conflict: bool | str = False,
    kept: Sequence[Row] = (),
) -> dict[str, Any]:
    """Everything that `tickets/show.html` and its fragments need; entries only from after `before`."""
    if kept:
        form, names = MessageForm(), kept[0]["typed"].get("chosen", ())
        composer.restore(form, kept[0])
    everything = before == NOTHING_SEEN
    entries = await (thread_view.newest(ticket) if everything else thread_view.correspondence(ticket, before))
    after = thread_view.seen(entries, before)
    return {
        "ticket": await page_facts(ticket) | await _beside(ticket),
        "functions": functions(ticket),
        "assignees": await assignees(ticket),
        "thread": entries,
        "composer": await composer.compose(ticket, after, form, chosen, names),
        "composer_refusal": composer.refusal(ticket),
        "after": str(after),
        "unread": any(e["type"] == "message" and not e["own"] and e["id"] > ticket["read_up_to"] for e in entries),
        "conflict": conflict,
        "form": form,
        "kept": form.body.data if form else None,
        "drafts": composer.draft_lines(kept),
        "discard_url": f"/tickets/{ticket['number']}/draft/discard",
    }


def conflict_over(ticket: Row, move: str) -> bool | str:
    """What stands above a ticket that somebody else changed: for a second escalation that there is one."""
    if move != "escalate" or not ticket["escalated_at"] or ticket["status"] == Status.CLOSED:
        return True
    return translate(
        "Dieses Ticket ist bereits eskaliert, von %(name)s am %(at)s. Eine zweite Eskalation ist erst möglich, wenn "
        "diese beantwortet ist.",
        name=ticket["escalator"] or translate("Jemand"), at=format_datetime(ticket["escalated_at"]),
    )  # fmt: skip


async def assignees(ticket: Row) -> list[dict[str, Any]]:
    """Whom staff can make responsible; empty for customers."""
    if not me().is_staff:
        return []
    return [row | {"checked": row["id"] == ticket["responsible_id"]} for row in await assignment.assignees()]


def priority_choices(chosen: str) -> list[dict[str, Any]]:
    """The priorities that the list can be filtered by."""
    both = {"value": URGENT, "label": priority_choice(URGENT), "checked": chosen == URGENT}
    return [*options(flow.PRIORITY_LABELS, chosen), both]


def priority_choice(value: str) -> str:
    """What such a choice is called."""
    return translate("Hoch oder eskaliert") if value == URGENT else flow.priority_label(value)


def options(labels: dict[Any, str], chosen: str) -> list[dict[str, Any]]:
    """Choices of a filter or form: value, label, and whether it is the chosen one."""
    return [{"value": key.value, "label": translate(label), "checked": key == chosen} for key, label in labels.items()]
