"""„Freigaben“: what helps to decide, deciding, and two colleagues at once."""

import asyncio
from typing import Any

import pytest

from app.domain import access, moderation
from app.domain.models import AccessRequest, Letter, Organisation, Person, PersonModule, RequestState, Role
from tests.cast import Cast, Portal, form_key, text
from tests.web import reading
from tests.web.reading import Page, counted, follow, look

PLACE = "/staff/access-requests"


async def ask(cast: Cast, organisation: Organisation, email: str, **more: str) -> AccessRequest:
    values = {"user_name": "neu", "first_name": "Nele", "last_name": "Neumann", "email": email, **more}
    return await AccessRequest.create(organisation=organisation, modules=["Mitglieder", "Seminare"], **values)


async def test_requests_are_listed_with_what_helps_to_decide(portal: Portal, cast: Cast) -> None:
    await ask(cast, cast.nord, "nele.neumann@Nord.example", phone="040 1234")
    await portal.sign_in("staff")
    page = await portal.get(PLACE)
    assert "<h1>Freigaben</h1>" in page.text
    shown = text(page)
    for words in (
        "Nele Neumann", "Verband Nord", "nele.neumann@Nord.example", "040 1234", "Mitglieder, Seminare",
        "Adresse passt zur Organisation",
    ):  # fmt: skip
        assert words in shown
    assert "ähnliche Konten" not in shown
    assert "fremde Domain" not in shown


@pytest.mark.parametrize(
    ("email", "words"),
    [("n@nord.example", "Adresse passt zur Organisation"), ("n@sued.example", "fremde Domain"),
     ("n@nord.example.evil.example", "fremde Domain"), ("nord.example@evil.example", "fremde Domain")],
)  # fmt: skip
async def test_the_address_is_held_against_the_organisations_people(
    portal: Portal, cast: Cast, email: str, words: str
) -> None:
    await ask(cast, cast.nord, email)
    await portal.sign_in("staff")
    assert words in text(await portal.get(PLACE))


async def test_an_organisation_without_people_has_nothing_to_compare_with(portal: Portal, cast: Cast) -> None:
    await ask(cast, await Organisation.create(name="Neue Kammer"), "n@neu.example")
    await portal.sign_in("staff")
    assert "noch keine Adresse zum Vergleich" in text(await portal.get(PLACE))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"email": "USER@nord.example"}, "Ute Petersen, Verband Nord, user@nord.example (gleiche E-Mail-Adresse)"),
        ({"user_name": "User-Sued"}, "Sven Bauer, Kammer Süd, user@sued.example (gleicher Benutzername)"),
        ({"first_name": "petersen", "last_name": "UTE"}, "user@nord.example (gleicher Name)"),
    ],
)
async def test_similar_accounts_are_named(portal: Portal, cast: Cast, more: dict[str, str], words: str) -> None:
    await ask(cast, cast.nord, **{"email": "n@nord.example", **more})
    await portal.sign_in("staff")
    assert words in reading.words((await look(portal, PLACE)).root)


async def test_a_namesake_elsewhere_is_nobody_similar(portal: Portal, cast: Cast) -> None:
    await ask(cast, cast.nord, "n@nord.example", first_name="Sven", last_name="Bauer")
    await portal.sign_in("staff")
    assert "ähnliche Konten" not in text(await portal.get(PLACE))


# --- deciding ---


async def test_a_request_is_approved_as_it_was_asked(portal: Portal, cast: Cast) -> None:
    request = await ask(cast, cast.nord, "n@nord.example")
    await portal.sign_in("staff")
    form = (await look(portal, PLACE)).form("Freigeben")
    assert [value for name, value in form.pairs if name == "modules"] == [str(cast.members.id), str(cast.seminars.id)]
    assert (form.value("role"), form.value("user_name")) == ("user", "neu")
    page = await follow(portal, await form.send(portal))
    assert "die Einladung ist unterwegs" in reading.words(page.root)
    assert "Zurzeit wartet niemand" in reading.words(page.root)
    person = await Person.get(email="n@nord.example")
    assert (person.role, person.sees_organisation, person.may_hand_over) == (Role.USER, False, False)
    assert await PersonModule.filter(person=person).count() == 2
    assert await Letter.filter(letter="invitation", to=person).count() == 1
    assert (await AccessRequest.get(id=request.id)).state == RequestState.APPROVED
    (row,) = page.all(".//section[@class='decided']//tbody/tr")
    assert reading.words(row).startswith("Nele Neumannn@nord.example Verband Nord freigegeben Stefan Kramer")


async def test_what_was_chosen_counts(portal: Portal, cast: Cast) -> None:
    await ask(cast, cast.nord, "n@nord.example")
    await portal.sign_in("staff")
    form = (await look(portal, PLACE)).form("Freigeben")
    await form.send(portal, role="edv", modules=[cast.finance.id], user_name="Nele.N", may_hand_over="1")
    person = await Person.get(email="n@nord.example")
    assert (person.role, person.user_name, person.organisation_id) == (Role.EDV, "nele.n", cast.nord.id)
    assert await PersonModule.filter(person=person).values_list("module_id", flat=True) == [cast.finance.id]


@pytest.mark.parametrize(("fields", "wrong"), [
    ({"role": "staff"}, {"role"}), ({"role": "admin"}, {"role"}), ({"role": None}, {"role"}),
    ({"modules": [4711]}, {"modules"}), ({"modules": []}, {"modules"}), ({"user_name": "USER-sued"}, {"user_name"}),
    ({"user_name": "<b>", "role": "", "modules": ["x"]}, {"user_name", "role", "modules"}),
])  # fmt: skip
async def test_what_cannot_be_approved_is_said_at_its_field(
    portal: Portal, cast: Cast, fields: dict[str, Any], wrong: set[str]
) -> None:
    request = await ask(cast, cast.nord, "n@nord.example")
    await ask(cast, cast.sued, "other@sued.example", user_name="other")
    await portal.sign_in("staff")
    answer = await (await look(portal, PLACE)).form("Freigeben").send(portal, **fields)
    assert answer.status_code == 422
    assert set(Page(answer).errors()) == {f"{field}-{request.id}" for field in wrong}
    assert not await Letter.exists()
    assert await access.pending_count() == 2


async def test_declining_asks_for_the_reason_and_mails_it(portal: Portal, cast: Cast) -> None:
    request = await ask(cast, cast.nord, "n@nord.example")
    await portal.sign_in("staff")
    form = (await look(portal, PLACE)).form("Ablehnen")
    answer = await form.send(portal)
    assert answer.status_code == 422
    assert set(Page(answer).errors()) == {f"reason-{request.id}"}
    page = await follow(portal, await form.send(portal, reason="Bitte über Ihre EDV. <script>alert(1)</script>"))
    (row,) = page.all(".//section[@class='decided']//tbody/tr")
    assert "Bitte über Ihre EDV. <script>alert(1)</script> Stefan Kramer" in reading.words(row)
    letter = await Letter.get()
    assert (letter.letter, letter.address) == ("access_declined", "n@nord.example")
    assert not await Person.exists(email="n@nord.example")


async def test_the_second_of_two_colleagues_sees_who_decided(portal: Portal, cast: Cast) -> None:
    await ask(cast, cast.nord, "n@nord.example")
    await portal.sign_in("staff")
    page = await look(portal, PLACE)
    async with portal.another() as other:
        await other.sign_in("admin")
        await (await look(other, PLACE)).form("Freigeben").send(other)
    for button, more in (("Freigeben", {}), ("Ablehnen", {"reason": "Nein."})):
        answer = await page.form(button).send(portal, **more)
        assert answer.status_code == 409
        shown = text(answer)
        assert "Nele Neumann, Verband Nord: freigegeben von Anna Winter am" in shown
        assert "Von Ihnen wurde nichts gespeichert." in shown
        assert "Freigeben" not in Page(answer).buttons
    assert await Letter.all().count() == 1


async def test_ten_clicks_at_once_send_one_invitation(portal: Portal, cast: Cast) -> None:
    request = await ask(cast, cast.nord, "n@nord.example")
    await portal.sign_in("staff")
    fields = {"role": "user", "modules": cast.members.id, "user_name": "neu"}
    path = f"{PLACE}/{request.id}/approval"
    answers = await asyncio.gather(*(portal.send_form(path, key=form_key(), **fields) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [303] + [409] * 9
    assert await Letter.filter(letter="invitation").count() == 1


async def test_requests_have_pages_and_each_form_its_own_ids(portal: Portal, cast: Cast) -> None:
    for n in range(moderation.PAGE + 1):
        await ask(cast, cast.nord, f"n{n}@nord.example", user_name=f"n{n}")
    await portal.sign_in("staff")
    first, second = [await look(portal, path) for path in (PLACE, f"{PLACE}?page=2")]
    assert [len(page.all(".//li[@class='card']")) for page in (first, second)] == [moderation.PAGE, 1]
    assert first.links["Nächste Seite"] == f"{PLACE}?page=2"
    ids = [one.get("id") for one in first.all(".//*[@id]")]
    assert len(ids) == len(set(ids))


async def test_the_page_asks_the_same_number_of_questions_for_any_number_of_requests(
    portal: Portal, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    await portal.sign_in("staff")
    asked = []
    for n in range(3):
        await ask(cast, cast.nord, f"n{n}@nord.example")
        with counted(monkeypatch) as statements:
            await portal.get(PLACE)
        asked.append(len(statements))
    assert asked == [asked[0]] * 3


async def test_the_tile_counts_what_waits(portal: Portal, cast: Cast) -> None:
    await ask(cast, cast.nord, "n@nord.example")
    await portal.sign_in("staff")
    assert "Freigaben Wer ein Konto haben möchte 1 wartet auf Sie" in text(await portal.get("/"))


@pytest.mark.parametrize("who", ["user", "edv", "stranger"])
async def test_customers_decide_nothing(portal: Portal, cast: Cast, who: str) -> None:
    request = await ask(cast, cast.nord, "n@nord.example")
    await portal.sign_in(who)
    for deed in ("approval", "refusal"):
        fields = {"role": "user", "reason": "x", "modules": cast.members.id}
        answer = await portal.send_form(f"{PLACE}/{request.id}/{deed}", **fields)
        assert answer.status_code == 403
    assert await access.pending_count() == 1


async def test_a_request_that_is_not_there_is_a_404(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("staff")
    for deed in ("approval", "refusal"):
        assert (await portal.send_form(f"{PLACE}/4711/{deed}")).status_code == 404
