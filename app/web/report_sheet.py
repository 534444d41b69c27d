"""The tickets that the report's numbers count, as a sheet: who adds up its columns gets the report."""

from collections.abc import Sequence

from app.database import Row
from app.documents.excel import ROWS, Column, Kind, Link, Sheet
from app.domain.flow import OPEN, category_label, priority_label, status_label
from app.domain.models import Person
from app.domain.trail import may_ask
from app.domain.turn_history import ANSWERS, SIDES
from app.language import translate

_FIRST = {
    "edv": ("Zuerst bei EDV am", "Erste Antwort EDV (Std.)"),
    "vendor": ("Zuerst bei %(vendor)s am", "Erste Antwort %(vendor)s (Std.)"),
}


def tickets_sheet(found: Sequence[Row], person: Person, base_url: str) -> Sheet:
    """The tickets that the numbers count, with what each of them counts for: ones to add up, hours to add up."""
    asked = [side for side in ANSWERS if may_ask(person, f"asked_{side}")]
    columns = [
        _column("Nr.", 10, "link"), _column("Betreff", 40), *([_column("Organisation", 28)] if person.is_staff else []),
        _column("Modul", 20), _column("Kategorie", 18), _column("Priorität", 10), _column("Status", 24),
        _column("Wartet seit", 18, "date"), _column("Erstellt am", 18, "date"), _column("Geschlossen am", 18, "date"),
        *(_column(title, 12, "number") for title in (
            "Jetzt offen", "Jetzt eskaliert", "Offen im Zeitraum", "Erstellt im Zeitraum", "Geschlossen im Zeitraum",
            "Eskaliert im Zeitraum", "Stunden bei User", "Stunden bei EDV", "Stunden bei %(vendor)s",
        )),
        *(
            column for side in asked for column in (
                _column(_FIRST[side][0], 20, "date"), _column(_FIRST[side][1], 20, "number"),
            )
        ),
    ]  # fmt: skip
    return Sheet(translate("Tickets"), columns, [_ticket(row, person, asked, base_url) for row in found[:ROWS]])


def _ticket(row: Row, person: Person, asked: Sequence[str], base_url: str) -> list[object]:
    is_open = row["status"] in OPEN
    held = (row[f"{side}_seconds"] for side in SIDES.values())
    return [
        Link(row["number"], f"{base_url}/tickets/{row['number']}"), row["subject"],
        *([row["organisation"]] if person.is_staff else []),
        row["module"], category_label(row["category"]), priority_label(row["priority"]), status_label(row["status"]),
        row["waiting_since"] if is_open else None, row["created_at"], None if is_open else row["closed_at"],
        int(is_open), int(is_open and row["escalated_at"] is not None),
        *(row[name] or 0 for name in ("inside", "created", "closed", "escalated")),
        *(None if seconds is None else int(seconds) / 3600 for seconds in held),
        *(
            value for side in asked for value in (
                row[f"{side}_at"], None if row[f"{side}_answer"] is None else row[f"{side}_answer"] / 3600,
            )
        ),
    ]  # fmt: skip


def _column(title: str, width: float, kind: Kind = "text") -> Column:
    return Column(translate(title), width, kind)
