"""What the command line does inside the portal: its first admin, and what a restore makes void."""

from dataclasses import dataclass
from typing import Any

from app import clock
from app.database import atomic, changed, rows
from app.domain import accounts, dispatch, identity, journal, passwords, people
from app.domain.identity import Identity
from app.domain.models import Organisation, Person, Role
from app.domain.refusals import Refused
from app.language import translate


@dataclass(frozen=True)
class Void:
    """What a restored portal no longer has: how many letters are held, sessions and one-time secrets are gone."""

    letters: int
    sessions: int
    tokens: int


async def void_after_restore(state_of: str) -> Void:
    """Hold every waiting letter and end every session and one-time secret of a portal that is back from a backup.

    What was sent, signed out or used up since then would otherwise be so a second time.
    """
    async with atomic():
        letters = await dispatch.hold()
        sessions = await changed("DELETE FROM session")
        tokens = await changed("DELETE FROM token")
        await journal.audit(None, "portal_restored", state_of)
    return Void(letters, sessions, tokens)


async def has_admin() -> bool:
    """Whether anybody can administer this portal."""
    return bool(await rows("SELECT 1 AS one FROM person WHERE role = ? AND active = ? LIMIT 1", Role.ADMIN.value, True))


async def create_admin(vendor: str, who: Identity, password: str) -> None:
    """Add an admin, and the vendor's organisation under this name where there is none.

    Who is the first there becomes responsible for whatever has nobody else. Raises Refused for all that is wrong.
    """
    _check(who, password)
    stored = await accounts.hash_password(password)
    async with people.one_of_each(who), atomic():
        organisation = await _vendor(vendor)
        person = await Person.create(
            organisation=organisation, **_columns(who), role=Role.ADMIN, password_hash=stored, created_at=clock.now()
        )
        await Organisation.filter(id=organisation.id, responsible_id=None).update(responsible_id=person.id)
        await journal.audit(None, "admin_created", f"{person.name} ({person.user_name})")


def _check(who: Identity, password: str) -> None:
    wrong = identity.problems(who)
    try:
        passwords.check_new_password(password, Person(**_columns(who), role=Role.ADMIN))
    except Refused as refused:
        wrong |= refused.fields
    if wrong:
        raise Refused(**wrong)


def _columns(who: Identity) -> dict[str, Any]:
    return {name: value for name, value in vars(who).items() if name != "phone"}


async def _vendor(name: str) -> Organisation:
    """The vendor's organisation, made if need be."""
    known = await Organisation.filter(is_vendor=True).first()
    if known:
        return known
    if await Organisation.filter(name=name).exists():
        raise Refused(vendor=translate("Eine Organisation „%(name)s“ gibt es schon, als Kunde.", name=name))
    return await Organisation.create(name=name, is_vendor=True, created_at=clock.now())
