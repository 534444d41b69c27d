"""The life of a ticket: the words for its states, and MOVES, the one table by which a status changes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Literal

from app.domain.models import Audience, Category, Priority, Status
from app.language import ago, translate

# The one name of a status for chip, chart, PDF and Excel: the tokens --status-<name> and --status-<name>-soft.
StatusToken = Literal["it", "user", "vendor", "closed", "deleted"]

STATUS_LABELS = {
    Status.IT_REVIEW: "Prüfung durch EDV",
    Status.USER_REVIEW: "Prüfung durch User",
    Status.VENDOR_REVIEW: "Prüfung durch %(vendor)s",
    Status.CLOSED: "Geschlossen",
}
DELETED_LABEL = "Gelöscht"
DELETED: Final = "deleted"
STATUS_TOKENS: dict[Status, StatusToken] = {
    Status.IT_REVIEW: "it",
    Status.USER_REVIEW: "user",
    Status.VENDOR_REVIEW: "vendor",
    Status.CLOSED: "closed",
}
WAITING_FOR = {Status.IT_REVIEW: "EDV", Status.USER_REVIEW: "User", Status.VENDOR_REVIEW: "%(vendor)s"}
CATEGORY_LABELS = {
    Category.REQUEST: "Anfrage",
    Category.INCIDENT: "Fehlermeldung",
    Category.TASK: "Aufgabe",
}
PRIORITY_LABELS = {Priority.NORMAL: "Normal", Priority.HIGH: "Hoch"}

OPEN = (Status.IT_REVIEW, Status.USER_REVIEW, Status.VENDOR_REVIEW)


class Part(StrEnum):
    """A part that a person can have in a ticket; policy says who has which."""

    REPORTER = "reporter"
    RETURNING_REPORTER = "returning reporter"
    WRITER = "writer on the customer's side"
    EDV = "edv"
    STAFF = "staff"
    HANDOVER = "right to hand over"
    PORTAL = "the portal itself, which is nobody"


@dataclass(frozen=True)
class State:
    """All of a ticket that a move looks at and changes."""

    status: Status
    handed_over_at: datetime | None = None
    escalated_at: datetime | None = None
    deleted_at: datetime | None = None
    merged_into: int | None = None  # another ticket: then nothing leads anywhere any more


@dataclass(frozen=True)
class Move:
    """One row of the table: who may lead a ticket from where to where, and what it needs."""

    name: str
    label: str
    icon: str
    sources: tuple[Status, ...]
    who: frozenset[Part]
    target: Status | None = None
    needs_message: bool = False
    escalated: bool | None = None
    deleted: bool | None = False
    forbidden_audiences: tuple[Audience, ...] = ()
    send_label: str = "Nachricht senden"
    danger: bool = False

    def starts_from(self, state: State) -> bool:
        """Whether a ticket in this state can be moved so."""
        return (
            state.status in self.sources
            and not state.merged_into
            and (self.escalated is None or self.escalated == bool(state.escalated_at))
            and (self.deleted is None or self.deleted == bool(state.deleted_at))
        )

    def lead(self, state: State, at: datetime) -> State:
        """The state after the move."""
        match self.name:
            case "escalate":
                return replace(state, escalated_at=at)
            case "calm":
                return replace(state, escalated_at=None)
            case "delete":
                return replace(state, status=Status.CLOSED, deleted_at=at)
            case "restore":
                return replace(state, deleted_at=None)
            case "reopen":
                back = Status.VENDOR_REVIEW if state.handed_over_at else Status.IT_REVIEW
                return replace(state, status=back)
            case "handover":
                return replace(state, status=Status.VENDOR_REVIEW, handed_over_at=state.handed_over_at or at)
        return replace(state, status=self.target or state.status)


def _move(name: str, label: str, icon: str, sources: tuple[Status, ...], *who: Part, **more: Any) -> Move:
    return Move(name, label, icon, sources, frozenset(who), **more)


# product.md 3.1, in the order in which the buttons stand on the ticket (4.4).
MOVES = {
    move.name: move
    for move in (
        _move(
            "handover", "An %(vendor)s übergeben", "arrow-right", (Status.IT_REVIEW, Status.USER_REVIEW),
            Part.HANDOVER, Part.RETURNING_REPORTER, target=Status.VENDOR_REVIEW,
            send_label="Nachricht senden und an %(vendor)s übergeben",
        ),
        _move(
            "to_it", "An EDV übergeben", "monitor", (Status.USER_REVIEW, Status.VENDOR_REVIEW),
            Part.REPORTER, Part.STAFF, target=Status.IT_REVIEW, send_label="Nachricht senden und an EDV übergeben",
        ),
        _move(
            "to_user", "Rückfrage an User", "reply", (Status.IT_REVIEW, Status.VENDOR_REVIEW),
            Part.EDV, Part.STAFF, target=Status.USER_REVIEW, needs_message=True,
            forbidden_audiences=(Audience.VENDOR,), send_label="Nachricht senden und User fragen",
        ),
        _move(
            "escalate", "Eskalieren", "flag", OPEN, Part.WRITER, escalated=False, needs_message=True,
            forbidden_audiences=(Audience.ORGANISATION, Audience.VENDOR),
            send_label="Nachricht senden und Ticket eskalieren",
        ),
        _move(
            "calm", "Eskalation beantworten", "message-square", OPEN, Part.STAFF, escalated=True, needs_message=True,
            forbidden_audiences=(Audience.VENDOR,), send_label="Nachricht senden und Eskalation beantworten",
        ),
        _move(
            "close", "Als geschlossen markieren", "check", OPEN, Part.REPORTER, Part.EDV, Part.STAFF,
            target=Status.CLOSED, send_label="Nachricht senden und Ticket schließen",
        ),
        _move(
            "close_unanswered", "Ohne Antwort schließen", "check", (Status.USER_REVIEW,), Part.PORTAL,
            target=Status.CLOSED,
        ),
        _move(
            "reopen", "Wieder öffnen", "rotate-ccw", (Status.CLOSED,), Part.REPORTER, Part.EDV, Part.STAFF,
            send_label="Nachricht senden und Ticket wieder öffnen",
        ),
        _move(
            "delete", "Löschen", "trash-2", tuple(Status), Part.REPORTER, Part.EDV, Part.STAFF,
            target=Status.CLOSED, danger=True,
        ),
        _move("restore", "Wiederherstellen", "archive-restore", (Status.CLOSED,), Part.EDV, Part.STAFF, deleted=True),
    )
}  # fmt: skip


def status_label(status: str, deleted: bool = False) -> str:
    """The words for a status; a deleted ticket is „Gelöscht“."""
    return translate(DELETED_LABEL if deleted else STATUS_LABELS[Status(status)])


def status_token(status: str, deleted: bool = False) -> StatusToken:
    """The one name of a status for chip, chart, PDF and Excel."""
    return DELETED if deleted else STATUS_TOKENS[Status(status)]


def waiting_for(status: str) -> str | None:
    """Who has to act: „EDV“, „User“, the vendor; None when nobody has."""
    words = WAITING_FOR.get(Status(status))
    return translate(words) if words else None


@dataclass(frozen=True)
class Waiting:
    """Who has to act on a ticket, and since when: the one fact of every row, page, letter and print."""

    who: str
    since: datetime

    @property
    def words(self) -> str:
        """„wartet auf EDV seit 3 Tagen“."""
        return translate("wartet auf %(who)s seit %(time)s", who=self.who, time=ago(self.since))


def waiting(ticket: Mapping[str, Any]) -> Waiting | None:
    """For whom a ticket's row waits; None when nobody has to act."""
    who = waiting_for(ticket["status"])
    return Waiting(who, ticket["waiting_since"]) if who else None


def category_label(category: str) -> str:
    """„Anfrage“, „Fehlermeldung“ or „Aufgabe“."""
    return translate(CATEGORY_LABELS[Category(category)])


def urgency(escalated_at: object, priority: str) -> int:
    """The place of a ticket in the queue by urgency: 0 escalated, 1 high priority, 2 the others."""
    return 0 if escalated_at else 1 if priority == Priority.HIGH else 2


def priority_label(priority: str) -> str:
    """„Normal“ or „Hoch“."""
    return translate(PRIORITY_LABELS[Priority(priority)])
