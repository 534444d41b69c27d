"""Who gets a ticket: the most exact rule, the least loaded, the deputy, and never nobody."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from app import clock
from app.domain import absences, assignment, assignment_rules, people, thread
from app.domain.absences import DAY, Away
from app.domain.assignment_rules import NewRule
from app.domain.models import (
    AssignmentRule,
    AuditEntry,
    Category,
    Module,
    Organisation,
    OrganisationModule,
    Person,
    Role,
    Ticket,
)
from app.domain.refusals import Conflict, NotAllowed, NotVisible, Refused
from app.language import local
from tests.cast import CHEAP_HASH, Cast, form_key


async def hire(cast: Cast, name: str, role: Role = Role.STAFF) -> Person:
    return await Person.create(
        organisation=cast.vendor, user_name=name.lower(), email=f"{name.lower()}@uniplus.example", first_name=name,
        last_name="Neu", role=role, password_hash=CHEAP_HASH,
    )  # fmt: skip


async def rule(cast: Cast, *people_: Person, **place: object) -> None:
    named = {"organisation_id": None, "module_id": None, "category": None} | place
    await assignment_rules.create(
        cast.staff, NewRule(**named, people=frozenset(p.id for p in people_)), form_key()  # type: ignore[arg-type]
    )


async def away(cast: Cast, person: Person, deputy: Person | None = None, days: int = 7, first: int = 0) -> None:
    start = local(clock.now()).date() + first * DAY
    entry = Away(person.id, start, start + (days - 1) * DAY, deputy.id if deputy else None)
    actor = cast.admin if person.id != cast.admin.id else person
    await absences.enter(actor, entry, form_key())


async def owner(number: int) -> str:
    ticket = await Ticket.get(number=number).select_related("responsible")
    return ticket.responsible.first_name if ticket.responsible else ""


async def told(cast: Cast, number: int) -> list[str]:
    """What the journal says about who is responsible, without the names of the kinds."""
    found = await thread.events(cast.edv, number)
    return [f"{e['kind'].removeprefix('assigned_')}: {e['before']}" for e in found if e["kind"].startswith("assigned_")]


async def test_the_most_exact_rule_wins(cast: Cast) -> None:
    names = ("Alle", "Kat", "Modul", "ModulKat", "Org", "OrgKat", "OrgModul", "OrgModulKat")
    made = {name: await hire(cast, name) for name in names}
    for name in names:
        place: dict[str, object] = {}
        place |= {"organisation_id": cast.nord.id} if "Org" in name else {}
        place |= {"module_id": cast.members.id} if "Modul" in name else {}
        place |= {"category": Category.TASK} if "Kat" in name else {}
        await rule(cast, made[name], **place)
        number = await cast.ticket("user", category=Category.TASK)
        assert await owner(number) == name, "each is more exact than all before it"
    assert await owner(await cast.ticket("user")) == "OrgModul"
    assert await owner(await cast.ticket("user", module=cast.seminars)) == "Org"
    assert await owner(await cast.ticket("stranger", category=Category.TASK)) == "ModulKat"
    assert await owner(await cast.ticket("stranger")) == "Modul"
    assert await told(cast, number) == ["rule: Verband Nord, Mitglieder, Aufgabe"]


async def test_what_is_entered_at_organisations_and_modules_stands_between_the_rules(cast: Cast) -> None:
    names = ("Anna", "Bert", "Carl", "Dora")
    module, organisation, both, category = [await hire(cast, name) for name in names]
    await rule(cast, category, category=Category.TASK)
    assert await owner(await cast.ticket("user", category=Category.TASK)) == "Dora"
    await Module.filter(id=cast.members.id).update(responsible_id=module.id)
    assert await owner(await cast.ticket("user", category=Category.TASK)) == "Anna"
    await Organisation.filter(id=cast.nord.id).update(responsible_id=organisation.id)
    assert await owner(await cast.ticket("user", category=Category.TASK)) == "Bert"
    await rule(cast, category, organisation_id=cast.nord.id, category=Category.TASK)
    assert await owner(await cast.ticket("user", category=Category.TASK)) == "Dora"
    await OrganisationModule.filter(organisation_id=cast.nord.id, module_id=cast.members.id).update(
        responsible_id=both.id
    )
    assert await owner(await cast.ticket("user", category=Category.TASK)) == "Carl"


async def test_several_share_by_load_and_a_draw_goes_to_the_first(cast: Cast) -> None:
    await rule(cast, cast.staff, cast.admin, organisation_id=cast.nord.id)
    first, second = sorted(("Stefan", "Anna"), key=lambda n: {"Stefan": cast.staff.id, "Anna": cast.admin.id}[n])
    numbers = [await cast.ticket("edv", release=True) for _ in range(4)]
    assert [await owner(number) for number in numbers] == [first, second, first, second]
    assert await told(cast, numbers[0]) == ["least: Verband Nord"]
    for number in (numbers[0], numbers[2]):
        await cast.move("staff", number, "close")
    assert await owner(await cast.ticket("edv", release=True)) == first, "closed ones weigh nothing"


async def test_a_ticket_weighs_from_its_first_handover_on_and_is_shared_out_then(cast: Cast) -> None:
    await rule(cast, cast.staff, cast.admin, organisation_id=cast.nord.id)
    numbers = [await cast.ticket("user") for _ in range(4)]
    assert len({await owner(number) for number in numbers}) == 1, "nothing of it waits for the vendor yet"
    for number in numbers:
        await cast.move("edv", number, "handover")
    owners = [await owner(number) for number in numbers]
    assert sorted(owners) == ["Anna", "Anna", "Stefan", "Stefan"]
    moved = owners.index(next(name for name in owners if name != owners[0]))
    assert (await told(cast, numbers[moved]))[-1] == "least: Verband Nord"
    await cast.reply("staff", numbers[moved], "Bitte mehr dazu.", move="to_user")
    before = await owner(numbers[moved])
    await cast.move("user", numbers[moved], "handover")
    assert await owner(numbers[moved]) == before, "who has begun goes on"


async def test_of_many_at_once_nobody_gets_more_than_their_share(cast: Cast) -> None:
    await rule(cast, cast.staff, cast.admin, organisation_id=cast.nord.id)
    await rule(cast, cast.staff, cast.admin, organisation_id=cast.sued.id)  # another rule, the same people
    made = await asyncio.gather(*(cast.ticket(who, release=True) for who in ("edv", "strange_edv") * 4))
    owners = [await owner(number) for number in made]
    assert (owners.count("Stefan"), owners.count("Anna")) == (4, 4)


async def test_a_deputy_gets_what_is_new_and_what_is_handed_over(cast: Cast) -> None:
    here = await cast.ticket("user")
    other = await cast.ticket("user")
    await cast.move("edv", other, "handover")
    await away(cast, cast.staff, cast.admin)
    assert await owner(await cast.ticket("user")) == "Anna"
    assert await owner(here) == await owner(other) == "Stefan", "what is there already stays"
    await cast.move("edv", here, "handover")
    assert await owner(here) == "Anna"
    assert await told(cast, here) == ["deputy: Stefan Kramer"]


async def test_chains_of_deputies_end_and_where_they_end_with_nobody_the_default_gets_it(cast: Cast) -> None:
    one, two, three = [await hire(cast, name) for name in ("Eins", "Zwei", "Drei")]
    await Organisation.filter(id=cast.nord.id).update(responsible_id=one.id)
    await away(cast, one, two)
    await away(cast, two, three)
    assert await owner(await cast.ticket("user")) == "Drei"
    await away(cast, three)
    number = await cast.ticket("user")
    assert (await owner(number), await told(cast, number)) == ("Stefan", [])
    await away(cast, cast.staff)
    assert await owner(await cast.ticket("user")) == "Stefan", "nobody is there, and it is somebody's all the same"
    await Person.filter(id=two.id).update(active=False)
    assert await owner(await cast.ticket("user")) == "Stefan", "who has left stands in for nobody"


async def test_an_absence_begins_and_ends_at_midnight_in_berlin(cast: Cast) -> None:
    with clock.at(clock.now().replace(month=7, day=6, hour=12)):  # summer: two hours before UTC
        await away(cast, cast.staff, cast.admin, days=2, first=1)
        start = local(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    for moment, name in ((-1, "Stefan"), (0, "Anna"), (48 * 3600 - 1, "Anna"), (48 * 3600, "Stefan")):
        with clock.at(start + timedelta(seconds=moment)):
            assert await owner(await cast.ticket("user")) == name, moment


async def test_a_circle_of_deputies_is_refused_and_of_two_at_once_one(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, three = [await hire(cast, name) for name in ("Eins", "Zwei", "Drei")]
    await away(cast, one, two, days=10)
    await away(cast, two, three, days=3, first=5)
    with pytest.raises(Refused) as refused:
        await away(cast, three, one, days=3, first=7)
    assert "deputy" in refused.value.fields
    await away(cast, three, one, days=3, first=8)  # by then the second one is back
    for person, other in ((one, two), (two, one)):
        await absences.forget(person.id)
        await absences.forget(other.id)
    stands_in = absences._stands_in

    async def slowly(*asked: Any) -> bool:
        found = await stands_in(*asked)
        await asyncio.sleep(0.1)  # who did not wait for the other would have seen nothing by now
        return found

    monkeypatch.setattr(absences, "_stands_in", slowly)
    done = await asyncio.gather(away(cast, one, two), away(cast, two, one), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["NoneType", "Refused"]


async def test_who_has_left_is_succeeded(cast: Cast) -> None:
    gone = await hire(cast, "Gast")
    await Organisation.filter(id=cast.nord.id).update(responsible_id=gone.id)
    waiting, handed = await cast.ticket("user"), await cast.ticket("edv", release=True)
    await people.deactivate(cast.admin, gone.id)
    assert await owner(waiting) == await owner(handed) == "Stefan"
    assert await told(cast, handed) == ["rule: Verband Nord", "default: alle Tickets"]
    assert await told(cast, waiting) == ["rule: Verband Nord"], "what the vendor has not got is not spoken of"
    old = await cast.ticket("user", responsible_id=gone.id)
    await cast.move("edv", old, "handover")
    assert await owner(old) == "Stefan"


async def test_a_successor_takes_the_place_in_every_rule(cast: Cast) -> None:
    gone = await hire(cast, "Gast")
    await rule(cast, gone, organisation_id=cast.nord.id)
    await rule(cast, gone, cast.admin, module_id=cast.members.id)
    await people.deactivate(cast.admin, gone.id, successor=cast.admin.id)
    listed = await assignment_rules.listed(cast.staff)
    assert [[one["name"] for one in row["people"]] for row in listed] == [["Anna Winter"], ["Anna Winter"]]


async def test_a_ticket_is_somebodys_as_long_as_the_vendor_has_anybody(cast: Cast) -> None:
    await Organisation.filter(is_vendor=True).update(responsible_id=None)
    assert await owner(await cast.ticket("user"))
    await Person.filter(role__in=(Role.STAFF, Role.ADMIN)).update(active=False)
    assert await owner(await cast.ticket("user")) == ""


async def test_rules_are_made_once_for_the_same_tickets(cast: Cast) -> None:
    key, new = form_key(), NewRule(cast.nord.id, None, None, frozenset({cast.staff.id}))
    await assignment_rules.create(cast.staff, new, key)
    await assignment_rules.create(cast.staff, new, key)  # a double click
    assert await AssignmentRule.all().count() == 1
    wrong = (
        (new, "organisation"), (NewRule(cast.vendor.id, None, None, new.people), "organisation"),
        (NewRule(None, 999, None, new.people), "module"), (NewRule(None, None, None, frozenset()), "people"),
        (NewRule(None, None, None, frozenset({cast.user.id})), "people"),
    )  # fmt: skip
    for one, field in wrong:
        with pytest.raises(Refused) as refused:
            await assignment_rules.create(cast.staff, one, form_key())
        assert list(refused.value.fields) == [field]
    done = await asyncio.gather(
        *(assignment_rules.create(cast.staff, NewRule(None, None, Category.TASK, new.people), form_key())
          for _ in range(3)), return_exceptions=True,
    )  # fmt: skip
    assert [one for one in done if one is None] == [None]


async def test_who_was_too_late_with_a_rule_is_told(cast: Cast) -> None:
    await rule(cast, cast.staff, organisation_id=cast.nord.id)
    (row,) = await assignment_rules.listed(cast.staff)
    await assignment_rules.change(cast.staff, row["id"], row["version"], frozenset({cast.admin.id}))
    for late in (
        assignment_rules.change(cast.staff, row["id"], row["version"], frozenset({cast.staff.id})),
        assignment_rules.remove(cast.staff, row["id"], row["version"]),
    ):
        with pytest.raises(Conflict):
            await late
    await assignment_rules.remove(cast.staff, row["id"], row["version"] + 1)
    with pytest.raises(NotVisible):
        await assignment_rules.find(cast.staff, row["id"])
    entries = await AuditEntry.filter(kind="assignment_changed").order_by("id")
    assert [one.subject for one in entries] == [
        "Verband Nord: Stefan Kramer", "Verband Nord: Anna Winter", "Verband Nord: Anna Winter: entfernt",
    ]  # fmt: skip


async def test_rules_are_the_vendors(cast: Cast) -> None:
    for who in ("user", "edv"):
        with pytest.raises(NotAllowed):
            await assignment_rules.listed(cast.person(who))
    assert [one["name"] for one in await assignment.assignees()] == ["Stefan Kramer", "Anna Winter"]
