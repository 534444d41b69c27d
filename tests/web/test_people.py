"""Lists of people, organisations and access requests: who may look, and what they find."""

import html
import re

import pytest

from app.domain.directory import PAGE
from app.domain.models import AccessRequest, Organisation, Person, RequestState, Role, Status
from tests.cast import Cast, Portal, text
from tests.web.reading import look

STAFF_PAGES = ("/staff/people", "/staff/organisations", "/staff/access-requests")
CUSTOMERS = ("user", "reader", "deputy", "edv", "stranger", "strange_edv")


@pytest.mark.parametrize("who", ["user", "reader", "deputy", "stranger", "staff", "admin"])
async def test_only_edv_look_at_their_organisations_people(portal: Portal, who: str) -> None:
    assert (await (await portal.sign_in(who)).get("/organisation/people")).status_code == 403


@pytest.mark.parametrize("who", CUSTOMERS)
async def test_customers_have_no_staff_pages(portal: Portal, who: str) -> None:
    await portal.sign_in(who)
    for path in STAFF_PAGES:
        assert (await portal.get(path)).status_code == 403, path


async def test_nobody_looks_without_signing_in(portal: Portal) -> None:
    for path in (*STAFF_PAGES, "/organisation/people"):
        assert (await portal.get(path)).headers["Location"].startswith("/login"), path


async def test_edv_sees_the_own_organisation_and_no_other(portal: Portal, cast: Cast) -> None:
    await Person.filter(id=cast.colleague.id).update(active=False)
    page = await (await portal.sign_in("edv")).get("/organisation/people")
    assert "<h1>Benutzer</h1>" in page.text
    shown = text(page)
    for person in cast.people.values():
        own = person.organisation_id == cast.nord.id
        assert (person.name in shown) is own, person.name
        assert (person.email in shown) is own
    assert "Kammer Süd" not in shown
    assert "deputy-nord deputy@nord.example User darf an UNIPLUS übergeben Mitglieder, Seminare aktiv" in shown
    assert "Karl Jansen user2-nord user2@nord.example User Mitglieder, Seminare deaktiviert" in shown


async def test_staff_see_everybody_by_organisation(portal: Portal, cast: Cast) -> None:
    page = await (await portal.sign_in("staff")).get("/staff/people")
    assert "<h1>Benutzer und Organisationen</h1>" in page.text
    shown = text(page)
    assert all(person.name in shown and person.user_name in shown for person in cast.people.values())
    assert re.findall(r'scope="rowgroup"[^>]*>([^<]+)<', page.text) == ["UNIPLUS", "Kammer Süd", "Verband Nord"]


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("HOLM", {"Erik Holm"}), ("edv", {"Erik Holm", "Ella Huber"}), ("edv süd", {"Ella Huber"}),
        ("kammer sued", {"Sven Bauer", "Ella Huber"}), ("user2@nord.example", {"Karl Jansen"}), ("zzz", set()),
        ("oezgür", {"Änne Özgür"}), ("AENNE", {"Änne Özgür"}), ("' OR 1=1 --", set()), ("%", None), ("", None),
    ],
)  # fmt: skip
async def test_people_are_found_by_their_words(portal: Portal, cast: Cast, q: str, expected: set[str] | None) -> None:
    await Person.create(
        organisation=cast.nord, user_name="ao", email="a.o@verband.example", first_name="Änne", last_name="Özgür",
        role=Role.USER,
    )  # fmt: skip
    await portal.sign_in("staff")
    page = await portal.get("/staff/people", params={"q": q})
    assert page.status_code == 200
    found = set(re.findall(r'<th scope="row">([^<]+)<small>', page.text))
    assert found == (expected if expected is not None else {p.name for p in cast.people.values()} | {"Änne Özgür"})
    assert ("Niemand passt" in text(page)) is (not found)


async def test_many_people_have_pages(portal: Portal, cast: Cast) -> None:
    for n in range(PAGE):
        await Person.create(
            organisation=cast.sued, user_name=f"p{n}", email=f"p{n}@sued.example", first_name="Paula",
            last_name=f"Muster {n:02}", role=Role.USER,
        )  # fmt: skip
    await portal.sign_in("staff")
    first, second = [await portal.get(f"/staff/people?page={page}") for page in (1, 2)]
    names = [re.findall(r'<th scope="row">([^<]+)<small>', page.text) for page in (first, second)]
    assert [len(page) for page in names] == [PAGE, 9]
    assert len(set(names[0] + names[1])) == PAGE + 9
    assert 'href="/staff/people?page=2"' in first.text
    assert 'href="/staff/people"' in second.text
    assert "niemand mehr" in text(await portal.get("/staff/people?page=7"))
    assert (await portal.get("/staff/people?page=99999999999999")).status_code == 200
    paula = await portal.live("/staff/people?q=paula", target="people-results")
    assert paula.headers["HX-Push-Url"] == "/staff/people?q=paula"
    assert "50 Personen" in text(paula)
    assert "<h1>" not in paula.text


async def test_markup_in_a_name_is_text(portal: Portal, cast: Cast) -> None:
    await Person.filter(id=cast.user.id).update(first_name="<b>Ute</b>")
    page = await (await portal.sign_in("staff")).get("/staff/people?q=<script>")
    assert "<script>alert" not in page.text
    assert "&lt;b&gt;Ute&lt;/b&gt;" in (await portal.get("/staff/people")).text


async def test_organisations_say_what_they_have(portal: Portal, cast: Cast) -> None:
    await cast.ticket("user", status=Status.VENDOR_REVIEW, handed_over=True)
    await cast.ticket("user")
    await cast.ticket("user", deleted=True, handed_over=True)
    await Person.filter(id=cast.colleague.id).update(active=False)
    await Organisation.filter(id=cast.nord.id).update(responsible_id=cast.staff.id)
    await portal.sign_in("staff")
    page = await portal.get("/staff/organisations")
    shown = text(page)
    assert "Verband Nord Mitglieder, Seminare, Finanzen Stefan Kramer 4 davon 1 EDV 1" in shown
    assert "Kammer Süd Mitglieder, Seminare – 2 davon 1 EDV 0" in shown
    (url,) = re.findall(r'href="(/tickets\?[^"]+)"', page.text)
    assert len((await look(portal, html.unescape(url))).numbers()) == 1


async def ask(cast: Cast, organisation: Organisation, email: str, **more: str) -> AccessRequest:
    values = {"user_name": "neu", "first_name": "Nele", "last_name": "Neumann", "email": email, **more}
    return await AccessRequest.create(organisation=organisation, modules=["Mitglieder", "Seminare"], **values)


async def test_requests_are_listed_with_what_helps_to_decide(portal: Portal, cast: Cast) -> None:
    await ask(cast, cast.nord, "nele.neumann@Nord.example", phone="040 1234")
    await portal.sign_in("staff")
    page = await portal.get("/staff/access-requests")
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
    assert words in text(await portal.get("/staff/access-requests"))


async def test_an_organisation_without_people_has_nothing_to_compare_with(portal: Portal, cast: Cast) -> None:
    await ask(cast, await Organisation.create(name="Neue Kammer"), "n@neu.example")
    await portal.sign_in("staff")
    assert "noch keine Adresse zum Vergleich" in text(await portal.get("/staff/access-requests"))


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
    assert words in text(await portal.get("/staff/access-requests"))


async def test_a_namesake_elsewhere_is_nobody_similar(portal: Portal, cast: Cast) -> None:
    await ask(cast, cast.nord, "n@nord.example", first_name="Sven", last_name="Bauer")
    await portal.sign_in("staff")
    assert "ähnliche Konten" not in text(await portal.get("/staff/access-requests"))


async def test_what_is_decided_is_gone(portal: Portal, cast: Cast) -> None:
    for state in (RequestState.APPROVED, RequestState.DECLINED):
        request = await ask(cast, cast.nord, "n@nord.example")
        await AccessRequest.filter(id=request.id).update(state=state)
    await portal.sign_in("admin")
    shown = text(await portal.get("/staff/access-requests"))
    assert "Zurzeit wartet niemand" in shown
    assert "Nele Neumann" not in shown


async def test_no_button_leads_nowhere(portal: Portal, cast: Cast) -> None:
    await ask(cast, cast.nord, "n@nord.example")
    await portal.sign_in("staff")
    page = (await portal.get("/staff/access-requests")).text
    main = page[page.index("<main") : page.index("</main>")]
    assert "<button" not in main
    assert "<form" not in main
