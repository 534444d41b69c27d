"""„Zusammenführen“: a duplicate goes up in another ticket; asked first, for there is no way back."""

from quart import Blueprint, Response, request
from wtforms import HiddenField, StringField

from app.database import Row
from app.domain import merging, tickets
from app.domain.refusals import Conflict, NotVisible, Refused
from app.domain.ticket_filter import bounded_id
from app.language import translate
from app.web import ticket_view
from app.web.forms import Form, read_form, text
from app.web.guard import me, takes_a_message
from app.web.respond import page, see_other

blueprint = Blueprint("merging", __name__)


class MergeForm(Form):
    """The other ticket, the versions of both that the person saw, and what is written there."""

    into = StringField("Nummer des anderen Tickets")
    version = HiddenField()
    into_version = HiddenField()
    body = text("Nachricht")


@blueprint.get("/tickets/<int:number>/merge")
async def ask(number: int) -> Response:
    """Ask for the other ticket; with `?into=` name both and ask whether."""
    ticket, form = await ticket_view.find_for_staff(number), MergeForm()
    form.into.data = request.args.get("into", "").strip().lstrip("#")
    form.body.data = translate("Ihr Ticket #%(number)s wurde mit diesem zusammengeführt. Es geht hier weiter.",
                               number=number)  # fmt: skip
    return await _page(ticket, form)


@blueprint.post("/tickets/<int:number>/merge")
@takes_a_message
async def merge(number: int) -> Response:
    """Merge them."""
    ticket, form = await ticket_view.find_for_staff(number), await read_form(MergeForm)
    if not form.validate():
        return await _page(ticket, form)
    try:
        into = await _other(form)
        versions = bounded_id(form.version.data or "") or 0, bounded_id(form.into_version.data or "") or 0
        await merging.merge(me(), ticket, into, versions, form.body.data or "", form.form_key.data or "")
    except Refused as refused:
        form.refuse(refused)
    except Conflict:
        form.status = 409
        form.form_errors = [translate("Eines der beiden Tickets wurde inzwischen geändert. Bitte sehen Sie nach.")]
    else:
        return see_other(f"/tickets/{into['number']}", notice="merged")
    return await _page(await ticket_view.find_for_staff(number), form)


async def _other(form: MergeForm) -> Row:
    try:
        return await tickets.find(me(), bounded_id((form.into.data or "").lstrip("#")) or 0)
    except NotVisible:
        raise Refused(into=translate("Dieses Ticket gibt es nicht.")) from None


async def _page(ticket: Row, form: MergeForm) -> Response:
    """Both tickets and who is new to the other one, or the question which ticket it is."""
    into, new = None, []
    if form.into.data:
        try:
            into = await _other(form)
            merging.check(me(), ticket, into)
            new = await merging.newcomers(me(), ticket, into)
        except Refused as refused:
            into = None
            if not form.into.errors:
                form.refuse(refused)
    wrong = bool(form.errors or form.form_errors)
    shown = {"ticket": ticket_view.facts(ticket), "into": ticket_view.facts(into) if into else None, "new": new}
    return await page("merging/index.html", form.status if wrong else 200, form=form, **shown)
