"""The audit log of the demo instance: who came and went in the last two weeks, what was exported and opened."""

from app import clock
from app.database import rows
from app.demo import office
from app.demo.people import ORGANISATIONS, PEOPLE
from app.domain import journal
from app.domain.models import Audience, Person, Role

DAYS = 10  # of office time
NETWORKS = dict(zip((*ORGANISATIONS, ""), ("192.0.2", "198.51.100", "203.0.113"), strict=True))
FAILURES = ((130, "user-nord", "nord"), (131, "user-nord", "nord"), (2300, "petersen@nord.example", "nord"),
            (3777, "administrator", ""))  # fmt: skip
EXPORTS = ((190, "edv-nord", "Tickets.xlsx ?"), (1410, "staff", "Report.xlsx?weeks=4"),
           (2850, "edv-sued", "Tickets.xlsx ?status=closed"), (4120, "admin", "Report.xlsx"))  # fmt: skip

Line = tuple[int, Person | None, str, str, str]  # place in office time, who, kind, subject, address


async def write(people: dict[str, Person], now: int) -> None:
    """Write what happened before `now`, a place in office time, in its order."""
    lines = [line for line in [*_comings(people, now), *_others(people, now), *await _opened(people)] if line[0] < now]
    for position, person, kind, subject, address in sorted(lines, key=lambda line: (line[0], line[2], line[3])):
        with clock.at(office.moment(position)):
            await journal.audit(person, kind, subject, address)
            if person and kind == "signed_in":
                await Person.filter(id=person.id).update(signed_in_at=clock.now())


def _address(person: Person) -> str:
    somebody = next(one for one in PEOPLE if one.user_name == person.user_name)
    return f"{NETWORKS.get(somebody.org, NETWORKS[''])}.{20 + PEOPLE.index(somebody)}"


def _comings(people: dict[str, Person], now: int) -> list[Line]:
    """Most people sign in at most days, and about half of them sign out."""
    found: list[Line] = []
    for day in range(DAYS):
        for order, person in enumerate(people.values()):
            came = now - now % office.DAY - day * office.DAY + 11 * order + 7 * day % 20
            if person.password_hash and (day + order) % 4:
                found.append((came, person, "signed_in", "", _address(person)))
                if (day + order) % 2:
                    found.append((came + 380 - 9 * order, person, "signed_out", "", ""))
    return found


def _others(people: dict[str, Person], now: int) -> list[Line]:
    failed = [(now - ago, None, "sign_in_failed", name, f"{NETWORKS[org]}.77") for ago, name, org in FAILURES]
    exported = [(now - ago, people[who], "exported", what, _address(people[who])) for ago, who, what in EXPORTS]
    return [*failed, *exported]


async def _opened(people: dict[str, Person]) -> list[Line]:
    """The vendor looks at what customers attach to the tickets that it gets."""
    by_id = {person.id: person for person in people.values()}
    found = await rows(
        "SELECT f.id, f.name, f.ticket_id, f.created_at, t.responsible_id FROM attachment f "
        "JOIN message m ON m.id = f.message_id JOIN ticket t ON t.number = f.ticket_id "
        "WHERE t.handed_over_at <= f.created_at AND m.audience = ? AND t.responsible_id IS NOT NULL ORDER BY f.id",
        Audience.EVERYONE.value,
    )  # fmt: skip
    lines: list[Line] = []
    for row in found:
        person = by_id[row["responsible_id"]]
        if person.role in (Role.STAFF, Role.ADMIN):
            at = office.position(row["created_at"]) + 35
            what = f"#{row['ticket_id']} {row['name']} ({row['id']})"
            lines.append((at, person, "attachment_opened", what, _address(person)))
    return lines
