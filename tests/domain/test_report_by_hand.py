"""The report against a plain count over the rows of its Excel export, for any reader, period, module, organisation."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

from app import clock
from app.domain import report, search
from app.domain.flow import MOVES, category_label, status_label
from app.domain.models import Category, Organisation, Person, Priority
from app.domain.refusals import Conflict, NotAllowed, NotVisible, Refused
from app.domain.report_filter import ReportFilter
from app.domain.report_numbers import Group, Report
from app.language import local
from app.web.report_sheet import tickets_sheet
from tests.cast import Cast

NOW = datetime(2026, 10, 28, 9, 0, tzinfo=UTC)
MONDAY = date(2026, 10, 26)
LIVES = 14
DEEDS = 5
FILTERS = 30
NUMBERS = {
    "tickets": "Offen im Zeitraum", "created": "Erstellt im Zeitraum", "closed": "Geschlossen im Zeitraum",
    "escalated": "Eskaliert im Zeitraum", "open": "Jetzt offen",
}  # fmt: skip
HELD = {"user": "Stunden bei User", "edv": "Stunden bei EDV", "vendor": "Stunden bei UNIPLUS"}
ASKED = {"edv": ("Zuerst bei EDV am", "Erste Antwort EDV (Std.)"),
         "vendor": ("Zuerst bei UNIPLUS am", "Erste Antwort UNIPLUS (Std.)")}  # fmt: skip
Line = dict[str, Any]


async def live(cast: Cast, random: Random) -> None:
    """Tickets of both organisations, each led by chance through the ten weeks before NOW."""
    for _ in range(LIVES):
        who = random.choice(["user", "edv", "stranger", "strange_edv", "deputy"])
        now = NOW - timedelta(days=70 * random.random())
        with clock.at(now):
            number = await cast.ticket(
                who, module=random.choice([cast.members, cast.seminars] if "strange" not in who else [cast.members]),
                category=random.choice(list(Category)), priority=random.choice(list(Priority)),
                release=who in ("edv", "deputy") and random.random() < 0.5,
            )  # fmt: skip
        others = ["stranger", "strange_edv"] if "strange" in who else ["user", "edv", "deputy"]
        for _ in range(DEEDS):
            now += timedelta(days=random.expovariate(1 / 6))
            if now < NOW:
                with clock.at(now):
                    await _try(cast, random.choice([*others, "staff"]), number, random.choice(["", *MOVES]))


async def _try(cast: Cast, who: str, number: int, move: str) -> None:
    with suppress(NotAllowed, NotVisible, Conflict, Refused):
        await cast.reply(who, number, move=move)


async def test_whoever_adds_up_the_rows_of_the_export_gets_the_report(cast: Cast) -> None:
    await Organisation.filter(id=cast.sued.id).update(state="BY", work_starts=600)
    await live(cast, Random(4))

    for seed in range(FILTERS):
        person, filter = some_reader_and_filter(cast, Random(seed))
        with clock.at(NOW):
            found = await report.make(person, filter, await search.choices(person))
            sheet = tickets_sheet(await report.counted(person, filter, 1000), person, "")
            compare(found, lines_of(sheet.columns, sheet.rows))


def some_reader_and_filter(cast: Cast, random: Random) -> tuple[Person, ReportFilter]:
    person = cast.person(random.choice(["user", "colleague", "edv", "edv", "strange_edv", "staff", "staff"]))
    end = MONDAY - timedelta(weeks=random.randint(0, 9))
    start = end - timedelta(weeks=random.randint(0, 9))
    own = random.random() < 0.5
    module = random.choice([None, None, cast.members.id, cast.seminars.id])
    organisation = random.choice([None, None, cast.nord.id, cast.sued.id]) if person.is_staff else None
    period = (start, end + timedelta(days=6)) if own else (None, None)
    return person, ReportFilter(module=module, organisation=organisation, start=period[0], end=period[1])


def lines_of(columns: Sequence[Any], rows: Any) -> list[Line]:
    return [{column.title: value for column, value in zip(columns, row, strict=True)} for row in rows]


def compare(found: Report, lines: list[Line]) -> None:
    """Every number of the report, counted over the sheet."""
    same(found.total, lines)
    for title, groups in (("Modul", found.by_module), ("Organisation", found.by_organisation)):
        for group in groups:
            same(group, [line for line in lines if line[title] == group.name])
    for group in found.by_category:
        same(group, [line for line in lines if line["Kategorie"] == category_label(group.id)])
    open_ = [line for line in lines if line["Jetzt offen"]]
    assert found.escalated == sum(line["Jetzt eskaliert"] for line in lines)
    assert found.high == sum(line["Priorität"] == "Hoch" for line in open_)
    for status, ages in found.by_status.items():
        some = [line for line in open_ if line["Status"] == status_label(status)]
        days = [(NOW - line["Erstellt am"]) / timedelta(days=1) for line in some]
        assert list(ages) == [sum(low < day <= high for day in days) for low, high in pairwise([0, 2, 7, 30, 10_000])]
    for week in found.weeks:
        assert week.created == sum(within(line["Erstellt am"], week.monday) for line in lines)
        assert week.closed == sum(
            line["Status"] == "Geschlossen" and within(line["Geschlossen am"], week.monday) for line in lines
        )
    answered(found, lines)


def same(group: Group, lines: list[Line]) -> None:
    for name, title in NUMBERS.items():
        assert getattr(group, name) == sum(line[title] for line in lines), title
    assert group.high == sum(line["Priorität"] == "Hoch" for line in lines if line["Offen im Zeitraum"])
    for side, title in HELD.items():
        hours = [line[title] for line in lines if line[title] is not None]
        assert (group.held[side].tickets, group.held[side].seconds) == (len(hours), round(sum(hours) * 3600)), title


def answered(found: Report, lines: list[Line]) -> None:
    first, last = found.filter.days()
    for side, answers in found.answers.items():
        since, title = ASKED[side]
        asked = [line[title] for line in lines if line[since] and first <= local(line[since]).date() <= last]
        hours = [one for one in asked if one is not None]
        counts = [sum(low < one <= high for one in hours) for low, high in pairwise([-1, 1, 4, 8, 24, 100_000])]
        assert list(answers.counts) == [*counts, asked.count(None)]


def within(moment: datetime, monday: date) -> bool:
    return monday <= local(moment).date() <= monday + timedelta(days=6)
