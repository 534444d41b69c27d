"""A section of „Einstellungen“: what the ticket list shows when nothing else is asked for."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from wtforms import SelectMultipleField

from app.database import Row
from app.domain import flow
from app.domain.models import Person
from app.domain.policy import sees_deleted
from app.domain.refusals import Refused
from app.domain.ticket_filter import DEFAULT_SORT, TicketFilter
from app.language import translate
from app.web.forms import Form, choice
from app.web.preferences import offered, translated

LONGEST_FILTER = 500
SORTS = {
    DEFAULT_SORT: "Zuletzt geänderte zuerst",
    "waiting": "Am längsten wartende zuerst",
    "-number": "Neueste zuerst",
    "number": "Älteste zuerst",
    "priority": "Hohe Priorität zuerst",
}


class FilterForm(Form):
    """What the ticket list shows first. Statuses and modules offered depend on the person."""

    statuses = SelectMultipleField("Status", validate_choice=False)
    modules = SelectMultipleField("Module", validate_choice=False)
    sort = choice("Sortierung", "Bitte wählen Sie eine Sortierung.", choices=list(SORTS))


def filter_section(form: Form | None, person: Person, choices: list[Row]) -> dict[str, Any]:
    """The fields and what they offer."""
    own = TicketFilter.read(parse_qsl(person.default_filter), person)
    form = form or FilterForm(statuses=list(own.statuses), modules=list(map(str, own.modules)), sort=own.sort)
    modules = {str(row["id"]): row["name"] for row in choices if row["kind"] == "module"}
    return {
        "form": form,
        "statuses": offered(_statuses(person), form["statuses"].data or []),
        "modules": offered(modules, form["modules"].data or []),
        "sorts": offered(translated(SORTS), [form["sort"].data]),
    }


def query(form: FilterForm, person: Person, choices: list[Row]) -> str:
    """The chosen filter as the list's address writes it; all modules at once are the same as none.

    Raises Refused at the field of what the person cannot choose.
    """
    usable = {str(row["id"]) for row in choices if row["kind"] == "module"}
    chosen, statuses = set(form.modules.data or []), list(_statuses(person))
    if not chosen <= usable:
        raise Refused(modules=translate("Bitte wählen Sie aus Ihren Modulen."))
    if not set(form.statuses.data or []) <= set(statuses):
        raise Refused(statuses=translate("Bitte wählen Sie aus den angebotenen Status."))
    filter = replace(
        TicketFilter.default(person),
        statuses=tuple(status for status in statuses if status in (form.statuses.data or [])),
        modules=() if chosen == usable else tuple(sorted(map(int, chosen))),
        sort=form.sort.data,
    )
    found = filter.query()
    if len(found) > LONGEST_FILTER:
        raise Refused(modules=translate("Das sind zu viele Module auf einmal. Ohne Auswahl zeigt die Liste alle."))
    return found


def _statuses(person: Person) -> dict[str, str]:
    found = {status.value: flow.status_label(status) for status in flow.STATUS_LABELS}
    return found | ({flow.DELETED: translate(flow.DELETED_LABEL)} if sees_deleted(person) else {})
