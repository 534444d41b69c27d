"""Whose turn it was and for how long: the one writer of turns, and what a ticket's page shows of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from app import clock
from app.database import Row, atomic, changed, execute, marks, rows, written_rows
from app.domain.models import Person, Status
from app.domain.policy import visible_tickets
from app.domain.turn_history import SIDES, Held, answers, told
from app.domain.workdays import Calendar

BATCH = 250  # tickets at a time: a transaction of well under 50 ms
COLUMNS = (
    "ticket_id, calendar_id, side, is_first, from_at, until_at, from_reading, until_reading, answered_at, "
    "answer_seconds"
)


@dataclass(frozen=True)
class Clock:
    """The working clock of an organisation, and the row that names its calendar."""

    id: int
    calendar: Calendar


async def begin(number: int, organisation_id: int, status: Status, at: datetime) -> None:
    """The first turn of a new ticket, inside the caller's transaction."""
    await _insert([(number, await _clock(organisation_id), Held(SIDES[status], at, is_first=True))])


async def passed(number: int, organisation_id: int, old: Status, new: Status, at: datetime) -> None:
    """A ticket went from one status to another: end one side's turn and begin the other's, as the caller's part.

    Nothing happens where the status stays.
    """
    if old == new:
        return
    clock_ = await _clock(organisation_id)
    known = await written_rows("SELECT id, side, from_at, until_at FROM turn WHERE ticket_id = ?", number)
    for turn in known:
        if turn["until_at"] is None:
            # From the start too: its calendar may be the one that the organisation had then.
            await execute(
                "UPDATE turn SET until_at = ?, until_reading = ?, from_reading = ?, calendar_id = ? WHERE id = ?",
                at, clock_.calendar.reading(at), clock_.calendar.reading(turn["from_at"]), clock_.id, turn["id"],
            )  # fmt: skip
    if new in SIDES:
        first = SIDES[new] not in {turn["side"] for turn in known}
        await _insert([(number, clock_, Held(SIDES[new], at, is_first=first))])


async def answered(actor: Person, number: int, organisation_id: int, at: datetime, audience: str = "") -> None:
    """The actor wrote, or moved the ticket: if their side had not answered since its first turn, now it has."""
    side = answers(actor.role, audience)
    if not side:
        return
    waiting = await written_rows(
        "SELECT id, from_at FROM turn WHERE ticket_id = ? AND side = ? AND is_first = ? AND answered_at IS NULL "
        "AND from_at < ?",
        number, side, True, at,
    )  # fmt: skip
    if waiting:
        calendar = (await _clock(organisation_id)).calendar
        await execute(
            "UPDATE turn SET answered_at = ?, answer_seconds = ? WHERE id = ?",
            at, calendar.working_seconds(waiting[0]["from_at"], at), waiting[0]["id"],
        )  # fmt: skip


async def of_ticket(person: Person, number: int) -> dict[str, int]:
    """The working seconds that each side had a ticket that the person sees, the turn that is on now included.

    One statement.
    """
    visible = visible_tickets(person)
    found = await rows(
        "SELECT w.side, w.from_reading, w.until_reading, c.state, c.starts, c.ends FROM turn w "
        "JOIN ticket t ON t.number = w.ticket_id JOIN working_calendar c ON c.id = w.calendar_id "
        f"WHERE w.ticket_id = ? AND ({visible.sql})",
        number, *visible.values,
    )  # fmt: skip
    seconds = dict.fromkeys(SIDES.values(), 0)
    for turn in found:
        end = turn["until_reading"]
        if end is None:
            end = Calendar.of(turn["state"], turn["starts"], turn["ends"]).reading(clock.now())
        seconds[turn["side"]] += end - turn["from_reading"]
    return seconds


async def calendars() -> dict[int, Calendar]:
    """Every calendar that a turn may be reckoned by, by its id. One statement."""
    found = await rows("SELECT id, state, starts, ends FROM working_calendar")
    return {row["id"]: Calendar.of(row["state"], row["starts"], row["ends"]) for row in found}


async def fill() -> int:
    """Write the turns of the tickets that have none yet, out of their journals; returns how many those were.

    In batches that are each whole, so that it goes on where it was cut short.
    """
    done, last = 0, 0
    while found := await rows(
        "SELECT t.number FROM ticket t WHERE t.number > ? AND NOT EXISTS "
        "(SELECT 1 FROM turn w WHERE w.ticket_id = t.number) ORDER BY t.number LIMIT ?",
        last, BATCH,
    ):  # fmt: skip
        numbers = [row["number"] for row in found]
        async with atomic():
            await rebuild(numbers)
        done, last = done + len(numbers), numbers[-1]
    return done


async def rebuild(numbers: Sequence[int]) -> None:
    """Write the turns of these tickets anew, out of what the journal says, inside the caller's transaction."""
    known = {organisation: await _clock(organisation) for organisation in await _organisations(numbers)}
    ticket_rows = await written_rows(
        "SELECT number, organisation_id, status, created_at, updated_at, closed_at, handed_over_at, waiting_since "
        f"FROM ticket WHERE number IN {marks(numbers)}",
        *numbers,
    )  # fmt: skip
    events = _by_ticket(await written_rows(
        "SELECT e.ticket_id, e.kind, e.before, e.created_at, p.role FROM ticket_event e "
        f"LEFT JOIN person p ON p.id = e.actor_id WHERE e.ticket_id IN {marks(numbers)} ORDER BY e.ticket_id, e.id",
        *numbers,
    ))  # fmt: skip
    messages = _by_ticket(await written_rows(
        "SELECT m.ticket_id, m.audience, m.created_at, p.role FROM message m JOIN person p ON p.id = m.author_id "
        f"WHERE m.ticket_id IN {marks(numbers)} AND m.origin IS NULL ORDER BY m.ticket_id, m.id",
        *numbers,
    ))  # fmt: skip
    await execute(f"DELETE FROM turn WHERE ticket_id IN {marks(numbers)}", *numbers)
    await _insert([
        (row["number"], known[row["organisation_id"]], turn)
        for row in sorted(ticket_rows, key=itemgetter("number"))
        for turn in told(row, events.get(row["number"], []), messages.get(row["number"], []))
    ])  # fmt: skip


async def reckon(organisation_id: int) -> None:
    """Reckon an organisation's turns by the calendar that it has now, in batches.

    Until a turn's batch comes, its readings and its calendar still fit each other.
    """
    async with atomic():
        clock_ = await _clock(organisation_id)
    last = 0
    while found := await rows(
        "SELECT w.id, w.ticket_id, w.calendar_id, w.from_at, w.until_at, w.answered_at, w.is_first FROM turn w "
        "WHERE w.ticket_id IN (SELECT t.number FROM ticket t WHERE t.organisation_id = ? AND t.number > ? "
        "ORDER BY t.number LIMIT ?) ORDER BY w.ticket_id",
        organisation_id, last, BATCH,
    ):  # fmt: skip
        last = found[-1]["ticket_id"]
        old = [turn for turn in found if turn["calendar_id"] != clock_.id]
        if old:
            async with atomic():
                await _reckon(old, clock_)


async def reckon_all() -> None:
    """Reckon what a stop in between has left to an organisation's former calendar."""
    for row in await rows(
        "SELECT DISTINCT t.organisation_id AS id FROM turn w JOIN ticket t ON t.number = w.ticket_id "
        "JOIN organisation o ON o.id = t.organisation_id JOIN working_calendar c ON c.id = w.calendar_id "
        "WHERE c.state <> o.state OR c.starts <> o.work_starts OR c.ends <> o.work_ends"
    ):
        await reckon(row["id"])


async def _reckon(turns: Sequence[Row], clock_: Clock) -> None:
    """One statement for all of them; a turn that ended or was answered meanwhile is left for the next time."""
    calendar, lines = clock_.calendar, []
    for turn in turns:
        start = calendar.reading(turn["from_at"])
        end = calendar.reading(turn["until_at"]) if turn["until_at"] else -1
        answer = calendar.reading(turn["answered_at"]) - start if turn["answered_at"] else -1
        lines.append(f"({turn['id']:d}, {start:d}, {end:d}, {answer:d}, {turn['calendar_id']:d})")
    await execute(
        "UPDATE turn SET from_reading = v.column2, until_reading = NULLIF(v.column3, -1), "
        "answer_seconds = NULLIF(v.column4, -1), calendar_id = ? "
        f"FROM (VALUES {', '.join(lines)}) v WHERE turn.id = v.column1 AND turn.calendar_id = v.column5 "
        "AND (turn.until_at IS NULL) = (v.column3 = -1) AND (turn.answered_at IS NULL) = (v.column4 = -1)",
        clock_.id,
    )


async def _clock(organisation_id: int) -> Clock:
    """The clock of an organisation, inside the caller's transaction."""
    [found] = await written_rows(
        "SELECT o.state, o.work_starts, o.work_ends, c.id FROM organisation o LEFT JOIN working_calendar c "
        "ON c.state = o.state AND c.starts = o.work_starts AND c.ends = o.work_ends WHERE o.id = ?",
        organisation_id,
    )
    wanted = (found["state"], found["work_starts"], found["work_ends"])
    if found["id"] is None:
        await changed(
            "INSERT INTO working_calendar (state, starts, ends) VALUES (?, ?, ?) "
            "ON CONFLICT (state, starts, ends) DO NOTHING",
            *wanted,
        )
        return await _clock(organisation_id)
    return Clock(found["id"], Calendar.of(*wanted))


async def _organisations(numbers: Sequence[int]) -> list[int]:
    found = await written_rows(
        f"SELECT DISTINCT organisation_id AS id FROM ticket WHERE number IN {marks(numbers)}", *numbers
    )
    return [row["id"] for row in found]


async def _insert(turns: Sequence[tuple[int, Clock, Held]]) -> None:
    """New turns with what their clock shows."""
    for first in range(0, len(turns), 1000):
        values: list[object] = []
        some = turns[first : first + 1000]
        for number, clock_, turn in some:
            read = clock_.calendar.reading
            start = read(turn.from_at)
            values += [
                number, clock_.id, turn.side, turn.is_first, turn.from_at, turn.until_at, start,
                read(turn.until_at) if turn.until_at else None, turn.answered_at,
                read(turn.answered_at) - start if turn.answered_at else None,
            ]  # fmt: skip
        line = marks(COLUMNS.split(","))
        await execute(f"INSERT INTO turn ({COLUMNS}) VALUES {', '.join([line] * len(some))}", *values)


def _by_ticket(found: Sequence[Row]) -> Mapping[int, list[Row]]:
    return {number: list(lines) for number, lines in groupby(found, itemgetter("ticket_id"))}
