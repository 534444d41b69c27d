"""Who is told about a ticket: the people of each letter, never the author, never somebody who may not read it."""

from collections.abc import Iterable

from app import clock
from app.database import Row
from app.domain import deputies, outbox
from app.domain.flow import Move
from app.domain.models import Audience, Participant, Person, Role, Status
from app.domain.policy import readable_audiences


async def created(actor: Person, ticket: Row) -> None:
    """A new ticket: to whoever has to act first."""
    to, letter = {
        Status.IT_REVIEW: (await _reviewers(ticket), "ticket_to_review"),
        Status.USER_REVIEW: ({ticket["reporter_id"]}, "asked_back"),
    }.get(Status(ticket["status"]), (await _responsible(ticket), "handed_over"))
    told = await _post(actor, ticket, to, letter)
    await _post(actor, ticket, {ticket["reporter_id"]} - told, "created_for_you")


async def moved(
    actor: Person, ticket: Row, move: Move, message: int | None = None, audience: Audience = Audience.EVERYONE
) -> set[int]:
    """A move: to whom it concerns, with the message that they may read; returns who was told."""
    reviewers, reporter, responsible = await _reviewers(ticket), {ticket["reporter_id"]}, await _responsible(ticket)
    must_act = await _must_act(ticket)
    to, letter = {
        "handover": (responsible, "handed_over"),
        "to_it": (reviewers, "ticket_to_review"),
        "to_user": (reporter, "asked_back"),
        "escalate": (must_act | (responsible if ticket["handed_over_at"] else set()), "escalated"),
        "close": (reporter, "closed"),
        "reopen": (responsible if ticket["handed_over_at"] else reviewers, "reopened"),
    }.get(move.name, (set(), ""))
    return await _post(actor, ticket, to, letter, message, audience)


async def replied(
    actor: Person, ticket: Row, audience: Audience, message: int, handed_over: bool, told: set[int]
) -> None:
    """A message: to those who take part and may read it; `told` know already."""
    taking_part = await Participant.filter(ticket_id=ticket["number"]).values_list("person_id", flat=True)
    party = {ticket["reporter_id"], *taking_part}
    party |= await _responsible(ticket) if handed_over else set()
    people = await _within_reach(ticket, party)
    readers = {p.id for p in people if audience in readable_audiences(p) and (handed_over or not p.is_staff)}
    await outbox.post(readers - told - {actor.id}, "new_message", ticket=ticket["number"], message=message)


async def assigned(actor: Person, ticket: Row, person: Person) -> None:
    """Somebody was made responsible: to them."""
    await _post(actor, ticket, {person.id}, "handed_over")


async def added(actor: Person, ticket: Row, person_id: int) -> None:
    """Somebody now takes part: to them."""
    await _post(actor, ticket, {person_id}, "taking_part")


async def silent(ticket: Row, letter: str, **context: object) -> bool:
    """Nobody answered: to whoever must act, in somebody's absence to their deputy, and to the EDV where there is
    neither; whether there was anybody to tell."""
    people = await _within_reach(ticket, await _present(await _must_act(ticket)))
    if not people:
        people = await _within_reach(ticket, await _reviewers(ticket))
    since = ticket["waiting_since"].isoformat()
    await outbox.post([person.id for person in people], letter, ticket=ticket["number"], since=since, **context)
    return bool(people)


async def overdue(ticket: Row) -> None:
    """The EDV decides nothing: to every EDV of the organisation, whatever their modules, also to who is away."""
    everybody = await Person.filter(organisation_id=ticket["organisation_id"], role=Role.EDV, active=True)
    told, since = [person.id for person in everybody], ticket["waiting_since"].isoformat()
    await outbox.post(told, "review_overdue", ticket=ticket["number"], since=since, module=ticket["module_id"])


async def closed_unanswered(ticket: Row) -> None:
    """The portal has closed the ticket: to the reporter."""
    people = await _within_reach(ticket, {ticket["reporter_id"]})
    await outbox.post([person.id for person in people], "closed", ticket=ticket["number"], unanswered=True)


async def _must_act(ticket: Row) -> set[int]:
    match Status(ticket["status"]):
        case Status.IT_REVIEW:
            return await _reviewers(ticket)
        case Status.USER_REVIEW:
            return {ticket["reporter_id"]}
        case Status.VENDOR_REVIEW:
            return await _responsible(ticket)
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
    reviewers = {person.id for person in found}
    return await _present(reviewers) & reviewers or reviewers  # a deputy who may not see it is none


async def _responsible(ticket: Row) -> set[int]:
    return await _present({ticket["responsible_id"]} if ticket["responsible_id"] else set())


async def _present(people: set[int]) -> set[int]:
    """Those who are there, and who stands in for the others; all of them where nobody is left."""
    gone = await deputies.away(clock.now()) if people else {}
    there = {present for one in people if (present := deputies.present(one, gone))}
    return there or people
