"""Accounts: who may make, change and close them, and what follows at once."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from app.domain import accounts, directory, identity, people, tokens
from app.domain.identity import Identity
from app.domain.models import (
    AuditEntry,
    Letter,
    Module,
    Organisation,
    OrganisationModule,
    Person,
    PersonModule,
    Purpose,
    Role,
    Session,
    Status,
    Ticket,
    TicketEvent,
    Token,
)
from app.domain.passwords import RESET_AGE
from app.domain.people import Rights
from app.domain.refusals import Conflict, NotAllowed, NotVisible, Refused
from tests.cast import Cast, form_key

NELE = Identity("Nele", "Neumann", "nele.neumann", "nele@nord.example")


def who(person: Person, **more: str) -> Identity:
    return replace(Identity(person.first_name, person.last_name, person.user_name, person.email), **more)


async def rights_of(person: Person) -> Rights:
    row = await directory.account(person, person.id)
    return Rights(Role(row["role"]), row["modules"], bool(row["sees_organisation"]), bool(row["may_hand_over"]))


async def stamp(cast: Cast, person: Person) -> str:
    return str((await directory.account(cast.admin, person.id))["stamp"])


async def change(cast: Cast, actor: str, person: Person, given: Rights | None = None, **more: str) -> None:
    rights = given or await rights_of(person)
    await people.change(cast.person(actor), person.id, await stamp(cast, person), who(person, **more), rights)


async def change_rights(cast: Cast, actor: str, person: Person, **more: Any) -> None:
    rights = replace(await rights_of(person), **more)
    await people.change_rights(cast.person(actor), person.id, await stamp(cast, person), rights)


async def sign_in(person: Person) -> str:
    return await accounts.start_session(person, "Firefox", "192.0.2.7")


async def lives(token: str) -> bool:
    return await accounts.find_session(token) is not None


async def subjects(kind: str) -> list[str]:
    return list(await AuditEntry.filter(kind=kind).order_by("id").values_list("subject", flat=True))


# --- making ---


async def test_a_new_account_is_invited_and_has_no_password(cast: Cast) -> None:
    rights = Rights(Role.EDV, frozenset({cast.members.id, cast.finance.id}), sees_organisation=True)
    id = await people.create(cast.staff, cast.nord.id, NELE, rights, form_key())
    person = await Person.get(id=id)
    assert (person.name, person.role, person.password_hash) == ("Nele Neumann", Role.EDV, None)
    assert set(await PersonModule.filter(person=person).values_list("module_id", flat=True)) == rights.modules
    assert [(one.letter, one.to_id) for one in await Letter.all()] == [("invitation", id)]
    assert await subjects("person_created") == ["Nele Neumann (nele.neumann), Verband Nord"]


async def test_the_same_form_makes_one_account(cast: Cast) -> None:
    rights, key = Rights(Role.USER, frozenset({cast.members.id})), form_key()
    ids = await asyncio.gather(*(people.create(cast.staff, cast.nord.id, NELE, rights, key) for _ in range(4)))
    assert len(set(ids)) == 1
    assert await Letter.all().count() == 1


async def test_two_who_take_one_name_at_once_make_one_account(cast: Cast) -> None:
    rights = Rights(Role.USER, frozenset({cast.members.id}))
    made = [people.create(cast.staff, place, NELE, rights, form_key()) for place in (cast.nord.id, cast.sued.id)]
    found = await asyncio.gather(*made, return_exceptions=True)
    assert sorted(type(one).__name__ for one in found) == ["Refused", "int"]


async def test_names_and_addresses_are_taken_in_any_case(cast: Cast) -> None:
    typed = identity.clean(first_name="N", last_name="N", user_name="USER-Nord", email="User@Nord.EXAMPLE")
    with pytest.raises(Refused) as caught:
        await people.create(cast.staff, cast.nord.id, typed, Rights(Role.USER), form_key())
    assert set(caught.value.fields) == {"user_name", "email", "modules"}


@pytest.mark.parametrize(("actor", "place", "role", "fine"), [
    ("staff", "nord", Role.USER, True), ("staff", "vendor", Role.STAFF, False), ("admin", "vendor", Role.STAFF, True),
    ("admin", "vendor", Role.ADMIN, True), ("edv", "nord", Role.USER, False), ("user", "nord", Role.USER, False),
    ("strange_edv", "nord", Role.USER, False),
])  # fmt: skip
async def test_who_may_make_accounts_where(cast: Cast, actor: str, place: str, role: Role, fine: bool) -> None:
    organisation: Organisation = getattr(cast, place)
    modules = frozenset() if place == "vendor" else frozenset({cast.members.id})
    making = people.create(cast.person(actor), organisation.id, NELE, Rights(role, modules), form_key())
    if fine:
        assert await making
    else:
        with pytest.raises(NotAllowed):
            await making
        assert not await Person.exists(user_name=NELE.user_name)


@pytest.mark.parametrize(("place", "role"), [
    ("nord", Role.STAFF), ("nord", Role.ADMIN), ("vendor", Role.USER), ("vendor", Role.EDV), ("nord", None),
])  # fmt: skip
async def test_a_role_belongs_to_its_side(cast: Cast, place: str, role: Role | None) -> None:
    organisation: Organisation = getattr(cast, place)
    with pytest.raises(Refused) as caught:
        await people.create(cast.admin, organisation.id, NELE, Rights(role), form_key())
    assert "role" in caught.value.fields


# --- changing ---


async def test_a_change_of_names_needs_no_new_sign_in(cast: Cast) -> None:
    token = await sign_in(cast.user)
    await change(cast, "staff", cast.user, first_name="Uta", last_name="<b>Meier</b>", user_name="uta.meier")
    assert (await cast.again("user")).name == "Uta <b>Meier</b>"
    assert await lives(token)
    assert await subjects("person_changed") == [
        "Ute Petersen (user-nord), Ute → Uta, Petersen → <b>Meier</b>, user-nord → uta.meier"
    ]
    assert not await Letter.exists()


async def test_new_rights_end_the_sessions(cast: Cast) -> None:
    token, other = await sign_in(cast.user), await sign_in(cast.colleague)
    rights = Rights(Role.EDV, frozenset({cast.members.id, cast.finance.id}))
    await change(cast, "staff", cast.user, rights)
    assert not await lives(token)
    assert await lives(other)
    assert await rights_of(await cast.again("user")) == rights
    assert await subjects("rights_changed") == [
        "Ute Petersen (user-nord), User → EDV, + sieht die ganze Organisation, + darf an UNIPLUS übergeben, "
        "+ Finanzen, − Seminare"
    ]


async def test_what_does_not_change_ends_nothing(cast: Cast) -> None:
    await Person.filter(id=cast.edv.id).update(sees_organisation=True, may_hand_over=True)
    tokens = [await sign_in(cast.user), await sign_in(cast.edv)]
    await change(cast, "staff", cast.user)
    await change(cast, "staff", cast.edv, Rights(Role.EDV, (await rights_of(cast.edv)).modules))
    assert [await lives(token) for token in tokens] == [True, True]
    assert not await AuditEntry.filter(kind__in=("person_changed", "rights_changed")).exists()


async def test_of_a_new_address_the_old_one_learns(cast: Cast) -> None:
    token = await sign_in(cast.user)
    link = await tokens.issue(Purpose.PASSWORD_RESET, cast.user.id, RESET_AGE)
    await change(cast, "staff", cast.user, email="ute@nord.example")
    assert (await cast.again("user")).email == "ute@nord.example"
    letter = await Letter.get()
    assert (letter.letter, letter.address) == ("email_changed", "user@nord.example")
    assert letter.context == {"old": "user@nord.example"}
    assert not await lives(token)
    assert await tokens.find(Purpose.PASSWORD_RESET, link) is None


async def test_who_was_only_invited_is_invited_anew_where_the_old_link_is_void(cast: Cast) -> None:
    await Person.filter(id=cast.user.id).update(password_hash=None)
    await tokens.issue(Purpose.INVITATION, cast.user.id, RESET_AGE)
    await change(cast, "staff", cast.user, email="ute@nord.example")
    assert not await Token.exists()
    assert await Letter.filter(letter="invitation", to=cast.user).count() == 1


async def test_an_old_address_may_stay_what_it_was(cast: Cast) -> None:
    await Person.filter(id=cast.user.id).update(email="ute@gmx.de")
    person = await cast.again("user")
    await change(cast, "staff", person, first_name="Uta")
    with pytest.raises(Refused) as caught:
        await change(cast, "staff", person, email="ute@web.de")
    assert set(caught.value.fields) == {"email"}


async def test_two_who_edit_one_account_do_not_undo_each_other(cast: Cast) -> None:
    seen = await stamp(cast, cast.user)
    await change(cast, "staff", cast.user, first_name="Uta")
    with pytest.raises(Conflict):
        await people.change(cast.admin, cast.user.id, seen, who(cast.user), await rights_of(cast.user))
    with pytest.raises(Conflict):
        await people.change_rights(cast.edv, cast.user.id, seen, await rights_of(cast.user))
    assert (await cast.again("user")).first_name == "Uta"


@pytest.mark.parametrize(("actor", "whom", "fine"), [
    ("staff", "user", True), ("staff", "edv", True), ("staff", "admin", False), ("staff", "staff", False),
    ("admin", "staff", True), ("admin", "admin", False), ("edv", "user", False), ("user", "colleague", False),
])  # fmt: skip
async def test_who_may_change_whom(cast: Cast, actor: str, whom: str, fine: bool) -> None:
    changing = change(cast, actor, cast.person(whom), first_name="Anders")
    if fine:
        await changing
    else:
        with pytest.raises(NotAllowed):
            await changing
    assert ((await cast.again(whom)).first_name == "Anders") is fine


async def test_strangers_do_not_exist(cast: Cast) -> None:
    seen = await stamp(cast, cast.user)
    for id in (cast.user.id, 4711):
        with pytest.raises(NotVisible):
            await people.change_rights(cast.strange_edv, id, seen, await rights_of(cast.user))
        with pytest.raises(NotVisible):
            await people.deactivate(cast.strange_edv, id)
        with pytest.raises(NotVisible):
            await people.invite(id, cast.strange_edv)


# --- what an EDV may do ---


async def test_an_edv_sets_rights_and_modules_of_the_own_users(cast: Cast) -> None:
    token = await sign_in(cast.user)
    modules = frozenset({cast.finance.id})
    await change_rights(cast, "edv", cast.user, modules=modules, sees_organisation=True, may_hand_over=True)
    assert await rights_of(await cast.again("user")) == Rights(Role.USER, modules, True, True)
    assert not await lives(token)


@pytest.mark.parametrize("whom", ["edv", "staff", "stranger"])
async def test_an_edv_changes_nobody_else(cast: Cast, whom: str) -> None:
    with pytest.raises((NotAllowed, NotVisible)):
        await change_rights(cast, "edv", cast.person(whom), sees_organisation=True)


async def test_an_edv_makes_nobody_an_edv_and_gives_no_module_that_the_organisation_has_not(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        await change_rights(cast, "edv", cast.user, role=Role.EDV)
    await OrganisationModule.filter(organisation=cast.nord, module=cast.finance).delete()
    with pytest.raises(Refused) as caught:
        await change_rights(cast, "edv", cast.user, modules=frozenset({cast.finance.id}))
    assert set(caught.value.fields) == {"modules"}


# --- leaving ---


async def test_deactivation_ends_everything_at_once(cast: Cast) -> None:
    token = await sign_in(cast.user)
    links = {
        purpose: await tokens.issue(purpose, cast.user.id, RESET_AGE)
        for purpose in (Purpose.PASSWORD_RESET, Purpose.INVITATION, Purpose.X3_LOGIN)
    }
    await people.deactivate(cast.staff, cast.user.id)
    assert not await lives(token)
    assert [await tokens.find(purpose, link) for purpose, link in links.items()] == [None] * 3
    assert not (await cast.again("user")).active
    assert await subjects("person_deactivated") == ["Ute Petersen (user-nord)"]
    await people.deactivate(cast.staff, cast.user.id)
    assert len(await subjects("person_deactivated")) == 1
    await people.activate(cast.staff, cast.user.id)
    assert not await lives(token), "what has ended does not come back with the account"
    assert [await tokens.find(purpose, link) for purpose, link in links.items()] == [None] * 3


async def test_who_comes_back_signs_in_as_before(cast: Cast) -> None:
    await people.deactivate(cast.staff, cast.user.id)
    await people.activate(cast.staff, cast.user.id)
    again = await cast.again("user")
    assert (again.active, again.password_hash) == (True, cast.user.password_hash)
    assert not await Letter.exists()
    assert not await Session.filter(person_id=cast.user.id).exists()


async def test_who_never_set_a_password_comes_back_by_invitation(cast: Cast) -> None:
    await Person.filter(id=cast.user.id).update(password_hash=None)
    await people.deactivate(cast.staff, cast.user.id)
    await people.activate(cast.staff, cast.user.id)
    assert [one.letter for one in await Letter.all()] == ["invitation"]


async def test_whoever_has_a_password_or_left_is_not_invited(cast: Cast) -> None:
    with pytest.raises(Conflict):
        await people.invite(cast.user.id, cast.staff)
    await Person.filter(id=cast.user.id).update(password_hash=None, active=False)
    with pytest.raises(Conflict):
        await people.invite(cast.user.id, cast.staff)
    assert not await Letter.exists()


@pytest.mark.parametrize(("actor", "whom"), [
    ("staff", "admin"), ("staff", "staff"), ("admin", "admin"), ("edv", "user"), ("edv", "edv"), ("user", "user"),
])  # fmt: skip
async def test_nobody_closes_what_is_not_theirs_to_manage_nor_themselves(cast: Cast, actor: str, whom: str) -> None:
    with pytest.raises(NotAllowed):
        await people.deactivate(cast.person(actor), cast.person(whom).id)
    assert (await cast.again(whom)).active


async def test_two_admins_who_close_each_other_at_once_leave_one(cast: Cast) -> None:
    await Person.filter(id=cast.staff.id).update(role=Role.ADMIN)
    other = await cast.again("staff")
    both = [people.deactivate(cast.admin, other.id), people.deactivate(other, cast.admin.id)]
    found = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(one).__name__ for one in found) == ["NoneType", "NotAllowed"]
    assert await Person.filter(role=Role.ADMIN, active=True).count() == 1


async def test_an_admin_who_was_just_demoted_demotes_nobody(cast: Cast) -> None:
    await Person.filter(id=cast.staff.id).update(role=Role.ADMIN)
    former = await cast.again("staff")
    await change(cast, "admin", former, Rights(Role.STAFF))
    with pytest.raises(NotAllowed):
        await people.change(former, cast.admin.id, await stamp(cast, cast.admin), who(cast.admin), Rights(Role.STAFF))


async def test_new_tickets_do_not_go_to_whoever_left(cast: Cast) -> None:
    await Module.filter(id=cast.members.id).update(responsible_id=cast.admin.id)
    await Person.filter(id=cast.staff.id).update(role=Role.ADMIN)
    await people.deactivate(await cast.again("staff"), cast.admin.id)
    number = await cast.ticket("user")
    assert (await Ticket.get(number=number)).responsible_id == cast.staff.id


async def test_a_successor_takes_over_rules_and_open_tickets(cast: Cast) -> None:
    await Module.filter(id=cast.members.id).update(responsible_id=cast.staff.id)
    await OrganisationModule.filter(organisation=cast.nord, module=cast.members).update(responsible_id=cast.staff.id)
    handed_over = await cast.ticket("user", handed_over=True)
    waiting, closed = await cast.ticket("user"), await cast.ticket("user", status=Status.CLOSED)
    await people.deactivate(cast.admin, cast.staff.id, cast.admin.id)
    responsible = {one.number: one.responsible_id for one in await Ticket.all()}
    assert responsible == {handed_over: cast.admin.id, waiting: cast.admin.id, closed: cast.staff.id}
    assert (await Module.get(id=cast.members.id)).responsible_id == cast.admin.id  # type: ignore[attr-defined]
    assert not await OrganisationModule.filter(responsible_id=cast.staff.id).exists()
    assert not await Organisation.filter(responsible_id=cast.staff.id).exists()
    assert await TicketEvent.filter(kind="assigned").values_list("ticket_id", "after") == [(handed_over, "Anna Winter")]


@pytest.mark.parametrize("successor", ["user", "staff", "nobody", "gone"])
async def test_a_successor_works_for_the_vendor(cast: Cast, successor: str) -> None:
    gone = await Person.create(
        organisation=cast.vendor, user_name="gone", email="gone@uniplus.example", first_name="G", last_name="G",
        role=Role.STAFF, active=False,
    )  # fmt: skip
    id = {"nobody": 0, "gone": gone.id, "user": cast.user.id, "staff": cast.staff.id}[successor]
    with pytest.raises(Refused) as caught:
        await people.deactivate(cast.admin, cast.staff.id, id)
    assert set(caught.value.fields) == {"successor"}
    assert (await cast.again("staff")).active
