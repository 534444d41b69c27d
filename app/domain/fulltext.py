"""The full text of tickets: a document each with a part per audience, the same folded words on both databases."""

from collections.abc import Collection, Mapping

from app.database import dialect, execute, marks, written_rows
from app.domain.models import Audience, Person
from app.domain.policy import Condition, readable_audiences
from app.text import fold

# PostgreSQL keeps at most 1 MB of words per document. Files may fill half of it, so that messages always find room.
ROOM, ROOM_FOR_FILES = 1_000_000, 500_000
MOST_WORDS_OF_A_FILE = 5_000


async def add_text(number: int, audience: Audience, *texts: str) -> None:
    """Add words to a ticket's search document, inside the caller's transaction."""
    await _add(number, audience, fold(" ".join(texts)).split(), ROOM)


async def add_file_text(number: int, audience: Audience, text: str) -> None:
    """Add the first few thousand different words inside a file, inside the caller's transaction."""
    await _add(number, audience, list(dict.fromkeys(fold(text).split()))[:MOST_WORDS_OF_A_FILE], ROOM_FOR_FILES)


async def _add(number: int, audience: Audience, words: list[str], room: int) -> None:
    if not words:
        return
    text = " ".join(dict.fromkeys(words))
    if dialect() == "sqlite":
        column = audience.value
        await execute(f"UPDATE ticket_search SET {column} = {column} || ' ' || ? WHERE rowid = ?", text, number)
        return
    for column in ("organisation", "vendor") if audience == Audience.EVERYONE else (audience.value,):
        await execute(
            f"UPDATE ticket_search SET {column} = {column} || array_to_tsvector(string_to_array(?, ' ')) "
            f"WHERE ticket_id = ? AND octet_length(CAST({column} AS text)) < ?",
            text, number, room - len(text.encode()),
        )  # fmt: skip


async def add_name(name: str, numbers: str, *values: object) -> None:
    """Let the tickets whose numbers a statement finds answer to a new name too, inside the caller's transaction."""
    text = " ".join(dict.fromkeys(fold(name).split()))
    if dialect() == "sqlite":
        await execute(
            f"UPDATE ticket_search SET everyone = everyone || ' ' || ? WHERE rowid IN ({numbers})", text, *values
        )
        return
    for column in ("organisation", "vendor"):
        await execute(
            f"UPDATE ticket_search SET {column} = {column} || array_to_tsvector(string_to_array(?, ' ')) "
            f"WHERE ticket_id IN ({numbers}) AND octet_length(CAST({column} AS text)) < ?",
            text, *values, ROOM - len(text.encode()),
        )  # fmt: skip


def fitting(words: list[str]) -> list[str]:
    """The different words, in their order, as far as PostgreSQL keeps them in one document."""
    kept, room = [], ROOM
    for word in dict.fromkeys(words):
        room -= len(word.encode()) + 1
        if room < 0:
            break
        kept.append(word)
    return kept


async def start_document(number: int) -> None:
    """Make the empty search document of a new ticket, inside the caller's transaction."""
    if dialect() == "sqlite":
        columns = "rowid, everyone, organisation, vendor"
        await execute(f"INSERT INTO ticket_search ({columns}) VALUES (?, '', '', '')", number)
    else:
        await execute("INSERT INTO ticket_search (ticket_id) VALUES (?)", number)


def hits(q: str, person: Person) -> Condition | None:
    """The numbers of the tickets in which every word of `q` begins a word that the person may read."""
    words = list(dict.fromkeys(fold(q).split()))
    if not words:
        return None
    own = readable_audiences(person)[1].value
    if dialect() == "sqlite":
        each = " AND ".join(f'"{word}"*' for word in words)
        match = f"{{everyone {own}}} : ({each})"
        return Condition("SELECT rowid AS number FROM ticket_search WHERE ticket_search MATCH ?", (match,))
    match = " & ".join(f"'{word}':*" for word in words)
    return Condition(
        f"SELECT ticket_id AS number FROM ticket_search WHERE {own} @@ CAST(CAST(? AS text) AS tsquery)", (match,)
    )


async def exchange(number: int, before: Mapping[str, set[str]], after: Mapping[str, set[str]]) -> None:
    """Let a ticket answer no longer to the words that its texts had before and have no more, but to those of after.

    Both are sets of folded words by audience; words inside files stay. Inside the caller's transaction.
    """
    if dialect() == "sqlite":
        await _exchange_text(number, before, after)
        return
    shared = Audience.EVERYONE.value
    for column in ("organisation", "vendor"):
        had, has = (one.get(shared, set()) | one.get(column, set()) for one in (before, after))
        await execute(
            f"UPDATE ticket_search SET {column} = ts_delete({column}, string_to_array(?, ' ')) "
            "|| array_to_tsvector(string_to_array(?, ' ')) WHERE ticket_id = ?",
            " ".join(had - has), " ".join(has - had), number,
        )  # fmt: skip


async def _exchange_text(number: int, before: Mapping[str, set[str]], after: Mapping[str, set[str]]) -> None:
    columns = [audience.value for audience in Audience]
    found = await written_rows(f"SELECT {', '.join(columns)} FROM ticket_search WHERE rowid = ?", number)
    for column in columns if found else ():
        had, has = before.get(column, set()), after.get(column, set())
        gone, new = had - has, sorted(has - had)
        if gone or new:
            kept = [word for word in found[0][column].split() if word not in gone]
            await execute(f"UPDATE ticket_search SET {column} = ? WHERE rowid = ?", " ".join([*kept, *new]), number)


async def remove_documents(numbers: Collection[int]) -> None:
    """Let these tickets be found no more, inside the transaction that removes them."""
    key = "rowid" if dialect() == "sqlite" else "ticket_id"
    await execute(f"DELETE FROM ticket_search WHERE {key} IN {marks(numbers)}", *numbers)
