"""„Protokoll“: the audit log for the vendor's admins."""

from typing import Any

from quart import Blueprint, Response, request

from app.database import Row
from app.domain import audit, journal
from app.domain.audit import GROUPS, PAGE, AuditFilter, Mark
from app.language import translate
from app.web.guard import admin_only, me
from app.web.respond import fragments, page, wants_fragments

blueprint = Blueprint("audit", __name__)


@blueprint.get("/staff/audit")
@admin_only
async def index() -> Response:
    """One page of the log; under htmx only the entries."""
    filter = AuditFilter.read(request.args)
    found = await audit.find(me(), filter)
    context = _context(filter, found)
    if wants_fragments():
        return await fragments("audit/_results.html", push=filter.url(), **context)
    return await page("audit/index.html", **context)


def _context(filter: AuditFilter, found: list[Row]) -> dict[str, Any]:
    shown = found[:PAGE]
    last = Mark(shown[-1]["created_at"], shown[-1]["id"]) if len(found) > PAGE else None
    return {
        "filter": filter,
        "groups": _groups(filter.group),
        "entries": [_entry(row) for row in shown],
        "total_text": _total(filter, len(shown), last),
        "filter_set": filter != AuditFilter(before=filter.before),
        "next_url": filter.url(before=last) if last else None,
        "first_url": filter.url(before=None) if filter.before else None,
    }


def _groups(chosen: str) -> list[dict[str, Any]]:
    labels = {"": "Alles"} | {key: label for key, (label, _) in GROUPS.items()}
    return [{"value": key, "label": translate(label), "checked": key == chosen} for key, label in labels.items()]


def _entry(row: Row) -> dict[str, Any]:
    """A row as a sentence. What a person did begins with their name; what happened to nobody known does not."""
    sentence = journal.audit_sentence(row["kind"], row["subject"])
    who = row["actor"] or (translate("Jemand") if sentence[0].islower() else "")
    return row | {"who": who, "sentence": sentence}


def _total(filter: AuditFilter, shown: int, last: Mark | None) -> str:
    if filter.before:
        return translate("%(n)s ältere Einträge", n=shown) if shown != 1 else translate("Ein älterer Eintrag")
    if last:
        return translate("Die neuesten %(n)s Einträge", n=shown)
    return translate("Ein Eintrag") if shown == 1 else translate("%(n)s Einträge", n=shown)
