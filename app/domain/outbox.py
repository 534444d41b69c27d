"""The outbox: letters are rows first, written in the transaction of the change that they tell about."""

from collections.abc import Iterable

from app import clock
from app.domain.models import OutboxLetter

LETTERS = ("ticket_to_review", "handed_over", "new_message", "asked_back", "escalated", "closed")


async def post(to: Iterable[int], letter: str, **context: object) -> None:
    """Put one letter per person (their ids) into the outbox; raises ValueError for an unknown letter."""
    if letter not in LETTERS:
        raise ValueError(f"no such letter: {letter}")
    rows = [
        OutboxLetter(to_id=person, letter=letter, context=context, created_at=clock.now()) for person in sorted(set(to))
    ]
    if rows:
        await OutboxLetter.bulk_create(rows)
