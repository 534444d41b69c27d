"""Rules and deadlines of an organisation: what the portal does by itself there, in its working days."""

from dataclasses import dataclass

from app.database import Row, atomic, rows
from app.domain import directory, journal, organisations
from app.domain.models import OrganisationRules, Person
from app.domain.refusals import Conflict, Refused
from app.domain.workdays import Calendar
from app.language import translate

REVIEW_DAYS = 3  # where nothing else is set
MOST_DAYS = 60


@dataclass(frozen=True)
class Rules:
    """Numbers of working days, None for never.

    `remind` without an answer of the User until a reminder, `announce` from there until the closing is announced,
    `close` from there until the ticket is closed, `review` without a decision of the EDV until a reminder and until
    the one to all of them.
    """

    remind: int | None = None
    announce: int | None = None
    close: int | None = None
    review: int | None = REVIEW_DAYS
    asks_satisfaction: bool = False

    @property
    def closes(self) -> bool:
        """Whether tickets are closed when nobody answers."""
        return None not in (self.remind, self.announce, self.close)

    @property
    def silence(self) -> int:
        """How many working days it takes until a ticket is closed."""
        return sum(days or 0 for days in (self.remind, self.announce, self.close))


COLUMNS = {"remind": "remind_days", "announce": "announce_days", "close": "close_days", "review": "review_days"}
_FIELDS = ", ".join(f"r.{column} AS {name}" for name, column in COLUMNS.items())


async def of(person: Person, organisation_id: int) -> Rules:
    """What holds for an organisation, for staff and for its own people; raises NotVisible for others."""
    if not person.is_staff and person.organisation_id != organisation_id:
        directory.only_staff(person)
    return await _rules(organisation_id)


async def change(staff: Person, organisation_id: int, stamp: str, new: Rules) -> None:
    """Set what holds for an organisation; raises Conflict when somebody was faster, and Refused."""
    directory.only_staff(staff)
    check(new)
    async with atomic():
        organisation = await organisations.hold(organisation_id)
        old = await _rules(organisation_id)
        if stamp_of(old) != stamp:
            raise Conflict(translate("Die Regeln wurden inzwischen geändert."))
        if new == old:
            return
        columns = {column: getattr(new, name) for name, column in COLUMNS.items()}
        columns["asks_satisfaction"] = new.asks_satisfaction
        if not await OrganisationRules.filter(organisation_id=organisation_id).update(**columns):
            await OrganisationRules.create(organisation_id=organisation_id, **columns)
        await journal.audit(staff, "rules_changed", f"{organisation.name}: {_difference(old, new)}")


def check(rules: Rules) -> None:
    """Raise Refused for days that are no time to wait, and for steps of which one before is missing."""
    wrong = {
        name: translate("Bitte eine ganze Zahl von 1 bis %(n)s, oder nichts für „nie“.", n=MOST_DAYS)
        for name in COLUMNS
        if (days := getattr(rules, name)) is not None and not 1 <= days <= MOST_DAYS
    }
    if rules.announce is not None and rules.remind is None:
        wrong.setdefault("remind", translate("Vor der Ankündigung kommt die Erinnerung: Bitte auch hier eine Zahl."))
    if (rules.close is None) != (rules.announce is None):
        missing = "close" if rules.close is None else "announce"
        wrong.setdefault(missing, translate("Ankündigung und Schließung gehören zusammen: Bitte beide angeben."))
    if wrong:
        raise Refused(**wrong)


def stamp_of(rules: Rules) -> str:
    """What a form was built from."""
    return directory.stamp(*vars(rules).values())


async def everywhere() -> dict[int, tuple[str, Rules, Calendar]]:
    """Every customer's name, rules and working days. One statement, for the portal's own work."""
    found = await rows(
        f"SELECT o.id, o.name, o.state, o.work_starts, o.work_ends, r.id AS rules, {_FIELDS}, r.asks_satisfaction "
        "FROM organisation o LEFT JOIN organisation_rules r ON r.organisation_id = o.id WHERE o.is_vendor = ?",
        False,
    )
    return {
        row["id"]: (row["name"], _read(row), Calendar.of(row["state"], row["work_starts"], row["work_ends"]))
        for row in found
    }


async def _rules(organisation_id: int) -> Rules:
    from_row = await OrganisationRules.get_or_none(organisation_id=organisation_id)
    if from_row is None:
        return Rules()
    days = {name: getattr(from_row, column) for name, column in COLUMNS.items()}
    return Rules(**days, asks_satisfaction=from_row.asks_satisfaction)


def _read(row: Row) -> Rules:
    if row["rules"] is None:
        return Rules()
    return Rules(**{name: row[name] for name in COLUMNS}, asks_satisfaction=bool(row["asks_satisfaction"]))


def _difference(old: Rules, new: Rules) -> str:
    """For the audit log, which is kept in German."""
    named = {
        "remind": "Erinnerung", "announce": "Ankündigung", "close": "Schließung", "review": "Prüfung durch EDV",
        "asks_satisfaction": "Zufriedenheitsfrage",
    }  # fmt: skip
    return ", ".join(
        f"{words} {_said(getattr(old, name))} → {_said(getattr(new, name))}"
        for name, words in named.items()
        if getattr(old, name) != getattr(new, name)
    )


def _said(value: int | bool | None) -> str:
    if isinstance(value, bool):
        return "ein" if value else "aus"
    return "nie" if value is None else f"nach {value} Arbeitstagen" if value > 1 else "nach 1 Arbeitstag"
