"""A month of the demo organisation's life: nobody's ticket is nobody's, and every silence had its reminder."""

import io
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from openpyxl import load_workbook

from app.config import Settings
from app.database import close_database, open_database, rows
from app.demo.instance import prepare
from app.domain import assignment_rules, report, rules, search
from app.domain.assignment_rules import NewRule
from app.domain.models import Category, Letter, Module, Organisation, Person, PersonModule, Role, Status
from app.domain.report_filter import ReportFilter
from app.domain.rules import Rules
from app.migrate import only_process
from tests.cast import CHEAP_HASH, Cast, Portal, form_key
from tests.conftest import DATABASE
from tests.month import BERLIN, DAYS, FIRST, LAST, Month, expected, lives

START = datetime.combine(FIRST, time(6), BERLIN).astimezone(UTC)
END = datetime.combine(LAST, time(17), BERLIN).astimezone(UTC)


async def arrange(nord: Organisation, staff: tuple[Person, Person], seed: int, activity: float) -> Month:
    """The rules of the month, a second EDV, and who plays it."""
    deadlines = Rules(
        DAYS["reminded_user"], DAYS["closing_announced"], DAYS["close_unanswered"], DAYS["reminded_it"], False
    )
    for one in await Organisation.filter(is_vendor=False):
        before = await rules.of(staff[0], one.id)
        await rules.change(staff[0], one.id, rules.stamp_of(before), deadlines)
    people = NewRule(nord.id, None, None, frozenset(one.id for one in staff))
    await assignment_rules.create(staff[0], people, form_key())
    tasks = NewRule(nord.id, None, Category.TASK, frozenset({staff[0].id}))
    await assignment_rules.create(staff[0], tasks, form_key())
    module = await Module.all().order_by("id").first()
    assert module is not None
    edv = await Person.filter(organisation=nord, role=Role.EDV).select_related("organisation").first()
    assert edv is not None
    deputy = await Person.create(
        organisation=nord, user_name="edv2-nord", email="edv2@nord.example", first_name="Ines", last_name="Vertreter",
        role=Role.EDV, password_hash=CHEAP_HASH,
    )  # fmt: skip
    owned = await PersonModule.filter(person=edv)
    await PersonModule.bulk_create([PersonModule(person=deputy, module_id=one.module_id) for one in owned])  # type: ignore[attr-defined]
    users = Person.filter(organisation=nord, role=Role.USER, active=True, person_modules__module=module)
    return Month(
        nord.id, module.id, await users.order_by("id").select_related("organisation"), edv, deputy, staff,
        random.Random(seed), activity,
    )  # fmt: skip


async def check(month: Month) -> int:
    """Every ticket has an owner, and every silence had exactly its steps; returns how many there were."""
    assert not await rows("SELECT number FROM ticket WHERE status <> 'closed' AND responsible_id IS NULL")
    told, steps = await lives(), 0
    for row in await rows("SELECT number FROM ticket ORDER BY number"):
        life, number = told.get(row["number"], []), row["number"]
        status = Status(month.begins.get(number, Status.IT_REVIEW))
        done = [(one.at, one.what) for one in life if one.by_portal and one.at >= START]
        assert done == expected(life, status, START, END), f"#{number}"
        steps += len(done)
    away = await rows(
        "SELECT e.ticket_id FROM ticket_event e JOIN absence a ON a.starts_at <= e.created_at AND a.ends_at > "
        "e.created_at JOIN person p ON p.id = a.person_id JOIN ticket t ON t.number = e.ticket_id "
        "WHERE e.kind LIKE 'assigned_%' AND e.after = p.first_name || ' ' || p.last_name"
    )
    assert not away, "nothing new went to who was away"
    return steps


async def play(month: Month) -> None:
    with time_machine.travel(START, tick=False) as traveller:
        taken = await month.play(traveller.move_to)
    assert taken == await check(month)
    kinds = {row["kind"] for row in await rows("SELECT DISTINCT kind FROM reminder")}
    assert kinds == set(DAYS) - {"close_unanswered"}
    assert {"close_unanswered", "reopen", "assigned_deputy", "assigned_least"} <= {
        row["kind"] for row in await rows("SELECT DISTINCT kind FROM ticket_event")
    }, "the month has seen it all"
    reminders = [letter for letter in await Letter.all() if letter.letter in ("reminder", "closing_announced")]
    assert reminders


async def table(portal: Portal, query: str) -> list[dict[str, object]]:
    """The rows of an exported list, by the words above its columns."""
    answer = await portal.get(f"/tickets/export.xlsx?{query}")
    assert answer.status_code == 200
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    names, *lines = sheet.iter_rows(values_only=True)
    return [dict(zip(map(str, names), line, strict=True)) for line in lines]


async def test_a_month_of_the_organisations_life(portal: Portal, cast: Cast) -> None:
    staff = await cast.again("staff"), await cast.again("admin")
    month = await arrange(cast.nord, staff, seed=7, activity=0.12)
    await play(month)
    with time_machine.travel(END, tick=False):
        await portal.sign_in("edv")
        exported = await table(portal, "&".join(f"status={status.value}" for status in Status))
        everything = ReportFilter(start=FIRST, end=LAST + timedelta(days=2))
        counted = await report.make(cast.edv, everything, await search.choices(cast.edv))
    states = [str(row["Status"]) for row in exported]
    assert len(exported) == len(month.made) == counted.created
    assert states.count("Geschlossen") == counted.closed > 0
    assert sum(state.startswith("Prüfung") for state in states) == counted.open > 0
    assert all(row["Zuständig"] for row in exported), "somebody's, every single one"
    for week in counted.weeks:
        days = {week.monday + timedelta(days=n) for n in range(7)}
        assert sum(row["Erstellt"].date() in days for row in exported) == week.created  # type: ignore[attr-defined]


@pytest.fixture
async def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Settings]:
    url = request.getfixturevalue("postgres").create("month") if DATABASE == "postgres" else ""
    settings = Settings(data_dir=tmp_path_factory.mktemp("month"), database_url=url, demo=True)
    yield settings
    await close_database()


@pytest.mark.long
async def test_a_month_of_the_demo_instance(demo: Settings) -> None:
    import asyncio

    def make() -> None:
        with time_machine.travel(START, tick=False), only_process(demo):
            prepare(demo)

    await asyncio.to_thread(make)
    await open_database(demo)
    nord = await Organisation.get(name="Verband Nord")
    staff = [await Person.get(user_name=name).select_related("organisation") for name in ("staff", "admin")]
    month = await arrange(nord, (staff[0], staff[1]), seed=3, activity=0.05)
    await play(month)
