"""Accounts of people: create and invite, change, deactivate and bring back. One verb, one transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tortoise.exceptions import IntegrityError

from app import clock
from app.database import Row, atomic, changed, execute, marks, rows, written_rows
from app.domain import accounts, directory, fulltext, identity, journal, organisations, outbox, succession
from app.domain.directory import Ask
from app.domain.identity import Identity
from app.domain.models import Audience, Letter, LetterState, Organisation, Person, PersonModule, Role
from app.domain.policy import may_change_rights, may_manage, roles_for
from app.domain.refusals import Conflict, NotAllowed, Refused
from app.domain.tokens import answer_form, claim_form
from app.language import GERMAN, speaking, translate

CHANGED = "Das Konto wurde inzwischen geändert."
# The tickets in which everybody may read somebody's name.
_KNOWN_BY_NAME = (
    "SELECT number FROM ticket WHERE reporter_id = ? "
    "UNION SELECT ticket_id FROM message WHERE author_id = ? AND audience = ?"
)
TAKEN = {
    "user_name": "Diesen Benutzernamen gibt es schon.",
    "email": "Zu dieser E-Mail-Adresse gibt es schon ein Konto.",
}


@dataclass(frozen=True)
class Rights:
    """What somebody is and may do. An EDV has both rights by being one, staff need neither rights nor modules."""

    role: Role | None
    modules: frozenset[int] = frozenset()
    sees_organisation: bool = False
    may_hand_over: bool = False

    def columns(self) -> dict[str, Any]:
        """What is stored of them with the person."""
        given = self.role == Role.USER
        return {
            "role": self.role, "sees_organisation": given and self.sees_organisation,
            "may_hand_over": given and self.may_hand_over,
        }  # fmt: skip


async def create(actor: Person, organisation_id: int, who: Identity, rights: Rights, form_key: str) -> int:
    """Make an account, invite its person and return its id; the same form again returns the same.

    Raises NotAllowed, and Refused for what is wrong or taken.
    """
    async with one_of_each(who), atomic():
        known = await claim_form(actor, form_key)
        if known is not None:
            return int(known)
        organisation = await organisations.hold(organisation_id, customer=False)
        if not may_manage(actor, {"id": None, "is_vendor": organisation.is_vendor}):
            raise NotAllowed
        person = await add(organisation, who, rights)
        await journal.audit(actor, "person_created", f"{_called(vars(person))}, {organisation.name}")
        await answer_form(actor, form_key, str(person.id))
    return person.id


async def add(organisation: Organisation, who: Identity, rights: Rights) -> Person:
    """Write a new account of an organisation that is held, and its invitation, inside the caller's transaction."""
    wrong = identity.problems(who) | await _taken(who, written_rows)
    if not organisation.is_vendor and not rights.modules:
        wrong["modules"] = translate("Bitte wählen Sie mindestens ein Modul.")
    await _check(organisation.id, organisation.is_vendor, rights, wrong)
    person = await Person.create(
        organisation=organisation, user_name=who.user_name, email=who.email, first_name=who.first_name,
        last_name=who.last_name, created_at=clock.now(), **rights.columns(),
    )  # fmt: skip
    await _give_modules(person.id, rights.modules)
    await outbox.post([person.id], "invitation")
    return person


async def invite(person_id: int, actor: Person) -> None:
    """Send the invitation once more; nothing while one is still waiting to be sent. Raises NotAllowed, Conflict."""
    async with atomic():
        now = await _held(actor, person_id)
        if not may_manage(actor, now):
            raise NotAllowed
        if now["has_password"] or not now["active"]:
            raise Conflict(translate(CHANGED))
        if await _post_invitation(person_id):
            await journal.audit(actor, "invited", _called(now))


async def change(actor: Person, id: int, stamp: str, who: Identity, rights: Rights) -> None:
    """Change an account; its person learns of a new address at the old one, and signs in anew with new rights.

    Raises NotAllowed, Conflict when somebody was faster, and Refused for what is wrong or taken.
    """
    async with one_of_each(who, id), atomic():
        now = await _held(actor, id, stamp)
        if not may_manage(actor, now):
            raise NotAllowed
        wrong = identity.problems(who, now["email"]) | await _taken(who, written_rows, id)
        await _check(now["organisation_id"], now["is_vendor"], rights, wrong)
        moved = await _change_identity(actor, now, who)
        if await _change_rights(actor, now, rights) or moved:
            await _begin_anew(now)


async def change_rights(actor: Person, id: int, stamp: str, rights: Rights) -> None:
    """Set the rights and modules of a User of the EDV's own organisation; the role stays what it is.

    Raises NotAllowed, Conflict when somebody was faster, and Refused(modules=…).
    """
    async with atomic():
        now = await _held(actor, id, stamp)
        if not may_change_rights(actor, now) or rights.role != now["role"]:
            raise NotAllowed
        await _check(now["organisation_id"], now["is_vendor"], rights, {})
        if await _change_rights(actor, now, rights):
            await _begin_anew(now)


async def deactivate(actor: Person, id: int, successor: int | None = None) -> None:
    """Close an account: its sessions and links end at once. A successor takes over what a staff member cared for, also
    when the account is closed already; without one the rules say who gets their open tickets.

    Raises NotAllowed, also for the own account, and Refused(successor=…).
    """
    async with atomic():
        now = await _held(actor, id)
        if not may_manage(actor, now):
            raise NotAllowed
        await _keep_an_admin(actor, now)
        if successor is not None:
            await succession.hand_over(actor, now, successor)
        if now["active"]:
            await execute("UPDATE person SET active = ? WHERE id = ?", False, id)
        if successor is None and now["is_vendor"]:
            await succession.share_out(now)
        if not now["active"]:
            return
        await accounts.end_all(id)
        await journal.audit(actor, "person_deactivated", _called(now))


async def activate(actor: Person, id: int) -> None:
    """Open an account again; whoever never set a password is invited again."""
    async with atomic():
        now = await _held(actor, id)
        if not may_manage(actor, now):
            raise NotAllowed
        if now["active"]:
            return
        await execute("UPDATE person SET active = ? WHERE id = ?", True, id)
        if not now["has_password"]:
            await _post_invitation(id)
        await journal.audit(actor, "person_activated", _called(now))


@asynccontextmanager
async def one_of_each(who: Identity, own: int | None = None) -> AsyncIterator[None]:
    """Around a transaction: of two at once who take the same user name or address, the second is told so."""
    try:
        yield
    except IntegrityError as error:  # by now the transaction is rolled back, so it can be asked what is taken
        raise Refused(**(await _taken(who, rows, own) or _clash("user_name"))) from error


async def _held(actor: Person, id: int, stamp: str = "") -> Row:
    """The account as it is now, for this transaction alone; raises NotVisible, and Conflict for another stamp."""
    seen = await directory.account(actor, id, written_rows)
    await organisations.hold(seen["organisation_id"], customer=False)
    await changed("UPDATE person SET active = active WHERE id = ?", id)
    now = await directory.account(actor, id, written_rows)
    if stamp and now["stamp"] != stamp:
        raise Conflict(translate(CHANGED))
    return now


async def _change_identity(actor: Person, now: Row, who: Identity) -> bool:
    """Write names and address where they differ; whether the address does."""
    new = {
        "first_name": who.first_name, "last_name": who.last_name, "user_name": who.user_name, "email": who.email,
    }  # fmt: skip
    changes = {column: value for column, value in new.items() if now[column] != value}
    if not changes:
        return False
    await Person.filter(id=now["id"]).update(**changes)
    if changes.keys() & {"first_name", "last_name"}:
        name = f"{who.first_name} {who.last_name}"
        await fulltext.add_name(name, _KNOWN_BY_NAME, now["id"], now["id"], Audience.EVERYONE.value)
    if "email" in changes:
        await outbox.post_to_address(now["email"], "email_changed", old=now["email"])
    changed_to = [f"{now[column]} → {value}" for column, value in changes.items()]
    await journal.audit(actor, "person_changed", ", ".join([_called(now), *changed_to]))
    return "email" in changes


async def _change_rights(actor: Person, now: Row, rights: Rights) -> bool:
    """Write role, rights and modules where they differ; whether they do."""
    columns = rights.columns()
    after = now | columns
    same_rights = directory.rights(now) == directory.rights(after) and now["role"] == after["role"]
    if same_rights and now["modules"] == rights.modules:
        return False
    if now["role"] == Role.ADMIN and rights.role != Role.ADMIN:
        await _keep_an_admin(actor, now)
    words = await _said(now, after, rights.modules)
    await Person.filter(id=now["id"]).update(**columns)
    await execute("DELETE FROM person_module WHERE person_id = ?", now["id"])
    await _give_modules(now["id"], rights.modules)
    await journal.audit(actor, "rights_changed", ", ".join([_called(now), *words]))
    return True


async def _check(organisation_id: int, is_vendor: object, rights: Rights, wrong: dict[str, str]) -> None:
    """Raise Refused with what is wrong already and what is wrong about the rights, all at once."""
    if rights.role not in roles_for(is_vendor):
        wrong["role"] = translate("Bitte wählen Sie eine Rolle.")
    owned = {row["id"] for row in await directory.organisation_modules(organisation_id, written_rows)}
    if not rights.modules <= (frozenset() if is_vendor else owned):
        wrong["modules"] = translate("Bitte wählen Sie aus den Modulen der Organisation.")
    if wrong:
        raise Refused(**wrong)


async def _give_modules(id: int, modules: frozenset[int]) -> None:
    await PersonModule.bulk_create([PersonModule(person_id=id, module_id=module) for module in sorted(modules)])


async def _begin_anew(now: Row) -> None:
    """End the sessions. Whoever has no password yet needs a new invitation: the old one is void."""
    await accounts.end_all(now["id"])
    if now["active"] and not now["has_password"]:
        await _post_invitation(now["id"])


async def _post_invitation(id: int) -> bool:
    """Post an invitation, unless one is waiting already: its link is made only when it is sent."""
    if await Letter.exists(to_id=id, letter="invitation", state=LetterState.WAITING):
        return False
    await outbox.post([id], "invitation")
    return True


async def _keep_an_admin(actor: Person, now: Row) -> None:
    """Whoever ends an admin's rights must be an admin still, so that one remains when two do it to each other."""
    if now["role"] == Role.ADMIN and not await Person.exists(id=actor.id, role=Role.ADMIN, active=True):
        raise NotAllowed


async def _taken(who: Identity, ask: Ask, own: int | None = None) -> dict[str, str]:
    found = await ask(
        "SELECT user_name, email FROM person WHERE (user_name = ? OR email = ?) AND id <> ?",
        who.user_name, who.email, own or 0,
    )  # fmt: skip
    wrong: dict[str, str] = {}
    for row in found:
        wrong |= _clash("user_name") if row["user_name"] == who.user_name else {}
        wrong |= _clash("email") if row["email"] == who.email else {}
    return wrong


def _clash(field: str) -> dict[str, str]:
    return {field: translate(TAKEN[field])}


def _called(row: Row) -> str:
    return f"{row['first_name']} {row['last_name']} ({row['user_name']})"


async def _said(before: Row, after: Row, modules: frozenset[int]) -> list[str]:
    """What changes about somebody's rights, for the audit log, which is kept in German whoever writes it."""
    words = []
    with speaking(GERMAN):
        if before["role"] != after["role"]:
            words.append(f"{directory.role_label(before['role'])} → {directory.role_label(after['role'])}")
        had, has = directory.rights(before), directory.rights(after)
    words += [f"+ {right}" for right in has if right not in had] + [f"− {right}" for right in had if right not in has]
    both = before["modules"] | modules
    names = await written_rows(f"SELECT id, name FROM module WHERE id IN {marks(both)} ORDER BY position, name", *both)
    return words + directory.difference(names, before["modules"], modules)
