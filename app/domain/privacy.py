"""Somebody is let go of: their name goes, what they did stays under a pseudonym. Preview first, then the deed."""

from collections.abc import Sequence
from dataclasses import dataclass

from app import clock
from app.database import Row, atomic, changed, execute, rows, written_rows
from app.domain import absences, accounts, directory, drafts, journal, mentions, organisations, outbox, succession
from app.domain.mentions import LONGEST, MOST_TERMS, SHORTEST, Scope, Terms
from app.domain.models import Person, RequestState, Role
from app.domain.policy import may_manage, visible_messages, visible_tickets
from app.domain.refusals import NotAllowed, Refused
from app.language import translate

BATCH = 10  # tickets in one transaction
ENTRIES = 200  # lines of the audit log in one transaction
MOST_LISTED = 50
FIRST_NAME = "Ehemaliger Benutzer"
# Everything that is about nobody but them: it goes, and with it sessions and tokens.
OWN_TABLES = (
    "person_module", "session", "token", "recovery_code", "form_key", "read_mark", "saved_filter", "text_block",
)  # fmt: skip


@dataclass(frozen=True)
class Preview:
    """What a pseudonym would change and what would stay, as far as the admin sees it."""

    pseudonym: str
    tickets: int  # reported by them
    messages: int
    uploads: int
    entries: int  # of tickets' journals
    letters: int
    sessions: int
    requests: int
    namesakes: int
    named: list[Row]  # number, subject, times: where their name stands in texts, the most first
    times: int  # all of them together


def pseudonym(id: int) -> str:
    """What a person with this id is called afterwards, always the same."""
    return f"{FIRST_NAME} {id}"


async def account(admin: Person, id: int) -> Row:
    """The account of somebody who may be let go of; raises NotVisible, and NotAllowed with the reason."""
    if admin.role != Role.ADMIN:
        raise NotAllowed
    found = await directory.account(admin, id)
    if found["pseudonymised_at"]:
        raise NotAllowed(translate("Dieses Konto ist schon pseudonymisiert."))
    if found["id"] == admin.id:
        raise NotAllowed(translate("Das eigene Konto kann nur ein anderer Administrator pseudonymisieren."))
    if not may_manage(admin, found):
        raise NotAllowed
    return found


async def duties(admin: Person, id: int) -> bool:
    """Whether somebody is still responsible for something: somebody else takes that over first."""
    cared_for = await rows(
        "SELECT number FROM ticket WHERE responsible_id = ? AND status <> 'closed' AND deleted_at IS NULL LIMIT 1", id
    )
    return bool(cared_for or await succession.responsibilities(admin, id))


def check_terms(terms: Terms) -> None:
    """Raise Refused(terms=…) for what would be replaced far too often, or is too much."""
    if len(terms.words) > MOST_TERMS:
        raise Refused(terms=translate("Bitte höchstens %(n)s Zeilen.", n=MOST_TERMS))
    if any(not SHORTEST <= len(word) <= LONGEST for word in terms.words):
        raise Refused(terms=translate("Bitte in jeder Zeile mindestens %(n)s Zeichen.", n=SHORTEST))


async def preview(admin: Person, id: int, terms: Terms) -> Preview:
    """What the deed would do, for the page that asks. Only what the admin sees is counted."""
    person = await account(admin, id)
    visible, read = visible_tickets(admin), visible_messages(admin)
    found = await rows(
        f"""
        SELECT (SELECT COUNT(*) FROM ticket t WHERE t.reporter_id = ? AND ({visible.sql})) AS tickets,
          (SELECT COUNT(*) FROM message m JOIN ticket t ON t.number = m.ticket_id
            WHERE m.author_id = ? AND {read.sql} AND ({visible.sql})) AS messages,
          (SELECT COUNT(*) FROM attachment f JOIN message m ON m.id = f.message_id JOIN ticket t
            ON t.number = m.ticket_id WHERE m.author_id = ? AND {read.sql} AND ({visible.sql})) AS uploads,
          (SELECT COUNT(*) FROM ticket_event e JOIN ticket t ON t.number = e.ticket_id
            WHERE e.actor_id = ? AND ({visible.sql})) AS entries,
          (SELECT COUNT(*) FROM letter WHERE to_id = ?) AS letters,
          (SELECT COUNT(*) FROM session WHERE person_id = ?) AS sessions,
          (SELECT COUNT(*) FROM access_request WHERE person_id = ?) AS requests,
          (SELECT COUNT(*) FROM person WHERE first_name = ? AND last_name = ? AND id <> ?) AS namesakes
        """,
        id, *visible.values, id, *read.values, *visible.values, id, *read.values, *visible.values,
        id, *visible.values, id, id, id, person["first_name"], person["last_name"], id,
    )  # fmt: skip
    counts = await mentions.counts(admin, _scope(person), terms)
    named = sorted(counts, key=lambda number: (-counts[number], number))[:MOST_LISTED]
    return Preview(
        pseudonym=pseudonym(id), times=sum(counts.values()),
        named=[{"number": number, "times": counts[number]} for number in named], **found[0],
    )  # fmt: skip


async def pseudonymise(admin: Person, id: int, terms: Terms) -> None:
    """Let go of a person's name everywhere; with terms, of these in the texts of tickets too.

    What is much goes in batches, each one transaction, and the account comes last: after a kill the same deed done
    again ends what was begun. Raises NotVisible, NotAllowed, and Refused while they are responsible for something.
    """
    check_terms(terms)
    person = await _close(admin, id)
    numbers = await _tickets(person, terms)
    for start in range(0, len(numbers), BATCH):
        async with atomic():
            await mentions.take_out(numbers[start : start + BATCH], id, pseudonym(id), terms, _name(person))
    await _reword_log(person)
    async with atomic():
        await _hold(admin, id)
        await _let_go(admin, person)


async def _close(admin: Person, id: int) -> Row:
    """From here on nobody signs in with the account, so nothing new comes under its name."""
    async with atomic():
        person = await _hold(admin, id)
        if await duties(admin, id):
            raise Refused(
                responsible=translate(
                    "%(name)s ist noch zuständig. Bitte übergeben Sie zuerst die Zuständigkeiten.", name=_name(person)
                )
            )
        await accounts.end_all(id)
        if person["active"]:
            await execute("UPDATE person SET active = ? WHERE id = ?", False, id)
            await journal.audit(admin, "person_deactivated", f"{_name(person)} ({person['user_name']})")
    return person


async def _hold(admin: Person, id: int) -> Row:
    """The account as it is now, for this transaction alone."""
    seen = await account(admin, id)
    await organisations.hold(seen["organisation_id"], customer=False)
    await changed("UPDATE person SET active = active WHERE id = ?", id)
    now = await directory.account(admin, id, written_rows)
    if now["pseudonymised_at"] or not await Person.exists(id=admin.id, role=Role.ADMIN, active=True):
        raise NotAllowed
    return now


async def _tickets(person: Row, terms: Terms) -> Sequence[int]:
    """Every ticket whose texts or search document name the person."""
    own = await rows(
        "SELECT number FROM ticket WHERE reporter_id = ? UNION SELECT ticket_id FROM message WHERE author_id = ?",
        person["id"], person["id"],
    )  # fmt: skip
    return sorted({row["number"] for row in own} | await mentions.numbers(_scope(person), terms))


async def _let_go(admin: Person, person: Row) -> None:
    id, name = person["id"], _name(person)
    await journal.rename(id, bool(person["is_vendor"]), name, pseudonym(id))
    await journal.forget_addresses(id)
    await outbox.forget(id, person["email"])
    await drafts.forget(id)
    await absences.forget(id)
    for table in OWN_TABLES:
        await execute(f"DELETE FROM {table} WHERE person_id = ?", id)
    await execute(
        "UPDATE access_request SET user_name = ?, first_name = ?, last_name = ?, email = ?, phone = '', reason = '' "
        "WHERE person_id = ? OR (email = ? AND state <> ?)",
        _sign(id), FIRST_NAME, str(id), _sign(id), id, person["email"], RequestState.PENDING.value,
    )  # fmt: skip
    await Person.filter(id=id).update(
        first_name=FIRST_NAME, last_name=str(id), user_name=_sign(id), email=_sign(id), active=False,
        sees_organisation=False, may_hand_over=False, password_hash=None, default_filter="", list_columns="",
        language="", browser_language="de", muted="", digest=False, totp_secret=None, totp_step=None,
        signed_in_at=None, pseudonymised_at=clock.now(),
    )  # fmt: skip
    await journal.audit(admin, "person_pseudonymised", f"{pseudonym(id)}, {person['organisation']}")


async def _reword_log(person: Row) -> None:
    """Let the audit log call them by their pseudonym, in batches; where it told old and new names, it tells none."""
    name, user_name, new = _name(person), person["user_name"], pseudonym(person["id"])
    called = Terms((f"{name} ({user_name})",)), Terms((name, person["email"]))
    searched = Terms((name, user_name, person["email"])).like("subject")
    last = 0
    while found := await rows(
        f"SELECT id, kind, subject FROM audit_entry WHERE id > ? AND {searched.sql} ORDER BY id LIMIT ?",
        last, *searched.values, ENTRIES,
    ):  # fmt: skip
        last = found[-1]["id"]
        async with atomic():
            for row in found:
                subject = called[1].replaced(called[0].replaced(row["subject"], new), new)
                if subject.casefold() == user_name or f"({user_name})" in subject:
                    subject = new  # a sign-in that failed, or an older name beside the same user name
                elif subject != row["subject"] and row["kind"] == "person_changed":
                    subject = new
                if subject != row["subject"]:
                    await journal.reword(row["id"], subject)


def _scope(person: Row) -> Scope:
    return Scope(None if person["is_vendor"] else person["organisation_id"])


def _name(person: Row) -> str:
    return f"{person['first_name']} {person['last_name']}"


def _sign(id: int) -> str:
    """A user name and an address that nobody can have: neither may begin so, and no letter goes there."""
    return f"#{id}"
