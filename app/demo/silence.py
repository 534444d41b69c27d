"""What the demo instance does by itself: who is away, a rule for assigning, deadlines, and this week's reminders."""

from app import clock
from app.demo import office
from app.domain import absences, assignment_rules, chores, rules
from app.domain.absences import DAY, Away
from app.domain.assignment_rules import NewRule
from app.domain.models import Category, Person
from app.domain.rules import Rules
from app.language import local

NORD = Rules(remind=3, announce=5, close=5, review=3)
REMINDING = 5  # days of office time on which it was looked who is silent
KEY = "demo-instance-{}"


async def set_up(people: dict[str, Person], now: int) -> None:
    """Set it up as staff would have; somebody is away around `now`, a place in office time."""
    staff, nord, south = people["staff"], people["user-nord"].organisation_id, people["user-sued"].organisation_id
    await rules.change(staff, nord, rules.stamp_of(Rules()), NORD)
    chosen = frozenset(people[name].id for name in ("jonas.albrecht", "nadine.vogt"))
    await assignment_rules.create(staff, NewRule(south, None, Category.INCIDENT, chosen), KEY.format("rule"))
    today = local(office.moment(now)).date()
    away = Away(people["nadine.vogt"].id, today - DAY, today + 6 * DAY, people["jonas.albrecht"].id)
    await absences.enter(people["nadine.vogt"], away, KEY.format("absence"))


async def remind(now: int) -> None:
    """Let the portal look who is silent, at noon of the last days before `now`."""
    noon = now - now % office.DAY + office.DAY // 2
    for days in range(REMINDING, 0, -1):
        with clock.at(office.moment(noon - days * office.DAY)):
            await chores.run()
