"""What helps to decide about access requests: who asked, whether the address fits, who might be meant already."""

import json
from collections.abc import Sequence
from typing import Any

from app.database import Row, marks, rows
from app.domain.directory import only_staff
from app.domain.models import Person, RequestState
from app.domain.refusals import NotVisible
from app.language import translate
from app.text import fold

PAGE = 20
DECIDED = 20

_REQUESTS = """
    SELECT r.id, r.organisation_id, o.name AS organisation, r.user_name, r.first_name, r.last_name, r.email, r.phone,
      r.modules, r.state, r.reason, r.person_id, r.created_at, r.decided_at,
      a.first_name || ' ' || a.last_name AS requested_by, d.first_name || ' ' || d.last_name AS decided_by
    FROM access_request r JOIN organisation o ON o.id = r.organisation_id
    LEFT JOIN person a ON a.id = r.requested_by_id LEFT JOIN person d ON d.id = r.decided_by_id
"""


async def pending(staff: Person, page: int = 1) -> list[Row]:
    """A page of the requests that wait, the oldest first, each with the address check, similar accounts and `offered`.

    One more row than a page has tells that there is another one.
    """
    only_staff(staff)
    found = await rows(
        f"{_REQUESTS} WHERE r.state = ? ORDER BY r.created_at, r.id LIMIT ? OFFSET ?",
        RequestState.PENDING.value, PAGE + 1, (page - 1) * PAGE,
    )  # fmt: skip
    return await _with_help(found)


async def request(staff: Person, id: int) -> Row:
    """One request as `pending` tells it, decided or not; raises NotVisible."""
    only_staff(staff)
    found = await rows(f"{_REQUESTS} WHERE r.id = ?", id)
    if not found:
        raise NotVisible
    return (await _with_help(found))[0]


async def decided(staff: Person) -> list[Row]:
    """What was decided last, the newest first."""
    only_staff(staff)
    found = await rows(
        f"{_REQUESTS} WHERE r.state <> ? ORDER BY r.decided_at DESC, r.id DESC LIMIT ?",
        RequestState.PENDING.value, DECIDED,
    )  # fmt: skip
    return [_read(row) for row in found]


async def pending_of(edv: Person) -> list[Row]:
    """What waits for the EDV's own organisation, by whom it was asked for, the oldest first."""
    found = await rows(
        f"{_REQUESTS} WHERE r.state = ? AND r.organisation_id = ? ORDER BY r.created_at, r.id",
        RequestState.PENDING.value, edv.organisation_id,
    )  # fmt: skip
    return [_read(row) for row in found]


async def _with_help(found: Sequence[Row]) -> list[Row]:
    near, offered = await _neighbours(found), await _offered({row["organisation_id"] for row in found})
    return [_read(row) | _compared(row, near) | {"offered": offered.get(row["organisation_id"], [])} for row in found]


async def _offered(organisations: set[int]) -> dict[int, list[Row]]:
    """The modules that each of these organisations has. One statement."""
    found = await rows(
        "SELECT om.organisation_id, mo.id, mo.name FROM organisation_module om JOIN module mo ON mo.id = om.module_id "
        f"WHERE om.organisation_id IN {marks(organisations)} ORDER BY mo.position, mo.name",
        *organisations,
    )
    groups: dict[int, list[Row]] = {}
    for row in found:
        groups.setdefault(row["organisation_id"], []).append(row)
    return groups


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
    return sorted(fold(f"{row['first_name']} {row['last_name']}").split())


def _domain(email: str) -> str:
    return email.casefold().rpartition("@")[2]


def _read(row: Row) -> Row:
    # A JSON column read by plain SQL is text on both databases.
    modules = row["modules"]
    return row | {"modules": list(json.loads(modules) if isinstance(modules, str) else modules or [])}
