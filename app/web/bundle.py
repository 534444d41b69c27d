"""Many tickets as one PDF: those chosen in the list, or the first of the filtered list."""

import asyncio
import time
from dataclasses import replace

from quart import Blueprint, Response, request

from app import clock
from app.database import atomic
from app.documents.child import Busy, Failed, TooSlow, in_child
from app.documents.complete import PDF_TYPE, CompleteTicket, bind, checksum, part
from app.domain import journal, search, tickets
from app.domain.refusals import NotVisible
from app.domain.ticket_filter import TicketFilter, bounded_id
from app.language import local, translate
from app.web.guard import client_address, me
from app.web.respond import download, page, see_other
from app.web.ticket_document import printed

blueprint = Blueprint("bundle", __name__)

MOST = 50
SECONDS = 40.0  # after which no further file is appended
MOST_BYTES = 60 * 1024 * 1024

_two_at_once = asyncio.Semaphore(2)


@blueprint.get("/tickets/pdf")
async def ask() -> Response:
    """Name the tickets that would be in the file, and ask whether with their attachments."""
    numbers = _numbers()
    if numbers:
        filter = TicketFilter.read([("status", "all")], me())
        found = await search.again(filter, me(), numbers[:MOST])
        left_out = len(numbers) > MOST
    else:
        given = [(name, value) for name, value in request.args.items(multi=True) if name != "page"]
        found = await search.find(TicketFilter.for_person(given, me()), me(), MOST)
        left_out = len(found) > MOST
    return await page("bundle/index.html", rows=found[:MOST], left_out=left_out, most=MOST)


@blueprint.get("/tickets/export.pdf")
async def pdf() -> Response:
    """These tickets as one file, as far as the person may read each."""
    numbers = _numbers()[:MOST]
    if not numbers:
        return see_other("/tickets/pdf")
    append = request.args.get("attachments") == "1"
    if _two_at_once.locked():
        raise Busy(translate("Es werden gerade viele Dokumente erstellt. Bitte versuchen Sie es gleich noch einmal."))
    async with _two_at_once:
        parts, made = await _parts(numbers, append)
        if not parts:
            raise NotVisible
        content = await in_child(bind, parts, made, seconds=SECONDS)
        marks = await asyncio.to_thread(lambda: [checksum(one) if append else "" for one in made])
    await _record(made, marks)
    stamp = local(clock.now())
    return download(content, f"Tickets {stamp:%Y-%m-%d}.pdf", PDF_TYPE)


def _numbers() -> list[int]:
    """The numbers in the address, each once, in the order given."""
    return list(dict.fromkeys(n for value in request.args.getlist("number") if (n := bounded_id(value))))


async def _parts(numbers: list[int], append: bool) -> tuple[list[bytes], list[CompleteTicket]]:
    """A part for each ticket; one child job each, so that others get their documents in between."""
    parts: list[bytes] = []
    made: list[CompleteTicket] = []
    until = time.monotonic() + SECONDS
    for number in numbers:
        try:
            ticket = await tickets.find(me(), number)
        except NotVisible:
            continue
        if time.monotonic() > until + SECONDS:
            raise TooSlow(translate("Das sind zu umfangreiche Tickets für eine Datei. Bitte wählen Sie weniger aus."))
        full = time.monotonic() > until or sum(map(len, parts)) > MOST_BYTES
        async with printed(ticket, append) as one:
            parts.append(await _part(one, full and append))
            made.append(one)
    return parts, made


async def _part(ticket: CompleteTicket, full: bool) -> bytes:
    refused = replace(ticket, refusal=translate("nicht angefügt: die Datei wurde zu umfangreich"))
    if full:
        return await in_child(part, refused)
    try:
        return await in_child(part, ticket)
    except (TooSlow, Failed):
        if not ticket.append:
            raise
        return await in_child(part, refused)


async def _record(made: list[CompleteTicket], marks: list[str]) -> None:
    async with atomic():
        for ticket, mark in zip(made, marks, strict=True):
            kind = "exported_complete" if mark else "exported"
            await journal.record(me(), kind, ticket.document.number, after=mark)
        named = ", ".join(f"#{ticket.document.number}" for ticket in made)
        await journal.audit(me(), "exported", f"{len(made)} PDF: {named}", client_address())
