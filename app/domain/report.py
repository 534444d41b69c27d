"""The numbers of the report, one statement per question, all under what the reader may see."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app import clock
from app.database import Row, marks, rows
from app.domain import turns
from app.domain.flow import OPEN
from app.domain.models import Category, Person, Priority, Status
from app.domain.policy import Condition, visible_tickets
from app.domain.report_filter import ReportFilter
from app.domain.report_numbers import Report, Week, answers_of, busiest_first, by_status_and_age, group_of, groups_of
from app.domain.trail import AGES, HOURS, in_period, may_ask
from app.domain.turn_history import ANSWERS, SIDES
from app.language import midnight

ALL = "all"
COLUMNS = {"module": "module_id", "category": "category", "organisation": "organisation_id"}


async def make(person: Person, filter: ReportFilter, choices: Sequence[Row]) -> Report:
    """The whole report for a reader, with the names of `search.choices`. Five statements."""
    now = await open_now(person, filter)
    groups = await in_the_period(person, filter)
    answers = await first_answers(person, filter)
    kinds = [kind for kind in COLUMNS if person.is_staff or kind != "organisation"]
    parts = {kind: groups_of(kind, now, groups, answers, choices) for kind in kinds}
    states = [row for row in now if row["kind"] == "status"]
    return Report(
        filter=filter,
        by_status=by_status_and_age(states),
        escalated=sum(int(row["escalated"]) for row in states),
        high=sum(int(row["high"]) for row in states),
        weeks=await per_week(person, filter),
        total=group_of(
            next((row for row in groups if row["kind"] == ALL), {}), sum(int(row["tickets"]) for row in states)
        ),
        by_module=busiest_first(parts["module"]),
        by_category=sorted(parts["category"], key=lambda group: list(Category).index(Category(group.id))),
        by_organisation=busiest_first(parts.get("organisation", [])),
        answers=answers_of(person, answers),
    )


async def open_now(person: Person, filter: ReportFilter) -> list[Row]:
    """The open tickets by status and age (its place in AGES), and by each of COLUMNS.

    Rows of kind, id, age, tickets, escalated, high.
    """
    where, now = _where(person, filter), clock.now()
    age = _place("t.created_at", [now - timedelta(days=days) for days in AGES if days])
    kinds = [
        f"SELECT '{kind}' AS kind, CAST({column} AS VARCHAR(20)) AS id, {place} AS age, COUNT(*) AS tickets, "
        f"SUM(escalated) AS escalated, SUM(high) AS high FROM base GROUP BY 2, 3"
        for kind, column, place in [("status", "status", "age"), *((kind, name, "0") for kind, name in COLUMNS.items())]
    ]
    return await rows(
        f"""
        WITH base AS (
          SELECT t.status, {age.sql} AS age, t.module_id, t.category, t.organisation_id,
            CASE WHEN t.escalated_at IS NOT NULL THEN 1 ELSE 0 END AS escalated,
            CASE WHEN t.priority = ? THEN 1 ELSE 0 END AS high
          FROM ticket t WHERE {where.sql} AND t.status IN {marks(OPEN)}
        )
        {" UNION ALL ".join(kinds)}
        """,
        *age.values, Priority.HIGH.value, *where.values, *(status.value for status in OPEN),
    )  # fmt: skip


async def per_week(person: Person, filter: ReportFilter) -> list[Week]:
    """How many tickets were created and closed in each week."""
    where, mondays = _where(person, filter), filter.first_days()
    place = _place("t.happened", [midnight(monday) for monday in reversed(mondays)])
    kinds = [
        f"SELECT '{kind}' AS kind, {place.sql.replace('t.happened', column)} AS week, COUNT(*) AS tickets "
        f"FROM ticket t WHERE {where.sql} AND {column} >= ? AND {column} < ? {more} GROUP BY 2"
        for kind, column, more in (
            ("created", "t.created_at", ""),
            ("closed", "t.closed_at", f"AND t.status = '{Status.CLOSED.value}'"),
        )
    ]
    values = (*place.values, *where.values, *filter.period())
    found = await rows(" UNION ALL ".join(kinds), *values, *values)
    counts = {(row["kind"], row["week"]): int(row["tickets"]) for row in found}
    return [
        Week(monday, counts.get(("created", back), 0), counts.get(("closed", back), 0))
        for back, monday in zip(range(len(mondays) - 1, -1, -1), mondays, strict=True)
    ]


async def in_the_period(person: Person, filter: ReportFilter) -> list[Row]:
    """What happened to the tickets that were open in the period, all together and by each of COLUMNS.

    Rows of kind, id, tickets, created, closed, high, escalated, and for each side the tickets that it had and the
    seconds. Two statements, the first one for the calendars.
    """
    held = await _held(person, filter)
    sides = ", ".join(
        f"COUNT({side}_seconds) AS {side}_tickets, SUM({side}_seconds) AS {side}_seconds" for side in SIDES.values()
    )
    kinds = [
        f"SELECT '{kind}' AS kind, {id} AS id, COUNT(*) AS tickets, SUM(created) AS created, SUM(closed) AS closed, "
        f"SUM(high) AS high, SUM(escalated) AS escalated, {sides} FROM base GROUP BY 1, 2"
        for kind, id in [(ALL, "''"), *((kind, f"CAST({name} AS VARCHAR(20))") for kind, name in COLUMNS.items())]
    ]
    return await rows(f"WITH {held.sql} {' UNION ALL '.join(kinds)}", *held.values)


async def first_answers(person: Person, filter: ReportFilter) -> list[Row]:
    """How soon those answered to whom a ticket came for the first time in the period.

    Rows of kind `answer` (id the side, place in HOURS or one more, n tickets) and of medians in working seconds: kind
    `median` (id the side) and `organisation` (the vendor's).
    """
    where, (start, end) = _where(person, filter), filter.period()
    sides = [side for side in ANSWERS if may_ask(person, f"asked_{side}")]
    spans = " ".join(f"WHEN seconds <= {hours * 3600} THEN {place}" for place, hours in enumerate(HOURS) if hours)
    middle = "n IN ((parts + 1) / 2, (parts + 2) / 2)"
    return await rows(
        f"""
        WITH asked AS (
          SELECT w.side, t.organisation_id, w.answer_seconds AS seconds FROM turn w
          JOIN ticket t ON t.number = w.ticket_id
          WHERE w.is_first = ? AND w.side IN {marks(sides)} AND w.from_at >= ? AND w.from_at < ? AND {where.sql}
        ),
        by_side AS (SELECT side, seconds, ROW_NUMBER() OVER (PARTITION BY side ORDER BY seconds) AS n,
          COUNT(*) OVER (PARTITION BY side) AS parts FROM asked WHERE seconds IS NOT NULL),
        by_organisation AS (SELECT organisation_id, seconds,
          ROW_NUMBER() OVER (PARTITION BY organisation_id ORDER BY seconds) AS n,
          COUNT(*) OVER (PARTITION BY organisation_id) AS parts FROM asked
          WHERE seconds IS NOT NULL AND side = 'vendor')
        SELECT 'answer' AS kind, side AS id, CASE WHEN seconds IS NULL THEN {len(HOURS)} {spans} ELSE {len(HOURS) - 1}
          END AS place, COUNT(*) AS n FROM asked GROUP BY 2, 3
        UNION ALL SELECT 'median', side, 0, CAST(AVG(seconds) AS INTEGER) FROM by_side WHERE {middle} GROUP BY side
        UNION ALL SELECT 'organisation', CAST(organisation_id AS VARCHAR(20)), 0, CAST(AVG(seconds) AS INTEGER)
          FROM by_organisation WHERE {middle} GROUP BY organisation_id
        """,
        True, *sides, start, end, *where.values,
    )  # fmt: skip


async def _held(person: Person, filter: ReportFilter) -> Condition:
    """SQL for `base`, a row for each ticket that was open in the period, with the seconds of it for each side.

    The working clock of each calendar is read at both ends of the period; a turn's part in it is then a subtraction.
    """
    where, (start, end) = _where(person, filter), filter.period()
    until = max(start, min(end, clock.now()))
    readings = [
        f"({id:d}, {calendar.reading(start):d}, {calendar.reading(until):d})"
        for id, calendar in (await turns.calendars()).items()
    ] or ["(0, 0, 0)"]
    part = (
        "CASE WHEN w.until_reading < r.upto THEN w.until_reading ELSE r.upto END "
        "- CASE WHEN w.from_reading > r.since THEN w.from_reading ELSE r.since END"
    )
    sides = ", ".join(f"SUM(CASE WHEN w.side = '{side}' THEN {part} END) AS {side}_seconds" for side in SIDES.values())
    within = in_period((start, end))
    flags = {
        "created": "t.created_at >= ? AND t.created_at < ?",
        "closed": f"t.status = '{Status.CLOSED.value}' AND t.closed_at >= ? AND t.closed_at < ?",
        "escalated": "t.number IN (SELECT e.ticket_id FROM ticket_event e WHERE e.kind = 'escalate' "
        "AND e.created_at >= ? AND e.created_at < ?)",
        "high": f"t.priority = '{Priority.HIGH.value}'",
    }
    columns = ", ".join(f"CASE WHEN {flag} THEN 1 ELSE 0 END AS {name}" for name, flag in flags.items())
    return Condition(
        f"reading (calendar_id, since, upto) AS (VALUES {', '.join(readings)}), "
        f"base AS (SELECT t.number AS ticket_id, t.module_id, t.category, t.organisation_id, {columns}, {sides} "
        "FROM turn w JOIN reading r ON r.calendar_id = w.calendar_id JOIN ticket t ON t.number = w.ticket_id "
        f"WHERE {within.sql} AND {where.sql} GROUP BY t.number)",
        (*(start, end) * 3, *within.values, *where.values),
    )


async def counted(person: Person, filter: ReportFilter, most: int) -> list[Row]:
    """The tickets that the numbers are made of, newest first: those open now, and those open in the period.

    What the export lists, so that everybody can count by hand. Two statements.
    """
    held, where = await _held(person, filter), _where(person, filter)
    seconds = ", ".join(f"b.{side}_seconds" for side in SIDES.values())
    return await rows(
        f"""
        WITH {held.sql}
        SELECT t.number, t.subject, t.category, t.priority, t.status, t.created_at, t.closed_at, t.escalated_at,
          t.waiting_since,
          mo.name AS module, o.name AS organisation, b.created, b.closed, b.escalated, {seconds},
          e.from_at AS edv_at, e.answered_at AS edv_answered_at, e.answer_seconds AS edv_answer,
          v.from_at AS vendor_at, v.answered_at AS vendor_answered_at, v.answer_seconds AS vendor_answer,
          CASE WHEN b.ticket_id IS NULL THEN 0 ELSE 1 END AS inside
        FROM ticket t JOIN module mo ON mo.id = t.module_id JOIN organisation o ON o.id = t.organisation_id
        LEFT JOIN base b ON b.ticket_id = t.number
        LEFT JOIN turn e ON e.ticket_id = t.number AND e.is_first = ? AND e.side = 'edv'
        LEFT JOIN turn v ON v.ticket_id = t.number AND v.is_first = ? AND v.side = 'vendor'
        WHERE {where.sql} AND (b.ticket_id IS NOT NULL OR t.status IN {marks(OPEN)}) ORDER BY t.number DESC LIMIT ?
        """,
        *held.values, True, True, *where.values, *(status.value for status in OPEN), most,
    )  # fmt: skip


def _where(person: Person, filter: ReportFilter) -> Condition:
    """What every counted ticket must meet: visible to the reader, not deleted, of the chosen part."""
    visible = visible_tickets(person)
    parts, values = [f"({visible.sql})", "t.deleted_at IS NULL"], list(visible.values)
    for column, value in (("t.module_id", filter.module), ("t.organisation_id", filter.organisation)):
        if value:
            parts.append(f"{column} = ?")
            values.append(value)
    return Condition(" AND ".join(parts), tuple(values))


def _place(column: str, limits: Sequence[datetime], first: int = 0) -> Condition:
    """SQL for which of these moments, newest first, a time has reached; as many as there are when none.

    Halved again and again: a year's weeks are six questions for each ticket instead of fifty-two.
    """
    if not limits:
        return Condition(str(first))
    half = len(limits) // 2
    newer, older = _place(column, limits[:half], first), _place(column, limits[half + 1 :], first + half + 1)
    return Condition(
        f"CASE WHEN {column} >= ? THEN {newer.sql} ELSE {older.sql} END", (limits[half], *newer.values, *older.values)
    )
