"""What letters say: only what their reader may read, in their language, and nothing that somebody smuggled in."""

import email
import re
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as few
from hypothesis import strategies as st

from app import clock
from app.config import Settings
from app.domain import outbox
from app.domain.accounts import start_session
from app.domain.models import (
    AccessRequest,
    Audience,
    Letter,
    Participant,
    Person,
    PersonModule,
    Priority,
    RequestState,
    Status,
    Ticket,
)
from app.language import catalogue, speaking
from app.mail import contents, texts
from app.mail.letters import Content, Quote, compose
from tests.cast import Cast

ROOT = Path(__file__).parents[2]
PLAIN = Content("ute@nord.example", "de", "Betreff", "Titel", "Weil es so ist.")


async def written(cast: Cast, letter: Letter) -> EmailMessage | None:
    """The letter as its reader's mail program would get it, None when nobody may read it any more."""
    reading = await contents.read([letter], cast.settings)
    if reading.content is None:
        return None
    message = compose(reading.content, letter.message_id, cast.settings)
    parsed = email.message_from_bytes(message.as_bytes(), policy=default)
    assert isinstance(parsed, EmailMessage)
    return parsed


async def last(cast: Cast, who: str, name: str = "") -> EmailMessage | None:
    """The last letter to somebody, as they get it."""
    found = Letter.filter(to_id=cast.person(who).id)
    letter = await (found.filter(letter=name) if name else found).order_by("-id").first()
    assert letter is not None, f"no letter {name} to {who}"
    return await written(cast, letter)


def parts(message: EmailMessage | None) -> tuple[str, str]:
    """Text and HTML."""
    assert message is not None
    text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    return text.get_content().replace("\r\n", "\n"), html.get_content().replace("\r\n", "\n")


# --- what mail programs see ---


async def test_a_ticket_letter_has_everything_that_mail_programs_want(cast: Cast) -> None:
    number = await cast.ticket("user", subject="Beitragslauf bricht ab")
    message = await last(cast, "edv")
    assert message is not None
    assert message["Subject"] == f"[#{number}] Beitragslauf bricht ab"
    assert message["From"] == "UNIPLUS Kundenportal <kundenportal@127.0.0.1>"
    assert message["To"] == cast.edv.email
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["References"] == message["In-Reply-To"] == f"<ticket-{number}@127.0.0.1>"
    assert abs(message["Date"].datetime - clock.now()) < timedelta(minutes=1)
    text, html = parts(message)
    for part in (text, html):
        assert f"http://127.0.0.1:8000/tickets/{number}" in part
        assert "http://127.0.0.1:8000/settings#notifications" in part
        assert "weil Sie zur EDV gehören" in part
    assert '<html lang="de">' in html


async def test_letters_about_one_ticket_share_thread_and_subject(cast: Cast) -> None:
    number = await cast.ticket("user")
    await cast.move("edv", number, "handover")
    await cast.reply("staff", number, "Welche Maske?", move="to_user")
    messages = [await last(cast, who) for who in ("edv", "staff", "user")]
    assert len({(m["Subject"], m["References"]) for m in messages if m}) == 1
    assert len({m["Message-ID"] for m in messages if m}) == 3


async def test_the_message_id_stays_the_same_however_often_a_letter_is_written(cast: Cast) -> None:
    await cast.ticket("user")
    ids = {m["Message-ID"] for m in [await last(cast, "edv"), await last(cast, "edv")] if m}
    assert len(ids) == 1


@pytest.mark.no_database
@pytest.mark.parametrize("subject", [
    "a\r\nBcc: evil@example.org", "a\nb", "a\u2028b", "a\u2029b", "a\x85b", "a\x00b", "\u202eegnahc", "half \ud800",
    "=?utf-8?q?x?=", "ü" * 200, "x" * 200, "🙂 " * 100, "\x1b[31m", "a\x0bb\x0cc", "",
])  # fmt: skip
def test_no_subject_spoils_a_letter(subject: str) -> None:
    message = compose(replace(PLAIN, subject=f"[#1042] {subject}", ticket=1042), "abc", Settings())
    parsed = email.message_from_bytes(message.as_bytes(), policy=default)
    assert parsed["Bcc"] is None
    assert parsed["To"] == "ute@nord.example"
    assert str(parsed["Subject"]).startswith("[#1042]")
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", str(parsed["Subject"]))
    assert parsed["Message-ID"] == "<abc@127.0.0.1>"


@pytest.mark.no_database
@few(max_examples=30, deadline=None)
@given(st.text(max_size=200), st.text(max_size=60))
def test_whatever_somebody_types_arrives_as_text(subject: str, body: str) -> None:
    content = replace(PLAIN, subject=subject, quote=Quote("Ute", body))
    message = compose(content, "abc", Settings())
    raw = message.as_bytes()
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    parsed = email.message_from_bytes(raw, policy=default)
    assert set(parsed.keys()) == set(message.keys())
    assert isinstance(parsed, EmailMessage)
    assert "Titel" in parts(parsed)[0]


@pytest.mark.no_database
@pytest.mark.parametrize("address", [
    "", "a", "a@", "@b.example", "a@b.example, c@d.example", "a@b.example\nBcc: c@d.example", "Ute <a@b.example>",
    "a@b.example;c@d.example", "a b@c.example", "ä@b.example", "a@b.example\x00", '"a@x"@b.example',
])  # fmt: skip
def test_a_letter_goes_to_exactly_one_address(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        compose(replace(PLAIN, to=address), "abc", Settings())


@pytest.mark.no_database
@pytest.mark.parametrize("vendor", ["Müller & Söhne", 'Die "Firma"', "A, B; C", "x@y.example", "Ümläut" * 3])
def test_any_vendors_name_makes_a_sender(vendor: str) -> None:
    from app import language

    language.name_vendor(vendor)
    try:
        message = compose(PLAIN, "abc", Settings(mail_from="portal@firma.example"))
    finally:
        language.name_vendor("UNIPLUS")
    (sender,) = email.message_from_bytes(message.as_bytes(), policy=default)["From"].addresses
    assert (sender.addr_spec, sender.display_name) == ("portal@firma.example", f"{vendor} Kundenportal")


@pytest.mark.no_database
def test_a_portal_on_an_ipv6_address_can_write_too() -> None:
    message = compose(PLAIN, "abc", Settings(base_url="http://[::1]:8000"))
    assert message["From"].addresses[0].addr_spec == "kundenportal@localhost"
    assert message["Message-ID"] == "<abc@localhost>"


async def test_markup_in_names_subjects_and_messages_is_text(cast: Cast) -> None:
    await Person.filter(id=cast.user.id).update(first_name="<b>Ute</b>")
    number = await cast.ticket("user", subject="<script>alert(1)</script>")
    await cast.move("edv", number, "handover")
    await cast.reply("user", number, "<img src=x onerror=alert(1)>\n-- \n</blockquote>")
    text, html = parts(await last(cast, "staff", "new_message"))
    assert "<img src=x onerror=alert(1)>" in text
    for raw in ("<script>alert", "<img", "<b>Ute"):
        assert raw not in html
    assert "&lt;img src=x onerror=alert(1)&gt;" in html
    assert html.count("<blockquote>") == html.count("</blockquote>") == 1


async def test_a_very_long_message_is_shortened(cast: Cast) -> None:
    number = await cast.ticket("user", body="Wort " * 3000)
    text, html = parts(await last(cast, "edv"))
    for part in (text, html):
        assert "der ganze Text steht im Ticket" in part
        assert len(part) < 20_000
    assert number


# --- who may read what ---


async def test_the_words_and_file_names_of_a_message_are_quoted(cast: Cast) -> None:
    number = await cast.ticket("user", priority=Priority.HIGH)
    await cast.move("edv", number, "handover")
    await cast.reply("user", number, "Seit heute früh.\n\nBitte schnell.", files=[await cast.file("Bild äöü.png")])
    text, html = parts(await last(cast, "staff", "new_message"))
    assert "Neue Nachricht von Ute Petersen" in text
    assert "> Seit heute früh.\n>\n> Bitte schnell." in text
    assert "Seit heute früh.<br>" in html
    for part in (text, html):
        assert "Ute Petersen, Verband Nord" in part
        assert "Bild äöü.png" in part
        assert "Priorität Hoch" in part


async def test_a_new_ticket_comes_with_its_description(cast: Cast) -> None:
    number = await cast.ticket("user", body="Der Beitragslauf bricht ab.")
    assert "> Der Beitragslauf bricht ab." in parts(await last(cast, "edv", "ticket_to_review"))[0]
    await cast.move("edv", number, "handover")
    assert "> Der Beitragslauf bricht ab." in parts(await last(cast, "staff", "handed_over"))[0]


async def test_an_internal_description_is_not_quoted_to_the_vendor(cast: Cast) -> None:
    number = await cast.ticket("user", body="Nur unter uns", audience=Audience.ORGANISATION)
    await cast.move("edv", number, "handover")
    text, html = parts(await last(cast, "staff", "handed_over"))
    assert "unter uns" not in text + html


@pytest.mark.parametrize(("reader", "audience"), [("staff", Audience.ORGANISATION), ("colleague", Audience.VENDOR)])
async def test_an_internal_note_is_in_no_letter_to_the_other_side(cast: Cast, reader: str, audience: Audience) -> None:
    """Even if a row of the outbox says so."""
    number = await cast.ticket("user")
    await cast.move("edv", number, "handover")
    await Participant.create(ticket_id=number, person=cast.colleague)
    author = "staff" if audience == Audience.VENDOR else "edv"
    note = await cast.note(author, number, "Sehr geheim")
    for letter in outbox.TICKET_LETTERS:
        await outbox.post([cast.person(reader).id], letter, ticket=number, message=note, actor=cast.edv.id, since="")
        message = await last(cast, reader, letter)
        assert message is None or "geheim" not in "".join(parts(message)), letter


@pytest.mark.parametrize("who", ["stranger", "strange_edv", "reader", "staff"])
async def test_who_may_not_see_the_ticket_gets_no_letter_about_it(cast: Cast, who: str) -> None:
    number = await cast.ticket("user", module=cast.seminars)  # the reader has no such module, the vendor no such ticket
    for letter in outbox.TICKET_LETTERS:
        await outbox.post([cast.person(who).id], letter, ticket=number, actor=cast.user.id, message=1, since="")
        assert await last(cast, who, letter) is None, letter


async def test_who_has_lost_the_right_meanwhile_gets_no_letter(cast: Cast) -> None:
    await cast.ticket("user")
    await PersonModule.filter(person_id=cast.edv.id).delete()
    assert await last(cast, "edv") is None


async def test_about_a_deleted_ticket_nobody_is_told(cast: Cast) -> None:
    number = await cast.ticket("user")
    await cast.set(number, deleted=True)
    assert await last(cast, "edv") is None


async def test_the_attachments_of_other_messages_are_not_named(cast: Cast) -> None:
    number = await cast.ticket("user")
    await cast.move("edv", number, "handover")
    await cast.reply("user", number, "Erste")
    await cast.note("edv", number, "Intern", files=[await cast.file("geheim.png")])
    await cast.reply("user", number, "Zweite", files=[await cast.file("offen.png")])
    for letter in await Letter.filter(to_id=cast.staff.id, letter="new_message"):
        assert "geheim.png" not in parts(await written(cast, letter))[0]


# --- reminders ---


async def waiting(cast: Cast, days: float, status: Status = Status.IT_REVIEW) -> int:
    """A ticket that has been in the same hands for so many days; no letter waits."""
    number = await cast.ticket("user", status=status, handed_over=status == Status.VENDOR_REVIEW)
    await Ticket.filter(number=number).update(waiting_since=clock.now() - timedelta(days=days))
    await Letter.all().delete()
    return number


async def test_a_reminder_that_is_no_longer_true_is_dropped(cast: Cast) -> None:
    number = await waiting(cast, 3.1)
    since = (await Ticket.get(number=number)).waiting_since.isoformat()
    await outbox.post([cast.edv.id], "reminder", ticket=number, since=since)
    (letter,) = await Letter.filter(letter="reminder")
    assert "wartet seit 3 Tagen auf Sie" in parts(await written(cast, letter))[0]
    await cast.move("edv", number, "handover")
    assert await written(cast, letter) is None


async def test_who_has_switched_reminders_off_gets_none(cast: Cast) -> None:
    await Person.filter(id=cast.edv.id).update(muted="closed reminder")
    await outbox.post([cast.edv.id], "reminder", ticket=await waiting(cast, 3.1), since="")
    assert await Letter.all().count() == 0


# --- accounts ---


async def account_letters(cast: Cast) -> list[Letter]:
    """One of each to the User, whom nobody has given a password yet."""
    await Person.filter(id=cast.user.id).update(password_hash=None)
    request = await AccessRequest.create(
        organisation=cast.nord, user_name="neu", first_name="Nina", last_name="Neu", email="neu@nord.example",
        modules=[], state=RequestState.DECLINED, reason="Bitte erst die EDV fragen.",
    )  # fmt: skip
    await outbox.post([cast.user.id], "password_changed")
    await outbox.post([cast.user.id], "invitation")
    await outbox.post([cast.user.id], "second_factor_changed", on=True)
    await outbox.post([cast.user.id], "second_factor_changed", on=False)
    await outbox.post_to_address(cast.user.email, "password_reset")
    await outbox.post_to_address("alt@nord.example", "email_changed", old="alt@nord.example")
    await outbox.post_to_address(request.email, "access_declined", request=request.id)
    return await Letter.all().order_by("id")


async def test_account_letters_say_what_happened_and_cannot_be_switched_off(cast: Cast) -> None:
    expected = {
        "Ihr Passwort wurde geändert": "/password/forgot", "Ihr Konto im UNIPLUS Kundenportal": "/invitation/",
        "Der zweite Faktor ist eingerichtet": "nach einem Code gefragt",
        "Der zweite Faktor ist abgeschaltet": "genügt jetzt das Passwort",
        "Neues Passwort für das UNIPLUS Kundenportal": "60 Minuten",
        "Ihre E-Mail-Adresse wurde geändert": "alt@nord.example",
        "Ihr Antrag auf ein Konto im UNIPLUS Kundenportal": "> Bitte erst die EDV fragen.",
    }  # fmt: skip
    found = {}
    for letter in await account_letters(cast):
        message = await written(cast, letter)
        assert message is not None
        text, html = parts(message)
        found[str(message["Subject"])] = text
        assert message["References"] is None
        for part in (text, html):
            assert "lassen sich nicht abschalten" in part
            assert "#notifications" not in part
    assert found.keys() == expected.keys()
    for subject, words in expected.items():
        assert words in found[subject]


async def test_a_request_that_was_approved_after_all_is_not_declined_by_mail(cast: Cast) -> None:
    letters = await account_letters(cast)
    await AccessRequest.all().update(state=RequestState.APPROVED)
    assert await written(cast, letters[-1]) is None


# --- languages ---


async def test_the_reader_chooses_the_language_not_the_writer(cast: Cast) -> None:
    await Person.filter(id=cast.edv.id).update(language="en")
    with speaking("en"):
        number = await cast.ticket("user")
    await cast.move("edv", number, "handover")
    english, german = await last(cast, "edv"), await last(cast, "staff")
    assert "A ticket is waiting for your review" in parts(english)[0]
    assert '<html lang="en">' in parts(english)[1]
    assert "Ein Ticket wurde Ihnen übergeben" in parts(german)[0]
    with speaking("en"):
        assert "Ein Ticket wurde Ihnen übergeben" in parts(await last(cast, "staff"))[0]


async def test_who_chose_no_language_reads_the_one_that_their_browser_asked_for_last(cast: Cast) -> None:
    with speaking("en"):
        await start_session(cast.edv, "Firefox", "192.0.2.1")
    number = await cast.ticket("user")
    assert '<html lang="en">' in parts(await last(cast, "edv"))[1]
    await start_session(cast.edv, "Firefox", "192.0.2.1")
    await cast.reply("user", number, "Noch etwas.")
    assert '<html lang="de">' in parts(await last(cast, "edv"))[1]


@pytest.mark.parametrize("language", ["de", "en"])
async def test_every_letter_can_be_written_in_every_language(cast: Cast, language: str) -> None:
    await Person.all().update(language=language)
    number = await cast.ticket("user", handed_over=True)
    said = await cast.reply("edv", number, "Eine Nachricht")
    since = (await cast.see("user", number))["waiting_since"].isoformat()
    await Letter.all().delete()
    for letter in outbox.TICKET_LETTERS:
        await outbox.post([cast.user.id], letter, ticket=number, message=said, actor=cast.edv.id, since=since)
    found = [await written(cast, letter) for letter in [*await Letter.all(), *await account_letters(cast)]]
    assert len(found) >= len(outbox.LETTERS)
    for message in found:
        for part in parts(message):
            assert "%(" not in part
            assert "None" not in part


def own_texts() -> set[str]:
    """Everything that letters say of themselves."""
    said = set()
    for text in texts.TEXTS.values():
        said |= {text.title, *text.sentences, text.why, text.button, text.subject}
    for file in (ROOT / "templates/mail").iterdir():
        said |= set(re.findall(r"_\(\"([^\"]+)\"", file.read_text()))
    for file in ("contents.py", "reasons.py"):
        said |= set(re.findall(r"translate\(\s*\"([^\"]+)\"", (ROOT / "app/mail" / file).read_text()))
    return (said | {texts.DIGEST_SUBJECT, texts.DIGEST_WHY} | set(outbox.LABELS.values())) - {""}


@pytest.mark.no_database
@pytest.mark.sqlite_only
def test_every_text_of_the_letters_has_its_english_with_the_same_values() -> None:
    from app.mail.reasons import REASONS

    english = catalogue("en")
    for text in own_texts() | set(REASONS):
        assert text in english, text
        assert sorted(re.findall(r"%\(\w+\)s", english[text])) == sorted(re.findall(r"%\(\w+\)s", text)), text


@pytest.mark.no_database
@pytest.mark.sqlite_only
def test_there_are_words_for_every_letter() -> None:
    variants = {"second_factor_on", "second_factor_off", "closed_unanswered", "review_overdue_unseen"}
    written = set(texts.TEXTS) - variants | {"second_factor_changed"}
    assert written == set(outbox.LETTERS) == set(outbox.LABELS)


@pytest.mark.no_database
@pytest.mark.sqlite_only
def test_every_word_in_the_mail_templates_can_be_translated() -> None:
    for file in sorted((ROOT / "templates/mail").iterdir()):
        text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", file.read_text(), flags=re.DOTALL)
        text = re.sub(r"<style>.*?</style>|<[^>]*>|/settings#notifications", " ", text, flags=re.DOTALL)
        assert not re.findall(r"[^\W\d_]{2,}", text), file.name
