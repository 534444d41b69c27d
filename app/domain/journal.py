"""The journal of tickets and the audit log: the one writer of both, and the sentences they are read as."""

from app import clock
from app.domain.models import AuditEntry, Person, TicketEvent
from app.language import translate

# What can happen to a ticket. The actor's name stands before the sentence.
TICKET_KINDS = {
    "created": "hat das Ticket erstellt",
    "created_x3": "hat das Ticket aus X3 erstellt",
    "created_for": "hat das Ticket für %(after)s erstellt",
    "handover": "hat das Ticket an %(vendor)s übergeben",
    "to_it": "hat das Ticket an die EDV übergeben",
    "to_user": "hat beim User nachgefragt",
    "escalate": "hat das Ticket eskaliert",
    "calm": "hat die Eskalation beantwortet",
    "close": "hat das Ticket geschlossen",
    "reopen": "hat das Ticket wieder geöffnet",
    "delete": "hat das Ticket gelöscht",
    "restore": "hat das Ticket wiederhergestellt",
    "assigned": "hat %(after)s als zuständig eingetragen",
    "participant": "nimmt am Ticket teil",
    "exported": "hat das Ticket als PDF exportiert",
}

# What the audit log knows.
AUDIT_KINDS = {
    "signed_in": "hat sich angemeldet",
    "sign_in_failed": "Anmeldung fehlgeschlagen: %(subject)s",
    "signed_out": "hat sich abgemeldet",
    "signed_out_everywhere": "hat sich überall abgemeldet",
    "password_changed": "hat das Passwort geändert",
    "exported": "hat exportiert: %(subject)s",
}


async def record(actor: Person, kind: str, ticket: int, before: str = "", after: str = "") -> None:
    """Write one line of a ticket's journal, inside the caller's transaction; raises KeyError for an unknown kind."""
    TICKET_KINDS[kind]
    await TicketEvent.create(
        ticket_id=ticket, actor=actor, kind=kind, before=before[:200], after=after[:200], created_at=clock.now()
    )


async def audit(actor: Person | None, kind: str, subject: str = "", address: str = "") -> None:
    """Write one line of the audit log; raises KeyError for an unknown kind."""
    AUDIT_KINDS[kind]
    await AuditEntry.create(
        actor=actor, kind=kind, subject=subject[:300], address=address[:45], created_at=clock.now()
    )


def sentence(kind: str, before: str = "", after: str = "") -> str:
    """What happened to a ticket, to be read after the actor's name."""
    return translate(TICKET_KINDS[kind], before=before, after=after)
