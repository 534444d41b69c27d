"""Whom the portal believes: the own origin, the own host, addresses of its own after the sign-in."""

from urllib.parse import quote

import pytest

from app.domain.models import Message, Ticket
from tests.cast import HTMX, PASSWORD, Cast, Portal, form_key
from tests.web.test_routes import BY_KEY, TABLE, address

# The same on both databases: nothing here depends on one.
pytestmark = pytest.mark.sqlite_only

OWN = "http://127.0.0.1:8000"
# (Sec-Fetch-Site, Origin) → whether the request is one of our own pages'
SOURCES: dict[tuple[str | None, str | None], bool] = {
    ("same-origin", OWN): True,
    ("same-origin", None): True,
    ("none", None): True,
    (None, OWN): True,
    (None, "http://localhost:8000"): True,
    ("cross-site", "http://evil.example"): False,
    ("cross-site", OWN): False,
    ("same-site", OWN): False,
    ("same-site", None): False,
    ("Same-Origin, cross-site", OWN): False,
    ("", OWN): False,
    (None, None): False,
    (None, ""): False,
    (None, "null"): False,
    (None, "http://evil.example"): False,
    (None, "https://127.0.0.1:8000"): False,
    (None, "http://127.0.0.1:8001"): False,
    (None, "http://127.0.0.1"): False,
    (None, "http://127.0.0.1:8000.evil.example"): False,
    (None, "http://127.0.0.1:8000@evil.example"): False,
    (None, "http://evil.example#http://127.0.0.1:8000"): False,
    (None, "http://["): False,
    (None, "http://127.0.0.1:99999"): False,
    (None, "http://127.0.0.1:x"): False,
}


TYPICAL = [("cross-site", "http://evil.example"), (None, "http://evil.example"), (None, None)]


def forged(site: str | None, origin: str | None) -> dict[str, str]:
    """The headers of a request from there."""
    found = {} if site is None else {"Sec-Fetch-Site": site}
    return found if origin is None else found | {"Origin": origin}


@pytest.mark.parametrize("who", ["anonymous", "edv"])
async def test_csrf_is_refused_on_every_unsafe_route(portal: Portal, cast: Cast, who: str) -> None:
    number = await cast.ticket("user")
    if who != "anonymous":
        await portal.sign_in(who)
    del portal.headers["Sec-Fetch-Site"]
    unsafe = [rule for rule in TABLE if not rule.startswith("GET") and TABLE[rule] != BY_KEY]
    foreign = [source for source, own in SOURCES.items() if not own]
    for rule in sorted(unsafe, key=lambda rule: rule == "POST /logout"):
        path = address(rule, number, 1, portal.app)
        # Every foreign source at one route; at all others one with each kind of header, and one without any.
        for site, origin in foreign if rule.endswith("/messages") else TYPICAL:
            for extra in ({}, HTMX):
                answer = await portal.send_form(
                    path, version=1, body="Gefälscht", headers=forged(site, origin) | extra, key=form_key()
                )
                assert answer.status_code == 403, f"{rule} {site} {origin}"
                assert "set-cookie" not in answer.headers
    assert (await Ticket.get(number=number)).version == 1
    assert await Message.filter(body="Gefälscht").count() == 0


async def test_our_own_pages_are_believed(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("edv")
    del portal.headers["Sec-Fetch-Site"]
    for source in [source for source, own in SOURCES.items() if own]:
        answer = await portal.send_form(f"/tickets/{number}/read", headers=forged(*source))
        assert answer.status_code == 303, source


async def test_a_foreign_page_can_neither_sign_in_nor_out(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("user")
    portal.headers["Sec-Fetch-Site"] = "cross-site"
    answer = await portal.send_form("/login", user_name="staff", password=PASSWORD, next="")
    assert answer.status_code == 403
    assert (await portal.send_form("/logout")).status_code == 403
    assert (await portal.get("/")).status_code == 200


async def test_nobody_else_may_read_answers(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("user")
    for method in ("GET", "OPTIONS"):
        answer = await portal.request(method, "/tickets", headers={"Origin": "http://evil.example"})
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize("host", [
    "evil.example", "evil.example:8000", "127.0.0.1", "127.0.0.1:9000", "127.0.0.1:8000.evil.example", "", " ",
    "127.0.0.1:8000, evil.example", "127.0.0.1:x", "127.0.0.1:99999", "[", "[::1", "]:8000", "[::1]]:8000",
    "127.0.0.1:8000@evil.example", "evil.example/127.0.0.1:8000", "127.0.0.1:8000/../evil", "127.0.0.1:8000?evil",
    "0.0.0.0:8000",
])  # fmt: skip
async def test_a_foreign_host_is_refused(portal: Portal, cast: Cast, host: str) -> None:
    await portal.sign_in("user")
    for path in ("/", "/login", "/nothing", "/password/forgot"):
        answer = await portal.get(path, headers={"Host": host})
        assert answer.status_code == 400, path
        assert "evil" not in answer.text
        assert "evil" not in answer.headers.get("Location", "")


async def test_the_own_host_has_its_loopback_names(portal: Portal, cast: Cast) -> None:
    for host in ("127.0.0.1:8000", "localhost:8000", "[::1]:8000"):
        assert (await portal.get("/login", headers={"Host": host})).status_code == 200


async def test_links_come_from_the_base_address_whatever_a_request_says(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("edv")
    await portal.sign_in("edv")
    forwarded = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "Forwarded": "host=evil.example",
                 "X-Original-URL": "/login", "X-Rewrite-URL": "/login"}  # fmt: skip
    answer = await portal.get(f"/tickets/{number}", headers=forwarded)
    assert answer.status_code == 200
    assert "evil.example" not in answer.text
    assert quote(f"{OWN}/tickets/{number}", safe="") in answer.text


NEXT = {
    "/tickets": "/tickets",
    "/tickets/1001?move=escalate": "/tickets/1001?move=escalate",
    "/tickets?q=a%20b&status=closed": "/tickets?q=a%20b&status=closed",
    "": "/",
    "/": "/",
    "//evil.example": "/",
    "///evil.example": "/",
    "////evil.example": "/",
    "/\\evil.example": "/",
    "\\\\evil.example": "/",
    "/\t/evil.example": "/",
    "\t//evil.example": "/",
    "/\n/evil.example": "/",
    "https://evil.example": "/",
    "https:evil.example": "/",
    "https:/evil.example": "/",
    "http://127.0.0.1:8000/tickets": "/",
    "javascript:alert(1)": "/",
    "data:text/html,x": "/",
    "tickets": "/",
    "@evil.example": "/",
    "/%2f/evil.example": "/",
    "/%5cevil.example": "/",
    "/tickets@evil.example": "/",
    "/.evil.example": "/",
    "//[": "/",
    "http://[": "/",
    "/nothing": "/",
    "/login": "/",
    "/login?next=/login": "/",
    "/logout": "/",
    "/tickets/1001/messages": "/",
    "/static/x/js/portal.js": "/",
    "/tickets#//evil.example": "/tickets",
}


@pytest.mark.parametrize("given", NEXT)
async def test_after_the_sign_in_one_lands_on_an_own_page(portal: Portal, cast: Cast, given: str) -> None:
    answer = await portal.send_form("/login", user_name="user-nord", password=PASSWORD, next=given)
    assert (answer.status_code, answer.headers.get("Location")) == (303, NEXT[given])
    again = await portal.get("/login", params={"next": given})
    assert (again.status_code, again.headers.get("Location")) == (303, NEXT[given])


async def test_no_character_of_an_address_breaks_the_redirect(portal: Portal, cast: Cast) -> None:
    for given in ("/tickets?q=\x00", "/tickets?q=a\r\nSet-Cookie: x=1", "/tickets?q=äöü", "/tickets?q=\u2028", "/\x00"):
        answer = await portal.send_form("/login", user_name="user-nord", password=PASSWORD, next=given)
        assert answer.status_code == 303
        raw = dict(answer.headers.raw)[b"location"]
        assert raw.isascii(), given
        assert all(32 < byte < 127 for byte in raw), f"a server refuses to send {raw!r}"


@pytest.mark.parametrize("url", [
    "http://[", "//[::1", "https://evil.example/tickets", "javascript:alert(1)", "\\\\evil",
    "http://127.0.0.1:8000//evil.example", "x" * 3000,
])  # fmt: skip
async def test_the_address_that_htmx_names_leads_nowhere_else(portal: Portal, cast: Cast, url: str) -> None:
    answer = await portal.live("/tickets", **{"HX-Current-URL": url})
    assert answer.status_code == 401
    target = answer.headers["HX-Redirect"]
    assert target.startswith("/login")
    signed_in = await portal.send_form(target, user_name="user-nord", password=PASSWORD,
                                       next=target.partition("next=")[2])  # fmt: skip
    assert signed_in.headers["Location"].startswith("/")
    assert not signed_in.headers["Location"].startswith(("//", "/\\"))
