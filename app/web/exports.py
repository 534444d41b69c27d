"""Exports: a ticket as PDF, a list as Excel."""

import asyncio
from datetime import datetime
from typing import Any

from quart import Blueprint, Response, request

from app import clock
from app.database import atomic
from app.documents.child import in_child
from app.documents.excel import tickets_workbook
from app.documents.pdf import EventEntry, MessageEntry, TicketDocument, render_ticket
from app.domain import flow, journal, search, tickets
from app.domain.ticket_filter import TicketFilter
from app.language import file_size, format_datetime, local, spoken, translate, vendor
from app.web import ticket_view
from app.web.guard import client_address, me
from app.web.respond import download, settings, storage

blueprint = Blueprint("exports", __name__)

MOST_ROWS = 20_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/tickets/<int:number>.pdf")
async def pdf(number: int) -> Response:
    """The ticket with its whole correspondence, as far as the person may read it."""
    ticket = await tickets.find(me(), number)
    facts = await ticket_view.page_facts(ticket)
    entries = [_entry(e) for e in await ticket_view.correspondence(ticket) if e["type"] != "day"]
    document = TicketDocument(
        number=number, subject=ticket["subject"], url=f"{settings().base_url}/tickets/{number}",
        facts=_facts(facts), entries=entries, created_text=_made(), vendor=vendor(),
        status_label=facts["status_label"], status_token=facts["status_token"],
        escalated_text=_escalated(facts), base_language=spoken(),
    )  # fmt: skip
    content = await in_child(render_ticket, document)
    async with atomic():
        await journal.record(me(), "exported", number)
        await journal.audit(me(), "exported", f"#{number}.pdf", client_address())
    return download(content, f"Ticket {number}.pdf", "application/pdf")


def _made() -> str:
    return translate("Erstellt am %(at)s von %(name)s", at=format_datetime(clock.now()), name=me().name)


def _escalated(facts: dict[str, Any]) -> str:
    if not facts["escalated_at"]:
        return ""
    at = format_datetime(facts["escalated_at"])
    return translate("Eskaliert am %(at)s von %(name)s", at=at, name=facts["escalated_by"] or "–")


def _entry(entry: dict[str, Any]) -> MessageEntry | EventEntry:
    at = format_datetime(entry["at"])
    if entry["type"] == "event":
        return EventEntry(entry["sentence"], at)
    return MessageEntry(
        author=entry["author"], organisation=entry["organisation"], at_text=at, audience_label=entry["audience_label"],
        body=entry["body"], side=entry["side"],
        files=[(f["name"], file_size(f["size"])) for f in entry["files"]],
        pictures=[(f["name"], storage().path(f["sha256"])) for f in entry["files"] if f["picture"]],
    )  # fmt: skip


@blueprint.get("/tickets/export.xlsx")
async def excel() -> Response:
    """The open tickets, or exactly the list that the filter in the address shows."""
    person = me()
    given = list(request.args.items(multi=True))
    open_ones = tuple(status.value for status in flow.OPEN)
    filter = TicketFilter.read(given or [("status", value) for value in open_ones], person)
    found = await search.find(TicketFilter(**{**vars(filter), "page": 1}), person, MOST_ROWS)
    # Twenty thousand rows in German words take most of a second: not on the loop.
    rows = await asyncio.to_thread(lambda: [ticket_view.facts(row) for row in found])
    content = await in_child(tickets_workbook, rows, await _filter_facts(filter), settings().base_url)
    async with atomic():
        await journal.audit(person, "exported", f"Tickets.xlsx ?{filter.query()}", client_address())
    stamp: datetime = local(clock.now())
    return download(content, f"Tickets {stamp:%Y-%m-%d}.xlsx", XLSX)


async def _filter_facts(filter: TicketFilter) -> list[tuple[str, str]]:
    """What the sheet „Filter“ says: what, who, when."""
    person = me()
    offered = await search.choices(person)
    names = {(row["kind"], row["id"]): row["name"] for row in offered}
    labels = {value: flow.status_label(value) for value in flow.STATUS_LABELS} | {
        flow.DELETED: translate(flow.DELETED_LABEL)
    }
    every = translate("alle")
    found = [
        ("Volltextsuche", filter.q or "–"),
        ("Status", ", ".join(labels[value] for value in filter.statuses) or every),
        ("Module", ", ".join(names.get(("module", id), "–") for id in filter.modules) or every),
        ("Kategorie", flow.category_label(filter.category) if filter.category else every),
        ("Priorität", flow.priority_label(filter.priority) if filter.priority else every),
        ("Nur eskalierte", translate("ja") if filter.escalated else translate("nein")),
        ("Umfang", translate("Meine") if filter.scope else every),
    ]
    if person.is_staff:
        found.append(("Organisation", names.get(("organisation", filter.organisation or 0), every)))
    found += [
        ("Erstellt von", f"{person.name}, {person.organisation.name}"),
        ("Erstellt am", format_datetime(clock.now())),
    ]
    return [(translate(label), value) for label, value in found]


def _facts(ticket: dict[str, Any]) -> list[tuple[str, str]]:
    """The facts as the PDF names them."""
    found = [
        ("Status", ticket["status_label"]),
        ("Kategorie", ticket["category_label"]),
        ("Modul", ticket["module"]),
        ("Priorität", ticket["priority_label"]),
        ("Gemeldet von", f"{ticket['reporter']}, {ticket['organisation']}"),
        ("Zuständig", ticket["responsible"] or "–"),
        ("Erstellt", format_datetime(ticket["created_at"])),
        ("Letzte Änderung", format_datetime(ticket["updated_at"])),
    ]
    if ticket["handed_over_at"]:
        found.append(("Übergeben am", format_datetime(ticket["handed_over_at"])))
    if ticket["escalated_at"]:
        found.append(("Eskaliert am", format_datetime(ticket["escalated_at"])))
    return [*((translate(label), value) for label, value in found), *ticket["x3_context"].items()]
