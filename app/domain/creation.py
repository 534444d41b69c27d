"""A new ticket: who may report what for whom, where it starts, and who is responsible."""

from dataclasses import dataclass, field
from datetime import datetime

from app import clock
from app.database import Row, atomic, rows
from app.domain import changes, drafts, fulltext, journal, notify
from app.domain.flow import State
from app.domain.models import Audience, Category, Person, Priority, Status, Ticket
from app.domain.policy import may_release, visible_modules
from app.domain.refusals import NotAllowed, Refused
from app.domain.tickets import Draft, write
from app.domain.tokens import answer_form, claim_form
from app.language import translate


@dataclass(frozen=True)
class NewTicket:
    """A ticket that is to be created. Staff name the reporter and where it starts; others are the reporter."""

    category: Category
    module_id: int
    subject: str
    priority: Priority
    message: Draft
    release: bool = False
    reporter: Person | None = None
    start: Status = Status.VENDOR_REVIEW
    x3_context: dict[str, str] = field(default_factory=dict)
    from_x3: bool = False


async def create(actor: Person, new: NewTicket) -> int:
    """Create a ticket with its first message and return its number; the same form again returns the same number.

    Raises Refused(module=…) for a module that the actor or the reporter's organisation has not.
    """
    reporter = new.reporter or actor
    if actor.is_staff == (new.reporter is None) or reporter.is_staff:
        raise Refused(reporter=translate("Bitte wählen Sie, für wen das Ticket ist."))
    module, responsible = await _module_for(actor, reporter, new.module_id)
    at = clock.now()
    state = _start(actor, new, at)
    async with atomic():
        known = await claim_form(actor, new.message.form_key)
        if known is not None:
            return int(known)
        ticket = await Ticket.create(
            subject=new.subject, category=new.category, priority=new.priority, status=state.status,
            module_id=new.module_id, organisation_id=reporter.organisation_id, reporter=reporter,
            responsible_id=responsible, handed_over_at=state.handed_over_at, x3_context=new.x3_context or None,
            waiting_since=at, created_at=at, updated_at=at,
        )  # fmt: skip
        number = ticket.number
        await fulltext.start_document(number)
        await fulltext.add_text(
            number, Audience.EVERYONE, str(number), new.subject, module, reporter.name, reporter.organisation.name
        )
        await _record_creation(actor, reporter, new, number)
        await write(actor, number, new.message)
        if state.status == Status.VENDOR_REVIEW and not actor.is_staff:
            await journal.record(actor, "handover", number)
        await notify.created(actor, vars(ticket))
        await changes.ticket(number)
        await drafts.sent(actor, new.message.form_key, new.message.shown)
        await answer_form(actor, new.message.form_key, str(number))
    return number


async def _record_creation(actor: Person, reporter: Person, new: NewTicket, number: int) -> None:
    if actor.id != reporter.id:
        await journal.record(actor, "created_for", number, after=reporter.name)
    else:
        await journal.record(actor, "created_x3" if new.from_x3 or new.x3_context else "created", number)


def _start(actor: Person, new: NewTicket, at: datetime) -> State:
    """Where a ticket starts (product.md 3). A staff ticket counts as handed over: the vendor has it already."""
    if actor.is_staff:
        status = new.start if new.start == Status.USER_REVIEW else Status.VENDOR_REVIEW
        return State(status, handed_over_at=at)
    if new.release and not may_release(actor):
        raise NotAllowed
    if new.release:
        return State(Status.VENDOR_REVIEW, handed_over_at=at)
    return State(Status.IT_REVIEW)


async def _module_for(actor: Person, reporter: Person, module_id: int) -> tuple[str, int | None]:
    """The module's name and who is responsible: rule, else organisation's, else module's, else vendor's default."""
    usable = visible_modules(actor)
    found = await rows(
        f"""
        SELECT mo.name, COALESCE(p1.id, p2.id, p3.id, p4.id) AS person
        FROM module mo JOIN organisation_module om ON om.module_id = mo.id AND om.organisation_id = ?
        JOIN organisation o ON o.id = om.organisation_id LEFT JOIN organisation v ON v.is_vendor = ?
        LEFT JOIN person p1 ON p1.id = om.responsible_id AND p1.active = ?
        LEFT JOIN person p2 ON p2.id = o.responsible_id AND p2.active = ?
        LEFT JOIN person p3 ON p3.id = mo.responsible_id AND p3.active = ?
        LEFT JOIN person p4 ON p4.id = v.responsible_id AND p4.active = ?
        WHERE mo.id = ? AND ({usable.sql})
        """,
        reporter.organisation_id, True, True, True, True, True, module_id, *usable.values,
    )  # fmt: skip
    if not found:
        raise Refused(module=translate("Bitte wählen Sie ein Modul."))
    return found[0]["name"], found[0]["person"]


async def check_module(actor: Person, reporter: Person, module_id: int) -> None:
    """Raise Refused(module=…) for a module that the actor or the reporter's organisation has not."""
    await _module_for(actor, reporter, module_id)


async def modules_of(actor: Person, organisation_id: int) -> list[Row]:
    """The modules of an organisation that the actor may use: id, name. One statement."""
    usable = visible_modules(actor)
    return await rows(
        "SELECT mo.id, mo.name FROM module mo JOIN organisation_module om ON om.module_id = mo.id "
        f"WHERE om.organisation_id = ? AND ({usable.sql}) ORDER BY mo.position",
        organisation_id, *usable.values,
    )  # fmt: skip


async def reporters(organisation_id: int) -> list[Row]:
    """The active people of an organisation for whom staff can create a ticket: id, name. One statement."""
    return await rows(
        "SELECT id, first_name || ' ' || last_name AS name FROM person WHERE organisation_id = ? AND active = ? "
        "ORDER BY last_name, first_name",
        organisation_id, True,
    )  # fmt: skip


async def reporter(id: int) -> Person:
    """The active customer with this id; raises Refused(reporter=…)."""
    customers = Person.filter(id=id, active=True, organisation__is_vendor=False)
    person = await customers.select_related("organisation").first()
    if person is None:
        raise Refused(reporter=translate("Bitte wählen Sie, für wen das Ticket ist."))
    return person
