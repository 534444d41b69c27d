"""„Zuweisung“: the rules by which new tickets get somebody responsible."""

from typing import Any

from quart import Blueprint, Response
from wtforms import HiddenField, SelectMultipleField, StringField

from app.database import Row
from app.domain import assignment, assignment_rules, directory, flow
from app.domain.assignment_rules import NewRule
from app.domain.models import Category
from app.domain.refusals import Conflict, Refused
from app.domain.ticket_filter import bounded_id
from app.language import translate
from app.web.forms import Form, read_form
from app.web.guard import me, staff_only
from app.web.respond import page, see_other

blueprint = Blueprint("assignment", __name__)

PLACE = "/staff/assignment"


class PeopleForm(Form):
    """Who gets the tickets of a rule, and which state of it the form was built from."""

    people = SelectMultipleField("Mitarbeiter", validate_choice=False)
    version = HiddenField()

    def chosen(self) -> frozenset[int]:
        """The chosen people; unknown ones are 0."""
        return frozenset(bounded_id(one) or 0 for one in self.people.data or [])


class NewRuleForm(PeopleForm):
    """For which tickets, nothing for all, and who gets them."""

    organisation = StringField("Organisation")
    module = StringField("Modul")
    category = StringField("Kategorie")

    def rule(self) -> NewRule:
        """What was chosen; raises Refused(category=…) for one that is none."""
        category = self.category.data or ""
        if category and category not in list(Category):
            raise Refused(category=translate("Bitte wählen Sie aus der Liste."))
        named = {name: (bounded_id(self[name].data) or 0) if self[name].data else None for name in self._named}
        return NewRule(named["organisation"], named["module"], Category(category) if category else None, self.chosen())

    _named = ("organisation", "module")


@blueprint.get(PLACE)
@staff_only
async def index() -> Response:
    """The rules in the order in which they are looked through, and the form for one more."""
    return await _page(NewRuleForm())


@blueprint.post(PLACE)
@staff_only
async def create() -> Response:
    """Add a rule."""
    form = await read_form(NewRuleForm)
    if form.validate():
        try:
            await assignment_rules.create(me(), form.rule(), form.form_key.data or "")
            return see_other(PLACE, notice="saved")
        except Refused as refused:
            form.refuse(refused)
    return await _page(form, form.status)


@blueprint.get(f"{PLACE}/<int:id>")
@staff_only
async def show(id: int) -> Response:
    """One rule: who gets its tickets."""
    found = await assignment_rules.find(me(), id)
    return await _rule_page(found, PeopleForm(people=[str(one["id"]) for one in found["people"]]))


@blueprint.post(f"{PLACE}/<int:id>")
@staff_only
async def save(id: int) -> Response:
    """Set who gets its tickets."""
    found = await assignment_rules.find(me(), id)
    form = await read_form(PeopleForm)
    if form.validate():
        try:
            await assignment_rules.change(me(), id, bounded_id(form.version.data or "") or 0, form.chosen())
            return see_other(PLACE, notice="saved")
        except Refused as refused:
            form.refuse(refused)
        except Conflict:
            fresh = await assignment_rules.find(me(), id)
            return await _rule_page(fresh, PeopleForm(people=[str(one["id"]) for one in fresh["people"]]), 409)
    return await _rule_page(found, form, form.status)


@blueprint.get(f"{PLACE}/<int:id>/removal")
@staff_only
async def ask_removal(id: int) -> Response:
    """Ask before a rule is taken away."""
    return await page("assignment/confirm.html", rule=_shown(await assignment_rules.find(me(), id)), form=None)


@blueprint.post(f"{PLACE}/<int:id>/removal")
@staff_only
async def remove(id: int) -> Response:
    """Take a rule away."""
    found = await assignment_rules.find(me(), id)
    form = await read_form(PeopleForm)
    if form.validate():
        try:
            await assignment_rules.remove(me(), id, bounded_id(form.version.data or "") or 0)
            return see_other(PLACE, notice="removed")
        except Conflict:
            found = await assignment_rules.find(me(), id)
            return await page("assignment/confirm.html", 409, rule=_shown(found), form=None)
    return await page("assignment/confirm.html", form.status, rule=_shown(found), form=form)


async def _page(form: NewRuleForm, status: int = 200) -> Response:
    otherwise = (await directory.vendors(me()))[0]["responsible"]
    return await page(
        "assignment/index.html", status, form=form, otherwise=otherwise,
        rules=[_shown(row) for row in await assignment_rules.listed(me())],
        organisations=_options(await directory.organisations(me()), form.organisation.data),
        modules=_options(await directory.product_modules(me()), form.module.data),
        categories=[
            {"value": one.value, "label": flow.category_label(one), "checked": one.value == form.category.data}
            for one in Category
        ],
        people=await _people(form),
    )  # fmt: skip


async def _rule_page(found: Row, form: PeopleForm, status: int = 200) -> Response:
    gone = [one for one in found["people"] if not one["active"]]
    return await page(
        "assignment/show.html", status, rule=_shown(found), form=form, people=await _people(form, gone),
        conflict=status == 409,
    )  # fmt: skip


async def _people(form: PeopleForm, gone: list[Row] | None = None) -> list[dict[str, Any]]:
    chosen = set(form.people.data or [])
    left = [one | {"name": translate("%(name)s (deaktiviert)", name=one["name"])} for one in gone or []]
    return [
        {"value": str(one["id"]), "label": one["name"], "checked": str(one["id"]) in chosen}
        for one in [*await assignment.assignees(), *left]
    ]


def _options(found: list[Row], chosen: str | None) -> list[Row]:
    return [one | {"checked": str(one["id"]) == chosen} for one in found]


def _shown(row: Row) -> dict[str, Any]:
    """A rule in words: for which tickets."""
    named = (row["organisation"], row["module"], flow.category_label(row["category"]) if row["category"] else None)
    return row | {"scope": ", ".join(one for one in named if one) or translate("Alle Tickets")}
