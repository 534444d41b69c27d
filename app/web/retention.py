"""„Aufbewahrung“: how long each customer's tickets are kept, what would go now, and what went."""

from typing import Any

from quart import Blueprint, Response
from wtforms import BooleanField, HiddenField

from app.database import Row
from app.domain import directory, journal, retention
from app.domain.refusals import Conflict, Refused
from app.domain.retention import Rules
from app.language import translate
from app.web.forms import Form, line, read_form
from app.web.guard import admin_only, me
from app.web.respond import page, see_other

blueprint = Blueprint("retention", __name__)

PLACE = "/staff/organisations"
MOST_NAMED = 20
NO_NUMBER = -1


class RetentionForm(Form):
    """After how many months closed tickets are deleted, and deleted ones removed; empty for never."""

    closed = line("Geschlossene Tickets löschen nach … Monaten", 6)
    deleted = line("Gelöschte Tickets endgültig entfernen nach … Monaten", 6)
    stamp = HiddenField()
    confirmed = BooleanField()

    def rules(self) -> Rules:
        """What was typed; what is no number is one that is refused."""
        return Rules(_months(self.closed.data or ""), _months(self.deleted.data or ""))


def _months(typed: str) -> int | None:
    if not typed:
        return None
    return int(typed) if typed.isascii() and typed.isdigit() else NO_NUMBER


@blueprint.get("/staff/retention")
@admin_only
async def index() -> Response:
    """Every customer with its rules and what they would take now, and what went last."""
    organisations = [row | {"due": await _due(row["id"], _rules(row))} for row in await retention.rules_of(me())]
    went = [
        {"at": row["created_at"], "sentence": journal.audit_sentence(row["kind"], row["subject"])}
        for row in await retention.went(me())
    ]
    return await page("retention/index.html", organisations=organisations, went=went)


@blueprint.get(f"{PLACE}/<int:id>/retention")
@admin_only
async def show(id: int) -> Response:
    """How long one customer's tickets are kept."""
    found = await _organisation(id)
    return await _page(
        found, RetentionForm(closed=_typed(found["closed_months"]), deleted=_typed(found["deleted_months"]))
    )


@blueprint.post(f"{PLACE}/<int:id>/retention")
@admin_only
async def save(id: int) -> Response:
    """Set it; before anything can go, ask."""
    found = await _organisation(id)
    form = await read_form(RetentionForm)
    if not form.validate():
        return await _page(found, form, form.status)
    rules = form.rules()
    try:
        retention.check(rules)
        if rules not in (Rules(), _rules(found)) and not form.confirmed.data:
            return await page(
                "retention/confirm.html", organisation=found, form=form, rules=rules, due=await _due(id, rules)
            )
        await retention.change(me(), id, form.stamp.data or "", rules)
    except Refused as refused:
        form.refuse(refused)
        return await _page(found, form, form.status)
    except Conflict:
        return await _page(found, form, 409)
    return see_other(f"{PLACE}/{id}/retention", notice="saved")


async def _organisation(id: int) -> Row:
    """The customer with its rules; raises NotVisible."""
    found = await directory.organisation(me(), id)
    return next(row for row in await retention.rules_of(me()) if row["id"] == found["id"])


async def _page(found: Row, form: RetentionForm, status: int = 200) -> Response:
    return await page(
        "retention/show.html", status, organisation=found, form=form, due=await _due(found["id"], _rules(found)),
        conflict=status == 409,
    )  # fmt: skip


async def _due(id: int, rules: Rules) -> dict[str, dict[str, Any]]:
    """What would go now: how many, and the first numbers."""
    found = await retention.due(me(), id, rules)
    return {
        name: {"number": len(numbers), "text": _total(len(numbers)), "first": numbers[:MOST_NAMED]}
        for name, numbers in found.items()
    }


def _total(number: int) -> str:
    return translate("1 Ticket") if number == 1 else translate("%(n)s Tickets", n=number)


def _rules(row: Row) -> Rules:
    return Rules(row["closed_months"], row["deleted_months"])


def _typed(months: int | None) -> str:
    return str(months) if months else ""
