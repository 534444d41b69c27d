"""Signing in: one answer for every cause, brakes, sessions that end."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
from argon2 import PasswordHasher

from app import clock
from app.database import atomic
from app.domain import accounts, throttle, tokens
from app.domain.models import Appearance, AuditEntry, Person, Purpose, Session
from app.domain.refusals import NotVisible
from app.domain.throttle import TooMany
from app.domain.tokens import token_hash
from tests.cast import PASSWORD, Cast

HERE = "192.0.2.7"
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
NOBODYS_HASH = accounts._nobody  # read before `quick` hashes cheaply


@contextmanager
def later(**more: float) -> Iterator[None]:
    with clock.at(START + timedelta(**more)):
        yield


@pytest.fixture
def real_hasher() -> Any:
    return accounts._hasher


@pytest.fixture(autouse=True)
def quick(real_hasher: Any, quick_hashes: None) -> None:
    """Hash cheaply, but for who asks for the real hasher."""


async def sign_in(name: str, password: str = PASSWORD, address: str = HERE) -> Person | None:
    return await accounts.authenticate(name, password, address)


@pytest.mark.parametrize("name", [
    "user-nord", "USER-Nord", "  user-nord ", "user@nord.example", "User@NORD.Example", "user-nord\n",
])  # fmt: skip
async def test_user_name_or_address_in_any_case(cast: Cast, name: str) -> None:
    person = await sign_in(name)
    assert person is not None
    assert person.id == cast.user.id


@pytest.mark.parametrize(("name", "password"), [
    ("user-nord", "falsch"), ("user-nord", ""), ("user-nord", PASSWORD.lower()), ("user-nord", PASSWORD + " "),
    ("niemand", PASSWORD), ("", PASSWORD), ("", ""), ("user-nord", "x" * 5000), ("x" * 5000, PASSWORD),
    ("user-nord' --", PASSWORD), ("%", PASSWORD), ("user_nord", PASSWORD), ("user\x00nord", PASSWORD),
    ("user-nord", PASSWORD + "\x00"), ("ｕser-nord", PASSWORD), ("x" * 61, PASSWORD),
])  # fmt: skip
async def test_anything_wrong_is_the_same_nothing(cast: Cast, name: str, password: str) -> None:
    assert await sign_in(name, password) is None


async def test_who_is_inactive_or_has_no_password_cannot_come_in(cast: Cast) -> None:
    await Person.filter(id=cast.user.id).update(active=False)
    await Person.filter(id=cast.edv.id).update(password_hash=None)
    await Person.filter(id=cast.staff.id).update(password_hash="not a hash")
    for name in ("user-nord", "edv-nord", "staff"):
        assert await sign_in(name) is None
    assert await sign_in("edv-nord", "nobody") is None, "the stand-in's own password opens nothing"


async def test_every_cause_costs_one_check_of_a_password(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    await Person.filter(id=cast.edv.id).update(active=False)
    await Person.filter(id=cast.deputy.id).update(password_hash=None)
    checked = []
    real = accounts._verify

    async def counting(stored: str, password: str) -> bool:
        checked.append(stored)
        return await real(stored, password)

    monkeypatch.setattr(accounts, "_verify", counting)
    for name in ("user-nord", "niemand", "edv-nord", "deputy-nord", ""):
        before = len(checked)
        assert await sign_in(name, "falsch") is None
        assert len(checked) == before + 1, name


async def test_every_failure_is_in_the_audit_log_without_naming_anybody(cast: Cast) -> None:
    await sign_in("user-nord", "falsch")
    await sign_in("niemand", "falsch")
    entries = await AuditEntry.filter(kind="sign_in_failed").order_by("id")
    assert [(e.subject, e.address, e.actor_id) for e in entries] == [  # type: ignore[attr-defined]
        ("user-nord", HERE, None), ("niemand", HERE, None),
    ]  # fmt: skip


async def test_ten_failures_stop_this_account_from_this_address_for_a_while(cast: Cast) -> None:
    with later():
        for _ in range(10):
            assert await sign_in("user-nord", "falsch") is None
        for name in ("user-nord", "USER-NORD ", "user-nord"):
            with pytest.raises(TooMany) as stopped:
                await sign_in(name)
            assert 0 < stopped.value.retry_after <= 15 * 60
        assert await sign_in("edv-nord") is not None, "others from there go on"
        assert await sign_in("user-nord", address="198.51.100.1") is not None, "and so does the person from elsewhere"
    with later(minutes=15, seconds=1):
        assert await sign_in("user-nord") is not None


async def test_a_success_forgives_the_failures_before(cast: Cast) -> None:
    for _ in range(3):
        for _ in range(9):
            assert await sign_in("user-nord", "falsch") is None
        assert await sign_in("user-nord") is not None


async def test_thirty_failures_stop_an_address_whatever_the_names(cast: Cast) -> None:
    with later():
        for i in range(30):
            assert await sign_in(f"name{i}", "falsch") is None
        with pytest.raises(TooMany):
            await sign_in("user-nord")
        assert await sign_in("user-nord", address="198.51.100.1") is not None


async def test_a_success_does_not_forgive_an_address_its_other_guesses(cast: Cast) -> None:
    """Who has one account could otherwise guess at others without end."""
    with later():
        for i in range(29):
            await sign_in(f"name{i}", "falsch")
        assert await sign_in("user-nord") is not None
        await sign_in("name30", "falsch")
        with pytest.raises(TooMany):
            await sign_in("name31", "falsch")


async def test_a_hundred_failures_stop_an_account_from_everywhere(cast: Cast) -> None:
    with later():
        for i in range(100):
            await sign_in("user-nord", "falsch", f"198.51.100.{i}")
        with pytest.raises(TooMany):
            await sign_in("user-nord", address="203.0.113.9")
    with later(minutes=16):
        assert await sign_in("user-nord", address="203.0.113.9") is not None


async def test_the_window_starts_with_the_first_try_and_ends(cast: Cast) -> None:
    window = timedelta(minutes=1)
    with later():
        await throttle.count("key", window)
    with later(seconds=50):
        await throttle.count("key", window)
        with pytest.raises(TooMany) as stopped:
            await throttle.check("key", 2)
        assert stopped.value.retry_after == 10
    with later(seconds=61):
        await throttle.check("key", 2)
        await throttle.count("key", window)
        await throttle.check("key", 2)
    await throttle.forget("key")
    await throttle.check("key", 1)


async def test_counting_at_once_loses_no_try(cast: Cast) -> None:
    await asyncio.gather(*(throttle.count("key", timedelta(minutes=1)) for _ in range(20)))
    with pytest.raises(TooMany):
        await throttle.check("key", 20)
    await throttle.check("key", 21)


async def test_a_flood_of_sign_ins_is_turned_away_before_it_hashes(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    at_work: list[int] = []
    most = 0

    class Slow(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
            nonlocal most
            at_work.append(1)
            most = max(most, len(at_work))
            time.sleep(0.05)
            at_work.pop()
            return super().verify(hash, password)

    monkeypatch.setattr(accounts, "_hasher", Slow(time_cost=1, memory_cost=8, parallelism=1))
    monkeypatch.setattr(accounts, "_most_waiting", 3)
    answers = await asyncio.gather(
        *(sign_in(f"name{i}", "falsch", f"198.51.100.{i}") for i in range(20)), return_exceptions=True
    )
    assert any(isinstance(answer, TooMany) for answer in answers)
    assert all(answer is None or isinstance(answer, TooMany) for answer in answers)
    assert most == 2, "two hash at once"
    assert accounts._waiting == 0
    assert await sign_in("user-nord") is not None


async def start(cast: Cast, who: str = "user") -> str:
    return await accounts.start_session(cast.person(who), "Firefox 150", HERE)


async def test_a_session_is_known_by_its_secret_of_which_only_the_hash_is_kept(cast: Cast) -> None:
    token = await start(cast)
    session = await accounts.find_session(token)
    assert session is not None
    assert (session.person_id, session.person.organisation.name) == (cast.user.id, "Verband Nord")
    (row,) = await Session.all()
    assert row.token_hash == token_hash(token) != token
    assert token not in str(dict(row))
    for wrong in ("", "x", token[:-1], token + "x", row.token_hash, token.swapcase()):
        assert await accounts.find_session(wrong) is None
    assert len({await start(cast) for _ in range(20)}) == 20


async def test_a_session_ends_after_twelve_idle_hours(cast: Cast) -> None:
    with later():
        token = await start(cast)
    for hours in (11, 22, 33):
        with later(hours=hours):
            assert await accounts.find_session(token) is not None
    with later(hours=33 + 12, seconds=1):
        assert await accounts.find_session(token) is None


async def test_a_session_ends_after_seven_days_however_busy(cast: Cast) -> None:
    with later():
        token = await start(cast)
    for hours in range(0, 7 * 24, 11):
        with later(hours=hours):
            assert await accounts.find_session(token) is not None, hours
    with later(days=7, seconds=1):
        assert await accounts.find_session(token) is None


async def test_looking_is_written_down_every_few_minutes_only(cast: Cast) -> None:
    async def seen() -> datetime:
        return (await Session.all())[0].seen_at

    with later():
        token = await start(cast)
    with later(minutes=4):
        await accounts.find_session(token)
    assert await seen() == START
    with later(minutes=6):
        await accounts.find_session(token)
    assert await seen() == START + timedelta(minutes=6)


async def test_signing_out_ends_one_browser_and_everywhere_ends_all(cast: Cast) -> None:
    one, two, other = await start(cast), await start(cast), await start(cast, "edv")
    session = await accounts.find_session(one)
    assert session is not None
    await accounts.end_session(session)
    assert await accounts.find_session(one) is None
    assert await accounts.find_session(two) is not None
    await accounts.end_sessions(cast.user)
    assert await accounts.find_session(two) is None
    assert await accounts.find_session(other) is not None


async def test_deactivation_ends_sessions_at_once(cast: Cast) -> None:
    token = await start(cast)
    await Person.filter(id=cast.user.id).update(active=False)
    assert await accounts.find_session(token) is None


async def test_one_sees_ones_own_living_sessions_newest_first(cast: Cast) -> None:
    with later():
        await start(cast)
    with later(hours=20):
        await start(cast, "edv")
        await start(cast)
    with later(hours=21):
        await start(cast)
        found = await accounts.sessions_of(cast.user)
    assert [s.seen_at for s in found] == [START + timedelta(hours=21), START + timedelta(hours=20)]


async def test_sessions_that_reached_their_absolute_end_are_not_listed_as_living(cast: Cast) -> None:
    with later():
        token = await start(cast)
    for hours in range(0, 7 * 24, 11):
        with later(hours=hours):
            await accounts.find_session(token)
    with later(days=7, minutes=1):
        assert await accounts.find_session(token) is None
        assert await accounts.sessions_of(cast.user) == []


async def test_a_sign_in_is_remembered_with_the_person(cast: Cast) -> None:
    with later():
        await start(cast)
    assert (await cast.again("user")).signed_in_at == START
    assert (await cast.again("colleague")).signed_in_at is None
    await accounts.start_session(cast.user, "Firefox 150", HERE, kind="signed_in_x3")
    assert [entry.kind for entry in await AuditEntry.all().order_by("id")] == ["signed_in", "signed_in_x3"]


async def test_one_device_is_signed_out_and_the_others_stay(cast: Cast) -> None:
    one, two, other = await start(cast), await start(cast), await start(cast, "edv")
    session = await accounts.find_session(one)
    assert session is not None
    for stranger in (cast.edv, cast.stranger, cast.admin):
        with pytest.raises(NotVisible):
            await accounts.end_device(stranger, session.id)
    await accounts.end_device(cast.user, session.id)
    found = [await accounts.find_session(token) is not None for token in (one, two, other)]
    assert found == [False, True, True]
    with pytest.raises(NotVisible):
        await accounts.end_device(cast.user, session.id)


@pytest.mark.parametrize("here_too", [True, False])
async def test_signing_out_everywhere_voids_links_and_half_done_sign_ins_too(cast: Cast, here_too: bool) -> None:
    here, there, other = await start(cast), await start(cast), await start(cast, "edv")
    links = [await tokens.issue(purpose, cast.user.id, timedelta(hours=1)) for purpose in Purpose]
    foreign = await tokens.issue(Purpose.PASSWORD_RESET, cast.edv.id, timedelta(hours=1))
    session = await accounts.find_session(here)
    assert session is not None
    async with atomic():
        await (accounts.end_all(cast.user.id) if here_too else accounts.end_others(session))
    found = [await accounts.find_session(token) is not None for token in (here, there, other)]
    assert found == [not here_too, False, True]
    living = [await tokens.find(purpose, link) for purpose, link in zip(Purpose, links, strict=True)]
    assert living == [None] * len(Purpose)
    assert await tokens.find(Purpose.PASSWORD_RESET, foreign) is not None


async def test_ones_own_password_is_asked_again_with_a_brake(cast: Cast) -> None:
    await Person.filter(id=cast.edv.id).update(password_hash=None)
    assert await accounts.knows_password(cast.user, PASSWORD)
    assert not await accounts.knows_password(await cast.again("edv"), "nobody")
    for _ in range(10):
        assert not await accounts.knows_password(cast.user, "falsch")
    with pytest.raises(TooMany):
        await accounts.knows_password(cast.user, PASSWORD)


async def test_hashing_waits_in_a_short_queue_too(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "_most_waiting", 3)
    hashing = (accounts.hash_password("Ein langer Satz") for _ in range(20))
    answers = await asyncio.gather(*hashing, return_exceptions=True)
    assert any(isinstance(answer, TooMany) for answer in answers)
    assert any(isinstance(answer, str) for answer in answers)
    assert accounts._waiting == 0


async def test_settings_change_only_ones_own_row(cast: Cast) -> None:
    await accounts.change_profile(cast.user, "Uta", "Peters")
    await accounts.change_appearance(cast.user, Appearance.DARK)
    await accounts.change_columns(cast.user, "module waiting")
    me, other = await cast.again("user"), await cast.again("colleague")
    assert (me.name, me.initials, me.appearance, me.list_columns) == ("Uta Peters", "UP", "dark", "module waiting")
    assert (other.name, other.appearance, other.list_columns) == ("Karl Jansen", "system", "")


def test_an_unknown_name_costs_as_much_as_a_wrong_password(real_hasher: Any) -> None:
    assert not real_hasher.check_needs_rehash(NOBODYS_HASH)


def test_new_passwords_cost_what_owasp_asks(real_hasher: Any) -> None:
    assert (real_hasher.time_cost, real_hasher.memory_cost, real_hasher.parallelism) == (2, 19 * 1024, 1)
    assert real_hasher.type.name == "ID"
