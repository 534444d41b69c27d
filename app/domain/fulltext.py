"""The full text of tickets: a document each with a part per audience, the same folded words on both databases.

On SQLite a document also holds the facts that a filter asks for, kept by triggers, so that one index knows both.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from app.database import dialect, execute, marks, written_rows
from app.domain.models import Audience, Person
from app.domain.policy import Condition, readable_audiences
from app.text import fold

# PostgreSQL keeps at most 1 MB of words per document. Files may fill half of it, so that messages always find room.
ROOM, ROOM_FOR_FILES = 1_000_000, 500_000
MOST_WORDS_OF_A_FILE = 5_000
WEEK = 7 * 24 * 60 * 60  # seconds; a document's fact „_t“ counts them since 1970

# Groups of words of the view `ticket_facts`, which SQLite's documents have beside their texts.
Facts = Sequence[Sequence[str]]


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


async def absorb(number: int, other: int) -> None:
    """Let a ticket answer to all words of another one too, inside the caller's transaction."""
    if dialect() == "sqlite":
        columns = ", ".join(
            f"{column} = {column} || ' ' || (SELECT {column} FROM ticket_search WHERE rowid = ?)"
            for column in (audience.value for audience in Audience)
        )
        await execute(f"UPDATE ticket_search SET {columns} WHERE rowid = ?", *[other] * len(Audience), number)
        return
    for column in ("organisation", "vendor"):
        await execute(
            f"UPDATE ticket_search s SET {column} = s.{column} || o.{column} FROM ticket_search o "
            f"WHERE s.ticket_id = ? AND o.ticket_id = ? "
            f"AND octet_length(CAST(s.{column} AS text)) + octet_length(CAST(o.{column} AS text)) < ?",
            number, other, ROOM,
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
        await execute(
            "INSERT INTO ticket_search (rowid, facts, everyone, organisation, vendor) "
            "SELECT number, facts, '', '', '' FROM ticket_facts WHERE number = ?", number,
        )  # fmt: skip
    else:
        await execute("INSERT INTO ticket_search (ticket_id) VALUES (?)", number)


def hits(q: str, person: Person, facts: Facts = ()) -> Condition | None:
    """The rows of `ticket_search s` in which every word of `q` begins a word that the person may read.

    None where there is nothing to ask the index. On SQLite only documents with one of each group of facts too: they
    narrow what the caller's own conditions then decide. PostgreSQL knows by its statistics which index is narrower.
    """
    words = list(dict.fromkeys(fold(q).split()))
    own = readable_audiences(person)[1].value
    if dialect() == "postgres":
        match = " & ".join(f"'{word}':*" for word in words)
        return Condition(f"s.{own} @@ CAST(CAST(? AS text) AS tsquery)", (match,)) if words else None
    asked = [f"(facts : ({' OR '.join(map(_quoted, group))}))" for group in facts]
    if words:
        each = " AND ".join(f"{_quoted(word)} *" for word in words)
        asked.insert(0, f"({{everyone {own}}} : ({each}))")
    return Condition("s.ticket_search MATCH ?", (" AND ".join(asked),)) if asked else None


def _quoted(word: str) -> str:
    return f'"{word}"'


def key() -> str:
    """The column of `ticket_search s` that holds the ticket's number."""
    return "s.rowid" if dialect() == "sqlite" else "s.ticket_id"


def moments(since: datetime, until: datetime) -> tuple[str, ...]:
    """The facts of the tickets that were active within this time, and perhaps some days before and after."""
    first, last = (int(at.timestamp()) // WEEK for at in (since, until))
    return tuple(f"_t{number}" for number in range(first, last + 1))


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


@asynccontextmanager
async def without_indexes() -> AsyncIterator[None]:
    """PostgreSQL without its indexes of words while the block fills the table; built at its end they take a tenth."""
    found = []
    if dialect() == "postgres":
        found = await written_rows(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() "
            "AND tablename = 'ticket_search' AND indexdef LIKE '% USING gin %'"
        )
    for index in found:
        await execute(f'DROP INDEX "{index["indexname"]}"')
    yield
    for index in found:
        await execute(index["indexdef"])


async def remove_documents(numbers: Collection[int]) -> None:
    """Let these tickets be found no more, inside the transaction that removes them."""
    key = "rowid" if dialect() == "sqlite" else "ticket_id"
    await execute(f"DELETE FROM ticket_search WHERE {key} IN {marks(numbers)}", *numbers)
