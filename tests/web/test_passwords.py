"""Links by mail that set a password: one answer for everybody, one page for dead links, and where links must not go."""

import logging
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.domain import tokens
from app.domain.models import AuditEntry, Letter, Person, Purpose, Session, Token
from app.domain.passwords import INVITATION_AGE, RESET_AGE
from app.logs import JsonLines
from tests.cast import PASSWORD, Cast, Portal, form_key, text
from tests.web.reading import Page, follow, look, without_keys

pytestmark = pytest.mark.usefixtures("quick_hashes")

NEW = "Ein-langer-Satz-7"
ASKED = "/password/forgot?asked=1"


async def ask(portal: Portal, email: Any, **more: Any) -> httpx.Response:
    """Fill in „Passwort vergessen?“."""
    return await portal.send_form("/password/forgot", email=email, **more)


async def link_for(cast: Cast, who: str = "user", purpose: Purpose = Purpose.PASSWORD_RESET) -> str:
    """The path of a link as the postman mails it."""
    if purpose == Purpose.INVITATION:
        await Person.filter(id=cast.person(who).id).update(password_hash=None)
        return f"/invitation/{await tokens.issue(purpose, cast.person(who).id, INVITATION_AGE)}"
    return f"/password/reset/{await tokens.issue(purpose, cast.person(who).id, RESET_AGE)}"


async def send(portal: Portal, path: str, new: str = NEW, again: str = "", **more: Any) -> httpx.Response:
    """Fill in the new password."""
    return await portal.send_form(path, new_password=new, new_password_again=again or new, **more)


async def signs_in(portal: Portal, name: str, password: str) -> bool:
    async with portal.another() as browser:
        return (await browser.send_form("/login", user_name=name, password=password, next="")).status_code == 303


# --- asking ---


async def test_the_pages_have_the_words_of_the_contract(portal: Portal, cast: Cast) -> None:
    page = await look(portal, (await look(portal, "/login")).links["Passwort vergessen?"])
    assert page.headings == ["Passwort vergessen?"]
    assert list(page.fields) == ["E-Mail-Adresse"]
    assert "Link anfordern" in page.buttons
    answered = await page.form("Link anfordern").send(portal, email="user@nord.example")
    assert "Wenn es zu dieser Adresse ein Konto gibt" in (await follow(portal, answered)).root.text_content()
    page = await look(portal, await link_for(cast))
    assert list(page.fields)[-2:] == ["Neues Passwort", "Neues Passwort wiederholen"]
    assert "Passwort speichern" in page.buttons


async def test_enumeration_every_address_gets_one_and_the_same_answer(portal: Portal, cast: Cast) -> None:
    await Person.filter(id=cast.colleague.id).update(active=False)
    await Person.filter(id=cast.reader.id).update(password_hash=None)
    answers = []
    for address in ("user@nord.example", "USER2@nord.example", "reader@nord.example", "niemand@anderswo.example"):
        answer = await ask(portal, f" {address} ")
        shown = await portal.get(answer.headers["Location"])
        answers.append((answer.status_code, answer.headers["Location"], answer.text, without_keys(shown)))
        assert address.lower() not in shown.text
    assert set(answers) == {answers[0]}
    assert answers[0][:2] == (303, ASKED)
    assert [letter.address for letter in await Letter.all().order_by("id")] == [
        "user@nord.example", "user2@nord.example", "reader@nord.example", "niemand@anderswo.example",
    ]  # fmt: skip
    assert await Token.all().count() == 0, "the postman makes it"


@pytest.mark.parametrize(("typed", "more"), [
    ("", {}), ("  ", {}), ("user", {}), ("user@nord.example, evil@x.example", {}), ("user@nord.example\r\nx@y.z", {}),
    (["user@nord.example", "evil@x.example"], {}), ("user@nord.example", {"email[]": "evil@x.example"}),
    ("user@nord.example", {"email[0]": "evil@x.example"}), ("x" * 300 + "@nord.example", {}), ("<b>@x", {}),
    ("user@nord.example%00", {}), (["user@nord.example", "user@nord.example"], {}),
])  # fmt: skip
async def test_two_addresses_or_none_are_refused_and_kept(
    portal: Portal, cast: Cast, typed: Any, more: dict[str, str]
) -> None:
    answer = await ask(portal, typed, **more)
    page = Page(answer)
    assert answer.status_code == 422
    assert page.errors()["email"].startswith("Bitte ")
    kept = typed[0] if isinstance(typed, list) else typed
    assert page.fields["E-Mail-Adresse"].get("value") == " ".join(kept.split())
    assert await Letter.all().count() == 0


async def test_a_cut_form_mails_nothing(portal: Portal, cast: Cast) -> None:
    answer = await ask(portal, "user@nord.example", end=False)
    assert answer.status_code == 400
    assert "unterbrochen" in text(answer)
    several = {"email": ["user@nord.example", "evil@x.example"]}
    assert (await portal.post("/password/forgot", json=several)).status_code == 400
    assert await Letter.all().count() == 0


async def test_brute_force_of_the_form_ends_with_a_page_that_keeps_the_address(portal: Portal, cast: Cast) -> None:
    answers = [await ask(portal, "niemand@nord.example") for _ in range(7)]
    assert [answer.status_code for answer in answers] == [303] * 5 + [429] * 2
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 900
    assert "Zu viele Versuche" in text(answers[-1])
    assert Page(answers[-1]).fields["E-Mail-Adresse"].get("value") == "niemand@nord.example"


async def test_reset_links_by_host_header_do_not_exist(portal: Portal, cast: Cast) -> None:
    for header in ("Host", "X-Forwarded-Host", "Forwarded"):
        answer = await ask(portal, "user@nord.example", headers={header: "evil.example"})
        assert answer.status_code == (400 if header == "Host" else 303)
    for letter in await Letter.all():
        assert (letter.context, letter.address) == ({}, "user@nord.example"), "the row names no host and no link"


# --- setting ---


async def test_the_life_of_a_reset(portal: Portal, cast: Cast) -> None:
    async with portal.another() as elsewhere:
        await elsewhere.sign_in("user")
        path = await link_for(cast)
        for method in ("GET", "HEAD", "GET"):
            assert (await portal.request(method, path)).status_code == 200, "looking consumes nothing"
        page = await look(portal, path)
        assert page.all(".//input[@autocomplete='username']")[0].get("value") == "user-nord"
        answer = await page.form("Passwort speichern").send(portal, new_password=NEW, new_password_again=NEW)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/login?notice=password_set")
        assert "set-cookie" not in answer.headers, "never a sign-in"
        assert "Ihr Passwort ist gespeichert." in text(await portal.get(answer.headers["Location"]))
        assert (await elsewhere.get("/")).status_code == 303, "all sessions have ended"
    assert await signs_in(portal, "user-nord", NEW)
    assert not await signs_in(portal, "user-nord", PASSWORD)
    assert [letter.letter for letter in await Letter.all()] == ["password_changed"]


async def test_the_life_of_an_invitation(portal: Portal, cast: Cast) -> None:
    path = await link_for(cast, "edv", Purpose.INVITATION)
    page = await look(portal, path)
    shown = " ".join(page.root.text_content().split())
    for word in ("Willkommen", "Erik Holm", "Verband Nord", "edv-nord"):
        assert word in shown
    answer = await page.form("Passwort speichern").send(portal, new_password=NEW, new_password_again=NEW)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login?notice=password_set")
    assert await signs_in(portal, "edv-nord", NEW)
    assert (await portal.get(path)).status_code == 404


@pytest.mark.parametrize("purpose", [Purpose.PASSWORD_RESET, Purpose.INVITATION])
async def test_an_unfit_password_is_refused_at_its_field_and_never_shown(
    portal: Portal, cast: Cast, purpose: Purpose
) -> None:
    path = await link_for(cast, purpose=purpose)
    for new, again, field, said in (
        ("", "", "new_password", "neues Passwort an"), ("kurz", "kurz", "new_password", "mindestens 12"),
        ("user-nord-2026", "", "new_password", "zu leicht"), (NEW, NEW + "x", "new_password_again", "verschieden"),
    ):  # fmt: skip
        answer = await send(portal, path, new, again)
        assert answer.status_code == 422
        assert said in Page(answer).errors()[field]
        assert not new or new not in answer.text
    assert (await send(portal, path, end=False)).status_code == 400
    assert (await send(portal, path)).status_code == 303


async def test_every_dead_link_is_one_and_the_same_page(portal: Portal, cast: Cast) -> None:
    used, voided = await link_for(cast), await link_for(cast)
    alive = await link_for(cast, "edv")
    await send(portal, used)
    expired = await link_for(cast, "edv")
    await Token.filter(token_hash=tokens.token_hash(expired.rpartition("/")[2])).update(
        expires_at=(await Token.first()).created_at - timedelta(days=9)  # type: ignore[union-attr]
    )
    invitation = await link_for(cast, "colleague", Purpose.INVITATION)
    other = invitation.replace("/invitation/", "/password/reset/")
    superfluous = f"/invitation/{await tokens.issue(Purpose.INVITATION, cast.staff.id, INVITATION_AGE)}"
    waiting = f"/password/reset/{await tokens.issue(Purpose.SECOND_FACTOR, cast.edv.id, RESET_AGE)}"
    dead = [used, voided, expired, other, superfluous, waiting, alive[:-1], alive + "A", alive.swapcase().lower()]
    for place in ("/password/reset", "/invitation"):
        pieces = ("", "%00", "x" * 10_000, "%ff", "%0d%0aX:1", "..%5c", "'", "💣")
        dead += [place, *(f"{place}/{piece}" for piece in pieces)]
    pages = {without_keys(await send(portal, used, end=False))}
    for path in dead:
        for answer in (await portal.get(path), await send(portal, path, "kurz" if path == used else NEW)):
            assert answer.status_code == 404, path[:80]
            assert "set-cookie" not in answer.headers
            pages.add(without_keys(answer))
    assert len(pages) == 1
    page = Page(pages.pop())
    assert page.headings == ["Dieser Link gilt nicht mehr"]
    assert page.links["Link anfordern"] == "/password/forgot"
    assert await Session.all().count() == 0
    assert (await send(portal, alive)).status_code == 303, "the living one still lives"


async def test_token_reuse_by_a_double_click_is_answered_once(portal: Portal, cast: Cast) -> None:
    path, key = await link_for(cast), form_key()
    answers = [await send(portal, path, key=key) for _ in range(2)]
    assert [answer.headers.get("Location") for answer in answers] == ["/login?notice=password_set"] * 2
    assert (await send(portal, path)).status_code == 404
    assert await AuditEntry.filter(kind="password_reset").count() == 1


async def test_who_else_is_signed_in_here_is_signed_out(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("edv")
    answer = await send(portal, await link_for(cast))
    assert answer.headers["Location"] == "/login?notice=password_set"
    assert (await portal.get("/")).status_code == 303
    assert await Session.all().count() == 0


async def test_hashing_as_a_weapon_is_braked_on_reset_posts(
    portal: Portal, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.domain.accounts._most_waiting", 0)
    answer = await send(portal, await link_for(cast))
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "5"
    assert (await send(portal, "/password/reset/" + "x" * 43)).status_code == 404, "no hash for a dead link"


# --- where a link must not go ---


async def test_a_link_stays_out_of_caches_and_of_what_browsers_tell_others(portal: Portal, cast: Cast) -> None:
    for path in (await link_for(cast), await link_for(cast, "edv", Purpose.INVITATION), "/password/reset/dead"):
        for answer in (await portal.get(path), await send(portal, path, "kurz")):
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert answer.headers["Cache-Control"] == "private, no-store"
            page = Page(answer)
            # The element wins over the header, and keeps the Origin that the form's POST needs.
            assert page.all(".//meta[@name='referrer']/@content") == ["strict-origin"]
            addresses = page.all(".//@src") + page.all(".//@href") + page.all(".//@action")
            assert all(one.startswith(("/", "#")) and not one.startswith("//") for one in addresses)


async def test_a_browser_without_fetch_metadata_may_send_the_form(portal: Portal, cast: Cast) -> None:
    del portal.headers["Sec-Fetch-Site"]
    path = await link_for(cast)
    assert (await send(portal, path, headers={"Origin": "null"})).status_code == 403
    assert (await send(portal, path, headers={"Origin": "http://127.0.0.1:8000"})).status_code == 303


async def test_no_token_is_logged(
    portal: Portal, cast: Cast, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> None:
        raise RuntimeError(f"no database for {path}")

    caplog.set_level(logging.INFO)
    paths = [await link_for(cast), await link_for(cast, "edv", Purpose.INVITATION)]
    for path in paths:
        await portal.get(path)
        await send(portal, path, "kurz")
    monkeypatch.setattr("app.domain.passwords.find", broken)
    for path in paths:
        assert (await portal.get(path)).status_code == 500
    written = " ".join(JsonLines().format(r) for r in caplog.records if not r.name.startswith("httpx"))
    assert "no database for /password/reset/…" in written
    for path in paths:
        assert path.rpartition("/")[2] not in written
    assert "kurz" not in written
