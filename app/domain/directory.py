"""People and organisations as others look them up: rows and words for lists, no verbs."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

from app.database import Row, marks, rows
from app.domain.flow import OPEN
from app.domain.models import Person, Role
from app.domain.policy import visible_modules, visible_people, visible_tickets
from app.domain.refusals import NotAllowed, NotVisible
from app.language import translate
from app.text import fold

Ask = Callable[..., Awaitable[list[Row]]]  # database.rows, or written_rows inside a transaction

PAGE = 50
ROLE_LABELS = {Role.USER: "User", Role.EDV: "EDV", Role.STAFF: "Mitarbeiter", Role.ADMIN: "Administrator"}
SEES_ORGANISATION = "sieht die ganze Organisation"
MAY_HAND_OVER = "darf an %(vendor)s übergeben"

_RESPONSIBLE = "s.first_name || ' ' || s.last_name AS responsible, s.active AS responsible_active"

_folded = lru_cache(maxsize=20_000)(fold)


def role_label(role: str) -> str:
    """„User“, „EDV“, „Mitarbeiter“ or „Administrator“."""
    return translate(ROLE_LABELS[Role(role)])


def rights(person: Mapping[str, Any]) -> list[str]:
    """What somebody may do beyond their own tickets, in words; an EDV has both rights by being one."""
    if person["role"] in (Role.STAFF, Role.ADMIN):
        return []
    is_edv = person["role"] == Role.EDV
    given = ((SEES_ORGANISATION, "sees_organisation"), (MAY_HAND_OVER, "may_hand_over"))
    return [translate(words) for words, right in given if is_edv or person[right]]


async def people(person: Person, q: str = "", organisation: int | None = None) -> list[Row]:
    """Everybody whom the person may look up, of one organisation or all, and whose names have all words of `q`.

    By organisation, the vendor first, then by name. One statement; the words are compared as in the full-text search.
    """
    visible = visible_people(person)
    only = "AND p.organisation_id = ?" if organisation else ""
    found = await rows(
        f"""
        SELECT p.id, p.user_name, p.email, p.first_name, p.last_name, p.role, p.sees_organisation, p.may_hand_over,
          p.active, p.pseudonymised_at, p.organisation_id, o.name AS organisation, o.is_vendor,
          (p.password_hash IS NULL AND p.signed_in_at IS NULL) AS invited,
          (SELECT COUNT(*) FROM organisation_module om WHERE om.organisation_id = o.id) AS owned
        FROM person p JOIN organisation o ON o.id = p.organisation_id WHERE ({visible.sql}) {only}
        """,
        *visible.values, *([organisation] if organisation else []),
    )  # fmt: skip
    return await asyncio.to_thread(_sorted, found, fold(q).split())


def _sorted(found: Sequence[Row], words: Sequence[str]) -> list[Row]:
    chosen = [row for row in found if _has(row, words)] if words else found
    return sorted(
        chosen,
        key=lambda row: (
            not row["is_vendor"], _folded(row["organisation"]), row["organisation_id"],
            _folded(row["last_name"]), _folded(row["first_name"]), row["id"],
        ),
    )  # fmt: skip


def _has(row: Row, words: Sequence[str]) -> bool:
    names = ("first_name", "last_name", "user_name", "email", "organisation")
    known = " ".join(_folded(row[name]) for name in names).split()
    return all(any(one.startswith(word) for one in known) for word in words)


async def modules_of(people: Collection[int]) -> dict[int, list[str]]:
    """The names of the modules of each of these people. One statement."""
    found = await rows(
        "SELECT pm.person_id, mo.name FROM person_module pm JOIN module mo ON mo.id = pm.module_id "
        f"WHERE pm.person_id IN {marks(people)} ORDER BY mo.position, mo.name",
        *people,
    )
    return _grouped(found, "person_id", "name")


async def modules(person: Person) -> list[str]:
    """The names of the modules that the person may use."""
    usable = visible_modules(person)
    found = await rows(
        f"SELECT mo.name FROM module mo WHERE {usable.sql} ORDER BY mo.position, mo.name", *usable.values
    )
    return [row["name"] for row in found]


async def organisations(staff: Person) -> list[Row]:
    """Every customer: name, responsible, active people, EDV among them, and open tickets that the vendor sees."""
    only_staff(staff)
    visible = visible_tickets(staff)
    found = await rows(
        f"""
        SELECT o.id, o.name, o.is_vendor, {_RESPONSIBLE},
          (SELECT COUNT(*) FROM person p WHERE p.organisation_id = o.id AND p.active = ?) AS people,
          (SELECT COUNT(*) FROM person p WHERE p.organisation_id = o.id AND p.active = ? AND p.role = ?) AS edv,
          (SELECT COUNT(*) FROM ticket t WHERE t.organisation_id = o.id AND ({visible.sql})
            AND t.deleted_at IS NULL AND t.status IN {marks(OPEN)}) AS open_tickets
        FROM organisation o LEFT JOIN person s ON s.id = o.responsible_id WHERE o.is_vendor = ?
        """,
        True, True, Role.EDV.value, *visible.values, *(status.value for status in OPEN), False,
    )  # fmt: skip
    return sorted(found, key=lambda row: (fold(row["name"]), row["id"]))


async def vendors(staff: Person) -> list[Row]:
    """The vendor's own organisation, with who is responsible where no rule names anybody."""
    only_staff(staff)
    return await rows(
        f"SELECT o.id, o.name, o.is_vendor, o.responsible_id, {_RESPONSIBLE} FROM organisation o "
        "LEFT JOIN person s ON s.id = o.responsible_id WHERE o.is_vendor = ?",
        True,
    )


async def modules_of_organisations(staff: Person) -> dict[int, list[str]]:
    """The names of the modules that each organisation has. One statement."""
    only_staff(staff)
    found = await rows(
        "SELECT om.organisation_id, mo.name FROM organisation_module om JOIN module mo ON mo.id = om.module_id "
        "ORDER BY mo.position, mo.name"
    )
    return _grouped(found, "organisation_id", "name")


async def account(person: Person, id: int, ask: Ask = rows) -> Row:
    """Somebody's account with what its page names, the ids of their modules and a `stamp`; raises NotVisible."""
    visible = visible_people(person)
    found = await ask(
        f"""
        SELECT p.id, p.user_name, p.email, p.first_name, p.last_name, p.role, p.sees_organisation, p.may_hand_over,
          p.active, p.organisation_id, p.created_at, p.signed_in_at, p.pseudonymised_at, o.name AS organisation,
          o.is_vendor,
          p.password_hash IS NOT NULL AS has_password, p.totp_secret IS NOT NULL AS has_second_factor
        FROM person p JOIN organisation o ON o.id = p.organisation_id WHERE p.id = ? AND ({visible.sql})
        """,
        id, *visible.values,
    )  # fmt: skip
    if not found:
        raise NotVisible
    modules = await ask("SELECT module_id FROM person_module WHERE person_id = ?", id)
    row = found[0] | {"modules": frozenset(one["module_id"] for one in modules)}
    return row | {"stamp": stamp(*(row[name] for name in _EDITED), *sorted(row["modules"]))}


_EDITED = (
    "user_name", "email", "first_name", "last_name", "role", "sees_organisation", "may_hand_over", "active",
)  # fmt: skip


def stamp(*values: object) -> str:
    """What a form is built from, in a few letters: whoever sends it back with another one saw an older state."""
    # SQLite says 1 where PostgreSQL says True.
    plain = [int(value) if isinstance(value, bool) else value for value in values]
    return hashlib.sha256(json.dumps(plain, default=str).encode()).hexdigest()[:16]


async def organisation(staff: Person, id: int, ask: Ask = rows) -> Row:
    """A customer with its `modules` and a `stamp`; raises NotVisible.

    Each of the product's modules says whether the organisation has it, who is responsible there, who would be
    responsible as `usual` without a rule, how many of its EDV
    review it, how many of its people use it, and how many of its tickets
    are open.
    """
    only_staff(staff)
    found = await ask(
        "SELECT o.id, o.name, o.created_at, o.responsible_id, o.closed_months, o.deleted_months, o.state, "
        f"o.work_starts, o.work_ends, {_RESPONSIBLE} "
        "FROM organisation o "
        "LEFT JOIN person s ON s.id = o.responsible_id WHERE o.id = ? AND o.is_vendor = ?",
        id, False,
    )  # fmt: skip
    if not found:
        raise NotVisible
    modules = await _modules_of_organisation(id, ask)
    rules = [(one["id"], one["responsible_id"]) for one in modules if one["has"]]
    facts = [found[0][name] for name in ("name", "responsible_id", "state", "work_starts", "work_ends")]
    return found[0] | {"modules": modules, "stamp": stamp(*facts, sorted(rules, key=str))}


async def _modules_of_organisation(id: int, ask: Ask) -> list[Row]:
    return await ask(
        f"""
        SELECT mo.id, mo.name, om.id IS NOT NULL AS has, om.responsible_id, {_RESPONSIBLE},
          COALESCE(u1.first_name || ' ' || u1.last_name, u2.first_name || ' ' || u2.last_name,
            u3.first_name || ' ' || u3.last_name) AS usual,
          (SELECT COUNT(*) FROM person_module pm JOIN person p ON p.id = pm.person_id WHERE pm.module_id = mo.id
            AND p.organisation_id = ? AND p.active = ? AND p.role = ?) AS edv,
          (SELECT COUNT(*) FROM person_module pm JOIN person p ON p.id = pm.person_id WHERE pm.module_id = mo.id
            AND p.organisation_id = ?) AS people,
          (SELECT COUNT(*) FROM ticket t WHERE t.organisation_id = ? AND t.module_id = mo.id
            AND t.deleted_at IS NULL AND t.status IN {marks(OPEN)}) AS open_tickets
        FROM module mo JOIN organisation o ON o.id = ? LEFT JOIN organisation v ON v.is_vendor = ?
        LEFT JOIN organisation_module om ON om.module_id = mo.id AND om.organisation_id = o.id
        LEFT JOIN person s ON s.id = om.responsible_id LEFT JOIN person u1 ON u1.id = o.responsible_id AND u1.active = ?
        LEFT JOIN person u2 ON u2.id = mo.responsible_id AND u2.active = ?
        LEFT JOIN person u3 ON u3.id = v.responsible_id AND u3.active = ? ORDER BY mo.position, mo.name
        """,
        id, True, Role.EDV.value, id, id, *(status.value for status in OPEN), id, True, True, True, True,
    )  # fmt: skip


async def organisation_modules(organisation_id: int, ask: Ask = rows) -> list[Row]:
    """The modules that an organisation has: id, name."""
    return await ask(
        "SELECT mo.id, mo.name FROM module mo JOIN organisation_module om ON om.module_id = mo.id "
        "WHERE om.organisation_id = ? ORDER BY mo.position, mo.name",
        organisation_id,
    )


def difference(modules: Sequence[Row], before: Collection[int], after: Collection[int]) -> list[str]:
    """What came and what went, in the modules' order: „+ Finanzen“, „− Seminare“."""
    came = [f"+ {one['name']}" for one in modules if one["id"] in after and one["id"] not in before]
    return came + [f"− {one['name']}" for one in modules if one["id"] in before and one["id"] not in after]


async def product_modules(staff: Person) -> list[Row]:
    """All modules of the product in their order: who is responsible, and how many organisations have them."""
    only_staff(staff)
    return await rows(
        f"""
        SELECT mo.id, mo.name, mo.position, mo.responsible_id, {_RESPONSIBLE},
          (SELECT COUNT(*) FROM organisation_module om WHERE om.module_id = mo.id) AS organisations
        FROM module mo LEFT JOIN person s ON s.id = mo.responsible_id ORDER BY mo.position, mo.name
        """
    )


def _grouped(found: Sequence[Row], key: str, value: str) -> dict[int, list[str]]:
    groups: dict[int, list[str]] = {}
    for row in found:
        groups.setdefault(row[key], []).append(row[value])
    return groups


def only_staff(person: Person) -> None:
    """Raise NotAllowed for a customer."""
    if not person.is_staff:
        raise NotAllowed
