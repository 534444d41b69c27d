"""What was typed is there when the form is opened again, without any script, for its writer alone."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.domain import own_data, tickets, tokens
from app.domain.models import Message, Purpose, SavedDraft, Token
from tests.cast import PNG, Cast, Portal, form_key, text
from tests.web.reading import Page, follow, look, words

SEND = "Nachricht senden"
DISCARD = "Ja, verwerfen"
TYPED = "Mein langer Text, an dem ich eine Stunde schrieb"
NEW = {
    "category": "incident", "priority": "high", "subject": "Angefangen", "affected": "Alle", "record": "4711",
    "symptom": "Nichts geht", "trigger": "Klicken", "impact": "Stillstand", "description": "Frei geschrieben",
    "release": "1",
}  # fmt: skip


async def types(portal: Portal, path: str, key: str = "", **fields: Any) -> httpx.Response:
    """The page's script keeps what is typed."""
    return await portal.send_form(f"{path}/draft", key=key, **{"turn": 1, "draft": "", **fields})


async def said(page: Page) -> str:
    """What the form says about drafts."""
    return words(page.id("tickets-draft"))


async def test_a_ticket_shows_what_was_typed_there_until_it_is_sent(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    path = f"/tickets/{number}"
    await portal.sign_in("edv")
    assert await said(await look(portal, path)) == ""
    kept = await types(portal, path, body=f" {TYPED}\r\n\x00", audience="organisation", release="1", chosen="Maske.png")
    assert (kept.status_code, kept.text) == (204, "")

    await portal.sign_in("edv")  # somewhere else, later
    page = await look(portal, path)
    form = page.form(SEND)
    assert (form.value("body"), form.value("audience"), form.value("release")) == (TYPED, "organisation", "1")
    assert (await said(page)).startswith("Ihr Entwurf von ")
    assert "Bitte wählen Sie diese Dateien noch einmal aus: Maske.png" in words(page.root)
    for who in ("user", "admin"):
        await cast.set(number, handed_over=True)
        await portal.sign_in(who)
        assert TYPED not in (await portal.get(path)).text

    await portal.sign_in("edv")
    page = await follow(portal, await form.send(portal, release=None))
    assert page.messages()[-1] == TYPED
    assert (await said(page), page.form(SEND).value("body")) == ("", "")


async def test_the_line_about_the_draft_goes_when_the_open_page_sends_it(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    await types(portal, f"/tickets/{number}", body=TYPED)
    page = await look(portal, f"/tickets/{number}")
    sent = Page(await page.form(SEND).send(portal, live=True))
    assert sent.roots()["tickets-draft"]
    assert await said(sent) == ""
    assert await SavedDraft.all().count() == 0


async def test_a_draft_is_thrown_away_by_a_plain_form(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    for path, answer in ((f"/tickets/{number}", {"body": TYPED}), ("/tickets/new", {"description": TYPED})):
        await types(portal, path, **answer)
        page = await look(portal, path)
        assert TYPED in page.root.text_content()
        page = await follow(portal, await page.form(DISCARD).send(portal))
        assert "Der Entwurf ist verworfen." in words(page.root)
        assert TYPED not in page.root.text_content()
        assert await said(await look(portal, path)) == ""


async def test_a_second_text_from_another_page_is_there_to_be_read_and_thrown_away(portal: Portal, cast: Cast) -> None:
    path = f"/tickets/{await cast.ticket('user')}"
    await portal.sign_in("user")
    await types(portal, path, body="Der erste Text")
    await types(portal, path, body="Der zweite Text")
    page = await look(portal, path)
    assert page.form(SEND).value("body") == "Der zweite Text"
    assert "Ein anderer Entwurf von " in await said(page)
    assert "Der erste Text" in page.id("tickets-draft").text_content()
    await page.form("Diesen Entwurf verwerfen").send(portal)
    page = await look(portal, path)
    assert page.form(SEND).value("body") == "Der zweite Text"
    assert "Der erste Text" not in page.root.text_content()


async def test_a_new_ticket_keeps_everything_that_was_typed_and_chosen(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("deputy")
    await types(portal, "/tickets/new", module=cast.seminars.id, chosen=["a.png", "b.pdf"], **NEW)
    page = await look(portal, "/tickets/new")
    form = page.form("Ticket erstellen")
    assert {name: form.value(name) for name in NEW} == NEW
    assert form.value("module") == str(cast.seminars.id)
    assert "noch einmal aus: a.png, b.pdf" in words(page.root)
    created = await follow(portal, await form.send(portal))
    assert "Frei geschrieben" in created.messages()[0]
    assert (await look(portal, "/tickets/new")).form("Ticket erstellen").value("subject") == ""
    assert await SavedDraft.all().count() == 0


async def test_staff_have_a_draft_for_each_customer_and_are_led_to_the_newest(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("staff")
    for customer in (cast.sued, cast.nord):
        page = await look(portal, f"/tickets/new?organisation={customer.id}")
        address = page.id("tickets-new").get("data-draft")
        await portal.send_form(address, subject=f"Für {customer.name}", start="user_review", turn=1, draft="")
    for path, name in (("/tickets/new", "Verband Nord"), (f"/tickets/new?organisation={cast.sued.id}", "Kammer Süd")):
        form = (await look(portal, path)).form("Ticket erstellen")
        assert (form.value("subject"), form.value("start")) == (f"Für {name}", "user_review")
    await follow(portal, await (await look(portal, "/tickets/new")).form(DISCARD).send(portal))
    assert (await look(portal, "/tickets/new")).form("Ticket erstellen").value("subject") == "Für Kammer Süd"


async def test_what_x3_sent_somebody_for_has_a_draft_of_its_own(portal: Portal, cast: Cast) -> None:
    await tokens.issue(Purpose.X3_LOGIN, cast.user.id, timedelta(minutes=1), {"mask": "MG0110"})
    path = f"/tickets/new?x3={(await Token.get()).id}"
    await portal.sign_in("user")
    address = (await look(portal, path)).id("tickets-new").get("data-draft")
    await portal.send_form(address, subject="Aus X3", turn=1, draft="")
    subjects = [(await look(portal, one)).form("Ticket erstellen").value("subject") for one in (path, "/tickets/new")]
    assert subjects == ["Aus X3", ""]


async def test_a_draft_is_refused_as_a_message_is(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    path = f"/tickets/{number}"
    await portal.sign_in("user")
    longest = "ä" * 20_000
    assert (await types(portal, path, body=longest)).status_code == 204
    assert (await types(portal, path, body=longest + "ä")).status_code == 422
    assert (await types(portal, path, body="x" * 300_000)).status_code == 413
    assert (await portal.send_form(f"{path}/draft", body=TYPED, end=False)).status_code == 400
    cross = await portal.send_form(f"{path}/draft", body=TYPED, headers={"Sec-Fetch-Site": "cross-site"})
    assert cross.status_code == 403
    portal.cookies.clear()
    assert (await types(portal, path, body=TYPED)).status_code == 303
    assert [draft.typed for draft in await SavedDraft.all()] == [{"body": longest}]


async def test_words_changed_after_a_lost_answer_are_not_taken_for_the_first_ones(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", body="Anfang")
    await portal.sign_in("user")
    form = (await look(portal, f"/tickets/{number}")).form(SEND)
    for body in ("Erste Worte", "Erste Worte", "Erste Worte und mehr", "Erste Worte und mehr"):
        assert (await form.send(portal, live=True, body=body)).status_code == 200
    assert [m.body for m in await Message.all().order_by("id")] == ["Anfang", "Erste Worte", "Erste Worte und mehr"]


async def test_a_ticket_that_was_changed_after_a_lost_answer_has_the_change_as_a_draft(
    portal: Portal, cast: Cast
) -> None:
    await portal.sign_in("user")
    form = (await look(portal, "/tickets/new")).form("Ticket erstellen")
    fields = {"module": cast.members.id, "subject": "Einmal", "description": "Erste Worte"}
    first = await follow(portal, await form.send(portal, **fields))
    assert first.form(SEND).value("body") == ""
    again = await follow(portal, await form.send(portal, **fields | {"description": "Erste Worte und mehr"}))
    assert again.messages() == first.messages()
    assert again.form(SEND).value("body") == "Erste Worte und mehr"


@pytest.mark.parametrize("failure", ["gone", "not allowed", "broken", "signed out"])
async def test_without_scripts_a_page_that_says_no_gives_the_text_back(
    portal: Portal, cast: Cast, failure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    form = (await look(portal, f"/tickets/{number}")).form(SEND)

    async def breaks(*_: Any, **__: Any) -> int:
        raise RuntimeError

    status, sent = 500, {"body": TYPED}
    if failure == "gone":
        await cast.set(number, organisation_id=cast.sued.id)
        status = 404
    elif failure == "not allowed":
        status, sent = 403, sent | {"release": "1"}
    elif failure == "signed out":
        portal.cookies.clear()
        status = 401
    else:
        monkeypatch.setattr(tickets, "reply", breaks)
    answer = await form.send(portal, files=[("Maske.png", PNG, "image/png")], **sent)
    assert answer.status_code == status
    assert TYPED in text(answer)
    if failure == "signed out":
        assert Page(answer).links["Zur Anmeldung"] == f"/login?next=/tickets/{number}"


async def test_drafts_are_in_the_own_data(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("user")
    await types(portal, "/tickets/new", subject="Angefangen", key=form_key())
    found = dict(await own_data._parts(cast.user))["drafts.json"]
    assert json.dumps([{"form": one["form"], "typed": one["typed"]} for one in found]) == json.dumps(  # type: ignore[attr-defined]
        [{"form": "new", "typed": {"subject": "Angefangen"}}]
    )
