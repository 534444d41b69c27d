"""The second factor: each code once, brakes, recovery codes, and who may switch it off."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest

from app import clock
from app.domain import accounts, passwords, second_factor, tokens, totp
from app.domain.models import AuditEntry, Letter, Person, Purpose, RecoveryCode, Session
from app.domain.refusals import Conflict, NotAllowed, Refused
from app.domain.throttle import TooMany
from tests.cast import PASSWORD, Cast, form_key

pytestmark = pytest.mark.usefixtures("quick_hashes")

HERE = "192.0.2.7"
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@contextmanager
def later(**more: float) -> Iterator[None]:
    with clock.at(START + timedelta(**more)):
        yield


def code(seconds: float = 0) -> str:
    """What the app shows now, or some seconds from now."""
    return pyotp.TOTP(SECRET).at(clock.now() + timedelta(seconds=seconds))


async def session_of(cast: Cast, who: str = "user") -> Session:
    token = await accounts.start_session(cast.person(who), "Firefox", HERE)
    found = await accounts.find_session(token)
    assert found is not None
    return found


async def switch_on(cast: Cast, who: str = "user") -> list[str]:
    """As it is a minute ago, so that the present code is unused."""
    with clock.at(clock.now() - timedelta(minutes=2)):
        return await second_factor.turn_on(await session_of(cast, who), SECRET, PASSWORD, code(), HERE)


async def step(cast: Cast, who: str = "user", next: str = "") -> str:
    """The right password has been given."""
    return await second_factor.ask(await cast.again(who), next)


async def enter(token: str, typed: str, key: str = "") -> second_factor.SignedIn | None:
    return await second_factor.sign_in(token, typed, key or form_key(), "Firefox", HERE)


async def kinds() -> list[str]:
    return [entry.kind for entry in await AuditEntry.exclude(kind="signed_in").order_by("id")]


# --- codes ---


@pytest.mark.no_database
@pytest.mark.parametrize(("seconds", "digits"), [
    (59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037"),
])  # fmt: skip
def test_codes_are_those_of_the_standard(seconds: int, digits: str) -> None:
    with clock.at(datetime.fromtimestamp(seconds, UTC)):
        assert totp.step_of(SECRET, digits) == seconds // 30
        assert totp.step_of(SECRET, "000000") is None


@pytest.mark.no_database
def test_a_code_fits_half_a_minute_early_or_late() -> None:
    with later():
        shown = code()
    for seconds, fits in ((-31, False), (-29, True), (0, True), (29, True), (59, True), (61, False)):
        with later(seconds=seconds):
            assert (totp.step_of(SECRET, shown) is not None) is fits, seconds


@pytest.mark.no_database
def test_secrets_are_new_and_of_160_bits() -> None:
    made = {totp.new_secret() for _ in range(50)}
    assert len(made) == 50
    assert all(totp.is_secret(one) and len(one) == 32 for one in made)
    for wrong in ("", "A" * 31, "A" * 33, "a" * 32, "1" * 32, "Ä" * 32, "A" * 31 + "\n"):
        assert not totp.is_secret(wrong)


@pytest.mark.no_database
@pytest.mark.parametrize(("typed", "read"), [
    ("123456", "123456"), (" 123 456 ", "123456"), ("123-456", "123456"), ("1234 5678 9012 3456", "1234567890123456"),
    ("", ""), ("abc123", ""), ("１２３４５６", ""), ("١٢٣٤٥٦", ""), ("12345\x006", ""), ("123,456", ""),
])  # fmt: skip
def test_codes_are_read_as_people_type_them(typed: str, read: str) -> None:
    assert totp.digits(typed) == read


# --- the second step ---


async def test_the_right_code_signs_in_where_the_person_was_going(cast: Cast) -> None:
    await switch_on(cast)
    token = await step(cast, next="/tickets?q=abc")
    assert await second_factor.asked(token)
    done = await enter(token, code())
    assert done is not None
    assert done.next == "/tickets?q=abc"
    session = await accounts.find_session(done.token)
    assert session is not None
    assert session.person_id == cast.user.id
    assert not await second_factor.asked(token)
    assert await accounts.find_session(token) is None, "what stands for the password is no session"


async def test_a_wrong_code_is_one_sentence_and_the_sign_in_goes_on(cast: Cast) -> None:
    await switch_on(cast)
    token = await step(cast)
    for wrong in ("", "abc", "12345", "1234567", code(-90), code(90), "0" * 16, "\x00", "x" * 10_000):
        with pytest.raises(Refused) as refused:
            await enter(token, wrong)
        assert refused.value.fields == {"code": second_factor.WRONG_CODE}
    assert await enter(token, code()) is not None
    assert (await AuditEntry.filter(kind="second_factor_failed").first()).subject == "user-nord"  # type: ignore[union-attr]


async def test_each_code_works_once_also_for_another_sign_in(cast: Cast) -> None:
    with later():
        await switch_on(cast)
        first, second = await step(cast), await step(cast)
        used = code()
        assert await enter(first, used) is not None
        for again in (used, code(-30)):
            with pytest.raises(Refused):
                await enter(second, again)
    with later(seconds=30):
        with pytest.raises(Refused):
            await enter(second, used)
        assert await enter(second, code()) is not None


async def test_the_code_that_switched_it_on_is_used_up(cast: Cast) -> None:
    await second_factor.turn_on(await session_of(cast), SECRET, PASSWORD, shown := code(), HERE)
    with pytest.raises(Refused):
        await enter(await step(cast), shown)


async def test_of_two_at_once_with_one_code_one_comes_in(cast: Cast) -> None:
    await switch_on(cast)
    shown = code()
    waiting = [await step(cast) for _ in range(4)]
    answers = await asyncio.gather(*(enter(token, shown) for token in waiting), return_exceptions=True)
    assert sum(isinstance(answer, second_factor.SignedIn) for answer in answers) == 1
    assert sum(isinstance(answer, Refused) for answer in answers) == 3


async def test_a_double_click_signs_in_like_the_first_one(cast: Cast) -> None:
    await switch_on(cast)
    token, key, shown = await step(cast), form_key(), code()
    answers = await asyncio.gather(*(enter(token, shown, key) for _ in range(3)))
    sessions = [await accounts.find_session(answer.token) for answer in answers if answer]
    assert [session.person_id for session in sessions if session] == [cast.user.id] * 3
    with pytest.raises(Refused):
        await enter(token, shown)
    with clock.at(clock.now() + timedelta(minutes=2)):
        assert await enter(token, shown, key) is None


async def test_a_form_key_of_something_else_stands_for_no_code(cast: Cast) -> None:
    await switch_on(cast)
    first, second, key = await step(cast), await step(cast), form_key()
    assert await enter(first, code(), key) is not None
    for wrong in ("000000", code()):
        with pytest.raises(Refused):
            await enter(second, wrong, key)


async def test_the_second_step_ends_after_ten_minutes(cast: Cast) -> None:
    with later():
        await switch_on(cast)
        token = await step(cast)
    with later(minutes=10, seconds=1):
        assert not await second_factor.asked(token)
        assert await enter(token, code()) is None


async def test_what_stands_for_no_password_opens_nothing(cast: Cast) -> None:
    await switch_on(cast)
    link = await tokens.issue(Purpose.PASSWORD_RESET, cast.user.id, timedelta(hours=1))
    session = await accounts.start_session(cast.user, "Firefox", HERE)
    for wrong in ("", "x" * 43, link, session, "\x00", "x" * 10_000):
        assert not await second_factor.asked(wrong)
        assert await enter(wrong, code()) is None
    waiting = await step(cast)
    assert await passwords.find(Purpose.PASSWORD_RESET, waiting) is None
    await Person.filter(id=cast.user.id).update(active=False)
    assert await enter(waiting, code()) is None


async def test_a_new_password_ends_a_half_done_sign_in(cast: Cast) -> None:
    await switch_on(cast)
    waiting = await step(cast)
    new = passwords.NewPassword("Ein neues, langes Passwort", "Ein neues, langes Passwort", form_key())
    await passwords.change_password(await cast.again("user"), PASSWORD, new, HERE)
    assert await enter(waiting, code()) is None


async def test_brute_force_of_codes_ends_for_a_while(cast: Cast) -> None:
    with later():
        await switch_on(cast)
        token = await step(cast)
        for n in range(10):
            with pytest.raises(Refused):
                await second_factor.sign_in(token, f"00000{n}", form_key(), "Firefox", f"198.51.100.{n}")
        with pytest.raises(TooMany) as stopped:
            await enter(await step(cast), code())
        assert 0 < stopped.value.retry_after <= 15 * 60
        with pytest.raises(TooMany):
            await second_factor.turn_off(await session_of(cast), PASSWORD, code(), HERE)
    with later(minutes=16):
        assert await enter(await step(cast), code()) is not None


async def test_brute_force_of_codes_by_a_patient_one_ends_for_a_day(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert second_factor.TRIES_A_DAY == 100
    monkeypatch.setattr(second_factor, "TRIES_A_DAY", 6)
    with later():
        await switch_on(cast)
    for quarter in range(3):
        with later(minutes=16 * quarter):
            token = await step(cast)
            for _ in range(2):
                with pytest.raises(Refused):
                    await enter(token, "000")
    with later(minutes=16 * 4), pytest.raises(TooMany):
        await enter(await step(cast), code())
    with later(hours=25):
        assert await enter(await step(cast), code()) is not None


# --- recovery codes ---


async def test_a_recovery_code_stands_in_once(cast: Cast) -> None:
    codes = await switch_on(cast)
    assert len({*codes}) == len(codes) == 10
    spelled = " ".join(codes[3][at : at + 4] for at in range(0, 16, 4))
    assert await enter(await step(cast), spelled) is not None
    with pytest.raises(Refused):
        await enter(await step(cast), codes[3])
    assert await second_factor.codes_left(cast.user) == 9
    assert "recovery_code_used" in await kinds()
    stored = [row.code_hash for row in await RecoveryCode.all()]
    assert not any(one in "".join(stored) for one in codes), "only hashes are kept"


async def test_of_two_at_once_with_one_recovery_code_one_comes_in(cast: Cast) -> None:
    codes = await switch_on(cast)
    waiting = [await step(cast) for _ in range(4)]
    answers = await asyncio.gather(*(enter(token, codes[0]) for token in waiting), return_exceptions=True)
    assert sum(isinstance(answer, second_factor.SignedIn) for answer in answers) == 1


async def test_a_recovery_code_is_its_owners_only(cast: Cast) -> None:
    codes = await switch_on(cast)
    await switch_on(cast, "stranger")
    with pytest.raises(Refused):
        await enter(await step(cast, "stranger"), codes[0])
    assert await second_factor.codes_left(cast.user) == 10


async def test_new_recovery_codes_end_the_old_ones_and_need_the_password(cast: Cast) -> None:
    old = await switch_on(cast)
    with pytest.raises(Refused) as refused:
        await second_factor.make_recovery_codes(await cast.again("user"), "falsch")
    assert set(refused.value.fields) == {"password"}
    new = await second_factor.make_recovery_codes(await cast.again("user"), PASSWORD)
    with pytest.raises(Refused):
        await enter(await step(cast), old[0])
    assert await enter(await step(cast), new[0]) is not None
    assert await second_factor.codes_left(cast.user) == 9


async def test_without_a_second_factor_there_are_no_recovery_codes(cast: Cast) -> None:
    with pytest.raises(Conflict):
        await second_factor.make_recovery_codes(cast.user, PASSWORD)
    assert await RecoveryCode.all().count() == 0


# --- switching it on and off ---


async def letters() -> list[tuple[str, int | None, dict[str, object]]]:
    return [(letter.letter, letter.to_id, letter.context) for letter in await Letter.all().order_by("id")]


async def test_it_counts_only_once_a_code_has_come(cast: Cast) -> None:
    here = await session_of(cast)
    for secret, password, typed, place in (
        (SECRET, PASSWORD, "000000", "code"), (SECRET, PASSWORD, code(-90), "code"), ("", PASSWORD, code(), "code"),
        ("A" * 31, PASSWORD, code(), "code"), (SECRET, "falsch", code(), "password"), (SECRET, PASSWORD, "", "code"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            await second_factor.turn_on(here, secret, password, typed, HERE)
        assert set(refused.value.fields) == {place}
    assert (await cast.again("user")).totp_secret is None
    assert await letters() == []


async def test_sessions_that_live_on_end_when_the_factor_changes_but_for_this_one(cast: Cast) -> None:
    here, there = await session_of(cast), await session_of(cast)
    codes = await second_factor.turn_on(here, SECRET, PASSWORD, code(), HERE)
    assert [row.id for row in await Session.filter(person_id=cast.user.id)] == [here.id]
    there = await session_of(cast)
    here.person = await cast.again("user")
    await second_factor.turn_off(here, PASSWORD, codes[0], HERE)
    assert await Session.filter(id=there.id).count() == 0
    assert await Session.filter(id=here.id).count() == 1
    assert (await cast.again("user")).totp_secret is None
    assert await RecoveryCode.all().count() == 0
    assert await letters() == [("second_factor_changed", cast.user.id, {"on": on}) for on in (True, False)]
    assert await kinds() == ["second_factor_on", "recovery_code_used", "second_factor_off"]


async def test_a_second_secret_does_not_replace_the_first(cast: Cast) -> None:
    await switch_on(cast)
    other = totp.new_secret()
    with pytest.raises(Conflict):
        await second_factor.turn_on(await session_of(cast), other, PASSWORD, pyotp.TOTP(other).at(clock.now()), HERE)
    assert (await cast.again("user")).totp_secret == SECRET


async def test_a_double_click_shows_codes_that_work(cast: Cast) -> None:
    here, shown = await session_of(cast), code()
    await second_factor.turn_on(here, SECRET, PASSWORD, shown, HERE)
    codes = await second_factor.turn_on(here, SECRET, PASSWORD, shown, HERE)
    assert await enter(await step(cast), codes[0]) is not None
    with pytest.raises(Refused):
        await enter(await step(cast), shown)


async def test_switching_it_off_needs_password_and_code(cast: Cast) -> None:
    await switch_on(cast)
    here = await session_of(cast)
    here.person = await cast.again("user")
    wrong = (("falsch", code(), "password"), (PASSWORD, "000000", "code"), ("", code(), "password"))
    for password, typed, place in wrong:
        with pytest.raises(Refused) as refused:
            await second_factor.turn_off(here, password, typed, HERE)
        assert set(refused.value.fields) == {place}
    assert (await cast.again("user")).totp_secret == SECRET
    await second_factor.turn_off(here, PASSWORD, code(), HERE)
    assert (await cast.again("user")).totp_secret is None


async def test_only_an_admin_resets_somebody_elses(cast: Cast) -> None:
    await switch_on(cast)
    await session_of(cast)
    for who in ("user", "colleague", "edv", "stranger", "strange_edv", "staff"):
        with pytest.raises(NotAllowed):
            await second_factor.reset(cast.person(who), await cast.again("user"))
    with pytest.raises(NotAllowed):
        await second_factor.reset(cast.admin, cast.admin)
    waiting = await step(cast)
    await second_factor.reset(cast.admin, await cast.again("user"))
    assert (await cast.again("user")).totp_secret is None
    assert await Session.filter(person_id=cast.user.id).count() == 0
    assert await RecoveryCode.all().count() == 0
    assert await enter(waiting, code()) is None
    entry = await AuditEntry.get(kind="second_factor_reset")
    assert (entry.actor_id, entry.subject) == (cast.admin.id, "user-nord")  # type: ignore[attr-defined]
    await second_factor.reset(cast.admin, await cast.again("user"))
    assert len(await letters()) == 2, "there was nothing to reset any more"


async def test_it_is_switched_on_with_all_that_belongs_to_it_or_not_at_all(cast: Cast, monkeypatch: Any) -> None:
    here = await session_of(cast)

    async def no_more(*_: Any, **__: Any) -> None:
        raise RuntimeError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr("app.domain.outbox.post", no_more)
        with pytest.raises(RuntimeError):
            await second_factor.turn_on(here, SECRET, PASSWORD, code(), HERE)
    assert (await cast.again("user")).totp_secret is None
    assert await RecoveryCode.all().count() == 0
