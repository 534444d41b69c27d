"""The composer of a ticket: its form, the mark of what the page shows, and what its button will do."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from wtforms import BooleanField, HiddenField, StringField

from app import clock
from app.database import Row
from app.domain import drafts, policy, priority, text_blocks
from app.domain.flow import MOVES, Move
from app.domain.models import Audience, Person, Status
from app.domain.ticket_filter import bounded_id
from app.language import format_datetime, local, translate, vendor
from app.web.errors import TYPED
from app.web.forms import Form, files, text
from app.web.guard import me
from app.web.measured import measured


class OpenPage(Form):
    """What every form on a ticket's page carries: which version the person saw, and up to which entry."""

    version = HiddenField()
    after = HiddenField()

    @property
    def seen_version(self) -> int:
        """The version; 0, which no ticket has, for anything else."""
        return bounded_id(self.version.data or "") or 0

    @property
    def seen(self) -> "Seen":
        """The mark of the last entry shown."""
        return Seen.read(self.after.data or "")


class MessageForm(OpenPage):
    """The composer of a ticket."""

    body = text("Nachricht")
    audience = StringField("Sichtbar für", default=Audience.EVERYONE.value)
    files = files("Anhänge")
    release = BooleanField("Freigabe")
    move = HiddenField()
    draft = HiddenField()


@dataclass(frozen=True)
class Seen:
    """Up to which message and journal line a page shows the correspondence; travels in the form as `12-34`."""

    message: int = 0
    event: int = 0

    @classmethod
    def read(cls, given: str) -> "Seen":
        """The mark that a form carries; nothing seen when it is not one."""
        first, _, second = given.partition("-")
        message, event = bounded_id(first) or 0, bounded_id(second) or 0
        return cls(message, event)

    def __str__(self) -> str:
        return f"{self.message}-{self.event}"


NOTHING_SEEN = Seen()


async def compose(
    ticket: Row, after: Seen, form: MessageForm | None = None, chosen: str = "", names: Sequence[str] = ()
) -> dict[str, Any] | None:
    """All that the composer shows; None for who only reads, and on a deleted ticket."""
    person = me()
    move = _composed_move(person, ticket, chosen)
    closed = ticket["status"] == Status.CLOSED and move is None
    if not policy.may_write(person, ticket) or ticket["deleted_at"] or closed:
        return None
    url, handover = f"/tickets/{ticket['number']}", MOVES["handover"]
    form = form or MessageForm()
    return {
        "form": form,
        "action": f"{url}/messages",
        "draft_url": f"{url}/draft",
        "blocks": await text_blocks.offered(person) if person.is_staff else None,
        "move": move.name if move else None,
        "button": translate(move.send_label) if move else translate("Nachricht senden"),
        "hint": _hint(move),
        "measure": measured(await priority.own(person), "own") if move and move.name == "escalate" else None,
        "audiences": _audiences(person, ticket, form.audience.data or Audience.EVERYONE),
        "may_release": policy.may(person, handover, ticket) and handover.starts_from(policy.state_of(ticket)),
        "cancel_url": f"{url}#composer" if move and move.name != "reopen" else None,
        "after": str(after),
        "file_names": list(names),
    }


def _composed_move(person: Person, ticket: Row, chosen: str) -> Move | None:
    possible = {move.name: move for move in policy.moves_for(person, ticket) if not move.danger}
    return possible.get(chosen) or possible.get("reopen")


def _hint(move: Move | None) -> str | None:
    if move is None or move.name != "escalate":
        return None
    return translate("Bitte schreiben Sie kurz, warum es eilt; ohne Nachricht lässt sich nicht eskalieren.")


def _audiences(person: Person, ticket: Row, chosen: str) -> list[dict[str, Any]]:
    everyone, own = policy.writable_audiences(person)
    labels = ((everyone, translate("Alle am Ticket")), (own, audience_label(own, ticket)))
    return [{"value": a.value, "label": label, "checked": a.value == chosen} for a, label in labels]


def refusal(ticket: Row) -> str | None:
    """Why there is no composer."""
    if ticket["merged_into_id"]:
        return translate("Dieses Ticket wurde mit einem anderen zusammengeführt; dort geht es weiter.")
    if ticket["deleted_at"]:
        return translate("Dieses Ticket ist gelöscht. Wer es wiederherstellt, kann auch wieder schreiben.")
    if policy.may_write(me(), ticket) and ticket["status"] == Status.CLOSED:
        return translate("Dieses Ticket ist geschlossen. Wieder öffnen kann es, wer es gemeldet hat, oder Ihre EDV.")
    return translate("Sie lesen dieses Ticket mit. Antworten können die Beteiligten und Ihre EDV.")


def audience_label(audience: str, ticket: Row) -> str | None:
    """„nur Verband Nord“, „nur UNIPLUS“, or None for what everybody on the ticket may read."""
    names = {Audience.ORGANISATION: ticket["organisation"], Audience.VENDOR: vendor()}
    name = names.get(Audience(audience))
    return translate("nur %(name)s", name=name) if name else None


# --- drafts ---


def restore(form: Form, draft: Row, given: Container[str] = ()) -> None:
    """Put a kept draft into the fields of its form, but for those that are `given` otherwise."""
    for name, value in draft["typed"].items():
        if name in form and name not in given:
            form[name].data = value
    form["draft"].data = drafts.mark(draft)


def draft_lines(kept: Sequence[Row]) -> list[dict[str, Any]]:
    """What a form says about the drafts that there are: the first one it shows, of others it holds the text ready."""
    return [
        {"mark": drafts.mark(draft), "title": _draft_title(draft, first=place == 0),
         "text": _draft_text(draft) if place else None}
        for place, draft in enumerate(kept)
    ]  # fmt: skip


def _draft_title(draft: Row, first: bool) -> str:
    at = local(draft["saved_at"])
    if at.date() != local(clock.now()).date():
        title = "Ihr Entwurf vom %(at)s Uhr" if first else "Ein anderer Entwurf vom %(at)s Uhr"
        return translate(title, at=format_datetime(at))
    title = "Ihr Entwurf von %(at)s Uhr" if first else "Ein anderer Entwurf von %(at)s Uhr"
    return translate(title, at=f"{at:%H:%M}")


def _draft_text(draft: Row) -> str:
    return "\n\n".join(value for name, value in draft["typed"].items() if isinstance(value, str) and name in TYPED)


def new_url(organisation: int | None, x3: int | None, place: str = "") -> str:
    """The address of the form for a new ticket, or of a `place` below it."""
    query = urlencode({name: id for name, id in (("organisation", organisation), ("x3", x3)) if id})
    return f"/tickets/new{place}" + (f"?{query}" if query else "")
