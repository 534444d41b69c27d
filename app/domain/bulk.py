"""One deed for many tickets: each by itself, by the same rules and with the same journal and letters as alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.database import Row, marks, rows
from app.domain import flow, text_blocks, tickets
from app.domain.flow import MOVES
from app.domain.models import Person
from app.domain.policy import visible_tickets
from app.domain.refusals import Conflict, NotAllowed, NotVisible, Refused
from app.domain.tickets import Draft
from app.domain.tokens import form_outcome, token_hash
from app.language import translate

MOST = 100
ASSIGN = "assign"
DEEDS = ("close", "to_it", "to_user", "reopen", ASSIGN)


@dataclass(frozen=True)
class Deed:
    """What is to be done with every chosen ticket; the body's places are filled for each."""

    name: str
    body: str = ""
    responsible: int = 0
    form_key: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of it for one ticket; a refusal says why."""

    number: int
    subject: str
    refusal: str = ""


async def chosen(person: Person, numbers: Sequence[int]) -> list[Row]:
    """Those of these tickets that the person sees, in the order of their numbers. One statement."""
    visible = visible_tickets(person)
    return await rows(
        f"""
        SELECT t.number, t.subject, t.status, t.deleted_at, t.version, o.name AS organisation,
          r.first_name || ' ' || r.last_name AS reporter, s.first_name || ' ' || s.last_name AS responsible
        FROM ticket t JOIN organisation o ON o.id = t.organisation_id JOIN person r ON r.id = t.reporter_id
        LEFT JOIN person s ON s.id = t.responsible_id
        WHERE t.number IN {marks(numbers)} AND ({visible.sql}) ORDER BY t.number LIMIT ?
        """,
        *numbers, *visible.values, MOST + 1,
    ) if numbers else []  # fmt: skip


def check(actor: Person, deed: Deed, count: int) -> None:
    """Raise what speaks against the deed whatever the tickets are."""
    if not actor.is_staff:
        raise NotAllowed
    if deed.name not in DEEDS:
        raise Refused(deed=translate("Bitte wählen Sie, was geschehen soll."))
    if not count:
        raise Refused(deed=translate("Bitte wählen Sie zuerst Tickets aus."))
    if count > MOST:
        raise Refused(deed=translate("Bitte höchstens %(n)s Tickets auf einmal.", n=MOST))
    if deed.name != ASSIGN and MOVES[deed.name].needs_message and not deed.body:
        raise Refused(body=translate("Dazu gehört eine Nachricht: Bitte schreiben Sie, worum es geht."))


async def carry_out(actor: Person, deed: Deed, seen: Sequence[tuple[int, int]]) -> list[Outcome]:
    """Do it to each of these (number, version), one transaction each; the same form again does nothing twice.

    Raises Refused at a field when nothing can be done at all; what a single ticket refuses is in its outcome.
    """
    check(actor, deed, len(seen))
    outcomes = []
    for number, version in seen:
        try:
            ticket = await tickets.find(actor, number)
        except NotVisible:
            continue
        outcomes.append(Outcome(number, ticket["subject"], await _refusal(actor, deed, ticket, version)))
    return outcomes


async def _refusal(actor: Person, deed: Deed, ticket: Row, version: int) -> str:
    """Do it to one ticket; why it was not done, or nothing."""
    try:
        await _do(actor, deed, ticket, version)
    except Conflict:
        if ticket["version"] == version:
            state = flow.status_label(ticket["status"], bool(ticket["deleted_at"]))
            return translate("geht nicht, das Ticket ist jetzt „%(status)s“", status=state)
        return translate("inzwischen geändert, bitte ansehen")
    except NotAllowed:
        return translate("dürfen Sie bei diesem Ticket nicht")
    except Refused as refused:
        if "responsible" in refused.fields:
            raise
        return " ".join(refused.fields.values())
    return ""


async def _do(actor: Person, deed: Deed, ticket: Row, version: int) -> None:
    key = token_hash(f"{deed.form_key} {ticket['number']}")
    body = text_blocks.fill(deed.body, ticket, actor)
    if deed.name == ASSIGN:
        if ticket["responsible_id"] == deed.responsible and await form_outcome(actor, key) is None:
            raise Refused(deed=translate("ist schon zuständig"))
        await tickets.assign(actor, ticket, deed.responsible, version, key)
    elif body:
        await tickets.reply(actor, ticket, Draft(body, key), deed.name, version)
    else:
        await tickets.move(actor, ticket, deed.name, version, key)
