"""A ticket's priority, changed by hand."""

from typing import Any

from quart import Blueprint, Response

from app.database import Row
from app.domain import policy, priority, tickets
from app.domain.models import Priority, Status
from app.domain.refusals import Conflict, NotAllowed
from app.language import translate
from app.web import ticket_view
from app.web.composer import MessageForm, OpenPage
from app.web.forms import choice, read_form
from app.web.guard import me
from app.web.measured import measured
from app.web.respond import fragments, page, see_other, wants_fragments

blueprint = Blueprint("priorities", __name__)


class PriorityForm(OpenPage):
    """How urgent the ticket is to be."""

    priority = choice("Priorität", "Bitte wählen Sie eine Priorität.", choices=list(Priority))


@blueprint.get("/tickets/<int:number>/priority")
async def confirm(number: int) -> Response:
    """Ask before a ticket is made urgent or no longer so, and say how many already are."""
    ticket = await tickets.find(me(), number)
    if not policy.may_prioritise(me(), ticket):
        raise NotAllowed
    if ticket["status"] == Status.CLOSED:
        raise Conflict
    high = ticket["priority"] != Priority.HIGH
    named = {"number": number, "subject": ticket["subject"]}
    question = "Hohe Priorität für Ticket #%(number)s „%(subject)s“?" if high else (
        "Wieder normale Priorität für Ticket #%(number)s „%(subject)s“?"
    )  # fmt: skip
    shown = {
        "question": translate(question, **named), "text": "", "danger": False, "version": ticket["version"],
        "button": translate("Priorität auf „Hoch“ setzen" if high else "Priorität auf „Normal“ setzen"),
        "measure": await _measure(ticket) if high else None,
        "fields": {"priority": (Priority.HIGH if high else Priority.NORMAL).value},
        "action": f"/tickets/{number}/priority", "cancel_url": f"/tickets/{number}",
    }  # fmt: skip
    if wants_fragments():
        return await fragments("tickets/_confirm.html", **shown)
    return await page("tickets/confirm.html", **shown)


async def _measure(ticket: Row) -> dict[str, Any] | None:
    if ticket["reporter_id"] == me().id:
        return measured(await priority.own(me()), "own")
    return measured(await priority.at(me(), ticket["organisation_id"]), "organisation", ticket["organisation"])


@blueprint.post("/tickets/<int:number>/priority")
async def change(number: int) -> Response:
    """Change the priority; on a ticket that somebody else changed meanwhile 409 and how it is now."""
    ticket = await tickets.find(me(), number)
    if not policy.may_prioritise(me(), ticket):
        raise NotAllowed
    form = await read_form(PriorityForm)
    if not form.validate():
        composed = MessageForm()
        composed.form_errors = [*form.form_errors, *form.priority.errors]
        return await page("tickets/show.html", form.status, **await ticket_view.context(ticket, form=composed))
    chosen = Priority(form.priority.data)
    try:
        await priority.change(me(), ticket, chosen, form.seen_version, form.form_key.data or "")
    except Conflict:
        fresh = await tickets.find(me(), number)
        return await page("tickets/show.html", 409, **await ticket_view.context(fresh, conflict=True))
    return see_other(f"/tickets/{number}", notice=f"priority_{chosen.value}")
