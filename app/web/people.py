"""Everybody, for staff: the list of all people, and new accounts."""

from itertools import groupby

from quart import Blueprint, Response, request

from app.database import Row
from app.domain import directory, people
from app.domain.models import Role
from app.domain.refusals import NotVisible, Refused
from app.domain.ticket_filter import bounded_id
from app.web import people_view
from app.web.forms import read_form
from app.web.guard import me, staff_only
from app.web.people_view import AccountForm
from app.web.respond import fragments, page, see_other, wants_fragments

blueprint = Blueprint("people", __name__)

PLACE = "/staff/people"


@blueprint.get(PLACE)
@staff_only
async def everybody() -> Response:
    """„Benutzer und Organisationen“: everybody, found by words, by organisation."""
    search = people_view.Search.read(PLACE)
    context = await search.found(me())
    groups = groupby(context["people"], key=lambda one: one["organisation"])
    context["groups"] = [(name, list(people)) for name, people in groups]
    if wants_fragments():
        return await fragments("people/_results.html", push=search.url(search.page), **context)
    return await page("people/index.html", **context)


@blueprint.get(f"{PLACE}/new")
@staff_only
async def new() -> Response:
    """The form for a new account; first of all, in which organisation."""
    organisation = await _chosen(request.args.get("organisation", ""))
    if organisation is None:
        return await page("people/choose.html", organisations=await _offered())
    return await _new_page(organisation, AccountForm(role=Role.STAFF if organisation["is_vendor"] else Role.USER))


@blueprint.post(PLACE)
@staff_only
async def create() -> Response:
    """Make an account and invite its person."""
    organisation = await _chosen(request.args.get("organisation", ""))
    if organisation is None:
        raise NotVisible
    form = await read_form(AccountForm)
    if form.validate():
        try:
            id = await people.create(
                me(), organisation["id"], form.identity(), form.role_and_rights(), form.form_key.data or ""
            )
            return see_other(f"{PLACE}/{id}", notice="person_created")
        except Refused as refused:
            form.refuse(refused)
    return await _new_page(organisation, form, form.status)


async def _chosen(organisation: str) -> Row | None:
    """The organisation that the address names, None where it names none that the person may make accounts for."""
    id = bounded_id(organisation)
    return next((one for one in await _offered() if one["id"] == id), None)


async def _offered() -> list[Row]:
    """The organisations that the person may make accounts for: id, name."""
    customers = await directory.organisations(me())
    return [*(await directory.vendors(me()) if me().role == Role.ADMIN else []), *customers]


async def _new_page(organisation: Row, form: AccountForm, status: int = 200) -> Response:
    owned = await directory.organisation_modules(organisation["id"])
    return await page(
        "people/new.html",
        status,
        organisation=organisation,
        roles=form.roles(organisation["is_vendor"]),
        **form.offers(owned),
    )
