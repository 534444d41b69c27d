"""The keys with which a customer's X3 speaks to the portal: made, replaced and revoked by admins."""

from quart import Blueprint, Response
from wtforms import StringField

from app.database import Row
from app.domain import directory, x3
from app.domain.models import X3Key
from app.domain.refusals import Conflict, NotVisible, Refused
from app.web.forms import Form, read_form
from app.web.guard import admin_only, me
from app.web.respond import page, see_other

blueprint = Blueprint("x3_keys", __name__)

PLACE = "/staff/organisations/<int:organisation>/x3-keys"


class KeyForm(Form):
    """What a key is for."""

    name = StringField("Wofür ist der Schlüssel?")


@blueprint.get(PLACE)
@admin_only
async def new(organisation: int) -> Response:
    """The form for a new key."""
    return await page("x3_keys/new.html", organisation=await directory.organisation(me(), organisation), form=KeyForm())


@blueprint.post(PLACE)
@admin_only
async def create(organisation: int) -> Response:
    """Make a key and show its secret, this once."""
    found = await directory.organisation(me(), organisation)
    form = await read_form(KeyForm)
    if form.validate():
        try:
            made = await x3.issue_key(me(), organisation, form.name.data or "", form.form_key.data or "")
            return await _shown_once(found, *made)
        except Refused as refused:
            form.refuse(refused)
        except Conflict:
            return _made_already(organisation)
    return await page("x3_keys/new.html", form.status, organisation=found, form=form)


@blueprint.get(f"{PLACE}/<int:id>/successor")
@admin_only
async def ask_successor(organisation: int, id: int) -> Response:
    """Say what replacing a key means."""
    found, key = await _key(organisation, id)
    return await page("x3_keys/confirm.html", organisation=found, key=key, deed="successor", form=None)


@blueprint.post(f"{PLACE}/<int:id>/successor")
@admin_only
async def replace(organisation: int, id: int) -> Response:
    """Make a successor of a key, which goes on until it is revoked, and show its secret, this once."""
    found, key = await _key(organisation, id)
    form = await read_form(Form)
    if not form.validate():
        return await page("x3_keys/confirm.html", form.status, organisation=found, key=key, deed="successor", form=form)
    try:
        return await _shown_once(found, *await x3.rotate_key(me(), id, revoke=False, form_key=form.form_key.data or ""))
    except Conflict:
        return _made_already(organisation)


@blueprint.get(f"{PLACE}/<int:id>/revocation")
@admin_only
async def ask_revocation(organisation: int, id: int) -> Response:
    """Ask before a key is made worthless."""
    found, key = await _key(organisation, id)
    return await page("x3_keys/confirm.html", organisation=found, key=key, deed="revocation", form=None)


@blueprint.post(f"{PLACE}/<int:id>/revocation")
@admin_only
async def revoke(organisation: int, id: int) -> Response:
    """Make a key worthless."""
    found, key = await _key(organisation, id)
    form = await read_form(Form)
    if not form.validate():
        return await page(
            "x3_keys/confirm.html", form.status, organisation=found, key=key, deed="revocation", form=form
        )
    await x3.revoke_key(me(), id)
    return see_other(f"/staff/organisations/{organisation}#organisations-keys", notice="x3_key_revoked")


async def _key(organisation: int, id: int) -> tuple[Row, Row]:
    """A key that is not revoked, reached through its organisation; raises NotVisible."""
    found = await directory.organisation(me(), organisation)
    for key in await x3.keys_of(organisation):
        if key["id"] == id and not key["revoked_at"]:
            return found, key
    raise NotVisible


def _made_already(organisation: int) -> Response:
    """The same form came twice: the key is there, its secret went out with the first answer."""
    return see_other(f"/staff/organisations/{organisation}#organisations-keys", notice="x3_key_made")


async def _shown_once(organisation: Row, key: X3Key, secret: str) -> Response:
    return await page("x3_keys/created.html", organisation=organisation, key=key, secret=secret)
