"""Urgency in measure: what share of the open tickets is high priority or escalated, and a priority changed by hand."""

from dataclasses import dataclass

from app import clock
from app.database import Row, atomic, marks, rows
from app.domain import changes, flow, journal
from app.domain.models import Person, Priority, Status
from app.domain.policy import Condition, may_prioritise, visible_tickets
from app.domain.refusals import Conflict, NotAllowed
from app.domain.ticket_filter import URGENT, TicketFilter
from app.domain.tickets import compare_and_set
from app.domain.tokens import claim_form, form_outcome


@dataclass(frozen=True)
class Measure:
    """How many open tickets there are, how many of them are urgent, and the list of these."""

    open: int
    urgent: int
    url: str

    @property
    def share(self) -> float:
        """The urgent ones among them, from 0 to 1."""
        return self.urgent / self.open if self.open else 0.0


async def own(person: Person) -> Measure:
    """Of what the person has reported. One statement."""
    return await _measure(person, Condition("t.reporter_id = ?", (person.id,)), scope="mine")


async def everywhere(person: Person) -> Measure:
    """Of all that the person sees. One statement."""
    return await _measure(person, Condition("1 = 1"))


async def at(person: Person, organisation_id: int) -> Measure:
    """Of what the person sees of one organisation. One statement."""
    only = organisation_id if person.is_staff else None
    return await _measure(person, Condition("t.organisation_id = ?", (organisation_id,)), organisation=only)


async def _measure(person: Person, which: Condition, scope: str = "", organisation: int | None = None) -> Measure:
    visible = visible_tickets(person)
    found = await rows(
        "SELECT COUNT(*) AS open, COALESCE(SUM(CASE WHEN t.urgency < 2 THEN 1 ELSE 0 END), 0) AS urgent FROM ticket t "
        f"WHERE {which.sql} AND t.deleted_at IS NULL AND t.status IN {marks(flow.OPEN)} AND ({visible.sql})",
        *which.values, *(status.value for status in flow.OPEN), *visible.values,
    )  # fmt: skip
    statuses = tuple(status.value for status in flow.OPEN)
    filter = TicketFilter.read((), person)
    url = filter.url(statuses=statuses, priority=URGENT, scope=scope, organisation=organisation)
    return Measure(int(found[0]["open"]), int(found[0]["urgent"]), url)


async def change(actor: Person, ticket: Row, priority: Priority, version: int, form_key: str) -> None:
    """Change the priority of an open ticket; raises NotAllowed, Conflict."""
    if not may_prioritise(actor, ticket):
        raise NotAllowed
    if await form_outcome(actor, form_key) is not None:
        return
    if ticket["status"] == Status.CLOSED or ticket["priority"] == priority:
        raise Conflict
    urgency = flow.urgency(ticket["escalated_at"], priority)
    async with atomic():
        if await claim_form(actor, form_key) is not None:
            return
        set_ = {"priority": priority.value, "urgency": urgency, "updated_at": clock.now()}
        await compare_and_set(ticket["number"], version, set_)
        await journal.record(actor, f"priority_{priority.value}", ticket["number"])
        await changes.ticket(ticket["number"])
