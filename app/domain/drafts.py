"""What somebody typed and has not sent yet: kept for them alone, until it is sent or thrown away."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from app import clock
from app.database import Row, atomic, execute, rows, written_rows
from app.domain.models import Person
from app.domain.ticket_filter import LARGEST_ID, bounded_id

MOST_PAGES = 5  # of one form, each with a text of its own
NEW = "new"
_LIVING = (
    "typed <> '{}' AND NOT EXISTS "
    "(SELECT 1 FROM form_key k WHERE k.person_id = draft.person_id AND k.key = draft.form_key)"
)

Typed = Mapping[str, object]  # name of the field → what is in it


@dataclass(frozen=True)
class Page:
    """Where something was typed: the page's own form key, how often it was saved, and the draft that it had shown."""

    form_key: str
    turn: int = LARGEST_ID
    shown: str = ""


def of_ticket(number: int) -> str:
    """The name of the form on a ticket's page."""
    return f"ticket:{number}"


def of_new(*, organisation: int | None = None, x3: int | None = None) -> str:
    """The name of the form for a new ticket: each customer has one for staff, and each call from X3."""
    return f"{NEW}:x3:{x3}" if x3 else f"{NEW}:{organisation}" if organisation else NEW


async def save(person: Person, form: str, page: Page, typed: Typed) -> None:
    """Keep what a page holds now instead of what it held before; nothing once it was sent, or when newer is kept."""
    content = json.dumps(dict(typed), ensure_ascii=False, separators=(",", ":"))
    async with atomic():
        if await written_rows(
            "SELECT 1 AS one FROM form_key WHERE person_id = ? AND key = ?", person.id, page.form_key
        ):
            return
        await execute(
            "INSERT INTO draft (person_id, form, form_key, turn, typed, saved_at) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (person_id, form, form_key) DO UPDATE "
            "SET turn = excluded.turn, typed = excluded.typed, saved_at = excluded.saved_at "
            "WHERE draft.turn < excluded.turn",
            person.id, form, page.form_key, page.turn, content, clock.now(),
        )  # fmt: skip
        await _drop_shown(person, page.shown)
        await execute(
            "DELETE FROM draft WHERE person_id = ? AND form = ? AND id NOT IN "
            "(SELECT id FROM draft WHERE person_id = ? AND form = ? ORDER BY saved_at DESC, id DESC LIMIT ?)",
            person.id, form, person.id, form, MOST_PAGES,
        )  # fmt: skip


async def discard(person: Person, form: str, page: Page) -> None:
    """Throw away the draft that a page had shown and what it held since; what it still sends is kept no more."""
    if page.form_key:
        await save(person, form, page, {})
    else:
        await _drop_shown(person, page.shown)


async def sent(person: Person, form_key: str, shown: str) -> None:
    """Inside the transaction that stores what was typed: its draft is over, and the one that it grew out of."""
    await execute("DELETE FROM draft WHERE person_id = ? AND form_key = ?", person.id, form_key)
    await _drop_shown(person, shown)


async def _drop_shown(person: Person, shown: str) -> None:
    """Delete the draft with this mark, unless somebody typed on in it."""
    first, _, second = shown.partition("-")
    id, turn = bounded_id(first), bounded_id(second)
    if id and turn:
        await execute("DELETE FROM draft WHERE person_id = ? AND id = ? AND turn = ?", person.id, id, turn)


def mark(draft: Row) -> str:
    """What a form carries to say which draft it shows."""
    return f"{draft['id']}-{draft['turn']}"


async def of_form(person: Person, form: str) -> list[Row]:
    """The person's own drafts of a form, the newest first. One statement."""
    return _read(await rows(
        f"SELECT id, form, turn, typed, saved_at FROM draft WHERE person_id = ? AND form = ? AND {_LIVING} "
        "ORDER BY saved_at DESC, id DESC", person.id, form,
    ))  # fmt: skip


async def of_person(person: Person) -> list[Row]:
    """All that they typed and have not sent, the newest first. One statement."""
    return _read(await rows(
        f"SELECT id, form, turn, typed, saved_at FROM draft WHERE person_id = ? AND {_LIVING} "
        "ORDER BY saved_at DESC, id DESC", person.id,
    ))  # fmt: skip


def _read(found: list[Row]) -> list[Row]:
    """A JSON column read by plain SQL is text on both databases."""
    return [row | {"typed": json.loads(row["typed"])} for row in found]


async def forget(person_id: int) -> None:
    """Delete all drafts of a person, inside the caller's transaction."""
    await execute("DELETE FROM draft WHERE person_id = ?", person_id)
