"""Who takes part in a ticket besides its reporter: added, joining, leaving, removed. One verb, one transaction."""

from app.database import Row, atomic, changed, rows, written_rows
from app.domain import changes, journal, notify
from app.domain.models import Person, Status
from app.domain.policy import (
    addable_people,
    may_join,
    may_remove,
    may_speak_for_others,
    may_write,
    visible_modules,
    visible_tickets,
)
from app.domain.refusals import Conflict, NotAllowed, NotVisible, Refused
from app.domain.tokens import claim_form
from app.language import translate


async def of_ticket(person: Person, number: int) -> list[Row]:
    """Who takes part in a visible ticket: id, name, organisation_id, is_vendor. One statement."""
    visible = visible_tickets(person)
    return await rows(
        "SELECT p.id, p.first_name || ' ' || p.last_name AS name, p.organisation_id, o.is_vendor FROM participant x "
        "JOIN ticket t ON t.number = x.ticket_id JOIN person p ON p.id = x.person_id "
        "JOIN organisation o ON o.id = p.organisation_id "
        f"WHERE x.ticket_id = ? AND ({visible.sql}) ORDER BY o.is_vendor, p.last_name, p.first_name",
        number, *visible.values,
    )  # fmt: skip


async def candidates(actor: Person, ticket: Row) -> list[Row]:
    """Whom the actor can add and who does not take part yet: id, name, is_vendor. One statement."""
    addable = addable_people(actor, ticket)
    return await rows(
        "SELECT p.id, p.first_name || ' ' || p.last_name AS name, o.is_vendor FROM person p "
        f"JOIN organisation o ON o.id = p.organisation_id WHERE {addable.sql} AND NOT EXISTS "
        "(SELECT 1 FROM participant x WHERE x.ticket_id = ? AND x.person_id = p.id) "
        "ORDER BY o.is_vendor, p.last_name, p.first_name",
        *addable.values, ticket["number"],
    )  # fmt: skip


async def add(actor: Person, ticket: Row, person_id: int, form_key: str) -> None:
    """Let somebody take part and tell them; who does so already stays as they are.

    Raises NotAllowed, Conflict on a deleted ticket, Refused(person=…).
    """
    if not may_write(actor, ticket):
        raise NotAllowed
    if ticket["deleted_at"]:
        raise Conflict
    addable = addable_people(actor, ticket)
    async with atomic():
        if await claim_form(actor, form_key) is not None:
            return
        found = await written_rows(
            f"SELECT p.first_name || ' ' || p.last_name AS name FROM person p WHERE p.id = ? AND {addable.sql}",
            person_id, *addable.values,
        )  # fmt: skip
        if not found:
            raise Refused(person=translate("Bitte wählen Sie jemanden aus der Liste."))
        if not await _insert(ticket["number"], person_id):
            return
        # The number tells namesakes apart when one of them is to be forgotten.
        await journal.record(actor, "participant_added", ticket["number"], str(person_id), found[0]["name"])
        await notify.added(actor, ticket, person_id)
        await changes.ticket(ticket["number"])


async def join(actor: Person, ticket: Row) -> None:
    """Take part in a ticket of one's own organisation that one sees; raises NotAllowed, Conflict on a closed one."""
    if not may_join(actor, ticket):
        raise NotAllowed
    if ticket["status"] == Status.CLOSED:
        raise Conflict
    async with atomic():
        await take_part(actor, ticket)
        await changes.ticket(ticket["number"])


async def leave(actor: Person, ticket: Row, form_key: str) -> None:
    """Take part no longer; raises NotAllowed for who does not, the reporter above all."""
    async with atomic():
        if await claim_form(actor, form_key) is not None:
            return
        if not await _delete(ticket["number"], actor.id):
            raise NotAllowed(stays(actor, ticket))
        await journal.record(actor, "participant_left", ticket["number"])
        await changes.ticket(ticket["number"])


async def remove(actor: Person, ticket: Row, person_id: int, form_key: str) -> None:
    """Let somebody take part no longer: from now on they see only what they would see anyway.

    Raises NotVisible for who does not take part, NotAllowed.
    """
    if person_id == ticket["reporter_id"]:
        raise NotAllowed(stays(actor, ticket))
    found = [row for row in await of_ticket(actor, ticket["number"]) if row["id"] == person_id]
    if found and not may_remove(actor, ticket, found[0]):
        raise NotAllowed
    async with atomic():
        if await claim_form(actor, form_key) is not None:
            return
        if not found or not await _delete(ticket["number"], person_id):
            raise NotVisible
        await journal.record(actor, "participant_removed", ticket["number"], str(person_id), found[0]["name"])
        await changes.ticket(ticket["number"])


async def remains(person: Person, ticket: Row) -> bool:
    """Whether the person would see the ticket without taking part."""
    if not (person.is_staff or may_speak_for_others(person)):
        return False
    usable = visible_modules(person)
    found = f"SELECT 1 AS one FROM module mo WHERE mo.id = ? AND ({usable.sql})"
    return bool(await rows(found, ticket["module_id"], *usable.values))


def stays(actor: Person, ticket: Row) -> str:
    """Why somebody cannot be removed."""
    if actor.id == ticket["reporter_id"]:
        return translate("Sie haben dieses Ticket gemeldet und bleiben daran beteiligt.")
    return translate("Wer ein Ticket gemeldet hat, bleibt daran beteiligt.")


async def take_part(actor: Person, ticket: Row) -> None:
    """Let who writes take part, inside the caller's transaction; of the vendor's people the journal says nothing."""
    if actor.id != ticket["reporter_id"] and await _insert(ticket["number"], actor.id) and not actor.is_staff:
        await journal.record(actor, "participant", ticket["number"])


async def take_over(actor: Person, ticket: Row, into: Row) -> None:
    """Let reporter and participants of a ticket take part in the one that it goes up in, inside the transaction."""
    found = await written_rows(
        "SELECT p.id, p.first_name || ' ' || p.last_name AS name FROM person p WHERE p.id <> ? AND "
        "(p.id = ? OR p.id IN (SELECT person_id FROM participant WHERE ticket_id = ?)) ORDER BY p.id",
        into["reporter_id"], ticket["reporter_id"], ticket["number"],
    )  # fmt: skip
    for person in found:
        if await _insert(into["number"], person["id"]):
            await journal.record(actor, "participant_added", into["number"], str(person["id"]), person["name"])


async def _insert(number: int, person_id: int) -> bool:
    new = await changed(
        "INSERT INTO participant (ticket_id, person_id) VALUES (?, ?) ON CONFLICT (ticket_id, person_id) DO NOTHING",
        number, person_id,
    )  # fmt: skip
    return bool(new)


async def _delete(number: int, person_id: int) -> bool:
    return bool(await changed("DELETE FROM participant WHERE ticket_id = ? AND person_id = ?", number, person_id))
