"""Text blocks: what the vendor's people write again and again, their own and shared ones, with places to be filled."""

import re
from collections.abc import Mapping
from typing import Any

from app import clock
from app.database import Row, atomic, changed, rows
from app.domain.models import Person, TextBlock
from app.domain.refusals import Conflict, NotVisible, Refused
from app.domain.tokens import answer_form, claim_form
from app.language import LANGUAGES, speaking, translate

MOST = 200  # that one person is offered
PLACES = ("Name", "Organisation", "Ticketnummer", "Betreff", "Modul", "Ihr Name")  # each in square brackets
CHANGED = "Der Textbaustein wurde inzwischen geändert."
# Which rows of `text_block b` there are for somebody of the vendor.
OFFERED = "(b.person_id IS NULL OR b.person_id = ?)"


async def offered(person: Person) -> list[Row]:
    """The blocks that the person may use, the shared ones among them, by name. One statement."""
    return await rows(
        "SELECT b.id, b.name, b.body, b.version, CASE WHEN b.person_id IS NULL THEN 1 ELSE 0 END AS shared "
        f"FROM text_block b WHERE {OFFERED} ORDER BY b.name, b.id LIMIT ?",
        person.id, MOST,
    )  # fmt: skip


async def find(person: Person, id: int) -> Row:
    """One block; raises NotVisible, also for somebody else's own one."""
    found = await rows(
        "SELECT b.id, b.name, b.body, b.version, CASE WHEN b.person_id IS NULL THEN 1 ELSE 0 END AS shared "
        f"FROM text_block b WHERE b.id = ? AND {OFFERED}",
        id, person.id,
    )  # fmt: skip
    if not found:
        raise NotVisible
    return found[0]


async def create(person: Person, name: str, body: str, shared: bool, form_key: str) -> None:
    """Add a block; the same form makes one. Raises Refused(name=…) when there are too many."""
    async with atomic():
        if await claim_form(person, form_key) is not None:
            return
        if len(await offered(person)) >= MOST:
            raise Refused(name=translate("Mehr als %(n)s Textbausteine gehen nicht. Bitte löschen Sie einen.", n=MOST))
        await TextBlock.create(person=None if shared else person, name=name, body=body, changed_at=clock.now())
        await answer_form(person, form_key, name)


async def change(person: Person, id: int, version: int, name: str, body: str, shared: bool) -> None:
    """Write a block anew; raises NotVisible, and Conflict when somebody was faster."""
    await find(person, id)
    if not await changed(
        "UPDATE text_block SET name = ?, body = ?, person_id = ?, version = version + 1, changed_at = ? "
        "WHERE id = ? AND version = ? AND (person_id IS NULL OR person_id = ?)",
        name, body, None if shared else person.id, clock.now(), id, version, person.id,
    ):  # fmt: skip
        raise Conflict(translate(CHANGED))


async def remove(person: Person, id: int, version: int) -> None:
    """Let a block go; raises NotVisible, and Conflict when somebody has changed it meanwhile."""
    await find(person, id)
    if not await changed(
        "DELETE FROM text_block WHERE id = ? AND version = ? AND (person_id IS NULL OR person_id = ?)",
        id, version, person.id,
    ):  # fmt: skip
        raise Conflict(translate(CHANGED))


def places() -> list[str]:
    """The places as the reader writes them; each is filled whatever language it is written in."""
    return [f"[{translate(place)}]" for place in PLACES]


def fill(body: str, ticket: Mapping[str, Any], author: Person) -> str:
    """A block's text for a ticket; only what everybody on the ticket sees is put into its places."""
    values = (
        ticket["reporter"], ticket["organisation"], str(ticket["number"]), ticket["subject"], ticket["module"],
        author.name,
    )  # fmt: skip
    said: dict[str, str] = {}
    for language in LANGUAGES:
        with speaking(language):
            said |= dict(zip(places(), values, strict=True))
    return re.sub("|".join(map(re.escape, said)), lambda found: said[found.group()], body)
