"""Organisations, modules and X3 keys as staff meet them."""

import html
import re
from typing import Any

import pytest

from app.domain import directory
from app.domain.models import Module, Organisation, OrganisationModule, Person, PersonModule, Status, X3Key
from tests.cast import Cast, Portal, form_key, text
from tests.web.reading import Page, follow, look, words

PLACE = "/staff/organisations"


def place(organisation: Organisation, more: str = "") -> str:
    return f"{PLACE}/{organisation.id}{more}"


async def owned(cast: Cast) -> dict[str, str | None]:
    found = await directory.organisation(cast.staff, cast.nord.id)
    return {one["name"]: one["responsible"] for one in found["modules"] if one["has"]}


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
    assert "Kammer Süd Mitglieder, Seminare je nach Modul 2 davon 1 EDV 0" in shown
    (url,) = re.findall(r'href="(/tickets\?[^"]+)"', page.text)
    assert len((await look(portal, html.unescape(url))).numbers()) == 1


async def test_an_organisation_is_made_with_its_modules(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("staff")
    form = (await look(portal, f"{PLACE}/new")).form("Organisation anlegen")
    answer = await form.send(portal, name="<b>Neue Kammer</b>", modules=[cast.members.id], responsible=cast.admin.id)
    page = await follow(portal, answer)
    assert page.headings[0] == "<b>Neue Kammer</b>"
    assert "Hier hat noch niemand ein Konto." in words(page.root)
    assert page.form("Organisation speichern").value("responsible") == str(cast.admin.id)
    again = await form.send(portal, name="neue kammer")
    assert again.status_code == 303  # the same form again leads to the same organisation
    assert await Organisation.all().count() == 4


@pytest.mark.parametrize("name", ["", "x" * 121, "VERBAND NORD", "x" * 5000])
async def test_a_name_that_cannot_be_is_refused_and_kept(portal: Portal, cast: Cast, name: str) -> None:
    await portal.sign_in("staff")
    for path, button in ((f"{PLACE}/new", "Organisation anlegen"), (place(cast.sued), "Organisation speichern")):
        answer = await (await look(portal, path)).form(button).send(portal, name=name)
        assert answer.status_code == 422
        assert set(Page(answer).errors()) == {"name"}
        assert Page(answer).form(button).value("name") == name


async def test_an_organisation_is_renamed_by_one_at_a_time(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("staff")
    form = (await look(portal, place(cast.nord))).form("Organisation speichern")
    assert (await form.send(portal, name="Nordverband")).status_code == 303
    answer = await form.send(portal, name="Anders")
    assert answer.status_code == 409
    assert Page(answer).form("Organisation speichern").value("name") == "Nordverband"


async def test_modules_and_who_is_responsible_for_each(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("staff")
    page = await look(portal, place(cast.nord))
    select = page.fields["Zuständig für Mitglieder"]
    assert [words(one) for one in select] == ["wie sonst (Stefan Kramer)", "Stefan Kramer", "Anna Winter"]
    assert words(page.id("organisations-modules")).count("niemand der EDV prüft es") == 1
    rules = [f"{cast.members.id}:{cast.admin.id}", f"{cast.seminars.id}:", f"{cast.finance.id}:"]
    assert (await page.form("Module speichern").send(portal, responsible=rules)).status_code == 303
    assert await owned(cast) == {"Mitglieder": "Anna Winter", "Seminare": None, "Finanzen": None}
    await Person.filter(id=cast.admin.id).update(active=False)
    page = await look(portal, place(cast.nord))
    assert "Anna Winter (deaktiviert)" in words(page.fields["Zuständig für Mitglieder"])
    assert "Zuständigkeit: Konto deaktiviert" in words(page.root)
    assert (await page.form("Module speichern").send(portal)).status_code == 303
    assert (await owned(cast))["Mitglieder"] == "Anna Winter"


async def test_a_module_is_taken_away_after_a_question(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("staff")
    form = (await look(portal, place(cast.nord))).form("Module speichern")
    question = Page(await form.send(portal, modules=[cast.members.id]))
    assert question.headings == ["„Seminare“ bei Verband Nord wegnehmen?"]
    assert "Seminare: 4 Personen" in words(question.root)
    assert "Finanzen" in await owned(cast)
    answer = await question.form("Wegnehmen").send(portal)
    assert answer.status_code == 303
    assert await owned(cast) == {"Mitglieder": None}
    assert await PersonModule.filter(module=cast.seminars, person__organisation=cast.nord).count() == 0


async def test_a_module_with_open_tickets_is_not_taken_away(portal: Portal, cast: Cast) -> None:
    await cast.ticket("user", module=cast.seminars)
    await portal.sign_in("staff")
    form = (await look(portal, place(cast.nord))).form("Module speichern")
    answer = await form.send(portal, modules=[cast.members.id, cast.finance.id])
    assert answer.status_code == 422
    assert "Seminare (1)" in Page(answer).errors()["modules"]
    assert "Seminare" in await owned(cast)


@pytest.mark.parametrize("rules", [["0:0"], ["x"], [":"], ["1:99999999999999"], ["1:1:1"], ["%00"]])
async def test_odd_rules_are_refused_or_nothing(portal: Portal, cast: Cast, rules: list[str]) -> None:
    await portal.sign_in("staff")
    before = await owned(cast)
    answer = await (await look(portal, place(cast.nord))).form("Module speichern").send(portal, responsible=rules)
    assert answer.status_code in (303, 422)
    assert await owned(cast) == before


async def test_the_vendor_and_what_is_not_there_are_404(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("admin")
    for id in (cast.vendor.id, 4711):
        for more in ("", "/modules", "/x3-keys"):
            if more != "/modules":
                assert (await portal.get(f"{PLACE}/{id}{more}")).status_code == 404
            assert (await portal.send_form(f"{PLACE}/{id}{more}", name="x")).status_code == 404


async def test_hundreds_of_modules_and_people_stay_one_page(portal: Portal, cast: Cast) -> None:
    modules = [Module(name=f"Modul {n}", position=n + 10) for n in range(200)]
    await Module.bulk_create(modules)
    added = await Module.filter(position__gte=10)
    await OrganisationModule.bulk_create([OrganisationModule(organisation=cast.nord, module=m) for m in added[:150]])
    await Person.bulk_create([
        Person(organisation=cast.nord, user_name=f"p{n}", email=f"p{n}@nord.example", first_name="P", last_name=str(n),
               role="user") for n in range(60)
    ])  # fmt: skip
    await portal.sign_in("admin")
    page = await look(portal, place(cast.nord))
    assert len(page.all(".//ul[@class='module-rules']/li")) == 153
    assert "Alle zeigen: 65 Personen" in page.links
    answer = await page.form("Module speichern").send(portal)
    assert answer.status_code == 303
    assert len(await owned(cast)) == 153


# --- the product's modules ---


async def test_a_module_is_made_changed_and_moved(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("staff")
    page = await look(portal, "/staff/modules")
    page = await follow(portal, await page.form("Modul anlegen").send(portal, name="Dokumente"))
    module = await look(portal, page.links["Dokumente"])
    form = module.form("Modul speichern")
    assert form.value("place") == "4"
    page = await follow(portal, await form.send(portal, name="Archiv", place="1", responsible=cast.staff.id))
    rows = [words(row) for row in page.all(".//tbody/tr")]
    assert rows == ["Archiv Stefan Kramer 0", "Mitglieder – 2", "Seminare – 2", "Finanzen – 1"]
    for fields in ({"name": "mitglieder"}, {"name": ""}, {"responsible": cast.user.id}):
        assert (await module.form("Modul speichern").send(portal, **fields)).status_code == 422
    assert (await portal.get("/staff/modules/4711")).status_code == 404
    assert (await portal.send_form("/staff/modules/4711", name="x")).status_code == 404


async def test_somebody_is_responsible_where_nobody_else_is(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("staff")
    page = await look(portal, "/staff/modules")
    assert page.form("Standard speichern").value("responsible") == str(cast.staff.id)
    page = await follow(portal, await page.form("Standard speichern").send(portal, responsible=cast.admin.id))
    assert page.form("Standard speichern").value("responsible") == str(cast.admin.id)


# --- keys ---


async def make_key(portal: Portal, cast: Cast, name: str = "X3-Server") -> tuple[str, Any]:
    form = (await look(portal, place(cast.nord))).form("Schlüssel erzeugen")
    answer = await form.send(portal, name=name)
    assert answer.headers["Cache-Control"] == "private, no-store"
    return Page(answer).id("secret").text, answer


async def test_a_key_is_shown_once(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("admin")
    secret, answer = await make_key(portal, cast)
    assert "steht nur jetzt hier" in text(answer)
    key = await X3Key.get()
    assert (key.organisation_id, key.name) == (cast.nord.id, "X3-Server")
    page = await portal.get(place(cast.nord))
    assert secret not in page.text
    assert f"…{key.ending}" in text(page)
    assert secret.endswith(key.ending)


async def test_a_key_has_a_name(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("admin")
    for name in ("", "x" * 61):
        answer = await portal.send_form(place(cast.nord, "/x3-keys"), name=name)
        assert answer.status_code == 422
        assert set(Page(answer).errors()) == {"name"}


async def test_a_key_is_replaced_and_then_revoked(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("admin")
    first, _ = await make_key(portal, cast)
    old = await X3Key.get()
    page = await look(portal, place(cast.nord))
    question = await look(portal, page.links[f"Ersetzen: X3-Server …{old.ending}"])
    second = Page(await question.form("Neuen Schlüssel erzeugen").send(portal)).id("secret").text
    assert second != first
    assert await X3Key.filter(revoked_at=None).count() == 2
    question = await look(portal, page.links[f"Widerrufen: X3-Server …{old.ending}"])
    assert question.headings == [f"Schlüssel „X3-Server“ (…{old.ending}) widerrufen?"]
    page = await follow(portal, await question.form("Widerrufen").send(portal))
    assert "widerrufen" in words(page.id("organisations-keys"))
    assert await X3Key.filter(revoked_at=None).count() == 1
    assert (await portal.get(place(cast.nord, f"/x3-keys/{old.id}/revocation"))).status_code == 404


async def test_a_key_is_reached_through_its_own_organisation_only(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("admin")
    await make_key(portal, cast)
    key = await X3Key.get()
    for deed in ("revocation", "successor"):
        assert (await portal.get(place(cast.sued, f"/x3-keys/{key.id}/{deed}"))).status_code == 404
        assert (await portal.send_form(place(cast.sued, f"/x3-keys/{key.id}/{deed}"))).status_code == 404
    assert await X3Key.filter(revoked_at=None).count() == 1


async def test_keys_are_for_admins(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("admin")
    await make_key(portal, cast)
    key = await X3Key.get()
    await portal.sign_in("staff")
    assert "X3-Schlüssel" not in text(await portal.get(place(cast.nord)))
    for more in ("", f"/{key.id}/revocation", f"/{key.id}/successor"):
        assert (await portal.send_form(place(cast.nord, f"/x3-keys{more}"), name="x")).status_code == 403
    assert await X3Key.all().count() == 1


async def test_a_key_form_that_is_sent_twice_makes_one_key(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("admin")
    for more in ("", "/1/successor"):
        same = form_key()
        first, second = [await portal.send_form(place(cast.nord, f"/x3-keys{more}"), key=same, name="X3") for _ in "12"]
        assert (first.status_code, second.status_code) == (200, 303)
        assert "schon erzeugt" in text(await portal.get(second.headers["location"]))
    assert await X3Key.filter(organisation=cast.nord).count() == 2
