"""„Einstellungen“: each form by itself, errors at the field, and nothing but what its form names."""

import re
from typing import Any

import pytest

from app.domain.models import Appearance, AuditEntry, Organisation, Person, Role, Session
from app.web.settings import browser_name
from tests.cast import PASSWORD, Cast, Portal, text

NEW = "Ein-langer-Satz-7"


@pytest.fixture
async def signed_in(portal: Portal) -> Portal:
    return await portal.sign_in("user")


async def test_the_page_shows_what_is_set(signed_in: Portal) -> None:
    page = await signed_in.get("/settings")
    assert page.status_code == 200
    assert "<h1>Einstellungen</h1>" in page.text
    shown = text(page)
    for words in (
        "user-nord", "user@nord.example", "Verband Nord", "Mitglieder, Seminare", "Standardfilter",
        "Passwort speichern", "Angemeldete Geräte", "Überall abmelden", "Dieses Gerät",
    ):  # fmt: skip
        assert words in shown
    assert 'value="Ute"' in page.text
    assert 'value="Petersen"' in page.text


@pytest.mark.parametrize(
    ("who", "words"),
    [("edv", "EDV sieht die ganze Organisation darf an UNIPLUS übergeben"),
     ("reader", "User sieht die ganze Organisation"), ("deputy", "User darf an UNIPLUS übergeben"),
     ("staff", "Mitarbeiter"), ("admin", "Administrator")],
)  # fmt: skip
async def test_rights_are_said_in_words(portal: Portal, who: str, words: str) -> None:
    await portal.sign_in(who)
    assert words in text(await portal.get("/settings"))


async def test_the_name_is_saved(signed_in: Portal, cast: Cast) -> None:
    answer = await signed_in.send_form("/settings/profile", first_name="  Ute  Marie ", last_name="Petersen-Łódź")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/settings?notice=saved")
    assert (await cast.again("user")).name == "Ute Marie Petersen-Łódź"
    assert "Gespeichert" in text(await signed_in.get("/settings?notice=saved"))


@pytest.mark.parametrize("last_name", ["", "   ", "x" * 61])
async def test_a_wrong_name_is_refused_at_its_field_and_kept(signed_in: Portal, cast: Cast, last_name: str) -> None:
    answer = await signed_in.send_form("/settings/profile", first_name="Neuer Vorname", last_name=last_name)
    assert answer.status_code == 422
    assert 'value="Neuer Vorname"' in answer.text
    assert re.search(r'id="error-last_name">[^<]+<', answer.text)
    assert (await cast.again("user")).name == "Ute Petersen"


async def test_extra_fields_change_nothing(signed_in: Portal, cast: Cast) -> None:
    extra = {
        "id": cast.admin.id, "person_id": cast.admin.id, "role": "admin", "email": "x@y.example", "user_name": "root",
        "organisation_id": cast.vendor.id, "organisation": cast.vendor.id, "may_hand_over": "1",
        "sees_organisation": "1", "active": "0", "password_hash": "x", "default_filter": "status=all",
        "appearance": "dark",
    }  # fmt: skip
    await signed_in.send_form("/settings/profile", first_name="Ute", last_name="Petersen", **extra)
    after = await cast.again("user")
    for field in (*extra, "password_hash"):
        if hasattr(after, field) and field != "organisation":
            assert getattr(after, field) == getattr(cast.user, field), field
    assert await Person.filter(role=Role.ADMIN).count() == 1
    assert await Organisation.all().count() == 3


async def test_a_form_that_arrived_cut_changes_nothing(signed_in: Portal, cast: Cast) -> None:
    answer = await signed_in.send_form("/settings/profile", first_name="Halb", last_name="Name", end=False)
    assert answer.status_code == 400
    assert 'value="Halb"' in answer.text
    assert (await cast.again("user")).first_name == "Ute"


@pytest.mark.parametrize("appearance", list(Appearance))
async def test_the_appearance_is_saved_and_shown(signed_in: Portal, appearance: Appearance) -> None:
    answer = await signed_in.send_form("/settings/appearance", appearance=appearance.value)
    assert answer.status_code == 303
    page = (await signed_in.get("/settings")).text
    assert f'data-appearance="{appearance.value}"' in page
    assert re.search(rf'name="appearance" value="{appearance.value}" checked', page)


async def test_an_unknown_appearance_is_refused(signed_in: Portal, cast: Cast) -> None:
    assert (await signed_in.send_form("/settings/appearance", appearance="pink")).status_code == 422
    assert (await signed_in.send_form("/settings/appearance")).status_code == 422
    assert (await cast.again("user")).appearance == Appearance.SYSTEM


async def save_filter(portal: Portal, **fields: Any) -> int:
    return (await portal.send_form("/settings/filter", **{"sort": "-updated", **fields})).status_code


async def test_the_default_filter_opens_the_list(signed_in: Portal, cast: Cast) -> None:
    await cast.ticket("user", subject="Noch in der Prüfung", module=cast.seminars)
    await cast.ticket("user", subject="Schon erledigt", module=cast.seminars, status="closed")
    await cast.ticket("user", subject="Anderes Modul")
    id, statuses = cast.seminars.id, ["it_review", "user_review"]
    assert await save_filter(signed_in, statuses=statuses, modules=[id], sort="waiting") == 303
    kept = (await cast.again("user")).default_filter
    assert kept == f"status=it_review&status=user_review&module={id}&sort=waiting"
    shown = text(await signed_in.get("/tickets"))
    assert "Noch in der Prüfung" in shown
    assert "Schon erledigt" not in shown
    assert "Anderes Modul" not in shown
    page = (await signed_in.get("/settings")).text
    assert re.search(r'value="it_review" checked', page)
    assert re.search(rf'name="modules" value="{cast.seminars.id}" checked', page)
    assert '<option value="waiting" selected>' in page


async def test_no_status_means_all_of_them(signed_in: Portal, cast: Cast) -> None:
    assert await save_filter(signed_in) == 303
    assert (await cast.again("user")).default_filter == "status=all"
    assert not re.search(r'name="statuses" value="\w+" checked', (await signed_in.get("/settings")).text)


async def test_what_the_role_sees_anyway_is_not_kept(signed_in: Portal, cast: Cast) -> None:
    everything = [cast.members.id, cast.seminars.id]
    assert await save_filter(signed_in, statuses=["user_review"], modules=everything) == 303
    assert (await cast.again("user")).default_filter == ""


@pytest.mark.parametrize(
    "fields",
    [{"statuses": ["deleted"]}, {"statuses": ["open"]}, {"modules": ["999"]}, {"modules": ["x"]}, {"sort": "subject"}],
)
async def test_a_filter_beyond_ones_reach_is_refused(signed_in: Portal, cast: Cast, fields: dict[str, Any]) -> None:
    assert await save_filter(signed_in, **fields) == 422
    assert await save_filter(signed_in, modules=[cast.finance.id]) == 422
    assert (await cast.again("user")).default_filter == ""


async def test_edv_may_begin_with_deleted_tickets(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("edv")
    assert await save_filter(portal, statuses=["it_review", "deleted"]) == 303
    assert (await cast.again("edv")).default_filter == "status=it_review&status=deleted"


async def change(portal: Portal, old: str = PASSWORD, new: str = NEW, again: str = NEW) -> Any:
    return await portal.send_form("/settings/password", password=old, new_password=new, new_password_again=again)


async def test_a_new_password_ends_all_sessions_but_this_browser_goes_on(signed_in: Portal, cast: Cast) -> None:
    stolen = dict(signed_in.cookies)
    async with signed_in.another() as elsewhere:
        await elsewhere.sign_in("user")
        assert (await change(signed_in)).status_code == 303
        assert (await elsewhere.get("/settings")).status_code == 303
    assert (await signed_in.get("/settings")).status_code == 200
    assert dict(signed_in.cookies) != stolen
    async with signed_in.another() as thief:
        thief.cookies.update(stolen)
        assert (await thief.get("/settings")).status_code == 303
    async with signed_in.another() as later:
        answer = await later.send_form("/login", user_name="user-nord", password=NEW, next="")
        assert answer.headers["Location"] == "/"
    assert await AuditEntry.filter(kind="password_changed", actor_id=cast.user.id).count() == 1


@pytest.mark.parametrize(
    ("fields", "place", "words"),
    [
        ({"old": "Falsches-Passwort-9"}, "password", "bisherige Passwort ist falsch"),
        ({"old": ""}, "password", "bisheriges Passwort"),
        ({"new": "kurz", "again": "kurz"}, "new_password", "mindestens 12"),
        ({"new": "x" * 201, "again": "x" * 201}, "new_password", "höchstens 200"),
        ({"new": "user-nord-2026", "again": "user-nord-2026"}, "new_password", "zu leicht"),
        ({"again": NEW + "x"}, "new_password_again", "verschieden"),
        ({"again": ""}, "new_password_again", "verschieden"),
    ],
)
async def test_an_unfit_password_is_refused_at_its_field(
    signed_in: Portal, cast: Cast, fields: dict[str, str], place: str, words: str
) -> None:
    answer = await change(signed_in, **fields)
    assert answer.status_code == 422
    said = re.search(rf'id="error-{place}">([^<]+)<', answer.text)
    assert said
    assert words in said[1]
    assert not any(value in answer.text for value in (NEW, PASSWORD, *filter(None, fields.values())))
    assert (await cast.again("user")).password_hash == cast.user.password_hash
    assert (await signed_in.get("/settings")).status_code == 200


async def test_guessing_the_old_password_ends(signed_in: Portal) -> None:
    answers = [(await change(signed_in, old=f"Geraten-Nummer-{n}")).status_code for n in range(12)]
    assert answers[0] == 422
    assert answers[-1] == 429


async def test_the_devices_are_named_and_all_signed_out(portal: Portal, cast: Cast) -> None:
    firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
    async with portal.another() as elsewhere:
        elsewhere.headers["User-Agent"] = firefox
        await elsewhere.sign_in("user")
        await portal.sign_in("user")
        async with portal.another() as stranger:
            stranger.headers["User-Agent"] = "Mozilla/5.0 (iPhone) Safari/604.1"
            await stranger.sign_in("stranger")
            shown = text(await portal.get("/settings"))
            assert "Firefox auf Windows" in shown
            assert "iPhone" not in shown
            answer = await portal.send_form("/settings/sessions")
            assert answer.status_code == 303
            assert answer.headers["Location"].startswith("/login")
            assert (await portal.get("/settings")).status_code == 303
            assert (await elsewhere.get("/settings")).status_code == 303
            assert (await stranger.get("/settings")).status_code == 200
    assert await Session.filter(person_id=cast.user.id).count() == 0
    assert await AuditEntry.filter(kind="signed_out_everywhere").count() == 1


@pytest.mark.parametrize("name", ["profile", "appearance", "filter", "password", "sessions"])
async def test_nothing_is_changed_by_a_get_or_from_elsewhere(signed_in: Portal, cast: Cast, name: str) -> None:
    assert (await signed_in.get(f"/settings/{name}")).status_code == 405
    foreign = await signed_in.send_form(f"/settings/{name}", headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    async with signed_in.another() as nobody:
        assert (await nobody.send_form(f"/settings/{name}")).headers["Location"].startswith("/login")
    assert (await cast.again("user")).password_hash == cast.user.password_hash


@pytest.mark.no_database
@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 "
         "Safari/537.36 Edg/140.0.0.0", "Edge auf Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 "
         "Safari/605.1.15", "Safari auf macOS"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 "
         "Mobile/15E148 Safari/604.1", "Safari auf iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
         "Chrome auf Android"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox auf Linux"),
        ("curl/8.5.0", "Unbekannter Browser"), ("", "Unbekannter Browser"), ("<b>x</b>", "Unbekannter Browser"),
    ],
)  # fmt: skip
def test_browsers_have_the_names_that_people_know(agent: str, name: str) -> None:
    assert browser_name(agent) == name
