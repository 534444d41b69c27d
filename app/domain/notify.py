"""Who is told about a ticket: the people of each letter, never the author, never somebody who may not read it."""

from collections.abc import Iterable

from app.database import Row
from app.domain import outbox
from app.domain.flow import Move
from app.domain.models import Audience, Participant, Person, Role, Status
from app.domain.policy import readable_audiences


async def created(actor: Person, ticket: Row) -> None:
    """A new ticket: to whoever has to act first."""
    to, letter = {
        Status.IT_REVIEW: (await _reviewers(ticket), "ticket_to_review"),
        Status.USER_REVIEW: ({ticket["reporter_id"]}, "asked_back"),
    }.get(Status(ticket["status"]), (_responsible(ticket), "handed_over"))
    await _post(actor, ticket, to, letter)


async def moved(
    actor: Person, ticket: Row, move: Move, message: int | None = None, audience: Audience = Audience.EVERYONE
) -> set[int]:
    """A move: to whom it concerns, with the message that they may read; returns who was told."""
    reviewers, reporter, responsible = await _reviewers(ticket), {ticket["reporter_id"]}, _responsible(ticket)
    must_act = await _must_act(ticket)
    to, letter = {
        "handover": (responsible, "handed_over"),
        "to_it": (reviewers, "ticket_to_review"),
        "to_user": (reporter, "asked_back"),
        "escalate": (must_act | (responsible if ticket["handed_over_at"] else set()), "escalated"),
        "close": (reporter, "closed"),
    }.get(move.name, (set(), ""))
    return await _post(actor, ticket, to, letter, message, audience)


async def replied(
    actor: Person, ticket: Row, audience: Audience, message: int, handed_over: bool, told: set[int]
) -> None:
    """A message: to those who take part and may read it; `told` know already."""
    taking_part = await Participant.filter(ticket_id=ticket["number"]).values_list("person_id", flat=True)
    party = {ticket["reporter_id"], *taking_part}
    party |= _responsible(ticket) if handed_over else set()
    people = await _within_reach(ticket, party)
    readers = {p.id for p in people if audience in readable_audiences(p) and (handed_over or not p.is_staff)}
    await outbox.post(readers - told - {actor.id}, "new_message", ticket=ticket["number"], message=message)


async def assigned(actor: Person, ticket: Row, person: Person) -> None:
    """Somebody was made responsible: to them."""
    await _post(actor, ticket, {person.id}, "handed_over")


async def _must_act(ticket: Row) -> set[int]:
    match Status(ticket["status"]):
        case Status.IT_REVIEW:
            return await _reviewers(ticket)
        case Status.USER_REVIEW:
            return {ticket["reporter_id"]}
        case Status.VENDOR_REVIEW:
            return _responsible(ticket)
    return set()


async def _post(
    actor: Person, ticket: Row, to: Iterable[int], letter: str, message: int | None = None,
    audience: Audience = Audience.EVERYONE,
) -> set[int]:  # fmt: skip
    people = [person for person in await _within_reach(ticket, to) if person.id != actor.id]
    for person in people:
        quoted = message if audience in readable_audiences(person) else None
        await outbox.post([person.id], letter, ticket=ticket["number"], actor=actor.id, message=quoted)
    return {person.id for person in people}


async def _within_reach(ticket: Row, ids: Iterable[int]) -> list[Person]:
    """Those who still work there: active, and the vendor's or of the ticket's organisation."""
    people = await Person.filter(id__in=list(ids), active=True)
    return [p for p in people if p.is_staff or p.organisation_id == ticket["organisation_id"]]


async def _reviewers(ticket: Row) -> set[int]:
    found = await Person.filter(
        organisation_id=ticket["organisation_id"],
        role=Role.EDV,
        active=True,
        person_modules__module_id=ticket["module_id"],
    )
    return {person.id for person in found}


def _responsible(ticket: Row) -> set[int]:
    return {ticket["responsible_id"]} if ticket["responsible_id"] else set()
