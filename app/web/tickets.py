"""The ticket list, the ticket, and the form for a new one."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl
from zlib import crc32

from quart import Blueprint, Response, request

from app import clock
from app.database import Row
from app.domain import drafts, flow, merging, search, tickets
from app.domain.models import Person, Status
from app.domain.search import COUNT_CAP, PAGE
from app.domain.thread import END
from app.domain.ticket_filter import URGENT_FIRST, TicketFilter, bounded_id
from app.language import format_number, translate
from app.web import columns, composer, default_filter, thread_view, ticket_view
from app.web.composer import NOTHING_SEEN, Seen
from app.web.forms import Form, read_form
from app.web.guard import me
from app.web.respond import fragments, page, see_other, target, wants_fragments

blueprint = Blueprint("tickets", __name__)

MOST_SHOWN = 400  # rows of a list that are looked at again; more do not fit into an address
# In the list's addresses, but no part of the filter.
ASIDE = ("jump", "notice", "shown", "since", "whole", "mark", "columns")
SORT_LABELS = {"number": "Nr.", "updated": "Letzte Nachricht", "waiting": "Wartet seit", "priority": "Priorität"}
# --- the list ---


@blueprint.get("/tickets")
async def index() -> Response:
    """The filtered list; under htmx only what the filter changes."""
    person = me()
    filter = _filter(person)
    if request.args.get("jump") and await _is_number(filter.q):
        return see_other(f"/tickets/{filter.q.lstrip('#')}")
    since = int(clock.now().timestamp())
    found = await search.find(filter, person)
    shown = _rows(filter, found)
    if target() == "tickets-more" and wants_fragments():
        return await fragments("tickets/_rows.html", **(shown | _columns_of_page()))
    everything = {"since": since} | shown | await _around(filter, person, shown["rows"])
    if wants_fragments():
        return await fragments(
            "tickets/_results.html",
            oob=("tickets/_filters.html", "tickets/_export.html"),
            push=filter.url(),
            **everything,
        )
    return await page("tickets/list.html", **everything)


def _filter(person: Person) -> TicketFilter:
    given = [(name, value) for name, value in request.args.items(multi=True) if name not in ASIDE]
    return TicketFilter.for_person(given, person)


async def _is_number(q: str) -> bool:
    number = bounded_id(q.lstrip("#"))
    return number is not None and bool(await tickets.exists(me(), number))


def _rows(filter: TicketFilter, found: list[Row]) -> dict[str, Any]:
    more = len(found) > PAGE
    return {
        "rows": [_row(row) for row in found[:PAGE]],
        "next_url": filter.url(page=filter.page + 1) if more else None,
        "first_url": filter.url(page=1) if filter.page > 1 else None,
        **columns.shown(columns.chosen(me().list_columns)),
    }


def _columns_of_page() -> dict[str, Any]:
    """The columns of the open list that asks for more rows; its person may have chosen others since."""
    return columns.shown(columns.chosen(request.args.get("columns", "")))


def _row(row: Row) -> dict[str, Any]:
    stamp = f"{crc32(repr(list(row.values())).encode()):x}"
    return ticket_view.facts(row) | {"unread": bool(row["unread"]), "fits": bool(row["fits"]), "stamp": stamp}


async def _around(filter: TicketFilter, person: Person, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Everything on the list page but the rows: chips with counts, choices, sorting, what to do when it is empty."""
    counts = await search.count(filter, person)
    offered = await search.choices(person)
    choices = {kind: [row for row in offered if row["kind"] == kind] for kind in ("module", "organisation")}
    role = TicketFilter.default(person)
    return {
        "filter": filter,
        "modules": [row | {"checked": row["id"] in filter.modules} for row in choices["module"]],
        "organisations": [row | {"checked": row["id"] == filter.organisation} for row in choices["organisation"]],
        "categories": ticket_view.options(flow.CATEGORY_LABELS, filter.category),
        "priorities": ticket_view.priority_choices(filter.priority),
        "scopes": _scopes(person, filter),
        **_saved(filter, person, offered),
        "more_set": _more_set(filter),
        "filter_set": replace(filter, page=1, sort=role.sort) != role,
        "reset_url": role.url(),
        "sorts": _sorts(filter),
        "urgent_url": filter.url(sort=URGENT_FIRST, page=1) if person.is_staff else None,
        "urgent_first": filter.sort == URGENT_FIRST,
        "export_url": filter.url("/tickets/export.xlsx", page=1),
        "filter_pairs": parse_qsl(filter.query(page=1)),
        "closed_url": f"/tickets?status={Status.CLOSED.value}",
        "empty": _empty(filter, counts),
    } | _counted(filter, counts, len(rows))  # fmt: skip


def _counted(filter: TicketFilter, counts: dict[str, int], shown: int, more: int = 0) -> dict[str, Any]:
    """The counts around the rows; `mark` tells whether an open list shows these."""
    found = {"statuses": _statuses(filter, counts), "total_text": _total(filter, counts, shown), "offer": _offer(more)}
    return found | {"mark": f"{crc32(repr((counts, found['total_text'], more)).encode()):x}"}


def _offer(more: int) -> str:
    if more == 1:
        return translate("Ein neues Ticket anzeigen")
    return translate("%(n)s neue Tickets anzeigen", n=_number(more)) if more else ""


def _saved(filter: TicketFilter, person: Person, offered: list[Row]) -> dict[str, Any]:
    """The person's named filters, and where what the list shows now can be named."""
    now = replace(filter, page=1)
    found = [default_filter.saved(row, person, offered) for row in offered if row["kind"] == "filter"]
    known = now == TicketFilter.default(person) or any(row["filter"] == now for row in found)
    return {
        "saved_filters": [row | {"current": row["filter"] == now} for row in found],
        "save_url": None if known else filter.url("/tickets/filters/new", page=1),
    }


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


def _total(filter: TicketFilter, counts: dict[str, int], shown: int) -> str:
    chosen = filter.statuses or [value for value in counts if value != flow.DELETED]
    total = max(sum(counts.get(value, 0) for value in chosen), shown)
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


@blueprint.get("/tickets/fresh")
async def fresh() -> Response:
    """What became of a list that is being read: its changed rows for their places, counts, how many more there are."""
    person, shown = me(), _shown(request.args.get("shown", ""))
    filter = _filter(person)
    if not wants_fragments():
        return see_other(filter.url())
    since = bounded_id(request.args.get("since", "")) or 1
    came = None if request.args.get("whole") == "1" else datetime.fromtimestamp(since, UTC)
    found = [_row(row) for row in await search.again(filter, person, shown)]
    rows = [row for row in found if row["stamp"] != shown[row["number"]]]
    more = await search.missing(filter, person, shown, came)
    counted = _counted(filter, await search.count(filter, person), sum(row["fits"] for row in found), more)
    if not rows and counted["mark"] == request.args.get("mark"):
        return Response("", 204)
    parts = ("tickets/_fresh.html", *(["tickets/_rows.html"] if rows else []))
    return await fragments(
        oob=parts, filter=filter, since=since, shown=shown, rows=rows, **counted, **_columns_of_page()
    )


def _shown(given: str) -> dict[int, str]:
    """The stamps of the rows that a list shows, by their numbers, out of `1042-9f3a0c12_1043-…`."""
    pairs = (part.partition("-") for part in given.split("_")[:MOST_SHOWN])
    return {number: stamp for text, _, stamp in pairs if (number := bounded_id(text))}


# --- one ticket ---


@blueprint.get("/tickets/<int:number>")
async def show(number: int) -> Response:
    """The ticket; `?move=` opens the composer for a move that needs words."""
    ticket = await tickets.find(me(), number)
    led_on = await merging.target(me(), ticket)
    if led_on:
        return see_other(f"/tickets/{led_on}", notice="merged")
    chosen = request.args.get("move", "")
    if target() == "tickets-send" and wants_fragments():
        composed = await composer.compose(ticket, NOTHING_SEEN, chosen=chosen)
        return await fragments("tickets/_send.html", composer=composed)
    kept = await drafts.of_form(me(), drafts.of_ticket(number))
    return await page("tickets/show.html", **await ticket_view.context(ticket, chosen=chosen, kept=kept))


@blueprint.get("/tickets/<int:number>/news")
async def news(number: int) -> Response:
    """What an open page does not show yet, for its places; with `?offer=1` only that there is something."""
    ticket = await tickets.find(me(), number)
    if not wants_fragments():
        return see_other(f"/tickets/{number}")
    before = Seen.read(request.args.get("after", ""))
    thread = await thread_view.correspondence(ticket, before)
    if not thread and str(ticket["version"]) == request.args.get("version"):
        return Response("", 204)
    if "offer" in request.args:
        offered = sum(entry["type"] == "message" for entry in thread)
        return await fragments(oob=("tickets/_offer.html",), ticket=ticket_view.facts(ticket), offered=offered)
    parts = ("tickets/_header.html", "tickets/_functions.html", "tickets/_version.html", "tickets/_offer.html")
    return await fragments(oob=(*parts, "tickets/_news.html"), **await ticket_view.context(ticket, before))


@blueprint.get("/tickets/<int:number>/earlier")
async def earlier(number: int) -> Response:
    """What was written before a message, in place of the link to it; without scripts a page of its own."""
    ticket = await tickets.find(me(), number)
    entries = await thread_view.newest(ticket, bounded_id(request.args.get("before", "")) or END)
    if wants_fragments():
        return await fragments("tickets/_entries.html", thread=entries)
    return await page("tickets/earlier.html", ticket=ticket_view.facts(ticket), thread=entries)


@blueprint.post("/tickets/<int:number>/read")
async def read(number: int) -> Response:
    """Mark as read up to the newest message."""
    await tickets.find(me(), number)
    await read_form(Form)
    await tickets.mark_read(me(), number)
    if wants_fragments():
        return Response("", 204)
    return see_other(f"/tickets/{number}", notice="read")
