"""„Abwesenheit“: when somebody is away and who stands in, entered by themselves or by whoever manages their account."""

from datetime import date
from typing import Any

from quart import Blueprint, Response, request
from wtforms import StringField

from app import clock
from app.database import Row
from app.domain import absences
from app.domain.absences import DAY, Away
from app.domain.refusals import NotVisible, Refused
from app.domain.ticket_filter import bounded_id
from app.language import format_date, translate
from app.web.forms import Form, line, read_form
from app.web.guard import me
from app.web.respond import page, see_other

blueprint = Blueprint("absences", __name__)

PLACE = "/absences"
NO_DAY = "Bitte geben Sie einen Tag an."


class AbsenceForm(Form):
    """From which day to which, and who stands in."""

    first = line("Erster Tag", 10, NO_DAY)
    last = line("Letzter Tag", 10, NO_DAY)
    deputy = StringField("Vertretung")

    def away(self, person_id: int) -> Away:
        """What was typed; raises Refused for what is no day."""
        days = {name: _day(self[name].data) for name in ("first", "last")}
        wrong = {name: translate(NO_DAY) for name, day in days.items() if day is None}
        if days["first"] is None or days["last"] is None:
            raise Refused(**wrong)
        chosen = self.deputy.data
        return Away(person_id, days["first"], days["last"], (bounded_id(chosen) or 0) if chosen else None)


def _day(typed: str) -> date | None:
    """`2026-12-24`, as browsers send it, or `24.12.2026`."""
    if typed.count(".") == 2:
        typed = "-".join(part.zfill(2) for part in reversed(typed.split(".")))
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2999 else None


@blueprint.get(PLACE)
async def index() -> Response:
    """Who is away and will be, of those whose absence one may enter, and the form for one more."""
    return await _page(await _chosen(), AbsenceForm())


@blueprint.post(PLACE)
async def enter() -> Response:
    """Enter an absence."""
    person = await _chosen()
    form = await read_form(AbsenceForm)
    if form.validate():
        try:
            await absences.enter(me(), form.away(person["id"]), form.form_key.data or "")
            return see_other(PLACE, notice="absence_entered")
        except Refused as refused:
            form.refuse(refused)
    return await _page(person, form, form.status)


@blueprint.get(f"{PLACE}/<int:id>/end")
async def ask_end(id: int) -> Response:
    """Ask before an absence is ended."""
    return await page("absences/confirm.html", absence=_shown(await absences.find(me(), id)), form=None)


@blueprint.post(f"{PLACE}/<int:id>/end")
async def end(id: int) -> Response:
    """End it now, or forget one that has not begun."""
    form = await read_form(Form)
    if not form.validate():
        found = _shown(await absences.find(me(), id))
        return await page("absences/confirm.html", form.status, absence=found, form=form)
    await absences.end(me(), id)
    return see_other(PLACE, notice="absence_ended")


async def _chosen() -> Row:
    """Whose absence it is about: the one the address names, else the own; raises NotVisible."""
    id = bounded_id(request.args.get("person", "")) or me().id
    for one in await absences.absentees(me()):
        if one["id"] == id:
            return one
    raise NotVisible


async def _page(person: Row, form: AbsenceForm, status: int = 200) -> Response:
    able = await absences.deputies_for(person["organisation_id"], person["is_vendor"])
    others = [one for one in await absences.absentees(me()) if one["id"] != me().id]
    return await page(
        "absences/index.html", status, person=person, form=form, own=person["id"] == me().id,
        absences=[_shown(one) for one in await absences.listed(me())],
        deputies=[one | {"checked": str(one["id"]) == form.deputy.data} for one in able if one["id"] != person["id"]],
        people=[
            {"value": one["id"], "label": f"{one['name']} ({one['organisation']})",
             "checked": one["id"] == person["id"]} for one in others
        ],
    )  # fmt: skip


def _shown(row: Row) -> dict[str, Any]:
    last = row["ends_at"] - DAY / 2  # it ends with the last day
    return row | {
        "days": f"{format_date(row['starts_at'])} – {format_date(last)}", "own": row["person_id"] == me().id,
        "begun": row["starts_at"] <= clock.now(),
    }  # fmt: skip
