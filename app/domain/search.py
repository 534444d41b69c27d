"""The ticket list as an object: a filter that knows its address, and the statements that find what it asks for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from app.database import Row, dialect, execute, marks, rows
from app.domain.flow import DELETED, OPEN
from app.domain.models import Audience, Category, Person, Priority, Role, Status
from app.domain.policy import Condition, readable_audiences, sees_deleted, visible_messages, visible_tickets
from app.text import clean_line, fold

PAGE = 50
COUNT_CAP = 1000
LONGEST_QUERY = 200
LARGEST_ID = 2**31 - 1
ALL = "all"
SORTS = {
    "number": "t.number ASC",
    "-number": "t.number DESC",
    "updated": "t.updated_at ASC, t.number ASC",
    "-updated": "t.updated_at DESC, t.number DESC",
    "waiting": "t.waiting_since ASC, t.number ASC",
    "-waiting": "t.waiting_since DESC, t.number DESC",
    # „high“ comes before „normal“ in the alphabet
    "priority": "t.priority DESC, t.waiting_since ASC, t.number ASC",
    "-priority": "t.priority ASC, t.waiting_since ASC, t.number ASC",
}
DEFAULT_SORT = "-updated"
ROLE_STATUS = {
    Role.USER: Status.USER_REVIEW,
    Role.EDV: Status.IT_REVIEW,
    Role.STAFF: Status.VENDOR_REVIEW,
    Role.ADMIN: Status.VENDOR_REVIEW,
}
STATUS_CHOICES = (*(status.value for status in Status), DELETED)


@dataclass(frozen=True)
class TicketFilter:
    """What the list shows. Empty `statuses` means every status but deleted."""

    q: str = ""
    statuses: tuple[str, ...] = ()
    modules: tuple[int, ...] = ()
    category: str = ""
    priority: str = ""
    escalated: bool = False
    scope: str = ""
    organisation: int | None = None
    sort: str = DEFAULT_SORT
    page: int = 1
    default_statuses: tuple[str, ...] = field(default=(), compare=False)

    @classmethod
    def default(cls, person: Person) -> "TicketFilter":
        """What the role looks at first."""
        first = (ROLE_STATUS[person.role].value,)
        return cls(statuses=first, default_statuses=first)

    @classmethod
    def read(cls, pairs: Iterable[tuple[str, str]], person: Person) -> "TicketFilter":
        """The filter of an address; what is unknown or not the person's to use is left out."""
        given: dict[str, list[str]] = {}
        for name, value in pairs:
            given.setdefault(name, []).append(value)
        default = cls.default(person)
        statuses = default.statuses
        if "status" in given:
            statuses = tuple(
                s for s in STATUS_CHOICES if s in given["status"] and (s != DELETED or sees_deleted(person))
            )
        one = {name: values[-1] for name, values in given.items()}
        return cls(
            q=clean_line(one.get("q", ""))[:LONGEST_QUERY],
            statuses=statuses,
            modules=tuple(sorted({i for v in given.get("module", []) if (i := bounded_id(v))})),
            category=_one_of(one.get("category"), Category),
            priority=_one_of(one.get("priority"), Priority),
            escalated=one.get("escalated") == "1",
            scope="mine" if one.get("scope") == "mine" else "",
            organisation=bounded_id(one.get("organisation", "")) if person.is_staff else None,
            sort=one["sort"] if one.get("sort") in SORTS else DEFAULT_SORT,
            page=min(bounded_id(one.get("page", "")) or 1, 2000),
            default_statuses=default.statuses,
        )

    @classmethod
    def for_person(cls, pairs: Sequence[tuple[str, str]], person: Person) -> "TicketFilter":
        """The filter of an address; a bare address shows the person's own default."""
        return cls.read(pairs or parse_qsl(person.default_filter), person)

    def query(self, **changes: Any) -> str:
        """The query string of this filter with `changes`, what is default left out."""
        other = replace(self, **changes) if changes else self
        pairs: list[tuple[str, object]] = [("q", other.q)]
        if set(other.statuses) != set(other.default_statuses):
            pairs += [("status", status) for status in other.statuses or (ALL,)]
        pairs += [("module", module) for module in other.modules]
        pairs += [
            ("category", other.category),
            ("priority", other.priority),
            ("escalated", "1" if other.escalated else ""),
            ("scope", other.scope),
            ("organisation", other.organisation or ""),
            ("sort", other.sort if other.sort != DEFAULT_SORT else ""),
            ("page", other.page if other.page > 1 else ""),
        ]
        return urlencode([(name, value) for name, value in pairs if value != ""])

    def url(self, path: str = "/tickets", **changes: Any) -> str:
        """The address of the filtered list, or of another path with the same filter."""
        query = self.query(**changes)
        return f"{path}?{query}" if query else path


def bounded_id(value: str) -> int | None:
    """A positive number that both databases can hold, else None."""
    if value.isascii() and value.isdigit() and len(value) <= 10 and 0 < int(value) <= LARGEST_ID:
        return int(value)
    return None


def _one_of(value: str | None, choices: Iterable[str]) -> str:
    return next((str(choice) for choice in choices if choice == value), "")


# --- the search document of a ticket ---


async def add_text(number: int, audience: Audience, *texts: str) -> None:
    """Add words to a ticket's search document, inside the caller's transaction."""
    words = fold(" ".join(texts))
    if dialect() == "sqlite":
        column = audience.value
        await execute(f"UPDATE ticket_search SET {column} = {column} || ' ' || ? WHERE rowid = ?", words, number)
        return
    for column in ("organisation", "vendor") if audience == Audience.EVERYONE else (audience.value,):
        await execute(
            f"UPDATE ticket_search SET {column} = {column} || array_to_tsvector(string_to_array(?, ' ')) "
            "WHERE ticket_id = ?",
            words, number,
        )  # fmt: skip


async def start_document(number: int) -> None:
    """Make the empty search document of a new ticket, inside the caller's transaction."""
    if dialect() == "sqlite":
        columns = "rowid, everyone, organisation, vendor"
        await execute(f"INSERT INTO ticket_search ({columns}) VALUES (?, '', '', '')", number)
    else:
        await execute("INSERT INTO ticket_search (ticket_id) VALUES (?)", number)


def _hits(q: str, person: Person) -> Condition | None:
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


# --- the statements ---


def _where(filter: TicketFilter, person: Person, *, status: bool = True) -> Condition:
    """Everything that the list's rows must meet; without the status for the counts beside it."""
    visible = visible_tickets(person)
    parts, values = [f"({visible.sql})"], list(visible.values)

    def add(sql: str, *more: object) -> None:
        parts.append(sql)
        values.extend(more)

    if filter.modules:
        add(f"t.module_id IN {marks(filter.modules)}", *filter.modules)
    if filter.category:
        add("t.category = ?", filter.category)
    if filter.priority:
        add("t.priority = ?", filter.priority)
    if filter.escalated:
        add("t.escalated_at IS NOT NULL")
    if filter.organisation:
        add("t.organisation_id = ?", filter.organisation)
    if filter.scope == "mine":
        column = "t.responsible_id" if person.is_staff else "t.reporter_id"
        add(f"{column} = ?", person.id)
    hits = _hits(filter.q, person)
    if hits:
        add(f"t.number IN ({hits.sql})", *hits.values)
    elif filter.q:
        add("1 = 0")
    if status:
        _add_status(filter, add)
    return Condition(" AND ".join(parts), tuple(values))


def _add_status(filter: TicketFilter, add: Any) -> None:
    live = [status for status in filter.statuses if status != DELETED]
    if not filter.statuses:
        add("t.deleted_at IS NULL")
    elif not live:
        add("t.deleted_at IS NOT NULL")
    elif DELETED in filter.statuses:
        add(f"(t.deleted_at IS NOT NULL OR t.status IN {marks(live)})", *live)
    else:
        add(f"t.deleted_at IS NULL AND t.status IN {marks(live)}", *live)


def _numbered(filter: TicketFilter, person: Person) -> tuple[Condition, Condition]:
    """The WHERE and the ORDER BY; a bare number that is a visible ticket is there whatever the filter, and first."""
    where = _where(filter, person)
    order = Condition(SORTS[filter.sort])
    number = bounded_id(filter.q.lstrip("#"))
    if number:
        visible = visible_tickets(person)
        live = "" if sees_deleted(person) else " AND t.deleted_at IS NULL"
        where = Condition(
            f"({where.sql}) OR (t.number = ? AND ({visible.sql}){live})", (*where.values, number, *visible.values)
        )
        order = Condition(f"CASE WHEN t.number = ? THEN 0 ELSE 1 END, {order.sql}", (number,))
    return where, order


async def find(filter: TicketFilter, person: Person, limit: int = PAGE) -> list[Row]:
    """One page of the list, and one row more when there is a next page. One statement."""
    where, order = _numbered(filter, person)
    read = visible_messages(person)
    return await rows(
        f"""
        SELECT t.number, t.subject, t.category, t.priority, t.status, t.created_at, t.updated_at, t.waiting_since,
          t.deleted_at, t.escalated_at, t.handed_over_at, mo.name AS module, o.name AS organisation,
          r.first_name || ' ' || r.last_name AS reporter, s.first_name || ' ' || s.last_name AS responsible,
          l.created_at AS last_at, a.first_name || ' ' || a.last_name AS last_author,
          CASE WHEN l.author_id <> ? AND l.id > COALESCE(rm.message_id, 0) THEN 1 ELSE 0 END AS unread,
          (SELECT COUNT(*) FROM attachment f JOIN message m ON m.id = f.message_id
            WHERE f.ticket_id = t.number AND {read.sql}) AS files
        FROM (SELECT t.number FROM ticket t WHERE {where.sql} ORDER BY {order.sql} LIMIT ? OFFSET ?) page
        JOIN ticket t ON t.number = page.number
        JOIN module mo ON mo.id = t.module_id
        JOIN organisation o ON o.id = t.organisation_id
        JOIN person r ON r.id = t.reporter_id
        LEFT JOIN person s ON s.id = t.responsible_id
        LEFT JOIN message l ON l.id =
          (SELECT m.id FROM message m WHERE m.ticket_id = t.number AND {read.sql} ORDER BY m.id DESC LIMIT 1)
        LEFT JOIN person a ON a.id = l.author_id
        LEFT JOIN read_mark rm ON rm.ticket_id = t.number AND rm.person_id = ?
        ORDER BY {order.sql}
        """,
        person.id, *read.values, *where.values, *order.values, limit + 1, (filter.page - 1) * limit,
        *read.values, person.id, *order.values,
    )  # fmt: skip


async def count(filter: TicketFilter, person: Person) -> dict[str, int]:
    """How many tickets there are per status („deleted“ included) under the other filters, at most COUNT_CAP + 1 each.

    One statement.
    """
    where = _where(filter, person, status=False)
    choices = STATUS_CHOICES if sees_deleted(person) else STATUS_CHOICES[:-1]
    parts, values = [], []
    for status in choices:
        own = "t.deleted_at IS NOT NULL" if status == DELETED else "t.deleted_at IS NULL AND t.status = ?"
        parts.append(
            f"SELECT '{status}' AS status, COUNT(*) AS tickets FROM "
            f"(SELECT 1 AS one FROM ticket t WHERE {where.sql} AND {own} LIMIT {COUNT_CAP + 1}) c"
        )
        values += [*where.values, *([] if status == DELETED else [status])]
    found = await rows(" UNION ALL ".join(parts), *values)
    return {row["status"]: row["tickets"] for row in found}


async def choices(person: Person) -> list[Row]:
    """What the filter offers: the modules that the person may use and, for staff, the organisations. One statement.

    Rows of kind, id, name.
    """
    if person.is_staff:
        return await rows(
            "SELECT 'module' AS kind, id, name, position FROM module UNION ALL "
            "SELECT 'organisation', id, name, 0 FROM organisation WHERE is_vendor = ? ORDER BY 1, 4, 3",
            False,
        )
    return await rows(
        "SELECT 'module' AS kind, mo.id, mo.name, mo.position FROM module mo "
        "JOIN person_module pm ON pm.module_id = mo.id WHERE pm.person_id = ? ORDER BY mo.position",
        person.id,
    )


async def waiting(person: Person) -> int:
    """How many tickets wait for this person, at most COUNT_CAP + 1."""
    filter = TicketFilter.default(person)
    own = "AND t.reporter_id = ?" if person.role == Role.USER else ""
    where = _where(filter, person)
    found = await rows(
        f"SELECT COUNT(*) AS tickets FROM (SELECT 1 AS one FROM ticket t WHERE {where.sql} {own} "
        f"LIMIT {COUNT_CAP + 1}) c",
        *where.values, *([person.id] if own else []),
    )  # fmt: skip
    return int(found[0]["tickets"])


async def similar(subject: str, person: Person, limit: int = 5) -> list[Row]:
    """Open tickets that the person may see and that share the most telling words with a subject being typed."""
    words = [word for word in dict.fromkeys(fold(subject).split()) if len(word) >= 4][:6]
    if not words:
        return []
    visible = visible_tickets(person)
    open_marks = marks(OPEN)
    parts, values = [], []
    for word in words:
        hits = _hits(word, person)
        if hits is None:
            continue
        parts.append(
            f"SELECT number FROM (SELECT t.number FROM ticket t WHERE ({visible.sql}) AND t.deleted_at IS NULL "
            f"AND t.status IN {open_marks} AND t.number IN ({hits.sql}) ORDER BY t.number DESC LIMIT 50) w"
        )
        values += [*visible.values, *(status.value for status in OPEN), *hits.values]
    return await rows(
        f"SELECT t.number, t.subject, t.status FROM (SELECT number, COUNT(*) AS shared FROM "
        f"({' UNION ALL '.join(parts)}) u GROUP BY number) n JOIN ticket t ON t.number = n.number "
        "WHERE n.shared >= ? ORDER BY n.shared DESC, t.number DESC LIMIT ?",
        *values, min(2, len(words)), limit,
    )  # fmt: skip


def high_or_escalated_hint(found: Mapping[str, int]) -> str | None:
    """The kind sentence beside „Hoch“ and „Eskalieren“, out of `urgent()`; None while nothing is urgent."""
    if not found["urgent"]:
        return None
    if found["urgent"] == 1:
        return f"Eines Ihrer {found['open']} offenen Tickets ist bereits hoch oder eskaliert."
    return f"{found['urgent']} Ihrer {found['open']} offenen Tickets sind bereits hoch oder eskaliert."


async def urgent(person: Person) -> dict[str, int]:
    """How many open tickets the person has reported, and how many of them are high priority or escalated."""
    found = await rows(
        "SELECT COUNT(*) AS open, COALESCE(SUM(CASE WHEN priority = 'high' OR escalated_at IS NOT NULL "
        "THEN 1 ELSE 0 END), 0) AS urgent FROM ticket "
        f"WHERE reporter_id = ? AND deleted_at IS NULL AND status IN {marks(OPEN)}",
        person.id, *(status.value for status in OPEN),
    )  # fmt: skip
    return {name: int(value) for name, value in found[0].items()}
