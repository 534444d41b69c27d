"""„Module“: the parts of the vendor's product, their order, and who is responsible where no other rule is."""

from quart import Blueprint, Response
from wtforms import StringField

from app.database import Row
from app.domain import assignment, directory, organisations
from app.domain.refusals import NotVisible, Refused
from app.domain.ticket_filter import bounded_id
from app.web.forms import read_form
from app.web.guard import me, staff_only
from app.web.people_view import ResponsibleForm, responsible_options
from app.web.respond import page, see_other

blueprint = Blueprint("product_modules", __name__)

PLACE = "/staff/modules"


class ModuleForm(ResponsibleForm):
    """A module: its name, who is responsible, and its place in the order."""

    name = StringField("Name")
    place = StringField("Platz in der Reihenfolge")


@blueprint.get(PLACE)
@staff_only
async def index() -> Response:
    """All modules."""
    return await _page()


@blueprint.post(PLACE)
@staff_only
async def create() -> Response:
    """Add a module."""
    form = await read_form(ModuleForm)
    if form.validate():
        try:
            await organisations.create_module(me(), form.name.data or "", form.responsible_id, form.form_key.data or "")
            return see_other(PLACE, notice="module_created")
        except Refused as refused:
            form.refuse(refused)
    return await _page(new=form)


@blueprint.post(f"{PLACE}/default")
@staff_only
async def save_default() -> Response:
    """Set who is responsible where no rule names anybody."""
    form = await read_form(ResponsibleForm)
    if form.validate():
        try:
            await organisations.change_default(me(), form.responsible_id)
            return see_other(PLACE, notice="saved")
        except Refused as refused:
            form.refuse(refused)
    return await _page(default=form)


@blueprint.get(f"{PLACE}/<int:id>")
@staff_only
async def show(id: int) -> Response:
    """One module."""
    module, number = await _find(id)
    return await _module_page(module, ModuleForm(name=module["name"], responsible=_text(module), place=str(number)))


@blueprint.post(f"{PLACE}/<int:id>")
@staff_only
async def save(id: int) -> Response:
    """Change a module."""
    module, number = await _find(id)
    form = await read_form(ModuleForm)
    if form.validate():
        try:
            place = bounded_id(form.place.data or "") or number
            await organisations.change_module(me(), id, form.name.data or "", form.responsible_id, place)
            return see_other(PLACE, notice="saved")
        except Refused as refused:
            form.refuse(refused)
    return await _module_page(module, form)


async def _find(id: int) -> tuple[Row, int]:
    """A module, and its place in the order."""
    for number, module in enumerate(await directory.product_modules(me()), 1):
        if module["id"] == id:
            return module, number
    raise NotVisible


async def _page(new: ModuleForm | None = None, default: ResponsibleForm | None = None) -> Response:
    staff, vendor = await assignment.assignees(), (await directory.vendors(me()))[0]
    wrong = new or default
    chosen = default.responsible.data if default else _text(vendor)
    return await page(
        "product_modules/index.html",
        wrong.status if wrong else 200,
        form=wrong,
        modules=await directory.product_modules(me()),
        new=new or ModuleForm(),
        staff=responsible_options(staff, None, new.responsible.data if new else ""),
        default=default or ResponsibleForm(),
        fallback=vendor,
        default_staff=responsible_options(staff, vendor, chosen),
    )


async def _module_page(module: Row, form: ModuleForm) -> Response:
    staff = responsible_options(await assignment.assignees(), module, form.responsible.data)
    return await page(
        "product_modules/show.html", form.status if form.errors else 200, module=module, form=form, staff=staff
    )


def _text(row: Row) -> str:
    return str(row["responsible_id"] or "")
