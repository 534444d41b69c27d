"""What the templates show of a ticket's correspondence: messages and journal lines by time, a page of them at most."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.database import Row
from app.domain import journal, thread
from app.language import local, translate
from app.web import composer
from app.web.composer import NOTHING_SEEN, Seen
from app.web.guard import me

PICTURE = "image/"
MOST_MESSAGES, MOST_EVENTS = 200, 500  # on one page


async def correspondence(ticket: Row, seen: Seen = NOTHING_SEEN) -> list[dict[str, Any]]:
    """Messages and journal lines in the order of time, with a separator for each day; only what came after `seen`."""
    person, number = me(), ticket["number"]
    messages = await thread.messages(person, number, seen.message)
    files = await thread.attachments(person, number, seen.message)
    entries = _in_order(ticket, messages, files, await thread.events(person, number, seen.event))
    return entries if seen.message else _with_days(entries)


async def newest(ticket: Row, before: int = thread.END) -> list[dict[str, Any]]:
    """As much of the correspondence before a message as one page shows, and a way to what is earlier still.

    A page of thousands of messages would hold up everybody while it is made.
    """
    person, number = me(), ticket["number"]
    messages = await thread.messages(person, number, before=before, most=MOST_MESSAGES + 1)
    more, messages = len(messages) > MOST_MESSAGES, messages[-MOST_MESSAGES:]
    files = await thread.attachments(person, number, messages[0]["id"] - 1, before) if messages else []
    since = messages[0]["created_at"] if more else None
    behind = await thread.messages(person, number, before - 1, before + 1) if before < thread.END else []
    until = behind[0]["created_at"] if behind else None
    events = await thread.events(person, number, since=since, until=until, most=MOST_EVENTS)
    entries = _with_days(_in_order(ticket, messages, files, events))
    earlier = {"type": "earlier", "url": f"/tickets/{number}/earlier?before={messages[0]['id']}"} if more else None
    return [earlier, *entries] if earlier else entries


def _in_order(
    ticket: Row, messages: Sequence[Row], files: Sequence[Row], events: Sequence[Row]
) -> list[dict[str, Any]]:
    attached: dict[int, list[dict[str, Any]]] = {}
    for row in files:
        attached.setdefault(row["message_id"], []).append(_file(row, ticket["number"]))
    entries = [_message(row, ticket, attached.get(row["id"], [])) for row in messages]
    entries += [_event(row) for row in events]
    return sorted(entries, key=lambda entry: (entry["at"], entry["type"] == "message", entry["id"]))


def _with_days(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found, day = [], None
    for entry in entries:
        if local(entry["at"]).date() != day:
            day = local(entry["at"]).date()
            found.append({"type": "day", "day": entry["at"]})
        found.append(entry)
    return found


def _file(row: Row, number: int) -> dict[str, Any]:
    url = f"/tickets/{number}/attachments/{row['id']}"
    picture = row["content_type"].startswith(PICTURE)
    return row | {"url": url, "preview_url": f"{url}?preview=1" if picture else None, "picture": picture}


def _message(row: Row, ticket: Row, attached: list[dict[str, Any]]) -> dict[str, Any]:
    own = row["author_id"] == me().id
    return row | {
        "type": "message", "at": row["created_at"], "own": own, "files": attached,
        "new": not own and row["id"] > ticket["read_up_to"] > 0,
        "audience_label": composer.audience_label(row["audience"], ticket),
    }  # fmt: skip


def _event(row: Row) -> dict[str, Any]:
    actor = row["actor"] or translate("Das Kundenportal")
    sentence = f"{actor} {journal.sentence(row['kind'], row['before'], row['after'])}"
    return {"type": "event", "id": row["id"], "sentence": sentence, "at": row["created_at"]}


def seen(entries: Sequence[Mapping[str, Any]], before: Seen = NOTHING_SEEN) -> Seen:
    """The mark after these entries."""
    return Seen(
        max([before.message, *(e["id"] for e in entries if e["type"] == "message")]),
        max([before.event, *(e["id"] for e in entries if e["type"] == "event")]),
    )
