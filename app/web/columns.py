"""The columns of the ticket list: which a person sees and in what order, and the section of „Einstellungen“ for it."""

from collections.abc import Sequence
from typing import Any

from wtforms import SelectMultipleField, StringField

from app.domain.models import Person
from app.domain.refusals import Refused
from app.language import translate
from app.web.forms import Form

# Number and subject always come first.
COLUMNS = {
    "module": "Modul, Kategorie",
    "state": "Status, Priorität",
    "reporter": "Gemeldet von",
    "responsible": "Zuständig",
    "last": "Letzte Nachricht",
    "waiting": "Wartet seit",
    "created": "Erstellt",
    "handed_over": "Übergeben",
}
USUAL = ("module", "state", "reporter", "responsible", "last", "waiting")
MANY = 6  # from here on the columns are narrower


class ColumnsForm(Form):
    """Which columns, in the order of the page; one may be moved up or down at the same time."""

    columns = SelectMultipleField("Spalten", validate_choice=False)
    order = SelectMultipleField("Reihenfolge", validate_choice=False)
    up = StringField("Nach oben")
    down = StringField("Nach unten")


def chosen(kept: str) -> tuple[str, ...]:
    """The columns that a kept or a travelling text names; the usual ones when it names none."""
    named = tuple(dict.fromkeys(key for key in kept.split() if key in COLUMNS))
    return named or USUAL


def shown(keys: Sequence[str]) -> dict[str, Any]:
    """What the list's templates need: the cells of a row, for narrow screens the usual ones too, and the names."""
    return {
        "columns": keys,
        "columns_kept": " ".join(keys),
        "cells": [*keys, *(key for key in USUAL if key not in keys)],
        "many_columns": len(keys) > MANY,
    }


def section(form: Form | None, person: Person) -> dict[str, Any]:
    """Every column with its name, first those that are shown, in their order."""
    keys = chosen(person.list_columns)
    form = form or ColumnsForm(columns=list(keys))
    ordered = [*keys, *(key for key in COLUMNS if key not in keys)]
    return {
        "form": form,
        "options": [
            {"value": key, "label": translate(COLUMNS[key]), "checked": key in (form["columns"].data or [])}
            for key in ordered
        ],
    }


def kept(form: ColumnsForm) -> str:
    """What is to be kept of a posted form, nothing for the usual columns; raises Refused(columns=…) for none."""
    order = [key for key in dict.fromkeys(form.order.data or []) if key in COLUMNS]
    for moved, step in ((form.up.data, -1), (form.down.data, 1)):
        if moved in order:
            place = order.index(moved)
            order.insert(max(0, place + step), order.pop(place))
    keys = tuple(key for key in order if key in (form.columns.data or []))
    if not keys:
        raise Refused(columns=translate("Bitte wählen Sie mindestens eine Spalte."))
    return "" if keys == USUAL else " ".join(keys)
