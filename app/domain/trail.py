"""What a number of the report counts, as part of the ticket list's filter: what happened in a period, and how old."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from app import clock
from app.domain.flow import WAITING_FOR
from app.domain.models import Person, Status
from app.domain.policy import Condition
from app.domain.turn_history import SIDES
from app.language import format_date, midnight, translate

# An open ticket belongs to the first age that it has not outgrown; None is older than all of them.
AGES = (2, 7, 30, None)
# The same of a first answer, in hours of working time.
HOURS = (1, 4, 8, 24, None)
OLDER, LATER, NONE = "older", "later", "none"
FIRST, LAST = date(2000, 1, 1), date(2099, 12, 31)

ASKED = {"asked_edv": "edv", "asked_vendor": "vendor"}
EVENTS = {
    "created": "Erstellt",
    "closed": "Geschlossen",
    "open": "Offen",
    "escalated": "Eskaliert",
    **dict.fromkeys(SIDES.values(), "Bei %(who)s"),
    **dict.fromkeys(ASKED, "Zum ersten Mal bei %(who)s"),
}
_STATUS = {side: status for status, side in SIDES.items()}


@dataclass(frozen=True)
class Trail:
    """One thing that happened between two days of Berlin, both included, and how old an open ticket is.

    `answer` belongs to `asked_edv` and `asked_vendor`: within how many hours the first answer came.
    """

    event: str = ""
    start: date | None = None
    end: date | None = None
    answer: str = ""
    age: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str], person: Person) -> "Trail":
        """The part of an address that is about this; what is unknown, or not the person's to ask, is left out."""
        age = given.get("age", "")
        age = age if age in _names(AGES, OLDER) else ""
        event, start, end = given.get("event", ""), _day(given.get("from", "")), _day(given.get("until", ""))
        if event not in EVENTS or not start or not end or end < start or not may_ask(person, event):
            return cls(age=age)
        answer = given.get("answer", "") if event in ASKED else ""
        return cls(event, start, end, answer if answer in (*_names(HOURS, LATER), NONE) else "", age)

    def pairs(self) -> list[tuple[str, str]]:
        """What stands in an address; empty values for what is not asked."""
        days = [day.isoformat() if day else "" for day in (self.start, self.end)]
        return [
            ("event", self.event), ("from", days[0]), ("until", days[1]), ("answer", self.answer), ("age", self.age)
        ]  # fmt: skip

    def condition(self) -> Condition | None:
        """What a row of `ticket t` must meet; None where nothing is asked."""
        parts = [part for part in (self._event(), self._age()) if part]
        if not parts:
            return None
        return Condition(" AND ".join(part.sql for part in parts), tuple(v for part in parts for v in part.values))

    def chips(self) -> list[tuple[str, str, str]]:
        """The same for people, with its name and value in an address: „Erstellt 02.11.2026 – 08.11.2026“."""
        said = []
        if self.event and self.start and self.end:
            words = translate(
                "%(what)s %(start)s – %(end)s", what=event_words(self.event),
                start=format_date(midnight(self.start)), end=format_date(midnight(self.end)),
            )  # fmt: skip
            if self.answer:
                answer = translate("Erste Antwort: %(when)s", when=answer_words(self.answer))
                words = f"{words}, {answer}"
            said.append(("event", self.event, words))
        if self.age:
            said.append(("age", self.age, translate("Alter: %(age)s", age=age_words(self.age))))
        return said

    def _event(self) -> Condition | None:
        if not self.start or not self.end:
            return None
        period = (midnight(self.start), midnight(self.end + timedelta(days=1)))
        if self.event == "created":
            return Condition("t.created_at >= ? AND t.created_at < ?", period)
        if self.event == "closed":
            closed = f"t.status = '{Status.CLOSED.value}'"
            return Condition(f"{closed} AND t.closed_at >= ? AND t.closed_at < ?", period)
        inner = self._escalated(period) if self.event == "escalated" else self._turn(period)
        return Condition(f"t.number IN ({inner.sql})", inner.values)

    def _escalated(self, period: tuple[datetime, datetime]) -> Condition:
        return Condition(
            "SELECT e.ticket_id FROM ticket_event e WHERE e.kind = 'escalate' AND e.created_at >= ? "
            "AND e.created_at < ?",
            period,
        )

    def _turn(self, period: tuple[datetime, datetime]) -> Condition:
        if self.event in ASKED:
            answer, values = _answered(self.answer)
            return Condition(
                "SELECT w.ticket_id FROM turn w WHERE w.is_first = ? AND w.side = ? "
                f"AND w.from_at >= ? AND w.from_at < ?{answer}",
                (True, ASKED[self.event], *period, *values),
            )
        side = " AND w.side = ?" if self.event in _STATUS else ""
        within = in_period(period)
        return Condition(
            f"SELECT w.ticket_id FROM turn w WHERE {within.sql}{side}",
            (*within.values, *((self.event,) if side else ())),
        )

    def _age(self) -> Condition | None:
        if not self.age:
            return None
        now, days = clock.now(), [now_days for now_days in AGES if now_days]
        place = _names(AGES, OLDER).index(self.age)
        parts, values = [], []
        if place < len(days):
            parts.append("t.created_at >= ?")
            values.append(now - timedelta(days=days[place]))
        if place:
            parts.append("t.created_at < ?")
            values.append(now - timedelta(days=days[place - 1]))
        return Condition(" AND ".join(parts), tuple(values))


def may_ask(person: Person, event: str) -> bool:
    """Whether the person may know: when the customer's EDV first answered, its own organisation only.

    That may have been a message which the vendor does not read.
    """
    return not (person.is_staff and event == "asked_edv")


def in_period(period: tuple[datetime, datetime]) -> Condition:
    """Which rows of `turn w` lie in a period, in part at least."""
    start, end = period
    return Condition("w.from_at < ? AND (w.until_at > ? OR w.until_at IS NULL)", (end, start))


def event_words(event: str) -> str:
    """„Erstellt“, „Bei EDV“ and so on."""
    side = ASKED.get(event, event)
    who = translate(WAITING_FOR[_STATUS[side]]) if side in _STATUS else ""
    return translate(EVENTS[event], who=who)


def age_words(age: str) -> str:
    """„bis 2 Tage“, „2–7 Tage“, „über 30 Tage“."""
    days = [days for days in AGES if days]
    place = _names(AGES, OLDER).index(age)
    if place == 0:
        return translate("bis %(n)s Tage", n=days[0])
    if place < len(days):
        return translate("%(m)s–%(n)s Tage", m=days[place - 1], n=days[place])
    return translate("über %(n)s Tage", n=days[-1])


def answer_words(answer: str) -> str:
    """„bis 1 Std.“, „1–4 Std.“, „über 24 Std.“, „noch keine“."""
    if answer == NONE:
        return translate("noch keine")
    hours = [hours for hours in HOURS if hours]
    place = _names(HOURS, LATER).index(answer)
    if place == 0:
        return translate("bis %(n)s Std.", n=hours[0])
    if place < len(hours):
        return translate("%(m)s–%(n)s Std.", m=hours[place - 1], n=hours[place])
    return translate("über %(n)s Std.", n=hours[-1])


def ages() -> list[str]:
    """The values of `age`, youngest first."""
    return _names(AGES, OLDER)


def answer_values() -> list[str]:
    """The values of `answer`, quickest first, none last."""
    return [*_names(HOURS, LATER), NONE]


def _answered(answer: str) -> tuple[str, tuple[Any, ...]]:
    """SQL for a first answer in its span; one after exactly an hour is within the hour."""
    if not answer:
        return "", ()
    if answer == NONE:
        return " AND w.answered_at IS NULL", ()
    hours = [hours for hours in HOURS if hours]
    place = _names(HOURS, LATER).index(answer)
    parts, values = [" AND w.answered_at IS NOT NULL"], []
    if place < len(hours):
        parts.append("w.answer_seconds <= ?")
        values.append(hours[place] * 3600)
    if place:
        parts.append("w.answer_seconds > ?")
        values.append(hours[place - 1] * 3600)
    return " AND ".join(parts), tuple(values)


def _names(limits: tuple[int | None, ...], beyond: str) -> list[str]:
    return [str(limit) if limit else beyond for limit in limits]


def _day(text: str) -> date | None:
    """A day of an address that both databases can reckon with, else None."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST <= day <= LAST else None
