"""Names in the texts of tickets: where somebody is named, the same texts without, and what the full text then knows."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from app.database import Row, execute, marks, rows, written_rows
from app.domain import fulltext
from app.domain.audit import pattern
from app.domain.models import Audience, Person
from app.domain.policy import Condition, visible_messages, visible_tickets
from app.text import clean_line, fold

REMOVED = "[Name entfernt]"
MOST_TERMS = 12
SHORTEST, LONGEST = 3, 254
PIECE = 10_000  # messages


@dataclass(frozen=True)
class Terms:
    """What somebody is called in texts: found as it stands, in any case, and not as a part of a longer word."""

    words: tuple[str, ...]

    @classmethod
    def read(cls, given: str) -> "Terms":
        """A term a line; what is empty or said twice is left out."""
        lines = {line.casefold(): line for line in map(clean_line, given.splitlines()) if line}
        return cls(tuple(lines.values()))

    @classmethod
    def of(cls, person: Mapping[str, str]) -> "Terms":
        """What a person is called by their account: the name both ways round, user name, address."""
        first, last = person["first_name"], person["last_name"]
        return cls((f"{first} {last}", f"{last}, {first}", person["user_name"], person["email"]))

    def __bool__(self) -> bool:
        return bool(self.words)

    @cached_property
    def _found(self) -> re.Pattern[str]:
        # The longest first, so that an address is found before the user name that it begins with.
        each = [_name(word) if " " in word else _sign(word) for word in sorted(self.words, key=len, reverse=True)]
        return re.compile("|".join(each), re.IGNORECASE)

    def count(self, text: str | None) -> int:
        """How often they stand in a text."""
        return len(self._found.findall(text)) if text and self.words else 0

    def replaced(self, text: str, by: str = REMOVED) -> str:
        """The text with something else in their places."""
        return self._found.sub(lambda _: by, text) if self.words else text

    def like(self, *columns: str) -> Condition:
        """Rows that may have one of them in one of the columns; `count` says whether they have."""
        pairs = [(column, word) for column in columns for word in self.words]
        sql = " OR ".join(f"LOWER({column}) LIKE ? ESCAPE '!'" for column, _ in pairs)
        return Condition(f"({sql or '1 = 0'})", tuple("%".join(map(pattern, word.split())) for _, word in pairs))


def _name(words: str) -> str:
    """A name of several words, in a file's name too: „Ute_Petersen.pdf“, but not „Ute Petersen-Voss“."""
    together = r"[\s_]+".join(map(re.escape, words.split()))
    return rf"(?<![^\W_])(?<!\w-){together}(?![^\W_]|-\w)"


def _sign(word: str) -> str:
    """A user name or an address, not as a part of a longer one."""
    return rf"(?<![\w.@-]){re.escape(word)}(?![\w@-]|\.\w)"


@dataclass(frozen=True)
class Scope:
    """The tickets in which somebody may be named: their organisation's, and everybody's for the vendor's people."""

    organisation_id: int | None

    @property
    def condition(self) -> Condition:
        """As SQL about `ticket t`."""
        if self.organisation_id is None:
            return Condition("1 = 1")
        return Condition("t.organisation_id = ?", (self.organisation_id,))


async def counts(reader: Person, scope: Scope, terms: Terms) -> dict[int, int]:
    """Ticket → how often the terms stand in what the reader may read of it."""
    return await _counted(scope, terms, visible_tickets(reader), visible_messages(reader))


async def numbers(scope: Scope, terms: Terms) -> set[int]:
    """Every ticket that names them, whoever sees it."""
    return set(await _counted(scope, terms, Condition("1 = 1"), Condition("1 = 1")))


async def _counted(scope: Scope, terms: Terms, visible: Condition, read: Condition) -> dict[int, int]:
    if not terms:
        return {}
    where, values = f"{scope.condition.sql} AND ({visible.sql})", (*scope.condition.values, *visible.values)
    said, named, called = terms.like("m.body"), terms.like("f.name"), terms.like("t.subject", "t.escalation_reason")
    found = [
        *[row for window in await _windows(scope) for row in await rows(
            f"SELECT t.number, m.body AS text FROM message m JOIN ticket t ON t.number = m.ticket_id "
            f"WHERE {where} AND {window.sql} AND {read.sql} AND {said.sql}",
            *values, *window.values, *read.values, *said.values,
        )],
        *await rows(
            "SELECT t.number, f.name AS text FROM attachment f JOIN message m ON m.id = f.message_id "
            f"JOIN ticket t ON t.number = f.ticket_id WHERE {where} AND {read.sql} AND {named.sql}",
            *values, *read.values, *named.values,
        ),
    ]  # fmt: skip
    rated = terms.like("r.words")
    found += await rows(
        "SELECT t.number, r.words AS text FROM rating r JOIN ticket t ON t.number = r.ticket_id "
        f"WHERE {where} AND {rated.sql}", *values, *rated.values,
    )  # fmt: skip
    columns = "t.number, t.subject, t.escalation_reason, t.x3_context"
    for row in await rows(
        f"SELECT {columns} FROM ticket t WHERE {where} AND ({called.sql} OR t.x3_context IS NOT NULL)",
        *values, *called.values,
    ):  # fmt: skip
        texts = (row["subject"], row["escalation_reason"], *context(row["x3_context"]).values())
        found += [{"number": row["number"], "text": text} for text in texts]
    result: dict[int, int] = {}
    for row in found:
        if number := terms.count(row["text"]):
            result[row["number"]] = result.get(row["number"], 0) + number
    return result


async def _windows(scope: Scope) -> list[Condition]:
    """All messages, in pieces where no organisation bounds them: others wait for a long statement on SQLite."""
    if scope.organisation_id is not None:
        return [Condition("1 = 1")]
    last = (await rows("SELECT COALESCE(MAX(id), 0) AS last FROM message"))[0]["last"]
    return [Condition("m.id BETWEEN ? AND ?", (start + 1, start + PIECE)) for start in range(0, last, PIECE)]


def context(stored: object) -> dict[str, str]:
    """What X3 sent with a ticket; a JSON column read by plain SQL is text on both databases."""
    known = json.loads(stored) if isinstance(stored, str) else stored
    return {str(name): str(value) for name, value in known.items()} if isinstance(known, dict) else {}


# --- the deed, inside the caller's transaction ---


async def take_out(tickets: Sequence[int], person_id: int, pseudonym: str, terms: Terms, former: str) -> None:
    """Replace the terms in the texts of these tickets, and let none be found by the person's name any more.

    `former` is the name that they have by now; only where it still stands in a text does it stay findable. Of what is
    known of files only whole names are forgotten: a user name or an address may be an everyday word there.
    """
    found = await _texts(tickets)
    documents = {row["number"]: _Document(row) for row in found["ticket"]}
    for row in found["message"]:
        documents[row["ticket_id"]].message(row)
    for row in found["attachment"]:
        documents[row["ticket_id"]].file(row)
    for row in found["rating"]:
        await _change("rating", "id", row, "words", terms.replaced)
    names = _words([former, *(word for word in terms.words if " " in word)])
    for number, document in documents.items():
        before = {audience: words | names for audience, words in document.words().items()}
        await document.change(terms.replaced)
        document.rename(person_id, pseudonym)
        await fulltext.exchange(number, before, document.words())


async def _texts(tickets: Sequence[int]) -> dict[str, list[Row]]:
    chosen = marks(tickets)
    return {
        "ticket": await written_rows(
            "SELECT t.number, t.subject, t.escalation_reason, t.x3_context, t.reporter_id, mo.name AS module, "
            "o.name AS organisation, p.first_name || ' ' || p.last_name AS reporter FROM ticket t "
            "JOIN module mo ON mo.id = t.module_id JOIN organisation o ON o.id = t.organisation_id "
            f"JOIN person p ON p.id = t.reporter_id WHERE t.number IN {chosen}", *tickets,
        ),
        "message": await written_rows(
            "SELECT m.id, m.ticket_id, m.author_id, m.audience, m.body, p.first_name || ' ' || p.last_name AS author "
            f"FROM message m JOIN person p ON p.id = m.author_id WHERE m.ticket_id IN {chosen}", *tickets,
        ),
        "rating": await written_rows(
            f"SELECT id, words FROM rating WHERE words <> '' AND ticket_id IN {chosen}", *tickets
        ),
        "attachment": await written_rows(
            "SELECT f.id, f.ticket_id, f.name, m.audience FROM attachment f JOIN message m ON m.id = f.message_id "
            f"WHERE f.ticket_id IN {chosen}", *tickets,
        ),
    }  # fmt: skip


class _Document:
    """A ticket's texts, as they make its search document."""

    def __init__(self, ticket: Row) -> None:
        self.ticket = ticket
        self.messages: list[Row] = []
        self.files: list[Row] = []

    def message(self, row: Row) -> None:
        self.messages.append(row)

    def file(self, row: Row) -> None:
        self.files.append(row)

    def words(self) -> dict[str, set[str]]:
        """Folded words by audience."""
        ticket = self.ticket
        texts: dict[str, list[str]] = {audience.value: [] for audience in Audience}
        texts[Audience.EVERYONE.value] += [
            str(ticket["number"]), ticket["subject"], ticket["module"], ticket["reporter"], ticket["organisation"],
        ]  # fmt: skip
        for row in self.messages:
            texts[row["audience"]] += [row["author"], row["body"]]
        for row in self.files:
            texts[row["audience"]].append(row["name"])
        return {audience: _words(said) for audience, said in texts.items()}

    def rename(self, person_id: int, pseudonym: str) -> None:
        """The person's name becomes another one, which their account will have."""
        if self.ticket["reporter_id"] == person_id:
            self.ticket["reporter"] = pseudonym
        for row in self.messages:
            if row["author_id"] == person_id:
                row["author"] = pseudonym

    async def change(self, replaced: Callable[[str], str]) -> None:
        """Write the texts that are others after it."""
        await _change("ticket", "number", self.ticket, "subject", replaced)
        await _change("ticket", "number", self.ticket, "escalation_reason", replaced)
        await self._change_context(replaced)
        for row in self.messages:
            await _change("message", "id", row, "body", replaced)
        for row in self.files:
            await _change("attachment", "id", row, "name", replaced)

    async def _change_context(self, replaced: Callable[[str], str]) -> None:
        old = context(self.ticket["x3_context"])
        new = {name: replaced(value) for name, value in old.items()}
        if new != old:
            text = json.dumps(new, separators=(",", ":"))
            await execute("UPDATE ticket SET x3_context = ? WHERE number = ?", text, self.ticket["number"])


async def _change(table: str, key: str, row: Row, column: str, replaced: Callable[[str], str]) -> None:
    """The new text, no longer than its column, is written and put into the row."""
    old = row[column]
    new = replaced(old) if old else old
    if new != old:
        row[column] = new[: _ROOM[column]] if column in _ROOM else new
        await execute(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", row[column], row[key])


_ROOM = {"subject": 200, "name": 200}


def _words(texts: Iterable[str]) -> set[str]:
    return set(fold(" ".join(texts)).split())
