"""Passwords: which ones are too easy, changing one's own, links by mail that set one once and only once."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from app import clock
from app.domain import accounts, passwords, tokens
from app.domain.models import AuditEntry, FormKey, Letter, Person, Purpose, Session, Token
from app.domain.passwords import INVITATION_AGE, RESET_AGE, NewPassword
from app.domain.refusals import Refused
from app.domain.throttle import TooMany
from app.domain.weak_passwords import Weakness, weakness
from tests.cast import PASSWORD, Cast, form_key

pytestmark = pytest.mark.usefixtures("quick_hashes")

NEW = "Ein neues, langes Passwort"
HERE = "192.0.2.7"
NAMES = ["user-nord", "user@nord.example", "Ute", "Müller-Petersen", "Verband Nord", "UNIPLUS", "kundenportal"]


# --- what is easy to guess ---


@pytest.mark.no_database
@pytest.mark.parametrize(("password", "cause"), [
    ("passwort1234", "word"), ("P@ssw0rd1234", "word"), ("PASSWORT-2026", "word"), ("12345Willkommen", "word"),
    ("Sommer2026!!!", "word"), ("iloveyou1234", "word"), ("trowssap12345", "word"), ("Gehe1mnis123", "word"),
    ("hund-katze-maus", "word"), ("123456789012", "row"), ("qwertzuiop12", "row"), ("poiuztrewq99", "row"),
    ("1qay2wsx3edc", "row"), ("abcdefghijklm", "row"), ("20252024202320", "row"), ("asdfghjkl!2026", "row"),
    ("aaaaaaaaaaaa", "repeated"), ("abcabcabcabcabc", "repeated"), ("x1x1x1x1x1x1", "repeated"),
    ("PasswortPasswort", "repeated"), ("user-nord-2026", "name"), ("USER-NORD-2026-neu", "name"),
    ("Ute.Petersen.1", "name"), ("Peters3n2026!", "name"), ("mueller-petersen", "name"), ("nesretep-etu-12", "name"),
    ("Kundenportal-Test-1", "name"), ("VerbandNord2026", "name"), ("Uniplus-Passwort", "name"),
    ("mein user-nord passwort", "name"), ("🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂", "repeated"), ("            ", "repeated"),
])  # fmt: skip
def test_a_password_made_of_what_anybody_tries_first_is_weak(password: str, cause: str) -> None:
    assert weakness(password, NAMES) == Weakness(cause)


@pytest.mark.no_database
@pytest.mark.parametrize("password", [
    NEW, "Ein-langer-Satz-7", "zitrone wandert leise", "korrekt-pferd-batterie-klammer", "xK#9!pQ&2$vL",
    "Petersens Katze mag keinen Regen", "Zwölf Boxkämpfer jagen", "sommer in der alten bootswerft", "9f8e2a71c4d6b503",
    "Привет, старый дом", "不要相信任何人说的每一句话",
])  # fmt: skip
def test_a_password_that_nobody_guesses_is_taken(password: str) -> None:
    assert weakness(password, NAMES) is None


@pytest.mark.no_database
def test_the_longest_password_is_judged_quickly_whatever_it_is() -> None:
    for password in ("a" * 200, "ab" * 100, "passwort" * 25, "1234567890" * 20, "\u0130" * 200, "ß" * 200, "0" * 200):
        assert weakness(password, NAMES) is not None
    assert weakness("", []) is Weakness.REPEATED


@pytest.mark.parametrize(("new", "said"), [
    ("kurz", "mindestens 12 Zeichen"), ("elfZeichen1", "mindestens 12 Zeichen"), ("", "mindestens 12 Zeichen"),
    ("x" * 201, "höchstens 200 Zeichen"), ("user-nord-2026", "besteht aus Namen"),
    ("passwort1234", "besteht aus Wörtern"), ("qwertzuiop12", "folgt der Tastatur"),
    ("aaaaaaaaaaaa", "wiederholt sich"),
])  # fmt: skip
async def test_each_cause_has_a_sentence_of_its_own(cast: Cast, new: str, said: str) -> None:
    with pytest.raises(Refused) as refused:
        passwords.check_new_password(new, cast.user)
    assert set(refused.value.fields) == {"new_password"}
    assert said in refused.value.fields["new_password"]
    with pytest.raises(Refused):
        await change(cast, new=new)
    assert await knows(cast, PASSWORD)


async def test_the_same_password_may_suit_somebody_else(cast: Cast) -> None:
    passwords.check_new_password("Bauer Sven geht heim", cast.user)
    with pytest.raises(Refused):
        passwords.check_new_password("Bauer-Sven-Sued-1", cast.stranger)


# --- changing one's own ---


def typed(new: str = NEW, again: str | None = None, key: str = "") -> NewPassword:
    return NewPassword(new, new if again is None else again, key or form_key())


async def change(cast: Cast, old: str = PASSWORD, new: str = NEW) -> None:
    await passwords.change_password(cast.user, old, typed(new), HERE)


async def knows(cast: Cast, password: str, who: str = "user") -> bool:
    return await accounts.authenticate(cast.person(who).user_name, password, HERE) is not None


async def letters() -> list[tuple[str, int | None, str]]:
    found = await Letter.all().order_by("id")
    return [(letter.letter, letter.to_id, letter.address) for letter in found]


async def test_a_new_password_ends_all_sessions_voids_links_and_is_told_by_mail(cast: Cast) -> None:
    sessions = [await accounts.start_session(cast.user, "Firefox", HERE) for _ in range(2)]
    other = await accounts.start_session(cast.edv, "Firefox", HERE)
    link = await tokens.issue(Purpose.PASSWORD_RESET, cast.user.id, RESET_AGE)
    await change(cast)
    assert [await accounts.find_session(token) for token in sessions] == [None, None]
    assert await accounts.find_session(other) is not None
    assert await passwords.find(Purpose.PASSWORD_RESET, link) is None
    assert not await knows(cast, PASSWORD)
    assert await knows(cast, NEW)
    assert (await cast.again("user")).password_hash.startswith("$argon2id$")  # type: ignore[union-attr]
    assert await letters() == [("password_changed", cast.user.id, "")]


async def test_a_wrong_old_password_changes_nothing_and_is_braked(cast: Cast) -> None:
    for _ in range(10):
        with pytest.raises(Refused) as refused:
            await change(cast, old="falsch")
        assert set(refused.value.fields) == {"password"}
    with pytest.raises(TooMany):
        await change(cast)
    assert await letters() == []
    assert await knows(cast, PASSWORD)


async def test_two_different_new_passwords_are_refused(cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        await passwords.change_password(cast.user, PASSWORD, typed(NEW, NEW + "!"), HERE)
    assert set(refused.value.fields) == {"new_password_again"}


async def test_a_password_of_any_letters_up_to_the_limit_works_whole(cast: Cast) -> None:
    long = ("Zwölf Boxkämpfer 🥊 jagen Viktor quer durch den großen Sylter Deich, " * 4)[:199] + "q"
    await change(cast, new=long)
    assert await knows(cast, long)
    assert not await knows(cast, long[:-1] + "#")


# --- asking for a link ---


async def test_enumeration_gets_the_same_answer_and_the_same_work(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    await Person.filter(id=cast.colleague.id).update(active=False)
    await Person.filter(id=cast.reader.id).update(password_hash=None)
    addresses = [cast.person(who).email for who in ("user", "colleague", "reader")] + ["niemand@nord.example"]
    hashed: list[str] = []
    monkeypatch.setattr(accounts, "hash_password", hashed.append)
    monkeypatch.setattr(accounts, "_verify", hashed.append)
    for address in addresses:
        await passwords.ask_reset(address, HERE)
    assert await letters() == [("password_reset", None, address) for address in addresses]
    assert [letter.context for letter in await Letter.all()] == [{}] * 4, "the row holds no token"
    entries = await AuditEntry.all().order_by("id")
    assert [(e.kind, e.subject, e.address, e.actor_id) for e in entries] == [  # type: ignore[attr-defined]
        ("password_reset_asked", address, HERE, None) for address in addresses
    ]
    assert (await Token.all().count(), hashed) == (0, [])


@pytest.mark.parametrize("address", [
    "", "user", "@", "user@", "@nord.example", "user@nord.example,evil@x.example", "user@nord.example evil@x.example",
    "user@nord.example;evil@x.example", "user@nord.example\nevil@x.example", "<user@nord.example>", "a@b@c",
    "Ute <user@nord.example>", "user@nord.example%0aBcc:x@y.example", "uſer@nord.example", "user@nord.examplé",
    '"user"@nord.example', "user@nord.example\x00", "x" * 300 + "@nord.example", "user@" + "x" * 300,
])  # fmt: skip
async def test_what_is_not_exactly_one_address_is_refused(cast: Cast, address: str) -> None:
    with pytest.raises(Refused) as refused:
        await passwords.ask_reset(address, HERE)
    assert refused.value.fields == {"email": "Bitte geben Sie genau eine gültige E-Mail-Adresse an."}
    assert await letters() == []


async def test_nobody_is_flooded_with_links(cast: Cast) -> None:
    for address in ("user@nord.example", "niemand@nord.example"):
        for n in range(5):
            await passwords.ask_reset(address, f"198.51.100.{n}")
        for spelled in (address, address.upper()):
            with pytest.raises(TooMany):
                await passwords.ask_reset(spelled, HERE)
    assert len(await letters()) == 10
    with clock.at(clock.now() + timedelta(minutes=16)):
        await passwords.ask_reset("user@nord.example", HERE)


async def test_one_client_cannot_ask_for_everybody(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    assert passwords.LINKS_PER_CLIENT == 30
    monkeypatch.setattr(passwords, "LINKS_PER_CLIENT", 6)
    for n in range(6):
        await passwords.ask_reset(f"user{n}@nord.example", HERE)
    with pytest.raises(TooMany):
        await passwords.ask_reset("user@nord.example", HERE)
    await passwords.ask_reset("user@nord.example", "198.51.100.1")


# --- links ---

LINKS = [(Purpose.PASSWORD_RESET, RESET_AGE), (Purpose.INVITATION, INVITATION_AGE)]
both = pytest.mark.parametrize(("purpose", "age"), LINKS, ids=["reset", "invitation"])


async def link_for(cast: Cast, purpose: Purpose, age: timedelta, who: str = "user") -> str:
    """A link as the postman makes it; who is invited has no password yet."""
    if purpose == Purpose.INVITATION:
        await Person.filter(id=cast.person(who).id).update(password_hash=None)
    return await tokens.issue(purpose, cast.person(who).id, age)


@both
async def test_a_link_sets_the_password_and_is_then_worth_nothing(cast: Cast, purpose: Purpose, age: timedelta) -> None:
    session = await accounts.start_session(cast.user, "Firefox", HERE)
    link, second = await link_for(cast, purpose, age), await link_for(cast, purpose, age)
    for _ in range(3):
        found = await passwords.find(purpose, link)
        assert found is not None
        assert (found.id, found.organisation.name) == (cast.user.id, "Verband Nord")
    assert await passwords.set_by_link(purpose, link, typed(), HERE)
    assert await accounts.find_session(session) is None
    assert await knows(cast, NEW)
    for dead in (link, second):
        assert await passwords.find(purpose, dead) is None
        assert not await passwords.set_by_link(purpose, dead, typed("Ein anderer langer Satz"), HERE)
    assert await knows(cast, NEW)
    assert await Session.filter(person_id=cast.user.id).count() == 0, "never a sign-in"
    entries = [entry.kind for entry in await AuditEntry.exclude(kind="signed_in")]
    told = [("password_changed", cast.user.id, "")]
    assert (entries, await letters()) == (
        (["password_reset"], told) if purpose == Purpose.PASSWORD_RESET else (["invitation_accepted"], [])
    )


@both
async def test_a_link_lives_as_long_as_it_says(cast: Cast, purpose: Purpose, age: timedelta) -> None:
    start = clock.now()
    with clock.at(start):
        link = await link_for(cast, purpose, age)
    with clock.at(start + age - timedelta(seconds=1)):
        assert await passwords.find(purpose, link) is not None
    with clock.at(start + age + timedelta(seconds=1)):
        assert await passwords.find(purpose, link) is None
        assert not await passwords.set_by_link(purpose, link, typed(), HERE)


@pytest.mark.no_database
def test_the_ages_are_those_of_the_contract() -> None:
    assert timedelta(minutes=60) == RESET_AGE
    assert timedelta(hours=72) == INVITATION_AGE


@both
async def test_an_empty_token_or_another_that_is_none_opens_nothing(
    cast: Cast, purpose: Purpose, age: timedelta
) -> None:
    link = await link_for(cast, purpose, age)
    others = [await tokens.issue(other, cast.user.id, age) for other in Purpose if other != purpose]
    stored = (await Token.filter(purpose=purpose).get()).token_hash
    for wrong in ("", " ", link[:-1], link + "A", link.upper(), stored, "\x00", f"{link}\x00", "%", "x" * 10_000,
                  "' OR ''='", "\ud800", "ä", *others):  # fmt: skip
        assert await passwords.find(purpose, wrong) is None
        assert not await passwords.set_by_link(purpose, wrong, typed(), HERE)
    await Person.filter(id=cast.user.id).update(active=False)
    assert not await passwords.set_by_link(purpose, link, typed(), HERE)
    assert await letters() == []


async def test_an_invitation_is_dead_once_there_is_a_password(cast: Cast) -> None:
    link = await tokens.issue(Purpose.INVITATION, cast.user.id, INVITATION_AGE)
    assert await passwords.find(Purpose.INVITATION, link) is None
    assert not await passwords.set_by_link(Purpose.INVITATION, link, typed(), HERE)
    assert await knows(cast, PASSWORD)


async def test_an_unfit_password_leaves_the_link_alive(cast: Cast) -> None:
    link = await link_for(cast, *LINKS[0])
    for new in (typed("kurz"), typed("user-nord-2026"), typed(NEW, "etwas anderes")):
        with pytest.raises(Refused):
            await passwords.set_by_link(Purpose.PASSWORD_RESET, link, new, HERE)
    assert await passwords.set_by_link(Purpose.PASSWORD_RESET, link, typed(), HERE)


@both
async def test_of_many_at_once_one_sets_the_password(cast: Cast, purpose: Purpose, age: timedelta) -> None:
    link = await link_for(cast, purpose, age)
    tries = [typed(f"Der {n}. lange Satz von vielen") for n in range(8)]
    done = await asyncio.gather(*(passwords.set_by_link(purpose, link, one, HERE) for one in tries))
    assert sum(done) == 1
    assert await knows(cast, tries[done.index(True)].password)


@both
async def test_a_double_click_is_answered_like_the_first_one(cast: Cast, purpose: Purpose, age: timedelta) -> None:
    link, new = await link_for(cast, purpose, age), typed()
    assert await asyncio.gather(*(passwords.set_by_link(purpose, link, new, HERE) for _ in range(3))) == [True] * 3
    assert await AuditEntry.all().count() == 1
    assert not await passwords.set_by_link(purpose, link, typed(), HERE), "another form is another try"
    with clock.at(clock.now() + timedelta(minutes=2)):
        assert not await passwords.set_by_link(purpose, link, new, HERE)


async def test_a_form_key_alone_opens_nothing(cast: Cast) -> None:
    key = form_key()
    await FormKey.create(person=cast.user, key=key, outcome=passwords.DONE)
    assert not await passwords.set_by_link(Purpose.PASSWORD_RESET, "", typed(key=key), HERE)
    link = await link_for(cast, *LINKS[0])
    assert await passwords.set_by_link(Purpose.PASSWORD_RESET, link, typed(key=key), HERE)


async def test_hashing_by_reset_posts_is_no_weapon(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []

    async def hashing(password: str) -> str:
        hashed.append(password)
        raise TooMany(5)

    monkeypatch.setattr(accounts, "hash_password", hashing)
    link = await link_for(cast, *LINKS[0])
    for wrong in ("", "x" * 43, link[:-1]):
        assert not await passwords.set_by_link(Purpose.PASSWORD_RESET, wrong, typed(), HERE)
    with pytest.raises(Refused):
        await passwords.set_by_link(Purpose.PASSWORD_RESET, link, typed("kurz"), HERE)
    assert hashed == [], "only a living link and a fit password are worth a hash"
    for _ in range(40):
        with pytest.raises(TooMany):
            await passwords.set_by_link(Purpose.PASSWORD_RESET, link, typed(), HERE)
    assert len(hashed) == 20


async def test_the_password_is_set_with_all_that_belongs_to_it_or_not_at_all(cast: Cast, monkeypatch: Any) -> None:
    link = await link_for(cast, *LINKS[0])
    session = await accounts.start_session(cast.user, "Firefox", HERE)

    async def no_more(*_: Any, **__: Any) -> None:
        raise RuntimeError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr("app.domain.outbox.post", no_more)
        with pytest.raises(RuntimeError):
            await passwords.set_by_link(Purpose.PASSWORD_RESET, link, typed(), HERE)
    assert await accounts.find_session(session) is not None
    assert await knows(cast, PASSWORD)
    assert await passwords.set_by_link(Purpose.PASSWORD_RESET, link, typed(), HERE)
