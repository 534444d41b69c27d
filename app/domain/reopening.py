"""A closed ticket opened again by the link in the letter that told of its closing."""

from datetime import timedelta

from app.database import Row, atomic
from app.domain import tickets, tokens
from app.domain.flow import MOVES
from app.domain.models import Person, Purpose, Status, Token
from app.domain.policy import may, state_of
from app.domain.refusals import NotVisible

AGE = timedelta(days=30)  # how long the link is good for


async def offer(person: Person, ticket: Row) -> str | None:
    """The token of a new link for somebody who may open this closed ticket again; None for others."""
    reopen = MOVES["reopen"]
    if not may(person, reopen, ticket) or not reopen.starts_from(state_of(ticket)):
        return None
    async with atomic():
        return await tokens.issue(Purpose.REOPEN, person.id, AGE, {"ticket": ticket["number"]})


async def find(token: str) -> Row:
    """The ticket that the link would open again; nothing is consumed. Raises NotVisible for a link that opens none."""
    known = await tokens.find(Purpose.REOPEN, token)
    if known is None:
        raise NotVisible
    return await _ticket(known)


async def reopen(token: str) -> int:
    """Use the link up and open the ticket again in the name of its reader; returns the number.

    The same click once more gets the same answer. Raises NotVisible, and Conflict for a ticket that somebody else has
    opened again or changed meanwhile.
    """
    async with atomic():
        used = await tokens.consume(Purpose.REOPEN, token)
        if used is None:
            return await _opened_already(token)
        ticket = await _ticket(used)
        await tickets.move(used.person, ticket, "reopen", ticket["version"])
    return int(ticket["number"])


async def _opened_already(token: str) -> int:
    """The number, where this link has opened the ticket and it is open still."""
    known = await tokens.find_used(Purpose.REOPEN, token)
    if known is None:
        raise NotVisible
    ticket = await _ticket(known)
    if ticket["status"] == Status.CLOSED:
        raise NotVisible
    return int(ticket["number"])


async def _ticket(known: Token) -> Row:
    number = (known.context or {}).get("ticket")
    return await tickets.find(known.person, number if isinstance(number, int) else 0)
