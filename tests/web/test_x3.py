"""X3 from outside: the calls of its servers, and the way of its users into the form."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app import clock
from app.domain import x3
from app.domain.models import AccessRequest, AuditEntry, Person, Session, Ticket, TicketEvent, Token
from tests.cast import BASE_URL, PASSWORD, Cast, Portal, text
from tests.web.reading import Page, follow, look, without_keys

CODES, REQUESTS = "/api/x3/login-codes", "/api/x3/access-requests"
NEW = {"user_name": "frieda.neu", "first_name": "Frieda", "last_name": "Neu", "email": "frieda.neu@nord.example",
       "modules": ["Mitglieder", "seminare"]}  # fmt: skip
PLACE = {"module": "Seminare", "mask": "SE0200 Buchungen", "record": "Seminar 4711", "version": "2026.3",
         "error": "Fehler 42 <b>&amp;"}  # fmt: skip


class Server(httpx.AsyncClient):
    """X3's server: no cookies, no headers of a browser, only its key."""

    def __init__(self, portal: Portal, key: str) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        super().__init__(transport=httpx.ASGITransport(app=portal.app), base_url=BASE_URL, headers=headers)

    async def link(self, user: str = "user-nord", **context: Any) -> str:
        """The path of a fresh link for somebody."""
        answer = await self.post(CODES, json={"user": user, "target": "new-ticket", "context": context})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["url"]).removeprefix(BASE_URL)


@pytest.fixture
async def nord(portal: Portal, cast: Cast) -> Server:
    """X3 of Verband Nord."""
    return Server(portal, (await x3.issue_key(cast.admin, cast.nord.id, "Server"))[1])


@pytest.fixture
async def sued(portal: Portal, cast: Cast) -> Server:
    """X3 of Kammer Süd."""
    return Server(portal, (await x3.issue_key(cast.admin, cast.sued.id, "Server"))[1])


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal, which has a sentence too."""
    found = answer.json()
    assert answer.headers["Content-Type"] == "application/json"
    assert found["message"].endswith((".", "“"))
    assert (set(found) == {"error", "message", "fields"}) if answer.status_code == 422 else "fields" not in found
    return answer.status_code, found["error"]


async def enter(portal: Portal, link: str, button: str = "Weiter") -> httpx.Response:
    """Open the link and press the button, as the page's script does."""
    return await (await look(portal, link)).form(button).send(portal)


# --- the calls ---


async def test_a_code_is_a_link_of_the_base_address_for_a_minute(nord: Server) -> None:
    answer = await nord.post(CODES, json={"user": "user-nord", "target": "new-ticket", "context": PLACE})
    assert answer.status_code == 201
    assert set(answer.json()) == {"url", "expires_in"}
    assert answer.json()["expires_in"] == 60
    base, _, code = answer.json()["url"].partition("/x3/enter?code=")
    assert (base, len(code)) == (BASE_URL, 43)
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "set-cookie" not in answer.headers


async def test_target_and_context_may_be_left_out(nord: Server) -> None:
    for sent in ({"user": "user-nord"}, {"user": "user-nord", "context": None}, {"user": "user-nord", "later": 1}):
        assert (await nord.post(CODES, json=sent)).status_code == 201


async def test_deep_link_every_cause_of_no_code_is_the_same_404(nord: Server, cast: Cast) -> None:
    await Person.filter(id=cast.colleague.id).update(active=False)
    users = ("nobody", "user2-nord", "user-sued", "edv@sued.example", "staff", "admin@uniplus.example", "x" * 9000)
    answers = [await nord.post(CODES, json={"user": user}) for user in users]
    assert {problem(answer) for answer in answers} == {(404, "user_not_found")}
    assert len({answer.text for answer in answers}) == 1
    alike = [{k: v for k, v in answer.headers.items() if k != "x-request-id"} for answer in answers]
    assert all(headers == alike[0] for headers in alike)


async def test_a_call_without_a_good_key_is_a_401(portal: Portal, nord: Server, cast: Cast) -> None:
    right = nord.headers.pop("Authorization")
    secret = right.removeprefix("Bearer ")
    calls = [("POST", CODES, None), ("POST", REQUESTS, None), ("GET", f"{REQUESTS}/1", None)]
    wrong = ("", "Bearer", "Bearer ", "Bearer x3k_wrong", f"Basic {secret}", secret, f"{right}x",
             f"Bearer {'x' * 9000}", "Bearer \xe4".encode("latin-1"))  # fmt: skip
    for method, path, header in (*calls, *(("POST", CODES, header) for header in wrong)):
        headers = {} if header is None else {"Authorization": header}
        answer = await nord.request(method, path, json=NEW, headers=headers)
        assert problem(answer) == (401, "unauthorized"), header
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert await AccessRequest.all().count() == 0
    again = await nord.post(CODES, json={"user": "user-nord"}, headers={"Authorization": f"bearer  {secret} "})
    assert again.status_code == 201


async def test_too_many_calls_say_when_to_come_back(portal: Portal, nord: Server, monkeypatch: Any) -> None:
    monkeypatch.setattr(x3, "CALLS", 2)
    monkeypatch.setattr(x3, "WRONG_KEYS", 2)
    wrong = Server(portal, "x3k_wrong")
    for server in (nord, wrong):
        answers = [await server.post(CODES, json={"user": "user-nord"}) for _ in range(3)]
        assert problem(answers[2]) == (429, "too_many_requests")
        assert int(answers[2].headers["Retry-After"]) > 0
    assert (await portal.get("/login")).status_code == 200


SENT = [
    (b"", "application/json", (400, "bad_request")),
    (b"{", "application/json", (400, "bad_request")),
    (b"[]", "application/json", (400, "bad_request")),
    (b'"user-nord"', "application/json", (400, "bad_request")),
    (b"null", "application/json", (400, "bad_request")),
    (b"\xff\xfe{}", "application/json", (400, "bad_request")),
    (b"[" * 60_000, "application/json", (400, "bad_request")),
    (b'{"user": "user-nord", "user": "edv-nord"}', "application/json", (400, "bad_request")),
    (b'{"user": ' + b"9" * 50_000 + b"}", "application/json", (400, "bad_request")),
    (b'{"user": "' + b"x" * 65 * 1024 + b'"}', "application/json", (413, "too_large")),
    (b'{"user": "user-nord"}', "text/plain", (415, "unsupported_media_type")),
    (b'{"user": "user-nord"}', "", (415, "unsupported_media_type")),
    (b"user=user-nord", "application/x-www-form-urlencoded", (415, "unsupported_media_type")),
    (b"{}", "application/json", (422, "invalid")),
    (b'{"user": null}', "application/json", (422, "invalid")),
    (b'{"user": 5}', "application/json", (422, "invalid")),
    (b'{"user": ["user-nord", "edv-nord"]}', "application/json", (422, "invalid")),
    (b'{"user": "user-nord", "target": "/evil"}', "application/json", (422, "invalid")),
    (b'{"user": "user-nord", "target": null}', "application/json", (422, "invalid")),
    (b'{"user": "user-nord", "context": []}', "application/json", (422, "invalid")),
    (b'{"user": "user-nord", "context": {"mask": {}}}', "application/json", (422, "invalid")),
    (b'{"user": "a\\u0000\\ud800b"}', "application/json", (404, "user_not_found")),
    (b'\xef\xbb\xbf{"user": "user-nord"}', "application/json; charset=utf-8", (201, "")),
]  # fmt: skip


async def test_whatever_is_sent_gets_its_answer(nord: Server) -> None:
    for content, kind, expected in SENT:
        answer = await nord.post(CODES, content=content, headers={"Content-Type": kind} if kind else {})
        found = (201, "") if answer.status_code == 201 else problem(answer)
        assert found == expected, content[:80]


async def test_what_is_wrong_is_said_field_by_field(nord: Server) -> None:
    answer = await nord.post(CODES, json={"user": "user-nord", "context": {"mask": [], "error": {}}})
    assert set(answer.json()["fields"]) == {"context.mask", "context.error"}
    wanted = NEW | {"email": "frieda@gmail.com", "first_name": "", "modules": ["Kantine"]}
    answer = await nord.post(REQUESTS, json=wanted)
    assert set(answer.json()["fields"]) == {"email", "first_name", "modules"}
    assert "gmail.com" in answer.json()["message"]


CHANGES: list[dict[str, Any]] = [
    {"modules": None}, {"modules": "Mitglieder"}, {"modules": [1]}, {"modules": ["x"] * 101}, {"email": ["a@b.de"]},
    {"email": "a@nord.example,b@nord.example"}, {"first_name": "x" * 5000}, {"first_name": 1}, {"phone": {}},
    {"last_name": None}, {"user_name": "\x00"},
]  # fmt: skip


async def test_no_data_makes_an_error(nord: Server) -> None:
    for changes in CHANGES:
        assert problem(await nord.post(REQUESTS, json=NEW | changes)) == (422, "invalid"), changes
    assert await AccessRequest.all().count() == 0


async def test_an_access_request_waits_and_is_asked_after(nord: Server, cast: Cast) -> None:
    answer = await nord.post(REQUESTS, json=NEW)
    wanted = await AccessRequest.get()
    assert (answer.status_code, answer.json()) == (201, {"id": wanted.id, "status": "pending"})
    assert (wanted.organisation_id, wanted.requested_by_id) == (cast.nord.id, None)
    assert (wanted.email, wanted.phone, wanted.modules) == ("frieda.neu@nord.example", "", ["Mitglieder", "Seminare"])
    again = await nord.post(REQUESTS, json=NEW | {"phone": "0431 1"})
    assert (again.status_code, again.json()) == (200, {"id": wanted.id, "status": "pending"})
    for state in ("approved", "declined"):
        await AccessRequest.filter(id=wanted.id).update(state=state)
        assert (await nord.get(f"{REQUESTS}/{wanted.id}")).json() == {"id": wanted.id, "status": state}


async def test_a_request_of_another_organisation_does_not_exist(nord: Server, sued: Server) -> None:
    id = (await nord.post(REQUESTS, json=NEW)).json()["id"]
    theirs, nobodys = await sued.get(f"{REQUESTS}/{id}"), await sued.get(f"{REQUESTS}/{id + 999}")
    assert problem(theirs) == problem(nobodys) == (404, "not_found")
    assert theirs.text == nobodys.text


async def test_the_organisation_is_the_keys_whatever_is_sent(sued: Server, cast: Cast) -> None:
    extra = {"organisation": cast.nord.id, "organisation_id": cast.nord.id, "role": "admin", "id": 7,
             "state": "approved"}  # fmt: skip
    assert (await sued.post(REQUESTS, json=NEW | extra)).status_code == 201
    wanted = await AccessRequest.get()
    assert (wanted.organisation_id, wanted.state, wanted.id == 7) == (cast.sued.id, "pending", False)


async def test_other_addresses_and_methods_are_answered_in_json(portal: Portal, nord: Server) -> None:
    for server in (nord, Server(portal, "")):
        for path in ("/api/", "/api/x3", "/api/x3/nothing", f"{REQUESTS}/abc", f"{REQUESTS}/-1", f"{CODES}/"):
            for method in ("GET", "POST", "DELETE"):
                assert problem(await server.request(method, path))[1] == "not_found", path
        for method, path, allowed in (("GET", CODES, "POST"), ("DELETE", f"{REQUESTS}/1", "GET")):
            answer = await server.request(method, path)
            assert problem(answer) == (405, "method_not_allowed")
            assert allowed in answer.headers["Allow"].split(", ")
    assert problem(await nord.post(CODES, json={}, headers={"Host": "evil.example"})) == (400, "bad_request")


async def test_a_failure_of_ours_is_json_too(nord: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any) -> None:
        raise RuntimeError("database fell over")

    monkeypatch.setattr(x3, "mint", broken)
    answer = await nord.post(CODES, json={"user": "user-nord"})
    assert problem(answer) == (500, "internal_error")
    assert "database" not in answer.text


async def test_a_cookie_is_worth_nothing_to_programs(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("admin")
    assert (await portal.post(CODES, json={"user": "user-nord"})).status_code == 401
    assert (await portal.get(f"{REQUESTS}/1")).status_code == 401


# --- the way in ---


async def test_from_x3_into_the_form_with_what_it_told(portal: Portal, nord: Server, cast: Cast) -> None:
    link = await nord.link(**PLACE)
    page = await look(portal, link)
    assert page.headings == ["Anmeldung aus X3"]
    assert "Ute Petersen" in text(await portal.get(link))
    assert page.all(".//form[@data-submit-at-once]")
    answer = await page.form("Weiter").send(portal)
    token = await Token.get()
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/tickets/new?x3={token.id}")
    form = await follow(portal, answer)
    assert {"Modul: Seminare", "Maske: SE0200 Buchungen", "Datensatz: Seminar 4711", "Version: 2026.3",
            "Fehlermeldung: Fehler 42 <b>&amp;"} <= set(form.fields)  # fmt: skip
    sends = form.form("Ticket erstellen")
    assert sends.value("module") == str(cast.seminars.id)
    assert sends.value("category") == "incident", "an error message is what it is about"
    assert (await Session.get()).person_id == cast.user.id


async def test_prefetch_and_scanners_consume_nothing(portal: Portal, nord: Server) -> None:
    link = await nord.link()
    for headers in ({}, {"Sec-Purpose": "prefetch;prerender"}, {"Sec-Fetch-Site": "cross-site"}):
        async with portal.another() as scanner:
            answer = await scanner.get(link, headers=headers)
            await scanner.head(link, headers=headers)
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
    assert await Session.all().count() == 0
    assert (await enter(portal, link)).headers["Location"].startswith("/tickets/new?x3=")


async def test_deep_link_code_used_by_two_browsers_at_once_is_one_session(portal: Portal, nord: Server) -> None:
    link = await nord.link()
    form = (await look(portal, link)).form("Weiter")
    async with portal.another() as thief:
        answers = await asyncio.gather(form.send(portal), form.send(thief))
    assert sorted(answer.headers["Location"].partition("?")[0] for answer in answers) == ["/login", "/tickets/new"]
    assert await Session.all().count() == 1


async def test_deep_link_code_is_in_no_log_no_address_and_no_referrer(
    portal: Portal, nord: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    link = await nord.link()
    code, secret = link.partition("code=")[2], nord.headers["Authorization"][7:]
    shown = await portal.get(link)
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    assert 'name="referrer" content="origin"' in shown.text
    assert shown.headers["Cache-Control"] == "private, no-store"
    answer = await enter(portal, link)
    spent = await portal.get(link)
    async with portal.another() as stranger:
        led = await stranger.get(link)
    for one in (answer, spent, led):
        assert code not in one.headers["Location"] + one.text
    ours = " ".join(record.getMessage() for record in caplog.records if not record.name.startswith("httpx"))
    assert code not in ours
    assert secret not in ours
    entries = " ".join(f"{entry.subject}" for entry in await AuditEntry.all())
    assert code not in entries
    assert secret not in entries


async def test_deep_link_login_csrf_a_foreign_website_signs_nobody_in_unasked(portal: Portal, nord: Server) -> None:
    link = await nord.link()
    for site in ("cross-site", "same-site"):
        page = Page(await portal.get(link, headers={"Sec-Fetch-Site": site}))
        assert not page.all(".//form[@data-submit-at-once]"), "somebody could smuggle in an account of their own"
        refused = await portal.send_form("/x3/enter", code=link.partition("code=")[2], headers={"Sec-Fetch-Site": site})
        assert refused.status_code == 403
    assert await Session.all().count() == 0
    assert (await page.form("Weiter").send(portal)).headers["Location"].startswith("/tickets/new")


async def test_deep_link_asks_before_switching_accounts(portal: Portal, nord: Server, cast: Cast) -> None:
    await portal.sign_in("edv")
    link = await nord.link()
    page = await look(portal, link)
    assert not page.all(".//form[@data-submit-at-once]")
    assert "Als Ute Petersen fortfahren" in page.buttons
    assert page.links["Als Erik Holm angemeldet bleiben"] == "/tickets/new"
    unasked = await portal.send_form("/x3/enter", code=link.partition("code=")[2], instead_of=cast.admin.id)
    assert "Als Ute Petersen fortfahren" in Page(unasked).buttons, "the page has to have named the account"
    assert [session.person_id for session in await Session.all()] == [cast.edv.id]
    old = portal.cookies["session"]
    await follow(portal, await page.form("Als Ute Petersen fortfahren").send(portal))
    assert [session.person_id for session in await Session.all()] == [cast.user.id]
    assert portal.cookies["session"] != old
    assert (await portal.get("/", headers={"Cookie": f"session={old}"})).status_code == 303


async def test_somebody_signs_in_while_the_page_is_open(portal: Portal, nord: Server, cast: Cast) -> None:
    form = (await look(portal, await nord.link())).form("Weiter")
    await portal.sign_in("staff")
    assert "Als Stefan Kramer angemeldet bleiben" in Page(await form.send(portal)).links
    assert [session.person_id for session in await Session.all()] == [cast.staff.id]


async def test_who_is_signed_in_already_goes_on(portal: Portal, nord: Server, cast: Cast) -> None:
    await portal.sign_in("user")
    page = await look(portal, await nord.link(mask="Maske 1"))
    assert page.all(".//form[@data-submit-at-once]")
    assert "Maske: Maske 1" in (await follow(portal, await page.form("Weiter").send(portal))).fields
    assert await Session.all().count() == 1


async def test_back_and_reload_after_entering_lead_to_the_form_again(portal: Portal, nord: Server) -> None:
    link = await nord.link(mask="Maske 1")
    form = (await look(portal, link)).form("Weiter")
    first = await form.send(portal)
    for again in (await portal.get(link), await form.send(portal)):
        assert (again.status_code, again.headers["Location"]) == (303, first.headers["Location"])


@pytest.mark.parametrize("how", ["used", "expired", "unknown", "none"])
async def test_a_dead_link_leads_to_the_sign_in_and_from_there_to_the_form(
    portal: Portal, nord: Server, how: str
) -> None:
    link = await nord.link(mask="Maske 1") if how in ("used", "expired") else "/x3/enter?code=" + "x" * 43
    if how == "used":
        async with portal.another() as first:
            await enter(first, link)
    link = "/x3/enter" if how == "none" else link
    with clock.at(clock.now() + timedelta(seconds=90)):
        page = await follow(portal, await portal.get(link))
        assert page.headings[0] == "Anmelden"
        assert "Ein Link aus X3 gilt eine Minute und nur einmal." in page.root.text_content()
        assert "Noch kein Konto?" in page.root.text_content()
        answer = await page.form("Anmelden").send(portal, user_name="user-nord", password=PASSWORD)
        form = await follow(portal, answer)
    assert ("Maske: Maske 1" in form.fields) is (how in ("used", "expired"))
    assert form.headings[0] == "Neues Ticket"


async def test_a_dead_link_says_who_is_signed_in_here(portal: Portal, nord: Server, cast: Cast) -> None:
    link = await nord.link(mask="Maske 1")
    with clock.at(clock.now() + timedelta(seconds=90)):
        await portal.sign_in("edv")
        page = await follow(portal, await portal.get(link))
        assert "Ute Petersen" not in page.root.text_content()
        assert page.links["Neues Ticket als Erik Holm"] == "/tickets/new"
        posted = await portal.send_form("/x3/enter", code=link.partition("code=")[2])
        assert posted.headers["Location"] == "/x3/enter"
    assert [session.person_id for session in await Session.all()] == [cast.edv.id]


CODES_THAT_ARE_NONE = ("", "x", "%00", "%ff%fe", "x" * 10_000, "%F0%9F%92%A9", "a%0d%0aSet-Cookie:x=1", "{{7*7}}")


async def test_no_code_makes_an_error_or_a_session(portal: Portal, cast: Cast) -> None:
    answers = [await portal.get(f"/x3/enter?code={code}") for code in CODES_THAT_ARE_NONE]
    answers += [await portal.send_form("/x3/enter", code=code) for code in ("", "\x00", "x" * 10_000, "💣")]
    answers += [await portal.send_form("/x3/enter"), await portal.send_form("/x3/enter", code=["a", "b"])]
    assert {(answer.status_code, answer.headers["Location"]) for answer in answers} == {
        (303, "/login?next=/tickets/new&notice=x3_over")
    }
    assert await Session.all().count() == 0


async def test_a_revoked_key_closes_the_open_links(portal: Portal, nord: Server, cast: Cast) -> None:
    link = await nord.link()
    await x3.revoke_key(cast.admin, (await x3.keys_of(cast.nord.id))[0]["id"])
    assert (await portal.get(link)).headers["Location"].startswith("/login?")
    assert (await nord.post(CODES, json={"user": "user-nord"})).status_code == 401


async def test_a_second_factor_is_not_asked_again(portal: Portal, nord: Server, cast: Cast) -> None:
    await Person.filter(id=cast.user.id).update(totp_secret="JBSWY3DPEHPK3PXP")
    assert (await follow(portal, await enter(portal, await nord.link()))).headings[0] == "Neues Ticket"


# --- the form ---

WANTED = {"subject": "Buchung verschwindet", "symptom": "Nach dem Speichern ist sie weg.", "priority": "normal"}


async def form_from_x3(portal: Portal, nord: Server, **context: str) -> Page:
    """The form that somebody stands before who comes from X3."""
    return await follow(portal, await enter(portal, await nord.link(**context)))


async def made(answer: httpx.Response) -> Ticket:
    """The ticket that was created."""
    assert answer.status_code == 303, text(answer)[:500]
    return await Ticket.get(number=int(answer.headers["Location"].split("/")[2].split("?")[0]))


async def test_what_is_kept_stands_on_the_ticket_and_what_is_not_is_nowhere(
    portal: Portal, nord: Server, cast: Cast
) -> None:
    form = (await form_from_x3(portal, nord, **PLACE)).form("Ticket erstellen")
    ticket = await made(await form.send(portal, **WANTED, keep=["module", "error"]))
    assert ticket.x3_context == {"Modul": "Seminare", "Fehlermeldung": "Fehler 42 <b>&amp;"}
    assert ticket.module_id == cast.seminars.id
    assert [event.kind for event in await TicketEvent.all()] == ["created_x3"]
    page = await look(portal, f"/tickets/{ticket.number}")
    assert page.facts()["X3: Fehlermeldung"] == "Fehler 42 <b>&amp;"
    assert "SE0200" not in (await portal.get(f"/tickets/{ticket.number}")).text
    assert "hat das Ticket aus X3 erstellt" in page.events()[0]


async def test_who_keeps_nothing_still_came_from_x3(portal: Portal, nord: Server) -> None:
    for context in (PLACE, {}):
        form = (await form_from_x3(portal, nord, **context)).form("Ticket erstellen")
        fields = WANTED | {"category": "incident", "keep": [], "module": form.value("module")}
        ticket = await made(await form.send(portal, **fields | ({} if context else {"module": 1})))
        assert ticket.x3_context is None
    assert {event.kind for event in await TicketEvent.all()} == {"created_x3"}


@pytest.mark.parametrize("end", ["1", None])
async def test_what_was_removed_stays_removed_when_something_is_missing(
    portal: Portal, nord: Server, end: str | None
) -> None:
    form = (await form_from_x3(portal, nord, **PLACE)).form("Ticket erstellen")
    answer = await form.send(portal, **WANTED | {"subject": "" if end else "Da"}, keep=["mask", "version"], end=end)
    assert answer.status_code == (422 if end else 400)
    again = Page(answer).form("Ticket erstellen")
    assert [value for name, value in again.pairs if name == "keep"] == ["mask", "version"]
    assert again.value("x3") == form.value("x3")
    ticket = await made(await again.send(portal, subject="Buchung verschwindet"))
    assert ticket.x3_context == {"Maske": "SE0200 Buchungen", "Version": "2026.3"}


async def test_the_context_comes_from_x3_and_never_from_the_form(portal: Portal, nord: Server, cast: Cast) -> None:
    id = (await form_from_x3(portal, nord, **PLACE)).form("Ticket erstellen").value("x3")
    await portal.sign_in("colleague")
    page = await look(portal, f"/tickets/new?x3={id}")
    assert not page.has("tickets-context")
    forged = {"x3": id, "keep": ["mask", "Maske: erfunden"], "mask": "erfunden", "x3_context": '{"Maske": "erfunden"}'}
    ticket = await made(await page.form("Ticket erstellen").send(portal, **WANTED, category="incident",
                                                                 module=cast.members.id, **forged))  # fmt: skip
    assert ticket.x3_context is None
    assert [event.kind for event in await TicketEvent.all()] == ["created"]


async def test_no_number_of_a_context_makes_an_error(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("user")
    plain = without_keys(await portal.get("/tickets/new"))
    for number in ("0", "-1", "x", "99999999999999999999", "%00", "1e3", "'", "<b>", "1"):
        answer = await portal.get(f"/tickets/new?x3={number}&keep=mask&mask=erfunden")
        assert answer.status_code == 200
        assert without_keys(answer) == plain, number


async def test_a_module_that_one_does_not_have_is_told_but_not_chosen(portal: Portal, nord: Server) -> None:
    page = await form_from_x3(portal, nord, module="Finanzen")
    assert "Modul: Finanzen" in page.fields
    assert page.form("Ticket erstellen").value("module") == ""
    assert page.form("Ticket erstellen").value("category") == "request"


async def test_the_way_to_the_form_survives_a_sign_in(portal: Portal, nord: Server) -> None:
    answer = await enter(portal, await nord.link(mask="Maske 1"))
    portal.cookies.clear()
    login = await follow(portal, await portal.get(answer.headers["Location"]))
    answer = await login.form("Anmelden").send(portal, user_name="user-nord", password=PASSWORD)
    assert "Maske: Maske 1" in (await follow(portal, answer)).fields


