"""„Beteiligte“: who takes part in a ticket, adding and removing colleagues, joining and leaving."""

from typing import Any

from quart import Blueprint, Response
from wtforms import StringField

from app.database import Row
from app.domain import participants, policy, tickets
from app.domain.refusals import NotAllowed, NotVisible, Refused
from app.domain.ticket_filter import bounded_id
from app.domain.tokens import form_outcome
from app.language import translate, vendor
from app.web.forms import Form, read_form
from app.web.guard import me
from app.web.respond import fragments, page, see_other, wants_fragments

blueprint = Blueprint("participants", __name__)


class PersonForm(Form):
    """Who is to take part."""

    person = StringField("Person")


@blueprint.get("/tickets/<int:number>/participants")
async def index(number: int) -> Response:
    """Who takes part, for who may answer: with whom they can remove and whom they can add."""
    ticket = await tickets.find(me(), number)
    if not policy.may_write(me(), ticket):
        raise NotAllowed
    return await _page(ticket, PersonForm())


@blueprint.post("/tickets/<int:number>/participants")
async def add(number: int) -> Response:
    """Let somebody take part."""
    ticket = await tickets.find(me(), number)
    if not policy.may_write(me(), ticket):
        raise NotAllowed
    form = await read_form(PersonForm)
    if not form.validate():
        return await _page(ticket, form)
    try:
        await participants.add(me(), ticket, bounded_id(form.person.data or "") or 0, form.form_key.data or "")
    except Refused as refused:
        form.refuse(refused)
        return await _page(ticket, form)
    return see_other(f"/tickets/{number}", notice="participant_added")


@blueprint.post("/tickets/<int:number>/participants/<int:id>/remove")
async def remove(number: int, id: int) -> Response:
    """Let somebody take part no longer."""
    ticket = await tickets.find(me(), number)
    form = await read_form(PersonForm)
    if not form.validate():
        return await _page(ticket, form)
    await participants.remove(me(), ticket, id, form.form_key.data or "")
    return see_other(f"/tickets/{number}", notice="participant_removed")


@blueprint.post("/tickets/<int:number>/participants/join")
async def join(number: int) -> Response:
    """„Beteiligen“: take part oneself; twice does no more than once."""
    ticket = await tickets.find(me(), number)
    if not ticket["takes_part"]:
        if not policy.may_join(me(), ticket):
            raise NotAllowed
        form = await read_form(PersonForm)
        if not form.validate():
            return await _page(ticket, form)
        await participants.join(me(), ticket)
    return see_other(f"/tickets/{number}", notice="joined")


@blueprint.get("/tickets/<int:number>/participants/leave")
async def confirm_leaving(number: int) -> Response:
    """Ask first, and say what the person will no longer see."""
    ticket = await tickets.find(me(), number)
    if not ticket["takes_part"]:
        raise NotAllowed(participants.stays(me(), ticket) if ticket["reporter_id"] == me().id else "")
    named = {"number": number, "subject": ticket["subject"]}
    shown = {
        "question": translate("Nicht mehr an Ticket #%(number)s „%(subject)s“ beteiligt sein?", **named),
        "text": await _without(ticket),
        "button": translate("Nicht mehr beteiligen"), "danger": False, "version": ticket["version"],
        "action": f"/tickets/{number}/participants/leave", "cancel_url": f"/tickets/{number}",
    }  # fmt: skip
    if wants_fragments():
        return await fragments("tickets/_confirm.html", **shown)
    return await page("tickets/confirm.html", **shown)


async def _without(ticket: Row) -> str:
    if await participants.remains(me(), ticket):
        return translate("Neue Nachrichten kommen dann nicht mehr per E-Mail. Sehen können Sie das Ticket weiter.")
    return translate("Sie sehen das Ticket dann nicht mehr. Wer daran beteiligt ist, kann Sie wieder dazuholen.")


@blueprint.post("/tickets/<int:number>/participants/leave")
async def leave(number: int) -> Response:
    """„Nicht mehr beteiligen“; where the ticket is out of sight then, to the list."""
    form = await read_form(PersonForm)
    try:
        ticket = await tickets.find(me(), number)
        if not form.validate():
            return await _page(ticket, form)
        await participants.leave(me(), ticket, form.form_key.data or "")
    except NotVisible:
        if await form_outcome(me(), form.form_key.data or "") is None:
            raise
        return see_other("/tickets", notice="left")  # the same form again
    url = f"/tickets/{number}" if await tickets.exists(me(), number) else "/tickets"
    return see_other(url, notice="left")


async def _page(ticket: Row, form: PersonForm) -> Response:
    person, number = me(), ticket["number"]
    found = await participants.of_ticket(person, number)
    shown: dict[str, Any] = {
        "form": form,
        "ticket": ticket,
        "taking_part": [row | _facts(row, ticket) for row in found],
        "groups": _groups(await participants.candidates(person, ticket), ticket),
    }
    status = form.status if form.errors or form.form_errors else 200
    if wants_fragments():
        if status != 200:
            return await fragments("forms/_errors.html", status=status, form=form)
        return await fragments("participants/_index.html", **shown)
    return await page("participants/index.html", status, **shown)


def _facts(row: Row, ticket: Row) -> dict[str, Any]:
    return {
        "side": vendor() if row["is_vendor"] else ticket["organisation"],
        "own": row["id"] == me().id,
        "removable": row["id"] != me().id and policy.may_remove(me(), ticket, row),
        "remove_url": f"/tickets/{ticket['number']}/participants/{row['id']}/remove",
    }


def _groups(people: list[Row], ticket: Row) -> list[dict[str, Any]]:
    """Whom one can add, by the side that they are on."""
    sides = ((ticket["organisation"], False), (vendor(), True))
    groups = [{"name": name, "people": [p for p in people if bool(p["is_vendor"]) == side]} for name, side in sides]
    return [group for group in groups if group["people"]]
