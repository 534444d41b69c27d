"""Moving a ticket without words, and making somebody responsible for it."""

from quart import Blueprint, Response
from wtforms import StringField

from app.database import Row
from app.domain import policy, tickets
from app.domain.flow import MOVES
from app.domain.refusals import Conflict, NotAllowed, NotVisible, Refused
from app.domain.ticket_filter import bounded_id
from app.language import translate
from app.web import ticket_view
from app.web.composer import MessageForm, OpenPage
from app.web.forms import read_form
from app.web.guard import me
from app.web.respond import fragments, page, see_other, wants_fragments

blueprint = Blueprint("moves", __name__)


class ResponsibleForm(OpenPage):
    """Who is to be responsible."""

    responsible = StringField("Zuständig")


@blueprint.get("/tickets/<int:number>/moves/<move>")
async def confirm(number: int, move: str) -> Response:
    """Ask before a move; it names the ticket."""
    ticket = await tickets.find(me(), number)
    if move not in MOVES:
        raise NotVisible
    if not policy.may(me(), MOVES[move], ticket):
        raise NotAllowed
    shown = {
        "question": translate("Ticket #%(number)s „%(subject)s“ löschen?", **_named(ticket)),
        "text": translate("Es verschwindet aus allen Listen. Ihre EDV und %(vendor)s können es wiederherstellen."),
        "button": translate(MOVES[move].label), "danger": MOVES[move].danger,
        "action": f"/tickets/{number}/moves/{move}", "version": ticket["version"], "cancel_url": f"/tickets/{number}",
    }  # fmt: skip
    if not MOVES[move].danger:
        shown |= {
            "question": translate("Ticket #%(number)s „%(subject)s“: %(label)s?", **_named(ticket),
                                  label=translate(MOVES[move].label)),
            "text": "",
        }  # fmt: skip
    if wants_fragments():
        return await fragments("tickets/_confirm.html", **shown)
    return await page("tickets/confirm.html", **shown)


def _named(ticket: Row) -> dict[str, object]:
    return {"number": ticket["number"], "subject": ticket["subject"]}


@blueprint.post("/tickets/<int:number>/moves/<move>")
async def create(number: int, move: str) -> Response:
    """Make the move."""
    ticket = await tickets.find(me(), number)
    form = await read_form(OpenPage)
    if not form.validate():
        return await _page(ticket, form, move)
    try:
        await tickets.move(me(), ticket, move, form.seen_version, form.form_key.data or "")
    except Refused as refused:
        return await _page(ticket, form, move, refused)
    except Conflict:
        return await _conflict(number, form, move)
    return await _done(number, form, move)


@blueprint.post("/tickets/<int:number>/responsible")
async def assign(number: int) -> Response:
    """Make a staff member responsible."""
    ticket = await tickets.find(me(), number)
    form = await read_form(ResponsibleForm)
    if not form.validate():
        return await _page(ticket, form, "")
    try:
        await tickets.assign(
            me(), ticket, bounded_id(form.responsible.data or "") or 0, form.seen_version,
            form.form_key.data or "",
        )  # fmt: skip
    except Refused as refused:
        return await _page(ticket, form, "", refused)
    except Conflict:
        return await _conflict(number, form, "assigned")
    return await _done(number, form, "assigned")


async def _done(number: int, form: OpenPage, notice: str) -> Response:
    if not wants_fragments() or notice in ("delete", "restore"):  # with these the whole composer comes or goes
        return see_other(f"/tickets/{number}", notice=notice)
    return await _fresh(number, form, 200)


async def _conflict(number: int, form: OpenPage, move: str) -> Response:
    if wants_fragments():
        return await _fresh(number, form, 409)
    ticket = await tickets.find(me(), number)
    words = ticket_view.conflict_over(ticket, move)
    return await page("tickets/show.html", 409, **await ticket_view.context(ticket, conflict=words))


async def _fresh(number: int, form: OpenPage, status: int) -> Response:
    """The parts of an open page that a move changes."""
    changed = await ticket_view.context(await tickets.find(me(), number), form.seen, conflict=status == 409)
    composer = ("tickets/_version.html", "tickets/_send.html") if changed["composer"] else ()
    beside = ("tickets/_header.html", "tickets/_conflict.html", "tickets/_news.html", *composer)
    if status == 409:  # on a refusal htmx swaps only what names its own place
        return await fragments(oob=("tickets/_functions.html", *beside), status=409, **changed)
    return await fragments("tickets/_functions.html", oob=beside, **changed)


async def _page(ticket: Row, form: OpenPage, move: str, refused: Refused | None = None) -> Response:
    """The ticket with what is wrong; a move that needs words opens the composer for it."""
    composed = MessageForm()
    composed.form_errors = list(form.form_errors)
    if refused:
        composed.refuse(refused)
    if wants_fragments():
        return await fragments("forms/_errors.html", status=form.status, form=composed)
    return await page("tickets/show.html", form.status, **await ticket_view.context(ticket, form=composed, chosen=move))
