"""The second factor in the browser: setting it up, signing in in two steps, and staff who must have one."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pyotp
import pytest
import segno

from app import clock
from app.domain import second_factor
from app.domain.models import AuditEntry, Letter, Person, Session
from app.web.second_factor import QUIET_ZONE
from tests.cast import HTMX, PASSWORD, Cast, Portal, form_key, text
from tests.web.reading import Page, follow, look, words

PAGE = "/settings/second-factor"
STEP = "/login/second-factor"
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def code(secret: str = SECRET, ago: int = 0) -> str:
    """What the app shows."""
    return pyotp.TOTP(secret).at(clock.now() - timedelta(seconds=ago))


async def has_one(cast: Cast, who: str = "user") -> list[str]:
    """Give somebody a second factor; returns their recovery codes."""
    await Person.filter(id=cast.person(who).id).update(totp_secret=SECRET, totp_step=1)
    return await second_factor.make_recovery_codes(await cast.again(who), PASSWORD)


async def give_password(
    portal: Portal, who: str = "user-nord", next: str = "", password: str = PASSWORD
) -> httpx.Response:
    """The first step."""
    return await portal.send_form("/login", user_name=who, password=password, next=next)


async def give_code(portal: Portal, typed: str, **more: Any) -> httpx.Response:
    """The second step."""
    return await portal.send_form(STEP, code=typed, **more)


# --- signing in ---


async def test_the_right_password_leads_to_a_page_that_asks_for_the_code(portal: Portal, cast: Cast) -> None:
    await has_one(cast)
    asked = await give_password(portal, next="/tickets?q=abc")
    assert (asked.status_code, asked.headers["Location"]) == (303, STEP)
    assert "Max-Age=600" in asked.headers["Set-Cookie"]
    assert "HttpOnly" in asked.headers["Set-Cookie"]
    page = await look(portal, STEP)
    assert page.headings == ["Zweiter Faktor"]
    field = page.fields["Code"]
    assert (field.get("autocomplete"), field.get("inputmode")) == ("one-time-code", "numeric")
    assert (await portal.get("/tickets")).status_code == 303, "half a sign-in is none"
    assert await Session.all().count() == 0
    waiting = portal.cookies["session"]
    done = await page.form("Anmelden").send(portal, code=f" {code()[:3]} {code()[3:]}")
    assert (done.status_code, done.headers["Location"]) == (303, "/tickets?q=abc")
    assert portal.cookies["session"] != waiting
    assert (await portal.get("/tickets")).status_code == 200


async def test_a_wrong_password_does_not_tell_of_a_second_factor(portal: Portal, cast: Cast) -> None:
    await has_one(cast)
    with_one = await give_password(portal, password="falsch-falsch")
    without = await give_password(portal, "user2-nord", password="falsch-falsch")
    assert (with_one.status_code, without.status_code) == (422, 422)
    assert words(Page(with_one).root).replace("user-nord", "") == words(Page(without).root).replace("user2-nord", "")
    assert "set-cookie" not in with_one.headers


async def test_a_wrong_code_is_one_sentence_and_one_may_try_again(portal: Portal, cast: Cast) -> None:
    codes = await has_one(cast)
    await give_password(portal)
    for wrong in ("000000", "abc", "0000 0000 0000 0000", "", "١٢٣٤٥٦", code(ago=120)):
        answer = await give_code(portal, wrong)
        page = Page(answer)
        assert answer.status_code == 422
        assert len(page.errors()) == 1
        assert "set-cookie" not in answer.headers
        assert not wrong or page.errors()["code"] == "Dieser Code ist falsch, abgelaufen oder schon benutzt."
    assert (await give_code(portal, "0" * 41)).status_code == 422
    assert (await give_code(portal, code(), end=False)).status_code == 400
    assert (await give_code(portal, codes[0])).status_code == 303, "a recovery code goes into the same field"
    assert await AuditEntry.filter(kind="second_factor_failed").count() == 5


async def test_back_reload_and_a_second_window_behave(portal: Portal, cast: Cast) -> None:
    await has_one(cast)
    await give_password(portal)
    for _ in range(2):
        assert (await portal.get(STEP)).status_code == 200, "a reload asks again"
    async with portal.another() as window:
        window.cookies = portal.cookies
        key = form_key()
        first = await give_code(portal, shown := code(), key=key)
        second = await give_code(window, shown, key=key)
    assert [one.headers["Location"] for one in (first, second)] == ["/", "/"], "a double click signs in"
    back = await portal.get(STEP)
    assert (back.status_code, back.headers["Location"]) == (303, "/")


async def test_without_a_first_step_there_is_no_second(portal: Portal, cast: Cast) -> None:
    await has_one(cast)
    planted = [{}, {"session": "x" * 43}, {"session": "x" * 5000}, {"session": "%00" * 10}]
    for cookies in planted:
        portal.cookies.clear()
        portal.cookies.update(cookies)
        for answer in (await portal.get(STEP), await give_code(portal, code())):
            assert (answer.status_code, answer.headers["Location"]) == (303, "/login?notice=too_late")
    assert "Bitte melden Sie sich noch einmal an." in text(await portal.get("/login?notice=too_late"))
    await give_password(portal)
    with clock.at(clock.now() + timedelta(minutes=11)):
        assert (await give_code(portal, code())).headers["Location"] == "/login?notice=too_late"


async def test_brute_force_of_codes_ends_with_429(portal: Portal, cast: Cast) -> None:
    await has_one(cast)
    await give_password(portal)
    answers = [await give_code(portal, f"{n:06}") for n in range(12)]
    assert [answer.status_code for answer in answers] == [422] * 10 + [429] * 2
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 900
    assert "Zu viele Versuche" in text(answers[-1])
    assert (await give_password(portal)).status_code == 303
    assert (await give_code(portal, code())).status_code == 429, "a new sign-in is no new chance"


async def test_signing_in_ends_the_session_before_it_at_the_first_step(portal: Portal, cast: Cast) -> None:
    await has_one(cast)
    await portal.sign_in("edv")
    await give_password(portal)
    assert await Session.all().count() == 0


# --- setting it up ---


async def set_up(portal: Portal, password: str = PASSWORD, typed: str = "", path: str = PAGE) -> httpx.Response:
    """Fill in the page with the secret that it shows."""
    page = await look(portal, path)
    form = page.form("Zweiten Faktor einschalten")
    return await form.send(portal, password=password, code=typed or code(form.value("totp_secret")))


async def test_the_picture_says_what_the_text_says(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("user")
    settings = await look(portal, "/settings")
    page = await look(portal, settings.links["Zweiten Faktor einrichten"])
    secret = page.form("Zweiten Faktor einschalten").value("totp_secret")
    assert words(page.all(".//code")[0]).replace(" ", "") == secret
    assert set(map(len, words(page.all(".//code")[0]).split())) == {4}
    address = f"otpauth://totp/UNIPLUS%20Kundenportal:user-nord?secret={secret}&issuer=UNIPLUS%20Kundenportal"
    assert page.links["In der App auf diesem Gerät öffnen"] == address
    drawing = page.all(".//*[@role='img']")[0]
    matrix = segno.make_qr(address, error="l").matrix
    size = len(matrix) + 2 * QUIET_ZONE
    assert QUIET_ZONE == 4
    assert drawing.get("viewbox") == f"0 0 {size} {size}"
    dark = set()
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", drawing.xpath(".//path/@d")[0]):
        dark |= {(int(x) + n, int(y)) for n in range(int(length))}
    assert dark == {(x + 4, y + 4) for y, row in enumerate(matrix) for x, module in enumerate(row) if module}
    assert "style" not in drawing.attrib
    assert page.form("Zweiten Faktor einschalten").value("totp_secret") != Page(await portal.get(PAGE)).form(
        "Zweiten Faktor einschalten"
    ).value("totp_secret"), "every look shows a new one"


async def test_the_life_of_a_second_factor(portal: Portal, cast: Cast) -> None:
    async with portal.another() as elsewhere:
        await elsewhere.sign_in("user")
        await portal.sign_in("user")
        shown = await set_up(portal)
        assert shown.status_code == 200
        codes = [words(one) for one in Page(shown).all(".//li/code")]
        assert len(codes) == 10
        assert all(re.fullmatch(r"\d{4}( \d{4}){3}", one) for one in codes)
        assert (await elsewhere.get("/")).status_code == 303, "others are signed out"
    assert (await portal.get("/")).status_code == 200, "here one goes on"
    assert "Zweiten Faktor verwalten" in (await look(portal, "/settings")).links
    page = await look(portal, PAGE)
    assert codes[0] not in page.root.text_content()
    assert "10 von 10" in words(page.root)

    await portal.send_form("/logout")
    await give_password(portal)
    assert (await give_code(portal, codes[0])).status_code == 303
    page = await look(portal, PAGE)
    assert "9 von 10" in words(page.root)

    renewed = await page.form("Neue Wiederherstellungscodes").send(portal, codes_password=PASSWORD)
    new = [words(one) for one in Page(renewed).all(".//li/code")]
    assert not set(new) & set(codes)

    form = (await look(portal, PAGE)).form("Zweiten Faktor ausschalten")
    off = await form.send(portal, password=PASSWORD, code=new[3])
    assert off.headers["Location"] == "/settings?notice=second_factor_off#second-factor"
    assert (await cast.again("user")).totp_secret is None
    assert [letter.letter for letter in await Letter.all()] == ["second_factor_changed"] * 2
    kinds = [entry.kind for entry in await AuditEntry.filter(actor_id=cast.user.id).order_by("id")]
    assert [kind for kind in kinds if not kind.startswith("signed_")] == [
        "second_factor_on", "recovery_code_used", "recovery_codes_made", "recovery_code_used", "second_factor_off",
    ]  # fmt: skip


@pytest.mark.parametrize(("password", "typed", "places"), [
    ("", "", {"password", "code"}), ("falsch", "", {"code"}), ("falsch", "000000", {"password"}),
    (PASSWORD, "000000", {"code"}), (PASSWORD, "abc", {"code"}),
])  # fmt: skip
async def test_what_is_wrong_is_said_at_its_field_and_the_secret_stays(
    portal: Portal, cast: Cast, password: str, typed: str, places: set[str]
) -> None:
    await portal.sign_in("user")
    before = (await look(portal, PAGE)).form("Zweiten Faktor einschalten")
    answer = await before.send(portal, password=password, code=typed)
    page = Page(answer)
    assert answer.status_code == 422
    assert set(page.errors()) == places
    assert page.form("Zweiten Faktor einschalten").value("totp_secret") == before.value("totp_secret")
    assert not page.fields["Passwort"].get("value")
    assert (await cast.again("user")).totp_secret is None


@pytest.mark.parametrize("secret", ["", "A", "a" * 32, "1" * 32, "A" * 33, "\x00" * 32, "<script>", "Ä" * 32])
async def test_a_secret_of_ones_own_making_is_none(portal: Portal, cast: Cast, secret: str) -> None:
    await portal.sign_in("user")
    answer = await portal.send_form(PAGE, totp_secret=secret, password=PASSWORD, code="123456")
    assert answer.status_code == 422
    assert (await cast.again("user")).totp_secret is None


async def test_what_is_on_already_is_not_replaced(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("user")
    form = (await look(portal, PAGE)).form("Zweiten Faktor einschalten")
    await has_one(cast)
    answer = await form.send(portal, password=PASSWORD, code=code(form.value("totp_secret")))
    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
    assert (await cast.again("user")).totp_secret == SECRET


async def test_switching_it_off_asks_for_password_and_code(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("user")
    await has_one(cast)
    for password, typed, places in (
        ("", "", {"password", "code"}), ("falsch", code(), {"password"}), (PASSWORD, "000000", {"code"}),
    ):  # fmt: skip
        answer = await portal.send_form(f"{PAGE}/off", password=password, code=typed)
        assert answer.status_code == 422
        assert set(Page(answer).errors()) == places
    answer = await portal.send_form(f"{PAGE}/codes", codes_password="falsch")
    assert set(Page(answer).errors()) == {"codes_password"}
    assert (await cast.again("user")).totp_secret == SECRET


async def test_what_is_not_on_cannot_be_switched_off(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("user")
    for path in (f"{PAGE}/off", f"{PAGE}/codes"):
        answer = await portal.send_form(path, password=PASSWORD, codes_password=PASSWORD, code="123456")
        assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
    assert await Letter.all().count() == 0


# --- staff who must have one ---


@pytest.fixture
def required(portal: Portal) -> None:
    """As with PORTAL_STAFF_TOTP=required."""
    portal.app.extensions["settings"] = replace(portal.app.extensions["settings"], staff_totp="required")


@pytest.mark.usefixtures("required")
async def test_staff_without_one_are_led_to_the_page_that_sets_it_up(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", handed_over=True)
    for who in ("staff", "admin"):
        await portal.sign_in(who)
        for path in ("/", "/tickets", f"/tickets/{number}", f"/tickets/{number}.pdf", "/settings", "/staff/people"):
            answer = await portal.get(path)
            assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (303, PAGE), path
            live = await portal.get(path, headers=HTMX)
            assert (live.status_code, live.headers["HX-Redirect"], live.text) == (403, PAGE, "")
        for path in (f"/tickets/{number}/messages", "/settings/password", "/settings/sessions", f"{PAGE}/off"):
            answer = await portal.send_form(path, body="Hallo", version=1)
            assert (answer.status_code, answer.headers["Location"]) == (303, PAGE), path
        page = await look(portal, PAGE)
        assert "vorgeschrieben" in words(page.root)
        assert not page.all(".//header//nav"), "nothing else is offered"
        assert not page.all(".//body/@data-events"), "nothing else is asked for"
        assert (await page.form("Abmelden").send(portal)).headers["Location"] == "/login?notice=signed_out"


@pytest.mark.usefixtures("required")
async def test_once_it_is_set_up_one_goes_on_to_where_one_was_going(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("staff")
    led = await portal.get("/staff/people?q=abc")
    assert led.headers["Location"] == f"{PAGE}?next=/staff/people%3Fq%3Dabc"
    shown = Page(await set_up(portal, path=led.headers["Location"]))
    assert shown.links["Ich habe die Codes gesichert"] == "/staff/people?q=abc"
    assert (await portal.get("/staff/people?q=abc")).status_code == 200
    page = await look(portal, PAGE)
    assert "Zweiten Faktor ausschalten" not in page.buttons
    answer = await portal.send_form(f"{PAGE}/off", password=PASSWORD, code="123456")
    assert answer.status_code == 403
    assert (await cast.again("staff")).totp_secret is not None


@pytest.mark.usefixtures("required")
async def test_customers_need_none(portal: Portal, cast: Cast) -> None:
    for who in ("user", "edv", "stranger"):
        await portal.sign_in(who)
        assert (await portal.get("/tickets")).status_code == 200


@pytest.mark.usefixtures("required")
@pytest.mark.parametrize("next", ["//evil.example", "https://evil.example", "javascript:alert(1)", "/nothing", "\\\\x"])
async def test_the_way_on_leads_nowhere_else(portal: Portal, cast: Cast, next: str) -> None:
    await portal.sign_in("staff")
    shown = Page(await set_up(portal, path=str(httpx.URL(PAGE, params={"next": next}))))
    assert shown.links["Ich habe die Codes gesichert"] == "/"


async def test_after_the_sign_in_the_way_on_is_an_own_page_too(portal: Portal, cast: Cast) -> None:
    await has_one(cast)
    await give_password(portal, next="//evil.example/" + "x" * 5000)
    assert (await give_code(portal, code())).headers["Location"] == "/"


async def test_without_javascript_every_step_is_a_page(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("user")
    page = await look(portal, PAGE)
    assert not page.all(".//main//*[@hx-post or @hx-get]")
    assert await follow(portal, await portal.send_form(f"{PAGE}/off", password=PASSWORD, code="1"))
