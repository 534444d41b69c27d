"""Access requests: who may ask, what is refused and in which words, and that each is decided once."""

import asyncio
from typing import Any

import pytest

from app.domain import access, moderation, people
from app.domain.identity import is_free_mail
from app.domain.models import (
    AccessRequest,
    AuditEntry,
    Letter,
    Organisation,
    OrganisationModule,
    Person,
    PersonModule,
    RequestState,
    Role,
)
from app.domain.people import Rights
from app.domain.refusals import Conflict, NotAllowed, NotVisible, Refused
from tests.cast import Cast

NELE: dict[str, Any] = {
    "user_name": "nele.neumann", "first_name": "Nele", "last_name": "Neumann", "email": "nele.neumann@nord.example",
    "phone": "040 1234", "modules": ["Mitglieder"], "requested_by": None,
}  # fmt: skip


async def ask(cast: Cast, **more: Any) -> AccessRequest:
    request, _ = await access.submit(cast.nord.id, **NELE | more)
    return request


async def refused(cast: Cast, **more: Any) -> dict[str, str]:
    with pytest.raises(Refused) as caught:
        await access.submit(cast.nord.id, **NELE | more)
    assert not await AccessRequest.exists()
    return caught.value.fields


def as_user(cast: Cast, **more: Any) -> Rights:
    return Rights(Role.USER, frozenset({cast.members.id}), **more)


# --- asking ---


async def test_a_request_is_kept_clean_and_waits(cast: Cast) -> None:
    request = await ask(
        cast, user_name=" Nele.Neumann ", first_name="Nele\r\nMarie", last_name="<b>Neumann</b>",
        email=" Nele.Neumann@NORD.example", modules=["seminare", " MITGLIEDER "],
    )  # fmt: skip
    assert (request.user_name, request.email) == ("nele.neumann", "nele.neumann@nord.example")
    assert (request.first_name, request.last_name) == ("Nele Marie", "<b>Neumann</b>")
    assert request.modules == ["Mitglieder", "Seminare"]
    assert request.state == RequestState.PENDING
    assert await access.pending_count() == 1
    entry = await AuditEntry.get(kind="access_requested")
    assert entry.subject == "nele.neumann@nord.example, Verband Nord"


@pytest.mark.parametrize("email", [
    "nele@gmx.de", "nele@GMX.net", "nele@web.de", "nele@sub.web.de", "nele@mail.gmail.com", "nele@t-online.de",
    "nele@yahoo.co.uk", "nele@outlook.com", "nele@live.de", "nele@icloud.com", "nele@protonmail.ch",
    "nele@mailinator.com", "nele@posteo.de", "nele@bluewin.ch", "nele@yandex.ru",
])  # fmt: skip
async def test_an_address_that_anybody_can_have_is_refused(cast: Cast, email: str) -> None:
    fields = await refused(cast, email=email)
    assert "geschäftliche Adresse" in fields["email"]


@pytest.mark.no_database
@pytest.mark.parametrize("email", [
    "a@nord.example", "a@mygmx.de", "a@web.de.firma.example", "a@gmx-partner.de", "a@live-events.de",
    "a@outlook.bank.de",
])  # fmt: skip
def test_a_name_like_a_free_mail_providers_is_none(email: str) -> None:
    assert not is_free_mail(email)


@pytest.mark.parametrize("email", [
    "", "nele", "nele@nord", "@nord.example", "a@nord.example,b@nord.example", "a@nord.example b@nord.example",
    "a@nord.example\r\nBcc: x@evil.example", "<a@nord.example>", "a@@nord.example", "a..b@nord.example",
    ".a@nord.example", "a@-nord.example", "a@nord..example", "a@192.0.2.7", "ä@nord.example", "a@nord.example\u2028x",
    "x" * 65 + "@nord.example", "a@" + "x" * 250 + ".example", "a" * 5000,
])  # fmt: skip
async def test_what_is_not_exactly_one_address_is_refused(cast: Cast, email: str) -> None:
    assert set(await refused(cast, email=email)) == {"email"}


@pytest.mark.parametrize(("field", "value"), [
    ("first_name", ""), ("first_name", " \n "), ("last_name", "x" * 61), ("last_name", "x" * 5000), ("user_name", ""),
    ("user_name", "x"), ("user_name", "ne le"), ("user_name", "nele@nord.example"), ("user_name", "x" * 61),
    ("user_name", "<b>nele</b>"), ("user_name", "неля"), ("phone", "1" * 61),
])  # fmt: skip
async def test_names_have_a_form(cast: Cast, field: str, value: str) -> None:
    assert set(await refused(cast, **{field: value})) == {field}


async def test_everything_that_is_wrong_is_said_at_once_and_unknown_modules_are_named(cast: Cast) -> None:
    fields = await refused(
        cast, first_name="", email="nele@gmx.de", modules=["Mitglieder", "Sekretariat", "x" * 500, "<script>"]
    )
    assert set(fields) == {"first_name", "email", "modules"}
    assert fields["modules"] == f"Diese Module hat die Organisation nicht: „Sekretariat“, „{'x' * 60}“, „<script>“"


async def test_a_module_of_others_is_none_of_the_organisations(cast: Cast) -> None:
    with pytest.raises(Refused) as caught:
        await access.submit(cast.sued.id, **NELE | {"modules": ["Finanzen"]})
    assert "Finanzen" in caught.value.fields["modules"]


async def test_who_waits_already_is_not_asked_for_twice(cast: Cast) -> None:
    first, new = await access.submit(cast.nord.id, **NELE)
    again, newer = await access.submit(cast.nord.id, **NELE | {"email": "NELE.Neumann@Nord.Example", "last_name": "X"})
    elsewhere, newest = await access.submit(cast.sued.id, **NELE)
    assert (new, newer, newest) == (True, False, True)
    assert again.id == first.id != elsewhere.id
    assert again.last_name == "Neumann"


async def test_many_who_ask_at_once_make_one_request(cast: Cast) -> None:
    found = await asyncio.gather(*(access.submit(cast.nord.id, **NELE) for _ in range(8)))
    assert sorted(new for _, new in found) == [False] * 7 + [True]
    assert await AccessRequest.all().count() == 1


async def test_one_organisation_cannot_bury_the_others(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "MOST_PENDING", 2)
    for n in range(2):
        await ask(cast, email=f"n{n}@nord.example")
    with pytest.raises(Refused, match="Es warten schon 2 Anfragen"):
        await ask(cast)
    await access.submit(cast.sued.id, **NELE)


async def test_the_vendor_and_nobody_have_no_requests(cast: Cast) -> None:
    for organisation in (cast.vendor.id, 4711, 0):
        with pytest.raises(NotVisible):
            await access.submit(organisation, **NELE | {"modules": []})


async def test_a_key_learns_nothing_of_other_organisations_accounts(cast: Cast) -> None:
    """That a name or address is taken elsewhere is for the vendor to see."""
    await ask(cast, email="user@sued.example", user_name="user-sued")
    request = (await moderation.pending(cast.staff))[0]
    assert [one["same"] for one in request["similar"]] == [["gleiche E-Mail-Adresse", "gleicher Benutzername"]]
    assert request["address"] == "foreign"


async def test_an_edv_hears_that_they_have_somebody_already(cast: Cast) -> None:
    with pytest.raises(Refused, match="schon ein Konto"):
        await ask(cast, email="USER@nord.example", requested_by=cast.edv)
    await ask(cast, email="user@sued.example", requested_by=cast.edv)


async def test_a_request_is_found_by_its_own_organisation_only(cast: Cast) -> None:
    request = await ask(cast)
    assert (await access.find(cast.nord.id, request.id)).id == request.id
    for organisation, id in ((cast.sued.id, request.id), (cast.vendor.id, request.id), (cast.nord.id, request.id + 1)):
        with pytest.raises(NotVisible):
            await access.find(organisation, id)


# --- deciding ---


async def test_approving_makes_the_account_and_sends_the_invitation(cast: Cast) -> None:
    request = await ask(cast)
    id = await access.approve(cast.staff, request.id, as_user(cast, may_hand_over=True))
    person = await Person.get(id=id).select_related("organisation")
    assert (person.name, person.email, person.user_name) == ("Nele Neumann", NELE["email"], "nele.neumann")
    assert (person.organisation.id, person.role, person.active) == (cast.nord.id, Role.USER, True)
    assert (person.sees_organisation, person.may_hand_over, person.password_hash) == (False, True, None)
    assert await PersonModule.filter(person=person).values_list("module_id", flat=True) == [cast.members.id]
    letter = await Letter.get()
    assert (letter.letter, letter.to_id, letter.context) == ("invitation", id, {})
    decided = (await moderation.decided(cast.staff))[0]
    assert (decided["state"], decided["decided_by"], decided["person_id"]) == ("approved", cast.staff.name, id)
    assert decided["decided_at"]
    assert await AuditEntry.filter(kind="access_approved", actor=cast.staff).count() == 1
    assert await access.pending_count() == 0


async def test_approving_twice_at_once_sends_one_invitation(cast: Cast) -> None:
    request = await ask(cast)
    approvals = [access.approve(who, request.id, as_user(cast)) for who in (cast.staff, cast.admin) * 3]
    found = await asyncio.gather(*approvals, return_exceptions=True)
    assert sorted(type(one).__name__ for one in found) == ["Conflict"] * 5 + ["int"]
    assert await Letter.filter(letter="invitation").count() == 1
    assert await Person.filter(email=NELE["email"]).count() == 1


async def test_two_requests_for_one_address_at_once_make_one_account(cast: Cast) -> None:
    """Their organisations do not wait for each other, so the database itself has the last word."""
    here, _ = await access.submit(cast.nord.id, **NELE)
    there, _ = await access.submit(cast.sued.id, **NELE)
    approvals = [access.approve(cast.staff, request.id, as_user(cast)) for request in (here, there)]
    found = await asyncio.gather(*approvals, return_exceptions=True)
    assert sorted(type(one).__name__ for one in found) == ["Refused", "int"]
    (refusal,) = [one for one in found if isinstance(one, Refused)]
    assert set(refusal.fields) == {"user_name", "email"}
    assert await Letter.filter(letter="invitation").count() == 1
    assert await access.pending_count() == 1


@pytest.mark.parametrize(("more", "field"), [
    ({"user_name": "user-sued"}, "user_name"), ({"email": "user@sued.example"}, "email"),
])  # fmt: skip
async def test_what_is_taken_is_said_and_nothing_is_half_done(cast: Cast, more: dict[str, str], field: str) -> None:
    request = await ask(cast, **more)
    people_before = await Person.all().count()
    with pytest.raises(Refused) as caught:
        await access.approve(cast.staff, request.id, as_user(cast))
    assert set(caught.value.fields) == {field}
    assert await Person.all().count() == people_before
    assert not await Letter.exists()
    assert (await access.find(cast.nord.id, request.id)).state == RequestState.PENDING
    assert not await AuditEntry.filter(kind="access_approved").exists()


async def test_a_taken_user_name_can_be_another_one(cast: Cast) -> None:
    request = await ask(cast, user_name="user-sued")
    id = await access.approve(cast.staff, request.id, as_user(cast), "N.Neumann")
    assert (await Person.get(id=id)).user_name == "n.neumann"


async def test_a_request_makes_customers_only_with_what_their_organisation_has(cast: Cast) -> None:
    request = await ask(cast)
    other = await Organisation.create(name="Neue Kammer")
    strange = await OrganisationModule.create(organisation=other, module=cast.finance)
    await OrganisationModule.filter(organisation=cast.nord, module=cast.finance).delete()
    for rights, field in (
        (Rights(Role.STAFF, frozenset({cast.members.id})), "role"),
        (Rights(Role.ADMIN), "role"),
        (Rights(None, frozenset({cast.members.id})), "role"),
        (Rights(Role.USER, frozenset({cast.members.id, cast.finance.id})), "modules"),
        (Rights(Role.USER, frozenset({0})), "modules"),
        (Rights(Role.EDV), "modules"),
    ):
        with pytest.raises(Refused) as caught:
            await access.approve(cast.admin, request.id, rights)
        assert field in caught.value.fields, rights
    assert strange.id
    assert await access.pending_count() == 1


async def test_declining_needs_a_reason_and_mails_it(cast: Cast) -> None:
    request = await ask(cast)
    for reason in ("", "  \n ", "x" * 1001):
        with pytest.raises(Refused) as caught:
            await access.decline(cast.staff, request.id, reason)
        assert set(caught.value.fields) == {"reason"}
    await access.decline(cast.staff, request.id, " Bitte über Ihre EDV.\r\nDanke. ")
    found = await access.find(cast.nord.id, request.id)
    assert (found.state, found.reason) == (RequestState.DECLINED, "Bitte über Ihre EDV.\nDanke.")
    letter = await Letter.get()
    assert (letter.letter, letter.address) == ("access_declined", NELE["email"])
    assert letter.context == {"request": request.id}
    assert await AuditEntry.filter(kind="access_declined", actor=cast.staff).count() == 1


async def test_what_is_decided_stays_decided(cast: Cast) -> None:
    request = await ask(cast)
    await access.decline(cast.staff, request.id, "Nein.")
    with pytest.raises(Conflict):
        await access.approve(cast.admin, request.id, as_user(cast))
    with pytest.raises(Conflict):
        await access.decline(cast.admin, request.id, "Doch nicht.")
    assert await Letter.all().count() == 1
    again, new = await access.submit(cast.nord.id, **NELE)  # who was declined may ask again
    assert new
    assert again.id != request.id


@pytest.mark.parametrize("who", ["user", "edv", "stranger", "strange_edv"])
async def test_customers_decide_nothing(cast: Cast, who: str) -> None:
    request = await ask(cast)
    with pytest.raises(NotAllowed):
        await access.approve(cast.person(who), request.id, as_user(cast))
    with pytest.raises(NotAllowed):
        await access.decline(cast.person(who), request.id, "Nein.")
    with pytest.raises(NotAllowed):
        await moderation.pending(cast.person(who))


async def test_a_new_account_is_invited_again_when_asked(cast: Cast) -> None:
    request = await ask(cast)
    id = await access.approve(cast.staff, request.id, as_user(cast))
    await people.invite(id, cast.staff)
    assert await Letter.filter(letter="invitation").count() == 1  # the first one still waits
    await Letter.all().update(state="sent")
    await people.invite(id, cast.staff)
    assert await Letter.filter(letter="invitation").count() == 2
