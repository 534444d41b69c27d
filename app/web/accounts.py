"""One account, for staff: what is known of it, what may be changed, and how it is closed and opened again."""

from typing import Any

from quart import Blueprint, Response
from wtforms import StringField

from app.database import Row
from app.domain import assignment, directory, people, second_factor, succession
from app.domain.models import Person, Role
from app.domain.policy import may_manage
from app.domain.refusals import Conflict, NotAllowed, Refused
from app.domain.ticket_filter import bounded_id
from app.language import translate
from app.web import people_view
from app.web.forms import Form, read_form
from app.web.guard import admin_only, me, staff_only
from app.web.people_view import AccountForm
from app.web.respond import page, see_other

blueprint = Blueprint("accounts", __name__)

PLACE = "/staff/people"


class LeavingForm(Form):
    """Who takes over what somebody of the vendor cared for."""

    successor = StringField("Übernimmt")


@blueprint.get(f"{PLACE}/<int:id>")
@staff_only
async def show(id: int) -> Response:
    """One account: facts, what may be changed, and what else can be done about it."""
    return await _page(await directory.account(me(), id))


@blueprint.post(f"{PLACE}/<int:id>")
@staff_only
async def save(id: int) -> Response:
    """Change an account."""
    await _managed(id)
    form = await read_form(AccountForm)
    if form.validate():
        try:
            await people.change(me(), id, form.stamp.data or "", form.identity(), form.role_and_rights())
            return see_other(f"{PLACE}/{id}", notice="saved")
        except Refused as refused:
            form.refuse(refused)
        except Conflict:
            return await _page(await directory.account(me(), id), status=409)
    return await _page(await directory.account(me(), id), form, form.status)


@blueprint.post(f"{PLACE}/<int:id>/invitation")
@staff_only
async def invite(id: int) -> Response:
    """Send the invitation once more."""
    await _managed(id)
    form = await read_form(Form)
    if not form.validate():
        return await _page(await directory.account(me(), id), status=form.status)
    await people.invite(id, me())
    return see_other(f"{PLACE}/{id}", notice="invited")


@blueprint.get(f"{PLACE}/<int:id>/deactivation")
@staff_only
async def ask_deactivation(id: int) -> Response:
    """Ask before an account is closed, and say what hangs on it."""
    return await _leaving(await _managed(id), LeavingForm())


@blueprint.post(f"{PLACE}/<int:id>/deactivation")
@staff_only
async def deactivate(id: int) -> Response:
    """Close an account."""
    account = await _managed(id)
    form = await read_form(LeavingForm)
    if form.validate():
        try:
            successor = form.successor.data
            await people.deactivate(me(), id, (bounded_id(successor) or 0) if successor else None)
            return see_other(f"{PLACE}/{id}", notice="person_deactivated" if account["active"] else "saved")
        except Refused as refused:
            form.refuse(refused)
    return await _leaving(account, form, form.status)


@blueprint.get(f"{PLACE}/<int:id>/activation")
@staff_only
async def ask_activation(id: int) -> Response:
    """Ask before an account is opened again."""
    account = await _managed(id)
    return await page(
        "accounts/confirm.html", account=account, action=f"{PLACE}/{id}/activation",
        question=translate("%(name)s wieder aktivieren?", name=people_view.name(account)),
        text=translate("Die Person kann sich danach wieder mit ihrem Passwort anmelden.") if account["has_password"]
        else translate("Die Person hat noch kein Passwort und bekommt eine neue Einladung."),
        button=translate("Wieder aktivieren"),
    )  # fmt: skip


@blueprint.post(f"{PLACE}/<int:id>/activation")
@staff_only
async def activate(id: int) -> Response:
    """Open an account again."""
    await _managed(id)
    form = await read_form(Form)
    if not form.validate():
        return await _page(await directory.account(me(), id), status=form.status)
    await people.activate(me(), id)
    return see_other(f"{PLACE}/{id}", notice="person_activated")


@blueprint.get(f"{PLACE}/<int:id>/second-factor")
@admin_only
async def ask_reset(id: int) -> Response:
    """Ask before a second factor is taken away."""
    account = await _managed(id)
    return await page(
        "accounts/confirm.html", account=account, action=f"{PLACE}/{id}/second-factor",
        question=translate("Zweiten Faktor von %(name)s zurücksetzen?", name=people_view.name(account)),
        text=translate("Danach ist die Person überall abgemeldet und meldet sich allein mit dem Passwort an, bis sie "
                       "einen neuen zweiten Faktor einrichtet. Sie erfährt davon per E-Mail."),
        button=translate("Zurücksetzen"),
    )  # fmt: skip


@blueprint.post(f"{PLACE}/<int:id>/second-factor")
@admin_only
async def reset_second_factor(id: int) -> Response:
    """Take away a second factor that somebody lost."""
    await _managed(id)
    form = await read_form(Form)
    if not form.validate():
        return await _page(await directory.account(me(), id), status=form.status)
    await second_factor.reset(me(), await Person.get(id=id))
    return see_other(f"{PLACE}/{id}", notice="second_factor_reset")


async def _managed(id: int) -> Row:
    """The account; raises NotVisible, and NotAllowed where it is not the person's to manage."""
    account = await directory.account(me(), id)
    if not may_manage(me(), account):
        raise NotAllowed
    return account


async def _page(account: Row, form: AccountForm | None = None, status: int = 200) -> Response:
    shown = form or AccountForm(**people_view.filled(account))
    owned = await directory.organisation_modules(account["organisation_id"])
    is_vendor = bool(account["is_vendor"])
    return await page(
        "accounts/show.html",
        status,
        account=account,
        name=people_view.name(account),
        state=people_view.state(account),
        role=directory.role_label(account["role"]),
        rights_said=directory.rights(account),
        manages=may_manage(me(), account),
        resets=me().role == Role.ADMIN and may_manage(me(), account) and account["has_second_factor"],
        conflict=status == 409,
        rules=await _rules(account) if is_vendor else [],
        open_tickets=await succession.open_tickets(me(), account["id"]) if is_vendor else {},
        roles=shown.roles(is_vendor),
        **shown.offers(owned),
    )


async def _leaving(account: Row, form: LeavingForm, status: int = 200) -> Response:
    rules = await _rules(account) if account["is_vendor"] else []
    heirs = [one for one in await assignment.assignees() if one["id"] != account["id"]] if account["is_vendor"] else []
    chosen = {bounded_id(form.successor.data or "")}
    return await page(
        "accounts/leaving.html", status, account=account, name=people_view.name(account), form=form, rules=rules,
        open_tickets=await succession.open_tickets(me(), account["id"]), heirs=people_view.options(heirs, chosen),
    )  # fmt: skip


async def _rules(account: Row) -> list[dict[str, Any]]:
    """What somebody is responsible for by rule, in words, each with the page where it is set."""
    found = await succession.responsibilities(me(), account["id"])
    return [{"label": _rule(row), "href": _where(row)} for row in found]


def _rule(row: Row) -> str:
    if row["rule"]:
        scope = assignment.scope(row["organisation"], row["module"], row["category"])
        return translate("Regel für %(scope)s", scope=scope)
    if row["organisation_id"] is None:
        return translate("Modul „%(module)s“, wenn nichts anderes gilt", module=row["module"])
    if row["is_vendor"]:
        return translate("alles, wofür niemand sonst zuständig ist")
    if row["module_id"] is None:
        return str(row["organisation"])
    return translate("„%(module)s“ bei %(organisation)s", module=row["module"], organisation=row["organisation"])


def _where(row: Row) -> str:
    if row["rule"]:
        return "/staff/assignment"
    if row["organisation_id"] is None or row["is_vendor"]:
        return "/staff/modules"
    return f"/staff/organisations/{row['organisation_id']}"
