"""„Wie der Kunde es sieht“: a ticket as its reporter reads it, for the vendor's people; nothing can be done there."""

from datetime import timedelta
from typing import Any

from quart import Blueprint, Response

from app.domain import journal, policy
from app.domain.models import Audience, Person
from app.language import translate
from app.web import thread_view, ticket_view
from app.web.guard import client_address, me
from app.web.respond import page

blueprint = Blueprint("as_reporter", __name__)

ONCE_IN = timedelta(minutes=5)
NOTHING_TO_DO = {"may_add": False, "may_join": False, "takes_part": False}


@blueprint.get("/tickets/<int:number>/as-reporter")
async def show(number: int) -> Response:
    """The ticket without what only the vendor reads; what only the customer reads is not shown here either."""
    ticket = await ticket_view.find_for_staff(number)
    reporter = await Person.get(id=ticket["reporter_id"])
    await journal.audit_once(me(), "viewed_as_reporter", f"#{number}, {reporter.name}", client_address(), ONCE_IN)
    said = await thread_view.correspondence(ticket)
    return await page(
        "tickets/as_reporter.html",
        ticket=await ticket_view.page_facts(ticket) | NOTHING_TO_DO,
        thread=list(_for_everybody(said, reporter)),
        labels=_labels(ticket, reporter),
        may_write=policy.may_write(reporter, ticket) and not ticket["deleted_at"],
    )


def _for_everybody(said: list[dict[str, Any]], reporter: Person) -> Any:
    """What everybody on the ticket reads; a day on which nothing of it was said has no heading."""
    day = None
    for entry in said:
        if entry["type"] == "day":
            day = entry
        elif entry["type"] == "event" or entry["audience"] == Audience.EVERYONE:
            if day:
                yield day
                day = None
            yield entry | {"own": entry.get("author_id") == reporter.id, "new": False}


def _labels(ticket: dict[str, Any], reporter: Person) -> list[str]:
    """What the reporter could do now."""
    moves = [translate(move.label) for move in policy.moves_for(reporter, ticket)]
    return [*moves, translate("Kontakt"), translate("PDF-Export"), translate("PDF mit Anhängen")]
