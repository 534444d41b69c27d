"""Dear answers to cheap requests: bodies, floods of fields, guessed passwords. Others notice nothing."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from urllib.parse import urlencode

import httpx
import pytest

from app import clock
from app.domain.models import Attachment, Message, Session
from app.web import bodies, guard
from tests.cast import PASSWORD, PDF, Cast, Portal, form_key, text

# The same on both databases: nothing here depends on one.
pytestmark = pytest.mark.sqlite_only

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def pieces(piece: bytes, count: int, sent: list[int]) -> AsyncIterator[bytes]:
    """A chunked body; `sent` says how many pieces were asked for."""
    for _ in range(count):
        sent.append(len(piece))
        yield piece


@pytest.mark.parametrize("path", ["/login", "/tickets/1001/read", "/tickets/1001/moves/close", "/nothing"])
async def test_a_small_form_is_small(portal: Portal, cast: Cast, path: str) -> None:
    await cast.ticket("edv")
    await portal.sign_in("edv")
    body = b"form_key=" + form_key().encode() + b"&x=" + b"a" * 65 * 1024 + b"&end=1"
    answer = await portal.post(path, content=body, headers=FORM)
    assert answer.status_code == (404 if path == "/nothing" else 413)


async def test_a_flood_of_fields_is_refused_at_once(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("edv")
    await portal.sign_in("edv")
    for path in ("/login", "/tickets", f"/tickets/{number}/messages", f"/tickets/{number}/read"):
        for many in (20_000, 5_000_000):  # the first is no larger than a form may be
            answer = await portal.post(path, content=b"a=&" * many, headers=FORM)
            assert answer.status_code == 413, f"{many} at {path}"


@pytest.mark.parametrize("piece", [b"%41", b"+", b"\xff", b"%C3%A4"])
async def test_one_huge_field_is_refused_at_once(portal: Portal, cast: Cast, piece: bytes) -> None:
    number = await cast.ticket("edv")
    await portal.sign_in("edv")
    start = b"form_key=" + form_key().encode() + b"&audience=everyone&body="
    body = start + piece * (2_000_000 // len(piece)) + b"&end=1"
    answer = await portal.post(f"/tickets/{number}/messages", content=body, headers=FORM)
    assert answer.status_code == 413
    assert len(answer.content) < 1_000_000, "what was refused is not sent back"


async def test_a_chunked_body_meets_the_limit_too(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("edv")
    sent: list[int] = []
    answer = await portal.post("/login", content=pieces(b"a" * 8192, 2000, sent), headers=FORM)
    assert answer.status_code == 413
    sent = []
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n%PDF-'

    async def upload() -> AsyncIterator[bytes]:
        yield head
        async for piece in pieces(b"\0" * 1_000_000, 80, sent):
            yield piece
            for _ in range(20):  # whoever reads it empties the buffer meanwhile, as with a real line
                await asyncio.sleep(0)

    answer = await portal.post("/tickets", content=upload(), headers=headers)
    assert answer.status_code == 413


@pytest.mark.parametrize("what", ["tiny parts", "one long field", "a long header", "no end of a header"])
async def test_a_hostile_multipart_body_is_refused_quickly(portal: Portal, cast: Cast, what: str) -> None:
    number = await cast.ticket("edv")
    await portal.sign_in("edv")
    body = {
        "tiny parts": b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' * 20_000 + b"--x--\r\n",
        "one long field": b'--x\r\nContent-Disposition: form-data; name="body"\r\n\r\n' + b"a" * 3_000_000,
        "a long header": b'--x\r\nContent-Disposition: form-data; name="' + b"a" * 1_000_000 + b'"\r\n\r\n\r\n',
        "no end of a header": b"--x\r\n" + b"A: b\r\n" * 100_000,
    }[what]
    headers = {"Content-Type": "multipart/form-data; boundary=x"}

    async def as_a_server_reads() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 65536):
            yield body[start : start + 65536]

    sending = portal.post(f"/tickets/{number}/messages", content=as_a_server_reads(), headers=headers)
    answer = await sending
    assert answer.status_code == 413
    assert await Message.all().count() == 1


@pytest.mark.long
async def test_four_full_files_are_taken_and_a_byte_more_is_not(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("edv")
    await portal.sign_in("edv")
    full = PDF + bytes(10 * 1024 * 1024 - len(PDF))
    for contents, status in (([full] * 4, 303), ([full + b"\0"], 422)):
        files = [(f"{n}.pdf", content, "application/pdf") for n, content in enumerate(contents)]
        answer = await portal.send_form(f"/tickets/{number}/messages", body="x", audience="everyone", files=files)
        assert answer.status_code == status
    assert await Attachment.all().count() == 4


@pytest.mark.parametrize("content", [b"\xff\xfe=1", b"a=%ff", b"%", b"=" * 900, b"&" * 60_000, b"\0", b""])
async def test_no_form_makes_an_error(portal: Portal, cast: Cast, content: bytes) -> None:
    number = await cast.ticket("edv")
    await portal.sign_in("edv")
    kinds = (FORM, {"Content-Type": "multipart/form-data"}, {"Content-Type": "multipart/form-data; boundary="},
             {"Content-Type": "application/json"}, {}, {"Content-Type": "text/plain; charset=nonsense"},
             {"Content-Type": "application/x-www-form-urlencoded; charset=utf-7"})  # fmt: skip
    for headers in kinds:
        for path in (f"/tickets/{number}/messages", "/tickets", "/login"):
            answer = await portal.post(path, content=content, headers=headers)
            assert answer.status_code in (400, 413, 422), f"{path} {headers}"


async def slowly(body: bytes) -> AsyncIterator[bytes]:
    """A body that comes in two halves."""
    yield body[: len(body) // 2]
    await asyncio.sleep(0.1)
    yield body[len(body) // 2 :]


async def test_slow_clients_are_not_waited_for_without_end_but_files_may_take_their_time(
    portal: Portal, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert guard.BODY_WITH_FILES * 8 / guard.SECONDS_FOR_FILES < 400_000, "bits a second, of a line in the country"
    monkeypatch.setattr(guard, "SECONDS_FOR_A_BODY", 0.02)
    monkeypatch.setattr(bodies, "LINGER", 0.01)
    number = await cast.ticket("user")
    await portal.sign_in("user")
    small = urlencode({"form_key": form_key(), "user_name": "user-nord", "password": PASSWORD, "next": "", "end": 1})
    assert (await portal.post("/login", content=slowly(small.encode()), headers=FORM)).status_code == 400
    fields = {"form_key": form_key(), "body": "Mit der Post", "audience": "everyone", "end": "1"}
    whole = httpx.Request("POST", "http://x", data=fields, files=[("files", ("brief.pdf", PDF, "application/pdf"))])
    kind = {"Content-Type": whole.headers["Content-Type"]}
    sent = await portal.post(f"/tickets/{number}/messages", content=slowly(whole.read()), headers=kind)
    assert sent.status_code == 303
    assert await Attachment.filter(name="brief.pdf").count() == 1


# --- passwords ---


async def guess(portal: Portal, name: str, password: str = "wrong", **headers: str) -> httpx.Response:
    """One try."""
    return await portal.send_form("/login", user_name=name, password=password, next="", headers=headers)


async def test_brute_force_is_slowed_down_for_one_account(portal: Portal, cast: Cast) -> None:
    answers = [await guess(portal, "user-nord") for _ in range(30)]
    codes = [answer.status_code for answer in answers]
    assert codes[:5] == [422] * 5
    assert codes[-1] == 429
    assert codes.count(422) <= 10
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 900
    assert "Zu viele Versuche" in text(answers[-1])
    assert (await guess(portal, "USER-NORD ", PASSWORD)).status_code == 429, "another spelling is the same account"
    assert await Session.all().count() == 0
    with clock.at(clock.now() + timedelta(minutes=16)):
        assert (await guess(portal, "user-nord", PASSWORD)).status_code == 303, "nobody is locked out for good"


@pytest.mark.usefixtures("quick_hashes")
async def test_brute_force_over_many_accounts_is_slowed_down_for_the_address(portal: Portal, cast: Cast) -> None:
    codes = [(await guess(portal, f"user{n}")).status_code for n in range(35)]
    assert codes.count(422) <= 30
    assert codes[-1] == 429


@pytest.mark.usefixtures("quick_hashes")
async def test_a_forged_address_is_not_believed(portal: Portal, cast: Cast) -> None:
    codes = [
        (await guess(portal, "user-nord", **{"X-Forwarded-For": f"10.0.0.{n}", "X-Real-IP": f"10.0.0.{n}"})).status_code
        for n in range(12)
    ]
    assert codes[-1] == 429


@pytest.mark.usefixtures("quick_hashes")
async def test_a_trusted_proxys_word_counts_and_only_its_last_one(portal: Portal, cast: Cast) -> None:
    trusted = (ip_network("127.0.0.0/8"), ip_network("10.0.0.1/32"))
    portal.app.extensions["settings"] = replace(portal.app.extensions["settings"], trusted_proxies=trusted)
    for n in range(35):
        answer = await guess(portal, f"user{n}", **{"X-Forwarded-For": f"192.0.2.{n}, 10.0.0.1"})
        assert answer.status_code == 422, "everybody has an address of their own"
    codes = [
        (await guess(portal, "user-nord", **{"X-Forwarded-For": f"192.0.2.{n}, 198.51.100.7"})).status_code
        for n in range(12)
    ]
    assert codes[-1] == 429, "what stands before the proxy's own word is anybody's"
    for nonsense in ("", ",,,", "x" * 5000, "unknown", "[::1", "198.51.100.9:1234"):
        assert (await guess(portal, "nobody", **{"X-Forwarded-For": nonsense})).status_code in (422, 429)


async def test_who_knows_the_password_is_not_kept_out_by_a_few_slips(portal: Portal, cast: Cast) -> None:
    for _ in range(3):
        for _ in range(5):
            await guess(portal, "user-nord")
        assert (await guess(portal, "user-nord", PASSWORD)).status_code == 303


async def test_hashing_is_no_weapon(portal: Portal, cast: Cast) -> None:
    async with portal.another() as attacker, portal.another() as visitor:
        await visitor.sign_in("user")
        many = asyncio.gather(*(guess(attacker, f"nobody{n}") for n in range(100)))
        while not many.done():
            assert (await visitor.get("/tickets")).status_code == 200
            await asyncio.sleep(0.02)
        answers = await many
    refused = [answer for answer in answers if answer.status_code == 429]
    assert {answer.status_code for answer in answers} <= {422, 429}
    assert len(refused) >= 30
    assert all("Retry-After" in answer.headers for answer in refused)


async def test_a_name_that_there_is_takes_as_long_as_one_that_there_is_not(
    portal: Portal, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []

    async def verify(stored: str, password: str) -> bool:
        verified.append(stored[:9])
        return False

    monkeypatch.setattr("app.domain.accounts._verify", verify)
    for name in ("user-nord", "nobody", "", "user@nord.example"):
        await guess(portal, name)
    assert verified == ["$argon2id"] * 4
