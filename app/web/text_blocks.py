"""„Textbausteine“: what the vendor's people write again and again, and how it comes into a message."""

from quart import Blueprint, Response
from wtforms import BooleanField, HiddenField

from app.database import Row
from app.domain import text_blocks
from app.domain.refusals import Conflict, Refused
from app.domain.ticket_filter import bounded_id
from app.web import ticket_view
from app.web.composer import MessageForm
from app.web.forms import Form, file_names, line, read_form, text
from app.web.guard import me, staff_only, takes_a_message, takes_files
from app.web.respond import page, see_other

blueprint = Blueprint("text_blocks", __name__)

PLACE = "/staff/text-blocks"
LONGEST = 10_000


class BlockForm(Form):
    """A text block."""

    name = line("Name", 80, "Bitte geben Sie dem Textbaustein einen Namen.")
    body = text("Text", LONGEST, "Bitte schreiben Sie den Text.")
    shared = BooleanField("Für alle")
    version = HiddenField()


class InsertForm(MessageForm):
    """The composer with the block that is to come into it."""

    block = HiddenField()


@blueprint.get(PLACE)
@staff_only
async def index() -> Response:
    """All blocks that the person may use."""
    return await page("text_blocks/index.html", blocks=await text_blocks.offered(me()))


@blueprint.get(f"{PLACE}/new")
@staff_only
async def new() -> Response:
    """The form for a new block."""
    return await _page(BlockForm(shared=True))


@blueprint.post(PLACE)
@staff_only
@takes_a_message
async def create() -> Response:
    """Add a block."""
    form = await read_form(BlockForm)
    if form.validate():
        try:
            await text_blocks.create(
                me(), form.name.data or "", form.body.data or "", form.shared.data, form.form_key.data or ""
            )
            return see_other(PLACE, notice="saved")
        except Refused as refused:
            form.refuse(refused)
    return await _page(form)


@blueprint.get(f"{PLACE}/<int:id>")
@staff_only
async def show(id: int) -> Response:
    """One block, to be changed."""
    block = await text_blocks.find(me(), id)
    return await _page(BlockForm(data=block | {"shared": bool(block["shared"])}), block)


@blueprint.post(f"{PLACE}/<int:id>")
@staff_only
@takes_a_message
async def save(id: int) -> Response:
    """Change a block."""
    block, form = await text_blocks.find(me(), id), await read_form(BlockForm)
    if not form.validate():
        return await _page(form, block)
    try:
        await text_blocks.change(
            me(), id, _version(form), form.name.data or "", form.body.data or "", form.shared.data
        )  # fmt: skip
    except Conflict as conflict:
        form.form_errors, form.status = [str(conflict)], 409
        form.version.data = str(block["version"])
        return await _page(form, block)
    return see_other(PLACE, notice="saved")


@blueprint.get(f"{PLACE}/<int:id>/delete")
@staff_only
async def confirm(id: int) -> Response:
    """Ask before a block goes."""
    return await page("text_blocks/confirm.html", block=await text_blocks.find(me(), id), form=BlockForm())


@blueprint.post(f"{PLACE}/<int:id>/delete")
@staff_only
async def delete(id: int) -> Response:
    """Let a block go."""
    block, form = await text_blocks.find(me(), id), await read_form(BlockForm)
    try:
        if form.status != 400:
            await text_blocks.remove(me(), id, _version(form))
            return see_other(PLACE, notice="text_block_deleted")
        form.validate()
    except Conflict as conflict:
        form.form_errors, form.status = [str(conflict)], 409
    return await page("text_blocks/confirm.html", form.status, block=block, form=form)


@blueprint.get("/tickets/<int:number>/text-blocks/<int:id>")
async def filled(number: int, id: int) -> Response:
    """The text of a block for this ticket, for the script to put where the cursor stands."""
    ticket, block = await ticket_view.find_for_staff(number), await text_blocks.find(me(), id)
    return Response(text_blocks.fill(block["body"], ticket, me()), content_type="text/plain; charset=utf-8")


@blueprint.post("/tickets/<int:number>/text-block")
@takes_files
async def insert(number: int) -> Response:
    """The ticket's page with the block after what was typed so far; nothing is sent yet."""
    ticket, form = await ticket_view.find_for_staff(number), await read_form(InsertForm)
    block = await text_blocks.find(me(), bounded_id(form.block.data or "") or 0)
    typed = form.body.data or ""
    form.body.data = (f"{typed}\n\n" if typed else "") + text_blocks.fill(block["body"], ticket, me())
    chosen, names = form.move.data or "", await file_names()
    return await page("tickets/show.html", **await ticket_view.context(ticket, form=form, chosen=chosen, names=names))


def _version(form: BlockForm) -> int:
    return bounded_id(form.version.data or "") or 0


async def _page(form: BlockForm, block: Row | None = None) -> Response:
    wrong = bool(form.errors or form.form_errors)
    shown = {"form": form, "block": block, "places": text_blocks.places()}
    return await page("text_blocks/show.html", form.status if wrong else 200, **shown)
