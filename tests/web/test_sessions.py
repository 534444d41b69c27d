"""Signing in and out: the words, where one lands, what the cookie is, and what somebody else's browser must not get."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from app import clock
from app.config import Settings
from app.domain.models import AuditEntry, Person, Session
from app.domain.tokens import token_hash
from app.main import create_app
from tests.cast import PASSWORD, Cast, Portal, text
from tests.web.reading import Page, look, words

WRONG = "Benutzername oder Passwort ist falsch."


async def try_to_sign_in(portal: Portal, name: str, password: str = PASSWORD, next: str = "") -> httpx.Response:
    """Fill in the sign-in."""
    return await portal.send_form("/login", user_name=name, password=password, next=next)


async def test_the_page_has_the_words_of_the_contract(portal: Portal, cast: Cast) -> None:
    page = await look(portal, "/login")
    assert page.headings == ["Anmelden"]
    assert list(page.fields) == ["Benutzername oder E-Mail-Adresse", "Passwort"]
    assert page.fields["Passwort"].get("type") == "password"
    assert "Anmelden" in page.buttons
    assert page.links["Passwort vergessen?"] == "/password/forgot"
    assert (await portal.get("/password/forgot")).status_code == 200


async def test_demo_accounts_are_shown_in_demo_mode_only(portal: Portal, cast: Cast) -> None:
    assert "Kundenportal-Demo-1" not in (await portal.get("/login")).text
    portal.app.extensions["settings"] = replace(portal.app.extensions["settings"], demo=True)
    shown = text(await portal.get("/login"))
    assert "Kundenportal-Demo-1" in shown
    assert "user-nord" in shown


@pytest.mark.parametrize("name", ["user-nord", "user@nord.example", "USER-NORD", " User@Nord.Example "])
async def test_one_signs_in_by_name_or_address_in_any_case(portal: Portal, cast: Cast, name: str) -> None:
    answer = await try_to_sign_in(portal, name)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert "Online-Kundenportal" in (await look(portal, "/")).headings


@pytest.mark.usefixtures("quick_hashes")
async def test_every_cause_gets_the_same_sentence(portal: Portal, cast: Cast) -> None:
    await Person.filter(id=cast.colleague.id).update(active=False)
    await Person.filter(id=cast.reader.id).update(password_hash=None)
    tried = [("user-nord", "wrong-one"), ("nobody", PASSWORD), ("user2-nord", PASSWORD), ("reader-nord", PASSWORD),
             ("", ""), ("user-nord", ""), ("nobody", ""), ("reader-nord", ""), ("' OR 1=1 --", "x-y-z"),
             ("reader-nord", "nobody has this password"), ("x" * 5000, "y" * 5000)]  # fmt: skip
    for name, password in tried:
        answer = await try_to_sign_in(portal, name, password)
        assert answer.status_code == 422, name
        assert WRONG in text(answer)
        assert "set-cookie" not in answer.headers
        assert password == "" or password not in answer.text
    assert await Session.all().count() == 0


@pytest.mark.usefixtures("quick_hashes")
@pytest.mark.parametrize("name", ["a\x00b", "\x00", "\ud7ff\ue000", "💣", "a\r\nb", "\u202e"])
async def test_no_character_in_a_name_makes_an_error(portal: Portal, cast: Cast, name: str) -> None:
    for password in ("wrong", "\x00", "a\x00b"):
        assert (await try_to_sign_in(portal, name, password)).status_code == 422


async def test_a_wrong_password_leaves_the_name_to_be_corrected_and_the_password_empty(
    portal: Portal, cast: Cast
) -> None:
    page = Page(await try_to_sign_in(portal, "user-nord", "wrong", "/tickets/new"))
    assert page.fields["Benutzername oder E-Mail-Adresse"].get("value") == "user-nord"
    assert not page.fields["Passwort"].get("value")
    assert page.form("Anmelden").value("next") == "/tickets/new"


async def test_too_many_tries_leave_the_name_and_say_how_long_to_wait(portal: Portal, cast: Cast) -> None:
    answers = [await try_to_sign_in(portal, "user-nord", "wrong", "/tickets/new") for _ in range(11)]
    page = Page(answers[-1])
    assert answers[-1].status_code == 429
    assert "Zu viele Versuche. Bitte versuchen Sie es in 15 Minuten noch einmal." in words(page.root)
    assert page.fields["Benutzername oder E-Mail-Adresse"].get("value") == "user-nord"
    assert page.form("Anmelden").value("next") == "/tickets/new"


async def test_who_is_signed_in_already_goes_on(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("user")
    answer = await portal.get("/login?next=/tickets/new")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/tickets/new")


async def test_signing_out_is_a_post_and_ends_the_session_at_once(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("user")
    copied = dict(portal.cookies)
    form = (await look(portal, "/")).form("Abmelden")
    assert form.method == "post"
    answer = await form.send(portal)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login?notice=signed_out")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert "Sie sind abgemeldet." in text(await portal.get(answer.headers["Location"]))
    assert (await portal.get("/tickets", headers={"Cookie": f"session={copied['session']}"})).status_code == 303
    assert await Session.all().count() == 0


async def test_signing_out_twice_or_without_a_session_is_fine(portal: Portal, cast: Cast) -> None:
    for _ in range(2):
        assert (await portal.send_form("/logout")).status_code == 303


async def test_the_cookie_is_only_this_sites_and_only_its_hash_is_kept(portal: Portal, cast: Cast) -> None:
    answer = await try_to_sign_in(portal, "user-nord")
    cookie = answer.headers["Set-Cookie"]
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert cookie.startswith("session=")
    assert {"httponly", "samesite=lax", "path=/"} <= parts
    assert "secure" not in parts
    token = portal.cookies["session"]
    assert len(token) >= 43
    assert [session.token_hash for session in await Session.all()] == [token_hash(token)]


async def test_every_sign_in_has_a_new_id_and_ends_the_one_before_it(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("user")
    first = portal.cookies["session"]
    await try_to_sign_in(portal, "edv-nord")
    assert portal.cookies["session"] != first
    assert (await portal.get("/", headers={"Cookie": f"session={first}"})).status_code == 303
    assert await Session.all().count() == 1


async def test_an_id_that_somebody_planted_is_not_taken_over(portal: Portal, cast: Cast) -> None:
    planted = "A" * 43
    portal.cookies.set("session", planted, domain="127.0.0.1")
    answer = await try_to_sign_in(portal, "user-nord")
    assert planted not in answer.headers["Set-Cookie"]


@pytest.mark.parametrize("cookie", ["", "a", "x" * 43, "x" * 5000, "%00" * 10, "' OR ''='", "ä" * 30])
async def test_a_cookie_that_is_none_is_nobody(portal: Portal, cast: Cast, cookie: str) -> None:
    await portal.sign_in("user")
    portal.cookies.clear()
    assert (await portal.get("/tickets", headers={"Cookie": f"session={cookie}".encode()})).status_code == 303


async def test_a_session_ends_after_idle_hours_and_after_a_week(portal: Portal, cast: Cast) -> None:
    for moved, status in ((timedelta(hours=11), 200), (timedelta(hours=13), 303), (timedelta(days=8), 303)):
        await portal.sign_in("user")
        with clock.at(clock.now() + moved):
            assert (await portal.get("/")).status_code == status
    await portal.sign_in("user")
    start = clock.now()
    for hours in range(0, 24 * 7, 8):
        with clock.at(start + timedelta(hours=hours)):
            assert (await portal.get("/")).status_code == 200
    with clock.at(start + timedelta(days=7, minutes=1)):
        assert (await portal.get("/")).status_code == 303


async def test_who_is_deactivated_is_out_at_once(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("user")
    await Person.filter(id=cast.user.id).update(active=False)
    assert (await portal.get("/")).status_code == 303


async def test_sign_ins_and_failures_are_in_the_audit_log(portal: Portal, cast: Cast) -> None:
    await try_to_sign_in(portal, "user-nord", "wrong")
    await portal.sign_in("user")
    await portal.send_form("/logout")
    entries = await AuditEntry.all().order_by("id")
    assert [(entry.kind, entry.actor_id) for entry in entries] == [
        ("sign_in_failed", None), ("signed_in", cast.user.id), ("signed_out", cast.user.id),
    ]  # fmt: skip
    assert [entry.subject for entry in entries] == ["user-nord", "", ""]
    assert all("127.0.0.1" in (entry.address or "127.0.0.1") for entry in entries)


# --- behind https ---


@pytest.fixture
async def secure(cast: Cast, settings: Settings) -> AsyncIterator[Portal]:
    """A browser before a portal that people reach by https; the database is the test's own."""
    app = create_app(replace(settings, base_url="https://portal.example"))
    async with Portal(app, cast) as browser:
        browser.base_url = httpx.URL("https://portal.example")
        yield browser


async def test_over_https_the_cookie_is_bound_to_this_host(secure: Portal) -> None:
    answer = await try_to_sign_in(secure, "user-nord")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"secure", "httponly", "samesite=lax", "path=/"} <= parts
    assert not any(part.startswith("domain") for part in parts)
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert "Online-Kundenportal" in words((await look(secure, "/")).root)
    signed_out = await secure.send_form("/logout")
    gone = signed_out.headers["Set-Cookie"].lower()
    assert gone.startswith("__host-session=;")
    assert "secure" in gone, "without it browsers ignore the deletion of a __Host- cookie"


async def test_over_https_the_cookie_of_plain_http_is_worth_nothing(secure: Portal, cast: Cast) -> None:
    await try_to_sign_in(secure, "user-nord")
    token = secure.cookies["__Host-session"]
    secure.cookies.clear()
    assert (await secure.get("/", headers={"Cookie": f"session={token}"})).status_code == 303
    assert (await secure.get("/", headers={"Cookie": f"__Host-session={token}"})).status_code == 200


async def test_an_open_page_before_which_nobody_sits_keeps_no_session_alive(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    long_ago = clock.now() - timedelta(minutes=30)
    await Session.all().update(seen_at=long_ago)
    for path, element in (("/tickets/fresh", "tickets-fresh"), (f"/tickets/{number}/news", "tickets-live"),
                          (f"/tickets/{number}/news?offer=1", "tickets-ask"), ("/", "portal-fresh")):  # fmt: skip
        answer = await portal.get(path, headers={"HX-Request": "true", "HX-Trigger": element})
        assert answer.status_code in (200, 204), path
        assert (await Session.get()).seen_at == long_ago, path
    await portal.get(f"/tickets/{number}")
    assert (await Session.get()).seen_at > long_ago
    portal.cookies.clear()
    asked = {"HX-Request": "true", "HX-Trigger": "tickets-ask"}
    answer = await portal.get(f"/tickets/{number}/news?offer=1", headers=asked)
    assert (answer.status_code, answer.headers.get("HX-Redirect")) == (401, None), "nor leads away who is typing"
