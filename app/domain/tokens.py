"""Secrets that are only stored as hashes, and form keys that let a form be sent once."""

import hashlib
import secrets

from app import clock
from app.database import changed, execute, rows, written_rows
from app.domain.models import Person


def new_token() -> str:
    """256 random bits for a cookie or a link."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored of a token: its SHA-256. The token is random, so a slow hash would add nothing."""
    return hashlib.sha256(token.encode()).hexdigest()


async def claim_form(person: Person, key: str) -> str | None:
    """Take a form key inside the caller's transaction: None for the first, else the first one's outcome.

    A second, simultaneous claim waits until the first transaction has ended.
    """
    inserted = await changed(
        "INSERT INTO form_key (person_id, key, outcome, created_at) VALUES (?, ?, '', ?) "
        "ON CONFLICT (person_id, key) DO NOTHING",
        person.id, key, clock.now(),
    )  # fmt: skip
    if inserted:
        return None
    found = await written_rows("SELECT outcome FROM form_key WHERE person_id = ? AND key = ?", person.id, key)
    return str(found[0]["outcome"])


async def form_outcome(person: Person, key: str) -> str | None:
    """What the form with this key led to, None when it was not sent yet."""
    found = await rows("SELECT outcome FROM form_key WHERE person_id = ? AND key = ?", person.id, key)
    return str(found[0]["outcome"]) if found else None


async def answer_form(person: Person, key: str, outcome: str) -> None:
    """Remember what the form led to, for whoever sends it again."""
    await execute("UPDATE form_key SET outcome = ? WHERE person_id = ? AND key = ?", outcome, person.id, key)
