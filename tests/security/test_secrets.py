"""What must not get out: internal notes to the other side, secrets to the log, accounts by their answers."""

import io
import logging
from typing import Any

import openpyxl
import pypdf
import pytest

from app.domain.models import Attachment, Letter
from tests.cast import PASSWORD, Cast, Portal, form_key
from tests.web.reading import look, without_keys

NOTE = "Zitronenfalter"


@pytest.mark.parametrize(("writer", "sees", "blind"), [
    ("staff", ("staff", "admin"), ("user", "edv")), ("edv", ("user", "edv"), ("staff", "admin")),
])  # fmt: skip
async def test_an_internal_note_is_nowhere_for_the_other_side(
    portal: Portal, cast: Cast, writer: str, sees: tuple[str, ...], blind: tuple[str, ...]
) -> None:
    number = await cast.ticket("user", handed_over=True, status="vendor_review")
    page_before = {}
    for who in blind:
        await portal.sign_in(who)
        for path in ("/", "/tickets?status=", f"/tickets/{number}"):
            page_before[who, path] = without_keys(await portal.get(path))
    await cast.note(writer, number, NOTE, files=[await cast.file(f"{NOTE}.png")])
    file = await Attachment.get(name=f"{NOTE}.png")
    for who in blind:
        await portal.sign_in(who)
        for path in ("/", "/tickets?status=", f"/tickets/{number}"):
            assert without_keys(await portal.get(path)) == page_before[who, path], f"{path}: not even a trace"
    for who in (*sees, *blind):
        await portal.sign_in(who)
        everywhere = {"page", "list", "pdf", "file", "count"}
        assert await found(portal, number, file.id) == (everywhere if who in sees else set()), who


async def found(portal: Portal, number: int, file: int) -> set[str]:
    """Where the note shows for who is signed in."""
    places = set()
    page = await portal.get(f"/tickets/{number}")
    if NOTE in page.text:
        places.add("page")
    for path in (f"/tickets?status=&q={NOTE.lower()}", f"/tickets?status=&q={NOTE[:7]}"):
        shown = await look(portal, path)
        if shown.numbers():
            places.add("list")
        if any(words and words != "0" for words in (b.text for b in shown.all(".//label/span/b"))):
            places.add("count")
    live = await portal.live(f"/tickets?status=&q={NOTE}", target="tickets-results")
    assert (f"/tickets/{number}" in live.text) is ("list" in places)
    pdf = pypdf.PdfReader(io.BytesIO((await portal.get(f"/tickets/{number}.pdf")).content))
    if NOTE in "".join(one.extract_text() for one in pdf.pages):
        places.add("pdf")
    book = openpyxl.load_workbook(io.BytesIO((await portal.get("/tickets/export.xlsx?status=all")).content))
    assert NOTE not in str([[c.value for c in row] for sheet in book for row in sheet.iter_rows()])
    for query in ("", "?preview=1"):
        if (await portal.get(f"/tickets/{number}/attachments/{file}{query}")).status_code == 200:
            places.add("file")
    return places


@pytest.mark.parametrize(("writer", "other"), [("staff", "edv"), ("edv", "staff")])
async def test_an_internal_note_is_in_no_htmx_answer_of_the_other_side(
    portal: Portal, cast: Cast, writer: str, other: str
) -> None:
    number = await cast.ticket("user", handed_over=True, status="vendor_review")
    await portal.sign_in(other)
    open_page = await look(portal, f"/tickets/{number}")
    await cast.note(writer, number, NOTE, files=[await cast.file(f"{NOTE}.png")])
    answers = [
        await open_page.form("Nachricht senden").send(portal, live=True, body=""),
        await open_page.form("Nachricht senden").send(portal, live=True, body="Hallo"),
        await open_page.form("Nachricht senden").send(portal, live=True, body="Noch", move="close", version=99,
                                                      form_key=form_key()),
        await open_page.form("Als geschlossen markieren").send(portal, live=True, version=99, form_key=form_key()),
        await open_page.form("Als geschlossen markieren").send(portal, live=True),
        await portal.send_form(f"/tickets/{number}/read", htmx=True),
        await portal.live(f"/tickets/similar?subject={NOTE}", target="tickets-similar"),
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [422, 200, 409, 409, 200, 204, 200]
    assert not any(NOTE in answer.text for answer in answers)


async def test_an_internal_note_is_in_no_letter_to_the_other_side(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", handed_over=True, status="vendor_review")
    await cast.reply("edv", number, "Ich nehme teil")
    await Letter.all().delete()
    note = await cast.note("staff", number, NOTE)
    assert await Letter.filter(to_id__in=[cast.user.id, cast.edv.id]).count() == 0
    await portal.sign_in("staff")
    page = await look(portal, f"/tickets/{number}")
    await page.form("Nachricht senden").send(portal, body=NOTE, audience="vendor", move="close")
    for letter in await Letter.filter(to_id__in=[cast.user.id, cast.edv.id]):
        assert not isinstance(letter.context.get("message"), int) or letter.context["message"] <= note - 1, (
            "a letter about the move must not name the internal note as its message"
        )


async def test_reading_marks_do_not_tell_of_internal_notes(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", handed_over=True)
    await portal.sign_in("user")
    await portal.send_form(f"/tickets/{number}/read")
    await cast.note("staff", number, NOTE)
    assert "ungelesen" not in (await portal.get("/tickets?status=")).text


async def test_no_secret_is_logged(portal: Portal, cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    number = await cast.ticket("user", files=[await cast.file("geheime-datei.png")])
    await portal.send_form("/login", user_name="user-nord", password="Falsches-Geheimnis-1", next="")
    await portal.sign_in("user")
    token = portal.cookies["session"]
    await portal.send_form(f"/tickets/{number}/messages", body="Vertraulicher Inhalt", audience="everyone")
    await portal.send_form("/tickets", subject="Vertraulicher Betreff")
    await portal.get("/tickets?q=vertraulicher+suchbegriff")
    ours = " ".join(record.getMessage() for record in caplog.records if not record.name.startswith("httpx"))
    for secret in ("Falsches-Geheimnis-1", PASSWORD, token, "Vertraulich", "vertraulich", "geheime-datei"):
        assert secret not in ours


async def test_an_error_is_logged_without_what_was_sent(
    portal: Portal, cast: Cast, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> None:
        raise RuntimeError("database fell over")

    number = await cast.ticket("user")
    await portal.sign_in("user")
    monkeypatch.setattr("app.domain.tickets.reply", broken)
    answer = await portal.send_form(f"/tickets/{number}/messages", body="Vertraulicher Inhalt", audience="everyone")
    assert answer.status_code == 500
    assert "database fell over" in caplog.text
    assert "Vertraulicher Inhalt" not in caplog.text
    assert portal.cookies["session"] not in caplog.text


async def test_debugging_is_off(portal: Portal, cast: Cast) -> None:
    assert not portal.app.debug
    assert not portal.app.config.get("TESTING")
    for path in ("/console", "/__debugger__", "/?__debugger__=yes&cmd=resource&f=debugger.js", "/_debug", "/.env",
                 "/install", "/config"):  # fmt: skip
        answer = await portal.get(path)
        assert answer.status_code in (303, 404)
        assert "debugger" not in answer.text.lower().replace("__debugger__", ""), "but for the address itself"
