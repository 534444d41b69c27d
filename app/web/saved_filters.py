"""Filters with a name: saving the list's filter, calling it something else, letting go of it."""

from typing import Any
from urllib.parse import parse_qsl

from quart import Blueprint, Response, request
from wtforms import BooleanField, HiddenField

from app.domain import saved_filters, search
from app.domain.refusals import Refused
from app.domain.ticket_filter import TicketFilter
from app.language import translate
from app.web.default_filter import described
from app.web.forms import Form, line, read_form
from app.web.guard import me
from app.web.respond import fragments, page, see_other, wants_fragments

blueprint = Blueprint("saved_filters", __name__)


class NameForm(Form):
    """What a filter is called."""

    name = line("Name", saved_filters.LONGEST_NAME, "Bitte geben Sie dem Filter einen Namen.")


class SaveForm(NameForm):
    """A filter, its name, and whether the list opens with it."""

    query = HiddenField()
    default = BooleanField("Standardfilter")
    replace = BooleanField("Ersetzen")


@blueprint.get("/tickets/filters/new")
async def new() -> Response:
    """Ask what the list's filter, which stands in the address, is to be called."""
    filter = TicketFilter.for_person(list(request.args.items(multi=True)), me())
    return await _new_page(SaveForm(query=filter.spelt_out()), filter)


async def _new_page(form: SaveForm, filter: TicketFilter, taken: bool = False) -> Response:
    choices = await search.choices(me())
    shown: dict[str, Any] = {
        "form": form, "described": described(filter, choices), "taken": taken, "cancel_url": filter.url(page=1),
        "longest": saved_filters.LONGEST_NAME,
    }  # fmt: skip
    if not wants_fragments():
        return await page("saved_filters/new.html", form.status if form.errors or form.form_errors else 200, **shown)
    return await fragments("saved_filters/_new.html", **shown)


@blueprint.post("/tickets/filters")
async def create() -> Response:
    """Keep the filter."""
    form = await read_form(SaveForm)
    filter = TicketFilter.read(parse_qsl(form.query.data or ""), me())
    if not form.validate():
        return await _new_page(form, filter)
    name, query = form.name.data or "", filter.spelt_out()
    try:
        await saved_filters.save(me(), name, query, replace=form.replace.data, as_default=form.default.data)
    except Refused as refused:
        form.refuse(refused)
        return await _new_page(form, filter, taken=True)
    return see_other(filter.url(page=1), notice="filter_saved")


@blueprint.get("/tickets/filters/<int:id>")
async def show(id: int) -> Response:
    """One of the person's filters: its name, and letting go of it."""
    found = await saved_filters.find(me(), id)
    return await _page(id, NameForm(name=found["name"]))


async def _page(id: int, form: NameForm) -> Response:
    found = await saved_filters.find(me(), id)
    filter = TicketFilter.read(parse_qsl(found["query"]), me())
    return await page(
        "saved_filters/show.html", form.status if form.errors or form.form_errors else 200, form=form, saved=found,
        described=described(filter, await search.choices(me())), url=filter.url(page=1),
        longest=saved_filters.LONGEST_NAME,
    )  # fmt: skip


@blueprint.post("/tickets/filters/<int:id>")
async def rename(id: int) -> Response:
    """Call it something else."""
    await saved_filters.find(me(), id)
    form = await read_form(NameForm)
    if not form.validate():
        return await _page(id, form)
    try:
        await saved_filters.rename(me(), id, form.name.data or "")
    except Refused as refused:
        form.refuse(refused)
        return await _page(id, form)
    return see_other("/settings#filter", notice="saved")


@blueprint.get("/tickets/filters/<int:id>/delete")
async def confirm(id: int) -> Response:
    """Ask before a filter goes."""
    found = await saved_filters.find(me(), id)
    text = translate("Die Liste öffnet sich mit ihm; danach öffnet sie sich wieder wie üblich.")
    shown: dict[str, Any] = {
        "question": translate("Filter „%(name)s“ löschen?", name=found["name"]), "danger": True, "version": "",
        "text": text if found["query"] == me().default_filter else "", "button": translate("Filter löschen"),
        "action": f"/tickets/filters/{id}/delete", "cancel_url": f"/tickets/filters/{id}",
    }  # fmt: skip
    if wants_fragments():
        return await fragments("tickets/_confirm.html", **shown)
    return await page("tickets/confirm.html", **shown)


@blueprint.post("/tickets/filters/<int:id>/delete")
async def delete(id: int) -> Response:
    """Let go of it; twice is no more than once."""
    form = await read_form(NameForm)
    if form.status != 400:
        await saved_filters.delete(me(), id)
    return see_other("/settings#filter", notice="filter_deleted")
