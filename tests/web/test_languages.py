"""„English“ and „Deutsch“ in the foot of every page: the same page in the other language, signed in or not."""

from tests.cast import PASSWORD, Cast, Portal
from tests.web.reading import Page, look


async def switch(portal: Portal, language: str, back: str) -> str:
    """Press the switch; returns where one lands."""
    answer = await portal.send_form("/language", language=language, back=back)
    assert answer.status_code == 303
    return answer.headers["Location"]


async def test_who_is_signed_in_sets_their_own_language_and_stays_on_the_page(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("user")
    for back in ("/tickets?q=seminar&status=closed&status=", "/settings"):
        page = await look(portal, back)
        assert page.all("//footer//input[@name='back']")[0].get("value") == back
        assert "English" in page.buttons
        assert await switch(portal, "en", back) == back
        assert (await cast.again("user")).language == "en"
        page = await look(portal, back)
        assert (page.root.get("lang"), "Deutsch" in page.buttons) == ("en", True)
        assert await switch(portal, "de", f"{back}{'&' if '?' in back else '?'}notice=saved") == back
        assert (await cast.again("user")).language == "de"


async def test_who_is_not_signed_in_has_it_in_the_address_and_in_no_cookie(portal: Portal, cast: Cast) -> None:
    portal.headers["Accept-Language"] = "de"
    assert await switch(portal, "en", "/login?next=/tickets") == "/login?next=/tickets&lang=en"
    page = await look(portal, "/login?next=/tickets&lang=en")
    assert page.root.get("lang") == "en"
    assert page.links["Forgot your password?"] == "/password/forgot?lang=en"
    assert page.links["Accessibility"] == "/accessibility?lang=en"
    form = page.all("//main//form")[0].get("action")
    wrong = await portal.send_form(form, user_name="user-nord", password="wrong", next="/tickets")
    assert "User name or password is wrong." in wrong.text
    assert Page(wrong).root.get("lang") == "en"
    assert not portal.cookies
    assert await switch(portal, "de", "/login?next=/tickets&lang=en") == "/login?next=/tickets"
    assert (await portal.get("/?lang=en")).headers["Location"] == "/login?lang=en"
    assert 'lang="de"' in (await portal.get("/login?lang=fr")).text


async def test_what_was_chosen_at_the_sign_in_is_kept_by_who_had_chosen_nothing(portal: Portal, cast: Cast) -> None:
    for who, before, after in (("user", "", "en"), ("edv", "de", "de")):
        visitor = portal.another()
        await cast.person(who).filter(id=cast.person(who).id).update(language=before)
        name = cast.person(who).user_name
        answer = await visitor.send_form("/login?lang=en", user_name=name, password=PASSWORD, next="/tickets?q=a")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/tickets?q=a")
        assert (await cast.again(who)).language == after
        assert (await look(visitor, "/tickets")).root.get("lang") == after


async def test_the_way_back_is_one_of_our_pages(portal: Portal, cast: Cast) -> None:
    for back in ("//evil.example", "https://evil.example/", "/nothing", "/login\\evil", "", "javascript:1"):
        assert await switch(portal, "de", back) == "/"


async def test_after_a_refused_form_the_way_back_is_the_page_of_the_form(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("user")
    portal.headers["Referer"] = "http://127.0.0.1:8000/tickets/new?category=task"
    refused = Page(await portal.send_form("/tickets", subject=""))
    assert refused.all("//footer//input[@name='back']")[0].get("value") == "/tickets/new?category=task"
