"""Every route × every role × a ticket of the User before and after its hand-over: the committed table of who gets in.

A new route without a row fails. Forms are posted so that they change nothing: empty, cut, or on an old version.
"""

import asyncio
import itertools
from typing import Any

import pytest
from quart import Quart
from tortoise import Tortoise

from app.database import rows
from app.main import create_app
from tests.cast import BASE_URL, HTMX, PNG, Cast, Portal, form_key
from tests.web.reading import look, without_keys

ROLES = ["anonymous", "user", "colleague", "reader", "deputy", "edv", "stranger", "strange_edv", "staff", "admin"]
EVERYBODY = "200 " * 10
SIGNED_IN = "303 " + "200 " * 9
SEES = "303 200 404 200 404 200 404 404 404/200 404/200"
STAFF = "303 " + "403 " * 7 + "200 200"
NO_LINK = "404 " * 10  # a link that opens nothing, whoever is signed in
NOBODYS = "303 " + "404 " * 9  # what is there for nobody of the cast
BY_KEY = "401 " * 10  # whoever is signed in: programs bring a key, and a cookie is none

# method and rule → a status for each of ROLES, `before/after` where the hand-over makes a difference
TABLE = {
    "GET /": SIGNED_IN,
    "GET /absences": "303 404 404 404 404 200 404 200 200 200",
    "POST /absences": "303 404 404 404 404 400 404 400 400 400",
    "GET /absences/<int:id>/end": NOBODYS,
    "POST /absences/<int:id>/end": NOBODYS,
    "GET /accessibility": EVERYBODY,
    "POST /api/x3/access-requests": BY_KEY,
    "GET /api/x3/access-requests/<int:id>": BY_KEY,
    "POST /api/x3/login-codes": BY_KEY,
    "GET /.well-known/security.txt": EVERYBODY,
    "GET /events": SIGNED_IN,
    "GET /health/live": EVERYBODY,
    "GET /health/ready": EVERYBODY,
    "GET /invitation/": NO_LINK,
    "POST /invitation/": NO_LINK,
    "GET /invitation/<token>": NO_LINK,
    "POST /invitation/<token>": NO_LINK,
    "POST /language": "400 " * 10,
    "GET /login": "200 " + "303 " * 9,
    "GET /login/second-factor": "303 " * 10,
    "POST /login/second-factor": "422 " * 10,
    "POST /login": "422 " * 10,
    "POST /logout": "303 " * 10,
    "GET /metrics": "404 " * 10,
    "GET /organisation/people": "303 403 403 403 403 200 403 200 403 403",
    "POST /organisation/people": "303 403 403 403 403 400 403 400 403 403",
    "GET /organisation/people/<int:id>": "303 403 403 403 403 200 403 404 403 403",
    "POST /organisation/people/<int:id>": "303 403 403 403 403 400 403 404 403 403",
    "GET /organisation/people/new": "303 403 403 403 403 200 403 200 403 403",
    "GET /password/forgot": EVERYBODY,
    "POST /password/forgot": "422 " * 10,
    "GET /password/reset/": NO_LINK,
    "POST /password/reset/": NO_LINK,
    "GET /password/reset/<token>": NO_LINK,
    "POST /password/reset/<token>": NO_LINK,
    "GET /rating/<token>": NO_LINK,
    "POST /rating/<token>": NO_LINK,
    "GET /reopen/<token>": NO_LINK,
    "POST /reopen/<token>": NO_LINK,
    "GET /reopen/done": EVERYBODY,
    "GET /report": SIGNED_IN,
    "GET /report.xlsx": SIGNED_IN,
    "GET /report.pdf": SIGNED_IN,
    "POST /session": "303 " * 10,
    "GET /settings": SIGNED_IN,
    "POST /settings/appearance": "303 " + "400 " * 9,
    "POST /settings/columns": "303 " + "400 " * 9,
    "POST /settings/data": "303 " + "400 " * 9,
    "POST /settings/filter": "303 " + "400 " * 9,
    "POST /settings/language": "303 " + "400 " * 9,
    "POST /settings/notifications": "303 " + "400 " * 9,
    "POST /settings/password": "303 " + "400 " * 9,
    "POST /settings/profile": "303 " + "400 " * 9,
    "GET /settings/second-factor": SIGNED_IN,
    "POST /settings/second-factor": "303 " + "400 " * 9,
    "POST /settings/second-factor/codes": "303 " * 10,
    "POST /settings/second-factor/off": "303 " * 10,
    "POST /settings/shortcuts": "303 " + "400 " * 9,
    "POST /settings/sessions": "303 " + "400 " * 9,
    "POST /settings/sessions/<int:id>": "303 " + "400 " * 9,
    "GET /shortcuts": SIGNED_IN,
    "GET /staff/access-requests": STAFF,
    "POST /staff/access-requests/<int:id>/approval": STAFF.replace("200", "404"),
    "POST /staff/access-requests/<int:id>/refusal": STAFF.replace("200", "404"),
    "GET /staff/audit": "303 " + "403 " * 8 + "200",
    "GET /staff/components": STAFF,
    "GET /staff/mail": "303 " + "403 " * 8 + "200",
    "POST /staff/mail/<int:id>/retry": "303 " + "403 " * 8 + "409",
    "POST /staff/mail/retry": "303 " + "403 " * 8 + "303",
    "GET /staff/modules": STAFF,
    "POST /staff/modules": STAFF.replace("200", "400"),
    "GET /staff/modules/<int:id>": STAFF,
    "POST /staff/modules/<int:id>": STAFF.replace("200", "400"),
    "POST /staff/modules/default": STAFF.replace("200", "400"),
    "GET /staff/organisations": STAFF,
    "POST /staff/organisations": STAFF.replace("200", "400"),
    "GET /staff/organisations/<int:id>": STAFF,
    "POST /staff/organisations/<int:id>": STAFF.replace("200", "400"),
    "POST /staff/organisations/<int:id>/modules": STAFF.replace("200", "400"),
    "GET /staff/organisations/<int:id>/retention": "303 " + "403 " * 8 + "200",
    "POST /staff/organisations/<int:id>/retention": "303 " + "403 " * 8 + "400",
    "GET /staff/organisations/<int:id>/rules": STAFF,
    "POST /staff/organisations/<int:id>/rules": STAFF.replace("200", "400"),
    "GET /staff/organisations/<int:organisation>/x3-keys": "303 " + "403 " * 8 + "200",
    "POST /staff/organisations/<int:organisation>/x3-keys": "303 " + "403 " * 8 + "400",
    "GET /staff/organisations/<int:organisation>/x3-keys/<int:id>/revocation": "303 " + "403 " * 8 + "404",
    "POST /staff/organisations/<int:organisation>/x3-keys/<int:id>/revocation": "303 " + "403 " * 8 + "404",
    "GET /staff/organisations/<int:organisation>/x3-keys/<int:id>/successor": "303 " + "403 " * 8 + "404",
    "POST /staff/organisations/<int:organisation>/x3-keys/<int:id>/successor": "303 " + "403 " * 8 + "404",
    "GET /staff/organisations/new": STAFF,
    "GET /staff/people": STAFF,
    "POST /staff/people": STAFF.replace("200", "404"),
    "GET /staff/people/<int:id>": STAFF,
    "POST /staff/people/<int:id>": STAFF.replace("200", "400"),
    "GET /staff/people/<int:id>/activation": STAFF,
    "POST /staff/people/<int:id>/activation": STAFF.replace("200", "400"),
    "GET /staff/people/<int:id>/deactivation": STAFF,
    "POST /staff/people/<int:id>/deactivation": STAFF.replace("200", "400"),
    "POST /staff/people/<int:id>/invitation": STAFF.replace("200", "400"),
    "GET /staff/people/<int:id>/pseudonym": "303 " + "403 " * 8 + "200",
    "POST /staff/people/<int:id>/pseudonym": "303 " + "403 " * 8 + "400",
    "GET /staff/people/<int:id>/second-factor": "303 " + "403 " * 8 + "200",
    "POST /staff/people/<int:id>/second-factor": "303 " + "403 " * 8 + "400",
    "GET /staff/people/new": STAFF,
    "GET /staff/assignment": STAFF,
    "POST /staff/assignment": STAFF.replace("200", "400"),
    "GET /staff/assignment/<int:id>": STAFF.replace("200", "404"),
    "POST /staff/assignment/<int:id>": STAFF.replace("200", "404"),
    "GET /staff/assignment/<int:id>/removal": STAFF.replace("200", "404"),
    "POST /staff/assignment/<int:id>/removal": STAFF.replace("200", "404"),
    "GET /staff/text-blocks": STAFF,
    "POST /staff/text-blocks": STAFF.replace("200", "422"),
    "GET /staff/text-blocks/<int:id>": STAFF.replace("200", "404"),
    "POST /staff/text-blocks/<int:id>": STAFF.replace("200", "404"),
    "GET /staff/text-blocks/<int:id>/delete": STAFF.replace("200", "404"),
    "POST /staff/text-blocks/<int:id>/delete": STAFF.replace("200", "404"),
    "GET /staff/text-blocks/new": STAFF,
    "GET /staff/retention": "303 " + "403 " * 8 + "200",
    "GET /static/<path:path>": EVERYBODY,
    "GET /tickets": SIGNED_IN,
    "POST /tickets": "303 " + "422 " * 9,
    "GET /tickets/<int:number>": SEES,
    "GET /tickets/<int:number>.pdf": SEES,
    "GET /tickets/<int:number>/complete.pdf": SEES,
    "GET /tickets/<int:number>/as-reporter": "303 403 404 403 404 403 404 404 404/200 404/200",
    "GET /tickets/<int:number>/text-blocks/<int:id>": "303 403 404 403 404 403 404 404 404 404",
    "POST /tickets/<int:number>/text-block": "303 403 404 403 404 403 404 404 404 404",
    "GET /tickets/<int:number>/merge": "303 403 404 403 404 403 404 404 404/200 404/200",
    "POST /tickets/<int:number>/merge": "303 403 404 403 404 403 404 404 404/422 404/422",
    "GET /tickets/bulk": STAFF,
    "POST /tickets/bulk": STAFF.replace("200", "422"),
    "GET /tickets/pdf": SIGNED_IN,
    "GET /tickets/export.pdf": "303 " * 10,
    "GET /tickets/<int:number>/attachments/<int:id>": SEES,
    "POST /tickets/<int:number>/messages": "303 422 404 403 404 422 404 404 404/422 404/422",
    "POST /tickets/<int:number>/draft": "303 204 404 403 404 204 404 404 404/204 404/204",
    "POST /tickets/<int:number>/draft/discard": "303 303 404 303 404 303 404 404 404/303 404/303",
    "GET /tickets/<int:number>/moves/<move>": "303 200 404 403 404 200 404 404 404/200 404/200",
    "POST /tickets/<int:number>/moves/<move>": "303 409 404 403 404 409 404 404 404/409 404/409",
    "GET /tickets/fresh": SIGNED_IN.replace("200", "303"),
    "GET /tickets/<int:number>/earlier": SEES,
    "GET /tickets/<int:number>/news": SEES.replace("200", "303"),
    "POST /tickets/<int:number>/read": "303 303 404 303 404 303 404 404 404/303 404/303",
    "POST /tickets/<int:number>/responsible": "303 403 404 403 404 403 404 404 404/409 404/409",
    "GET /tickets/export.xlsx": SIGNED_IN,
    "POST /tickets/filters": "303 " + "422 " * 9,
    "GET /tickets/filters/<int:id>": "303 " + "404 " * 9,
    "POST /tickets/filters/<int:id>": "303 " + "404 " * 9,
    "GET /tickets/filters/<int:id>/delete": "303 " + "404 " * 9,
    "POST /tickets/filters/<int:id>/delete": "303 " * 10,
    "GET /tickets/filters/new": SIGNED_IN,
    "GET /tickets/<int:number>/participants": "303 200 404 403 404 200 404 404 404/200 404/200",
    "POST /tickets/<int:number>/participants": "303 400 404 403 404 400 404 404 404/400 404/400",
    "POST /tickets/<int:number>/participants/<int:id>/remove": SEES.replace("200", "400"),
    "POST /tickets/<int:number>/participants/join": "303 403 404 400 404 400 404 404 404/403 404/403",
    "GET /tickets/<int:number>/participants/leave": SEES.replace("200", "403"),
    "POST /tickets/<int:number>/participants/leave": SEES.replace("200", "400"),
    "GET /tickets/<int:number>/priority": "303 200 404 403 404 200 404 404 404/200 404/200",
    "POST /tickets/<int:number>/priority": "303 422 404 403 404 422 404 404 404/422 404/422",
    "GET /tickets/new": SIGNED_IN,
    "POST /tickets/new/draft": "303 " + "204 " * 9,
    "POST /tickets/new/draft/discard": "303 " * 10,
    "GET /tickets/similar": SIGNED_IN,
    "GET /x3/enter": "303 " + "200 " * 9,
    "POST /x3/enter": "303 " * 10,
}
PUBLIC = {
    "/.well-known/security.txt", "/health/live", "/health/ready", "/login", "/logout", "/password/forgot",
    "/static/<path:path>",
    "/password/reset/", "/password/reset/<token>", "/invitation/", "/invitation/<token>", "/login/second-factor",
    "/x3/enter", "/accessibility", "/language", "/reopen/<token>", "/reopen/done",
    "/rating/<token>",
}  # fmt: skip
# What is sent there would change something, so it is sent without its end mark.
CUT_FORMS = (
    "POST /settings", "POST /staff/people", "POST /staff/organisations", "POST /staff/modules", "POST /organisation",
    "POST /absences", "POST /staff/assignment", "POST /tickets/<int:number>/participants",
)  # fmt: skip
ANY_HOST = {"/health/live", "/health/ready", "/metrics"}
# An answer that lasts as long as the browser stays.
ENDLESS = {"GET /events"}
# What a GET may leave behind: that somebody exported or opened a file, or brought a wrong key, and when the session was
# last seen.
LEAVES_TRACES = {
    "GET /api/x3/access-requests/<int:id>",
    "GET /tickets/<int:number>.pdf", "GET /tickets/<int:number>/complete.pdf", "GET /tickets/export.pdf",
    "GET /tickets/<int:number>/as-reporter", "GET /tickets/export.xlsx", "GET /report.xlsx",
    "GET /report.pdf",
    "GET /tickets/<int:number>/attachments/<int:id>",
}  # fmt: skip


def rules(app: Quart) -> list[str]:
    """Every method and rule of the application."""
    return sorted(
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    )


def address(rule: str, number: int, attachment: int, app: Quart) -> str:
    """The rule's address for this ticket."""
    path = rule.split(" ")[1].replace("<int:number>", str(number)).replace("<int:id>", str(attachment))
    path = path.replace("<int:organisation>", "1")
    asset = app.extensions["renderer"].assets.address("js/portal.js").removeprefix("/static/")
    return path.replace("<move>", "close").replace("<path:path>", asset)


def form_for(rule: str, role: str, staff: int) -> dict[str, Any]:
    """Fields that get past the form and change nothing."""
    if rule == "POST /login":
        return {"user_name": f"nobody-{role}", "password": "wrong", "next": ""}
    if rule.endswith("/responsible"):
        return {"responsible": staff, "version": 0}
    return {"version": 0, "end": not rule.startswith(CUT_FORMS)}


async def opened(portal: Portal, path: str) -> int:
    """The status of an answer that never ends."""
    headers = {**portal.headers, "Host": "127.0.0.1:8000", "Cookie": f"session={portal.cookies.get('session', '')}"}
    async with portal.app.test_client().request(path, headers=headers) as connection:
        while connection.status_code is None:  # noqa: ASYNC110 (the client has no event for it)
            await asyncio.sleep(0)
        await connection.disconnect()
        return int(connection.status_code)


async def status(portal: Portal, rule: str, path: str, role: str) -> int:
    """How the portal answers this role."""
    if path == "/events":
        return await opened(portal, path)
    if rule.startswith("GET"):
        return (await portal.get(path)).status_code
    return (await portal.send_form(path, **form_for(rule, role, portal.cast.staff.id))).status_code


def test_every_route_has_a_row_and_every_row_a_route(database: Any) -> None:
    assert rules(create_app(database)) == sorted(TABLE)


@pytest.mark.no_database
def test_every_row_has_a_column_for_every_role() -> None:
    assert {rule for rule, row in TABLE.items() if len(row.split()) != len(ROLES)} == set()


def test_these_routes_are_public_and_no_others(database: Any) -> None:
    app = create_app(database)
    views = {rule.rule: app.view_functions[rule.endpoint] for rule in app.url_map.iter_rules()}
    assert {rule for rule, view in views.items() if getattr(view, "access", "") == "public"} == PUBLIC
    assert {rule for rule, view in views.items() if hasattr(view, "any_host")} == ANY_HOST
    by_key = {rule.split(" ")[1] for rule, row in TABLE.items() if row == BY_KEY}
    # /metrics is not there without a token in the settings: tests/web/test_health.py.
    assert {rule for rule, view in views.items() if getattr(view, "access", "") == "key"} == by_key | {"/metrics"}


# Rights are decided by the same statements on both databases: a side each is enough on the second one.
ON_BOTH = {"strange_edv", "staff"}


@pytest.mark.parametrize("role", [
    role if role in ON_BOTH else pytest.param(role, marks=pytest.mark.sqlite_first) for role in ROLES
])  # fmt: skip
async def test_who_gets_what(portal: Portal, cast: Cast, role: str) -> None:
    number = await cast.ticket("user", files=[await cast.file()])
    found, expected = {}, {}
    for stage in ("before", "after"):  # the hand-over changes nothing for what names no ticket
        if stage == "after":
            await cast.set(number, handed_over=True)
        if role != "anonymous":
            await portal.sign_in(role)
        asked = [rule for rule in TABLE if stage == "before" or "<int:number>" in rule]
        for rule in sorted(asked, key=lambda rule: rule == "POST /logout"):
            column = TABLE[rule].split()[ROLES.index(role)].split("/")
            expected[stage, rule] = int(column[-1 if stage == "after" else 0])
            found[stage, rule] = await status(portal, rule, address(rule, number, 1, portal.app), role)
    assert {k: v for k, v in found.items() if v != expected[k]} == {}


async def test_what_is_not_there_is_a_404_for_everybody(portal: Portal, cast: Cast) -> None:
    for role in ("anonymous", "user", "admin"):
        if role != "anonymous":
            await portal.sign_in(role)
        for path in ("/nothing", "/install", "/setup", "/console", "/.env", "/.git/config", "/debug", "/admin",
                     "/static/0000/js/portal.js", "/static/../app/main.py", "/static/%2e%2e/app/main.py",
                     "/docs", "/openapi.json", "/metrics", "/server-status"):  # fmt: skip
            answer = await portal.get(path)
            assert answer.status_code == 404, path
            assert "Traceback" not in answer.text


NUMBERS = ("2147483648", "99999999999999999999", "0", "-1", "1e3", "1001%00", "%00", "%0d%0aX:1", "1001.0",
           "../1001", "1001;1", "%ff", "%F0%9F%92%A9", "１００１", "%D9%A1%D9%A0%D9%A0%D9%A1")  # fmt: skip


async def test_no_number_makes_an_error(portal: Portal, cast: Cast) -> None:
    await cast.ticket("user")
    await portal.sign_in("edv")
    for rule, number in itertools.product([rule for rule in TABLE if "<int:number>" in rule], NUMBERS):
        path = rule.split(" ")[1].replace("<int:number>", number).replace("<int:id>", "1").replace("<move>", "close")
        answer = await (portal.get(path) if rule.startswith("GET") else portal.send_form(path, version=1))
        assert answer.status_code in (400, 404, 405), path


async def test_no_part_of_an_address_makes_an_error(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("edv")
    for piece in ("%00", "%ff%fe", "2147483648", "'", '"', "%F0%9F%92%A9", "x" * 3000, "..", "%2e%2e%2f", "[]",
                  "{{7*7}}"):  # fmt: skip
        for path in (f"/tickets/{number}/attachments/{piece}", f"/tickets/{number}/moves/{piece}", f"/static/{piece}",
                     f"/{piece}"):  # fmt: skip
            answer = await portal.get(path)
            assert answer.status_code in (303, 308, 404, 405, 200), path
            assert answer.status_code != 200 or piece == ".."


QUERIES = {
    "q": "%00", "status": "%00", "module": "99999999999999999999", "category": "%F0%9F%92%A9", "priority": "'",
    "escalated": "x", "scope": "all", "organisation": "2147483648", "sort": "password_hash", "page": "99999999999",
    "move": "%00", "notice": "%00", "jump": "1", "subject": "%00%0d%0a", "next": "%00", "preview": "%00",
    "unknown": "%ff",
}  # fmt: skip


async def test_no_query_makes_an_error(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", files=[await cast.file()])
    await portal.sign_in("edv")
    pairs = [f"{name}={value}" for name, value in QUERIES.items()]
    asked = [(rule, "&".join(pairs)) for rule in TABLE if rule.startswith("GET") and rule not in ENDLESS]
    asked += [(rule, "=&&;=%&=%zz") for rule, _ in asked if rule not in LEAVES_TRACES]
    asked += [("GET /tickets", pair) for pair in [*pairs, "status=&status=&status=closed&status=nonsense"]]
    for rule, query in asked:
        answer = await portal.get(f"{address(rule, number, 1, portal.app)}?{query}")
        elsewhere = TABLE[rule] in (BY_KEY, NO_LINK, NOBODYS)
        assert answer.status_code in (200, 303, 400, 403) or elsewhere, f"{rule} {query}"


async def snapshot() -> dict[str, list[Any]]:
    """Every row of every table, but the moment at which a session was seen."""
    tables = [model._meta.db_table for model in Tortoise.apps["domain"].values()]
    found = {table: await rows(f"SELECT * FROM {table} ORDER BY 1") for table in [*tables, "ticket_search"]}
    for row in found["session"]:
        row.pop("seen_at")
    return found


@pytest.mark.sqlite_only
async def test_no_get_changes_anything(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", files=[await cast.file("bild.png", PNG)], handed_over=True)
    await cast.reply("edv", number, "Ungelesen")
    await cast.note("staff", number, "Intern")
    for who in ("user", "edv", "staff"):
        await portal.sign_in(who)
        before = await snapshot()
        for rule in TABLE:
            if rule.startswith("GET") and rule not in LEAVES_TRACES | ENDLESS:
                path = address(rule, number, 1, portal.app)
                await portal.get(path)
                await portal.get(path, headers=HTMX)
        for path in (f"/tickets/{number}?move=escalate", "/tickets?q=abc&page=2", f"/tickets/{number}/moves/delete",
                     f"/tickets?q={number}&jump=1", "/logout", f"/tickets/{number}/read"):  # fmt: skip
            await portal.get(path)
        assert await snapshot() == before, who


async def test_an_export_leaves_its_traces_and_nothing_else(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", files=[await cast.file()])
    await portal.sign_in("user")
    before = await snapshot()
    await portal.get(f"/tickets/{number}/attachments/1")
    await portal.get(f"/tickets/{number}.pdf")
    await portal.get("/tickets/export.xlsx?status=closed")
    await portal.get("/report.xlsx?weeks=4")
    after = await snapshot()
    assert {table for table in before if before[table] != after[table]} == {"ticket_event", "audit_entry"}
    assert [(row["kind"], row["subject"]) for row in after["audit_entry"][-4:]] == [
        ("attachment_opened", f"#{number} (1)"), ("exported", f"#{number}.pdf"),
        ("exported", "Tickets.xlsx ?status=closed"), ("exported", "Report.xlsx?weeks=4"),
    ]  # fmt: skip


@pytest.mark.sqlite_only
async def test_a_method_that_a_route_has_not_is_refused(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    methods = {rule.split(" ")[1]: {r.split(" ")[0] for r in TABLE if r.split(" ")[1] == rule.split(" ")[1]}
               for rule in TABLE}  # fmt: skip
    for rule, known in methods.items():
        for method in {"GET", "POST", "DELETE"} - known:
            answer = await portal.request(method, address(f"{method} {rule}", number, 1, portal.app))
            assert answer.status_code in (404, 405), f"{method} {rule}"


async def test_who_is_not_signed_in_is_led_back_after_the_sign_in(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    answer = await portal.get(f"/tickets/{number}?move=escalate")
    assert answer.headers["Location"] == f"/login?next=/tickets/{number}%3Fmove%3Descalate"
    login = await look(portal, answer.headers["Location"])
    signed_in = await login.form("Anmelden").send(portal, user_name="user-nord", password="Kundenportal-Test-1")
    assert signed_in.headers["Location"] == f"/tickets/{number}?move=escalate"
    assert (await portal.get(signed_in.headers["Location"])).status_code == 200


async def test_htmx_without_a_session_is_led_to_a_whole_sign_in_page(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    here = {"HX-Current-URL": f"{BASE_URL}/tickets/{number}?move=escalate"}
    posted = await portal.send_form(f"/tickets/{number}/messages", htmx=here, body="Text", key=form_key())
    got = await portal.live("/tickets?q=a", target="tickets-results", **here)
    for answer in (posted, got):
        assert answer.status_code == 401
        assert answer.headers["HX-Redirect"] == f"/login?next=/tickets/{number}%3Fmove%3Descalate"
        assert answer.text == ""


async def test_the_body_of_a_404_does_not_say_whether_there_is_something(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", files=[await cast.file()])
    await portal.sign_in("stranger")
    for rule in (rule for rule in TABLE if "<int:number>" in rule):
        answers = []
        for asked in (number, number + 5000):
            path = address(rule, asked, 1, portal.app)
            answers.append(
                await (portal.get(path) if rule.startswith("GET") else portal.send_form(path, body="x", version=1))
            )
        assert [answer.status_code for answer in answers] == [404, 404], rule
        assert without_keys(answers[0]) == without_keys(answers[1]), rule
        passing = ("content-length", "x-request-id")
        headers = [[pair for pair in answer.headers.items() if pair[0] not in passing] for answer in answers]
        assert headers[0] == headers[1], rule
