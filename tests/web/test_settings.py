"""„Einstellungen“: each form by itself, errors at the field, and nothing but what its form names."""

import io
import json
import re
from typing import Any
from zipfile import ZipFile

import pytest

from app.domain.models import Appearance, AuditEntry, Letter, Module, Organisation, Person, Role, Session
from app.domain.outbox import TICKET_LETTERS
from app.web.preferences import EVENTS
from app.web.settings import browser_name
from tests.cast import PASSWORD, Cast, Portal, text
from tests.web.reading import look

NEW = "Ein-langer-Satz-7"
ENGLISH = {"Accept-Language": "en-US,en;q=0.9,de;q=0.8"}


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


async def test_a_modules_name_is_shown_as_it_is(signed_in: Portal, cast: Cast) -> None:
    for name in ("Korrespondenz", "100 %(x)s <b>"):
        await Module.filter(id=cast.seminars.id).update(name=name)
        page = await signed_in.get("/settings", headers=ENGLISH)
        assert name in text(page)


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


# --- language ---


def spoken(answer: Any) -> str:
    """The language of a page, by its own word and by what its heading says."""
    declared = re.search(r'<html lang="(\w\w)"', answer.text)
    assert declared
    heading = {"de": "<h1>Einstellungen</h1>", "en": "<h1>Settings</h1>"}[declared[1]]
    assert heading in answer.text
    return declared[1]


@pytest.mark.parametrize(
    ("chosen", "headers", "language"),
    [("en", {}, "en"), ("de", ENGLISH, "de"), ("", ENGLISH, "en"), ("", {}, "de"),
     ("", {"Accept-Language": "fr"}, "de")],
)  # fmt: skip
async def test_a_chosen_language_comes_before_the_browsers(
    signed_in: Portal, cast: Cast, chosen: str, headers: dict[str, str], language: str
) -> None:
    answer = await signed_in.send_form("/settings/language", language=chosen)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/settings?notice=saved#language")
    assert (await cast.again("user")).language == chosen
    page = await signed_in.get("/settings", headers=headers)
    assert spoken(page) == language
    assert re.search(rf'name="language" value="{chosen}" checked', page.text)


@pytest.mark.parametrize("fields", [{"language": "fr"}, {"language": "EN"}, {}])
async def test_an_unknown_language_is_refused(signed_in: Portal, cast: Cast, fields: dict[str, str]) -> None:
    answer = await signed_in.send_form("/settings/language", **fields)
    assert answer.status_code == 422
    assert re.search(r'id="error-language">[^<]+<', answer.text)
    assert (await cast.again("user")).language == ""


async def test_who_is_not_signed_in_reads_the_browsers_language(portal: Portal) -> None:
    for headers, words in (({}, "Benutzername oder E-Mail-Adresse"), (ENGLISH, "User name or e-mail address")):
        assert words in text(await portal.get("/login", headers=headers))
    wrong = await portal.send_form("/login", user_name="x", password="y", next="", headers=ENGLISH)
    assert "User name or password is wrong." in text(wrong)
    assert '<html lang="en"' in (await portal.get("/nothing", headers=ENGLISH)).text


async def test_a_refusal_speaks_the_persons_language_too(signed_in: Portal, cast: Cast) -> None:
    await Person.filter(id=cast.user.id).update(language="en")
    answer = await signed_in.send_form("/settings/profile", first_name="", last_name="x" * 61)
    assert "Please enter your first name." in text(answer)
    assert "Please use at most 60 characters." in text(answer)
    assert "First name : Please enter" in text(answer)


# --- notifications ---


def ticked(page: str) -> set[str]:
    """The letters whose boxes are ticked."""
    return set(re.findall(r'name="letters" value="(\w+)" checked', page))


def offered(page: str) -> set[str]:
    """The letters that have a box."""
    return set(re.findall(r'name="letters" value="(\w+)"', page))


COMMON = {"new_message", "escalated", "taking_part"}
CUSTOMERS = COMMON | {"asked_back", "closed", "created_for_you", "reminder", "closing_announced"}


@pytest.mark.parametrize(
    ("who", "letters"),
    [("user", CUSTOMERS), ("edv", CUSTOMERS | {"ticket_to_review", "review_overdue", "reopened"}),
     ("staff", COMMON | {"handed_over", "reopened"}), ("admin", COMMON | {"handed_over", "reopened"})],
)  # fmt: skip
async def test_everybody_chooses_among_the_letters_that_can_come_to_them(
    portal: Portal, who: str, letters: set[str]
) -> None:
    await portal.sign_in(who)
    page = (await portal.get("/settings")).text
    assert offered(page) == ticked(page) == letters


@pytest.mark.no_database
def test_every_letter_about_tickets_can_be_chosen_by_somebody() -> None:
    assert set(EVENTS) == set(TICKET_LETTERS)
    assert all(roles for _, roles in EVENTS.values())


async def test_what_is_not_ticked_is_not_mailed_and_the_rest_once_a_day(signed_in: Portal, cast: Cast) -> None:
    await Person.filter(id=cast.user.id).update(muted="handed_over")  # from another role, and kept
    answer = await signed_in.send_form("/settings/notifications", letters=["closed", "x", ""], digest="1")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/settings?notice=saved#notifications")
    person = await cast.again("user")
    assert (set(person.muted.split()), person.digest) == ({*CUSTOMERS, "handed_over"} - {"closed"}, True)
    page = await signed_in.get("/settings")
    assert ticked(page.text) == {"closed"}
    assert re.search(r'name="digest" value="1" checked', page.text)
    assert "Einmal täglich um 7 Uhr gesammelt Sofort kommen trotzdem: Rückfrage, Eskalation" in text(page)
    number = await cast.ticket("user", status="vendor_review", handed_over=True)
    await cast.reply("edv", number)
    await cast.move("edv", number, "close")
    letters = await Letter.filter(to_id=cast.user.id)
    assert [(letter.letter, letter.digest) for letter in letters] == [("closed", True)]


async def test_all_boxes_can_be_empty(signed_in: Portal, cast: Cast) -> None:
    assert (await signed_in.send_form("/settings/notifications")).status_code == 303
    person = await cast.again("user")
    assert (person.muted, person.digest) == (" ".join(sorted(CUSTOMERS)), False)
    assert ticked((await signed_in.get("/settings")).text) == set()


# --- own data ---


async def test_own_data_come_as_a_zip_that_no_cache_keeps(signed_in: Portal, cast: Cast) -> None:
    await cast.ticket("user", subject="Mein Ticket")
    form = (await look(signed_in, "/settings")).form("Meine Daten herunterladen")
    answer = await form.send(signed_in)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="Meine Daten 20')
    assert answer.headers["Content-Length"] == str(len(answer.content))
    assert answer.headers["Cache-Control"] == "private, no-store"
    with ZipFile(io.BytesIO(answer.content)) as archive:
        assert json.loads(archive.read("tickets.json"))[0]["subject"] == "Mein Ticket"
    assert await AuditEntry.filter(kind="data_downloaded", actor_id=cast.user.id, address="127.0.0.1").count() == 1


async def test_own_data_are_not_made_over_and_over(signed_in: Portal) -> None:
    answers = [await signed_in.send_form("/settings/data") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert int(answers[-1].headers["Retry-After"]) > 3000


async def test_one_device_is_signed_out_and_only_ones_own(portal: Portal, cast: Cast) -> None:
    async with portal.another() as elsewhere, portal.another() as stranger:
        await elsewhere.sign_in("user")
        await stranger.sign_in("stranger")
        await portal.sign_in("user")
        there = await Session.filter(person_id=cast.user.id).order_by("id").first()
        foreign = await Session.get(person_id=cast.stranger.id)
        assert there is not None
        page = await look(portal, "/settings")
        buttons = [name for name in page.buttons if name.startswith("Abmelden: ")]
        assert len(buttons) == 1, "this device has its own button in the menu"
        form = page.form(buttons[0])
        assert form.action == f"/settings/sessions/{there.id}"
        assert (await stranger.send_form(form.action)).status_code == 404
        assert (await portal.send_form(f"/settings/sessions/{foreign.id}")).status_code == 404
        assert (await portal.send_form(form.action, end=False)).status_code == 400
        answer = await form.send(portal)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/settings?notice=device_signed_out#sessions")
        assert (await elsewhere.get("/settings")).status_code == 303
        assert (await portal.get("/settings")).status_code == (await stranger.get("/settings")).status_code == 200


@pytest.mark.parametrize(
    "name",
    ["profile", "appearance", "filter", "password", "sessions", "language", "notifications", "data"],
)
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
