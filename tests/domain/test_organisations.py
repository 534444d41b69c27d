"""Organisations and modules: who has what, who is responsible, and what is not lost on the way."""

import asyncio
from typing import Any

import pytest

from app.domain import directory, organisations, search
from app.domain.models import AuditEntry, Module, Organisation, OrganisationModule, Person, PersonModule, Role
from app.domain.refusals import Conflict, NotAllowed, NotVisible, Refused
from app.domain.ticket_filter import TicketFilter
from tests.cast import Cast, form_key


async def nord(cast: Cast) -> dict[str, Any]:
    return await directory.organisation(cast.staff, cast.nord.id)


async def rules(cast: Cast) -> dict[int, int | None]:
    return {one["id"]: one["responsible_id"] for one in (await nord(cast))["modules"] if one["has"]}


async def set_rules(cast: Cast, changed: dict[int, int | None], stamp: str = "") -> None:
    await organisations.change_modules(cast.staff, cast.nord.id, stamp or (await nord(cast))["stamp"], changed)


async def test_a_new_organisation_has_its_modules(cast: Cast) -> None:
    modules = [cast.members.id, cast.finance.id]
    id = await organisations.create(cast.staff, "  Neue\n Kammer ", cast.staff.id, modules, form_key())
    made = await directory.organisation(cast.staff, id)
    assert (made["name"], made["responsible"]) == ("Neue Kammer", cast.staff.name)
    assert [one["name"] for one in made["modules"] if one["has"]] == ["Mitglieder", "Finanzen"]
    assert await AuditEntry.filter(kind="organisation_created").values_list("subject", flat=True) == ["Neue Kammer"]


async def test_the_same_form_makes_one_organisation(cast: Cast) -> None:
    key = form_key()
    made = [organisations.create(cast.staff, "Neue Kammer", None, [], key) for _ in range(4)]
    assert len(set(await asyncio.gather(*made))) == 1


async def test_two_who_take_one_name_at_once_make_one_organisation(cast: Cast) -> None:
    made = [organisations.create(who, "Neue Kammer", None, [], form_key()) for who in (cast.staff, cast.admin)]
    found = await asyncio.gather(*made, return_exceptions=True)
    assert sorted(type(one).__name__ for one in found) == ["Refused", "int"]


@pytest.mark.parametrize(("name", "responsible", "modules", "field"), [
    ("", None, [], "name"), (" \n ", None, [], "name"), ("x" * 121, None, [], "name"), ("x" * 5000, None, [], "name"),
    ("VERBAND nord", None, [], "name"), ("uniplus", None, [], "name"), ("Neu", 0, [], "responsible"),
    ("Neu", 1, [], "responsible"), ("Neu", None, [0], "modules"), ("Neu", None, [4711], "modules"),
])  # fmt: skip
async def test_what_is_wrong_is_refused(
    cast: Cast, name: str, responsible: int | None, modules: list[int], field: str
) -> None:
    assert cast.user.id == 1  # a customer, not of the vendor
    with pytest.raises(Refused) as caught:
        await organisations.create(cast.staff, name, responsible, modules, form_key())
    assert set(caught.value.fields) == {field}
    assert await Organisation.all().count() == 3


async def test_a_customer_is_renamed_by_one_at_a_time(cast: Cast) -> None:
    seen = (await nord(cast))["stamp"]
    await organisations.change(cast.staff, cast.nord.id, seen, "<i>Nordverband</i>", cast.admin.id)
    assert ((await nord(cast))["name"], (await nord(cast))["responsible"]) == ("<i>Nordverband</i>", cast.admin.name)
    with pytest.raises(Conflict):
        await organisations.change(cast.admin, cast.nord.id, seen, "Anders", None)
    with pytest.raises(Refused):
        await organisations.change(cast.admin, cast.nord.id, (await nord(cast))["stamp"], "kammer SÜD", None)


async def test_tickets_are_found_by_the_new_names_too(cast: Cast) -> None:
    number = await cast.ticket("user", handed_over=True)
    await organisations.change(cast.staff, cast.nord.id, (await nord(cast))["stamp"], "Küstenbund", None)
    await organisations.change_module(cast.staff, cast.members.id, "Stammdaten", None, 1)
    for q in ("kuestenbund", "Stammdaten", "verband nord", "mitglieder"):
        for person in (cast.user, cast.staff):
            assert [row["number"] for row in await search.find(TicketFilter(q=q), person)] == [number], q


async def test_the_vendor_is_no_customer(cast: Cast) -> None:
    for id in (cast.vendor.id, 4711):
        with pytest.raises(NotVisible):
            await directory.organisation(cast.staff, id)
        with pytest.raises(NotVisible):
            await organisations.change(cast.staff, id, "x", "Anders", None)


async def test_modules_come_with_who_is_responsible(cast: Cast) -> None:
    await set_rules(cast, {cast.members.id: cast.admin.id, cast.seminars.id: None, cast.finance.id: None})
    assert await rules(cast) == {cast.members.id: cast.admin.id, cast.seminars.id: None, cast.finance.id: None}
    assert await PersonModule.filter(person=cast.user).count() == 2
    usual = {one["name"]: one["usual"] for one in (await nord(cast))["modules"]}
    assert set(usual.values()) == {cast.staff.name}  # the vendor's default


async def test_what_an_organisation_loses_its_people_lose(cast: Cast) -> None:
    await set_rules(cast, {cast.members.id: None})
    assert await rules(cast) == {cast.members.id: None}
    left = await PersonModule.filter(person__organisation=cast.nord).values_list("module_id", flat=True)
    assert set(left) == {cast.members.id}
    assert await PersonModule.filter(person=cast.strange_edv).count() == 2
    (subject,) = await AuditEntry.filter(kind="organisation_changed").values_list("subject", flat=True)
    assert subject == "Verband Nord, − Seminare, − Finanzen"


async def test_a_module_with_open_tickets_stays(cast: Cast) -> None:
    await cast.ticket("user")
    with pytest.raises(Refused, match=r"Mitglieder \(1\)"):
        await set_rules(cast, {cast.seminars.id: None})
    assert set(await rules(cast)) == {cast.members.id, cast.seminars.id, cast.finance.id}
    assert await PersonModule.filter(person=cast.user).count() == 2


async def test_two_who_set_modules_do_not_undo_each_other(cast: Cast) -> None:
    seen = (await nord(cast))["stamp"]
    await set_rules(cast, await rules(cast) | {cast.members.id: cast.admin.id}, seen)
    with pytest.raises(Conflict):
        await set_rules(cast, {cast.members.id: None}, seen)


async def test_whoever_left_may_stay_responsible_but_not_become_it(cast: Cast) -> None:
    await set_rules(cast, await rules(cast) | {cast.members.id: cast.admin.id})
    await Person.filter(id=cast.admin.id).update(active=False)
    await set_rules(cast, await rules(cast) | {cast.seminars.id: cast.staff.id})
    assert (await rules(cast))[cast.members.id] == cast.admin.id
    for wrong in (cast.user.id, 0):
        with pytest.raises(Refused):
            await set_rules(cast, await rules(cast) | {cast.seminars.id: wrong})
    modules = {one["name"]: one for one in (await nord(cast))["modules"]}
    assert not modules["Mitglieder"]["responsible_active"]


async def test_a_module_that_nobody_of_the_edv_reviews_is_told(cast: Cast) -> None:
    assert {one["name"]: one["edv"] for one in (await nord(cast))["modules"]} == {
        "Mitglieder": 1, "Seminare": 1, "Finanzen": 0,
    }  # fmt: skip


async def test_modules_are_made_renamed_and_put_in_order(cast: Cast) -> None:
    id = await organisations.create_module(cast.staff, "Dokumente", cast.admin.id, form_key())
    assert [one["name"] for one in await directory.product_modules(cast.staff)][-1] == "Dokumente"
    await organisations.change_module(cast.staff, id, "Archiv", None, 2)
    found = await directory.product_modules(cast.staff)
    assert [one["name"] for one in found] == ["Mitglieder", "Archiv", "Seminare", "Finanzen"]
    assert [one["organisations"] for one in found] == [2, 0, 2, 1]
    await organisations.change_module(cast.staff, id, "Archiv", None, 99)
    assert [one["name"] for one in await directory.product_modules(cast.staff)][-1] == "Archiv"
    for name in ("", "x" * 61, "MITGLIEDER"):
        with pytest.raises(Refused):
            await organisations.change_module(cast.staff, id, name, None, 1)
        with pytest.raises(Refused):
            await organisations.create_module(cast.staff, name, None, form_key())
    with pytest.raises(NotVisible):
        await organisations.change_module(cast.staff, 4711, "Neu", None, 1)


async def test_somebody_is_responsible_where_no_rule_is(cast: Cast) -> None:
    await organisations.change_default(cast.staff, cast.admin.id)
    assert (await directory.vendors(cast.staff))[0]["responsible"] == cast.admin.name
    with pytest.raises(Refused):
        await organisations.change_default(cast.staff, cast.edv.id)


@pytest.mark.parametrize("who", ["user", "edv", "strange_edv"])
async def test_customers_manage_no_organisation(cast: Cast, who: str) -> None:
    actor = cast.person(who)
    for deed in (
        organisations.create(actor, "Neu", None, [], form_key()),
        organisations.change(actor, cast.nord.id, "x", "Neu", None),
        organisations.change_modules(actor, cast.nord.id, "x", {}),
        organisations.create_module(actor, "Neu", None, form_key()),
        organisations.change_module(actor, cast.members.id, "Neu", None, 1),
        organisations.change_default(actor, None),
        directory.organisation(actor, cast.nord.id),
        directory.product_modules(actor),
    ):
        with pytest.raises(NotAllowed):
            await deed
    assert await Module.filter(name="Neu").count() == 0
    assert (await Organisation.get(id=cast.nord.id)).name == "Verband Nord"
    assert await OrganisationModule.filter(organisation=cast.nord).count() == 3
    assert await Person.filter(role=Role.STAFF).count() == 1
