"""The correspondence of a ticket as its reader may see it: messages, their files, and the journal between them."""

from datetime import datetime

from app.database import Row, rows
from app.domain.models import Person
from app.domain.policy import visible_messages, visible_tickets
from app.domain.refusals import NotVisible

END = 2**31 - 1  # behind every message


async def messages(person: Person, number: int, after: int = 0, before: int = END, most: int = END) -> list[Row]:
    """The messages of a visible ticket that the person may read, oldest first. One statement.

    Those with ids between `after` and `before`, and of them the newest `most`.
    """
    visible, read = visible_tickets(person), visible_messages(person)
    found = await rows(
        f"""
        SELECT m.id, m.author_id, m.audience, m.body, m.origin, m.created_at, o.name AS organisation,
          a.first_name || ' ' || a.last_name AS author, CASE WHEN o.is_vendor THEN 'vendor' ELSE 'customer' END AS side
        FROM message m JOIN ticket t ON t.number = m.ticket_id
        JOIN person a ON a.id = m.author_id JOIN organisation o ON o.id = a.organisation_id
        WHERE m.ticket_id = ? AND m.id > ? AND m.id < ? AND {read.sql} AND ({visible.sql}) ORDER BY m.id DESC LIMIT ?
        """,
        number, after, before, *read.values, *visible.values, most,
    )  # fmt: skip
    return found[::-1]


async def attachments(
    person: Person, number: int, after: int = 0, before: int = END, only: int | None = None
) -> list[Row]:
    """The files of these messages of a visible ticket; with `only`, that one file. One statement."""
    visible, read = visible_tickets(person), visible_messages(person)
    one = "AND f.id = ?" if only else ""
    return await rows(
        f"""
        SELECT f.*, m.audience, t.handed_over_at
        FROM attachment f JOIN message m ON m.id = f.message_id JOIN ticket t ON t.number = m.ticket_id
        WHERE t.number = ? AND f.ticket_id = t.number AND m.id > ? AND m.id < ? AND {read.sql} AND ({visible.sql}) {one}
        ORDER BY f.id
        """,
        number, after, before, *read.values, *visible.values, *([only] if only else []),
    )  # fmt: skip


async def attachment(person: Person, number: int, id: int) -> Row:
    """One file of a message that the person may read, through its ticket; raises NotVisible."""
    found = await attachments(person, number, only=id)
    if not found:
        raise NotVisible
    return found[0]


async def events(
    person: Person, number: int, after: int = 0, since: datetime | None = None, until: datetime | None = None,
    most: int = END,
) -> list[Row]:  # fmt: skip
    """The journal of a visible ticket, oldest first: what came after an id and between two moments. One statement."""
    visible = visible_tickets(person)
    period, moments = "", [moment for moment in (since, until) if moment]
    period += " AND e.created_at >= ?" if since else ""
    period += " AND e.created_at < ?" if until else ""
    found = await rows(
        f"""
        SELECT e.id, e.kind, e.before, e.after, e.created_at, a.first_name || ' ' || a.last_name AS actor
        FROM ticket_event e JOIN ticket t ON t.number = e.ticket_id LEFT JOIN person a ON a.id = e.actor_id
        WHERE e.ticket_id = ? AND e.id > ?{period} AND ({visible.sql}) ORDER BY e.id DESC LIMIT ?
        """,
        number, after, *moments, *visible.values, most,
    )  # fmt: skip
    return found[::-1]
