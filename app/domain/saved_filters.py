"""Filters of the ticket list that a person has named; one of them may be what the list opens with."""

from app import clock
from app.database import Row, atomic, changed, execute, rows, written_rows
from app.domain.models import Person
from app.domain.refusals import NotVisible, Refused
from app.language import translate
from app.text import fold

MOST = 20
LONGEST_NAME = 60
LONGEST_QUERY = 500


async def of_person(person: Person) -> list[Row]:
    """The person's filters by name: id, name, query. One statement."""
    found = await rows("SELECT id, name, query FROM saved_filter WHERE person_id = ?", person.id)
    return sorted(found, key=lambda row: fold(row["name"]))


async def find(person: Person, id: int) -> Row:
    """One of the person's own filters; raises NotVisible."""
    found = await rows("SELECT id, name, query FROM saved_filter WHERE id = ? AND person_id = ?", id, person.id)
    if not found:
        raise NotVisible
    return found[0]


async def save(person: Person, name: str, query: str, *, replace: bool = False, as_default: bool = False) -> None:
    """Keep a filter under a name; with `replace` in the place of the one that is called so.

    Raises Refused(name=…) for a name that is taken, a filter that cannot be kept, or one too many.
    """
    if len(query) > LONGEST_QUERY:
        raise Refused(name=translate("Dieser Filter ist zu lang, um gespeichert zu werden."))
    async with atomic():
        others = await _held(person)
        same = next((row for row in others if fold(row["name"]) == fold(name)), None)
        if same and same["query"] != query and not replace:
            raise Refused(name=translate("So heißt schon ein anderer Ihrer Filter."))
        if not same and len(others) >= MOST:
            raise Refused(name=translate("Mehr als %(n)s Filter lassen sich nicht speichern.", n=MOST))
        if same:
            await execute("UPDATE saved_filter SET query = ?, name = ? WHERE id = ?", query, name, same["id"])
            await _follow(person, same["query"], query)
        else:
            await execute(
                "INSERT INTO saved_filter (person_id, name, query, created_at) VALUES (?, ?, ?, ?)",
                person.id, name, query, clock.now(),
            )  # fmt: skip
        if as_default:
            await _open_with(person, query)


async def rename(person: Person, id: int, name: str) -> None:
    """Call one of the person's filters something else; raises NotVisible, Refused(name=…)."""
    async with atomic():
        others = await _held(person)
        if any(row["id"] != id and fold(row["name"]) == fold(name) for row in others):
            raise Refused(name=translate("So heißt schon ein anderer Ihrer Filter."))
        if not await changed("UPDATE saved_filter SET name = ? WHERE id = ? AND person_id = ?", name, id, person.id):
            raise NotVisible


async def delete(person: Person, id: int) -> None:
    """Forget one of the person's filters; if the list opened with it, it opens as usual again. Gone is gone."""
    async with atomic():
        gone = await written_rows(
            "DELETE FROM saved_filter WHERE id = ? AND person_id = ? RETURNING query", id, person.id
        )
        if gone:
            await _follow(person, gone[0]["query"], "")


async def open_with(person: Person, id: int | None) -> None:
    """Let the list open with one of the person's filters, or as usual; raises NotVisible."""
    query = "" if id is None else (await find(person, id))["query"]
    async with atomic():
        await _held(person)
        await _open_with(person, query)


async def _held(person: Person) -> list[Row]:
    """The person's filters as they are now; who else wants to change them waits until the transaction ends."""
    await execute("UPDATE person SET active = active WHERE id = ?", person.id)
    return await written_rows("SELECT id, name, query FROM saved_filter WHERE person_id = ?", person.id)


async def _open_with(person: Person, query: str) -> None:
    await execute("UPDATE person SET default_filter = ? WHERE id = ?", query, person.id)


async def _follow(person: Person, old: str, new: str) -> None:
    """Where the list opens with a filter that is another one or gone now, it opens with that."""
    await execute(
        "UPDATE person SET default_filter = ? WHERE id = ? AND default_filter = ? AND NOT EXISTS "
        "(SELECT 1 FROM saved_filter f WHERE f.person_id = person.id AND f.query = ?)",
        new, person.id, old, old,
    )  # fmt: skip
