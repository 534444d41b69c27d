"""A disk that is full and gets free again: nothing is half stored, what was typed is there, no restart is needed."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import clock
from app.config import Settings
from app.database import rows
from app.domain import accounts
from app.domain.models import Attachment, Message, Ticket
from tests.cast import PDF, Cast, Portal, form_key, text
from tests.web.reading import Page

ROOM = 6 * 1024 * 1024
TYPED = "Drei Absätze, an denen jemand lange geschrieben hat."


@pytest.fixture
def settings(settings: Settings) -> Iterator[Settings]:
    """The test's own data directory, moved onto a small disk of its own."""
    there = settings.data_dir
    content = {path.name: path.read_bytes() for path in there.iterdir()}
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", there], check=False, capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"no small disk can be made here: {mounted.stderr.strip()}")
    for name, bytes_ in content.items():
        (there / name).write_bytes(bytes_)
    yield settings
    subprocess.run(["umount", "-l", there], check=True)


class Disk:
    """Fills the small disk to its last byte, and frees it."""

    def __init__(self, settings: Settings) -> None:
        self.file = settings.data_dir / "filler"

    def fill(self) -> None:
        """Take what room there is."""
        with self.file.open("ab", buffering=0) as out:
            for size in (65536, 512, 1):
                try:
                    while True:
                        out.write(bytes(size))
                except OSError:
                    continue
        assert os.statvfs(self.file.parent).f_bavail == 0

    def free(self) -> None:
        """Give it back."""
        self.file.unlink()


def stored(settings: Settings) -> list[Path]:
    """Every attachment's file, and whatever was left over of one."""
    return [path for path in (settings.data_dir / "attachments").rglob("*") if path.is_file()]


@pytest.mark.sqlite_only
async def test_a_full_disk_takes_no_file_keeps_the_text_and_works_again_when_there_is_room(
    portal: Portal, cast: Cast
) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    disk, key = Disk(cast.settings), form_key()
    disk.fill()
    sent = {"body": TYPED, "audience": "everyone", "key": key, "files": [("a.pdf", PDF * 400, "application/pdf")]}
    refused = await portal.send_form(f"/tickets/{number}/messages", **sent)  # type: ignore[arg-type]
    assert refused.status_code == 507
    assert "kein Platz mehr" in text(refused)
    assert TYPED in Page(refused).id("typed").text
    assert (await portal.get(f"/tickets/{number}")).status_code == 200
    assert await Message.filter(body=TYPED).count() == 0
    assert stored(cast.settings) == [], "not even half a file"
    disk.free()
    for _ in range(2):
        assert (await portal.send_form(f"/tickets/{number}/messages", **sent)).status_code == 303  # type: ignore[arg-type]
    assert await Message.filter(body=TYPED).count() == 1
    file = await Attachment.get()
    assert cast.storage.place.path(file.sha256).read_bytes() == PDF * 400


@pytest.mark.sqlite_only
async def test_a_database_without_room_refuses_in_words_and_goes_on_when_there_is_some(
    portal: Portal, cast: Cast
) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    disk, key = Disk(cast.settings), form_key()
    disk.fill()
    answers, words = [], "Ein langes Wort nach dem anderen. " * 500
    for n in range(40):  # the log that is there already has room for some
        answers.append(await portal.send_form(f"/tickets/{number}/messages", body=f"{n} {words}", audience="everyone"))
        if answers[-1].status_code != 303:
            break
    assert answers[-1].status_code == 507
    assert words.strip() in Page(answers[-1]).id("typed").text
    new = {"category": "request", "module": cast.members.id, "subject": "Neu", "priority": "normal"}
    refused = await portal.send_form("/tickets", key=key, description=TYPED + words, **new)
    assert refused.status_code == 507
    assert TYPED in Page(refused).id("typed").text
    with clock.at(clock.now() + accounts.TOUCH * 2):  # the session was last seen a while ago, which cannot be noted now
        for path in ("/", "/tickets?status=", f"/tickets/{number}"):
            assert (await portal.get(path)).status_code == 200, f"{path} can be read"
    disk.free()
    assert (await portal.send_form("/tickets", key=key, description=TYPED + words, **new)).status_code == 303
    acknowledged = sum(answer.status_code == 303 for answer in answers)
    assert await Message.filter(ticket_id=number).count() == 1 + acknowledged
    assert await Ticket.all().count() == 2
    assert (await rows("PRAGMA integrity_check"))[0]["integrity_check"] == "ok"
