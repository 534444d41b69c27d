"""The full text of tickets: a document each with a part per audience, the same folded words on both databases."""

from app.database import dialect, execute
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
