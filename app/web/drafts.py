"""What is being typed: kept while one writes, thrown away on demand. The forms themselves show it again."""

from typing import Any, ClassVar

from quart import Blueprint, Response, request
from wtforms import BooleanField, HiddenField, SelectMultipleField

from app.domain import drafts, policy, tickets, x3
from app.domain.drafts import Page
from app.domain.refusals import NotAllowed
from app.domain.storage import MOST_FILES
from app.domain.ticket_filter import bounded_id
from app.text import clean_line
from app.web.composer import new_url
from app.web.forms import Form, line, read_form, text
from app.web.guard import me, takes_a_message
from app.web.respond import see_other

blueprint = Blueprint("drafts", __name__)

LONGEST_NAME = 200


class DraftForm(Form):
    """What a page holds: TEXTS are typed, CHOICES are chosen beside them."""

    TEXTS: ClassVar[tuple[str, ...]] = ()
    CHOICES: ClassVar[tuple[str, ...]] = ()

    turn = HiddenField()
    draft = HiddenField()
    chosen = SelectMultipleField("Anhänge", validate_choice=False)

    @property
    def page(self) -> Page:
        """Where it was typed."""
        return Page(self.form_key.data or "", bounded_id(self.turn.data or "") or 1, self.draft.data or "")

    def typed(self) -> dict[str, Any]:
        """What is worth keeping: without a word nothing is."""
        if not any(self[name].data for name in self.TEXTS):
            return {}
        names = [clean_line(name)[:LONGEST_NAME] for name in (self.chosen.data or [])[:MOST_FILES]]
        found = {name: self[name].data for name in (*self.TEXTS, *self.CHOICES)} | {"chosen": names}
        return {name: value for name, value in found.items() if value}


class MessageDraft(DraftForm):
    """A ticket's composer."""

    TEXTS = ("body",)
    CHOICES = ("audience", "release")

    body = text("Nachricht")
    audience = line("Sichtbar für", 20)
    release = BooleanField("Freigabe")


class TicketDraft(DraftForm):
    """A new ticket."""

    TEXTS = ("subject", "affected", "record", "symptom", "trigger", "impact", "description")
    CHOICES = ("category", "module", "priority", "release", "reporter", "start")

    category = line("Kategorie", 20)
    module = line("Modul", 20)
    subject = line("Betreff", 200)
    priority = line("Priorität", 20)
    affected = line("Wen oder was betrifft das Problem?", 500)
    record = line("Welche Mitglieds-, Seminar-Nr. o. Ä.?", 500)
    symptom = text("Wie äußert sich das Problem?")
    trigger = text("Wie kann es ausgelöst werden?")
    impact = text("Welche Auswirkung hat es?")
    description = text("Beschreibung")
    release = BooleanField("Freigabe")
    reporter = line("Gemeldet von", 20)
    start = line("Beginnt mit", 20)


class DiscardForm(Form):
    """Which draft is thrown away, and the key of the page that shows it, whose last save may still be under way."""

    draft = HiddenField()
    page = HiddenField()


@blueprint.post("/tickets/<int:number>/draft")
@takes_a_message
async def save(number: int) -> Response:
    """Keep what stands in a ticket's composer."""
    ticket = await tickets.find(me(), number)
    if not policy.may_write(me(), ticket):
        raise NotAllowed
    return await _save(MessageDraft, drafts.of_ticket(number))


@blueprint.post("/tickets/<int:number>/draft/discard")
async def discard(number: int) -> Response:
    """Throw it away; the page comes without it. It is theirs, also where they may not answer any more."""
    await tickets.find(me(), number)
    return await _discard(drafts.of_ticket(number), f"/tickets/{number}#composer")


@blueprint.post("/tickets/new/draft")
@takes_a_message
async def save_new() -> Response:
    """Keep what stands in the form for a new ticket."""
    form, _ = await _form_of_new()
    return await _save(TicketDraft, form)


@blueprint.post("/tickets/new/draft/discard")
async def discard_new() -> Response:
    """Throw it away; the form comes empty."""
    return await _discard(*await _form_of_new())


async def _form_of_new() -> tuple[str, str]:
    """The form's name and address, out of the query that its page was opened with."""
    token = bounded_id(request.args.get("x3", ""))
    if not token or await x3.context_of(me(), token) is None:
        token = None
    organisation = bounded_id(request.args.get("organisation", "")) if me().is_staff else None
    return drafts.of_new(organisation=organisation, x3=token), new_url(organisation, token)


async def _save(form_class: type[DraftForm], name: str) -> Response:
    form = await read_form(form_class)
    if not form.validate():
        return Response("", form.status)
    await drafts.save(me(), name, form.page, form.typed())
    return Response("", 204)


async def _discard(name: str, back: str) -> Response:
    form = await read_form(DiscardForm)
    if form.validate():
        await drafts.discard(me(), name, Page((form.page.data or "")[:64], shown=form.draft.data or ""))
    return see_other(back, notice="draft_discarded")
