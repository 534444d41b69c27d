"""Secrets that are only stored as hashes, one-time tokens, and form keys that let a form be sent once."""

import hashlib
import secrets
from datetime import timedelta

from app import clock
from app.database import changed, execute, rows, written_rows
from app.domain.models import Person, Purpose, Token


def new_token() -> str:
    """256 random bits for a cookie or a link."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored of a token: its SHA-256. The token is random, so a slow hash would add nothing."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


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


async def issue(purpose: Purpose, person_id: int, age: timedelta, context: dict[str, object] | None = None) -> str:
    """A new one-time token for a person, which lives for `age`; only its hash is kept."""
    token, now = new_token(), clock.now()
    await Token.create(
        purpose=purpose, token_hash=token_hash(token), person_id=person_id, context=context, created_at=now,
        expires_at=now + age,
    )  # fmt: skip
    return token


async def find(purpose: Purpose, token: str) -> Token | None:
    """The living, unused token, with its active person and organisation; nothing is consumed."""
    living = Token.filter(
        purpose=purpose, token_hash=token_hash(token), used_at=None, expires_at__gt=clock.now(), person__active=True
    )
    return await living.select_related("person__organisation").first()


async def find_used(purpose: Purpose, token: str) -> Token | None:
    """A token that was used up, with its active person and organisation: for the same click once more."""
    used = Token.filter(purpose=purpose, token_hash=token_hash(token), used_at__not_isnull=True, person__active=True)
    return await used.select_related("person__organisation").first()


async def consume(purpose: Purpose, token: str) -> Token | None:
    """Use the token up inside the caller's transaction: of two at once, one gets it and the other None."""
    now = clock.now()
    used = await written_rows(
        "UPDATE token SET used_at = ? WHERE purpose = ? AND token_hash = ? AND used_at IS NULL AND expires_at > ? "
        "RETURNING id",
        now, purpose.value, token_hash(token), now,
    )  # fmt: skip
    if not used:
        return None
    return await Token.filter(id=used[0]["id"], person__active=True).select_related("person__organisation").first()


async def void(person_id: int, *purposes: Purpose) -> None:
    """Make a person's unused tokens of these purposes worthless, of all purposes without any."""
    unused = Token.filter(person_id=person_id, used_at=None)
    await (unused.filter(purpose__in=purposes) if purposes else unused).delete()
