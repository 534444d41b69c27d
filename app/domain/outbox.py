"""The outbox: letters are rows first, written in the transaction of the change that they tell about."""

import secrets
from collections.abc import Callable, Iterable
from datetime import datetime, time, timedelta

from app import clock
from app.database import after_commit, execute
from app.domain.models import Letter, Person
from app.language import local, translate

# What tells about tickets; everybody may switch these off for themselves.
TICKET_LETTERS = (
    "ticket_to_review", "handed_over", "new_message", "asked_back", "escalated", "closed", "reminder",
    "taking_part", "created_for_you", "review_overdue", "closing_announced", "reopened",
)  # fmt: skip
# Where somebody waits for an answer, a daily digest would be too late.
URGENT = ("asked_back", "escalated", "review_overdue", "closing_announced")
# What tells about the account; nobody can switch these off.
ACCOUNT_LETTERS = (
    "password_reset", "password_changed", "invitation", "access_declined", "second_factor_changed", "email_changed",
)  # fmt: skip
LETTERS = (*TICKET_LETTERS, *ACCOUNT_LETTERS)
# What they are called where people choose among them or look after them.
LABELS = {
    "ticket_to_review": "Ticket zur Prüfung",
    "handed_over": "Ticket übergeben",
    "new_message": "Neue Nachricht",
    "asked_back": "Rückfrage",
    "escalated": "Eskalation",
    "closed": "Ticket geschlossen",
    "reminder": "Erinnerung",
    "review_overdue": "Überfällige Prüfung",
    "closing_announced": "Ankündigung der Schließung",
    "reopened": "Ticket wieder geöffnet",
    "taking_part": "Beteiligung",
    "created_for_you": "Ticket für Sie erstellt",
    "password_reset": "Passwort vergessen",
    "password_changed": "Passwort geändert",
    "invitation": "Einladung",
    "access_declined": "Antrag abgelehnt",
    "second_factor_changed": "Zweiter Faktor geändert",
    "email_changed": "E-Mail-Adresse geändert",
}
DIGEST_HOUR = 7

_waiting: set[Callable[[], None]] = set()  # who in this process wants to know at once


async def post(to: Iterable[int], letter: str, **context: object) -> None:
    """Put one letter per person (their ids) into the outbox; raises ValueError for an unknown letter.

    Who has switched the letter off gets none; who wants a daily digest gets it with the next one.
    """
    _known(letter)
    people = await Person.filter(id__in=sorted(set(to))).order_by("id")
    wanting = [person for person in people if letter not in person.muted.split()]
    rows = [_row(letter, context, to_id=person.id, digest=_in_digest(person, letter)) for person in wanting]
    if rows:
        await Letter.bulk_create(rows)
        after_commit(tell)


async def post_to_address(address: str, letter: str, **context: object) -> None:
    """Put a letter to somebody who may have no account into the outbox."""
    _known(letter)
    await _row(letter, context, address=address).save()
    after_commit(tell)


async def forget(person_id: int, address: str) -> None:
    """Let go of every letter to a person, waiting or sent, inside the caller's transaction."""
    await execute("DELETE FROM letter WHERE to_id = ? OR address = ?", person_id, address)


def label(letter: str) -> str:
    """What a letter is called."""
    return translate(LABELS.get(letter, letter))


def listen(wake: Callable[[], None]) -> None:
    """Call this whenever this process has posted a letter and its transaction is done."""
    _waiting.add(wake)


def ignore(wake: Callable[[], None]) -> None:
    """Call it no longer."""
    _waiting.discard(wake)


def tell() -> None:
    """Letters are due: let whoever listens in this process know."""
    for one in list(_waiting):
        one()


def next_digest(now: datetime) -> datetime:
    """When the next daily digest is due: at seven in the morning in Berlin."""
    today = local(now)
    due = datetime.combine(today.date(), time(DIGEST_HOUR), today.tzinfo)
    return due if due > today else datetime.combine(today.date() + timedelta(days=1), time(DIGEST_HOUR), today.tzinfo)


def _known(letter: str) -> None:
    if letter not in LETTERS:
        raise ValueError(f"no such letter: {letter}")


def _in_digest(person: Person, letter: str) -> bool:
    return person.digest and letter in TICKET_LETTERS and letter not in URGENT


def _row(
    letter: str, context: dict[str, object], *, to_id: int | None = None, address: str = "", digest: bool = False
) -> Letter:
    now = clock.now()
    return Letter(
        to_id=to_id, address=address[:254], letter=letter, context=context, message_id=secrets.token_hex(16),
        digest=digest, due_at=next_digest(now) if digest else now, created_at=now,
    )  # fmt: skip
