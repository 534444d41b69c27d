"""Who is away at a moment, and who stands in for them."""

from collections.abc import Mapping
from datetime import datetime

from app.database import written_rows

Away = Mapping[int, int | None]


async def away(at: datetime) -> Away:
    """Everybody who is away then, each with their deputy; None where nobody stands in for them. One statement."""
    found = await written_rows(
        "SELECT a.person_id, d.id AS deputy FROM absence a LEFT JOIN person d ON d.id = a.deputy_id AND d.active = ? "
        "WHERE a.starts_at <= ? AND a.ends_at > ?",
        True, at, at,
    )  # fmt: skip
    return {row["person_id"]: row["deputy"] for row in found}


def present(person: int, gone: Away) -> int | None:
    """The person, or whoever stands in at the end of the chain of deputies; None where it ends with nobody."""
    passed: set[int] = set()
    while person in gone and person not in passed:
        passed.add(person)
        deputy = gone[person]
        if deputy is None:
            return None
        person = deputy
    return None if person in passed else person
