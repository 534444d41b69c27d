"""Organisations and the product's modules: create, rename, who has what, and who looks after it."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tortoise.exceptions import IntegrityError

from app import clock
from app.database import Row, atomic, changed, execute, marks, written_rows
from app.domain import directory, fulltext, journal, turns
from app.domain.models import Module, Organisation, OrganisationModule, Person, Role
from app.domain.refusals import Conflict, NotVisible, Refused
from app.domain.tokens import answer_form, claim_form
from app.domain.workdays import STATES, as_time
from app.language import translate
from app.text import clean_line

LONGEST_ORGANISATION = 120
LONGEST_MODULE = 60
MOST_NAMED = 5


@dataclass(frozen=True)
class WorkingHours:
    """When a customer works: a state of workdays.STATES or "", and minutes after midnight; -1 for what is no time."""

    state: str
    starts: int
    ends: int

    def words(self) -> str:
        """„Bayern, 08:00–17:00“."""
        return f"{STATES.get(self.state, 'Deutschland')}, {as_time(self.starts)}–{as_time(self.ends)}"


async def hold(id: int, customer: bool = True) -> Organisation:
    """The organisation, for one transaction at a time: whatever is done about its people and modules waits here.

    Raises NotVisible for an unknown one, and for the vendor's own unless `customer` is False.
    """
    if not await changed("UPDATE organisation SET name = name WHERE id = ?", id):
        raise NotVisible
    organisation = await Organisation.get(id=id)
    if customer and organisation.is_vendor:
        raise NotVisible
    return organisation


async def create(actor: Person, name: str, responsible: int | None, modules: Iterable[int], form_key: str) -> int:
    """Add a customer with its modules and return its id; the same form again returns the same.

    Raises Refused for a name that is missing, too long or taken, and for people and modules that are not there.
    """
    directory.only_staff(actor)
    name, chosen = _name(name, LONGEST_ORGANISATION, "Bitte geben Sie den Namen der Organisation an."), set(modules)
    async with _one_of_its_name(), atomic():
        known = await claim_form(actor, form_key)
        if known is not None:
            return int(known)
        await _check_name("organisation", name)
        await _check_responsible({responsible})
        await _check_modules(chosen)
        organisation = await Organisation.create(name=name, responsible_id=responsible, created_at=clock.now())
        await _give(organisation.id, dict.fromkeys(chosen))
        await journal.audit(actor, "organisation_created", name)
        await answer_form(actor, form_key, str(organisation.id))
    return organisation.id


async def change(
    actor: Person, id: int, stamp: str, name: str, responsible: int | None, hours: WorkingHours | None = None
) -> None:
    """Rename a customer, say who is responsible for it and when it works.

    Raises Conflict when somebody was faster, and Refused. Other hours reckon its tickets' turns anew.
    """
    directory.only_staff(actor)
    name = _name(name, LONGEST_ORGANISATION, "Bitte geben Sie den Namen der Organisation an.")
    if hours:
        _check_hours(hours)
    if await _change(actor, id, stamp, name, responsible, hours):
        await turns.reckon(id)


async def _change(
    actor: Person, id: int, stamp: str, name: str, responsible: int | None, hours: WorkingHours | None
) -> bool:
    """Whether it works at other hours now."""
    async with _one_of_its_name(), atomic():
        now = await _held(actor, id, stamp)
        await _check_name("organisation", name, id)
        await _check_responsible({responsible} - {now["responsible_id"]})
        before = WorkingHours(now["state"], now["work_starts"], now["work_ends"])
        hours = hours or before
        if (name, responsible, hours) == (now["name"], now["responsible_id"], before):
            return False
        await Organisation.filter(id=id).update(
            name=name, responsible_id=responsible, state=hours.state, work_starts=hours.starts, work_ends=hours.ends
        )
        if name != now["name"]:
            await fulltext.add_name(name, "SELECT number FROM ticket WHERE organisation_id = ?", id)
        said = [_renamed(now["name"], name)] + ([hours.words()] if hours != before else [])
        await journal.audit(actor, "organisation_changed", ", ".join(said))
    return hours != before


def _check_hours(hours: WorkingHours) -> None:
    if hours.state and hours.state not in STATES:
        raise Refused(state=translate("Bitte wählen Sie ein Bundesland aus der Liste."))
    if not 0 <= hours.starts < 24 * 60:
        raise Refused(work_starts=translate("Bitte geben Sie eine Uhrzeit an, zum Beispiel 08:00."))
    if not 0 <= hours.ends < 24 * 60:
        raise Refused(work_ends=translate("Bitte geben Sie eine Uhrzeit an, zum Beispiel 17:00."))
    if hours.ends <= hours.starts:
        raise Refused(work_ends=translate("Die Arbeitszeit endet, nachdem sie begonnen hat."))


async def change_modules(actor: Person, id: int, stamp: str, rules: Mapping[int, int | None]) -> None:
    """Set which modules a customer has, and who of the vendor is responsible for each, nobody for the usual rule.

    Its people lose the modules that it loses. Raises Conflict, and Refused(modules=…) where tickets are still open.
    """
    directory.only_staff(actor)
    async with atomic():
        now = await _held(actor, id, stamp)
        had = {one["id"]: one for one in now["modules"] if one["has"]}
        before = {module: row["responsible_id"] for module, row in had.items()}
        lost, new = had.keys() - rules.keys(), rules.keys() - had.keys()
        if rules == before:
            return
        await _check_modules(new)
        await _check_responsible({*rules.values()} - {*before.values()})
        _check_nothing_open(had[module] for module in lost)
        await _take(id, lost)
        await _give(id, {module: rules[module] for module in new})
        for module in had.keys() & rules.keys():
            if rules[module] != before[module]:
                await OrganisationModule.filter(organisation_id=id, module_id=module).update(
                    responsible_id=rules[module]
                )
        subject = ", ".join([now["name"], *directory.difference(now["modules"], had.keys(), rules.keys())])
        await journal.audit(actor, "organisation_changed", subject)


async def create_module(actor: Person, name: str, responsible: int | None, form_key: str) -> int:
    """Add a module to the product, after all others; the same form again returns the same id."""
    directory.only_staff(actor)
    name = _name(name, LONGEST_MODULE, "Bitte geben Sie den Namen des Moduls an.")
    async with _one_of_its_name(), atomic():
        known = await claim_form(actor, form_key)
        if known is not None:
            return int(known)
        await _check_name("module", name)
        await _check_responsible({responsible})
        last = await written_rows("SELECT COALESCE(MAX(position), 0) AS last FROM module")
        module = await Module.create(name=name, responsible_id=responsible, position=last[0]["last"] + 1)
        await journal.audit(actor, "module_created", name)
        await answer_form(actor, form_key, str(module.id))
    return module.id


async def change_module(actor: Person, id: int, name: str, responsible: int | None, place: int) -> None:
    """Rename a module, say who is responsible for it where no other rule is, and put it at its place in the order."""
    directory.only_staff(actor)
    name = _name(name, LONGEST_MODULE, "Bitte geben Sie den Namen des Moduls an.")
    async with _one_of_its_name(), atomic():
        module = await Module.get_or_none(id=id)
        if module is None:
            raise NotVisible
        await _check_name("module", name, id)
        await _check_responsible({responsible} - {module.responsible_id})  # type: ignore[attr-defined]
        await Module.filter(id=id).update(name=name, responsible_id=responsible)
        if name != module.name:
            await fulltext.add_name(name, "SELECT number FROM ticket WHERE module_id = ?", id)
        moved = await _put(id, place)
        if moved or (name, responsible) != (module.name, module.responsible_id):  # type: ignore[attr-defined]
            await journal.audit(actor, "module_changed", _renamed(module.name, name))


async def change_default(actor: Person, responsible: int | None) -> None:
    """Say who of the vendor is responsible where no rule names anybody."""
    directory.only_staff(actor)
    async with atomic():
        await _check_responsible({responsible})
        await execute("UPDATE organisation SET responsible_id = ? WHERE is_vendor = ?", responsible, True)
        vendor = await Organisation.get(is_vendor=True)
        await journal.audit(actor, "organisation_changed", vendor.name)


async def _held(actor: Person, id: int, stamp: str) -> Row:
    await hold(id)
    now = await directory.organisation(actor, id, written_rows)
    if now["stamp"] != stamp:
        raise Conflict(translate("Die Organisation wurde inzwischen geändert."))
    return now


async def _give(id: int, rules: Mapping[int, int | None]) -> None:
    await OrganisationModule.bulk_create(
        [OrganisationModule(organisation_id=id, module_id=m, responsible_id=who) for m, who in sorted(rules.items())]
    )


async def _take(id: int, modules: Iterable[int]) -> None:
    lost = sorted(modules)
    await execute(
        f"DELETE FROM organisation_module WHERE organisation_id = ? AND module_id IN {marks(lost)}", id, *lost
    )
    await execute(
        f"DELETE FROM person_module WHERE module_id IN {marks(lost)} "
        "AND person_id IN (SELECT p.id FROM person p WHERE p.organisation_id = ?)",
        *lost, id,
    )  # fmt: skip


async def _put(id: int, place: int) -> bool:
    """Move a module to a place among the others; whether that changes anything."""
    found = await written_rows("SELECT id, position FROM module ORDER BY position, name")
    order = [row["id"] for row in found if row["id"] != id]
    order.insert(max(0, place - 1), id)
    positions = {row["id"]: row["position"] for row in found}
    if order == [row["id"] for row in found]:
        return False
    for position, module in enumerate(order, 1):
        if positions[module] != position:
            await execute("UPDATE module SET position = ? WHERE id = ?", position, module)
    return True


def _name(name: str, longest: int, missing: str) -> str:
    name = clean_line(name)
    if not name:
        raise Refused(name=translate(missing))
    if len(name) > longest:
        raise Refused(name=translate("Bitte höchstens %(n)s Zeichen.", n=longest))
    return name


async def _check_name(table: str, name: str, own: int | None = None) -> None:
    others = await written_rows(f"SELECT id, name FROM {table}")
    if any(row["id"] != own and row["name"].casefold() == name.casefold() for row in others):
        raise Refused(name=translate("Diesen Namen gibt es schon."))


@asynccontextmanager
async def _one_of_its_name() -> AsyncIterator[None]:
    """Around a transaction: of two at once who take the same name, the second is told so."""
    try:
        yield
    except IntegrityError as error:
        raise Refused(name=translate("Diesen Namen gibt es schon.")) from error


async def _check_responsible(people: Iterable[int | None]) -> None:
    chosen = {one for one in people if one is not None}
    found = await Person.filter(id__in=chosen, active=True, role__in=(Role.STAFF, Role.ADMIN)).count()
    if found != len(chosen):
        raise Refused(responsible=translate("Bitte wählen Sie jemanden aus der Liste."))


async def _check_modules(modules: Iterable[int]) -> None:
    chosen = set(modules)
    if await Module.filter(id__in=chosen).count() != len(chosen):
        raise Refused(modules=translate("Bitte wählen Sie aus den Modulen der Liste."))


def _check_nothing_open(modules: Iterable[Row]) -> None:
    busy = [one for one in modules if one["open_tickets"]]
    if busy:
        named = ", ".join(f"{one['name']} ({one['open_tickets']})" for one in busy[:MOST_NAMED])
        raise Refused(
            modules=translate("Hier sind noch Tickets offen, die sonst niemand mehr prüft: %(names)s", names=named)
        )


def _renamed(before: str, after: str) -> str:
    return before if before == after else f"{before} → {after}"
