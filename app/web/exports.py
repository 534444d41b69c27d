"""Exports: a ticket as PDF, a list as Excel."""

import asyncio
from dataclasses import replace
from datetime import datetime

from quart import Blueprint, Response, request

from app import clock
from app.database import atomic
from app.documents.child import Failed, TooSlow, in_child
from app.documents.complete import PDF_TYPE, checksum, complete
from app.documents.excel import tickets_workbook
from app.documents.pdf import render_ticket
from app.domain import flow, journal, search, tickets
from app.domain.ticket_filter import TicketFilter
from app.language import format_datetime, local, translate
from app.web import ticket_view
from app.web.guard import client_address, me
from app.web.respond import download, settings
from app.web.ticket_document import printed

blueprint = Blueprint("exports", __name__)

MOST_ROWS = 20_000
COMPLETE_SECONDS = 40.0
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/tickets/<int:number>.pdf")
async def pdf(number: int) -> Response:
    """The ticket with its whole correspondence, as far as the person may read it."""
    async with printed(await tickets.find(me(), number)) as made:
        content = await in_child(render_ticket, made.document)
    async with atomic():
        await journal.record(me(), "exported", number)
        await journal.audit(me(), "exported", f"#{number}.pdf", client_address())
    return download(content, f"Ticket {number}.pdf", PDF_TYPE)


@blueprint.get("/tickets/<int:number>/complete.pdf")
async def complete_pdf(number: int) -> Response:
    """The same with its PDF attachments and a checksum; without the attachments where they are too much for it."""
    async with printed(await tickets.find(me(), number), append=True) as made:
        try:
            content = await in_child(complete, made, seconds=COMPLETE_SECONDS)
        except (TooSlow, Failed):
            refused = replace(made, refusal=translate("nicht angefügt: der Ausdruck wurde zu umfangreich"))
            content = await in_child(complete, refused)
        mark = await asyncio.to_thread(checksum, made)
    async with atomic():
        await journal.record(me(), "exported_complete", number, after=mark)
        await journal.audit(me(), "exported", f"#{number} complete.pdf {mark}", client_address())
    return download(content, f"Ticket {number} mit Anhängen.pdf", PDF_TYPE)


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
        ("Priorität", ticket_view.priority_choice(filter.priority) if filter.priority else every),
        ("Nur eskalierte", translate("ja") if filter.escalated else translate("nein")),
        ("Umfang", translate("Meine") if filter.scope else every),
    ]
    if person.is_staff:
        found.append(("Organisation", names.get(("organisation", filter.organisation or 0), every)))
    if filter.trail.chips():
        found.append(("Auswahl aus dem Report", ", ".join(words for _, _, words in filter.trail.chips())))
    found += [
        ("Erstellt von", f"{person.name}, {person.organisation.name}"),
        ("Erstellt am", format_datetime(clock.now())),
    ]
    return [(translate(label), value) for label, value in found]
