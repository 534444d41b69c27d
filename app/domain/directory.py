"""People and organisations as others look them up: rows and words for lists, no verbs."""

import asyncio
import json
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

from app.database import Row, marks, rows
from app.domain.flow import OPEN
from app.domain.models import Person, RequestState, Role
from app.domain.policy import visible_modules, visible_people, visible_tickets
from app.domain.refusals import NotAllowed
from app.language import translate
from app.text import fold

PAGE = 50
ROLE_LABELS = {Role.USER: "User", Role.EDV: "EDV", Role.STAFF: "Mitarbeiter", Role.ADMIN: "Administrator"}
SEES_ORGANISATION = "sieht die ganze Organisation"
MAY_HAND_OVER = "darf an %(vendor)s übergeben"

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


async def people(person: Person, q: str = "") -> list[Row]:
    """Everybody whom the person may look up and whose name, address or organisation has all words of `q`.

    By organisation, the vendor first, then by name. One statement; the words are compared as in the full-text search.
    """
    visible = visible_people(person)
    found = await rows(
        f"""
        SELECT p.id, p.user_name, p.email, p.first_name, p.last_name, p.role, p.sees_organisation, p.may_hand_over,
          p.active, p.organisation_id, o.name AS organisation, o.is_vendor
        FROM person p JOIN organisation o ON o.id = p.organisation_id WHERE {visible.sql}
        """,
        *visible.values,
    )
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
    _only_staff(staff)
    visible = visible_tickets(staff)
    found = await rows(
        f"""
        SELECT o.id, o.name, s.first_name || ' ' || s.last_name AS responsible,
          (SELECT COUNT(*) FROM person p WHERE p.organisation_id = o.id AND p.active = ?) AS people,
          (SELECT COUNT(*) FROM person p WHERE p.organisation_id = o.id AND p.active = ? AND p.role = ?) AS edv,
          (SELECT COUNT(*) FROM ticket t WHERE t.organisation_id = o.id AND ({visible.sql})
            AND t.deleted_at IS NULL AND t.status IN {marks(OPEN)}) AS open_tickets
        FROM organisation o LEFT JOIN person s ON s.id = o.responsible_id WHERE o.is_vendor = ?
        """,
        True, True, Role.EDV.value, *visible.values, *(status.value for status in OPEN), False,
    )  # fmt: skip
    return sorted(found, key=lambda row: (fold(row["name"]), row["id"]))


async def modules_of_organisations(staff: Person) -> dict[int, list[str]]:
    """The names of the modules that each organisation has. One statement."""
    _only_staff(staff)
    found = await rows(
        "SELECT om.organisation_id, mo.name FROM organisation_module om JOIN module mo ON mo.id = om.module_id "
        "ORDER BY mo.position, mo.name"
    )
    return _grouped(found, "organisation_id", "name")


async def pending_requests(staff: Person) -> list[Row]:
    """The access requests that wait, the oldest first, each with its `neighbours`: who might be meant already."""
    _only_staff(staff)
    found = await rows(
        "SELECT r.id, r.organisation_id, o.name AS organisation, r.user_name, r.first_name, r.last_name, r.email, "
        "r.phone, r.modules, r.created_at FROM access_request r JOIN organisation o ON o.id = r.organisation_id "
        "WHERE r.state = ? ORDER BY r.created_at, r.id",
        RequestState.PENDING.value,
    )
    near = await _neighbours(found)
    return [row | {"modules": _names(row["modules"]), **_compared(row, near)} for row in found]


async def _neighbours(requests: Sequence[Row]) -> list[Row]:
    """Everybody of the organisations that were asked for, and whoever has one of the names or addresses already."""
    own = {row["organisation_id"] for row in requests}
    emails = {row["email"].casefold() for row in requests}
    names = {row["user_name"].casefold() for row in requests}
    return await rows(
        "SELECT p.id, p.user_name, p.email, p.first_name, p.last_name, p.organisation_id, p.active, "
        "o.name AS organisation FROM person p JOIN organisation o ON o.id = p.organisation_id WHERE "
        f"p.organisation_id IN {marks(own)} OR p.email IN {marks(emails)} OR p.user_name IN {marks(names)} "
        "ORDER BY p.last_name, p.first_name, p.id",
        *own, *emails, *names,
    )  # fmt: skip


def _compared(request: Row, near: Sequence[Row]) -> dict[str, Any]:
    own = [row for row in near if row["organisation_id"] == request["organisation_id"]]
    domains = {_domain(row["email"]) for row in own}
    return {
        "address": "unknown" if not domains else "own" if _domain(request["email"]) in domains else "foreign",
        "similar": [row | {"same": same} for row in near if (same := _likeness(request, row))],
    }


def _likeness(request: Row, person: Row) -> list[str]:
    same = []
    if person["email"] == request["email"].casefold():
        same.append(translate("gleiche E-Mail-Adresse"))
    if person["user_name"] == request["user_name"].casefold():
        same.append(translate("gleicher Benutzername"))
    at_home = person["organisation_id"] == request["organisation_id"]
    if at_home and _name(person) == _name(request):
        same.append(translate("gleicher Name"))
    return same


def _name(row: Row) -> list[str]:
    return sorted(_folded(f"{row['first_name']} {row['last_name']}").split())


def _domain(email: str) -> str:
    return email.casefold().rpartition("@")[2]


def _names(modules: object) -> list[str]:
    """A JSON column read by plain SQL is text on both databases."""
    return list(json.loads(modules)) if isinstance(modules, str) else list(modules or [])  # type: ignore[call-overload]


def _grouped(found: Sequence[Row], key: str, value: str) -> dict[int, list[str]]:
    groups: dict[int, list[str]] = {}
    for row in found:
        groups.setdefault(row[key], []).append(row[value])
    return groups


def _only_staff(person: Person) -> None:
    if not person.is_staff:
        raise NotAllowed
