"""Rules by which tickets get somebody responsible, as staff make and change them; `assignment.py` goes by them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from app.database import Row, atomic, changed, execute, marks, rows, written_rows
from app.domain import assignment, directory, journal
from app.domain.models import AssignmentRule, AssignmentRulePerson, Category, Organisation, Person
from app.domain.refusals import Conflict, NotVisible, Refused
from app.domain.tokens import answer_form, claim_form
from app.language import translate

MOST_PEOPLE = 30
OVERTAKEN = "Die Regel wurde inzwischen geändert."


@dataclass(frozen=True)
class NewRule:
    """For which tickets, None for all, and who gets them: one, or the least loaded of several."""

    organisation_id: int | None
    module_id: int | None
    category: Category | None
    people: frozenset[int]


async def listed(staff: Person) -> list[Row]:
    """Every rule, the most exact one first, as they are looked through.

    id, organisation, module, category, version, people: their ids, names and whether they have an account. Two
    statements.
    """
    directory.only_staff(staff)
    found = await rows(
        "SELECT r.id, r.organisation_id, r.module_id, r.category, r.version, o.name AS organisation, "
        "mo.name AS module FROM assignment_rule r LEFT JOIN organisation o ON o.id = r.organisation_id "
        "LEFT JOIN module mo ON mo.id = r.module_id"
    )
    people = await rows(
        "SELECT x.rule_id, p.id, p.first_name || ' ' || p.last_name AS name, p.active FROM assignment_rule_person x "
        "JOIN person p ON p.id = x.person_id ORDER BY p.last_name, p.first_name"
    )
    by_rule: dict[int, list[Row]] = {}
    for one in people:
        by_rule.setdefault(one["rule_id"], []).append(one)
    return sorted((row | {"people": by_rule.get(row["id"], [])} for row in found), key=_place)


def _place(row: Row) -> tuple[object, ...]:
    exact = (row["organisation"] is None, row["module"] is None, row["category"] is None)
    return (*exact, row["organisation"] or "", row["module"] or "", row["category"] or "", row["id"])


async def find(staff: Person, id: int) -> Row:
    """One rule; raises NotVisible."""
    for row in await listed(staff):
        if row["id"] == id:
            return row
    raise NotVisible


async def create(staff: Person, new: NewRule, form_key: str) -> None:
    """Add a rule; the same form again adds none. Raises Refused for a second one of the same, and unknown people."""
    directory.only_staff(staff)
    async with atomic():
        if await claim_form(staff, form_key) is not None:
            return
        await _hold()
        await _check_place(new)
        await _check_people(new.people)
        rule = await AssignmentRule.create(
            organisation_id=new.organisation_id, module_id=new.module_id, category=new.category
        )
        await _name(rule.id, new.people)
        await journal.audit(staff, "assignment_changed", await _said(rule.id))
        await answer_form(staff, form_key, str(rule.id))


async def change(staff: Person, id: int, version: int, people: frozenset[int]) -> None:
    """Set who gets the tickets of a rule; raises NotVisible, Conflict and Refused."""
    now = await find(staff, id)
    async with atomic():
        await _hold()
        await _next_version(id, version)
        await _check_people(people - {one["id"] for one in now["people"]}, people)
        await execute("DELETE FROM assignment_rule_person WHERE rule_id = ?", id)
        await _name(id, people)
        await journal.audit(staff, "assignment_changed", await _said(id))


async def remove(staff: Person, id: int, version: int) -> None:
    """Take a rule away; its tickets keep who is responsible. Raises NotVisible and Conflict."""
    await find(staff, id)
    async with atomic():
        await _hold()
        await _next_version(id, version)
        said = await _said(id)
        await execute("DELETE FROM assignment_rule_person WHERE rule_id = ?", id)
        await execute("DELETE FROM assignment_rule WHERE id = ?", id)
        await journal.audit(staff, "assignment_changed", f"{said}: entfernt")


async def replace(person_id: int, successor: int) -> None:
    """Put somebody in another one's place in every rule, inside the caller's transaction."""
    await execute(
        "UPDATE assignment_rule_person SET person_id = ? WHERE person_id = ? AND rule_id NOT IN "
        "(SELECT x.rule_id FROM assignment_rule_person x WHERE x.person_id = ?)",
        successor, person_id, successor,
    )  # fmt: skip
    await leave(person_id)


async def leave(person_id: int) -> None:
    """Take somebody out of every rule, and away those that name nobody then, inside the caller's transaction."""
    await execute("DELETE FROM assignment_rule_person WHERE person_id = ?", person_id)
    await execute(
        "DELETE FROM assignment_rule WHERE NOT EXISTS "
        "(SELECT 1 FROM assignment_rule_person x WHERE x.rule_id = assignment_rule.id)"
    )


async def _hold() -> None:
    """The vendor's row, for one at a time."""
    await execute("UPDATE organisation SET name = name WHERE is_vendor = ?", True)


async def _next_version(id: int, version: int) -> None:
    if not await changed("UPDATE assignment_rule SET version = version + 1 WHERE id = ? AND version = ?", id, version):
        raise Conflict(translate(OVERTAKEN))


async def _check_place(new: NewRule) -> None:
    if new.organisation_id is not None and not await Organisation.exists(id=new.organisation_id, is_vendor=False):
        raise Refused(organisation=translate("Bitte wählen Sie aus der Liste."))
    if new.module_id is not None and not await written_rows("SELECT 1 AS one FROM module WHERE id = ?", new.module_id):
        raise Refused(module=translate("Bitte wählen Sie aus der Liste."))
    category = new.category.value if new.category else ""
    same = await written_rows(
        "SELECT 1 AS one FROM assignment_rule WHERE COALESCE(organisation_id, 0) = ? AND COALESCE(module_id, 0) = ? "
        "AND COALESCE(category, '') = ?",
        new.organisation_id or 0, new.module_id or 0, category,
    )  # fmt: skip
    if same:
        raise Refused(organisation=translate("Für genau diese Tickets gibt es schon eine Regel."))


async def _check_people(added: Collection[int], people: Collection[int] | None = None) -> None:
    chosen = added if people is None else people
    if not chosen or len(chosen) > MOST_PEOPLE:
        raise Refused(people=translate("Bitte wählen Sie, wer diese Tickets bekommt."))
    known = await written_rows(
        f"SELECT id FROM person WHERE id IN {marks(added)} AND active = ? AND role IN {marks(assignment.STAFF)}",
        *added, True, *assignment.STAFF,
    )  # fmt: skip
    if len(known) != len(added):
        raise Refused(people=translate("Bitte wählen Sie jemanden aus der Liste."))


async def _name(rule: int, people: Collection[int]) -> None:
    await AssignmentRulePerson.bulk_create([AssignmentRulePerson(rule_id=rule, person_id=id) for id in sorted(people)])


async def _said(id: int) -> str:
    """„Verband Nord, Fehlermeldung: Stefan Kramer, Anna Winter“, for the audit log."""
    found: Sequence[Row] = await written_rows(
        "SELECT r.category, o.name AS organisation, mo.name AS module, p.first_name || ' ' || p.last_name AS name "
        "FROM assignment_rule r JOIN assignment_rule_person x ON x.rule_id = r.id JOIN person p ON p.id = x.person_id "
        "LEFT JOIN organisation o ON o.id = r.organisation_id LEFT JOIN module mo ON mo.id = r.module_id "
        "WHERE r.id = ? ORDER BY p.last_name, p.first_name",
        id,
    )
    scope = assignment.scope(found[0]["organisation"], found[0]["module"], found[0]["category"])
    return f"{scope}: " + ", ".join(row["name"] for row in found)
