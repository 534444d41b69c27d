"""What people do with tickets: reply, move, assign, read. One verb, one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app import clock
from app.database import Row, atomic, changed, execute, rows
from app.domain import assignment, changes, drafts, flow, fulltext, journal, notify, thread, turns
from app.domain.flow import MOVES, Move
from app.domain.models import Attachment, Audience, Message, Person, Role, Status
from app.domain.participants import take_part
from app.domain.policy import may, may_write, state_of, visible_tickets, writable_audiences
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
    shown: str = ""  # the mark of the kept draft that its form had shown


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
            AS read_up_to,
          CASE WHEN EXISTS (SELECT 1 FROM rating ra WHERE ra.ticket_id = t.number) THEN 1 ELSE 0 END AS rated
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
        message = await write(actor, number, draft)
        await turns.answered(actor, number, ticket["organisation_id"], message.created_at, draft.audience)
        if chosen:
            ticket = await lead(actor, ticket, chosen, version, draft.body)
        else:
            await _still_open(number)
        if draft.audience == Audience.EVERYONE:
            await execute("UPDATE ticket SET updated_at = ? WHERE number = ?", clock.now(), number)
            await take_part(actor, ticket)  # who only whispers is not named to the other side
        await _mark_read(actor, number, message.id)
        await _notify_of_reply(actor, ticket, draft, message.id, chosen)
        await changes.ticket(number, Audience.EVERYONE if chosen else draft.audience)
        await drafts.sent(actor, draft.form_key, draft.shown)
        await answer_form(actor, draft.form_key, str(message.id))
    return message.id


async def _still_open(number: int) -> None:
    """Hold the ticket's row; raise Conflict when it was just closed: a message alone would lie unseen."""
    if not await changed(
        "UPDATE ticket SET version = version WHERE number = ? AND status <> ?", number, Status.CLOSED.value
    ):
        raise Conflict


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
        await notify.moved(actor, await lead(actor, ticket, chosen, version), chosen)
        await changes.ticket(ticket["number"])


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


async def lead(actor: Person | None, ticket: Row, chosen: Move, version: int, reason: str = "", why: Any = ()) -> Row:
    """Compare and set: the ticket changes only if nobody changed it since the actor saw this version.

    Returns it with who is responsible then; `why` is what the journal says instead of the two statuses.
    """
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
        changes |= {
            "escalated_at": new.escalated_at,
            "escalated_by_id": actor.id if actor and new.escalated_at else None,
            "escalation_reason": reason if new.escalated_at else None,
            "urgency": flow.urgency(new.escalated_at, ticket["priority"]),
        }
    decision = await assignment.at_handover(ticket, old, new)  # before the row is held: it may hold the vendor's
    changes |= {"responsible_id": decision.person_id} if decision else {}
    await compare_and_set(ticket["number"], version, changes)
    before, after = why or (flow.status_label(old.status), flow.status_label(new.status))
    await journal.record(actor, chosen.name, ticket["number"], before, after, at=at)
    if actor:
        await turns.answered(actor, ticket["number"], ticket["organisation_id"], at)
    await turns.passed(ticket["number"], ticket["organisation_id"], old.status, new.status, at)
    if decision:
        await decision.record(ticket["number"])
    return ticket | {"responsible_id": changes.get("responsible_id", ticket["responsible_id"])}


async def close_unanswered(ticket: Row, days: int, organisation: str) -> None:
    """The portal's own move, inside the caller's transaction, with the organisation's rule as its reason."""
    chosen = MOVES["close_unanswered"]
    if not chosen.starts_from(state_of(ticket)):
        raise Conflict
    await lead(None, ticket, chosen, ticket["version"], why=(str(days), organisation))
    await notify.closed_unanswered(ticket)
    await changes.ticket(ticket["number"])


async def compare_and_set(number: int, version: int, changes: dict[str, Any]) -> None:
    """Write the columns and the next version, inside the caller's transaction; raise Conflict for one who is late."""
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
        await compare_and_set(ticket["number"], version, {"responsible_id": person.id})
        await journal.record(actor, "assigned", ticket["number"], ticket["responsible"] or "", person.name)
        await notify.assigned(actor, ticket, person)
        await changes.ticket(ticket["number"])


async def mark_read(person: Person, number: int) -> None:
    """Remember that the person has read the ticket up to its newest message that they may read."""
    found = await thread.messages(person, number, most=1)
    if found:
        await _mark_read(person, number, found[-1]["id"])


async def _mark_read(person: Person, number: int, message: int) -> None:
    await execute(
        "INSERT INTO read_mark (person_id, ticket_id, message_id) VALUES (?, ?, ?) ON CONFLICT (person_id, ticket_id) "
        "DO UPDATE SET message_id = excluded.message_id WHERE read_mark.message_id < excluded.message_id",
        person.id, number, message,
    )  # fmt: skip


async def write(actor: Person, number: int, draft: Draft) -> Message:
    """Put a message with its files into a ticket and its search document, inside the caller's transaction."""
    message = await Message.create(
        ticket_id=number, author=actor, audience=draft.audience, body=draft.body, created_at=clock.now()
    )
    for file in draft.files:
        await Attachment.create(
            ticket_id=number, message=message, name=file.name, content_type=file.content_type, size=file.size,
            sha256=file.sha256, width=file.width, height=file.height, created_at=clock.now(),
        )  # fmt: skip
    await fulltext.add_text(number, draft.audience, actor.name, draft.body, *(file.name for file in draft.files))
    for file in draft.files:
        await fulltext.add_file_text(number, draft.audience, file.text)
    return message


