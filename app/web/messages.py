"""Answering: a message, with its files and the move that goes with it."""

from dataclasses import replace

from quart import Blueprint, Response

from app.database import Row
from app.domain import policy, thread, tickets
from app.domain.flow import MOVES
from app.domain.models import Audience
from app.domain.refusals import Conflict, NotAllowed, Refused
from app.domain.tickets import Draft
from app.domain.tokens import form_outcome, token_hash
from app.language import translate
from app.web import composer, ticket_view
from app.web.composer import MessageForm, Seen
from app.web.forms import accept_files, file_names, posted_files, read_form
from app.web.guard import me, takes_files
from app.web.respond import fragments, page, see_other, wants_fragments

blueprint = Blueprint("messages", __name__)


@blueprint.post("/tickets/<int:number>/messages")
@takes_files
async def create(number: int) -> Response:
    """Send the message; whatever is wrong with it, the typed text stays."""
    ticket = await tickets.find(me(), number)
    if not policy.may_write(me(), ticket):
        raise NotAllowed(composer.refusal(ticket) or "")
    form = await read_form(MessageForm)
    try:
        if not form.validate():
            return await _refused(ticket, form)
        message = await _send(ticket, form)
    except Refused as refused:
        form.refuse(refused)
        return await _refused(ticket, form)
    except Conflict:
        return await _conflict(await tickets.find(me(), number), form)
    return await _sent(number, message, form.seen)


async def _send(ticket: Row, form: MessageForm) -> int:
    person = me()
    key = await _key(ticket, form)
    known = await form_outcome(person, key)
    if known:
        return int(known)
    move = "handover" if form.release.data else form.move.data or ""
    if move and (move not in MOVES or MOVES[move].danger or MOVES[move].deleted):
        raise Refused(body=translate("Diese Funktion gibt es nicht."))
    if form.audience.data not in list(Audience):
        raise Refused(audience=translate("Bitte wählen Sie, wer die Nachricht lesen soll."))
    audience, shown = Audience(form.audience.data), form.draft.data or ""
    draft = Draft(form.body.data or "", key, audience, shown=shown)
    tickets.check_reply(person, ticket, draft, move, files=len(await posted_files()))
    draft = replace(draft, files=await accept_files())
    return await tickets.reply(person, ticket, draft, move, form.seen_version)


async def _key(ticket: Row, form: MessageForm) -> str:
    """The form's key; another one for words that were changed after a first sending whose answer was lost."""
    key, body = form.form_key.data or "", form.body.data or ""
    known = int(await form_outcome(me(), key) or 0)
    said = await thread.messages(me(), ticket["number"], known - 1) if known and body else []
    if any(message["id"] == known and message["body"] != body for message in said):
        return token_hash(f"{key} {body}")
    return key


async def _sent(number: int, message: int, before: Seen) -> Response:
    if not wants_fragments():
        return see_other(f"/tickets/{number}#message-{message}", notice="sent")
    changed = await ticket_view.context(await tickets.find(me(), number), before)
    return await fragments(
        "tickets/_composer.html",
        oob=(
            "tickets/_header.html", "tickets/_functions.html", "tickets/_conflict.html", "tickets/_draft.html",
            "tickets/_news.html",
        ),
        **changed,
    )  # fmt: skip


async def _refused(ticket: Row, form: MessageForm) -> Response:
    if wants_fragments():
        return await fragments("forms/_errors.html", status=form.status, form=form)
    shown = await ticket_view.context(ticket, form=form, chosen=form.move.data or "", names=await file_names())
    return await page("tickets/show.html", form.status, **shown)


async def _conflict(ticket: Row, form: MessageForm) -> Response:
    """409: the fresh ticket around the text that was typed, which can be sent again as it is."""
    words = ticket_view.conflict_over(ticket, form.move.data or "")
    if wants_fragments():
        changed = await ticket_view.context(ticket, form.seen, conflict=words)
        send = ("tickets/_version.html", "tickets/_send.html") if changed["composer"] else ()
        return await fragments(
            oob=(
                "tickets/_conflict.html", "tickets/_header.html", "tickets/_functions.html", "tickets/_news.html",
                *send,
            ),
            status=409, **changed,
        )  # fmt: skip
    shown = await ticket_view.context(
        ticket, form=form, chosen=form.move.data or "", names=await file_names(), conflict=words
    )
    return await page("tickets/show.html", 409, **shown)
