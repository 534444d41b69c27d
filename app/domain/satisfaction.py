"""How content a reporter is with what came of their ticket: asked by the closing letter, answered by a link."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app import clock
from app.database import Row, atomic, changed, execute, rows
from app.domain import changes, journal, tickets, tokens
from app.domain.models import Person, Purpose, Status
from app.domain.policy import may_read_ratings, visible_tickets
from app.domain.refusals import NotVisible
from app.language import translate

AGE = timedelta(days=30)  # how long the link is good for
LONGEST_WORDS = 1000
LABELS = {3: "Zufrieden", 2: "Teils, teils", 1: "Nicht zufrieden"}


@dataclass(frozen=True)
class Question:
    """What a living link asks: whom, about which closing of which ticket, and what they have answered so far."""

    person: Person
    ticket: Row
    closed_at: datetime
    expires_at: datetime
    value: int | None = None
    words: str = ""


def label(value: int) -> str:
    """„Zufrieden“, „Teils, teils“ or „Nicht zufrieden“."""
    return translate(LABELS[value])


async def ask(person: Person, ticket: Mapping[str, Any]) -> str | None:
    """The token of a new link for the reporter of a closed ticket; None where nothing is asked."""
    if person.id != ticket["reporter_id"] or ticket["status"] != Status.CLOSED or ticket["deleted_at"]:
        return None
    asks = "SELECT 1 AS one FROM organisation_rules WHERE organisation_id = ? AND asks_satisfaction = ?"
    if not await rows(asks, ticket["organisation_id"], True):
        return None
    context: dict[str, object] = {"ticket": ticket["number"], "closed_at": ticket["closed_at"].isoformat()}
    async with atomic():
        return await tokens.issue(Purpose.RATING, person.id, AGE, context)


async def find(token: str) -> Question | None:
    """What the link asks; None when it opens nothing. Nothing is consumed."""
    known = await tokens.find(Purpose.RATING, token)
    if known is None or known.context is None:
        return None
    number, closed_at = known.context["ticket"], datetime.fromisoformat(str(known.context["closed_at"]))
    try:
        ticket = await tickets.find(known.person, int(str(number)))
    except NotVisible:
        return None
    if ticket["deleted_at"]:
        return None
    found = await rows("SELECT value, words FROM rating WHERE ticket_id = ? AND closed_at = ?", number, closed_at)
    return Question(known.person, ticket, closed_at, known.expires_at, **(found[0] if found else {}))


async def answer(question: Question, value: int, words: str) -> None:
    """Keep the answer; another one to the same closing takes its place. The journal tells only that there is one."""
    number, at = question.ticket["number"], clock.now()
    async with atomic():
        new = await changed(
            "INSERT INTO rating (ticket_id, person_id, closed_at, value, words, rated_at) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (ticket_id, closed_at) DO NOTHING",
            number, question.person.id, question.closed_at, value, words, at,
        )  # fmt: skip
        if new:
            await journal.record(question.person, "rated", number)
        else:
            await execute(
                "UPDATE rating SET value = ?, words = ?, rated_at = ? WHERE ticket_id = ? AND closed_at = ?",
                value, words, at, number, question.closed_at,
            )  # fmt: skip
        await changes.ticket(number)


async def of_ticket(person: Person, number: int) -> Row | None:
    """The newest answer about a visible ticket: value, words, rated_at; None too for who may not read it."""
    if not may_read_ratings(person):
        return None
    visible = visible_tickets(person)
    found = await rows(
        "SELECT r.value, r.words, r.rated_at FROM rating r JOIN ticket t ON t.number = r.ticket_id "
        f"WHERE r.ticket_id = ? AND ({visible.sql}) ORDER BY r.closed_at DESC LIMIT 1",
        number, *visible.values,
    )  # fmt: skip
    return found[0] if found else None
