"""Who sees what and who may do what: the only door to tickets and messages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.flow import MOVES, Move, Part, State
from app.domain.models import Audience, Person, Role, Status


@dataclass(frozen=True)
class Condition:
    """A piece of SQL for a WHERE, with the values for its question marks."""

    sql: str
    values: tuple[Any, ...] = ()


def visible_tickets(person: Person) -> Condition:
    """Which rows of `ticket t` exist for the person (product.md 2); deleted ones included."""
    if person.is_staff:
        return Condition("t.handed_over_at IS NOT NULL")
    own = (
        "t.reporter_id = ? OR EXISTS (SELECT 1 FROM participant pa WHERE pa.person_id = ? AND pa.ticket_id = t.number)"
    )
    if person.role == Role.EDV or person.sees_organisation:
        modules = "t.module_id IN (SELECT module_id FROM person_module WHERE person_id = ?)"
        return Condition(
            f"t.organisation_id = ? AND ({modules} OR {own})",
            (person.organisation_id, person.id, person.id, person.id),
        )
    return Condition(f"t.organisation_id = ? AND ({own})", (person.organisation_id, person.id, person.id))


def sees_deleted(person: Person) -> bool:
    """Whether the filter „Gelöscht“ is there for them."""
    return person.is_staff or person.role == Role.EDV


def readable_audiences(person: Person) -> tuple[Audience, Audience]:
    """The audiences whose messages the person may read."""
    return (Audience.EVERYONE, Audience.VENDOR if person.is_staff else Audience.ORGANISATION)


def visible_messages(person: Person) -> Condition:
    """Which rows of `message m` the person may read on a ticket that they see."""
    return Condition("m.audience IN (?, ?)", tuple(audience.value for audience in readable_audiences(person)))


def visible_modules(person: Person) -> Condition:
    """Which rows of `module mo` the person may use; staff look after all of them."""
    if person.is_staff:
        return Condition("1 = 1")
    return Condition("mo.id IN (SELECT module_id FROM person_module WHERE person_id = ?)", (person.id,))


def visible_people(person: Person) -> Condition:
    """Which rows of `person p` the person may look up: their own organisation's, for staff everybody."""
    if person.is_staff:
        return Condition("1 = 1")
    return Condition("p.organisation_id = ?", (person.organisation_id,))


def may_manage(person: Person, account: Mapping[str, Any]) -> bool:
    """Whether the person may make and change this account: staff their customers', admins every one but their own.

    Nobody changes one that is pseudonymised.
    """
    if account.get("pseudonymised_at"):
        return False
    if person.role == Role.ADMIN:
        return bool(account["id"] != person.id)
    return person.role == Role.STAFF and not account["is_vendor"]


def may_enter_absence(person: Person, account: Mapping[str, Any]) -> bool:
    """Whether the person may say when this one is away: staff and EDV for themselves, who manages an account for it."""
    if account["role"] == Role.USER or account.get("pseudonymised_at"):
        return False
    return bool(account["id"] == person.id) or may_manage(person, account)


def may_change_rights(person: Person, account: Mapping[str, Any]) -> bool:
    """Whether the person, an EDV, may change rights and modules of this account: the own organisation's Users'."""
    at_home = account["organisation_id"] == person.organisation_id
    named = not account.get("pseudonymised_at")
    return bool(person.role == Role.EDV and at_home and named and account["role"] == Role.USER)


def roles_for(is_vendor: object) -> tuple[Role, Role]:
    """The roles that there are at the vendor, or at a customer."""
    return (Role.STAFF, Role.ADMIN) if is_vendor else (Role.USER, Role.EDV)


def parts(person: Person, ticket: Mapping[str, Any]) -> frozenset[Part]:
    """The parts that the person has in a ticket that they see."""
    if person.is_staff:
        return frozenset({Part.STAFF})
    found = set()
    reporter = ticket["reporter_id"] == person.id
    if reporter:
        found.add(Part.REPORTER)
        if ticket["handed_over_at"]:
            found.add(Part.RETURNING_REPORTER)
    if person.role == Role.EDV:
        found.add(Part.EDV)
    if person.role == Role.EDV or person.may_hand_over:
        found.add(Part.HANDOVER)
    if reporter or person.role == Role.EDV or ticket["takes_part"]:
        found.add(Part.WRITER)
    return frozenset(found)


def may_write(person: Person, ticket: Mapping[str, Any]) -> bool:
    """Whether the person may answer: staff, EDV, the reporter, and who takes part. Others only read."""
    return bool(parts(person, ticket) & {Part.STAFF, Part.WRITER})


def may_prioritise(person: Person, ticket: Mapping[str, Any]) -> bool:
    """Whether the person may change the priority of a ticket that they see: its reporter, EDV and staff."""
    return bool(parts(person, ticket) & {Part.REPORTER, Part.EDV, Part.STAFF})


def may_join(person: Person, ticket: Mapping[str, Any]) -> bool:
    """Whether the person, who sees the ticket of their organisation, may take part in it of their own accord."""
    takes_part = ticket["takes_part"] or ticket["reporter_id"] == person.id
    return not person.is_staff and not takes_part


def may_remove(person: Person, ticket: Mapping[str, Any], participant: Mapping[str, Any]) -> bool:
    """Whether the person may let a participant take part no longer: reporter and EDV their own side's, staff all."""
    if person.is_staff or participant["id"] == person.id:
        return True
    at_home = participant["organisation_id"] == person.organisation_id
    return at_home and bool(parts(person, ticket) & {Part.REPORTER, Part.EDV})


def addable_people(person: Person, ticket: Mapping[str, Any]) -> Condition:
    """Which rows of `person p` who may answer can add to a ticket: its organisation's who use its module.

    For staff the vendor's people too.
    """
    customer = "p.organisation_id = ? AND p.id IN (SELECT person_id FROM person_module WHERE module_id = ?)"
    if person.is_staff:
        customer = f"{customer} OR p.role IN ('{Role.STAFF.value}', '{Role.ADMIN.value}')"
    return Condition(
        f"(p.active = ? AND p.id <> ? AND ({customer}))",
        (True, ticket["reporter_id"], ticket["organisation_id"], ticket["module_id"]),
    )


def may_speak_for_others(person: Person) -> bool:
    """Whether the person may create a ticket for a colleague: who sees all of their organisation anyway."""
    return person.role == Role.EDV or (not person.is_staff and person.sees_organisation)


def may_read_ratings(person: Person) -> bool:
    """Whether the person reads how content the reporter was: staff, and the organisation's EDV."""
    return person.is_staff or person.role == Role.EDV


def may(person: Person, move: Move, ticket: Mapping[str, Any]) -> bool:
    """Whether the move is the person's to make, whatever the ticket's state."""
    return bool(move.who & parts(person, ticket))


def moves_for(person: Person, ticket: Mapping[str, Any]) -> list[Move]:
    """The moves that the person may make now."""
    state = state_of(ticket)
    return [move for move in MOVES.values() if may(person, move, ticket) and move.starts_from(state)]


def state_of(ticket: Mapping[str, Any]) -> State:
    """What MOVES looks at, out of a ticket's row."""
    return State(
        Status(ticket["status"]), ticket["handed_over_at"], ticket["escalated_at"], ticket["deleted_at"],
        ticket.get("merged_into_id"),
    )  # fmt: skip


def may_release(person: Person) -> bool:
    """Whether the box „Ticket an UNIPLUS freigeben“ is there for them."""
    return not person.is_staff and (person.role == Role.EDV or person.may_hand_over)


def writable_audiences(person: Person) -> tuple[Audience, Audience]:
    """The audiences that the person may address: everybody, or their own side only."""
    return readable_audiences(person)
