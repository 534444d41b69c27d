"""Who there is: an organisation's people for its EDV, everybody and all organisations for staff."""

from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from quart import Blueprint, Response, request

from app.database import Row
from app.domain import directory
from app.domain.directory import PAGE
from app.domain.report import ReportFilter
from app.domain.ticket_filter import LONGEST_QUERY, bounded_id
from app.language import translate
from app.text import clean_line
from app.web.guard import edv_only, me, staff_only
from app.web.respond import fragments, page, wants_fragments

blueprint = Blueprint("people", __name__)


@blueprint.get("/organisation/people")
@edv_only
async def own() -> Response:
    """„Benutzer“: the people of the EDV's own organisation."""
    found = await directory.people(me())
    return await page("people/own.html", people=await _entries(found), total_text=_total(len(found)))


@blueprint.get("/staff/people")
@staff_only
async def everybody() -> Response:
    """„Benutzer und Organisationen“: everybody, found by words, by organisation."""
    q = clean_line(request.args.get("q", ""))[:LONGEST_QUERY]
    number = min(bounded_id(request.args.get("page", "")) or 1, 1000)
    found = await directory.people(me(), q)
    shown = await _entries(found[(number - 1) * PAGE : number * PAGE])
    context: dict[str, Any] = {
        "q": q,
        "groups": [(name, list(people)) for name, people in groupby(shown, key=lambda one: one["organisation"])],
        "total_text": _total(len(found)),
        "previous_url": _url(q, number - 1) if number > 1 else None,
        "next_url": _url(q, number + 1) if number * PAGE < len(found) else None,
    }
    if wants_fragments():
        return await fragments("people/_results.html", push=_url(q, number), **context)
    return await page("people/index.html", **context)


@blueprint.get("/staff/organisations")
@staff_only
async def organisations() -> Response:
    """The customers: how many people, which modules, who looks after them, what is open."""
    modules = await directory.modules_of_organisations(me())
    found = [
        row | {"modules": modules.get(row["id"], []), "url": ReportFilter(organisation=row["id"]).tickets_url(me())}
        for row in await directory.organisations(me())
    ]
    return await page("people/organisations.html", organisations=found)


async def _entries(found: list[Row]) -> list[dict[str, Any]]:
    modules = await directory.modules_of([row["id"] for row in found])
    return [
        {
            "name": f"{row['first_name']} {row['last_name']}".strip(), "user_name": row["user_name"],
            "email": row["email"], "organisation": row["organisation"], "active": bool(row["active"]),
            "role": directory.role_label(row["role"]), "rights": directory.rights(row),
            "modules": modules.get(row["id"], []), "is_vendor": bool(row["is_vendor"]),
        }
        for row in found
    ]  # fmt: skip


def _total(number: int) -> str:
    return translate("1 Person") if number == 1 else translate("%(n)s Personen", n=number)


def _url(q: str, number: int) -> str:
    pairs = {"q": q, "page": number if number > 1 else ""}
    query = urlencode({name: value for name, value in pairs.items() if value})
    return f"/staff/people?{query}" if query else "/staff/people"
