"""„Freigaben“: who asks for an account, and what the vendor decides."""

from typing import Any

from quart import Blueprint, Response, request
from wtforms import StringField, TextAreaField

from app.database import Row
from app.domain import access, moderation
from app.domain.models import RequestState, Role
from app.domain.refusals import Conflict, Refused
from app.domain.ticket_filter import bounded_id
from app.web import people_view
from app.web.forms import Form, read_form
from app.web.guard import me, staff_only
from app.web.people_view import RoleForm
from app.web.respond import page, see_other

blueprint = Blueprint("access_requests", __name__)

PLACE = "/staff/access-requests"


class ApprovalForm(RoleForm):
    """As what somebody gets an account, and under which user name."""

    user_name = StringField("Benutzername")


class RefusalForm(Form):
    """Why somebody gets none."""

    reason = TextAreaField("Begründung")


@blueprint.get(PLACE)
@staff_only
async def index() -> Response:
    """The requests that wait, the oldest first, and below them what was decided last."""
    return await _page()


@blueprint.post(f"{PLACE}/<int:id>/approval")
@staff_only
async def approve(id: int) -> Response:
    """Make the account and send the invitation."""
    await moderation.request(me(), id)
    form = await read_form(ApprovalForm)
    if form.validate():
        try:
            await access.approve(me(), id, form.role_and_rights(), form.user_name.data or "")
            return see_other(PLACE, notice="approved")
        except Refused as refused:
            form.refuse(refused)
        except Conflict:
            return await _page(id, status=409)
    return await _page(id, form, status=form.status)


@blueprint.post(f"{PLACE}/<int:id>/refusal")
@staff_only
async def decline(id: int) -> Response:
    """Decline, and have the reason mailed."""
    await moderation.request(me(), id)
    form = await read_form(RefusalForm)
    if form.validate():
        try:
            await access.decline(me(), id, form.reason.data or "")
            return see_other(PLACE, notice="declined")
        except Refused as refused:
            form.refuse(refused)
        except Conflict:
            return await _page(id, status=409)
    return await _page(id, form, status=form.status)


async def _page(id: int | None = None, form: Form | None = None, status: int = 200) -> Response:
    """All requests; with `id` the one that something was sent about, on top, as it is now."""
    number = min(bounded_id(request.args.get("page", "")) or 1, 1000)
    found = await moderation.pending(me(), number)
    shown = found[: moderation.PAGE]
    about = await moderation.request(me(), id) if id else None
    if about and about["state"] == RequestState.PENDING:
        shown = [about, *(row for row in shown if row["id"] != id)]
    return await page(
        "access_requests/index.html",
        status,
        form=form,
        requests=[_shown(row, form if row["id"] == id else None) for row in shown],
        decided=[_named(row) for row in await moderation.decided(me())],
        conflict=_named(about) if about and status == 409 else None,
        previous_url=_url(number - 1) if number > 1 else None,
        next_url=_url(number + 1) if found[moderation.PAGE :] else None,
    )


def _shown(row: Row, sent: Form | None) -> dict[str, Any]:
    """A request with its two forms; what was sent about it stands in them as it was typed."""
    asked = {
        "role": Role.USER, "user_name": row["user_name"],
        "modules": [str(one["id"]) for one in row["offered"] if one["name"] in row["modules"]],
    }  # fmt: skip
    approval = sent if isinstance(sent, ApprovalForm) else ApprovalForm(**asked)
    refusal = sent if isinstance(sent, RefusalForm) else RefusalForm()
    for field in (*approval, *refusal):
        field.id = f"{field.name}-{row['id']}"  # the page has as many such forms as requests
    known = {one["name"] for one in row["offered"]}
    return _named(row) | {
        "approval": approval.offers(row["offered"]) | {"roles": approval.roles(False)},
        "refusal": refusal,
        "gone": [module for module in row["modules"] if module not in known],
        "similar": [one | {"name": people_view.name(one)} for one in row["similar"]],
    }


def _named(row: Row) -> dict[str, Any]:
    return row | {"name": people_view.name(row)}


def _url(number: int) -> str:
    return f"{PLACE}?page={number}" if number > 1 else PLACE
