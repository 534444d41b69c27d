"""What people write stays text: in pages and attributes, in PDF, Excel and mailto, in sorting and filtering."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from itertools import product
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import openpyxl
import pypdf
import pytest

from app.database import execute
from app.domain.models import Attachment, Message, Module, Organisation, Person, Ticket, TicketEvent
from tests.cast import Cast, Portal
from tests.web.reading import Page, look

PAYLOADS = (
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "</textarea></title><svg onload=alert(1)>",
    "{{7*7}}${7*7}<%=7*7%>",
    "' autofocus onfocus='alert(1)",
)
LONGEST_NAME = 50


async def write_everywhere(cast: Cast, number: int, text: str) -> None:
    """Put the text into everything of this ticket that a page shows."""
    name = text[:LONGEST_NAME]
    for person in (cast.user, cast.edv, cast.staff):
        await Person.filter(id=person.id).update(first_name=name, last_name=name)
    await Person.filter(id=cast.user.id).update(email=f"{name}@x.example")
    await Organisation.filter(id=cast.nord.id).update(name=name + "o")
    await Module.filter(id=cast.members.id).update(name=name + "m")
    context = json.dumps({f"L{name}": name})
    await execute("UPDATE ticket SET x3_context = ? WHERE number = ?", context, number)
    await Ticket.filter(number=number).update(subject=text, escalation_reason=text, escalated_by_id=cast.edv.id)
    await Message.filter(ticket_id=number).update(body=text)
    await Attachment.filter(ticket_id=number).update(name=text)
    await TicketEvent.filter(ticket_id=number).update(before=text, after=text, kind="created_for")


def skeleton(page: Page) -> list[tuple[str, tuple[str, ...]]]:
    """Every element with the names of its attributes: what a payload must not change."""
    return [
        (one.tag, tuple(sorted(set(one.attrib) - {"selected"}))) for one in page.root.iter() if isinstance(one.tag, str)
    ]


PAGES = ("/", "/tickets?status=", "/tickets/{n}", "/tickets/{n}?move=escalate", "/tickets/{n}/moves/delete",
         "/tickets/new", "/tickets/similar?subject={harmless}")  # fmt: skip


@pytest.mark.parametrize("who", ["user", "staff"])
@pytest.mark.sqlite_only
async def test_stored_xss_is_shown_literally_everywhere(portal: Portal, cast: Cast, who: str) -> None:
    number = await cast.ticket("user", handed_over=True, escalated=True, files=[await cast.file()])
    await cast.reply("staff", number, "Antwort")
    await portal.sign_in(who)
    paths = [path.format(n=number, harmless="Harmlos") for path in PAGES]
    if who == "staff":
        paths.append(f"/tickets/new?organisation={cast.nord.id}")
    await write_everywhere(cast, number, "Harmlos")
    expected = {path: skeleton(await look(portal, path)) for path in paths}
    for payload in PAYLOADS:
        await write_everywhere(cast, number, payload)
        for path in paths:
            page = await look(portal, path)
            assert skeleton(page) == expected[path], f"{path} with {payload}"
        shown = (await look(portal, f"/tickets/{number}")).root.text_content()
        assert shown.count(payload) >= 5


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.sqlite_only
async def test_reflected_xss_is_shown_literally_too(portal: Portal, cast: Cast, payload: str) -> None:
    await cast.ticket("user")
    harmless = "x"
    for path in ("/tickets?status=&q={}", "/login?next={}&user_name={}", "/tickets/new?subject={}&description={}"):
        if not path.startswith("/login"):
            await portal.sign_in("user")
        else:
            portal.cookies.clear()
        plain = skeleton(await look(portal, path.format(harmless, harmless)))
        hostile = skeleton(await look(portal, path.format(quote(payload), quote(payload))))
        assert hostile == plain or path.startswith("/tickets?"), path
        assert not any(name.startswith("on") for _, names in hostile for name in names)
    wrong = Page(await portal.send_form("/login", user_name=payload, password=payload, next=payload))
    assert not any(name.startswith("on") for _, names in skeleton(wrong) for name in names)


@pytest.mark.sqlite_only
async def test_pages_hold_no_script_or_style_of_their_own(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", handed_over=True, files=[await cast.file()])
    for who in ("user", "edv", "staff"):
        await portal.sign_in(who)
        for path in PAGES[:-1]:
            for element in (await look(portal, path.format(n=number))).root.iter():
                if isinstance(element.tag, str):
                    assert not any(name.startswith("on") or name == "style" for name in element.attrib)
                    assert element.tag != "style"
                    assert element.tag != "script" or (element.get("src") and not (element.text or "").strip())
                    assert not (element.get("href") or "").lower().startswith(("javascript:", "data:"))


@pytest.mark.sqlite_only
async def test_links_in_messages_lead_to_the_web_and_to_mail_only(portal: Portal, cast: Cast) -> None:
    schemes = (
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,<script>",
        "vbscript:x",
        "file:///etc/passwd",
    )
    body = " ".join((*schemes, "https://ok.example"))
    number = await cast.ticket("user", body=body)
    await portal.sign_in("user")
    page = await look(portal, f"/tickets/{number}")
    links = page.all(".//article//div[@class='text']//a")
    assert [link.get("href") for link in links] == ["https://ok.example"]
    assert set(links[0].get("rel").split()) >= {"noopener", "noreferrer"}


@pytest.mark.sqlite_only
async def test_mailto_is_encoded_whole(portal: Portal, cast: Cast) -> None:
    subject = "a&cc=evil@x.example?bcc=evil@x.example#\"'><b>%0d%0aBcc:evil@x.example +ä"
    number = await cast.ticket("edv", subject=subject, release=True)
    await Person.filter(id=cast.staff.id).update(email="a?cc=evil@x.example", first_name="Bcc:\r\nevil")
    await portal.sign_in("edv")
    link = (await look(portal, f"/tickets/{number}")).links["Kontakt"]
    asked = parse_qs(urlsplit(link).query, strict_parsing=True)
    assert set(asked) == {"subject", "body"}
    assert asked["subject"] == [f"[#{number}] {subject}"]
    assert "+" not in link, "mail programs show it as it is"
    assert link.isascii()
    assert urlsplit(link).path == "a%3Fcc%3Devil@x.example"


async def test_sorting_and_filtering_by_hidden_columns_is_ignored(portal: Portal, cast: Cast) -> None:
    for n in range(3):
        await cast.ticket("user", subject=f"Nr {n}")
    await portal.sign_in("user")
    usual = (await look(portal, "/tickets?status=")).numbers()
    for query in ("sort=password_hash", "sort=t.number;DROP TABLE ticket", "sort=reporter__password_hash",
                  "order_by=password_hash", "reporter__password_hash__startswith=$argon", "id__in=1", "number=1001",
                  "organisation=2", "reporter=3", "t.number=1", "sort=-number'", "limit=1", "per_page=100000",
                  "scope=all", "module__name=x", "deleted_at=1"):  # fmt: skip
        assert (await look(portal, f"/tickets?status=&{query}")).numbers() == usual, query


NO_SYNTAX = [
    '"', "'", "*", "a*", "NEAR(a b)", "everyone:abc", "{vendor}:geheim", "a OR b", "a AND", "NOT a", "(", "-", "^a",
    "a & b | !c", "a:*", "\\", "%", "_", "a'b", "''", "<->", "\u00ad", "ß" * 200, "a " * 200, "🐘", "\x00abc",
]  # fmt: skip


async def test_no_search_is_a_syntax(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", handed_over=True)
    await cast.note("staff", number, "geheim")
    await portal.sign_in("user")
    for typed, path in product(NO_SYNTAX, ("/tickets?status=&q=", "/tickets/similar?subject=")):
        answer = await portal.get(path + quote(typed))
        assert answer.status_code == 200, typed
    assert number not in (await look(portal, f"/tickets?status=&q={quote('vendor:geheim')}")).numbers()


@pytest.mark.sqlite_only
async def test_poison_cells_leave_the_export_whole(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await Ticket.filter(number=number).update(subject="=1+1\x0b\x01\ufffe|cmd")
    await Person.filter(id=cast.user.id).update(first_name="=HYPERLINK(1)", last_name="@x" * 20)
    await cast.ticket("user", subject="danach")
    await portal.sign_in("user")
    answer = await portal.get("/tickets/export.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content))["Offene Tickets"]
    assert {row[1].value for row in sheet.iter_rows(min_row=2)} == {"=1+1|cmd", "danach"}
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)


@pytest.fixture
async def listener() -> AsyncIterator[tuple[int, list[str]]]:
    """A web server that nothing must ever ask."""
    hits: list[str] = []

    async def heard(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hits.append(repr(await reader.read(200)))
        writer.close()

    server = await asyncio.start_server(heard, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1], hits
    server.close()
    await server.wait_closed()


@pytest.mark.sqlite_only
async def test_pdf_export_reads_no_file_and_calls_nobody(
    portal: Portal, cast: Cast, listener: tuple[int, list[str]]
) -> None:
    port, hits = listener
    there = f"http://127.0.0.1:{port}/"
    canary = (
        f'<img src="file:///etc/passwd"><img src="{there}a"><link rel=stylesheet href="{there}b"><pdf:include '
        f'src="file:///etc/passwd"/><iframe src="{there}c"></iframe><style>@import "{there}d"; @font-face '
        f'{{src: url({there}e)}}</style><object data="{there}f"> ]]>&xxe; {there}g'
    )
    file = await cast.file(canary[:100] + ".png")
    number = await cast.ticket("user", subject=canary[:200], body=canary, files=[file])
    names = {"first_name": f'<img src="{there}n">', "last_name": "<img src=file:///etc/passwd>"}
    await Person.filter(id=cast.user.id).update(**names)
    await portal.sign_in("user")
    answer = await portal.get(f"/tickets/{number}.pdf")
    assert answer.status_code == 200
    reader = pypdf.PdfReader(io.BytesIO(answer.content))
    shown = "".join(page.extract_text() for page in reader.pages)
    assert "root:" not in shown
    assert "/etc/passwd" in shown, "shown literally"
    actions: list[Any] = [a.get_object() for p in reader.pages for a in p.get("/Annots", [])]
    assert not [a for a in actions if "/JavaScript" in str(a) or "/Launch" in str(a)]
    assert hits == []
