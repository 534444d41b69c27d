"""„Regeln und Fristen“: what the portal does by itself for a customer, in working days."""

from quart import Blueprint, Response
from wtforms import BooleanField, HiddenField

from app.database import Row
from app.domain import directory, rules
from app.domain.refusals import Conflict, Refused
from app.domain.rules import COLUMNS, Rules
from app.web.forms import Form, line, read_form
from app.web.guard import me, staff_only
from app.web.respond import page, see_other

blueprint = Blueprint("rules", __name__)

PLACE = "/staff/organisations/<int:id>/rules"
NO_NUMBER = -1


class RulesForm(Form):
    """Working days for each step, empty for never, and whether the closing letter asks how content somebody is."""

    remind = line("Erinnerung nach … Arbeitstagen", 6)
    announce = line("Ankündigung nach weiteren … Arbeitstagen", 6)
    close = line("Schließung nach weiteren … Arbeitstagen", 6)
    review = line("Erinnerung der EDV nach … Arbeitstagen", 6)
    asks_satisfaction = BooleanField("Nach der Zufriedenheit fragen")
    stamp = HiddenField()

    def rules(self) -> Rules:
        """What was typed; what is no number is one that is refused."""
        days = {name: _days(self[name].data or "") for name in COLUMNS}
        return Rules(**days, asks_satisfaction=bool(self.asks_satisfaction.data))

    @classmethod
    def filled(cls, now: Rules) -> "RulesForm":
        """The form as it stands."""
        days = {name: str(value) if (value := getattr(now, name)) else "" for name in COLUMNS}
        return cls(data=days | {"asks_satisfaction": now.asks_satisfaction, "stamp": rules.stamp_of(now)})


def _days(typed: str) -> int | None:
    if not typed:
        return None
    return int(typed) if typed.isascii() and typed.isdigit() else NO_NUMBER


@blueprint.get(PLACE)
@staff_only
async def show(id: int) -> Response:
    """What holds for one customer."""
    found = await directory.organisation(me(), id)
    return await _page(found, RulesForm.filled(await rules.of(me(), id)))


@blueprint.post(PLACE)
@staff_only
async def save(id: int) -> Response:
    """Set it."""
    found = await directory.organisation(me(), id)
    form = await read_form(RulesForm)
    if form.validate():
        try:
            await rules.change(me(), id, form.stamp.data or "", form.rules())
            return see_other(f"/staff/organisations/{id}/rules", notice="saved")
        except Refused as refused:
            form.refuse(refused)
        except Conflict:
            return await _page(found, RulesForm.filled(await rules.of(me(), id)), 409)
    return await _page(found, form, form.status)


async def _page(found: Row, form: RulesForm, status: int = 200) -> Response:
    return await page("rules/show.html", status, organisation=found, form=form, conflict=status == 409)
