"""A month of an organisation's life, played with a moved clock, and what must have happened in it, reckoned by hand.

Nothing here asks the portal's own calendar or its rules for due days: the reckoning below is the second opinion.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.database import rows
from app.domain import absences, chores, creation, reopening, tickets
from app.domain.absences import Away
from app.domain.models import Audience, Category, Person, Priority, Status
from tests.cast import form_key

BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)
FORGETS = {"user_review": 3, "it_review": 5}  # whoever has to act forgets every so manieth ticket
OPENS, CLOSES = time(8), time(17)
HOURS = (9, 13, 16)  # when people act; the portal looks first
# March 2027: Good Friday and Easter Monday, and the night in which an hour is missing lies between them.
FIRST, LAST = date(2027, 3, 1), date(2027, 4, 2)
HOLIDAYS = {date(2027, 1, 1), date(2027, 3, 26), date(2027, 3, 29), date(2027, 5, 1)}
DAYS = {"reminded_user": 3, "closing_announced": 2, "close_unanswered": 2, "reminded_it": 2, "reminded_all_it": 2}
STEPS = {
    Status.USER_REVIEW: ("reminded_user", "closing_announced", "close_unanswered"),
    Status.IT_REVIEW: ("reminded_it", "reminded_all_it"),
}
AFTER = {
    "handover": Status.VENDOR_REVIEW, "to_it": Status.IT_REVIEW, "to_user": Status.USER_REVIEW,
    "close": Status.CLOSED, "close_unanswered": Status.CLOSED, "delete": Status.CLOSED,
}  # fmt: skip


def is_workday(day: date) -> bool:
    """Monday to Friday, but the holidays of all of Germany."""
    return day.weekday() < 5 and day not in HOLIDAYS


def due(since: datetime, days: int) -> datetime:
    """The same hour so many working days later, as one counts it on a wall calendar."""
    there = since.astimezone(BERLIN)
    day, hour = there.date(), there.time()
    if not is_workday(day) or hour >= CLOSES:
        hour = OPENS
        day += DAY
        while not is_workday(day):
            day += DAY
    hour = max(hour, OPENS)
    while days:
        day += DAY
        days -= is_workday(day)
    return datetime.combine(day, hour, BERLIN).astimezone(UTC)


def ticks(first: date, last: date) -> Iterator[datetime]:
    """Every moment of the month at which something can happen, weekends too."""
    day = first
    while day <= last:
        for hour in HOURS:
            yield datetime.combine(day, time(hour), BERLIN).astimezone(UTC)
        day += DAY


@dataclass
class Month:
    """The people who play it, and by how much they forget."""

    organisation: int
    module: int
    users: Sequence[Person]
    edv: Person
    edv_deputy: Person
    staff: Sequence[Person]
    chance: random.Random
    activity: float
    made: list[int] = field(default_factory=list)
    begins: dict[int, str] = field(default_factory=dict)  # status of each ticket when the month began

    async def play(self, moves_clock: Callable[[datetime], None], first: date = FIRST, last: date = LAST) -> int:
        """Play it; returns how many steps the portal took by itself."""
        taken = 0
        found = await rows("SELECT number, status FROM ticket")
        self.begins = {row["number"]: row["status"] for row in found}
        for moment in ticks(first, last):
            moves_clock(moment)
            taken += await chores.run()
            there = moment.astimezone(BERLIN)
            if is_workday(there.date()):
                await self._work(there)
        return taken

    async def _work(self, there: datetime) -> None:
        if there.hour == HOURS[0]:
            await self._go_away(there.date())
            if self.chance.random() < 0.8:
                await self._report()
        for row in await rows(
            "SELECT number, status, reporter_id FROM ticket WHERE organisation_id = ? AND deleted_at IS NULL "
            "ORDER BY number", self.organisation,
        ):  # fmt: skip
            forgotten = row["number"] % FORGETS.get(row["status"], row["number"] + 1) == 0
            if self.chance.random() < self.activity and not forgotten:
                await self._act(row)

    async def _go_away(self, day: date) -> None:
        """The first of the staff is away in the second week, the EDV in the third."""
        for person, deputy, week in ((self.staff[0], self.staff[1], 1), (self.edv, self.edv_deputy, 2)):
            if day == FIRST + 7 * week * DAY:
                await absences.enter(person, Away(person.id, day, day + 4 * DAY, deputy.id), form_key())

    async def _report(self) -> None:
        message = tickets.Draft("Es geht nicht.", form_key())
        category = self.chance.choice(list(Category))
        new = creation.NewTicket(category, self.module, "Beitragslauf", Priority.NORMAL, message)
        self.made.append(await creation.create(self.chance.choice(self.users), new))

    async def _act(self, row: dict[str, object]) -> None:
        number = int(str(row["number"]))
        reporter = await Person.get(id=row["reporter_id"]).select_related("organisation")
        staff = self.chance.choice(self.staff)
        deeds: dict[str, tuple[tuple[Person, str], ...]] = {
            "it_review": ((self.edv, "handover"), (self.edv, "to_user"), (self.edv, "close"), (self.edv, "note")),
            "user_review": ((reporter, "say"), (reporter, "to_it"), (self.edv, "handover")),
            "vendor_review": ((staff, "to_user"), (staff, "to_it"), (staff, "close"), (staff, "say")),
            "closed": ((reporter, "link"),) if self.chance.random() < 0.1 else (),
        }
        if offered := deeds[str(row["status"])]:
            await self._do(*self.chance.choice(offered), number)

    async def _do(self, who: Person, deed: str, number: int) -> None:
        ticket = await tickets.find(who, number)
        if deed == "link":
            token = await reopening.offer(who, ticket)
            assert token
            await reopening.reopen(token)
        elif deed in ("say", "note"):
            audience = Audience.ORGANISATION if deed == "note" else Audience.EVERYONE
            await tickets.reply(who, ticket, tickets.Draft("Moment.", form_key(), audience))
        elif deed == "to_user":
            await tickets.reply(who, ticket, tickets.Draft("Wie genau?", form_key()), deed, ticket["version"])
        else:
            await tickets.move(who, ticket, deed, ticket["version"])


# --- the second opinion ---


@dataclass(frozen=True)
class Happened:
    """One thing in a ticket's life."""

    at: datetime
    what: str
    by_portal: bool


async def lives() -> dict[int, list[Happened]]:
    """Everything that begins or is a step, of every ticket, in its order."""
    found = await rows(
        "SELECT ticket_id, created_at, kind AS what, actor_id, id FROM ticket_event ORDER BY created_at, id"
    ) + await rows("SELECT ticket_id, created_at, 'said' AS what, author_id AS actor_id, 0 AS id FROM message")
    told: dict[int, list[Happened]] = {}
    for row in sorted(found, key=lambda row: (row["created_at"], row["id"])):
        if row["what"] in (*AFTER, *DAYS, "said", "escalate", "calm", "reopen", "restore"):
            one = Happened(row["created_at"], row["what"], row["what"] in DAYS)
            told.setdefault(row["ticket_id"], []).append(one)
    return told


def expected(life: list[Happened], status: Status, start: datetime, end: datetime) -> list[tuple[datetime, str]]:
    """What the portal has to do to a ticket between two moments, if it does nothing to any other day."""
    looks = [moment for moment in ticks(start.astimezone(BERLIN).date(), end.astimezone(BERLIN).date())
             if start <= moment <= end and is_workday(moment.astimezone(BERLIN).date())]  # fmt: skip
    touched = [one for one in life if not one.by_portal or one.what == "close_unanswered"]
    found = []
    for place, touch in enumerate(touched):
        if touch.at >= start:
            handed = any(one.what == "handover" for one in touched[:place])
            if touch.what == "reopen":
                status = Status.VENDOR_REVIEW if handed else Status.IT_REVIEW
            status = AFTER.get(touch.what, status)
        until = touched[place + 1].at if place + 1 < len(touched) else end + timedelta(seconds=1)
        if until >= start:
            found += _turn(touch.at, until, status, [one for one in life if touch.at <= one.at < until], looks)
    return found


def _turn(
    since: datetime, until: datetime, status: Status, life: list[Happened], looks: list[datetime]
) -> list[tuple[datetime, str]]:
    found = []
    for step in STEPS.get(status, ()):
        before = next((one.at for one in life if one.what == step and one.at < looks[0]), None)
        at = before or next((moment for moment in looks if moment >= due(since, DAYS[step])), None)
        # What happens at the same moment comes after the portal's look.
        if at is None or at > until:
            break
        if before is None:
            found.append((at, step))
        since = at
    return found
