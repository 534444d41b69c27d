"""A new ticket: who may report what for whom, where it starts, and who is responsible."""

from dataclasses import dataclass, field
from datetime import datetime

from app import clock
from app.database import Row, atomic, rows
from app.domain import assignment, changes, drafts, flow, fulltext, journal, notify, turns
from app.domain.assignment import Matter
from app.domain.flow import State
from app.domain.models import Audience, Category, Person, Priority, Status, Ticket
from app.domain.participants import take_part
from app.domain.policy import may_release, may_speak_for_others, visible_modules
from app.domain.refusals import NotAllowed, Refused
from app.domain.tickets import Draft, write
from app.domain.tokens import answer_form, claim_form
from app.language import translate


@dataclass(frozen=True)
class NewTicket:
    """A ticket that is to be created. Staff name the reporter and where it starts; others may name a colleague."""

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
    _check_reporter(actor, reporter)
    module = await _module_for(actor, reporter, new.module_id)
    at = clock.now()
    state = _start(actor, new, at)
    async with atomic():
        known = await claim_form(actor, new.message.form_key)
        if known is not None:
            return int(known)
        decision = await assignment.decide(Matter(reporter.organisation_id, new.module_id, new.category))
        ticket = await Ticket.create(
            subject=new.subject, category=new.category, priority=new.priority, status=state.status,
            module_id=new.module_id, organisation_id=reporter.organisation_id, reporter=reporter,
            responsible_id=decision and decision.person_id, handed_over_at=state.handed_over_at,
            x3_context=new.x3_context or None, waiting_since=at, created_at=at, updated_at=at,
            urgency=flow.urgency(None, new.priority),
        )  # fmt: skip
        number = ticket.number
        await fulltext.start_document(number)
        await fulltext.add_text(
            number, Audience.EVERYONE, str(number), new.subject, module, reporter.name, reporter.organisation.name
        )
        await turns.begin(number, reporter.organisation_id, state.status, at)
        await _record_creation(actor, reporter, new, number, state.status)
        if decision and not decision.is_default:
            await decision.record(number)
        await write(actor, number, new.message)
        if not actor.is_staff:
            await take_part(actor, vars(ticket))
        if state.status == Status.VENDOR_REVIEW and not actor.is_staff:
            await journal.record(actor, "handover", number)
        await notify.created(actor, vars(ticket))
        await changes.ticket(number)
        await drafts.sent(actor, new.message.form_key, new.message.shown)
        await answer_form(actor, new.message.form_key, str(number))
    return number


def _check_reporter(actor: Person, reporter: Person) -> None:
    """Staff write for customers; a customer for themselves or, who sees the organisation, for a colleague there."""
    colleague = may_speak_for_others(actor) and reporter.organisation_id == actor.organisation_id
    if reporter.is_staff or not (actor.is_staff or reporter.id == actor.id or colleague):
        raise Refused(reporter=translate("Bitte wählen Sie, für wen das Ticket ist."))


async def _record_creation(actor: Person, reporter: Person, new: NewTicket, number: int, start: Status) -> None:
    if actor.id != reporter.id:
        await journal.record(actor, "created_for", number, start.value, reporter.name)
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


async def _module_for(actor: Person, reporter: Person, module_id: int) -> str:
    """The module's name; raises Refused(module=…) as `check_module` does."""
    usable = visible_modules(actor)
    found = await rows(
        "SELECT mo.name FROM module mo JOIN organisation_module om ON om.module_id = mo.id "
        f"WHERE om.organisation_id = ? AND mo.id = ? AND ({usable.sql})",
        reporter.organisation_id, module_id, *usable.values,
    )  # fmt: skip
    if not found:
        raise Refused(module=translate("Bitte wählen Sie ein Modul."))
    return str(found[0]["name"])


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
    """The active people of an organisation for whom a ticket can be created: id, name. One statement."""
    return await rows(
        "SELECT id, first_name || ' ' || last_name AS name FROM person WHERE organisation_id = ? AND active = ? "
        "ORDER BY last_name, first_name",
        organisation_id, True,
    )  # fmt: skip


async def reporter(actor: Person, id: int) -> Person:
    """The active customer with this id, for customers a colleague; raises Refused(reporter=…)."""
    customers = Person.filter(id=id, active=True, organisation__is_vendor=False)
    if not actor.is_staff:
        customers = customers.filter(organisation_id=actor.organisation_id)
    person = await customers.select_related("organisation").first()
    if person is None:
        raise Refused(reporter=translate("Bitte wählen Sie, für wen das Ticket ist."))
    return person
