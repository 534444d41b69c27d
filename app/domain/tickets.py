"""What people do with tickets: create, reply, move, assign, read. One verb, one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app import clock
from app.database import Row, atomic, changed, execute, marks, rows
from app.domain import flow, journal, notify, search
from app.domain.flow import MOVES, Move, State
from app.domain.models import (
    Attachment,
    Audience,
    Category,
    Message,
    Person,
    Priority,
    Role,
    Status,
    Ticket,
)
from app.domain.policy import (
    may,
    may_release,
    may_write,
    state_of,
    visible_messages,
    visible_modules,
    visible_tickets,
    writable_audiences,
)
from app.domain.refusals import Conflict, NotAllowed, NotVisible, Refused
from app.domain.storage import StoredFile
from app.domain.tokens import answer_form, claim_form, form_outcome
from app.language import translate


@dataclass(frozen=True)
class Draft:
    """A message that is to be sent."""

    body: str
    form_key: str
    audience: Audience = Audience.EVERYONE
    files: Sequence[StoredFile] = ()


@dataclass(frozen=True)
class NewTicket:
    """A ticket that is to be created. Staff name the reporter and where it starts; others are the reporter."""

    category: Category
    module_id: int
    subject: str
    priority: Priority
    message: Draft
    release: bool = False
    reporter: Person | None = None
    start: Status = Status.VENDOR_REVIEW
    x3_context: dict[str, str] = field(default_factory=dict)


async def find(person: Person, number: int) -> Row:
    """The ticket with everything that its page names; raises NotVisible. One statement."""
    visible = visible_tickets(person)
    found = await rows(
        f"""
        SELECT t.*, mo.name AS module, o.name AS organisation,
          r.first_name || ' ' || r.last_name AS reporter, r.email AS reporter_email,
          s.first_name || ' ' || s.last_name AS responsible, s.email AS responsible_email,
          e.first_name || ' ' || e.last_name AS escalator,
          CASE WHEN EXISTS (SELECT 1 FROM participant pa WHERE pa.ticket_id = t.number AND pa.person_id = ?)
            THEN 1 ELSE 0 END AS takes_part,
          COALESCE((SELECT rm.message_id FROM read_mark rm WHERE rm.ticket_id = t.number AND rm.person_id = ?), 0)
            AS read_up_to
        FROM ticket t
        JOIN module mo ON mo.id = t.module_id
        JOIN organisation o ON o.id = t.organisation_id
        JOIN person r ON r.id = t.reporter_id
        LEFT JOIN person s ON s.id = t.responsible_id
        LEFT JOIN person e ON e.id = t.escalated_by_id
        WHERE t.number = ? AND ({visible.sql})
        """,
        person.id, person.id, number, *visible.values,
    )  # fmt: skip
    if not found:
        raise NotVisible
    return found[0]


async def exists(person: Person, number: int) -> bool:
    """Whether there is a ticket with this number for the person."""
    visible = visible_tickets(person)
    return bool(
        await rows(f"SELECT 1 AS one FROM ticket t WHERE t.number = ? AND ({visible.sql})", number, *visible.values)
    )


async def messages(person: Person, number: int, after: int = 0) -> list[Row]:
    """The messages of a visible ticket that the person may read, oldest first. One statement."""
    visible, read = visible_tickets(person), visible_messages(person)
    return await rows(
        f"""
        SELECT m.id, m.author_id, m.audience, m.body, m.created_at, a.first_name || ' ' || a.last_name AS author,
          o.name AS organisation, CASE WHEN o.is_vendor THEN 'vendor' ELSE 'customer' END AS side
        FROM message m JOIN ticket t ON t.number = m.ticket_id
        JOIN person a ON a.id = m.author_id JOIN organisation o ON o.id = a.organisation_id
        WHERE m.ticket_id = ? AND m.id > ? AND {read.sql} AND ({visible.sql}) ORDER BY m.id
        """,
        number, after, *read.values, *visible.values,
    )  # fmt: skip


async def attachments(person: Person, number: int, after: int = 0, only: int | None = None) -> list[Row]:
    """The files of the readable messages of a visible ticket; with `only`, that one file. One statement."""
    visible, read = visible_tickets(person), visible_messages(person)
    one = "AND f.id = ?" if only else ""
    return await rows(
        f"""
        SELECT f.* FROM attachment f JOIN message m ON m.id = f.message_id JOIN ticket t ON t.number = m.ticket_id
        WHERE t.number = ? AND f.ticket_id = t.number AND m.id > ? AND {read.sql} AND ({visible.sql}) {one}
        ORDER BY f.id
        """,
        number, after, *read.values, *visible.values, *([only] if only else []),
    )  # fmt: skip


async def attachment(person: Person, number: int, id: int) -> Row:
    """One file of a message that the person may read, through its ticket; raises NotVisible."""
    found = await attachments(person, number, only=id)
    if not found:
        raise NotVisible
    return found[0]


async def events(person: Person, number: int, after: int = 0) -> list[Row]:
    """The journal of a visible ticket, oldest first. One statement."""
    visible = visible_tickets(person)
    return await rows(
        f"""
        SELECT e.id, e.kind, e.before, e.after, e.created_at, a.first_name || ' ' || a.last_name AS actor
        FROM ticket_event e JOIN ticket t ON t.number = e.ticket_id LEFT JOIN person a ON a.id = e.actor_id
        WHERE e.ticket_id = ? AND e.id > ? AND ({visible.sql}) ORDER BY e.id
        """,
        number, after, *visible.values,
    )  # fmt: skip


async def participants(person: Person, number: int) -> list[str]:
    """The names of who takes part besides the reporter."""
    visible = visible_tickets(person)
    found = await rows(
        "SELECT p.first_name || ' ' || p.last_name AS name FROM participant x JOIN ticket t ON t.number = x.ticket_id "
        f"JOIN person p ON p.id = x.person_id WHERE x.ticket_id = ? AND ({visible.sql}) ORDER BY p.last_name",
        number, *visible.values,
    )  # fmt: skip
    return [row["name"] for row in found]


async def create(actor: Person, new: NewTicket) -> int:
    """Create a ticket with its first message and return its number; the same form again returns the same number.

    Raises Refused(module=…) for a module that the actor or the reporter's organisation has not.
    """
    reporter = new.reporter or actor
    if actor.is_staff == (new.reporter is None) or reporter.is_staff:
        raise Refused(reporter=translate("Bitte wählen Sie, für wen das Ticket ist."))
    module, responsible = await _module_for(actor, reporter, new.module_id)
    at = clock.now()
    state = _start(actor, new, at)
    async with atomic():
        known = await claim_form(actor, new.message.form_key)
        if known is not None:
            return int(known)
        ticket = await Ticket.create(
            subject=new.subject, category=new.category, priority=new.priority, status=state.status,
            module_id=new.module_id, organisation_id=reporter.organisation_id, reporter=reporter,
            responsible_id=responsible, handed_over_at=state.handed_over_at, x3_context=new.x3_context or None,
            waiting_since=at, created_at=at, updated_at=at,
        )  # fmt: skip
        number = ticket.number
        await search.start_document(number)
        await search.add_text(
            number, Audience.EVERYONE, str(number), new.subject, module, reporter.name, reporter.organisation.name
        )
        await _record_creation(actor, reporter, new, number)
        await _write(actor, number, new.message)
        if state.status == Status.VENDOR_REVIEW and not actor.is_staff:
            await journal.record(actor, "handover", number)
        await notify.created(actor, vars(ticket))
        await answer_form(actor, new.message.form_key, str(number))
    return number


async def _record_creation(actor: Person, reporter: Person, new: NewTicket, number: int) -> None:
    if actor.id != reporter.id:
        await journal.record(actor, "created_for", number, after=reporter.name)
    else:
        await journal.record(actor, "created_x3" if new.x3_context else "created", number)


def _start(actor: Person, new: NewTicket, at: Any) -> State:
    """Where a ticket starts (product.md 3). A staff ticket counts as handed over: the vendor has it already."""
    if actor.is_staff:
        status = new.start if new.start == Status.USER_REVIEW else Status.VENDOR_REVIEW
        return State(status, handed_over_at=at)
    if new.release and not may_release(actor):
        raise NotAllowed
    if new.release:
        return State(Status.VENDOR_REVIEW, handed_over_at=at)
    return State(Status.IT_REVIEW)


async def _module_for(actor: Person, reporter: Person, module_id: int) -> tuple[str, int | None]:
    """The module's name and who is responsible: rule, else organisation's, else module's, else vendor's default."""
    usable = visible_modules(actor)
    found = await rows(
        f"""
        SELECT mo.name, COALESCE(p1.id, p2.id, p3.id, p4.id) AS person
        FROM module mo JOIN organisation_module om ON om.module_id = mo.id AND om.organisation_id = ?
        JOIN organisation o ON o.id = om.organisation_id LEFT JOIN organisation v ON v.is_vendor = ?
        LEFT JOIN person p1 ON p1.id = om.responsible_id AND p1.active = ?
        LEFT JOIN person p2 ON p2.id = o.responsible_id AND p2.active = ?
        LEFT JOIN person p3 ON p3.id = mo.responsible_id AND p3.active = ?
        LEFT JOIN person p4 ON p4.id = v.responsible_id AND p4.active = ?
        WHERE mo.id = ? AND ({usable.sql})
        """,
        reporter.organisation_id, True, True, True, True, True, module_id, *usable.values,
    )  # fmt: skip
    if not found:
        raise Refused(module=translate("Bitte wählen Sie ein Modul."))
    return found[0]["name"], found[0]["person"]


async def reply(actor: Person, ticket: Row, draft: Draft, move: str = "", version: int = 0) -> int:
    """Add a message, and make the move that goes with it; returns the message's id, for the same form the same id.

    Raises NotAllowed, Conflict, and Refused(body=…) or Refused(audience=…).
    """
    try:
        chosen = check_reply(actor, ticket, draft, move, files=len(draft.files))
    except Conflict:
        known = await form_outcome(actor, draft.form_key)
        if known is None:
            raise
        return int(known)
    number = ticket["number"]
    async with atomic():
        known = await claim_form(actor, draft.form_key)
        if known is not None:
            return int(known)
        message = await _write(actor, number, draft)
        if chosen:
            await _apply(actor, ticket, chosen, version, draft.body)
        if draft.audience == Audience.EVERYONE:
            await execute("UPDATE ticket SET updated_at = ? WHERE number = ?", clock.now(), number)
            await _take_part(actor, ticket)  # who only whispers is not named to the other side
        await _mark_read(actor, number, message.id)
        await _notify_of_reply(actor, ticket, draft, message.id, chosen)
        await answer_form(actor, draft.form_key, str(message.id))
    return message.id


async def _notify_of_reply(actor: Person, ticket: Row, draft: Draft, message: int, chosen: Move | None) -> None:
    told = await notify.moved(actor, ticket, chosen, message, draft.audience) if chosen else set()
    handed_over = bool(ticket["handed_over_at"] or (chosen and chosen.name == "handover"))
    await notify.replied(actor, ticket, draft.audience, message, handed_over, told)


def check_reply(actor: Person, ticket: Row, draft: Draft, move: str, files: int) -> Move | None:
    """Raise what speaks against a message and its move, before anything is stored; returns the move."""
    if move and move not in MOVES:
        raise NotVisible
    if not may_write(actor, ticket) and not (move and may(actor, MOVES[move], ticket)):
        raise NotAllowed(translate("Sie lesen dieses Ticket mit; antworten können die Beteiligten."))
    if not draft.body and not files:
        raise Refused(body=translate("Bitte schreiben Sie eine Nachricht."))
    if draft.audience not in writable_audiences(actor):
        raise NotAllowed
    chosen = _check_move(actor, ticket, draft, move) if move else None
    if ticket["status"] == Status.CLOSED and not chosen:
        raise Conflict  # a message alone would lie unseen in a closed ticket
    return chosen


async def move(actor: Person, ticket: Row, name: str, version: int, form_key: str = "") -> None:
    """Make a move without a message; the same form, if one led here, does nothing more when it comes again.

    Raises NotAllowed, Conflict, and Refused(body=…) when the move needs a message.
    """
    if form_key and await form_outcome(actor, form_key) is not None:
        return
    chosen = _check_move(actor, ticket, None, name)
    async with atomic():
        if form_key and await claim_form(actor, form_key) is not None:
            return
        await _apply(actor, ticket, chosen, version)
        await notify.moved(actor, ticket, chosen)


def _check_move(actor: Person, ticket: Row, draft: Draft | None, name: str) -> Move:
    chosen = MOVES.get(name)
    if chosen is None:
        raise NotVisible
    if not may(actor, chosen, ticket):
        raise NotAllowed
    if not chosen.starts_from(state_of(ticket)):
        raise Conflict
    if chosen.needs_message and not (draft and draft.body):
        raise Refused(body=translate("Dazu gehört eine Nachricht: Bitte schreiben Sie, worum es geht."))
    if draft and draft.audience in chosen.forbidden_audiences:
        raise Refused(audience=translate("Diese Nachricht muss die andere Seite lesen können."))
    return chosen


async def _apply(actor: Person, ticket: Row, chosen: Move, version: int, reason: str = "") -> None:
    """Compare and set: the ticket changes only if nobody changed it since the actor saw this version."""
    at, old = clock.now(), state_of(ticket)
    new = chosen.lead(old, at)
    changes: dict[str, Any] = {
        "status": new.status.value, "handed_over_at": new.handed_over_at, "deleted_at": new.deleted_at,
        "updated_at": at,
    }  # fmt: skip
    if new.status != old.status:
        changes["waiting_since"] = at
        changes["closed_at"] = at if new.status == Status.CLOSED else None
    if new.escalated_at != old.escalated_at:
        escalates = new.escalated_at is not None
        changes |= {
            "escalated_at": new.escalated_at,
            "escalated_by_id": actor.id if escalates else None,
            "escalation_reason": reason if escalates else None,
        }
    await _compare_and_set(ticket["number"], version, changes)
    await journal.record(
        actor, chosen.name, ticket["number"], flow.status_label(old.status), flow.status_label(new.status)
    )


async def _compare_and_set(number: int, version: int, changes: dict[str, Any]) -> None:
    """Write the columns and the next version; raise Conflict when the ticket has another version by now."""
    columns = ", ".join(f"{column} = ?" for column in changes)
    set_ = f"UPDATE ticket SET version = version + 1, {columns} WHERE number = ? AND version = ?"
    if not await changed(set_, *changes.values(), number, version):
        raise Conflict


async def assign(actor: Person, ticket: Row, person_id: int, version: int, form_key: str = "") -> None:
    """Make a staff member responsible; raises NotAllowed, Conflict, Refused(responsible=…)."""
    if not actor.is_staff:
        raise NotAllowed
    if form_key and await form_outcome(actor, form_key) is not None:
        return
    person = await Person.get_or_none(id=person_id, active=True, role__in=(Role.STAFF, Role.ADMIN))
    if person is None:
        raise Refused(responsible=translate("Bitte wählen Sie jemanden aus der Liste."))
    async with atomic():
        if form_key and await claim_form(actor, form_key) is not None:
            return
        await _compare_and_set(ticket["number"], version, {"responsible_id": person.id})
        await journal.record(actor, "assigned", ticket["number"], ticket["responsible"] or "", person.name)
        await notify.assigned(actor, ticket, person)


async def mark_read(person: Person, number: int) -> None:
    """Remember that the person has read the ticket up to its newest message that they may read."""
    found = await messages(person, number)
    if found:
        await _mark_read(person, number, found[-1]["id"])


async def _mark_read(person: Person, number: int, message: int) -> None:
    await execute(
        "INSERT INTO read_mark (person_id, ticket_id, message_id) VALUES (?, ?, ?) ON CONFLICT (person_id, ticket_id) "
        "DO UPDATE SET message_id = excluded.message_id WHERE read_mark.message_id < excluded.message_id",
        person.id, number, message,
    )  # fmt: skip


async def _write(actor: Person, number: int, draft: Draft) -> Message:
    message = await Message.create(
        ticket_id=number, author=actor, audience=draft.audience, body=draft.body, created_at=clock.now()
    )
    for file in draft.files:
        await Attachment.create(
            ticket_id=number, message=message, name=file.name, content_type=file.content_type, size=file.size,
            sha256=file.sha256, width=file.width, height=file.height, created_at=clock.now(),
        )  # fmt: skip
    files = [text for file in draft.files for text in (file.name, file.text)]
    await search.add_text(number, draft.audience, actor.name, draft.body, *files)
    return message


async def _take_part(actor: Person, ticket: Row) -> None:
    if actor.id != ticket["reporter_id"]:
        new = await changed(
            "INSERT INTO participant (ticket_id, person_id) VALUES (?, ?) "
            "ON CONFLICT (ticket_id, person_id) DO NOTHING",
            ticket["number"], actor.id,
        )  # fmt: skip
        if new and not actor.is_staff:
            await journal.record(actor, "participant", ticket["number"])


async def check_module(actor: Person, reporter: Person, module_id: int) -> None:
    """Raise Refused(module=…) for a module that the actor or the reporter's organisation has not."""
    await _module_for(actor, reporter, module_id)


async def modules_of(actor: Person, organisation_id: int) -> list[Row]:
    """The modules of an organisation that the actor may use: id, name. One statement."""
    usable = visible_modules(actor)
    return await rows(
        "SELECT mo.id, mo.name FROM module mo JOIN organisation_module om ON om.module_id = mo.id "
        f"WHERE om.organisation_id = ? AND ({usable.sql}) ORDER BY mo.position",
        organisation_id, *usable.values,
    )  # fmt: skip


async def reporters(organisation_id: int) -> list[Row]:
    """The active people of an organisation for whom staff can create a ticket: id, name. One statement."""
    return await rows(
        "SELECT id, first_name || ' ' || last_name AS name FROM person WHERE organisation_id = ? AND active = ? "
        "ORDER BY last_name, first_name",
        organisation_id, True,
    )  # fmt: skip


async def reporter(id: int) -> Person:
    """The active customer with this id; raises Refused(reporter=…)."""
    customers = Person.filter(id=id, active=True, organisation__is_vendor=False)
    person = await customers.select_related("organisation").first()
    if person is None:
        raise Refused(reporter=translate("Bitte wählen Sie, für wen das Ticket ist."))
    return person


async def assignees() -> list[Row]:
    """The staff members whom a ticket can be given to: id, name."""
    return await rows(
        "SELECT id, first_name || ' ' || last_name AS name FROM person "
        f"WHERE active = ? AND role IN {marks((Role.STAFF, Role.ADMIN))} ORDER BY last_name, first_name",
        True, Role.STAFF.value, Role.ADMIN.value,
    )  # fmt: skip
