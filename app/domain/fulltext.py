"""The full text of tickets: a document each with a part per audience, the same folded words on both databases."""

from app.database import dialect, execute
from app.domain.models import Audience, Person
from app.domain.policy import Condition, readable_audiences
from app.text import fold

MOST_WORDS = 10_000
MOST_WORDS_AT_ONCE = 5_000


async def add_text(number: int, audience: Audience, *texts: str) -> None:
    """Add words to a ticket's search document, inside the caller's transaction.

    PostgreSQL keeps at most 1 MB of words per document: a ticket with MOST_WORDS different ones learns no more.
    """
    words = " ".join(list(dict.fromkeys(fold(" ".join(texts)).split()))[:MOST_WORDS_AT_ONCE])
    if not words:
        return
    if dialect() == "sqlite":
        column = audience.value
        await execute(f"UPDATE ticket_search SET {column} = {column} || ' ' || ? WHERE rowid = ?", words, number)
        return
    for column in ("organisation", "vendor") if audience == Audience.EVERYONE else (audience.value,):
        await execute(
            f"UPDATE ticket_search SET {column} = {column} || array_to_tsvector(string_to_array(?, ' ')) "
            f"WHERE ticket_id = ? AND length({column}) < ?",
            words, number, MOST_WORDS,
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
