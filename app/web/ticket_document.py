"""A ticket as documents print it: in the reader's words, and only as far as they may read it."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from app import clock
from app.database import Row
from app.documents.complete import MOST_BYTES, PDF_TYPE, CompleteTicket, Enclosure
from app.documents.pdf import PICTURES, EventEntry, MessageEntry, TicketDocument
from app.language import file_size, format_datetime, spoken, translate, vendor
from app.web import thread_view, ticket_view
from app.web.guard import me
from app.web.respond import settings, storage

NOWHERE = Path("nowhere")  # of a picture whose file is lost, or which is beyond those that are printed


@asynccontextmanager
async def printed(ticket: Row, append: bool = False) -> AsyncIterator[CompleteTicket]:
    """The ticket for print, its files at hand while the block lasts; with `append` also the PDFs, messages counted."""
    facts = await ticket_view.page_facts(ticket)
    said = [entry for entry in await thread_view.correspondence(ticket) if entry["type"] != "day"]
    messages = [entry for entry in said if entry["type"] == "message"]
    files = [file for message in messages for file in message["files"]]
    async with storage().at_hand(_needed(files, append)) as paths:
        document = TicketDocument(
            number=ticket["number"], subject=ticket["subject"], url=f"{settings().base_url}{facts['url']}",
            facts=_facts(facts), entries=list(_entries(said, paths, append)), created_text=_made(), vendor=vendor(),
            status_label=facts["status_label"], status_token=facts["status_token"],
            escalated_text=_escalated(facts), base_language=spoken(),
        )  # fmt: skip
        yield CompleteTicket(document, list(_enclosures(messages, paths)), append)


def _needed(files: Sequence[Row], append: bool) -> list[str]:
    """The hashes of as many pictures as are printed, and of as many PDFs as may be appended."""
    needed, size = [file["sha256"] for file in files if file["picture"]][:PICTURES], 0
    for file in files if append else ():
        size += file["size"] if file["content_type"] == PDF_TYPE else 0
        if file["content_type"] == PDF_TYPE and size <= MOST_BYTES:
            needed.append(file["sha256"])
    return needed


def _entries(
    said: Sequence[dict[str, Any]], paths: Mapping[str, Path], counted: bool
) -> Iterator[MessageEntry | EventEntry]:
    number = 0
    for entry in said:
        at = format_datetime(entry["at"])
        if entry["type"] == "event":
            yield EventEntry(entry["sentence"], at)
            continue
        if entry["origin"]:
            at = f"{at} · {translate('aus #%(number)s', number=entry['origin'])}"
        number += 1
        yield MessageEntry(
            author=entry["author"], organisation=entry["organisation"], at_text=at,
            audience_label=entry["audience_label"], body=entry["body"], side=entry["side"],
            files=[(f["name"], file_size(f["size"])) for f in entry["files"]],
            pictures=[(f["name"], paths.get(f["sha256"], NOWHERE)) for f in entry["files"] if f["picture"]],
            number=number if counted else 0,
        )  # fmt: skip


def _enclosures(messages: Sequence[dict[str, Any]], paths: Mapping[str, Path]) -> Iterator[Enclosure]:
    for number, message in enumerate(messages, 1):
        for file in message["files"]:
            yield Enclosure(
                name=file["name"], content_type=file["content_type"], size=file["size"], sha256=file["sha256"],
                size_text=file_size(file["size"]), message=number, author=message["author"],
                organisation=message["organisation"], at_text=format_datetime(message["at"]),
                path=paths.get(file["sha256"]),
            )  # fmt: skip


def _made() -> str:
    return translate("Erstellt am %(at)s von %(name)s", at=format_datetime(clock.now()), name=me().name)


def _escalated(facts: dict[str, Any]) -> str:
    if not facts["escalated_at"]:
        return ""
    at = format_datetime(facts["escalated_at"])
    return translate("Eskaliert am %(at)s von %(name)s", at=at, name=facts["escalated_by"] or "–")


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
    if ticket["waiting"]:
        found.insert(1, ("Wer handeln muss", ticket["waiting"].words))
    if ticket["handed_over_at"]:
        found.append(("Übergeben am", format_datetime(ticket["handed_over_at"])))
    if ticket["escalated_at"]:
        found.append(("Eskaliert am", format_datetime(ticket["escalated_at"])))
    return [*((translate(label), value) for label, value in found), *ticket["x3_context"].items()]
