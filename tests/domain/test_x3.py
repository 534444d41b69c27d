"""X3's keys, and the codes that sign people in: whose they are, how long they live, and that each works once."""

import asyncio
from datetime import timedelta

import pytest

from app import clock
from app.domain import x3
from app.domain.models import AuditEntry, Person, Session, Token, X3Key
from app.domain.refusals import Conflict, NotAllowed, NotVisible, Refused
from app.domain.throttle import TooMany
from app.domain.tokens import token_hash
from tests.cast import Cast

HERE = "192.0.2.7"


async def key_of(cast: Cast, name: str = "Server") -> X3Key:
    """A key of Verband Nord, as a call with it finds it."""
    _, secret = await x3.issue_key(cast.admin, cast.nord.id, name)
    return await x3.key_organisation(secret, HERE)


async def code_for(cast: Cast, user: str = "user-nord", **context: str) -> str:
    """A code that X3 of Verband Nord has fetched."""
    return await x3.mint(await key_of(cast), user, context, HERE)


async def enters(code: str) -> x3.Entered | None:
    """Somebody uses a code."""
    return await x3.redeem(code, "Firefox", HERE)


async def audited() -> list[tuple[str, str]]:
    """The audit log."""
    return [(entry.kind, entry.subject) for entry in await AuditEntry.all().order_by("id")]


# --- keys ---


async def test_a_key_is_seen_once_and_kept_as_a_hash_with_its_last_letters(cast: Cast) -> None:
    key, secret = await x3.issue_key(cast.admin, cast.nord.id, "  X3-Server\n Kiel ")
    assert secret.startswith("x3k_")
    assert len(secret) >= len("x3k_") + 43
    stored = await X3Key.get(id=key.id)
    assert (stored.key_hash, stored.ending, stored.name) == (token_hash(secret), secret[-4:], "X3-Server Kiel")
    (row,) = await x3.keys_of(cast.nord.id)
    assert secret not in str(row) + str(vars(stored)) + str(await audited())
    assert (row["created_by"], row["used_at"], row["revoked_at"]) == ("Anna Winter", None, None)
    assert await audited() == [("x3_key_created", f"Verband Nord, X3-Server Kiel (…{secret[-4:]})")]


async def test_keys_are_for_admins_only(cast: Cast) -> None:
    key, _ = await x3.issue_key(cast.admin, cast.nord.id, "Server")
    for who in ("user", "edv", "stranger", "strange_edv", "staff"):
        for deed in (x3.issue_key(cast.person(who), cast.nord.id, "Meiner"), x3.revoke_key(cast.person(who), key.id),
                     x3.rotate_key(cast.person(who), key.id, revoke=True)):  # fmt: skip
            with pytest.raises(NotAllowed):
                await deed
    assert await X3Key.filter(revoked_at=None).count() == await X3Key.all().count() == 1


async def test_a_key_has_a_name(cast: Cast) -> None:
    for name in ("", "  \n", "x" * 61):
        with pytest.raises(Refused):
            await x3.issue_key(cast.admin, cast.nord.id, name)


async def test_the_vendor_and_nobody_have_no_keys(cast: Cast) -> None:
    for organisation in (cast.vendor.id, 99999):
        with pytest.raises(NotVisible):
            await x3.issue_key(cast.admin, organisation, "Server")
    with pytest.raises(NotVisible):
        await x3.revoke_key(cast.admin, 99999)


async def test_a_key_names_its_organisation_and_when_it_was_used_last(cast: Cast) -> None:
    _, secret = await x3.issue_key(cast.admin, cast.sued.id, "Server")
    start = clock.now()
    seen = []
    for minutes in (0, 3, 6):
        with clock.at(start + timedelta(minutes=minutes)):
            assert (await x3.key_organisation(secret, HERE)).organisation_id == cast.sued.id
        seen.append((await x3.keys_of(cast.sued.id))[0]["used_at"])
    assert seen == [start, start, start + timedelta(minutes=6)], "not a write for every call"


async def test_a_revoked_key_is_worth_nothing_at_once(cast: Cast) -> None:
    key, secret = await x3.issue_key(cast.admin, cast.nord.id, "Server")
    living = await x3.key_organisation(secret, HERE)
    code = await x3.mint(living, "user-nord", {}, HERE)
    for _ in range(2):
        await x3.revoke_key(cast.admin, key.id)
    with pytest.raises(x3.WrongKey):
        await x3.key_organisation(secret, HERE)
    with pytest.raises(x3.WrongKey):
        await x3.mint(living, "user-nord", {}, HERE)  # the call was under way
    assert await enters(code) is None, "nor is what it has opened"
    assert [kind for kind, _ in await audited()].count("x3_key_revoked") == 1
    assert (await audited())[-1] == ("x3_key_refused", f"Verband Nord, Server (…{key.ending}), widerrufen")


async def test_a_key_is_rotated_with_or_without_an_overlap(cast: Cast) -> None:
    first, old = await x3.issue_key(cast.admin, cast.nord.id, "Server")
    second, new = await x3.rotate_key(cast.admin, first.id, revoke=False)
    for secret in (old, new):
        assert await x3.key_organisation(secret, HERE)
    third, newest = await x3.rotate_key(cast.admin, second.id, revoke=True)
    with pytest.raises(x3.WrongKey):
        await x3.key_organisation(new, HERE)
    assert (await x3.key_organisation(newest, HERE)).name == "Server"
    with pytest.raises(Conflict):
        await x3.rotate_key(cast.admin, second.id, revoke=False)
    rows = await x3.keys_of(cast.nord.id)
    assert [row["id"] for row in rows] == [third.id, first.id, second.id], "the living ones first"


async def test_two_who_rotate_at_once_with_revoking_make_one_key(cast: Cast) -> None:
    key, _ = await x3.issue_key(cast.admin, cast.nord.id, "Server")
    done = await asyncio.gather(
        *(x3.rotate_key(cast.admin, key.id, revoke=True) for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(one) for one in done if isinstance(one, Exception)) == [Conflict]
    assert await X3Key.filter(revoked_at=None).count() == 1


async def test_what_is_no_key_opens_nothing(cast: Cast) -> None:
    await key_of(cast)
    for secret in ("", "x3k_", "x3-demo-nord", "x" * 10_000, "\x00", "ä", "\udcff", "' OR 1=1 --"):
        with pytest.raises(x3.WrongKey):
            await x3.key_organisation(secret, HERE)


async def test_wrong_keys_are_throttled_by_address_and_right_ones_are_not(cast: Cast) -> None:
    _, secret = await x3.issue_key(cast.admin, cast.nord.id, "Server")
    for _ in range(x3.WRONG_KEYS):
        with pytest.raises(x3.WrongKey):
            await x3.key_organisation("x3k_wrong", HERE)
    with pytest.raises(TooMany) as refused:
        await x3.key_organisation("x3k_wrong", HERE)
    assert 0 < refused.value.retry_after <= 15 * 60
    assert await x3.key_organisation(secret, HERE), "several customers' X3 may stand behind one address"
    with pytest.raises(x3.WrongKey):
        await x3.key_organisation("x3k_wrong", "192.0.2.8")


async def test_a_key_has_so_many_calls_a_minute(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(x3, "CALLS", 3)
    (_, ours), (_, others) = [await x3.issue_key(cast.admin, cast.nord.id, name) for name in ("A", "B")]
    for _ in range(3):
        await x3.key_organisation(ours, HERE)
    with pytest.raises(TooMany):
        await x3.key_organisation(ours, HERE)
    assert await x3.key_organisation(others, HERE)
    with clock.at(clock.now() + timedelta(seconds=61)):
        assert await x3.key_organisation(ours, HERE)


# --- login codes ---


async def test_a_code_is_for_a_user_or_edv_by_name_or_address_in_any_case(cast: Cast) -> None:
    for user in ("user-nord", "USER-Nord", "user@nord.example", " User@NORD.example ", "edv-nord"):
        token = await x3.waiting(await code_for(cast, user))
        assert token is not None
        assert token.person_id == (cast.edv.id if user == "edv-nord" else cast.user.id)
        assert token.person.organisation_id == cast.nord.id


async def test_deep_link_keys_of_one_organisation_never_reach_anothers_people_nor_staff(cast: Cast) -> None:
    key = await key_of(cast)
    await Person.filter(id=cast.colleague.id).update(active=False)
    written = await AuditEntry.all().count()
    for user in ("user-sued", "user@sued.example", "edv-sued", "staff", "staff@uniplus.example", "admin", "user2-nord",
                 "user2@nord.example", "nobody", "", "%", "user-nord' --", "user\x00", "x" * 5000,
                 "user_nord"):  # fmt: skip
        with pytest.raises(NotVisible):
            await x3.mint(key, user, {}, HERE)
    assert await Token.all().count() == 0
    assert await AuditEntry.all().count() == written


async def test_a_code_signs_in_once(cast: Cast) -> None:
    code = await code_for(cast)
    assert len(code) >= 43
    assert (await Token.get()).token_hash == token_hash(code)
    entered = await enters(code)
    assert entered is not None
    session = await Session.get(token_hash=token_hash(entered.session))
    assert session.person_id == cast.user.id
    assert (await cast.again("user")).signed_in_at is not None
    assert await enters(code) is None
    assert await x3.waiting(code) is None
    assert [kind for kind, _ in await audited()] == ["x3_key_created", "x3_login_code", "signed_in_x3"]


async def test_deep_link_code_used_twice_at_once_gives_one_session(cast: Cast) -> None:
    code = await code_for(cast)
    entered = await asyncio.gather(*(enters(code) for _ in range(8)))
    assert len([one for one in entered if one]) == 1
    assert await Session.all().count() == 1


async def test_a_code_lives_a_minute(cast: Cast) -> None:
    code = await code_for(cast)
    with clock.at(clock.now() + timedelta(seconds=61)):
        assert await x3.waiting(code) is None
        assert await enters(code) is None
        assert (await x3.over(code)) is not None
    assert await Session.all().count() == 0
    assert await enters(code) is not None


async def test_looking_at_a_code_consumes_nothing(cast: Cast) -> None:
    code = await code_for(cast)
    for _ in range(5):
        assert await x3.waiting(code)
    assert await enters(code)


async def test_who_was_deactivated_or_joined_the_staff_meanwhile_does_not_get_in(cast: Cast) -> None:
    for change in ({"active": False}, {"active": True, "role": "staff"}):
        code = await code_for(cast, "user-nord") if "role" not in change else await code_for(cast, "edv-nord")
        who = cast.user if "role" not in change else cast.edv
        await Person.filter(id=who.id).update(**change)
        assert await x3.waiting(code) is None
        assert await enters(code) is None
    assert await Session.all().count() == 0


async def test_signing_in_ends_the_session_that_was_in_this_browser(cast: Cast) -> None:
    first = await enters(await code_for(cast, "edv-nord"))
    assert first
    other = await Session.get(token_hash=token_hash(first.session)).select_related("person")
    await x3.redeem(await code_for(cast), "Firefox", HERE, other)
    assert [session.person_id for session in await Session.all()] == [cast.user.id]
    assert [kind for kind, _ in await audited()][-2:] == ["signed_out", "signed_in_x3"]


async def test_what_is_no_code_signs_nobody_in(cast: Cast) -> None:
    await code_for(cast)
    for code in ("", "x" * 43, "%00", "\x00", "x" * 10_000, "\udcff"):
        assert await x3.waiting(code) is None
        assert await x3.over(code) is None
        assert await enters(code) is None


# --- context ---


async def test_the_context_is_for_the_person_it_was_told_about_and_for_a_day(cast: Cast) -> None:
    entered = await enters(await code_for(cast, module="Seminare", error="E-42"))
    assert entered
    assert await x3.context_of(cast.user, entered.token_id) == {"module": "Seminare", "error": "E-42"}
    for who in ("colleague", "edv", "stranger", "staff"):
        assert await x3.context_of(cast.person(who), entered.token_id) is None
    with clock.at(clock.now() + timedelta(hours=25)):
        assert await x3.context_of(cast.user, entered.token_id) is None


async def test_a_code_without_context_still_says_that_x3_sent_them(cast: Cast) -> None:
    entered = await enters(await code_for(cast))
    assert entered
    assert await x3.context_of(cast.user, entered.token_id) == {}


@pytest.mark.no_database
def test_facts_are_single_lines_of_bounded_length_and_strange_ones_are_left_out() -> None:
    given = {"module": " Seminare\r\n", "mask": "SE0200\x00\u202e Buchungen", "record": 4711, "version": 2026.3,
             "error": "ä" * 5000, "password": "geheim", "Modul": "x", "__class__": "x"}  # fmt: skip
    facts = x3.clean_context(given)
    assert facts == {
        "module": "Seminare", "mask": "SE0200 Buchungen", "record": "4711", "version": "2026.3",
        "error": "ä" * 499 + "…",
    }  # fmt: skip
    assert x3.clean_context({"mask": None, "record": " \n", "error": ""}) == {}


@pytest.mark.no_database
@pytest.mark.parametrize("value", [[], {}, True, ["a"], {"a": "b"}])
def test_a_fact_is_text_or_a_number(value: object) -> None:
    with pytest.raises(Refused) as refused:
        x3.clean_context({"mask": value, "module": "Seminare"})
    assert list(refused.value.fields) == ["context.mask"]
