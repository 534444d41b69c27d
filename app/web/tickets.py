"""The ticket list, the ticket, and the form for a new one."""

from dataclasses import replace
from typing import Any

from quart import Blueprint, Response, request

from app.database import Row
from app.domain import flow, search, tickets
from app.domain.models import Person, Status
from app.domain.search import COUNT_CAP, PAGE
from app.domain.ticket_filter import TicketFilter, bounded_id
from app.language import format_number, translate
from app.web import composer, ticket_view
from app.web.composer import NOTHING_SEEN, Seen
from app.web.forms import Form, read_form
from app.web.guard import me
from app.web.respond import fragments, page, see_other, target, wants_fragments

blueprint = Blueprint("tickets", __name__)

SORT_LABELS = {"number": "Nr.", "updated": "Letzte Nachricht", "waiting": "Wartet seit", "priority": "Priorität"}
# --- the list ---


@blueprint.get("/tickets")
async def index() -> Response:
    """The filtered list; under htmx only what the filter changes."""
    person = me()
    given = [(name, value) for name, value in request.args.items(multi=True) if name not in ("jump", "notice")]
    filter = TicketFilter.for_person(given, person)
    if request.args.get("jump") and await _is_number(filter.q):
        return see_other(f"/tickets/{filter.q.lstrip('#')}")
    found = await search.find(filter, person)
    shown = _rows(filter, found)
    if target() == "tickets-more" and wants_fragments():
        return await fragments("tickets/_rows.html", **shown)
    everything = shown | await _around(filter, person, shown["rows"])
    if wants_fragments():
        return await fragments(
            "tickets/_results.html",
            oob=("tickets/_filters.html", "tickets/_export.html"),
            push=filter.url(),
            **everything,
        )
    return await page("tickets/list.html", **everything)


async def _is_number(q: str) -> bool:
    number = bounded_id(q.lstrip("#"))
    return number is not None and bool(await tickets.exists(me(), number))


def _rows(filter: TicketFilter, found: list[Row]) -> dict[str, Any]:
    more = len(found) > PAGE
    return {
        "rows": [_row(row) for row in found[:PAGE]],
        "next_url": filter.url(page=filter.page + 1) if more else None,
        "first_url": filter.url(page=1) if filter.page > 1 else None,
    }


def _row(row: Row) -> dict[str, Any]:
    return ticket_view.facts(row) | {"files": row["files"], "unread": bool(row["unread"])}


async def _around(filter: TicketFilter, person: Person, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Everything on the list page but the rows: chips with counts, choices, sorting, what to do when it is empty."""
    counts = await search.count(filter, person)
    offered = await search.choices(person)
    choices = {kind: [row for row in offered if row["kind"] == kind] for kind in ("module", "organisation")}
    role = TicketFilter.default(person)
    return {
        "filter": filter,
        "statuses": _statuses(filter, counts),
        "modules": [row | {"checked": row["id"] in filter.modules} for row in choices["module"]],
        "organisations": [row | {"checked": row["id"] == filter.organisation} for row in choices["organisation"]],
        "categories": ticket_view.options(flow.CATEGORY_LABELS, filter.category),
        "priorities": ticket_view.options(flow.PRIORITY_LABELS, filter.priority),
        "scopes": _scopes(person, filter),
        "more_set": _more_set(filter),
        "filter_set": replace(filter, page=1, sort=role.sort) != role,
        "reset_url": role.url(),
        "total_text": _total(filter, counts, rows),
        "sorts": _sorts(filter),
        "export_url": filter.url("/tickets/export.xlsx", page=1),
        "closed_url": f"/tickets?status={Status.CLOSED.value}",
        "empty": _empty(filter, counts),
    }  # fmt: skip


def _more_set(filter: TicketFilter) -> int:
    """How many of the folded filters are set."""
    return sum(map(bool, (filter.category, filter.priority, filter.escalated, filter.scope, filter.organisation)))


def _statuses(filter: TicketFilter, counts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {
            "value": value, "count": count, "count_text": _number(count), "checked": value in filter.statuses,
            "label": translate(flow.DELETED_LABEL) if value == flow.DELETED else flow.status_label(value),
            "token": flow.DELETED if value == flow.DELETED else flow.status_token(value),
        }
        for value, count in counts.items()
    ]  # fmt: skip


def _number(count: int) -> str:
    return translate("über 1.000") if count > COUNT_CAP else format_number(count)


def _total(filter: TicketFilter, counts: dict[str, int], rows: list[dict[str, Any]]) -> str:
    chosen = filter.statuses or [value for value in counts if value != flow.DELETED]
    total = max(sum(counts.get(value, 0) for value in chosen), len(rows))
    return translate("Ein Ticket") if total == 1 else translate("%(n)s Tickets", n=_number(total))


def _scopes(person: Person, filter: TicketFilter) -> list[dict[str, Any]]:
    everything = "Alle Organisationen" if person.is_staff else "Meine Organisation"
    return [
        {"value": value, "label": translate(label), "checked": filter.scope == value}
        for value, label in (("", everything), ("mine", "Meine"))
    ]


def _sorts(filter: TicketFilter) -> dict[str, dict[str, Any]]:
    """For each column the address that sorts by it, and turns the order round when it is sorted so already."""
    found = {}
    for key, label in SORT_LABELS.items():
        first = f"-{key}" if key != "waiting" else key
        other = key if first.startswith("-") else f"-{key}"
        direction = {key: "asc", f"-{key}": "desc"}.get(filter.sort)
        url = filter.url(sort=other if filter.sort == first else first, page=1)
        found[key] = {"label": translate(label), "url": url, "direction": direction}
    return found


def _empty(filter: TicketFilter, counts: dict[str, int]) -> dict[str, str]:
    if filter.q or filter.modules or filter.category or filter.priority or filter.escalated or filter.scope:
        every = filter.url(statuses=(), page=1)
        if filter.statuses and sum(counts.values()):
            return {"text": translate("In diesem Status ist nichts zu finden, in anderen schon."),
                    "href": every, "label": translate("In jedem Status suchen")}  # fmt: skip
        return {"text": translate("Dazu gibt es kein Ticket, das Sie sehen dürfen."),
                "href": "/tickets", "label": translate("Filter zurücksetzen")}  # fmt: skip
    if not sum(counts.values()):
        return {"text": translate("Noch gibt es hier kein Ticket."), "href": "/tickets/new",
                "label": translate("Neues Ticket")}  # fmt: skip
    return {"text": translate("Hier wartet gerade nichts."), "href": filter.url(statuses=(), page=1),
            "label": translate("Alle Tickets zeigen")}  # fmt: skip


# --- one ticket ---


@blueprint.get("/tickets/<int:number>")
async def show(number: int) -> Response:
    """The ticket; `?move=` opens the composer for a move that needs words."""
    ticket = await tickets.find(me(), number)
    chosen = request.args.get("move", "")
    if target() == "tickets-send" and wants_fragments():
        composed = await composer.compose(ticket, NOTHING_SEEN, chosen=chosen)
        return await fragments("tickets/_send.html", composer=composed)
    return await page("tickets/show.html", **await ticket_view.context(ticket, chosen=chosen))


@blueprint.get("/tickets/<int:number>/news")
async def news(number: int) -> Response:
    """What an open page does not show yet, for its places; with `?offer=1` only that there is something."""
    ticket = await tickets.find(me(), number)
    if not wants_fragments():
        return see_other(f"/tickets/{number}")
    fresh = await ticket_view.context(ticket, Seen.read(request.args.get("after", "")))
    if not fresh["thread"] and str(ticket["version"]) == request.args.get("version"):
        return Response("", 204)
    fresh["offered"] = sum(entry["type"] == "message" for entry in fresh["thread"]) if "offer" in request.args else None
    if "offer" in request.args:
        return await fragments(oob=("tickets/_offer.html",), **fresh)
    parts = ("tickets/_header.html", "tickets/_functions.html", "tickets/_version.html", "tickets/_offer.html")
    return await fragments(oob=(*parts, "tickets/_news.html"), **fresh)


@blueprint.post("/tickets/<int:number>/read")
async def read(number: int) -> Response:
    """Mark as read up to the newest message."""
    await tickets.find(me(), number)
    await read_form(Form)
    await tickets.mark_read(me(), number)
    if wants_fragments():
        return Response("", 204)
    return see_other(f"/tickets/{number}", notice="read")
