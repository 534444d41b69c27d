"""„Gemeinsam bearbeiten“: one deed for many tickets, asked first, told ticket by ticket afterwards."""

from typing import Any

from quart import Blueprint, Response, request
from wtforms import RadioField, SelectField, SelectMultipleField

from app.domain import assignment, bulk, flow
from app.domain.bulk import Deed
from app.domain.flow import MOVES
from app.domain.refusals import Refused
from app.domain.text_blocks import places
from app.domain.ticket_filter import bounded_id
from app.language import translate
from app.web.forms import Form, read_form, text
from app.web.guard import me, staff_only, takes_a_message
from app.web.respond import page

blueprint = Blueprint("bulk", __name__)

PLACE = "/tickets/bulk"


class BulkForm(Form):
    """What is to be done; `seen` names each ticket with the version that the person saw, as `1042-7`."""

    deed = RadioField("Was soll geschehen?", validate_choice=False)
    responsible = SelectField("Zuständig", validate_choice=False)
    body = text("Nachricht")
    seen = SelectMultipleField("Tickets", validate_choice=False)


@blueprint.get(PLACE)
@staff_only
async def ask() -> Response:
    """Name the chosen tickets and ask what is to be done with them."""
    return await _page(BulkForm(), _numbers(request.args.getlist("number")))


@blueprint.post(PLACE)
@staff_only
@takes_a_message
async def carry_out() -> Response:
    """Do it, and say for each ticket what became of it."""
    form = await read_form(BulkForm)
    seen = _seen(form.seen.data or [])
    if form.validate():
        deed = Deed(
            form.deed.data or "", form.body.data or "", bounded_id(form.responsible.data or "") or 0,
            form.form_key.data or "",
        )  # fmt: skip
        try:
            outcomes = await bulk.carry_out(me(), deed, seen)
            refused = [one.number for one in outcomes if one.refusal]
            return await page("bulk/done.html", deed=_label(deed.name), outcomes=outcomes, refused=refused)
        except Refused as refused_all:
            form.refuse(refused_all)
    return await _page(form, [number for number, _version in seen])


def _numbers(given: list[str]) -> list[int]:
    """The numbers of an address, each once, at most one too many."""
    return sorted({number for value in given if (number := bounded_id(value))})[: bulk.MOST + 1]


def _seen(given: list[str]) -> list[tuple[int, int]]:
    """Number and version of each ticket, each ticket once."""
    found = {}
    for value in given[: bulk.MOST + 1]:
        first, _, second = value.partition("-")
        number, version = bounded_id(first), bounded_id(second)
        if number and version:
            found[number] = version
    return sorted(found.items())


def _label(deed: str) -> str:
    return translate("Zuweisen") if deed == bulk.ASSIGN else translate(MOVES[deed].label)


async def _page(form: BulkForm, numbers: list[int]) -> Response:
    found = await bulk.chosen(me(), numbers)
    versions = dict(_seen(form.seen.data or []))  # what the person saw when they first asked
    rows = [_row(row, versions.get(row["number"]) or row["version"]) for row in found[: bulk.MOST]]
    staff = [row | {"checked": str(row["id"]) == form.responsible.data} for row in await assignment.assignees()]
    deeds = [{"value": deed, "label": _label(deed), "checked": deed == form.deed.data} for deed in bulk.DEEDS]
    wrong = bool(form.errors or form.form_errors)
    return await page(
        "bulk/index.html", form.status if wrong else 200, form=form, rows=rows, staff=staff, deeds=deeds,
        places=places(), most=bulk.MOST, too_many=len(found) > bulk.MOST,
    )  # fmt: skip


def _row(row: dict[str, Any], version: int) -> dict[str, Any]:
    deleted = bool(row["deleted_at"])
    return row | {
        "url": f"/tickets/{row['number']}", "seen": f"{row['number']}-{version}",
        "status_label": flow.status_label(row["status"], deleted),
        "status_token": flow.status_token(row["status"], deleted),
    }  # fmt: skip
