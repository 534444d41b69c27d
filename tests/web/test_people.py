"""Accounts as staff and EDV meet them: lists, one account, new ones, and what an open page is worth afterwards."""

import re
from typing import Any

import pytest

from app.domain.directory import PAGE
from app.domain.models import AccessRequest, AuditEntry, Letter, Person, PersonModule, Role
from tests.cast import PASSWORD, Cast, Portal, text
from tests.web.reading import Page, counted, follow, look, words

STAFF_PAGES = (
    "/staff/people", "/staff/people/new", "/staff/people/1", "/staff/organisations", "/staff/organisations/1",
    "/staff/modules", "/staff/access-requests",
)  # fmt: skip
CUSTOMERS = ("user", "reader", "deputy", "edv", "stranger", "strange_edv")
NAMES = re.compile(r'<th scope="row"><a [^>]+>([^<]+)</a>')


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
    found = set(NAMES.findall(page.text))
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
    names = [NAMES.findall(page.text) for page in (first, second)]
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


# --- one account ---


def place(person: Person, more: str = "") -> str:
    return f"/staff/people/{person.id}{more}"


async def send(portal: Portal, path: str, button: str, **fields: Any) -> Any:
    return await (await look(portal, path)).form(button).send(portal, **fields)


async def test_an_account_says_what_there_is_to_know(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("staff")
    page = await look(portal, place(cast.deputy))
    assert page.headings[:1] == ["Dora Voss"]
    assert page.facts() | {"Zuletzt angemeldet": "", "Angelegt": ""} == {
        "Organisation": "Verband Nord", "Benutzername": "deputy-nord", "E-Mail-Adresse": "deputy@nord.example",
        "Rolle": "Userdarf an UNIPLUS übergeben", "Zweiter Faktor": "nicht eingerichtet",
        "Zuletzt angemeldet": "", "Angelegt": "",
    }  # fmt: skip
    form = page.form("Konto speichern")
    assert [value for name, value in form.pairs if name == "modules"] == [str(cast.members.id), str(cast.seminars.id)]
    assert form.value("may_hand_over") == "1"
    assert "sees_organisation" not in dict(form.pairs)


async def test_staff_change_an_account(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("staff")
    answer = await send(
        portal, place(cast.user), "Konto speichern", first_name="Uta", role="edv", modules=[cast.finance.id]
    )
    assert answer.headers["Location"] == place(cast.user, "?notice=saved")
    changed = await cast.again("user")
    assert (changed.name, changed.role) == ("Uta Petersen", Role.EDV)
    assert await PersonModule.filter(person=changed).values_list("module_id", flat=True) == [cast.finance.id]


async def test_what_is_wrong_is_said_at_once_and_what_was_typed_stays(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("staff")
    answer = await send(
        portal, place(cast.user), "Konto speichern", first_name="", last_name="Neu", email="ute@web.de",
        user_name="USER-SUED", role="admin", modules=[999],
    )  # fmt: skip
    page = Page(answer)
    assert answer.status_code == 422
    assert set(page.errors()) == {"first_name", "email", "user_name", "role", "modules"}
    assert page.form("Konto speichern").value("last_name") == "Neu"
    assert (await cast.again("user")).name == "Ute Petersen"


async def test_upward_rights_mass_assignment(portal: Portal, cast: Cast) -> None:
    """Fields that a form has not change nothing, whoever adds them."""
    before = vars(await cast.again("user")) | {"_saved_in_db": None, "_custom_generated_pk": None}
    extra = {
        "organisation_id": cast.sued.id, "organisation": cast.sued.id, "active": "0", "password_hash": "x", "id": 7,
        "is_vendor": "1", "totp_secret": "x", "email": "neu@nord.example", "first_name": "Neu", "user_name": "neu",
    }  # fmt: skip
    await portal.sign_in("edv")
    await send(portal, f"/organisation/people/{cast.user.id}", "Rechte speichern", **extra, role="admin")
    await portal.sign_in("user")
    await send(portal, "/settings", "Name speichern", **extra | {"first_name": "Ute"}, role="admin",
               sees_organisation="1", may_hand_over="1", modules=[cast.finance.id])  # fmt: skip
    await portal.sign_in("staff")
    only = {name: value for name, value in extra.items() if name not in ("email", "first_name", "user_name")}
    await send(portal, place(cast.user), "Konto speichern", **only)
    after = vars(await cast.again("user"))
    known = set(Person._meta.fields_db_projection) - {"signed_in_at"}
    assert {name: after[name] for name in known} == {name: before[name] for name in known}
    assert await PersonModule.filter(person=cast.user).count() == 2
    for role in ("admin", "staff"):
        answer = await send(portal, place(cast.user), "Konto speichern", role=role)
        assert answer.status_code == 422


async def test_two_colleagues_on_one_account(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("staff")
    form = (await look(portal, place(cast.user))).form("Konto speichern")
    await Person.filter(id=cast.user.id).update(last_name="Petersen-Lund")
    answer = await form.send(portal, first_name="Uta")
    assert answer.status_code == 409
    assert "inzwischen geändert" in text(answer)
    fresh = Page(answer).form("Konto speichern")
    assert (fresh.value("first_name"), fresh.value("last_name")) == ("Ute", "Petersen-Lund")
    assert (await fresh.send(portal, first_name="Uta")).status_code == 303
    assert (await cast.again("user")).name == "Uta Petersen-Lund"


@pytest.mark.parametrize("value", ["<script>alert(1)</script>", "Ute\r\nMarie", "{{7*7}}", "x" * 5000])
async def test_odd_names_are_text_or_refused(portal: Portal, cast: Cast, value: str) -> None:
    await portal.sign_in("staff")
    answer = await send(portal, place(cast.user), "Konto speichern", first_name=value)
    assert answer.status_code == (303 if len(value) < 60 else 422)
    for path in (place(cast.user), "/staff/people"):
        page = await portal.get(path)
        assert "<script>alert" not in page.text
        assert "49" not in re.findall(r"<h1>[^<]*</h1>", page.text)


async def test_staff_see_colleagues_but_only_admins_manage_them(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("staff")
    for colleague in (cast.admin, cast.staff):
        page = await look(portal, place(colleague))
        assert not {"Konto speichern", "Einladung erneut senden"} & set(page.buttons)
        assert "Deaktivieren" not in page.links
        for more in ("", "/invitation", "/deactivation", "/activation"):
            assert (await portal.send_form(place(colleague, more))).status_code == 403
    assert (await portal.send_form(place(cast.user, "/second-factor"))).status_code == 403
    await portal.sign_in("admin")
    assert "Konto speichern" in (await look(portal, place(cast.staff))).buttons
    assert (await portal.send_form(place(cast.admin, "/deactivation"))).status_code == 403


async def test_an_account_that_is_not_there_is_a_404(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("admin")
    for more in ("", "/deactivation", "/activation", "/second-factor"):
        assert (await portal.get(f"/staff/people/4711{more}")).status_code == 404
        assert (await portal.send_form(f"/staff/people/4711{more}")).status_code == 404


# --- new accounts ---


async def test_an_account_is_made_for_an_organisation(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("staff")
    choice = await look(portal, "/staff/people/new")
    assert "UNIPLUS" not in words(choice.fields["In welcher Organisation?"])
    path = f"/staff/people/new?organisation={cast.nord.id}"
    answer = await send(
        portal, path, "Anlegen und einladen", first_name="Nele", last_name="Neumann", user_name="Nele",
        email="Nele@Nord.example", modules=[cast.members.id],
    )  # fmt: skip
    page = await follow(portal, answer)
    person = await Person.get(user_name="nele")
    assert (person.email, person.role, person.may_hand_over) == ("nele@nord.example", Role.USER, False)
    assert "Einladung erneut senden" in page.buttons
    assert "die Einladung ist unterwegs" in words(page.root)
    assert await Letter.filter(letter="invitation", to=person).count() == 1


async def test_only_admins_make_accounts_of_the_vendor(portal: Portal, cast: Cast) -> None:
    fields = {
        "first_name": "N", "last_name": "N", "user_name": "neu", "email": "neu@uniplus.example", "role": "staff",
    }  # fmt: skip
    await portal.sign_in("staff")
    path = f"/staff/people?organisation={cast.vendor.id}"
    assert (await portal.send_form(path, **fields)).status_code == 404
    await portal.sign_in("admin")
    form = (await look(portal, f"/staff/people/new?organisation={cast.vendor.id}")).form("Anlegen und einladen")
    assert (await form.send(portal, **fields)).status_code == 303
    assert (await Person.get(user_name="neu")).role == Role.STAFF


async def test_a_new_account_that_is_refused_keeps_what_was_typed(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("staff")
    path = f"/staff/people/new?organisation={cast.nord.id}"
    answer = await send(portal, path, "Anlegen und einladen", first_name="Nele", email="a@b.example,c@d.example")
    assert answer.status_code == 422
    page = Page(answer)
    assert set(page.errors()) == {"last_name", "user_name", "email", "modules"}
    assert page.form("Anlegen und einladen").value("first_name") == "Nele"


# --- closing and opening ---


async def test_an_open_page_is_dead_when_its_account_is_closed(portal: Portal, cast: Cast) -> None:
    async with portal.another() as other:
        await other.sign_in("user")
        assert (await other.get("/tickets")).status_code == 200
        await portal.sign_in("staff")
        question = await look(portal, place(cast.user, "/deactivation"))
        assert question.headings == ["Ute Petersen deaktivieren?"]
        page = await follow(portal, await question.form("Deaktivieren").send(portal))
        assert "deaktiviert" in words(page.root)
        assert (await other.get("/tickets")).headers["Location"] == "/login?next=/tickets"
        again = await other.send_form("/login", user_name="user-nord", password=PASSWORD, next="")
        assert "Benutzername oder Passwort ist falsch." in text(again)
        question = await look(portal, place(cast.user, "/activation"))
        assert question.headings == ["Ute Petersen wieder aktivieren?"]
        await question.form("Wieder aktivieren").send(portal)
        await other.sign_in("user")


async def test_new_rights_end_an_open_page(portal: Portal, cast: Cast) -> None:
    async with portal.another() as other:
        await other.sign_in("user")
        await portal.sign_in("edv")
        await send(portal, f"/organisation/people/{cast.user.id}", "Rechte speichern", sees_organisation="1")
        assert (await other.get("/tickets")).status_code == 303


async def test_what_hangs_on_somebody_is_said_before_they_go(portal: Portal, cast: Cast) -> None:
    await cast.ticket("user", handed_over=True)
    await portal.sign_in("admin")
    assert "1 offenes Ticket hat diese Person gemeldet" in text(await portal.get(place(cast.user, "/deactivation")))
    page = await look(portal, place(cast.staff, "/deactivation"))
    assert "1 offenes Ticket liegt bei dieser Person." in words(page.root)
    assert page.links["alles, wofür niemand sonst zuständig ist"] == "/staff/modules"
    answer = await page.form("Deaktivieren").send(portal, successor=cast.edv.id)
    assert Page(answer).errors() == {"successor": "Bitte wählen Sie jemanden aus der Liste."}
    page = await follow(portal, await page.form("Deaktivieren").send(portal))
    assert "liegt noch bei diesem Konto" not in words(page.root), "the rules gave it to somebody else"
    page = await look(portal, page.links["Zuständigkeiten übergeben"])
    page = await follow(portal, await page.form("Übergeben").send(portal, successor=cast.admin.id))
    assert "Zuständigkeiten übergeben" not in page.links
    assert "alles, wofür niemand sonst zuständig ist" in (await look(portal, place(cast.admin))).links


async def test_an_invitation_is_sent_again(portal: Portal, cast: Cast) -> None:
    await Person.filter(id=cast.user.id).update(password_hash=None)
    await portal.sign_in("staff")
    answer = await send(portal, place(cast.user), "Einladung erneut senden")
    assert answer.headers["Location"] == place(cast.user, "?notice=invited")
    assert await Letter.filter(letter="invitation", to=cast.user).count() == 1
    assert "Einladung erneut senden" not in (await look(portal, place(cast.colleague))).buttons
    assert (await portal.send_form(place(cast.colleague, "/invitation"))).status_code == 409


async def test_an_admin_takes_a_lost_second_factor_away(portal: Portal, cast: Cast) -> None:
    await Person.filter(id=cast.user.id).update(totp_secret="x")
    await portal.sign_in("admin")
    page = await look(portal, place(cast.user))
    question = await look(portal, page.links["Zweiten Faktor zurücksetzen"])
    assert question.headings == ["Zweiten Faktor von Ute Petersen zurücksetzen?"]
    await question.form("Zurücksetzen").send(portal)
    assert (await cast.again("user")).totp_secret is None
    assert await AuditEntry.filter(kind="second_factor_reset", actor=cast.admin).count() == 1


# --- the EDV's own ---


def own(person: Person) -> str:
    return f"/organisation/people/{person.id}"


async def test_an_edv_sets_rights_and_modules(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("edv")
    answer = await send(
        portal, own(cast.user), "Rechte speichern", may_hand_over="1", modules=[cast.members.id, cast.finance.id]
    )
    page = await follow(portal, answer)
    assert page.facts()["Rolle"] == "Userdarf an UNIPLUS übergeben"
    assert (await send(portal, own(cast.user), "Rechte speichern", modules=[4711])).status_code == 422


async def test_an_edv_looks_at_edv_and_changes_nothing(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("edv")
    assert "Rechte speichern" not in (await look(portal, own(cast.edv))).buttons
    assert (await portal.send_form(own(cast.edv), sees_organisation="1")).status_code == 403


async def test_other_organisations_people_do_not_exist_for_an_edv(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("edv")
    for person in (cast.stranger, cast.strange_edv, cast.staff, cast.admin):
        assert (await portal.get(own(person))).status_code == 404
        assert (await portal.send_form(own(person), sees_organisation="1")).status_code == 404


async def test_an_edv_proposes_somebody_and_the_vendor_decides(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("edv")
    fields = {
        "first_name": "Nele", "last_name": "Neumann", "user_name": "nele", "email": "nele@nord.example",
        "modules": ["Seminare"], "role": "edv", "organisation_id": cast.sued.id,
    }  # fmt: skip
    answer = await send(portal, "/organisation/people/new", "Vorschlag senden", **fields)
    page = await follow(portal, answer)
    assert "Nele Neumann nele@nord.example Seminare · vorgeschlagen von Erik Holm" in words(page.root)
    request = await AccessRequest.get().select_related("organisation", "requested_by")
    assert (request.organisation.id, request.requested_by.id) == (cast.nord.id, cast.edv.id)
    again = await send(portal, "/organisation/people/new", "Vorschlag senden", **fields)
    assert again.headers["Location"] == "/organisation/people?notice=proposed_already"
    wrong = await send(portal, "/organisation/people/new", "Vorschlag senden", **fields | {"email": "n@gmx.de"})
    assert set(Page(wrong).errors()) == {"email"}
    await portal.sign_in("strange_edv")
    assert "Nele" not in text(await portal.get("/organisation/people"))
    assert not await Person.exists(user_name="nele")


async def test_lists_of_people_ask_once_for_people_and_once_for_modules(
    portal: Portal, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for who, path in (("staff", "/staff/people"), ("edv", "/organisation/people")):
        await portal.sign_in(who)
        with counted(monkeypatch) as statements:
            await portal.get(path)
        assert len([sql for sql in statements.of_the_page if "FROM person" in sql and "JOIN organisation" in sql]) == 1
        assert len(statements) <= 4


async def test_an_edv_of_many_people_has_pages_and_a_search(portal: Portal, cast: Cast) -> None:
    await Person.bulk_create([
        Person(organisation=cast.nord, user_name=f"p{n}", email=f"p{n}@nord.example", first_name="Paula",
               last_name=f"Muster {n:02}", role=Role.USER) for n in range(PAGE)
    ])  # fmt: skip
    await portal.sign_in("edv")
    first, second = [await portal.get(f"/organisation/people?page={page}") for page in (1, 2)]
    assert [len(NAMES.findall(page.text)) for page in (first, second)] == [PAGE, 5]
    assert NAMES.findall((await portal.get("/organisation/people?q=muster+07")).text) == ["Paula Muster 07"]
    assert "Niemand passt" in text(await portal.get("/organisation/people?q=bauer"))
