"""The postman before a real mail server in every mood: nothing is lost, and nobody's trouble is another one's."""

import asyncio
import email
import os
import stat
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from app import clock
from app.config import Settings
from app.domain import dispatch, outbox, passwords, tokens
from app.domain.models import Letter, LetterState, Participant, Person, Purpose, Token
from app.mail import reasons, smtp
from app.mail.postman import Postman, Timing
from app.mail.smtp import Patience
from tests.cast import Cast
from tests.mail.server import MailServer, listening, tls_context

CALM = Timing(Patience(answer=10, letter=20), goodbye=0.1)
QUICK = Timing(Patience(answer=0.3, letter=1), goodbye=0.1)  # where a server is waited for in vain
REFUSING = "smtp://127.0.0.1:1"


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    """A mail server in a good mood."""
    async with listening(MailServer()) as made:
        yield made


def postman(cast: Cast, url: str, timing: Timing = CALM, off: asyncio.Event | None = None) -> Postman:
    """A postman of a portal with this mail server."""
    return Postman(replace(cast.settings, smtp_url=url), off or asyncio.Event(), timing)


async def post(*people: Person) -> None:
    """One letter for each."""
    for person in people:
        await outbox.post([person.id], "password_changed")


async def states() -> list[str]:
    return [letter.state for letter in await Letter.all().order_by("id")]


async def only() -> Letter:
    return await Letter.get()


async def in_minutes(minutes: float) -> datetime:
    """A moment so long after the last letter was posted."""
    last = await Letter.all().order_by("-created_at").first()
    assert last is not None
    return last.created_at + timedelta(minutes=minutes, seconds=30)


async def test_what_is_due_is_sent_over_one_connection(cast: Cast, server: MailServer) -> None:
    await post(cast.user, cast.edv, cast.staff)
    await postman(cast, server.url()).round()
    assert server.recipients == [cast.user.email, cast.edv.email, cast.staff.email]
    assert server.connections == 1
    letters = await Letter.all().order_by("id")
    assert server.ids == [f"<{letter.message_id}@127.0.0.1>" for letter in letters]
    assert {(letter.state, letter.tries, letter.error) for letter in letters} == {(LetterState.SENT, 1, "")}
    assert all(letter.sent_at for letter in letters)
    await postman(cast, server.url()).round()
    assert len(server.letters) == 3


async def test_a_letter_that_is_out_is_noted_although_the_database_was_away_just_then(
    cast: Cast, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await post(cast.user)
    right, tries = dispatch.sent, list[int]()

    async def away_at_first(*given: Any) -> None:
        tries.append(1)
        if len(tries) < 3:
            raise ConnectionError("none can be written to")
        await right(*given)

    monkeypatch.setattr(dispatch, "sent", away_at_first)
    await postman(cast, server.url(), replace(CALM, noting=0.5)).round()
    assert await states() == ["sent"]
    assert (len(server.letters), len(tries)) == (1, 3)


async def test_what_is_not_due_yet_waits(cast: Cast, server: MailServer) -> None:
    await post(cast.user)
    await Letter.all().update(due_at=clock.now() + timedelta(minutes=5))
    await postman(cast, server.url()).round()
    assert server.letters == []
    assert (await only()).tries == 0


@pytest.mark.parametrize("mood", ["refuses", "silent", "421 greeting"])
async def test_without_a_server_one_letter_has_tried_and_the_others_just_wait(
    cast: Cast, server: MailServer, mood: str
) -> None:
    server.silent = mood == "silent"
    server.mail = lambda address: "421 too busy" if mood.startswith("421") else None
    await post(cast.user, cast.edv, cast.staff)
    before = clock.now()
    await postman(cast, REFUSING if mood == "refuses" else server.url(), QUICK).round()
    letters = await Letter.all().order_by("id")
    tried = [letter for letter in letters if letter.tries]
    assert len(tried) == (2 if mood.startswith("421") else 1), "a server that speaks is tried with a second letter"
    assert {letter.state for letter in letters} == {LetterState.WAITING}
    assert all(letter.error for letter in tried)
    assert all(before + timedelta(seconds=59) < letter.due_at < before + timedelta(seconds=90) for letter in tried)


async def test_a_postman_who_found_nobody_rests_for_a_minute(cast: Cast, server: MailServer) -> None:
    await post(cast.user, cast.edv)
    round_maker = postman(cast, REFUSING)
    await round_maker.round()
    round_maker._post = smtp.post_for(replace(cast.settings, smtp_url=server.url()), CALM.patience)
    await round_maker.round()
    assert server.connections == 0
    with clock.at(clock.now() + timedelta(seconds=61)):
        await round_maker.round()
    assert len(server.letters) == 2


async def test_as_soon_as_the_server_is_back_everything_goes_at_once(cast: Cast, server: MailServer) -> None:
    await post(cast.user, cast.edv)
    await Letter.filter(to_id=cast.user.id).update(
        tries=5, error=f"{reasons.NO_SERVER} (refused)", due_at=clock.now() + timedelta(hours=4)
    )
    await postman(cast, server.url()).round()
    assert await states() == ["sent", "sent"]


async def test_a_letter_that_somebody_else_is_sending_is_not_hurried(cast: Cast, server: MailServer) -> None:
    await post(cast.user)
    (row,) = await dispatch.due()
    assert await dispatch.claim(row)
    await post(cast.edv)
    await postman(cast, server.url()).round()
    assert server.recipients == [cast.edv.email]


async def test_450_for_one_recipient_is_tried_again_after_1_5_and_15_minutes(cast: Cast, server: MailServer) -> None:
    server.rcpt = lambda address: "450 greylisted" if address == cast.user.email else None
    await post(cast.user, cast.edv)
    for tries, wait in enumerate((1, 5, 15, 60, 240), 1):
        before = clock.now()
        await postman(cast, server.url()).round()
        letter = await Letter.get(to_id=cast.user.id)
        assert (letter.state, letter.tries) == (LetterState.WAITING, tries)
        assert letter.error == f"{reasons.NOT_NOW} (450 greylisted)"
        assert abs(letter.due_at - before - timedelta(minutes=wait)) < timedelta(seconds=5)
        await Letter.filter(id=letter.id).update(due_at=clock.now())
    assert server.recipients == [cast.edv.email]
    server.rcpt = lambda address: None
    await postman(cast, server.url()).round()
    assert await states() == ["sent", "sent"]


async def test_after_about_two_days_it_gives_up(cast: Cast, server: MailServer) -> None:
    assert timedelta(days=2) < sum(dispatch.BACKOFF, timedelta()) < timedelta(days=2, hours=4)
    server.rcpt = lambda address: "451 later"
    await post(cast.user)
    await Letter.all().update(tries=len(dispatch.BACKOFF) - 1)
    for state in (LetterState.WAITING, LetterState.FAILED):
        await postman(cast, server.url()).round()
        assert (await only()).state == state
        await Letter.all().update(due_at=clock.now())
    assert (await only()).error == f"{reasons.NOT_NOW} (451 later)"
    await postman(cast, server.url()).round()
    assert (await only()).tries == len(dispatch.BACKOFF) + 1


async def test_550_for_one_recipient_has_failed_at_once_and_holds_nobody_up(cast: Cast, server: MailServer) -> None:
    server.rcpt = lambda address: "550 5.1.1 no such user" if address == cast.edv.email else None
    await post(cast.user, cast.edv, cast.staff)
    await postman(cast, server.url()).round()
    assert await states() == ["sent", "failed", "sent"]
    assert server.connections == 1
    assert (await Letter.get(to_id=cast.edv.id)).error == f"{reasons.NOBODY} (550 5.1.1 no such user)"


@pytest.mark.parametrize(("answer", "state"), [("554 looks like spam", "failed"), ("452 disk full", "waiting")])
async def test_a_letter_refused_after_its_content(cast: Cast, server: MailServer, answer: str, state: str) -> None:
    server.data = lambda letter: answer if letter["To"] == cast.user.email else None
    await post(cast.user, cast.edv)
    await postman(cast, server.url()).round()
    assert await states() == [state, "sent"]
    assert answer in (await Letter.get(to_id=cast.user.id)).error


async def test_a_sender_that_is_refused_is_nobodys_letters_fault(cast: Cast, server: MailServer) -> None:
    server.mail = lambda address: "553 not allowed to send"
    await post(cast.user, cast.edv, cast.staff)
    await postman(cast, server.url()).round()
    assert await states() == ["waiting"] * 3, "wrong settings must not fail everybody's letters"


async def test_421_in_between_puts_one_letter_off_and_the_next_goes_over_a_new_connection(
    cast: Cast, server: MailServer
) -> None:
    server.rcpt = lambda address: "421 closing" if address == cast.user.email else None
    await post(cast.user, cast.edv)
    await postman(cast, server.url()).round()
    assert await states() == ["waiting", "sent"]
    assert server.connections == 2


async def test_one_address_at_which_the_server_falls_asleep_holds_nobody_up(cast: Cast, server: MailServer) -> None:
    server.slow_rcpt = {cast.user.email}
    await post(cast.user, cast.edv)
    await postman(cast, server.url(), QUICK).round()
    assert await states() == ["waiting", "sent"]
    assert (await Letter.get(to_id=cast.user.id)).error == reasons.SLOW


@pytest.mark.parametrize("mood", ["cut_after_dot", "hang_after_dot"])
async def test_what_was_not_confirmed_goes_once_more_with_the_same_id(
    cast: Cast, server: MailServer, mood: str
) -> None:
    setattr(server, mood, 1)
    await post(cast.user)
    await postman(cast, server.url(), QUICK).round()
    letter = await only()
    assert (letter.state, letter.error) == (LetterState.WAITING, reasons.UNKNOWN)
    with clock.at(await in_minutes(1)):
        await postman(cast, server.url()).round()
    assert await states() == ["sent"]
    assert server.ids == [f"<{letter.message_id}@127.0.0.1>"] * 2


async def test_what_is_not_confirmed_twice_is_not_sent_a_third_time(cast: Cast, server: MailServer) -> None:
    server.cut_after_dot = 9
    await post(cast.user)
    for minutes in (0, 1, 10, 100):
        with clock.at(await in_minutes(minutes)):
            await postman(cast, server.url()).round()
    assert len(server.letters) == 2
    assert ((await only()).state, (await only()).error) == (LetterState.FAILED, reasons.TWICE_UNKNOWN)


# --- encryption and sign-in ---


async def test_a_password_is_not_sent_where_nothing_is_encrypted(
    cast: Cast, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "LOOPBACK", ())  # as if 127.0.0.1 were elsewhere
    await post(cast.user)
    await postman(cast, server.url("portal:Geheim-1@")).round()
    assert server.logins == []
    assert server.letters == []
    assert (await only()).error == reasons.NO_TLS


async def test_on_this_machine_a_password_needs_no_encryption(cast: Cast, server: MailServer) -> None:
    await post(cast.user)
    await postman(cast, server.url("portal:Geheim-1@")).round()
    assert server.logins == [("portal", "Geheim-1")]
    assert await states() == ["sent"]


async def test_a_refused_sign_in_is_said_without_the_password(cast: Cast, server: MailServer) -> None:
    server.login = ("portal", "anders")
    await post(cast.user)
    await postman(cast, server.url("portal:Geheim%2D1@")).round()
    assert set(server.logins) == {("portal", "Geheim-1")}
    error = (await only()).error
    assert error.startswith(f"{reasons.NO_LOGIN} (535")
    assert "Geheim" not in error


async def test_starttls_is_taken_where_it_is_offered(cast: Cast, tmp_path: Path) -> None:
    async with listening(MailServer(), tls_context(tmp_path)) as server:
        await post(cast.user)
        await postman(cast, server.url()).round()
        assert await states() == ["sent"]
        assert server.encrypted


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_a_password_goes_only_to_a_server_whose_certificate_is_good(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.setattr(smtp, "LOOPBACK", ())
    async with listening(MailServer(), tls_context(tmp_path), at_once=scheme == "smtps") as server:
        await post(cast.user)
        await postman(cast, server.url("portal:Geheim-1@", scheme)).round()
        assert server.logins == []
        assert (await only()).error.startswith(reasons.BAD_TLS)


async def test_tls_from_the_start(cast: Cast, tmp_path: Path) -> None:
    async with listening(MailServer(), tls_context(tmp_path), at_once=True) as server:
        await post(cast.user)
        await postman(cast, server.url("portal:Geheim-1@", "smtps")).round()
        assert await states() == ["sent"]
        assert server.logins == [("portal", "Geheim-1")]


# --- one letter's trouble ---


async def test_a_letter_that_cannot_be_written_is_marked_and_the_rest_flows(cast: Cast, server: MailServer) -> None:
    await post(cast.user, cast.edv, cast.staff, cast.admin)
    first, second, third, _ = await Letter.all().order_by("id")
    await Letter.filter(id=first.id).update(letter="from_the_future")
    await Letter.filter(id=second.id).update(letter="second_factor_changed", context={})
    await Letter.filter(id=third.id).update(letter="new_message", context={"ticket": "1 OR 1=1"})
    await postman(cast, server.url()).round()
    assert await states() == ["failed", "failed", "failed", "sent"]
    assert (await Letter.get(id=second.id)).error == f"{reasons.NOT_COMPOSED} (KeyError)"


@pytest.mark.parametrize("address", ["", "a@nord.example,b@nord.example", "a@b\r\nBcc: c@d.example", "a..b@c.example"])
async def test_what_is_not_one_address_gets_no_letter(cast: Cast, server: MailServer, address: str) -> None:
    await outbox.post_to_address(address, "email_changed", old=address)
    await post(cast.user)
    await postman(cast, server.url()).round()
    assert await states() == ["failed", "sent"]
    assert server.recipients == [cast.user.email]


async def test_who_is_gone_gets_nothing(cast: Cast, server: MailServer) -> None:
    await post(cast.user)
    await Person.filter(id=cast.user.id).update(active=False)
    await postman(cast, server.url()).round()
    assert await states() == ["dropped"]
    assert server.connections == 0


async def test_a_new_address_counts(cast: Cast, server: MailServer) -> None:
    await post(cast.user)
    await Person.filter(id=cast.user.id).update(email="neu@nord.example")
    await postman(cast, server.url()).round()
    assert server.recipients == ["neu@nord.example"]


# --- two postmen, and one who dies ---


async def test_two_postmen_at_once_send_each_letter_once(cast: Cast, server: MailServer) -> None:
    await post(*cast.people.values())
    await asyncio.gather(*(postman(cast, server.url()).round() for _ in range(3)))
    assert sorted(server.recipients) == sorted(person.email for person in cast.people.values())
    assert set(await states()) == {"sent"}


async def test_what_a_dead_postman_had_claimed_is_due_again_after_some_minutes(cast: Cast, server: MailServer) -> None:
    await post(cast.user)
    (row,) = await dispatch.due()
    claimed = await dispatch.claim(row)
    assert claimed is not None
    await postman(cast, server.url()).round()
    assert server.letters == []
    with clock.at(await in_minutes(10)):
        await postman(cast, server.url()).round()
    assert await states() == ["sent"]
    await dispatch.fail(claimed, "too late")  # the dead one wakes up
    assert await states() == ["sent"]


async def test_who_kills_the_postman_again_and_again_is_given_up(cast: Cast, server: MailServer) -> None:
    await post(cast.user)
    await Letter.all().update(tries=dispatch.MOST_TRIES)
    await postman(cast, server.url()).round()
    assert ((await only()).state, (await only()).error) == (LetterState.FAILED, reasons.TOO_OFTEN)


async def test_a_stopping_portal_does_not_wait_for_the_mail_server(cast: Cast, server: MailServer) -> None:
    server.hang_after_dot = 1
    await post(cast.user, cast.edv)
    off = asyncio.Event()
    sending = asyncio.ensure_future(postman(cast, server.url(), CALM, off).round())
    await server.arrived.wait()
    off.set()
    await asyncio.wait_for(sending, 2)
    letters = await Letter.all().order_by("id")
    assert [(letter.state, letter.tries) for letter in letters] == [(LetterState.WAITING, 1), (LetterState.WAITING, 0)]
    assert letters[0].due_at > clock.now() + timedelta(minutes=5), "claimed, and due again later"


# --- digest ---


@pytest.fixture
async def digested(cast: Cast) -> int:
    """A ticket in which the colleague takes part, who gets a daily digest; two messages wait for tomorrow."""
    await Person.filter(id=cast.colleague.id).update(digest=True)
    number = await cast.ticket("user")
    await Participant.create(ticket_id=number, person=cast.colleague)
    await cast.reply("user", number, "Erste Nachricht")
    await cast.reply("edv", number, "Zweite Nachricht")
    await Letter.exclude(to_id=cast.colleague.id).delete()
    return number


async def test_a_days_letters_are_one(cast: Cast, server: MailServer, digested: int) -> None:
    await postman(cast, server.url()).round()
    assert server.letters == []
    first = await Letter.all().order_by("id").first()
    assert first is not None
    with clock.at(first.due_at):
        await postman(cast, server.url()).round()
    (letter,) = server.letters
    text = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "> Erste Nachricht" in text
    assert "> Zweite Nachricht" in text
    assert await states() == ["sent", "sent"]
    assert server.ids == [f"<{first.message_id}@127.0.0.1>"]


async def test_a_digest_is_put_off_and_sent_as_a_whole(cast: Cast, server: MailServer, digested: int) -> None:
    server.rcpt = lambda address: "450 later"
    due = (await Letter.all())[0].due_at
    with clock.at(due):
        await postman(cast, server.url()).round()
    await cast.reply("user", digested, "Dritte Nachricht")  # for the next digest
    await Letter.filter(to_id=cast.user.id).delete()
    letters = await Letter.filter(to_id=cast.colleague.id).order_by("id")
    assert [letter.tries for letter in letters] == [1, 1, 0]
    assert letters[0].due_at == letters[1].due_at
    server.rcpt = lambda address: None
    await Letter.filter(tries=1).update(due_at=clock.now())
    await postman(cast, server.url()).round()
    assert [letter.state for letter in await Letter.filter(to_id=cast.colleague.id).order_by("id")] == [
        "sent", "sent", "waiting",
    ]  # fmt: skip
    assert server.recipients.count(cast.colleague.email) == 1


async def test_a_digest_leaves_out_what_the_reader_may_not_see_any_more(
    cast: Cast, server: MailServer, digested: int
) -> None:
    other = await cast.ticket("user", subject="Geheimnis")
    await Participant.create(ticket_id=other, person=cast.colleague)
    await cast.reply("user", other, "Geheime Nachricht")
    await Participant.filter(ticket_id=other).delete()
    await Letter.exclude(to_id=cast.colleague.id).delete()
    await Letter.all().update(due_at=clock.now())
    await postman(cast, server.url()).round()
    assert await states() == ["sent", "sent", "dropped"]
    assert "Geheim" not in server.letters[0].as_string()


# --- links that open something ---


async def test_a_forgotten_passwords_link_is_made_when_it_is_sent(cast: Cast, server: MailServer) -> None:
    await outbox.post_to_address(cast.user.email, "password_reset")
    assert await Token.all().count() == 0
    await postman(cast, server.url()).round()
    text = server.letters[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    token = text.split("/password/reset/")[1].split()[0]
    found = await tokens.find(Purpose.PASSWORD_RESET, token)
    assert found is not None
    assert found.person_id == cast.user.id
    assert abs(found.expires_at - clock.now() - passwords.RESET_AGE) < timedelta(seconds=30)
    assert token not in str([vars(letter) for letter in await Letter.all()])


@pytest.mark.parametrize("who", ["nobody", "inactive"])
async def test_who_has_no_account_gets_no_link_and_nobody_sees_a_difference(
    cast: Cast, server: MailServer, who: str
) -> None:
    await Person.filter(id=cast.user.id).update(active=False)
    await outbox.post_to_address(cast.user.email if who == "inactive" else "niemand@nord.example", "password_reset")
    await postman(cast, server.url()).round()
    assert await states() == ["dropped"]
    assert await Token.all().count() == 0
    assert server.connections == 0


async def test_an_invitation_brings_a_link_for_three_days_until_there_is_a_password(
    cast: Cast, server: MailServer
) -> None:
    await Person.filter(id=cast.user.id).update(password_hash=None)
    await outbox.post([cast.user.id, cast.edv.id], "invitation")
    await postman(cast, server.url()).round()
    assert server.recipients == [cast.user.email]
    token = server.letters[0].get_body(("plain",)).get_content().split("/invitation/")[1].split()[0]  # type: ignore[union-attr]
    found = await tokens.find(Purpose.INVITATION, token)
    assert found is not None
    assert abs(found.expires_at - clock.now() - passwords.INVITATION_AGE) < timedelta(seconds=30)
    assert sorted(await states()) == ["dropped", "sent"]


# --- without a mail server ---


async def test_without_a_server_letters_are_files(cast: Cast) -> None:
    await post(cast.user)
    await Postman(cast.settings, asyncio.Event(), CALM).round()
    (file,) = (cast.settings.data_dir / "mail").iterdir()
    letter = await only()
    assert letter.state == LetterState.SENT
    assert file.name.endswith(f"-user@nord.example-{letter.message_id}.eml")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    written = email.message_from_bytes(file.read_bytes(), policy=default)
    assert written["Message-ID"] == f"<{letter.message_id}@127.0.0.1>"
    assert written["To"] == cast.user.email


async def test_a_full_disk_loses_no_letter_and_leaves_no_half_of_one(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    await post(cast.user, cast.edv)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        await Postman(cast.settings, asyncio.Event(), CALM).round()
    letters = await Letter.all().order_by("id")
    assert [(letter.state, letter.tries) for letter in letters] == [(LetterState.WAITING, 1), (LetterState.WAITING, 0)]
    assert letters[0].error == f"{reasons.NO_ROOM} (No space left on device)"
    assert list((cast.settings.data_dir / "mail").iterdir()) == []
    await Postman(cast.settings, asyncio.Event(), CALM).round()
    assert await states() == ["sent", "sent"]


@pytest.mark.no_database
def test_files_are_named_so_that_no_address_leaves_the_folder() -> None:
    from app.mail.letters import Content, compose

    message = compose(Content("a./a./x'|$@nord.example", "de", "s", "t", "w"), "id", Settings())
    name = smtp._file_name(message)
    assert "/" not in name
    assert name.isascii()
