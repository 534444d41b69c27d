"""Who of the vendor is responsible for a ticket: by rule, by load, by who is there. Nothing else decides it.

The most exact rule is taken (product.md 2): one that names the organisation before one that names the module, and
that before one that names the category only. What is entered as „Zuständig“ at organisations and modules are such
rules too. Somebody always is responsible.
"""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import groupby

from app import clock
from app.database import Row, execute, marks, rows, written_rows
from app.domain import deputies, flow, journal
from app.domain.deputies import Away
from app.domain.flow import State
from app.domain.models import Role, Status
from app.language import GERMAN, speaking

STAFF = (Role.STAFF.value, Role.ADMIN.value)


@dataclass(frozen=True)
class Matter:
    """What a rule looks at."""

    organisation_id: int
    module_id: int
    category: str


@dataclass(frozen=True)
class Decision:
    """Who is responsible, and why: the kind of the journal's line, and what it says besides the name."""

    person_id: int
    name: str
    kind: str
    reason: str = ""

    @property
    def is_default(self) -> bool:
        """Whether it is what is usual, so that a new ticket's journal need not tell it."""
        return self.kind == "assigned_default"

    async def record(self, number: int) -> None:
        """Write it into the ticket's journal, inside the caller's transaction."""
        await journal.record(None, self.kind, number, self.reason, self.name)


@dataclass(frozen=True)
class Rung:
    """One rule that fits: the people it names who have an account still, and what it is for."""

    people: tuple[int, ...]
    scope: str
    default: bool
    chooses: bool  # whether it has the least loaded of several chosen


async def decide(matter: Matter, current: int | None = None) -> Decision | None:
    """Who gets this ticket, inside the caller's transaction; of equally loaded ones the current one stays.

    None only while nobody of the vendor has an account.
    """
    ladder = await _ladder(matter)
    return await _on(ladder, await deputies.away(clock.now()), current) if ladder else None


async def at_handover(ticket: Row, old: State, new: State) -> Decision | None:
    """Who else becomes responsible when a ticket comes to the vendor; None when it stays as it is.

    With its first handover a ticket begins to be a load, so a rule that has the least loaded chosen is asked anew.
    Later it goes to somebody else only when its responsible is away or has no account any more.
    """
    if new.status != Status.VENDOR_REVIEW or old.status == Status.VENDOR_REVIEW:
        return None
    current, gone = ticket["responsible_id"], await deputies.away(clock.now())
    names = await _names([current] if current else [])
    if names and current not in gone and old.handed_over_at:
        return None
    ladder = await _ladder(Matter(ticket["organisation_id"], ticket["module_id"], ticket["category"]))
    if not ladder:
        return None
    if not names or (old.handed_over_at is None and ladder[0].chooses):
        decision = await _on(ladder, gone, current)
    elif current in gone:
        decision = await _for_absent(current, ladder, gone)
    else:
        return None
    return decision if decision.person_id != current else None


async def assignees() -> list[Row]:
    """The staff members whom a ticket can be given to: id, name."""
    return await rows(
        "SELECT id, first_name || ' ' || last_name AS name FROM person "
        f"WHERE active = ? AND role IN {marks(STAFF)} ORDER BY last_name, first_name",
        True, *STAFF,
    )  # fmt: skip


async def _on(ladder: list[Rung], gone: Away, current: int | None) -> Decision:
    """What the first rung says; the others wait below it for people who have left."""
    rung = ladder[0]
    there = [id for id in rung.people if id not in gone]
    if rung.chooses and there:
        person, name = await _least_loaded(there, current)
        return Decision(person, name, "assigned_least", rung.scope)
    if there:
        return await _named(there[0], "assigned_default" if rung.default else "assigned_rule", rung.scope)
    return await _for_absent(rung.people[0], ladder, gone, rung.people[1:])


async def _for_absent(person: int, ladder: list[Rung], gone: Away, others: Collection[int] = ()) -> Decision:
    """The deputy of somebody who is away; nobody there: the vendor's default, or whoever stands in for them."""
    for absent in (person, *others):
        deputy = deputies.present(absent, gone)
        if deputy and await _names([deputy]):
            return await _named(deputy, "assigned_deputy", (await _names([absent]))[absent])
    last = ladder[-1].people
    there = next((found for one in last if (found := deputies.present(one, gone))), None) or last[0]
    return await _named(there, "assigned_default")


async def _named(person: int, kind: str, reason: str = "") -> Decision:
    return Decision(person, (await _names([person]))[person], kind, reason)


async def _names(people: Collection[int]) -> dict[int, str]:
    """The names of those who are the vendor's and have an account."""
    found = await written_rows(
        f"SELECT id, first_name || ' ' || last_name AS name FROM person WHERE id IN {marks(people)} AND active = ? "
        f"AND role IN {marks(STAFF)}",
        *people, True, *STAFF,
    )  # fmt: skip
    return {row["id"]: row["name"] for row in found}


async def _least_loaded(people: Collection[int], current: int | None) -> tuple[int, str]:
    """Of these the one with the fewest open tickets that wait for the vendor, else the current one, else the first.

    The vendor's row is held, so that of two at once the second one counts what the first one gave: PostgreSQL would
    count what was there when the statement began, before it waited.
    """
    await execute("UPDATE organisation SET name = name WHERE is_vendor = ?", True)
    found = await written_rows(
        f"""
        SELECT p.id, p.first_name || ' ' || p.last_name AS name,
          (SELECT COUNT(*) FROM ticket t WHERE t.responsible_id = p.id AND t.status = ?) AS load
        FROM person p WHERE p.id IN {marks(people)} ORDER BY load, CASE WHEN p.id = ? THEN 0 ELSE 1 END, p.id LIMIT 1
        """,
        Status.VENDOR_REVIEW.value, *people, current or 0,
    )  # fmt: skip
    return found[0]["id"], found[0]["name"]


async def _ladder(matter: Matter) -> list[Rung]:
    """The rules that fit, the most exact one first; at last the vendor's default, or else everybody. One statement."""
    organisation, module = matter.organisation_id, matter.module_id
    found = await written_rows(
        f"""
        SELECT x.place, x.rule, p.id, o.name AS organisation, mo.name AS module, x.category FROM (
          SELECT CASE WHEN r.organisation_id IS NULL THEN 0 ELSE 4 END + CASE WHEN r.module_id IS NULL THEN 0 ELSE 2 END
              + CASE WHEN r.category IS NULL THEN 0 ELSE 1 END AS place, r.id AS rule, rp.person_id AS person,
              r.organisation_id AS organisation, r.module_id AS module, r.category
            FROM assignment_rule r JOIN assignment_rule_person rp ON rp.rule_id = r.id
            WHERE COALESCE(r.organisation_id, ?) = ? AND COALESCE(r.module_id, ?) = ? AND COALESCE(r.category, ?) = ?
          UNION ALL SELECT 6, 0, responsible_id, organisation_id, module_id, NULL FROM organisation_module
            WHERE organisation_id = ? AND module_id = ?
          UNION ALL SELECT 4, 0, responsible_id, id, NULL, NULL FROM organisation WHERE id = ?
          UNION ALL SELECT 2, 0, responsible_id, NULL, id, NULL FROM module WHERE id = ?
          UNION ALL SELECT -1, 0, responsible_id, NULL, NULL, NULL FROM organisation WHERE is_vendor = ?
          UNION ALL SELECT -2, 0, id, NULL, NULL, NULL FROM person WHERE active = ? AND role IN {marks(STAFF)}
        ) x JOIN person p ON p.id = x.person AND p.active = ? AND p.role IN {marks(STAFF)}
        LEFT JOIN organisation o ON o.id = x.organisation LEFT JOIN module mo ON mo.id = x.module
        ORDER BY x.place DESC, x.rule DESC, p.id
        """,
        organisation, organisation, module, module, matter.category, matter.category, organisation, module,
        organisation, module, True, True, *STAFF, True, *STAFF,
    )  # fmt: skip
    rungs = [_rung(list(people)) for _, people in groupby(found, lambda row: (row["place"], row["rule"]))]
    return rungs[:-1] if len(rungs) > 1 and rungs[-2].default else rungs


def _rung(found: list[Row]) -> Rung:
    first = found[0]
    return Rung(
        people=tuple(row["id"] for row in found), default=first["place"] < 0, chooses=len(found) > 1,
        scope=scope(first["organisation"], first["module"], first["category"]),
    )  # fmt: skip


def scope(organisation: str | None, module: str | None, category: str | None) -> str:
    """What a rule is for, as the journal keeps it: „Verband Nord, Seminare, Fehlermeldung“."""
    with speaking(GERMAN):
        named = [organisation, module, flow.category_label(category) if category else None]
    return ", ".join(one for one in named if one) or "alle Tickets"
