"""The journal of tickets and the audit log: the one writer of both, and the sentences they are read as."""

from datetime import datetime, timedelta

from app import clock
from app.database import execute, marks
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
    "assigned_default": "hat %(after)s als zuständig eingetragen: Standard bei %(vendor)s",
    "assigned_rule": "hat %(after)s als zuständig eingetragen: Regel für %(before)s",
    "assigned_least": "hat %(after)s als zuständig eingetragen: am wenigsten belastet nach der Regel für %(before)s",
    "assigned_deputy": "hat %(after)s als zuständig eingetragen: Vertretung von %(before)s",
    "reminded_user": "hat den User an seine Antwort erinnert",
    "reminded_it": "hat die EDV an ihre Prüfung erinnert",
    "reminded_all_it": "hat alle EDV der Organisation an die Prüfung erinnert",
    "closing_announced": "hat angekündigt, das Ticket ohne Antwort am %(after)s zu schließen",
    "close_unanswered": "hat das Ticket geschlossen: %(before)s Arbeitstage ohne Antwort, Regel für %(after)s",
    "participant": "nimmt am Ticket teil",
    "participant_added": "hat %(after)s am Ticket beteiligt",
    "participant_removed": "hat die Beteiligung von %(after)s beendet",
    "participant_left": "ist nicht mehr am Ticket beteiligt",
    "priority_high": "hat die Priorität auf „Hoch“ gesetzt",
    "priority_normal": "hat die Priorität auf „Normal“ gesetzt",
    "rated": "hat die Frage nach der Zufriedenheit beantwortet",
    "exported": "hat das Ticket als PDF exportiert",
    "merged": "hat Ticket #%(after)s hierher übernommen",
    "merged_away": "hat dieses Ticket mit einem anderen zusammengeführt",
    "exported_complete": "hat das Ticket mit Anhängen als PDF exportiert, Prüfsumme %(after)s",
    "expired": "hat das Ticket nach Ablauf der Aufbewahrungsfrist gelöscht",
}

# The kinds that name who became responsible, and whom they stand in for.
ASSIGNED = ("assigned", "assigned_default", "assigned_rule", "assigned_least", "assigned_deputy")

# What the audit log knows. Where somebody signed in has done it, their name stands before the sentence.
AUDIT_KINDS = {
    "signed_in": "hat sich angemeldet",
    "signed_in_x3": "hat sich aus X3 angemeldet",
    "sign_in_failed": "Anmeldung fehlgeschlagen: %(subject)s",
    "second_factor_failed": "Zweiter Faktor falsch: %(subject)s",
    "signed_out": "hat sich abgemeldet",
    "signed_out_everywhere": "hat sich überall abgemeldet",
    "password_changed": "hat das Passwort geändert",
    "password_reset_asked": "Link für ein neues Passwort angefordert: %(subject)s",
    "password_reset": "hat über den Link ein neues Passwort gesetzt",
    "second_factor_on": "hat den zweiten Faktor eingerichtet",
    "second_factor_off": "hat den zweiten Faktor abgeschaltet",
    "second_factor_reset": "hat den zweiten Faktor zurückgesetzt: %(subject)s",
    "recovery_code_used": "hat einen Wiederherstellungscode benutzt",
    "recovery_codes_made": "hat neue Wiederherstellungscodes erzeugt",
    "data_downloaded": "hat die eigenen Daten heruntergeladen",
    "invited": "hat eingeladen: %(subject)s",
    "invitation_accepted": "hat die Einladung angenommen",
    "person_created": "hat ein Konto angelegt: %(subject)s",
    "person_changed": "hat ein Konto geändert: %(subject)s",
    "rights_changed": "hat Rechte geändert: %(subject)s",
    "person_deactivated": "hat ein Konto deaktiviert: %(subject)s",
    "person_activated": "hat ein Konto wieder aktiviert: %(subject)s",
    "person_pseudonymised": "hat jemanden pseudonymisiert: %(subject)s",
    "organisation_created": "hat eine Organisation angelegt: %(subject)s",
    "organisation_changed": "hat eine Organisation geändert: %(subject)s",
    "module_created": "hat ein Modul angelegt: %(subject)s",
    "module_changed": "hat ein Modul geändert: %(subject)s",
    "access_requested": "Konto beantragt: %(subject)s",
    "access_approved": "hat ein Konto freigegeben: %(subject)s",
    "access_declined": "hat einen Kontoantrag abgelehnt: %(subject)s",
    "x3_key_created": "hat einen X3-Schlüssel angelegt: %(subject)s",
    "x3_key_revoked": "hat einen X3-Schlüssel widerrufen: %(subject)s",
    "x3_key_refused": "X3-Schlüssel abgewiesen: %(subject)s",
    "x3_login_code": "X3 hat einen Anmeldecode geholt: %(subject)s",
    "attachment_opened": "hat einen Anhang geöffnet: %(subject)s",
    "viewed_as_reporter": "hat ein Ticket so angesehen, wie der Kunde es sieht: %(subject)s",
    "exported": "hat exportiert: %(subject)s",
    "letter_retried": "hat eine E-Mail erneut gesendet: %(subject)s",
    "admin_created": "Administrator über die Befehlszeile angelegt: %(subject)s",
    "portal_restored": "Portal aus einer Sicherung wiederhergestellt: Stand vom %(subject)s",
    "rules_changed": "hat Regeln und Fristen geändert: %(subject)s",
    "assignment_changed": "hat die Zuweisung nach Regeln geändert: %(subject)s",
    "absence_entered": "hat eine Abwesenheit eingetragen: %(subject)s",
    "absence_ended": "hat eine Abwesenheit beendet: %(subject)s",
    "retention_changed": "hat eine Aufbewahrungsfrist geändert: %(subject)s",
    "tickets_expired": "Nach Ablauf der Frist gelöscht: %(subject)s",
    "tickets_removed": "Nach Ablauf der Frist endgültig entfernt: %(subject)s",
}


async def record(
    actor: Person | None, kind: str, ticket: int, before: str = "", after: str = "", at: datetime | None = None
) -> None:
    """Write one line of a ticket's journal, inside the caller's transaction; raises KeyError for an unknown kind.

    Nobody is the actor of what the portal does by itself. `at` is the moment that the ticket has too.
    """
    TICKET_KINDS[kind]
    await TicketEvent.create(
        ticket_id=ticket, actor=actor, kind=kind, before=before[:200], after=after[:200], created_at=at or clock.now()
    )


async def audit(actor: Person | None, kind: str, subject: str = "", address: str = "") -> None:
    """Write one line of the audit log; raises KeyError for an unknown kind."""
    AUDIT_KINDS[kind]
    await AuditEntry.create(
        actor=actor, kind=kind, subject=subject[:300], address=address[:45], created_at=clock.now()
    )


async def audit_once(actor: Person, kind: str, subject: str, address: str, within: timedelta) -> None:
    """Write one line of the audit log unless the same person has the same one from a moment ago. One statement."""
    AUDIT_KINDS[kind]
    now = clock.now()
    await execute(
        "INSERT INTO audit_entry (actor_id, kind, subject, address, created_at) SELECT ?, ?, ?, ?, ? WHERE NOT EXISTS "
        # The plus keeps the databases off the index by person: the last few minutes are always the shorter way.
        "(SELECT 1 FROM audit_entry WHERE created_at > ? AND +actor_id = ? AND kind = ? AND subject = ?)",
        actor.id, kind, subject[:300], address[:45], now, now - within, actor.id, kind, subject[:300],
    )  # fmt: skip


async def rename(person_id: int, is_staff: bool, name: str, pseudonym: str) -> None:
    """Let the journals of tickets name a person by their pseudonym, inside the caller's transaction."""
    await execute(
        "UPDATE ticket_event SET after = ? WHERE kind = 'created_for' AND after = ? "
        "AND ticket_id IN (SELECT number FROM ticket WHERE reporter_id = ?)",
        pseudonym, name[:200], person_id,
    )  # fmt: skip
    await execute(
        "UPDATE ticket_event SET after = ? WHERE kind IN ('participant_added', 'participant_removed') AND before = ?",
        pseudonym, str(person_id),
    )  # fmt: skip
    for column in ("before", "after") if is_staff else ():
        await execute(
            f"UPDATE ticket_event SET {column} = ? WHERE kind IN {marks(ASSIGNED)} AND {column} = ?",
            pseudonym, *ASSIGNED, name[:200],
        )  # fmt: skip


async def reword(entry: int, subject: str) -> None:
    """Let a line of the audit log say something else about whom it names."""
    await execute("UPDATE audit_entry SET subject = ? WHERE id = ?", subject[:300], entry)


async def forget_addresses(person_id: int) -> None:
    """Let the audit log no longer know from where a person came."""
    await execute("UPDATE audit_entry SET address = '' WHERE actor_id = ? AND address <> ''", person_id)


def sentence(kind: str, before: str = "", after: str = "") -> str:
    """What happened to a ticket, to be read after the actor's name."""
    return translate(TICKET_KINDS[kind], before=before, after=after)


def audit_sentence(kind: str, subject: str = "") -> str:
    """What the audit log says, to be read after the actor's name where there is one."""
    return translate(AUDIT_KINDS[kind], subject=subject)
