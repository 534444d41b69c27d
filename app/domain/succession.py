"""When somebody of the vendor leaves: what they look after by rule and which open tickets, and who takes it over."""

from app.database import Row, execute, marks, rows, written_rows
from app.domain import assignment, assignment_rules, changes, directory, journal
from app.domain.assignment import Matter
from app.domain.flow import OPEN
from app.domain.models import Person, Role
from app.domain.policy import visible_tickets
from app.domain.refusals import Refused
from app.language import translate


async def responsibilities(staff: Person, id: int) -> list[Row]:
    """What a staff member is responsible for by rule: organisation, module, module of an organisation, or a `rule` of
    the assignment's own with its category."""
    directory.only_staff(staff)
    return await rows(
        """
        SELECT o.id AS organisation_id, o.name AS organisation, o.is_vendor, NULL AS module_id, NULL AS module,
          CAST(NULL AS INTEGER) AS rule, NULL AS category
        FROM organisation o WHERE o.responsible_id = ?
        UNION ALL SELECT o.id, o.name, o.is_vendor, mo.id, mo.name, NULL, NULL FROM organisation_module om
          JOIN organisation o ON o.id = om.organisation_id JOIN module mo ON mo.id = om.module_id
          WHERE om.responsible_id = ?
        UNION ALL SELECT NULL, NULL, NULL, mo.id, mo.name, NULL, NULL FROM module mo WHERE mo.responsible_id = ?
        UNION ALL SELECT r.organisation_id, o.name, NULL, r.module_id, mo.name, r.id, r.category
          FROM assignment_rule_person x JOIN assignment_rule r ON r.id = x.rule_id
          LEFT JOIN organisation o ON o.id = r.organisation_id LEFT JOIN module mo ON mo.id = r.module_id
          WHERE x.person_id = ?
        ORDER BY 2, 5, 6
        """,
        id, id, id, id,
    )  # fmt: skip


async def open_tickets(staff: Person, id: int) -> Row:
    """How many open tickets that the vendor sees somebody is responsible for, and how many they have reported."""
    visible = visible_tickets(staff)
    found = await rows(
        f"""
        SELECT COALESCE(SUM(CASE WHEN t.responsible_id = ? THEN 1 ELSE 0 END), 0) AS cared_for,
          COALESCE(SUM(CASE WHEN t.reporter_id = ? THEN 1 ELSE 0 END), 0) AS reported
        FROM ticket t WHERE (t.responsible_id = ? OR t.reporter_id = ?) AND t.deleted_at IS NULL
          AND t.status IN {marks(OPEN)} AND ({visible.sql})
        """,
        id, id, id, id, *(status.value for status in OPEN), *visible.values,
    )  # fmt: skip
    return found[0]


async def hand_over(actor: Person, of: Row, to: int) -> None:
    """Give somebody's rules and open tickets to another staff member, inside the caller's transaction.

    What the vendor has not been handed yet changes its responsible person too, but its journal keeps silent about it.
    Raises Refused(successor=…).
    """
    person = await Person.get_or_none(id=to, active=True, role__in=(Role.STAFF, Role.ADMIN))
    if person is None or person.id == of["id"]:
        raise Refused(successor=translate("Bitte wählen Sie jemanden aus der Liste."))
    for table in ("organisation", "module", "organisation_module"):
        await execute(f"UPDATE {table} SET responsible_id = ? WHERE responsible_id = ?", to, of["id"])
    await assignment_rules.replace(of["id"], to)
    handed_on = await written_rows(
        f"UPDATE ticket SET responsible_id = ?, version = version + 1 WHERE responsible_id = ? "
        f"AND deleted_at IS NULL AND status IN {marks(OPEN)} RETURNING number, handed_over_at",
        to, of["id"], *(status.value for status in OPEN),
    )  # fmt: skip
    before = f"{of['first_name']} {of['last_name']}"
    for row in handed_on:
        if row["handed_over_at"]:
            await journal.record(actor, "assigned", row["number"], before, person.name)
        await changes.ticket(row["number"])


async def share_out(of: Row) -> None:
    """Let the rules say anew who gets the open tickets of somebody who left without a successor, inside the caller's
    transaction: no open ticket is ever nobody's."""
    left = await written_rows(
        "SELECT number, organisation_id, module_id, category, handed_over_at FROM ticket WHERE responsible_id = ? "
        f"AND deleted_at IS NULL AND status IN {marks(OPEN)} ORDER BY number",
        of["id"], *(status.value for status in OPEN),
    )  # fmt: skip
    for row in left:
        decision = await assignment.decide(Matter(row["organisation_id"], row["module_id"], row["category"]))
        if decision is None:
            return
        await execute(
            "UPDATE ticket SET responsible_id = ?, version = version + 1 WHERE number = ?",
            decision.person_id, row["number"],
        )  # fmt: skip
        if row["handed_over_at"]:
            await decision.record(row["number"])
        await changes.ticket(row["number"])
