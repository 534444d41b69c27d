"""Access requests: who asks for an account, and what the vendor decides."""

from collections.abc import Sequence

from app import clock
from app.database import atomic, changed
from app.domain import changes, directory, identity, journal, organisations, outbox, people
from app.domain.identity import Identity
from app.domain.models import AccessRequest, Organisation, Person, RequestState
from app.domain.people import Rights
from app.domain.refusals import Conflict, NotVisible, Refused
from app.language import translate
from app.text import clean_line, clean_text

LONGEST_REASON = 1000
MOST_PENDING = 200  # of one organisation; whoever has a key could otherwise bury all others' requests


async def pending_count() -> int:
    """How many requests wait for a decision."""
    return await AccessRequest.filter(state=RequestState.PENDING).count()


async def submit(
    organisation_id: int,
    *,
    user_name: str,
    first_name: str,
    last_name: str,
    email: str,
    phone: str = "",
    modules: Sequence[str],
    requested_by: Person | None,
) -> tuple[AccessRequest, bool]:
    """Ask for an account in an organisation: the request, and whether it is new.

    Where the same address waits there already it is that request. Raises Refused for what is wrong in any field.
    Whether the name or address is taken is not told here: that may be another organisation's account.
    """
    who = identity.clean(first_name=first_name, last_name=last_name, user_name=user_name, email=email, phone=phone)
    chosen, unknown = await _modules(organisation_id, modules)
    if wrong := identity.problems(who) | _unknown_modules(unknown):
        raise Refused(**wrong)
    async with atomic():
        organisation = await organisations.hold(organisation_id)
        waiting = await AccessRequest.filter(organisation=organisation, email=who.email, state=RequestState.PENDING)
        if waiting:
            return waiting[0], False
        await _check_room(organisation, who, requested_by)
        request = await AccessRequest.create(
            organisation=organisation, user_name=who.user_name, first_name=who.first_name, last_name=who.last_name,
            email=who.email, phone=who.phone, modules=chosen, requested_by=requested_by, created_at=clock.now(),
        )  # fmt: skip
        await journal.audit(requested_by, "access_requested", f"{who.email}, {organisation.name}")
        await changes.access_requests()
    return request, True


async def find(organisation_id: int, id: int) -> AccessRequest:
    """A request of this organisation; raises NotVisible for any other."""
    request = await AccessRequest.filter(id=id, organisation_id=organisation_id).first()
    if request is None:
        raise NotVisible
    return request


async def approve(staff: Person, id: int, rights: Rights, user_name: str = "") -> int:
    """Make the account that was asked for, under another user name if need be, and invite its person; returns its id.

    Raises Conflict when somebody decided already, and Refused for what is taken: then nothing is done.
    """
    directory.only_staff(staff)
    asked = await _asked(id)
    who = identity.clean(
        first_name=asked.first_name, last_name=asked.last_name, user_name=user_name or asked.user_name,
        email=asked.email,
    )  # fmt: skip
    async with people.one_of_each(who), atomic():
        organisation = await organisations.hold(asked.organisation.id)
        await _decide(staff, id, RequestState.APPROVED)
        person = await people.add(organisation, who, rights)
        await AccessRequest.filter(id=id).update(person=person)
        await journal.audit(staff, "access_approved", f"{who.email}, {organisation.name}")
    return person.id


async def decline(staff: Person, id: int, reason: str) -> None:
    """Decline a request and tell the reason by letter; raises Conflict when somebody decided, and Refused(reason=…)."""
    directory.only_staff(staff)
    asked = await _asked(id)
    reason = clean_text(reason)
    if not reason:
        raise Refused(reason=translate("Bitte begründen Sie die Ablehnung; die Begründung wird mitgeschickt."))
    if len(reason) > LONGEST_REASON:
        raise Refused(reason=translate("Bitte höchstens %(n)s Zeichen.", n=LONGEST_REASON))
    async with atomic():
        await _decide(staff, id, RequestState.DECLINED, reason)
        await outbox.post_to_address(asked.email, "access_declined", request=id)
        await journal.audit(staff, "access_declined", f"{asked.email}, {asked.organisation.name}")


async def _asked(id: int) -> AccessRequest:
    request = await AccessRequest.get_or_none(id=id).select_related("organisation")
    if request is None:
        raise NotVisible
    return request


async def _decide(staff: Person, id: int, state: RequestState, reason: str = "") -> None:
    """Compare and set: of two who decide at once, the second changes nothing."""
    decided = await changed(
        "UPDATE access_request SET state = ?, decided_by_id = ?, decided_at = ?, reason = ? WHERE id = ? AND state = ?",
        state.value, staff.id, clock.now(), reason, id, RequestState.PENDING.value,
    )  # fmt: skip
    if not decided:
        raise Conflict(translate("Über diese Anfrage wurde inzwischen entschieden."))
    await changes.access_requests()


async def _check_room(organisation: Organisation, who: Identity, requested_by: Person | None) -> None:
    """Raise Refused where the own EDV asks for somebody whom they have, or too many requests wait."""
    if requested_by and await Person.exists(organisation=organisation, email=who.email):
        raise Refused(email=translate("Diese Adresse hat in Ihrer Organisation schon ein Konto."))
    if await AccessRequest.filter(organisation=organisation, state=RequestState.PENDING).count() >= MOST_PENDING:
        raise Refused(
            organisation=translate(
                "Es warten schon %(n)s Anfragen Ihrer Organisation. Bitte warten Sie, bis %(vendor)s sie geprüft hat.",
                n=MOST_PENDING,
            )
        )


async def _modules(organisation_id: int, names: Sequence[str]) -> tuple[list[str], list[str]]:
    """The modules that are meant, as the organisation has them, and the names that it has no module for."""
    owned = await directory.organisation_modules(organisation_id)
    asked = {name.casefold(): name for name in map(clean_line, names)}
    known = {row["name"].casefold(): row["name"] for row in owned}
    meant = [name for folded, name in known.items() if folded in asked]
    return meant, [name for folded, name in asked.items() if folded not in known]


def _unknown_modules(names: Sequence[str]) -> dict[str, str]:
    if not names:
        return {}
    named = ", ".join(f"„{name[:60]}“" for name in names[:5]) + (" …" if names[5:] else "")
    return {"modules": translate("Diese Module hat die Organisation nicht: %(names)s", names=named)}
