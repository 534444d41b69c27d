"""Named filters in words, and the section of „Einstellungen“ that says with which of them the ticket list opens."""

from typing import Any
from urllib.parse import parse_qsl

from wtforms import StringField

from app.database import Row
from app.domain import flow
from app.domain.models import Person
from app.domain.ticket_filter import DEFAULT_SORT, TicketFilter
from app.language import translate
from app.web import ticket_view
from app.web.forms import Form

SORTS = {
    "waiting": "Am längsten wartende zuerst",
    "-waiting": "Am kürzesten wartende zuerst",
    "-number": "Neueste zuerst",
    "number": "Älteste zuerst",
    "priority": "Hohe Priorität zuerst",
    "-priority": "Normale Priorität zuerst",
    "updated": "Zuletzt geänderte am Ende",
}


class FilterForm(Form):
    """Which named filter the list opens with; empty for what the role sees first."""

    default = StringField("Standardfilter")


def filter_section(form: Form | None, person: Person, choices: list[Row]) -> dict[str, Any]:
    """The named filters in words, and the choice among them."""
    found = [saved(row, person, choices) for row in choices if row["kind"] == "filter"]
    default = next((str(row["id"]) for row in found if row["query"] == person.default_filter), "")
    form = form or FilterForm(default=default)
    role = TicketFilter.default(person)
    as_usual = {"value": "", "label": translate("Wie üblich: %(filter)s", filter=described(role, choices))}
    options = [as_usual, *({"value": str(row["id"]), "label": row["name"]} for row in found)]
    return {
        "form": form,
        "options": [option | {"checked": option["value"] == form["default"].data} for option in options],
        "saved": [row | {"is_default": str(row["id"]) == default} for row in found],
    }


def saved(row: Row, person: Person, choices: list[Row]) -> dict[str, Any]:
    """A named filter with its address and what it shows in words."""
    filter = TicketFilter.read(parse_qsl(row["query"]), person)
    return row | {
        "filter": filter, "url": filter.url(page=1), "edit_url": f"/tickets/filters/{row['id']}",
        "described": described(filter, choices),
    }  # fmt: skip


def described(filter: TicketFilter, choices: list[Row]) -> str:
    """What a filter shows, in words: „Prüfung durch EDV, Geschlossen · Seminare · Hoch oder eskaliert“."""
    names = {(row["kind"], row["id"]): row["name"] for row in choices}
    statuses = [
        translate(flow.DELETED_LABEL) if status == flow.DELETED else flow.status_label(status)
        for status in filter.statuses
    ]
    parts = [
        f"„{filter.q}“" if filter.q else "",
        ", ".join(statuses) or translate("jeder Status"),
        ", ".join(names.get(("module", id), "–") for id in filter.modules),
        flow.category_label(filter.category) if filter.category else "",
        ticket_view.priority_choice(filter.priority) if filter.priority else "",
        translate("Nur eskalierte") if filter.escalated else "",
        translate("Meine") if filter.scope else "",
        names.get(("organisation", filter.organisation), "–") if filter.organisation else "",
        *(words for _, _, words in filter.trail.chips()),
        translate(SORTS[filter.sort]) if filter.sort != DEFAULT_SORT and filter.sort in SORTS else "",
    ]
    return " · ".join(part for part in parts if part)
