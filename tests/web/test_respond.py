"""The answers of the web kit: page or fragment, links in texts, redirects, pages for what cannot be done."""


import pytest
from markupsafe import Markup

from app.web.filters import paragraphs
from app.web.respond import NOTICES, download
from tests.cast import HTMX, Cast, Portal, text
from tests.web.reading import Page, look, words


@pytest.mark.no_database
@pytest.mark.parametrize(("written", "shown"), [
    ("a\nb\n\nc", "<p>a<br>\nb</p>\n<p>c</p>"),
    ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
    ("javascript:alert(1) data:text/html,x vbscript:x", "<p>javascript:alert(1) data:text/html,x vbscript:x</p>"),
    ("", ""),
])  # fmt: skip
def test_text_is_escaped_and_keeps_its_lines(written: str, shown: str) -> None:
    assert paragraphs(written) == Markup(shown)


@pytest.mark.no_database
@pytest.mark.parametrize(("written", "address", "after"), [
    ("https://a.example/b?c=d&e=f", "https://a.example/b?c=d&amp;e=f", ""),
    ("(siehe http://a.example/).", "http://a.example/", ")."),
    ("HTTPS://A.example", "HTTPS://A.example", ""),
    ("mailto:a@b.example, ja", "mailto:a@b.example", ", ja"),
    ("„https://a.example“", "https://a.example", "“"),
    ('https://a.example/"onmouseover="alert(1)', "https://a.example/", "&#34;onmouseover=&#34;alert(1)"),
    ("https://a.example/'><img src=x>", "https://a.example/", "&#39;&gt;&lt;img src=x&gt;"),
])  # fmt: skip
def test_only_web_and_mail_addresses_become_links(written: str, address: str, after: str) -> None:
    shown = str(paragraphs(written))
    assert f'<a href="{address}" rel="noopener noreferrer nofollow" target="_blank">{address}</a>' in shown
    assert shown.endswith(f"{after}</p>")


@pytest.mark.no_database
def test_text_that_is_all_addresses_is_done_quickly() -> None:
    for written in ("http://" * 2800, "a " * 10_000, "\n" * 20_000, "mailto:" + ")" * 19_000, "http://a" + "." * 19_000,
                    "\n \n" * 6_000, "a\n \t" * 5_000 + "\t" * 5_000):  # fmt: skip
        paragraphs(written)


@pytest.mark.no_database
def test_a_download_names_its_file_in_every_browser() -> None:
    header = download(b"x", 'Ü"\r\n;x.pdf', "application/pdf").headers["Content-Disposition"]
    assert header == "attachment; filename=\"_____x.pdf\"; filename*=UTF-8''%C3%9C%22%0D%0A%3Bx.pdf"


async def test_a_notice_is_one_of_ours_and_never_the_addresss_own_words(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("user")
    for name in NOTICES:
        assert "toast" in (await portal.get(f"/?notice={name}")).text
    page = await look(portal, "/?notice=Bitte+rufen+Sie+uns+an")
    assert words(page.id("forms-notice")) == ""
    assert "rufen" not in words(page.root)


async def test_an_error_is_a_page_that_says_what_to_do(portal: Portal, cast: Cast) -> None:
    anonymous = Page(await portal.get("/nothing"))
    assert anonymous.links["Zur Anmeldung"] == "/login"
    await portal.sign_in("user")
    page = await look(portal, "/tickets/4711", 404)
    assert page.links["Zum Ticketsystem"] == "/tickets"
    assert "Fehler 404" in words(page.root)
    assert "Ute Petersen" in words(page.root), "whoever is signed in stays signed in"


async def test_an_error_of_ours_shows_nothing_of_the_inside(
    portal: Portal, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("secret detail at /srv/portal")

    monkeypatch.setattr("app.domain.search.find", broken)
    await portal.sign_in("user")
    answer = await portal.get("/tickets")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert "Traceback" not in answer.text
    assert "Da ist etwas schiefgegangen" in text(answer)
    assert answer.headers["Cache-Control"] == "private, no-store"


async def test_htmx_and_a_browser_get_answers_that_no_cache_mixes_up(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    for path in ("/tickets", f"/tickets/{number}", "/tickets/new", "/"):
        for headers in ({}, HTMX):
            vary = (await portal.get(path, headers=headers)).headers["Vary"]
            assert {"HX-Request", "HX-Target", "Cookie"} <= set(vary.split(", "))


async def test_restoring_history_gets_the_whole_page(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    for path in ("/tickets", f"/tickets/{number}", f"/tickets/{number}?move=escalate"):
        for target in ("tickets-results", "tickets-more", "tickets-send", ""):
            answer = await portal.live(path, target=target, **{"HX-History-Restore-Request": "true"})
            assert Page(answer).whole, f"{path} {target}"


async def test_a_probe_is_answered_for_any_host(portal: Portal, cast: Cast) -> None:
    for path in ("/health/live", "/health/ready"):
        assert (await portal.get(path, headers={"Host": "10.0.0.7:8000"})).status_code == 200
