"""„Benutzer“: the people of an EDV's own organisation, their rights and modules, and whom the EDV proposes."""

from typing import Any

from quart import Blueprint, Response
from wtforms import HiddenField, SelectMultipleField, StringField

from app.database import Row
from app.domain import access, directory, moderation, people, rules
from app.domain.policy import may_change_rights
from app.domain.refusals import Conflict, NotAllowed, Refused
from app.web import people_view
from app.web.forms import Form, read_form
from app.web.guard import edv_only, me
from app.web.people_view import RightsForm
from app.web.respond import page, see_other

blueprint = Blueprint("own_people", __name__)

PLACE = "/organisation/people"


class OwnRightsForm(RightsForm):
    """Rights and modules, and what the form was built from; the role is not the EDV's to set."""

    stamp = HiddenField()


class ProposalForm(Form):
    """Whom the EDV would like to have an account."""

    first_name = StringField("Vorname")
    last_name = StringField("Nachname")
    user_name = StringField("Benutzername")
    email = StringField("E-Mail-Adresse")
    phone = StringField("Telefon")
    modules = SelectMultipleField("Module", validate_choice=False)


@blueprint.get(PLACE)
@edv_only
async def index() -> Response:
    """Who has an account, and who waits for one."""
    return await page(
        "own_people/index.html",
        **await people_view.Search.read(PLACE).found(me()),
        pending=[row | {"name": people_view.name(row)} for row in await moderation.pending_of(me())],
        rules=await rules.of(me(), me().organisation_id),
    )


@blueprint.get(f"{PLACE}/new")
@edv_only
async def new() -> Response:
    """The form for a proposal."""
    return await _new_page(ProposalForm())


@blueprint.post(PLACE)
@edv_only
async def propose() -> Response:
    """Send a proposal to the vendor, who decides."""
    form = await read_form(ProposalForm)
    if form.validate():
        try:
            _, is_new = await access.submit(
                me().organisation_id, user_name=form.user_name.data or "", first_name=form.first_name.data or "",
                last_name=form.last_name.data or "", email=form.email.data or "", phone=form.phone.data or "",
                modules=form.modules.data or [], requested_by=me(),
            )  # fmt: skip
            return see_other(PLACE, notice="proposed" if is_new else "proposed_already")
        except Refused as refused:
            form.refuse(refused)
    return await _new_page(form)


@blueprint.get(f"{PLACE}/<int:id>")
@edv_only
async def show(id: int) -> Response:
    """One account of the own organisation."""
    return await _page(await directory.account(me(), id))


@blueprint.post(f"{PLACE}/<int:id>")
@edv_only
async def save(id: int) -> Response:
    """Set the rights and modules of a User."""
    account = await directory.account(me(), id)
    if not may_change_rights(me(), account):
        raise NotAllowed
    form = await read_form(OwnRightsForm)
    if form.validate():
        try:
            await people.change_rights(me(), id, form.stamp.data or "", form.rights(account["role"]))
            return see_other(f"{PLACE}/{id}", notice="saved")
        except Refused as refused:
            form.refuse(refused)
        except Conflict:
            return await _page(await directory.account(me(), id), status=409)
    return await _page(account, form, form.status)


async def _page(account: Row, form: OwnRightsForm | None = None, status: int = 200) -> Response:
    form = form or OwnRightsForm(**people_view.filled(account))
    owned = await directory.organisation_modules(me().organisation_id)
    return await page(
        "own_people/show.html",
        status,
        account=account,
        name=people_view.name(account),
        state=people_view.state(account),
        role=directory.role_label(account["role"]),
        rights_said=directory.rights(account),
        changes=may_change_rights(me(), account),
        conflict=status == 409,
        **form.offers(owned),
    )


async def _new_page(form: ProposalForm) -> Response:
    owned = await directory.organisation_modules(me().organisation_id)
    chosen = set(form.modules.data or [])
    modules: list[dict[str, Any]] = [
        {"value": one["name"], "label": one["name"], "checked": one["name"] in chosen} for one in owned
    ]
    return await page("own_people/new.html", form.status if form.errors else 200, form=form, modules=modules)
