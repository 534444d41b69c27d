"""What the journal of a ticket says about whose turn it was: the way from its lines back to the turns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.database import Row
from app.domain.flow import MOVES, STATUS_LABELS, State
from app.domain.models import Audience, Role, Status
from app.language import LANGUAGES, speaking, translate

SIDES = {Status.USER_REVIEW: "user", Status.IT_REVIEW: "edv", Status.VENDOR_REVIEW: "vendor"}
ANSWERING = {Role.EDV: "edv", Role.STAFF: "vendor", Role.ADMIN: "vendor"}
# What the other sides may read of an answer: the EDV's may be for its own organisation, for the User is there too.
ANSWERS = {"edv": (Audience.EVERYONE, Audience.ORGANISATION), "vendor": (Audience.EVERYONE,)}


@dataclass(frozen=True)
class Held:
    """A side's turn. `answered_at` is only that of its first one."""

    side: str
    from_at: datetime
    until_at: datetime | None = None
    is_first: bool = False
    answered_at: datetime | None = None


def told(ticket: Row, events: Sequence[Row], messages: Sequence[Row]) -> list[Held]:
    """The turns of one ticket, oldest first, out of its row, its journal and its messages, each oldest first.

    `events` have kind, before, created_at and their actor's role, `messages` audience, created_at and their author's
    role. Where the journal says less than the ticket's own row (as with tickets from elsewhere), the row is believed.
    """
    at, state = ticket["created_at"], State(_start(ticket, events), handed_over_at=_given_at_once(ticket))
    turns = [Held(SIDES[state.status], at)]
    for event in events:
        if event["kind"] in MOVES:
            new = MOVES[event["kind"]].lead(state, event["created_at"])
            _pass(turns, state.status, new.status, event["created_at"])
            state = new
    if state.status != ticket["status"]:
        ended = ticket["closed_at"] or ticket["updated_at"]
        at = ended if ticket["status"] == Status.CLOSED else ticket["waiting_since"]
        _pass(turns, state.status, Status(ticket["status"]), max(at, turns[-1].from_at))
    return _answered(turns, events, messages[1:])


def _pass(turns: list[Held], old: Status, new: Status, at: datetime) -> None:
    if old == new:
        return
    if old in SIDES:
        turns[-1] = replace(turns[-1], until_at=at)
    if new in SIDES:
        turns.append(Held(SIDES[new], at))


def _given_at_once(ticket: Row) -> datetime | None:
    """When the vendor had the ticket from the start: released by the form, or made by staff."""
    given = ticket["handed_over_at"]
    return given if given and given == ticket["created_at"] else None


def _start(ticket: Row, events: Sequence[Row]) -> Status:
    """Where a ticket started. Older journals do not say where staff let it start: their first move does."""
    if not _given_at_once(ticket):
        return Status.IT_REVIEW
    made = events[0] if events else None
    if made is None or made["kind"] != "created_for" or made["role"] not in (Role.STAFF, Role.ADMIN):
        return Status.VENDOR_REVIEW
    if made["before"] in SIDES:
        return Status(made["before"])
    first = next((event for event in events if event["kind"] in MOVES), None)
    if first is None:
        asked = ticket["status"] == Status.USER_REVIEW
    else:
        asked = first["before"] in _words(Status.USER_REVIEW) or first["kind"] == "handover"
    return Status.USER_REVIEW if asked else Status.VENDOR_REVIEW


def _words(status: Status) -> set[str]:
    """A status in every language: the journal kept what its actor read."""
    found = set()
    for language in LANGUAGES:
        with speaking(language):
            found.add(translate(STATUS_LABELS[status]))
    return found


def _answered(turns: Sequence[Held], events: Iterable[Row], messages: Iterable[Row]) -> list[Held]:
    """The turns with the first ones marked, and when that side first wrote or moved after it had its first turn."""
    signs = [(event["created_at"], event["role"], "") for event in events if event["kind"] in MOVES]
    signs += [(one["created_at"], one["role"], one["audience"]) for one in messages]
    seen, found = set[str](), []
    for turn in turns:
        if turn.side in seen:
            found.append(turn)
            continue
        seen.add(turn.side)
        times = [at for at, role, audience in signs if at > turn.from_at and answers(role, audience) == turn.side]
        found.append(replace(turn, is_first=True, answered_at=min(times, default=None)))
    return found


def answers(role: str | None, audience: str = "") -> str:
    """The side that answers with a message for this audience, or with a move; nothing for Users and whispers."""
    side = ANSWERING.get(Role(role), "") if role else ""
    return side if side and (not audience or audience in ANSWERS[side]) else ""
