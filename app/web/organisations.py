"""The vendor's customers: which there are, and for each its modules, who looks after them, its people and X3 keys."""

from collections.abc import Collection
from typing import Any

from quart import Blueprint, Response
from wtforms import BooleanField, HiddenField, SelectMultipleField, StringField

from app.database import Row
from app.domain import assignment, directory, organisations, x3
from app.domain.models import Role
from app.domain.organisations import WorkingHours
from app.domain.refusals import Conflict, Refused
from app.domain.report_filter import ReportFilter
from app.domain.ticket_filter import bounded_id
from app.domain.workdays import STATES, as_minutes, as_time
from app.language import translate
from app.web import people_view
from app.web.forms import Form, read_form
from app.web.guard import me, staff_only
from app.web.people_view import ResponsibleForm, responsible_options
from app.web.respond import page, see_other

blueprint = Blueprint("organisations", __name__)

PLACE = "/staff/organisations"
MOST_PEOPLE = 50


class OrganisationForm(ResponsibleForm):
    """What a customer is called and who of the vendor looks after it."""

    name = StringField("Name")
    modules = SelectMultipleField("Module", validate_choice=False)
    state = StringField("Bundesland")
    work_starts = StringField("Arbeitszeit von")
    work_ends = StringField("Arbeitszeit bis")
    stamp = HiddenField()

    @property
    def hours(self) -> WorkingHours:
        """When the customer works."""
        starts, ends = as_minutes(self.work_starts.data or ""), as_minutes(self.work_ends.data or "")
        return WorkingHours(self.state.data or "", starts, ends)


class RulesForm(Form):
    """Which modules a customer has; `rules` says `module:person` for each whose responsible person is chosen."""

    modules = SelectMultipleField("Module", validate_choice=False)
    responsible = SelectMultipleField("Zuständig", validate_choice=False)
    stamp = HiddenField()
    confirmed = BooleanField()

    def rules(self) -> dict[int, int | None]:
        """The chosen modules, each with who is responsible or None for the usual rule; unknown ids become 0."""
        pairs = [one.partition(":") for one in self.responsible.data or []]
        people = {bounded_id(module): (bounded_id(person) or 0) if person else None for module, _, person in pairs}
        return {id: people.get(id) for id in (bounded_id(one) or 0 for one in self.modules.data or [])}


@blueprint.get(PLACE)
@staff_only
async def index() -> Response:
    """The customers: how many people, which modules, who looks after them, what is open."""
    modules = await directory.modules_of_organisations(me())
    found = [
        row | {"modules": modules.get(row["id"], []), "url": ReportFilter(organisation=row["id"]).open_url(me())}
        for row in await directory.organisations(me())
    ]
    return await page("organisations/index.html", organisations=found)


@blueprint.get(f"{PLACE}/new")
@staff_only
async def new() -> Response:
    """The form for a new customer."""
    return await _new_page(OrganisationForm())


@blueprint.post(PLACE)
@staff_only
async def create() -> Response:
    """Add a customer."""
    form = await read_form(OrganisationForm)
    if form.validate():
        try:
            chosen = {bounded_id(one) or 0 for one in form.modules.data or []}
            id = await organisations.create(
                me(), form.name.data or "", form.responsible_id, chosen, form.form_key.data or ""
            )
            return see_other(f"{PLACE}/{id}", notice="organisation_created")
        except Refused as refused:
            form.refuse(refused)
    return await _new_page(form)


@blueprint.get(f"{PLACE}/<int:id>")
@staff_only
async def show(id: int) -> Response:
    """One customer."""
    return await _page(await directory.organisation(me(), id))


@blueprint.post(f"{PLACE}/<int:id>")
@staff_only
async def save(id: int) -> Response:
    """Rename a customer, and say who is responsible."""
    found = await directory.organisation(me(), id)
    form = await read_form(OrganisationForm)
    if form.validate():
        try:
            await organisations.change(
                me(), id, form.stamp.data or "", form.name.data or "", form.responsible_id, form.hours
            )
            return see_other(f"{PLACE}/{id}", notice="saved")
        except Refused as refused:
            form.refuse(refused)
        except Conflict:
            return await _page(await directory.organisation(me(), id), status=409)
    return await _page(found, facts=form, status=form.status)


@blueprint.post(f"{PLACE}/<int:id>/modules")
@staff_only
async def save_modules(id: int) -> Response:
    """Set which modules a customer has; before one is taken from people, ask."""
    found = await directory.organisation(me(), id)
    form = await read_form(RulesForm)
    if form.validate():
        rules = form.rules()
        lost = [one for one in found["modules"] if one["has"] and one["id"] not in rules and one["people"]]
        if lost and not form.confirmed.data and not any(one["open_tickets"] for one in lost):
            return await _ask_first(found, form, lost)
        try:
            await organisations.change_modules(me(), id, form.stamp.data or "", rules)
            return see_other(f"{PLACE}/{id}#organisations-modules", notice="saved")
        except Refused as refused:
            form.refuse(refused)
        except Conflict:
            return await _page(await directory.organisation(me(), id), status=409)
    return await _page(found, modules=form, status=form.status)


async def _ask_first(found: Row, form: RulesForm, lost: Collection[Row]) -> Response:
    named = ", ".join(f"„{one['name']}“" for one in lost)
    return await page(
        "organisations/confirm.html", organisation=found, form=form,
        question=translate("%(names)s bei %(organisation)s wegnehmen?", names=named, organisation=found["name"]),
        lost=[{"name": one["name"], "people": people_view.total(one["people"])} for one in lost],
    )  # fmt: skip


async def _page(
    found: Row, *, facts: Form | None = None, modules: RulesForm | None = None, status: int = 200
) -> Response:
    staff = await assignment.assignees()
    people = await directory.people(me(), organisation=found["id"])
    form = facts or _facts(found)
    return await page(
        "organisations/show.html",
        status,
        organisation=found,
        form=facts or modules,
        facts=form,
        responsible=responsible_options(staff, found, form["responsible"].data),
        states=[
            {"value": value, "label": translate(label), "checked": value == form["state"].data}
            for value, label in STATES.items()
        ],
        rules=modules or RulesForm(),
        owned=[_rule(one, staff, modules) for one in found["modules"] if one["has"]],
        others=[_choice(one, modules) for one in found["modules"] if not one["has"]],
        people=await people_view.entries(people[:MOST_PEOPLE], "/staff/people"),
        people_text=people_view.total(len(people)),
        more_people=len(people) > MOST_PEOPLE,
        keys=await x3.keys_of(found["id"]) if me().role == Role.ADMIN else None,
        tickets_url=ReportFilter(organisation=found["id"]).open_url(me()),
        conflict=status == 409,
    )


def _facts(found: Row) -> OrganisationForm:
    return OrganisationForm(
        name=found["name"], responsible=str(found["responsible_id"] or ""), state=found["state"],
        work_starts=as_time(found["work_starts"]), work_ends=as_time(found["work_ends"]),
    )  # fmt: skip


def _choice(module: Row, sent: RulesForm | None) -> dict[str, Any]:
    checked = module["id"] in sent.rules() if sent else bool(module["has"])
    return {"value": str(module["id"]), "label": module["name"], "checked": checked}


def _rule(module: Row, staff: list[Row], sent: RulesForm | None) -> dict[str, Any]:
    """A module that the customer has, with who could be responsible: nobody stands for the usual rule."""
    chosen = sent.rules().get(module["id"]) if sent else module["responsible_id"]
    people = responsible_options(staff, module, str(chosen or ""))
    offered = [one | {"value": f"{module['id']}:{one['value']}"} for one in people]
    usual = translate("wie sonst (%(name)s)", name=module["usual"] or translate("niemand"))
    nobody = {"value": f"{module['id']}:", "label": usual, "checked": not chosen}
    return module | _choice(module, sent) | {"people_offered": [nobody, *offered]}


async def _new_page(form: OrganisationForm) -> Response:
    chosen = set(form.modules.data or [])
    modules = [
        {"value": str(one["id"]), "label": one["name"], "checked": str(one["id"]) in chosen}
        for one in await directory.product_modules(me())
    ]
    staff = responsible_options(await assignment.assignees(), None, form.responsible.data)
    return await page(
        "organisations/new.html", form.status if form.errors else 200, form=form, modules=modules, responsible=staff
    )
