"""Two tickets about the same: one goes up in the other. There is no way back, so it is asked before.

Both belong to one organisation and were handed over, so the vendor's people read nothing that they did not read before.
Messages and files keep their audience and say where they come from. Reporter and participants come along; who saw the
ticket only by a right of theirs sees what is left of it, closed and empty, unless they see the other by that right too.
"""

from app import clock
from app.database import Row, atomic, changed, execute, rows
from app.domain import changes, flow, fulltext, journal, notify, participants, tickets, turns
from app.domain.flow import MOVES
from app.domain.models import Audience, Person, Priority, Status
from app.domain.policy import visible_tickets
from app.domain.refusals import NotAllowed, Refused
from app.domain.tickets import Draft
from app.domain.tokens import answer_form, claim_form, form_outcome
from app.language import translate


async def target(person: Person, ticket: Row) -> int | None:
    """The ticket in which this one went up, if the person sees that one. One statement at most."""
    if not ticket["merged_into_id"]:
        return None
    return ticket["merged_into_id"] if await tickets.exists(person, ticket["merged_into_id"]) else None


async def newcomers(actor: Person, ticket: Row, into: Row) -> list[str]:
    """The names of those who take part in the ticket and not yet in the other: they will see all of that one."""
    visible = visible_tickets(actor)
    found = await rows(
        f"""
        SELECT p.first_name || ' ' || p.last_name AS name FROM person p JOIN ticket t ON t.number = ?
        WHERE ({visible.sql}) AND p.id <> ? AND p.active = ?
          AND (p.id = t.reporter_id OR p.id IN (SELECT person_id FROM participant WHERE ticket_id = t.number))
          AND p.id NOT IN (SELECT person_id FROM participant WHERE ticket_id = ?) ORDER BY p.last_name, p.first_name
        """,
        ticket["number"], *visible.values, into["reporter_id"], True, into["number"],
    )  # fmt: skip
    return [row["name"] for row in found]


def check(actor: Person, ticket: Row, into: Row) -> None:
    """Raise NotAllowed, or Refused(into=…) with what speaks against it."""
    if not actor.is_staff:
        raise NotAllowed
    sentence = ""
    if ticket["number"] == into["number"]:
        sentence = "Ein Ticket lässt sich nicht mit sich selbst zusammenführen."
    elif ticket["organisation_id"] != into["organisation_id"]:
        sentence = "Die beiden Tickets gehören zu verschiedenen Organisationen."
    elif ticket["deleted_at"] or ticket["merged_into_id"]:
        sentence = "Dieses Ticket ist gelöscht oder schon mit einem anderen zusammengeführt."
    elif into["merged_into_id"] or into["status"] == Status.CLOSED:
        sentence = "Das andere Ticket ist geschlossen. Öffnen Sie es zuerst wieder, oder wählen Sie ein offenes."
    if sentence:
        raise Refused(into=translate(sentence))


async def merge(actor: Person, ticket: Row, into: Row, versions: tuple[int, int], body: str, form_key: str) -> None:
    """Let the ticket go up in the other, with a message there; the same form again does nothing more.

    `versions` are those of both that the actor saw. Raises NotAllowed, Conflict, Refused(into=…) or Refused(body=…).
    """
    if await form_outcome(actor, form_key) is not None:
        return
    check(actor, ticket, into)
    if not body:
        raise Refused(body=translate("Bitte schreiben Sie, dass und warum es hier weitergeht."))
    number, other = into["number"], ticket["number"]
    async with atomic():
        if await claim_form(actor, form_key) is not None:
            return
        for held in sorted((number, other)):  # in the same order by everybody, so that nobody waits for each other
            await changed("UPDATE ticket SET version = version WHERE number = ?", held)
        await _close(actor, ticket, into, versions[0])
        await tickets.compare_and_set(number, versions[1], _worse_of(ticket, into) | {"updated_at": clock.now()})
        await _carry_over(other, number)
        await participants.take_over(actor, ticket, into)
        await journal.record(actor, "merged_away", other)
        await journal.record(actor, "merged", number, after=str(other))
        message = await tickets.write(actor, number, Draft(body, form_key))
        await turns.answered(actor, number, into["organisation_id"], message.created_at, Audience.EVERYONE)
        await notify.replied(actor, into, Audience.EVERYONE, message.id, True, set())
        await changes.ticket(other)
        await changes.ticket(number)
        await answer_form(actor, form_key, str(number))


async def _close(actor: Person, ticket: Row, into: Row, version: int) -> None:
    mark = {"merged_into_id": into["number"]}
    if ticket["status"] != Status.CLOSED:
        await tickets.lead(actor, ticket, MOVES["close"], version)
        version += 1
    await tickets.compare_and_set(ticket["number"], version, mark)
    await execute(  # what went up in this one before leads on
        "UPDATE ticket SET merged_into_id = ? WHERE merged_into_id = ?", into["number"], ticket["number"]
    )


def _worse_of(ticket: Row, into: Row) -> dict[str, object]:
    """The open escalation and the high priority of both: neither may be lost."""
    found: dict[str, object] = {}
    if ticket["escalated_at"] and ticket["status"] != Status.CLOSED and not into["escalated_at"]:
        found = {name: ticket[name] for name in ("escalated_at", "escalated_by_id", "escalation_reason")}
    if ticket["priority"] == Priority.HIGH and ticket["status"] != Status.CLOSED:
        found["priority"] = Priority.HIGH.value
    both = into | found
    return found | {"urgency": flow.urgency(both["escalated_at"], both["priority"])}


async def _carry_over(number: int, into: int) -> None:
    await execute(
        "UPDATE message SET ticket_id = ?, origin = COALESCE(origin, ?) WHERE ticket_id = ?", into, number, number
    )
    await execute("UPDATE attachment SET ticket_id = ? WHERE ticket_id = ?", into, number)
    await fulltext.absorb(into, number)
