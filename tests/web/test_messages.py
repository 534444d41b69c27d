"""Answering a ticket: what is sent, what is refused with the text kept, who reads it, and what happens only once."""

import asyncio
import io
from typing import Any

import pytest
from PIL import Image

from app.domain.models import Attachment, Audience, Letter, Message, Participant, Status, Ticket, TicketEvent
from tests.cast import PDF, PNG, Cast, Portal, form_key, text
from tests.web.reading import Form, Page, follow, look, words

SEND = "Nachricht senden"
REOPEN = "Nachricht senden und Ticket wieder öffnen"
ESCALATE = "Nachricht senden und Ticket eskalieren"
TYPED = "Mein langer Text, an dem ich eine Stunde schrieb"


async def composer(portal: Portal, number: int, button: str = SEND) -> Form:
    """The composer as it stands on the ticket's page now."""
    return (await look(portal, f"/tickets/{number}")).form(button)


async def status_of(number: int) -> str:
    """The ticket's status now."""
    return (await Ticket.get(number=number)).status.value


async def bodies(number: int) -> list[str]:
    """Everything that was written on a ticket."""
    return [message.body for message in await Message.filter(ticket_id=number).order_by("id")]


# --- sending ---


async def test_an_answer_is_sent_plainly_and_stands_at_the_end_of_the_correspondence(
    portal: Portal, cast: Cast
) -> None:
    number = await cast.ticket("user", body="Erste Zeile")
    await portal.sign_in("edv")
    answer = await (await composer(portal, number)).send(portal, body="Zweite\r\n\r\nDritte")
    page = await follow(portal, answer)
    assert "#message-" in answer.headers["Location"]
    assert page.messages() == ["Erste Zeile", "Zweite Dritte"]
    assert "Ihre Nachricht wurde gesendet." in words(page.root)
    assert await bodies(number) == ["Erste Zeile", "Zweite\n\nDritte"]


async def test_an_answer_leaves_the_status_as_it_is(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("edv")
    await (await composer(portal, number)).send(portal, body="Ich sehe nach.")
    assert await status_of(number) == Status.IT_REVIEW


async def test_the_box_hands_the_ticket_over_with_the_answer(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("edv")
    form = await composer(portal, number)
    page = await look(portal, f"/tickets/{number}")
    assert "Ticket an UNIPLUS freigeben" in page.fields
    await follow(portal, await form.send(portal, body="Bitte ansehen.", release="1"))
    assert await status_of(number) == Status.VENDOR_REVIEW
    assert await cast.sees("staff", number)


async def test_the_box_is_not_there_for_who_may_not_hand_over_and_does_nothing_for_them(
    portal: Portal, cast: Cast
) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    page = await look(portal, f"/tickets/{number}")
    assert "Ticket an UNIPLUS freigeben" not in page.fields
    answer = await page.form(SEND).send(portal, body="Trotzdem", release="1")
    assert answer.status_code == 403
    assert await bodies(number) == ["Seit heute früh bricht der Beitragslauf ab."]
    assert not await cast.sees("staff", number)


async def test_htmx_gets_the_new_entry_and_the_parts_that_follow_it(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", body="Alt")
    await portal.sign_in("edv")
    answer = await (await composer(portal, number)).send(portal, live=True, body="Neu")
    page = Page(answer)
    assert answer.status_code == 200
    roots = page.roots()
    assert not roots.pop("tickets-composer")
    assert roots.pop("tickets-news"), "the new entries are appended"
    assert set(roots) >= {"tickets-header", "tickets-functions"}
    assert all(roots.values()), "everything else goes out of band"
    assert page.messages() == ["Neu"], "only what is new is appended"
    assert page.form(SEND).value("body") == ""
    assert page.form(SEND).value("form_key") != ""


async def test_two_answers_one_after_the_other_in_an_open_page_append_one_entry_each(
    portal: Portal, cast: Cast
) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("edv")
    first = Page(await (await composer(portal, number)).send(portal, live=True, body="Eins"))
    second = Page(await first.form(SEND).send(portal, live=True, body="Zwei"))
    assert first.messages() == ["Eins"]
    assert second.messages() == ["Zwei"]


async def test_an_open_page_also_gets_what_others_wrote_meanwhile(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("edv")
    form = await composer(portal, number)
    await cast.reply("user", number, "Dazwischen")
    assert Page(await form.send(portal, live=True, body="Danach")).messages() == ["Dazwischen", "Danach"]


# --- with a move ---


async def test_eskalieren_turns_the_composers_button_and_only_that(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    page = await look(portal, f"/tickets/{number}")
    target = page.links["Eskalieren"]
    assert target.endswith("#composer")
    assert ESCALATE in (await look(portal, target)).buttons
    answer = await portal.live(target, target="tickets-send")
    assert Page(answer).roots() == {"tickets-send": False}
    assert ESCALATE in Page(answer).buttons


async def test_escalating_needs_a_message_and_says_so_at_the_field(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    page = await look(portal, f"/tickets/{number}?move=escalate")
    for live in (False, True):
        answer = await page.form(ESCALATE).send(portal, live=live, body="  ")
        assert answer.status_code == 422
        assert Page(answer).errors().keys() == {"body"}
    assert (await Ticket.get(number=number)).escalated_at is None


async def test_an_escalation_is_marked_with_who_when_and_why(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    page = await look(portal, f"/tickets/{number}?move=escalate")
    shown = words((await follow(portal, await page.form(ESCALATE).send(portal, body="Morgen ist Versand."))).root)
    assert "Eskaliert von Ute Petersen" in shown
    assert "Morgen ist Versand." in shown


async def test_the_kind_sentence_counts_ones_own_urgent_tickets(portal: Portal, cast: Cast) -> None:
    await cast.ticket("user", priority="high")
    await cast.ticket("user", escalated=True)
    await cast.ticket("user", priority="high", status=Status.CLOSED)
    number = await cast.ticket("user")
    await portal.sign_in("user")
    shown = text(await portal.get(f"/tickets/{number}?move=escalate"))
    assert "2 Ihrer 3 offenen Tickets (67 %) haben bereits hohe Priorität oder sind eskaliert." in shown


async def test_a_message_on_a_closed_ticket_opens_it_again(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", handed_over=True, status=Status.CLOSED)
    await portal.sign_in("user")
    page = await look(portal, f"/tickets/{number}")
    assert SEND not in page.buttons
    await follow(portal, await page.form(REOPEN).send(portal, body="Es tritt wieder auf."))
    assert await status_of(number) == Status.VENDOR_REVIEW


@pytest.mark.parametrize(("who", "told"), [
    ("user", ""), ("edv", ""), ("staff", ""), ("admin", ""),
    ("colleague", "Dieses Ticket ist geschlossen. Wieder öffnen kann es, wer es gemeldet hat, oder Ihre EDV."),
    ("reader", "Sie lesen dieses Ticket mit."),
])  # fmt: skip
async def test_on_a_closed_ticket_one_finds_the_button_that_opens_it_or_the_reason_why_there_is_none(
    portal: Portal, cast: Cast, who: str, told: str
) -> None:
    number = await cast.ticket("user", handed_over=True, status=Status.CLOSED)
    await Participant.create(ticket_id=number, person=cast.colleague)
    await portal.sign_in(who)
    page = await look(portal, f"/tickets/{number}")
    assert SEND not in page.buttons
    assert (REOPEN in page.buttons, "Wieder öffnen" in page.buttons) == (not told, not told)
    assert told in words(page.root)


async def test_the_reporter_answers_the_vendors_question_without_a_second_review(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", handed_over=True, status=Status.USER_REVIEW)
    await portal.sign_in("user")
    page = await look(portal, f"/tickets/{number}?move=handover")
    await follow(portal, await page.form("Nachricht senden und an UNIPLUS übergeben").send(portal, body="Ja."))
    assert await status_of(number) == Status.VENDOR_REVIEW


async def test_staff_ask_back_with_a_message(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("edv", release=True)
    await portal.sign_in("staff")
    page = await look(portal, f"/tickets/{number}?move=to_user")
    refused = await page.form("Nachricht senden und User fragen").send(portal, body="", audience="everyone")
    assert Page(refused).errors().keys() == {"body"}
    hidden = await page.form("Nachricht senden und User fragen").send(portal, body="Welche?", audience="vendor")
    assert Page(hidden).errors().keys() == {"audience"}
    assert Page(hidden).form("Nachricht senden und User fragen").value("body") == "Welche?"
    await follow(portal, await page.form("Nachricht senden und User fragen").send(portal, body="Welche?"))
    assert await status_of(number) == Status.USER_REVIEW


@pytest.mark.parametrize("live", [False, True])
async def test_a_move_that_the_composer_never_offers_makes_no_error(portal: Portal, cast: Cast, live: bool) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    form = await composer(portal, number)
    for move in ("delete", "restore", "calm", "nonsense"):
        answer = await form.send(portal, live=live, body="Weg damit", move=move, form_key=form_key())
        assert answer.status_code in (303, 403, 404, 409, 422), move
    assert (await Ticket.get(number=number)).deleted_at is None, "deleting asks first"


# --- refused, and the text is still there ---

FOUR = [(f"{n}.png", PNG, "image/png") for n in range(4)]
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
WRONG_FILES = {
    "a Word file": [("brief.docx", b"PK\x03\x04" + bytes(100), "application/pdf")],
    "a fifth file": [*FOUR, ("fuenf.pdf", PDF, "application/pdf")],
    "an SVG that calls itself PNG": [("gut.pdf", PDF, "application/pdf"), ("bild.png", SVG, "image/png")],
    "an empty file": [("leer.pdf", b"", "application/pdf")],
    "eleven megabytes": [("gross.pdf", PDF + bytes(11 * 1024 * 1024), "application/pdf")],
    "half a picture": [("halb.png", PNG[:40], "image/png")],
}


@pytest.mark.parametrize("what", WRONG_FILES)
async def test_a_wrong_file_is_refused_whole_with_the_text_and_the_names_shown_again(
    portal: Portal, cast: Cast, what: str
) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    files = WRONG_FILES[what]
    answer = await (await composer(portal, number)).send(portal, body=TYPED, files=files)
    page = Page(answer)
    assert answer.status_code == 422
    assert page.errors().keys() == {"files"}
    assert page.form(SEND).value("body") == TYPED
    assert all(name in words(page.root) for name, _, _ in files), "the chosen names"
    assert await Message.filter(ticket_id=number).count() == 1
    assert await Attachment.all().count() == 0


async def test_htmx_gets_only_the_sentences_when_a_file_is_wrong(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    form = await composer(portal, number)
    answer = await form.send(portal, live=True, body=TYPED, files=WRONG_FILES["a Word file"])
    assert answer.status_code == 422
    assert Page(answer).roots() == {"forms-errors": True, "error-files": True}
    assert "brief.docx" in Page(answer).errors()["files"]


async def test_a_message_with_files_keeps_them_all(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    answer = await (await composer(portal, number)).send(portal, body="", files=FOUR)
    page = await follow(portal, answer)
    assert [name.replace(" ", "") for name in page.links if "KB" in name] == [f"{n}.png1KB" for n in range(4)]
    assert await Attachment.filter(ticket_id=number).count() == 4


@pytest.mark.parametrize("live", [False, True])
async def test_an_empty_message_is_refused_at_the_field(portal: Portal, cast: Cast, live: bool) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    for body in ("", "   \n\t ", "\x07"):
        answer = await (await composer(portal, number)).send(portal, live=live, body=body)
        assert answer.status_code == 422
        assert "body" in Page(answer).errors()
    assert len(await bodies(number)) == 1


async def test_twenty_thousand_characters_are_the_most(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    form = await composer(portal, number)
    refused = await form.send(portal, body="ä" * 20_001)
    assert refused.status_code == 422
    assert "20000" in Page(refused).errors()["body"].replace(".", "")
    assert Page(refused).form(SEND).value("body") == "ä" * 20_001
    assert (await form.send(portal, body="ä" * 20_000)).status_code == 303


@pytest.mark.parametrize("live", [False, True])
async def test_a_form_that_arrived_cut_is_refused_with_the_text_kept(portal: Portal, cast: Cast, live: bool) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    answer = await (await composer(portal, number)).send(portal, live=live, body=TYPED, end=None)
    assert answer.status_code == 400
    assert "unterbrochen" in text(answer)
    assert live or Page(answer).form(SEND).value("body") == TYPED
    assert len(await bodies(number)) == 1


async def test_a_multipart_body_that_breaks_off_in_a_file_stores_nothing(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    part = "--x\r\nContent-Disposition: form-data; name={}\r\n\r\n{}\r\n"
    head = part.format("form_key", form_key()) + part.format("body", TYPED)
    file = '--x\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n'
    cut = head.encode() + file.encode() + PDF[:100]
    answer = await portal.post(
        f"/tickets/{number}/messages", content=cut, headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert answer.status_code == 400
    assert TYPED in answer.text
    assert len(await bodies(number)) == 1
    assert await Attachment.all().count() == 0


async def test_control_characters_are_cleaned(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    await (await composer(portal, number)).send(portal, body="A\x00B\x0b\x1b[31mC\u202eD\r\nE\tF\u2028G")
    assert (await bodies(number))[-1] == "AB[31mCD\nE\tF\nG"


# --- once ---


async def test_ten_identical_posts_at_once_make_one_message_and_get_one_answer(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("edv")
    form = await composer(portal, number)
    letters = await Letter.all().count()
    answers = await asyncio.gather(*(form.send(portal, body="Einmal") for _ in range(10)))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert (await bodies(number)).count("Einmal") == 1
    assert await Letter.all().count() == letters + 1


async def test_ten_identical_posts_with_a_move_make_it_once_and_get_one_answer(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("edv")
    form = await composer(portal, number)
    answers = await asyncio.gather(*(form.send(portal, body="Übergabe", release="1") for _ in range(10)))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert await TicketEvent.filter(ticket_id=number, kind="handover").count() == 1


async def test_the_same_form_again_after_it_was_answered_gets_the_first_answer(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("edv")
    form = await composer(portal, number)
    first = await form.send(portal, body="Übergabe", release="1")
    again = await form.send(portal, body="Übergabe", release="1")
    assert (again.status_code, again.headers.get("Location")) == (303, first.headers["Location"])
    assert (await bodies(number)).count("Übergabe") == 1


async def test_a_refused_form_can_be_sent_again_with_its_key(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    form = await composer(portal, number)
    assert (await form.send(portal, body="")).status_code == 422
    assert (await form.send(portal, body="Jetzt")).status_code == 303
    assert (await bodies(number))[-1] == "Jetzt"


# --- somebody was faster ---


async def test_a_move_on_an_old_page_is_a_conflict_that_keeps_the_text(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("edv")
    form = await composer(portal, number)
    await cast.move("user", number, "close")
    await cast.move("user", number, "reopen")
    answer = await form.send(portal, body=TYPED, release="1")
    page = Page(answer)
    assert answer.status_code == 409
    assert "inzwischen geändert" in text(answer)
    again = page.form(SEND)
    assert again.value("body") == TYPED
    assert int(again.value("version")) == (await Ticket.get(number=number)).version
    assert ("release", "1") in again.pairs
    assert TYPED not in await bodies(number)
    assert (await again.send(portal)).status_code == 303
    assert await status_of(number) == Status.VENDOR_REVIEW


async def test_under_htmx_a_conflict_brings_the_new_version_and_leaves_the_text_alone(
    portal: Portal, cast: Cast
) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("edv")
    form = await composer(portal, number)
    await cast.move("user", number, "close")
    await cast.move("user", number, "reopen")
    answer = await form.send(portal, live=True, body=TYPED, release="1")
    page = Page(answer)
    assert answer.status_code == 409
    assert all(page.roots().values()), "at a 409 only out-of-band fragments are swapped"
    assert {"tickets-conflict", "tickets-header", "tickets-functions", "tickets-version"} <= set(page.roots())
    assert "tickets-composer" not in page.roots()
    assert "inzwischen geändert" in words(page.id("tickets-conflict"))
    version, after = (page.all(f".//*[@id='tickets-version']/input[@name='{n}']")[0].get("value") for n in
                      ("version", "after"))  # fmt: skip
    assert int(version) == (await Ticket.get(number=number)).version
    sent = await form.send(portal, live=True, body=TYPED, release="1", version=version, after=after)
    assert sent.status_code == 200, "the key of a refused form stays usable"
    assert Page(sent).messages() == [TYPED]


@pytest.mark.parametrize("live", [False, True])
async def test_the_text_is_still_there_when_the_ticket_was_deleted_meanwhile(
    portal: Portal, cast: Cast, live: bool
) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    form = await composer(portal, number)
    await cast.move("edv", number, "delete")
    answer = await form.send(portal, live=live, body=TYPED)
    assert answer.status_code == 409
    assert "inzwischen geändert" in text(answer)
    assert live or TYPED in answer.text
    assert TYPED not in await bodies(number)


async def test_a_message_to_a_ticket_that_was_closed_meanwhile_does_not_get_lost_in_it(
    portal: Portal, cast: Cast
) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    form = await composer(portal, number)
    await cast.move("edv", number, "close")
    answer = await form.send(portal, body=TYPED)
    assert answer.status_code == 409
    assert Page(answer).form(REOPEN).value("body") == TYPED
    assert TYPED not in await bodies(number)
    assert await status_of(number) == Status.CLOSED


async def test_two_people_hand_over_at_once_and_one_of_them_is_told(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("deputy")
    async with portal.another() as other:
        await portal.sign_in("edv")
        await other.sign_in("deputy")
        forms = (await composer(portal, number), await composer(other, number))
        answers = await asyncio.gather(
            forms[0].send(portal, body="Von der EDV", release="1"), forms[1].send(other, body="Von Dora", release="1")
        )
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    assert len(await bodies(number)) == 2
    assert await TicketEvent.filter(ticket_id=number, kind="handover").count() == 1


# --- who reads it ---


async def test_sichtbar_fuer_offers_everybody_or_ones_own_side(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("edv", release=True)
    for who, own in (("edv", "nur Verband Nord"), ("staff", "nur UNIPLUS")):
        await portal.sign_in(who)
        page = await look(portal, f"/tickets/{number}")
        assert "Sichtbar für" in page.groups
        assert {"Alle am Ticket", own} <= set(page.fields)
        assert page.form(SEND).value("audience") == "everyone"


@pytest.mark.parametrize(("writer", "audience", "reads", "reads_not"), [
    ("edv", "organisation", ("user", "edv"), ("staff", "admin")),
    ("staff", "vendor", ("staff", "admin"), ("user", "edv")),
])  # fmt: skip
async def test_a_note_to_ones_own_side_is_read_there_only(
    portal: Portal, cast: Cast, writer: str, audience: str, reads: tuple[str, ...], reads_not: tuple[str, ...]
) -> None:
    number = await cast.ticket("user", handed_over=True, status=Status.VENDOR_REVIEW)
    await portal.sign_in(writer)
    await (await composer(portal, number)).send(portal, body="Nur unter uns", audience=audience)
    assert (await Message.all().order_by("-id").first()).audience == audience  # type: ignore[union-attr]
    for who in reads + reads_not:
        await portal.sign_in(who)
        assert ("Nur unter uns" in text(await portal.get(f"/tickets/{number}"))) == (who in reads), who


@pytest.mark.parametrize(("who", "audience"), [("user", "vendor"), ("staff", "organisation"), ("user", "public"),
                                               ("user", "")])  # fmt: skip
async def test_nobody_writes_to_an_audience_that_is_not_theirs(
    portal: Portal, cast: Cast, who: str, audience: str
) -> None:
    number = await cast.ticket("edv", release=True)
    await cast.set(number, reporter_id=cast.user.id)
    await portal.sign_in(who)
    answer = await (await composer(portal, number)).send(portal, body="Falsch", audience=audience)
    assert answer.status_code in (403, 422)
    assert "Falsch" not in await bodies(number)


async def test_who_only_reads_has_no_composer_and_is_told_why(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("reader")
    page = await look(portal, f"/tickets/{number}")
    assert SEND not in page.buttons
    assert "Sie lesen dieses Ticket mit" in words(page.root)
    answer = await portal.send_form(f"/tickets/{number}/messages", body="Doch", audience="everyone", version=1)
    assert answer.status_code == 403
    assert len(await bodies(number)) == 1


async def test_extra_fields_change_nothing(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    extra: dict[str, Any] = {
        "author": cast.staff.id, "author_id": cast.staff.id, "ticket_id": 1, "created_at": "2001-01-01", "id": 77,
        "status": "closed", "organisation": cast.sued.id, "side": "vendor", "subject": "Anders", "priority": "high",
    }  # fmt: skip
    await (await composer(portal, number)).send(portal, body="Ganz normal", **extra)
    message = await Message.get(body="Ganz normal")
    assert (message.author_id, message.ticket_id, message.audience) == (cast.user.id, number, Audience.EVERYONE)
    assert message.created_at.year > 2001
    ticket = await Ticket.get(number=number)
    assert (ticket.status, ticket.subject, ticket.priority) == (Status.IT_REVIEW, "Beitragslauf bricht ab", "normal")


async def test_a_large_picture_is_kept_whole_and_shown_small(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    picture = io.BytesIO()
    Image.new("RGB", (1600, 900), "navy").save(picture, "PNG")
    await (await composer(portal, number)).send(portal, body="", files=[("gross.png", picture.getvalue(), "image/png")])
    page = await look(portal, f"/tickets/{number}")
    image = page.all(".//article//img")[0]
    assert (image.get("width"), image.get("height")) == ("1600", "900")
    small = await portal.get(image.get("src"))
    assert small.headers["Content-Type"] == "image/webp"
    assert len(small.content) < len((await portal.get(f"/tickets/{number}/attachments/1")).content)
