"""Headers on every answer, and what caches and browsers may keep."""

import pytest

from tests.cast import Cast, Portal
from tests.web.test_routes import ENDLESS, TABLE, address

# The same on both databases: nothing here depends on one.
pytestmark = pytest.mark.sqlite_only

POLICY = {
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'",
    "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
}  # fmt: skip
FILES = (".pdf", ".xlsx", "/attachments/<int:id>")


@pytest.mark.parametrize("who", ["anonymous", "edv"])
async def test_every_route_sends_the_headers_that_hold_a_browser_back(portal: Portal, cast: Cast, who: str) -> None:
    number = await cast.ticket("user", files=[await cast.file()])
    if who != "anonymous":
        await portal.sign_in(who)
    rules = {*TABLE, "GET /nothing", "PUT /tickets"} - ENDLESS
    for rule in sorted(rules, key=lambda rule: rule == "POST /logout"):
        path = address(rule, number, 1, portal.app)
        answer = await portal.request(rule.split(" ")[0], path)
        headers = answer.headers
        policy = {part.strip() for part in headers["Content-Security-Policy"].split(";")}
        if rule.endswith(FILES) and answer.status_code == 200:
            assert policy == {"sandbox", "default-src 'none'"}, rule
        else:
            assert policy == POLICY, rule
        assert headers["X-Content-Type-Options"] == "nosniff", rule
        assert headers["Referrer-Policy"] in ("no-referrer", "same-origin"), rule
        assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "Server" not in headers
        assert "X-Powered-By" not in headers
        if not rule.startswith("GET /static") or answer.status_code != 200:
            assert headers["Cache-Control"] == "private, no-store", rule
            assert "Cookie" in headers["Vary"], rule


async def test_sign_out_clears_what_the_browser_kept(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("user")
    answer = await portal.send_form("/logout")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert "max-age=0" in answer.headers["Set-Cookie"].lower()


async def test_plain_http_does_not_speak_of_https(portal: Portal, cast: Cast) -> None:
    assert "Strict-Transport-Security" not in (await portal.get("/login")).headers


async def test_refusals_of_the_gate_carry_the_headers_too(portal: Portal, cast: Cast) -> None:
    refused = [
        await portal.get("/login", headers={"Host": "evil.example"}),
        await portal.post("/login", headers={"Sec-Fetch-Site": "cross-site"}),
        await portal.post("/login", content=b"a=&" * 100_000,
                          headers={"Content-Type": "application/x-www-form-urlencoded"}),
    ]  # fmt: skip
    assert [answer.status_code for answer in refused] == [400, 403, 413]
    for answer in refused:
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "private, no-store"


async def test_only_the_session_cookie_is_set(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    for path in ("/login", "/", "/nothing", "/health/live"):
        assert "set-cookie" not in (await portal.get(path)).headers
    await portal.sign_in("user")
    assert list(portal.cookies) == ["session"]
    for path in ("/", "/tickets", f"/tickets/{number}", "/tickets/new"):
        assert "set-cookie" not in (await portal.get(path)).headers
