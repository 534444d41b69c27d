"""Files of tickets: who gets them, and how they are sent so that they never run as part of the portal."""

import io
from urllib.parse import quote

import pytest
from PIL import Image

from app.domain.models import Attachment, Audience
from tests.cast import PDF, PNG, Cast, Portal

NAMES = {
    "Übersicht März.png": "Übersicht März.png",
    'a"b.png': 'a"b.png',
    "a\r\nSet-Cookie: x=1.png": "a Set-Cookie: x=1.png",
    "..\\..\\etc\\passwd.png": "passwd.png",
    "../../etc/passwd.png": "passwd.png",
    "%41%0a.png": "%41%0a.png",
    "日本.png": "日本.png",
    "x\u202egnp.exe.png": "xgnp.exe.png",
    "böse.html": "böse.html.png",
    "\x00.png": ".png",
    "": "Datei.png",
    "ä" * 300 + ".png": None,
}


async def sent(portal: Portal, number: int, name: str, content: bytes = PNG) -> Attachment:
    """The attachment as which a file of this name arrives."""
    answer = await portal.send_form(
        f"/tickets/{number}/messages", body="Datei", audience="everyone", files=[(name, content, "text/html")]
    )
    assert answer.status_code == 303, name
    found = await Attachment.all().order_by("-id").first()
    assert found
    return found


async def test_a_file_comes_back_byte_for_byte_with_our_type_and_headers(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    for name, content, kind in (("a.png", PNG, "image/png"), ("a.pdf", PDF, "application/pdf")):
        file = await sent(portal, number, name, content)
        answer = await portal.get(f"/tickets/{number}/attachments/{file.id}")
        assert answer.content == content
        headers = answer.headers
        assert headers["Content-Type"] == kind
        assert headers["Content-Length"] == str(len(content))
        assert headers["Content-Disposition"].startswith("attachment;")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "private, no-store"
        assert headers["Content-Security-Policy"].split(";")[0] == "sandbox"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


async def test_no_name_breaks_the_header_and_every_name_survives(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    for given, kept in NAMES.items():
        message = await cast.reply("user", number, files=[await cast.file(given)])
        file = await Attachment.get(message_id=message)
        answer = await portal.get(f"/tickets/{number}/attachments/{file.id}")
        header = answer.headers["Content-Disposition"]
        assert answer.status_code == 200
        assert header.isascii()
        assert header.count('"') == 2
        assert not any(ord(c) < 32 for c in header)
        assert "set-cookie" not in answer.headers
        assert kept is None or header.endswith(f"filename*=UTF-8''{quote(kept, safe='')}"), given
        assert len(file.name) <= 200


async def test_a_preview_is_a_small_picture_of_the_same_picture(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    picture = io.BytesIO()
    Image.new("RGB", (2000, 1000), "navy").save(picture, "PNG")
    file = await sent(portal, number, "gross.png", picture.getvalue())
    small = await portal.get(f"/tickets/{number}/attachments/{file.id}?preview=1")
    assert small.headers["Content-Type"] == "image/webp"
    assert small.headers["X-Content-Type-Options"] == "nosniff"
    assert max(Image.open(io.BytesIO(small.content)).size) == 720


async def test_a_pdf_has_no_preview_but_itself(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    file = await sent(portal, number, "a.pdf", PDF)
    assert (await portal.get(f"/tickets/{number}/attachments/{file.id}?preview=1")).content == PDF


@pytest.mark.parametrize("query", ["", "?preview=1"])
async def test_a_file_is_reached_through_its_own_ticket_only(portal: Portal, cast: Cast, query: str) -> None:
    number = await cast.ticket("user", files=[await cast.file()])
    own = await cast.ticket("stranger")
    file = await Attachment.get(ticket_id=number)
    asked = {"stranger": (number, own), "strange_edv": (number, own), "colleague": (number,), "staff": (number,),
             "edv": (own, number + 100)}  # fmt: skip
    for who, tickets in asked.items():
        await portal.sign_in(who)
        for ticket in tickets:
            assert (await portal.get(f"/tickets/{ticket}/attachments/{file.id}{query}")).status_code == 404, who
    await portal.sign_in("edv")
    assert (await portal.get(f"/tickets/{number}/attachments/{file.id}{query}")).status_code == 200


@pytest.mark.parametrize(("writer", "reads", "reads_not"), [("edv", "user", "staff"), ("staff", "admin", "user")])
async def test_a_file_follows_the_audience_of_its_message(
    portal: Portal, cast: Cast, writer: str, reads: str, reads_not: str
) -> None:
    number = await cast.ticket("user", handed_over=True)
    audience = Audience.VENDOR if writer == "staff" else Audience.ORGANISATION
    await cast.reply(writer, number, "Intern", audience=audience, files=[await cast.file()])
    file = await Attachment.get(ticket_id=number)
    for who, status in ((reads, 200), (reads_not, 404)):
        await portal.sign_in(who)
        for query in ("", "?preview=1"):
            assert (await portal.get(f"/tickets/{number}/attachments/{file.id}{query}")).status_code == status


async def test_without_a_session_there_is_no_file(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", files=[await cast.file()])
    answer = await portal.get(f"/tickets/{number}/attachments/1")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/login")
    assert answer.content == b""


PARTS = [
    ("bytes=0-", 206, PDF, "0-{last}/{size}"), ("bytes=2-4", 206, PDF[2:5], "2-4/{size}"),
    ("bytes=-3", 206, PDF[-3:], "{from_end}-{last}/{size}"), ("bytes=0-99999", 206, PDF, "0-{last}/{size}"),
    ("bytes=99999-", 416, b"", "*/{size}"), ("bytes=0-1,3-4", 200, PDF, ""), ("words=1", 200, PDF, ""),
    ("bytes=4-2", 200, PDF, ""),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "status", "content", "said"), PARTS, ids=[row[0] for row in PARTS])
async def test_a_download_that_broke_off_goes_on_where_it_stopped(
    portal: Portal, cast: Cast, asked: str, status: int, content: bytes, said: str
) -> None:
    number = await cast.ticket("user", files=[await cast.file("a.pdf", PDF)])
    file = await Attachment.get(ticket_id=number)
    await portal.sign_in("user")
    path = f"/tickets/{number}/attachments/{file.id}"
    whole = await portal.get(path)
    tag = whole.headers["ETag"]
    assert whole.headers["Accept-Ranges"] == "bytes"
    for condition in ({}, {"If-Range": tag}):
        answer = await portal.get(path, headers={"Range": asked, **condition})
        assert (answer.status_code, answer.content) == (status, content)
        size = len(PDF)
        told = said.format(size=size, last=size - 1, from_end=size - 3)
        assert answer.headers.get("Content-Range", "") == (f"bytes {told}" if told else "")
        assert answer.headers["Content-Length"] == str(len(content))
    changed = await portal.get(path, headers={"Range": asked, "If-Range": '"another"'})
    assert (changed.status_code, changed.content) == (200, PDF)


async def test_bytes_that_are_gone_are_a_404_and_no_error(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", files=[await cast.file()])
    file = await Attachment.get(ticket_id=number)
    cast.storage.place.path(file.sha256).unlink()
    await portal.sign_in("user")
    assert (await portal.get(f"/tickets/{number}/attachments/{file.id}")).status_code == 404
    assert (await portal.get(f"/tickets/{number}")).status_code == 200
