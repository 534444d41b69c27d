"""Absences: when somebody of the vendor or of an EDV is away, and who stands in for them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app import clock
from app.database import Row, atomic, execute, marks, rows, written_rows
from app.domain import directory, journal, organisations
from app.domain.models import Absence, Person, Role
from app.domain.policy import may_enter_absence, visible_people
from app.domain.refusals import Conflict, NotAllowed, NotVisible, Refused
from app.domain.tokens import answer_form, claim_form
from app.language import local, midnight, translate

LONGEST = timedelta(days=366)
DAY = timedelta(days=1)
WITH_ABSENCES = (Role.EDV, Role.STAFF, Role.ADMIN)


@dataclass(frozen=True)
class Away:
    """Somebody's absence as it is entered: both days included, in Berlin; nobody may stand in."""

    person_id: int
    first: date
    last: date
    deputy_id: int | None = None

    @property
    def starts_at(self) -> datetime:
        """The midnight before the first day."""
        return midnight(self.first)

    @property
    def ends_at(self) -> datetime:
        """The midnight after the last day."""
        return midnight(self.last + DAY)


async def listed(person: Person) -> list[Row]:
    """Absences that are not over, of those whose the person may enter, the next ones first.

    id, person_id, name, deputy, deputy_active, starts_at, ends_at, organisation. One statement.
    """
    visible = visible_people(person)
    found = await rows(
        f"""
        SELECT a.id, a.person_id, p.first_name || ' ' || p.last_name AS name, p.role, p.organisation_id,
          p.pseudonymised_at, o.name AS organisation, o.is_vendor, a.starts_at, a.ends_at,
          d.first_name || ' ' || d.last_name AS deputy, d.active AS deputy_active
        FROM absence a JOIN person p ON p.id = a.person_id JOIN organisation o ON o.id = p.organisation_id
        LEFT JOIN person d ON d.id = a.deputy_id
        WHERE a.ends_at > ? AND ({visible.sql}) ORDER BY a.starts_at, a.id
        """,
        clock.now(), *visible.values,
    )  # fmt: skip
    return [row for row in found if may_enter_absence(person, row | {"id": row["person_id"]})]


async def absentees(person: Person) -> list[Row]:
    """Whose absence the person may enter, themselves first: id, name, organisation."""
    visible = visible_people(person)
    found = await rows(
        f"""
        SELECT p.id, p.first_name || ' ' || p.last_name AS name, p.role, p.organisation_id, p.pseudonymised_at,
          o.name AS organisation, o.is_vendor
        FROM person p JOIN organisation o ON o.id = p.organisation_id
        WHERE p.active = ? AND p.role IN {marks(WITH_ABSENCES)} AND ({visible.sql})
        ORDER BY CASE WHEN p.id = ? THEN 0 ELSE 1 END, o.is_vendor DESC, o.name, p.last_name, p.first_name
        """,
        True, *(role.value for role in WITH_ABSENCES), *visible.values, person.id,
    )  # fmt: skip
    return [row for row in found if may_enter_absence(person, row)]


async def deputies_for(organisation_id: int, is_vendor: object) -> list[Row]:
    """Who can stand in for people of an organisation: id, name."""
    roles = (Role.STAFF, Role.ADMIN) if is_vendor else (Role.EDV,)
    return await rows(
        "SELECT id, first_name || ' ' || last_name AS name FROM person WHERE organisation_id = ? AND active = ? "
        f"AND role IN {marks(roles)} ORDER BY last_name, first_name",
        organisation_id, True, *(role.value for role in roles),
    )  # fmt: skip


async def enter(actor: Person, new: Away, form_key: str) -> None:
    """Enter an absence; the same form again enters none.

    Raises NotVisible, NotAllowed, and Refused for days that make no sense or overlap, for a deputy who cannot stand
    in, and for a circle of deputies.
    """
    async with atomic():
        if await claim_form(actor, form_key) is not None:
            return
        person = await directory.account(actor, new.person_id, written_rows)
        if not may_enter_absence(actor, person) or not person["active"]:
            raise NotAllowed
        await organisations.hold(person["organisation_id"], customer=False)  # two who name each other wait here
        _check_days(new)
        await _check_overlap(new)
        await _check_deputy(person, new)
        await Absence.create(
            person_id=new.person_id, deputy_id=new.deputy_id, starts_at=new.starts_at, ends_at=new.ends_at,
            created_at=clock.now(),
        )  # fmt: skip
        name = f"{person['first_name']} {person['last_name']}"
        await journal.audit(actor, "absence_entered", f"{name}, {new.first:%d.%m.%Y} bis {new.last:%d.%m.%Y}")
        await answer_form(actor, form_key, "entered")


async def find(person: Person, id: int) -> Row:
    """An absence that is not over and that the person may end; raises NotVisible."""
    for row in await listed(person):
        if row["id"] == id:
            return row
    raise NotVisible


async def end(actor: Person, id: int) -> None:
    """End an absence now; one that has not begun is forgotten. Raises NotVisible, and Conflict for one that is over."""
    row, now = await find(actor, id), clock.now()
    async with atomic():
        still = await written_rows("SELECT starts_at FROM absence WHERE id = ? AND ends_at > ?", id, now)
        if not still:
            raise Conflict
        if still[0]["starts_at"] > now:
            await execute("DELETE FROM absence WHERE id = ?", id)
        else:
            await execute("UPDATE absence SET ends_at = ? WHERE id = ?", now, id)
        days = f"{local(row['starts_at']):%d.%m.%Y} bis {local(row['ends_at'] - DAY / 2):%d.%m.%Y}"
        await journal.audit(actor, "absence_ended", f"{row['name']}, {days}")


async def forget(person_id: int) -> None:
    """Let go of when somebody was away and for whom they stood in, inside the caller's transaction."""
    await execute("DELETE FROM absence WHERE person_id = ?", person_id)
    await execute("UPDATE absence SET deputy_id = NULL WHERE deputy_id = ?", person_id)


def _check_days(new: Away) -> None:
    if new.last < new.first:
        raise Refused(last=translate("Der letzte Tag liegt vor dem ersten."))
    if new.ends_at <= clock.now():
        raise Refused(last=translate("Diese Tage sind schon vorbei."))
    if new.ends_at - new.starts_at > LONGEST:
        raise Refused(last=translate("Bitte höchstens ein Jahr."))


async def _check_overlap(new: Away) -> None:
    found = await written_rows(
        "SELECT starts_at, ends_at FROM absence WHERE person_id = ? AND starts_at < ? AND ends_at > ?",
        new.person_id, new.ends_at, new.starts_at,
    )  # fmt: skip
    if found:
        days = f"{local(found[0]['starts_at']):%d.%m.%Y} – {local(found[0]['ends_at'] - DAY / 2):%d.%m.%Y}"
        raise Refused(first=translate("In diesen Tagen ist schon eine Abwesenheit eingetragen: %(days)s.", days=days))


async def _check_deputy(person: Row, new: Away) -> None:
    if new.deputy_id is None:
        return
    able = {one["id"] for one in await deputies_for(person["organisation_id"], person["is_vendor"])}
    if new.deputy_id not in able or new.deputy_id == new.person_id:
        raise Refused(deputy=translate("Bitte wählen Sie jemanden aus der Liste."))
    if not person["is_vendor"]:
        await _check_modules(person["id"], new.deputy_id)
    if await _stands_in(new.deputy_id, new.person_id, new.starts_at, new.ends_at):
        raise Refused(
            deputy=translate("Diese Person wird in diesen Tagen selbst vertreten, und am Ende von %(name)s.",
                             name=f"{person['first_name']} {person['last_name']}")
        )  # fmt: skip


async def _check_modules(person: int, deputy: int) -> None:
    """An EDV is only stood in for by one who sees the same: nobody gets rights by a form about holidays."""
    found = await written_rows(
        "SELECT mo.name FROM person_module pm JOIN module mo ON mo.id = pm.module_id WHERE pm.person_id = ? "
        "AND NOT EXISTS (SELECT 1 FROM person_module x WHERE x.person_id = ? AND x.module_id = pm.module_id) "
        "ORDER BY mo.position, mo.name",
        person, deputy,
    )  # fmt: skip
    if found:
        names = ", ".join(row["name"] for row in found)
        raise Refused(deputy=translate("Dieser Person fehlen dafür Module: %(names)s.", names=names))


async def _stands_in(of: int, person: int, start: datetime, end: datetime) -> bool:
    """Whether somebody's chain of deputies leads to this person at any moment of the time."""
    found = await written_rows(
        "SELECT deputy_id, starts_at, ends_at FROM absence WHERE person_id = ? AND deputy_id IS NOT NULL "
        "AND starts_at < ? AND ends_at > ?",
        of, end, start,
    )  # fmt: skip
    for row in found:
        if row["deputy_id"] == person:
            return True
        if await _stands_in(row["deputy_id"], person, max(start, row["starts_at"]), min(end, row["ends_at"])):
            return True
    return False
