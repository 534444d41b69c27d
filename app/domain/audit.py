"""The audit log as it is read: a filter that knows its address, and one page of it, newest first."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from app.database import Row, marks, rows
from app.domain.models import Person, Role
from app.domain.refusals import NotAllowed
from app.domain.ticket_filter import LONGEST_QUERY, bounded_id
from app.language import midnight
from app.text import clean_line

PAGE = 50
MOST_WORDS = 6
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# What the kinds are chosen by: key → label, kinds. A sign-in out of X3 is looked for in both places.
GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "sign-in": ("Anmeldungen", (
        "signed_in", "signed_in_x3", "sign_in_failed", "second_factor_failed", "signed_out", "signed_out_everywhere",
    )),
    "accounts": ("Konten und Rechte", (
        "password_changed", "password_reset_asked", "password_reset", "second_factor_on", "second_factor_off",
        "second_factor_reset", "recovery_code_used", "recovery_codes_made", "invited", "invitation_accepted",
        "person_created", "person_changed", "rights_changed", "person_deactivated", "person_activated",
        "organisation_created", "organisation_changed", "module_created", "module_changed", "admin_created",
        "rules_changed", "assignment_changed", "absence_entered", "absence_ended",
    )),
    "privacy": ("Datenschutz", (
        "person_pseudonymised", "data_downloaded", "retention_changed", "tickets_expired", "tickets_removed",
    )),
    "approvals": ("Freigaben", ("access_requested", "access_approved", "access_declined")),
    "exports": ("Exporte", ("exported", "data_downloaded")),
    "files": ("Geöffnete Anhänge", ("attachment_opened",)),
    "looks": ("Aus Sicht des Kunden", ("viewed_as_reporter",)),
    "x3": ("X3", ("signed_in_x3", "x3_login_code", "x3_key_created", "x3_key_revoked", "x3_key_refused")),
    "letters": ("E-Mails", ("letter_retried",)),
    "operating": ("Betrieb", ("portal_restored",)),
}  # fmt: skip


@dataclass(frozen=True)
class Mark:
    """The last entry of a page; the next page begins behind it."""

    at: datetime
    id: int

    @classmethod
    def read(cls, given: str) -> "Mark | None":
        """The mark that an address carries, as microseconds and id; None when it is none."""
        first, _, second = given.partition("-")
        id = bounded_id(second)
        if id is None or not (first.isascii() and first.isdigit() and len(first) <= 16):
            return None
        return cls(EPOCH + timedelta(microseconds=int(first)), id)

    def __str__(self) -> str:
        return f"{(self.at - EPOCH) // timedelta(microseconds=1)}-{self.id}"


@dataclass(frozen=True)
class AuditFilter:
    """What of the log is asked for: words, one group of kinds, days in Berlin, and from which entry on."""

    q: str = ""
    group: str = ""
    first: date | None = None
    last: date | None = None
    before: Mark | None = None

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "AuditFilter":
        """The filter of an address; what cannot be understood is left out."""
        group = given.get("kind", "")
        return cls(
            q=clean_line(given.get("q", ""))[:LONGEST_QUERY],
            group=group if group in GROUPS else "",
            first=_day(given.get("from", "")),
            last=_day(given.get("until", "")),
            before=Mark.read(given.get("before", "")),
        )

    def url(self, **changes: Any) -> str:
        """The address of the log with this filter and `changes`, what is not set left out."""
        other = replace(self, **changes)
        pairs = {
            "q": other.q, "kind": other.group, "from": other.first, "until": other.last, "before": other.before,
        }  # fmt: skip
        query = urlencode({name: value for name, value in pairs.items() if value})
        return f"/staff/audit?{query}" if query else "/staff/audit"


def _day(given: str) -> date | None:
    try:
        day = date.fromisoformat(given)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2999 else None


async def find(admin: Person, filter: AuditFilter) -> list[Row]:
    """One page of the log, newest first, and one row more when there is a next page. One statement."""
    if admin.role != Role.ADMIN:
        raise NotAllowed
    where, values = _where(filter)
    return await rows(
        f"""
        SELECT a.id, a.kind, a.subject, a.address, a.created_at, p.id AS person_id, p.user_name,
          p.first_name || ' ' || p.last_name AS actor, o.name AS organisation
        FROM (SELECT a.* FROM audit_entry a WHERE {where} ORDER BY a.created_at DESC, a.id DESC LIMIT ?) a
        LEFT JOIN person p ON p.id = a.actor_id LEFT JOIN organisation o ON o.id = p.organisation_id
        ORDER BY a.created_at DESC, a.id DESC
        """,
        *values, PAGE + 1,
    )  # fmt: skip


def _where(filter: AuditFilter) -> tuple[str, list[object]]:
    parts, values = ["1 = 1"], list[object]()

    def add(sql: str, *more: object) -> None:
        parts.append(sql)
        values.extend(more)

    if filter.group:
        kinds = GROUPS[filter.group][1]
        add(f"a.kind IN {marks(kinds)}", *kinds)
    if filter.first:
        add("a.created_at >= ?", midnight(filter.first))
    if filter.last:
        add("a.created_at < ?", midnight(filter.last + timedelta(days=1)))
    if filter.before:
        add("(a.created_at, a.id) < (?, ?)", filter.before.at, filter.before.id)
    for word in filter.q.split()[:MOST_WORDS]:
        add(
            "(LOWER(a.subject) LIKE ? ESCAPE '!' OR a.address LIKE ? ESCAPE '!' OR a.actor_id IN "
            "(SELECT p.id FROM person p WHERE LOWER(p.first_name || ' ' || p.last_name || ' ' || p.user_name || ' ' "
            "|| p.email) LIKE ? ESCAPE '!'))",
            *[pattern(word)] * 3,
        )
    return " AND ".join(parts), values


def pattern(word: str) -> str:
    """The word anywhere, as LIKE finds it on both databases.

    SQLite's LOWER knows ASCII only, so any other letter stands for whichever letter is in its place.
    """
    return "%" + "".join(f"!{c}" if c in "!%_" else c.lower() if c.isascii() else "_" for c in word) + "%"

