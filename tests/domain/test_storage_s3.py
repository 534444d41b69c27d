"""Attachments in an S3-compatible store keep the promises that those in a directory keep."""

import asyncio
import hashlib
import io
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest

from app import clock, health
from app.check import findings
from app.config import Settings
from app.domain import own_data, retention, storage_s3
from app.domain.models import Attachment, Message
from app.domain.refusals import Refused, StorageAway, StorageFull
from app.domain.storage import LARGEST, Storage, StoredFile, Upload, storage_for
from app.domain.storage_local import Entry
from tests.cast import PDF, PNG, Cast, Portal, form_key
from tests.s3 import address, full

pytestmark = pytest.mark.sqlite_only
NOBODY = "http://127.0.0.1:1"


@pytest.fixture
def settings(settings: Settings, s3: Callable[[], str]) -> Settings:
    """The settings of a portal whose attachments are in a bucket of their own."""
    return replace(settings, storage_url=s3())


@pytest.fixture
def storage(s3: Callable[[], str], tmp_path: Path) -> Storage:
    """A bucket without a portal."""
    return storage_for(Settings(data_dir=tmp_path, storage_url=s3()))


async def accept(storage: Storage, *files: tuple[str, bytes]) -> list[StoredFile]:
    return await storage.accept([Upload(name, io.BytesIO(content)) for name, content in files])


async def kept(storage: Storage) -> dict[str, Entry]:
    """What lies in the bucket, with what lies aside."""
    assert isinstance(storage.place, storage_s3.Bucket)
    return {entry.name: entry async for batch in storage.place._listed() for entry in batch}


async def content(storage: Storage, sha256: str, start: int = 0, stop: int = 1 << 30) -> bytes:
    opened = await storage.open(sha256)
    assert opened
    return b"".join([piece async for piece in opened.pieces(start, min(stop, opened.size))])


# --- without a portal ---


async def test_files_lie_under_their_hash_and_come_back_in_pieces(storage: Storage) -> None:
    large = PDF + b"\n" * (LARGEST - len(PDF))
    picture, pdf = await accept(storage, ("bild.png", PNG), ("genau.pdf", large))
    assert set(await kept(storage)) == {picture.sha256, f"{picture.sha256}.webp", pdf.sha256}
    assert pdf.sha256 == hashlib.sha256(large).hexdigest()
    assert await content(storage, pdf.sha256) == large
    assert await content(storage, pdf.sha256, 3, 4) == large[3:4]
    small = await storage.open(picture.sha256, preview=True)
    assert small
    assert b"".join([piece async for piece in small.pieces(0, small.size)])[:4] == b"RIFF"
    assert await storage.open(pdf.sha256, preview=True) is None
    async with storage.at_hand([picture.sha256, "0" * 64]) as paths:
        assert {name: path.read_bytes() for name, path in paths.items()} == {picture.sha256: PNG}
    assert not paths[picture.sha256].exists(), "copies go with the block"


async def test_one_bad_file_leaves_nothing(storage: Storage) -> None:
    with pytest.raises(Refused):
        await accept(storage, ("gut.png", PNG), ("schlecht.docx", b"PK\x03\x04 word"))
    assert await kept(storage) == {}


@pytest.mark.parametrize(("endpoint", "bucket"), [(NOBODY, "bucket"), ("", "nobodys")], ids=["server", "bucket"])
async def test_a_store_that_is_away_says_so_and_never_its_key(
    endpoint: str, bucket: str, s3: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(storage_s3.RETRIES, "max_retries", 0)
    url = address(endpoint or s3().partition("endpoint=")[2].partition("&")[0], bucket)
    away = storage_for(Settings(data_dir=tmp_path, storage_url=url))
    for asked in (accept(away, ("a.png", PNG)), away.place.answers()):
        with pytest.raises(StorageAway) as said:
            await asked
        assert "geheim" not in str(said.value)
    assert not os.listdir(tmp_path)


async def test_a_full_store_is_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(storage_s3.RETRIES, "max_retries", 0)
    with full() as url, pytest.raises(StorageFull):
        await accept(storage_for(Settings(data_dir=tmp_path, storage_url=url)), ("a.png", PNG))


async def test_a_silent_store_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(storage_s3.CLIENT, "timeout", timedelta(milliseconds=100))
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    url = address(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    asked = asyncio.ensure_future(storage_for(Settings(data_dir=tmp_path, storage_url=url)).open("0" * 64))
    await asyncio.sleep(0)
    assert not asked.done(), "the loop goes on meanwhile"
    with pytest.raises(StorageAway):
        await asked
    server.close()


# --- what goes, and what comes again meanwhile ---


async def test_what_goes_lies_aside_first_and_is_gone_for_good_by_the_next_sweep(cast: Cast) -> None:
    unnamed, named = await cast.file(), await cast.file("a.pdf", PDF)
    await cast.ticket("user", files=[named])
    assert await cast.storage.discard([unnamed.sha256]) == 0, "whoever is sending just now finds it"
    with clock.at(clock.now() + timedelta(hours=2)):
        assert await cast.storage.discard([unnamed.sha256, named.sha256, "0" * 64]) == 1
    assert set(await kept(cast.storage)) == {named.sha256, f"{unnamed.sha256}.gone", f"{unnamed.sha256}.webp.gone"}
    assert await cast.storage.sweep(lambda: False) == 0
    assert len(await kept(cast.storage)) == 3, "not before an upload under way must have got its row"
    with clock.at(clock.now() + timedelta(days=2)):
        await retention.sweep(cast.storage)
    assert set(await kept(cast.storage)) == {named.sha256}


@pytest.mark.parametrize("asked_for", [True, False])
async def test_a_file_that_came_again_in_the_moment_of_its_removal_is_there(cast: Cast, asked_for: bool) -> None:
    again = await cast.file()
    with clock.at(clock.now() + timedelta(hours=2)):
        assert await cast.storage.discard([again.sha256]) == 1
    await cast.ticket("user", files=[again])  # brought before, its row written after
    if asked_for:
        assert await content(cast.storage, again.sha256) == PNG
    with clock.at(clock.now() + timedelta(days=2)):
        assert await cast.storage.sweep(lambda: False) == 0
    assert set(await kept(cast.storage)) == {again.sha256, f"{again.sha256}.webp"}


# --- with a portal ---


async def post(portal: Portal, number: int, body: str = "Siehe Anlage", key: str = "") -> httpx.Response:
    files = [("bild.png", PNG, "image/png"), ("a.pdf", PDF, "application/pdf")]
    return await portal.send_form(f"/tickets/{number}/messages", body=body, audience="everyone", files=files, key=key)


async def test_a_portal_serves_prints_packs_and_checks_what_lies_in_a_bucket(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    assert (await post(portal, number)).status_code == 303
    picture, pdf = await Attachment.all().order_by("id")
    for file, query, begins in ((picture, "", PNG), (picture, "?preview=1", b"RIFF"), (pdf, "", PDF)):
        answer = await portal.get(f"/tickets/{number}/attachments/{file.id}{query}")
        assert answer.content.startswith(begins)
        assert answer.headers["Content-Length"] == str(len(answer.content))
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert answer.headers["Content-Security-Policy"].startswith("sandbox")
        assert answer.headers["Cache-Control"] == "private, no-store"
    part = await portal.get(f"/tickets/{number}/attachments/{pdf.id}", headers={"Range": "bytes=1-3"})
    assert (part.status_code, part.content) == (206, PDF[1:4])
    assert "s3" not in (await portal.get(f"/tickets/{number}")).text, "no address of the store is ever shown"
    printed = await portal.get(f"/tickets/{number}.pdf")
    assert (printed.status_code, b"/Image" in printed.content) == (200, True)
    with await own_data.archive(cast.user, cast.storage, "") as file, ZipFile(file) as archive:
        assert PNG in [archive.read(name) for name in archive.namelist()]
    await cast.storage.place.forget(pdf.sha256)
    assert (await portal.get(f"/tickets/{number}/attachments/{pdf.id}")).status_code == 404


async def test_the_check_looks_into_the_bucket(cast: Cast) -> None:
    file = await cast.file("a.pdf", PDF)
    await cast.ticket("user", files=[file])
    found = {one.name: one for one in await findings(cast.settings, files=True)}
    assert (found["Anhänge"].fine, found["Ablage"].fine) == (True, True)
    assert "s3://bucket-" in found["Ablage"].sentence
    assert "geheim" not in found["Ablage"].sentence
    await cast.storage.place.forget(file.sha256)
    found = {one.name: one for one in await findings(cast.settings, files=True)}
    assert not found["Anhänge"].fine
    found = {one.name: one for one in await findings(replace(cast.settings, storage_url=address(NOBODY)), files=True)}
    assert (found["Anhänge"].fine, found["Ablage"].fine) == (False, False)
    assert "geheim" not in found["Ablage"].sentence + found["Anhänge"].sentence


async def test_while_the_store_is_away_words_are_read_and_no_row_is_without_its_file(
    portal: Portal, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(storage_s3.RETRIES, "max_retries", 0)
    number, key = await cast.ticket("user"), form_key()
    await portal.sign_in("user")
    await post(portal, number, "Vorher")
    there, before = cast.storage.place, await Message.all().count()
    away = storage_for(replace(cast.settings, storage_url=address(NOBODY))).place
    with monkeypatch.context() as patch:
        patch.setattr(cast.storage, "place", away)
        refused = await post(portal, number, "Das habe ich lange getippt.", key)
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "30")
        assert "Die Ablage der Anhänge antwortet gerade nicht." in refused.text
        assert "Das habe ich lange getippt." in refused.text
        assert (await portal.get(f"/tickets/{number}")).status_code == 200
        file = await Attachment.all().first()
        assert file
        assert (await portal.get(f"/tickets/{number}/attachments/{file.id}")).status_code == 503
        state = await health.state(replace(cast.settings, storage_url=address(NOBODY)))
        assert (state.failing["storage"], state.fit, state.word) == (True, True, "degraded")
    assert cast.storage.place is there
    assert await Message.all().count() == before
    assert (await post(portal, number, "Das habe ich lange getippt.", key)).status_code == 303
    assert (await post(portal, number, "Das habe ich lange getippt.", key)).status_code == 303
    assert await Message.all().count() == before + 1
    assert (await health.state(cast.settings)).failing["storage"] is False
