"""Letters on their way: claimed by the postman, sent, put off, failed, dropped; and the queue as an admin sees it."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app import clock
from app.database import Row, atomic, changed, execute, marks, rows, written_rows
from app.domain import journal, outbox
from app.domain.models import Letter, LetterState, Person, Role
from app.domain.policy import visible_tickets
from app.domain.refusals import Conflict, NotAllowed, NotVisible
from app.domain.tokens import claim_form
from app.language import local, midnight, translate

CLAIM = timedelta(minutes=10)  # a letter whose postman died is due again after this long
# How long to wait after the first, second … failure: in sum about two days.
BACKOFF = (*(timedelta(minutes=n) for n in (1, 5, 15, 60)), *(timedelta(hours=4) for _ in range(12)))
PAGE = 50
MOST_TRIES = len(BACKOFF) + 1
LONGEST_ERROR = 300
HELD = "Angehalten, als das Portal aus einer Sicherung wiederhergestellt wurde"


@dataclass(frozen=True)
class Claimed:
    """Letters that are this postman's to send, together: one, or all that one person's digest is made of."""

    letters: tuple[Letter, ...]
    tries: int
    error: str  # why the try before failed, "" when there was none


# --- for the postman ---


async def due(limit: int = 20) -> list[Row]:
    """The letters that are to be sent now, the longest due first: rows of id, to_id, digest, tries and error."""
    return await rows(
        "SELECT id, to_id, digest, tries, error FROM letter WHERE state = ? AND due_at <= ? "
        "ORDER BY due_at, id LIMIT ?",
        LetterState.WAITING.value, clock.now(), limit,
    )  # fmt: skip


async def claim(row: Row) -> Claimed | None:
    """Take a due letter, and with it the rest of its digest; None when somebody else has just taken it.

    Compare-and-set on the number of tries, which the claim itself counts up: two postmen never both have a letter.
    """
    now = clock.now()
    which, values = "id = ?", [row["id"]]
    if row["digest"]:
        which = "digest = ? AND to_id = ? AND due_at = (SELECT due_at FROM letter WHERE id = ?)"
        values = [True, row["to_id"], row["id"]]
    taken = await written_rows(
        "UPDATE letter SET tries = tries + 1, due_at = ?, error = '' "
        f"WHERE {which} AND state = ? AND tries = ? AND due_at <= ? RETURNING id",
        now + CLAIM, *values, LetterState.WAITING.value, row["tries"], now,
    )  # fmt: skip
    letters = await Letter.filter(id__in=[one["id"] for one in taken]).order_by("id")
    return Claimed(tuple(letters), row["tries"] + 1, row["error"]) if letters else None


async def release() -> None:
    """Make due what a postman that is no longer there had claimed; what was put off has an error and stays put off."""
    await execute(
        "UPDATE letter SET due_at = ? WHERE state = ? AND tries > 0 AND error = '' AND due_at > ?",
        clock.now(), LetterState.WAITING.value, clock.now(),
    )  # fmt: skip


async def hold() -> int:
    """Keep back all that waits until an admin sends it; how many letters. After a restore they may be out already."""
    return await changed(
        "UPDATE letter SET state = ?, error = ? WHERE state = ?",
        LetterState.FAILED.value, HELD, LetterState.WAITING.value,
    )  # fmt: skip


async def sent(claimed: Claimed, letters: Collection[Letter]) -> None:
    """These of the claimed letters are with the mail server."""
    await _settle(claimed, letters, "state = ?, sent_at = ?, error = ''", LetterState.SENT.value, clock.now())


async def drop(claimed: Claimed, letters: Collection[Letter]) -> None:
    """These of the claimed letters are no longer for anybody."""
    await _settle(claimed, letters, "state = ?", LetterState.DROPPED.value)


async def fail(claimed: Claimed, error: str) -> None:
    """The claimed letters cannot be sent; the error says why, in words for the admin."""
    await _settle(
        claimed, claimed.letters, "state = ?, error = ?", LetterState.FAILED.value, error[:LONGEST_ERROR]
    )  # fmt: skip


async def put_off(claimed: Claimed, error: str) -> None:
    """The claimed letters are tried again later, or, after about two days of trying, have failed."""
    if claimed.tries >= MOST_TRIES:
        await fail(claimed, error)
    else:
        at = clock.now() + BACKOFF[claimed.tries - 1]
        await _settle(claimed, claimed.letters, "due_at = ?, error = ?", at, error[:LONGEST_ERROR])


async def hurry(errors: Sequence[str]) -> None:
    """Make due what was put off with an error that begins so; claimed letters have none and stay claimed."""
    for error in errors:
        await execute(
            "UPDATE letter SET due_at = ? WHERE state = ? AND due_at > ? AND error LIKE ?",
            clock.now(), LetterState.WAITING.value, clock.now(), f"{error}%",
        )  # fmt: skip


async def _settle(claimed: Claimed, letters: Collection[Letter], what: str, *values: Any) -> None:
    # Only while the claim is still ours: after its end somebody else may have taken the letter.
    if letters:
        await changed(
            f"UPDATE letter SET {what} WHERE state = ? AND tries = ? AND id IN {marks(letters)}",
            *values, LetterState.WAITING.value, claimed.tries, *(letter.id for letter in letters),
        )  # fmt: skip


# --- for „Postausgang“ ---


async def counts(admin: Person) -> dict[str, int]:
    """How many letters wait, have failed, and were sent today."""
    _only_admin(admin)
    found = await rows(
        "SELECT state, COUNT(*) AS letters FROM letter WHERE state IN (?, ?) OR (state = ? AND sent_at >= ?) "
        "GROUP BY state",
        LetterState.WAITING.value, LetterState.FAILED.value, LetterState.SENT.value,
        midnight(local(clock.now()).date()),
    )  # fmt: skip
    known = {row["state"]: row["letters"] for row in found}
    return {state: known.get(state, 0) for state in ("waiting", "failed", "sent")}


async def failed_count() -> int:
    """How many letters have failed."""
    return await Letter.filter(state=LetterState.FAILED).count()


async def letters(admin: Person, state: LetterState | None, page: int = 1) -> list[Row]:
    """One page of letters, the newest first, and one row more when there is a next page.

    `ticket` is its number where the admin may see it. Without a state: all that are neither sent nor dropped.
    """
    _only_admin(admin)
    states = [state] if state else [LetterState.WAITING, LetterState.FAILED]
    found = await rows(
        f"""
        SELECT l.id, l.letter, l.context, l.state, l.digest, l.tries, l.error, l.due_at, l.created_at, l.sent_at,
          l.to_id, COALESCE(p.email, l.address) AS address, p.first_name || ' ' || p.last_name AS name
        FROM letter l LEFT JOIN person p ON p.id = l.to_id WHERE l.state IN {marks(states)}
        ORDER BY l.id DESC LIMIT ? OFFSET ?
        """,
        *(one.value for one in states), PAGE + 1, (page - 1) * PAGE,
    )  # fmt: skip
    numbers = {row["id"]: ticket_of(row["context"]) for row in found}
    seen = await _visible(admin, {number for number in numbers.values() if number})
    return [row | {"ticket": numbers[row["id"]] if numbers[row["id"]] in seen else None} for row in found]


async def _visible(person: Person, numbers: set[int]) -> set[int]:
    visible = visible_tickets(person)
    found = await rows(
        f"SELECT t.number FROM ticket t WHERE t.number IN {marks(numbers)} AND ({visible.sql})",
        *numbers, *visible.values,
    )  # fmt: skip
    return {row["number"] for row in found}


def ticket_of(context: object) -> int | None:
    """The number of the ticket that a letter is about; a JSON column read by plain SQL is text on both databases."""
    known = json.loads(context) if isinstance(context, str) else context
    number = known.get("ticket") if isinstance(known, dict) else None
    return number if isinstance(number, int) else None


async def retry(admin: Person, id: int, form_key: str) -> None:
    """Let a failed letter be sent once more; raises NotVisible, and Conflict for one that has not failed."""
    _only_admin(admin)
    async with atomic():
        if await claim_form(admin, form_key) is not None:
            return
        letter = await Letter.filter(id=id).select_related("to").first()
        if letter is None:
            raise NotVisible
        if not await changed(f"{_AGAIN} AND id = ?", *_again(), id):
            raise Conflict(translate("Diese E-Mail ist inzwischen nicht mehr fehlgeschlagen."))
        to = letter.to.email if letter.to else letter.address
        await journal.audit(admin, "letter_retried", f"„{outbox.label(letter.letter)}“ an {to}")
    outbox.tell()


async def retry_all(admin: Person, form_key: str) -> None:
    """Let every failed letter be sent once more."""
    _only_admin(admin)
    async with atomic():
        if await claim_form(admin, form_key) is not None:
            return
        again = await changed(_AGAIN, *_again())
        if again:
            await journal.audit(admin, "letter_retried", f"alle fehlgeschlagenen ({again})")
    outbox.tell()


_AGAIN = "UPDATE letter SET state = ?, tries = 0, due_at = ?, error = '' WHERE state = ?"


def _again() -> tuple[str, datetime, str]:
    return LetterState.WAITING.value, clock.now(), LetterState.FAILED.value


def _only_admin(person: Person) -> None:
    if person.role != Role.ADMIN:
        raise NotAllowed
