"""Files that mean harm: active content under a picture's name, pictures small on the line and huge in memory."""

import asyncio
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from app.domain import storage
from app.domain.models import Attachment, Message
from tests.cast import PNG, Cast, Portal, text

# The same on both databases: nothing here depends on one.
pytestmark = pytest.mark.sqlite_only

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
ACTIVE = {
    "bild.png": SVG, "bild.svg": SVG, "bild.gif": b"<html><script>alert(1)</script>", "brief.pdf": b"MZ\x90\x00" * 50,
    "makro.pdf": b"PK\x03\x04" + b"\0" * 90, "foto.jpg": b"\xff\xd8\xff<script>alert(1)</script>",
}  # fmt: skip


def on_disk(data: Path) -> list[Path]:
    """Every attachment that the portal keeps, also by halves."""
    return list(data.glob("attachments/*/*"))


@pytest.mark.parametrize("name", ACTIVE)
async def test_active_content_under_a_pictures_name_is_refused_whole_and_nothing_half_stored(
    portal: Portal, cast: Cast, name: str
) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    files = [("gut.png", PNG, "image/png"), (name, ACTIVE[name], "image/png")]
    answer = await portal.send_form(f"/tickets/{number}/messages", body="Getippt", audience="everyone", files=files)
    assert answer.status_code == 422
    assert "Getippt" in answer.text
    assert name in text(answer)
    assert await Message.all().count() == 1
    assert await Attachment.all().count() == 0
    assert not on_disk(cast.settings.data_dir)


async def test_a_file_is_handed_out_as_what_it_is_and_never_opens_in_the_portal(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", files=[await cast.file("seite.html.png")])
    await portal.sign_in("edv")
    file = await Attachment.get()
    headers = (await portal.get(f"/tickets/{number}/attachments/{file.id}")).headers
    assert headers["Content-Type"] == "image/png"
    assert headers["Content-Disposition"].startswith("attachment")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "private, no-store"


async def test_pictures_are_unpacked_two_at_a_time_whoever_sends_how_many(
    portal: Portal, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four of 40 MP in 40 kB each keep a thread for seconds; sign-ins and downloads need threads, too."""
    number = await cast.ticket("user")
    await portal.sign_in("user")
    at_work, most, lock, check = 0, 0, threading.Lock(), storage._check

    def watched(upload: Any) -> Any:
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
        time.sleep(0.005)
        try:
            return check(upload)
        finally:
            with lock:
                at_work -= 1

    monkeypatch.setattr(storage, "_check", watched)
    files = [("bild.png", PNG, "image/png")]
    answers = await asyncio.gather(*(
        portal.send_form(f"/tickets/{number}/messages", body=f"{n}", audience="everyone", files=files) for n in range(6)
    ))  # fmt: skip
    assert [answer.status_code for answer in answers] == [303] * 6
    assert 0 < most <= 2
