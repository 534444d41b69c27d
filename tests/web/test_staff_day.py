"""The staff's day: complete PDFs, many tickets at once, text blocks, merging, and the customer's view."""

import hashlib
import io

import pypdf
import pytest

from app.domain.models import AuditEntry, Message, Status, TextBlock, Ticket, TicketEvent
from tests.cast import PDF, PNG, Cast, Portal
from tests.web.reading import follow, look, words


def sheet() -> bytes:
    """A PDF of one empty page."""
    writer, out = pypdf.PdfWriter(), io.BytesIO()
    writer.add_blank_page(200, 200)
    writer.write(out)
    return out.getvalue()


def read(content: bytes) -> tuple[pypdf.PdfReader, str]:
    reader = pypdf.PdfReader(io.BytesIO(content))
    return reader, " ".join(" ".join(page.extract_text() for page in reader.pages).split())


async def test_the_complete_pdf_has_what_the_reader_may_read_and_its_checksum_is_in_the_journal(
    portal: Portal, cast: Cast
) -> None:
    number = await cast.ticket("user", files=[await cast.file("alle.pdf", sheet())], handed_over=True)
    await cast.note("edv", number, "Nur für Nord", [await cast.file("nord.pdf", sheet())])
    await cast.note("staff", number, "Nur bei uns", [await cast.file("intern.pdf", PDF + b"%")])
    await portal.sign_in("user")
    answer = await portal.get(f"/tickets/{number}/complete.pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    reader, said = read(answer.content)
    assert "Anhang 1: alle.pdf" in said and "Anhang 2: nord.pdf" in said  # noqa: PT018
    assert "intern.pdf" not in said and "Nur bei uns" not in said  # noqa: PT018
    assert said.endswith(f"Seite {len(reader.pages)} von {len(reader.pages)}")
    (text,) = reader.attachments[f"Ticket-{number}.txt"]
    assert b"Nur bei uns" not in text
    event = await TicketEvent.get(kind="exported_complete")
    assert event.after == hashlib.sha256(text).hexdigest()
    assert event.after in said
    assert (await AuditEntry.get(kind="exported")).subject == f"#{number} complete.pdf {event.after}"
    await portal.sign_in("staff")
    assert "nord.pdf" not in read((await portal.get(f"/tickets/{number}/complete.pdf")).content)[1]


async def test_many_tickets_come_as_one_file_those_chosen_that_one_sees(portal: Portal, cast: Cast) -> None:
    one, other = [await cast.ticket("user", subject=f"Fall {n}", handed_over=True) for n in (1, 2)]
    foreign = await cast.ticket("stranger", subject="Fremd")
    await portal.sign_in("user")
    page = await look(portal, f"/tickets/pdf?number={other}&number={one}&number={foreign}")
    assert "2 Tickets in einer Datei" in words(page.root) and "Fremd" not in words(page.root)  # noqa: PT018
    answer = await page.form("PDF erstellen").send(portal, attachments="1")
    reader, said = read(answer.content)
    assert [mark["/Title"] for mark in reader.outline] == [f"#{one} Fall 1", f"#{other} Fall 2"]
    assert said.count("Prüfsumme dieses Exports") == 2
    assert await TicketEvent.filter(kind="exported_complete").order_by("ticket_id").values_list(
        "ticket_id", flat=True
    ) == [one, other]
    assert (await portal.get(f"/tickets/export.pdf?number={foreign}")).status_code == 404
    page = await look(portal, "/tickets/pdf?status=all")
    assert "2 Tickets in einer Datei" in words(page.root), "nothing chosen: the list that the filter shows"


async def test_staff_do_one_deed_for_the_chosen_tickets_and_read_what_became_of_each(
    portal: Portal, cast: Cast
) -> None:
    one, other = [await cast.ticket("user", subject=f"Fall {n}", handed_over=True) for n in (1, 2)]
    await cast.set(other, status=Status.CLOSED)
    await portal.sign_in("staff")
    page = await look(portal, f"/tickets/bulk?number={one}&number={other}&number=999999")
    assert "Es geht um 2 Tickets" in words(page.root)
    form = page.form("Für 2 Tickets ausführen")
    refused = await form.send(portal, deed="to_user", body="")
    assert refused.status_code == 422
    for _again in range(2):
        done = await form.send(portal, deed="to_user", body="Bitte prüfen, [Name].")
        assert done.status_code == 200
        assert "Bei 1 von 2 Tickets ausgeführt." in done.text
        assert "geht nicht, das Ticket ist jetzt „Geschlossen“" in done.text
    assert await Message.filter(author=cast.staff).values_list("body", flat=True) == ["Bitte prüfen, Ute Petersen."]
    assert "keine Tickets ausgewählt" in words((await look(portal, "/tickets/bulk")).root)


async def test_a_text_block_comes_into_the_message_without_a_script_and_nothing_typed_is_lost(
    portal: Portal, cast: Cast
) -> None:
    number = await cast.ticket("user", handed_over=True)
    await portal.sign_in("staff")
    page = await look(portal, "/staff/text-blocks/new")
    answer = await page.form("Textbaustein speichern").send(portal, name="Gruß", body="Guten Tag [Name]", shared="1")
    assert "Gruß" in words((await follow(portal, answer)).root)
    block = await TextBlock.get(name="Gruß")
    page = await look(portal, f"/tickets/{number}")
    fields = dict(page.form("Nachricht senden").filled(body="Angefangen", block=str(block.id)))
    answer = await portal.send_form(f"/tickets/{number}/text-block", **fields)
    assert "Angefangen\n\nGuten Tag Ute Petersen</textarea>" in answer.text
    assert await Message.filter(author=cast.staff).count() == 0
    plain = await portal.get(f"/tickets/{number}/text-blocks/{block.id}")
    assert (plain.text, plain.headers["Content-Type"]) == ("Guten Tag Ute Petersen", "text/plain; charset=utf-8")
    page = await look(portal, f"/staff/text-blocks/{block.id}/delete")
    await page.form("Löschen").send(portal)
    assert not await TextBlock.exists()


async def test_a_text_block_that_somebody_changed_meanwhile_is_not_written_over(portal: Portal, cast: Cast) -> None:
    block = await TextBlock.create(name="Gruß", body="alt")
    await portal.sign_in("staff")
    form = (await look(portal, f"/staff/text-blocks/{block.id}")).form("Textbaustein speichern")
    await TextBlock.filter(id=block.id).update(body="von Anna", version=2)
    answer = await form.send(portal, body="meins")
    assert answer.status_code == 409
    assert "meins</textarea>" in answer.text
    assert (await TextBlock.get(id=block.id)).body == "von Anna"


async def test_staff_see_the_ticket_as_its_reporter_does_and_can_do_nothing_there(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", handed_over=True)
    await cast.note("staff", number, "Nur bei uns", [await cast.file("intern.png", PNG)])
    await cast.note("edv", number, "Nur für Nord")
    await cast.reply("staff", number, "Für alle")
    await portal.sign_in("staff")
    for _twice in range(2):
        page = await look(portal, f"/tickets/{number}/as-reporter")
    said = words(page.root)
    assert "So sieht Ute Petersen dieses Ticket." in said
    assert "Für alle" in said
    for hidden in ("Nur bei uns", "intern.png", "Nur für Nord", "Priorität „Hoch“", "Zuweisen"):
        assert hidden not in said
    assert page.all(".//main//form") == []
    assert page.links["Zurück zum Ticket"] == f"/tickets/{number}"
    assert await AuditEntry.filter(kind="viewed_as_reporter").values_list("subject", flat=True) == [
        f"#{number}, Ute Petersen"
    ]


async def test_a_duplicate_is_merged_after_asking_and_its_number_leads_on(portal: Portal, cast: Cast) -> None:
    file = await cast.file("a.pdf", PDF)
    one = await cast.ticket("colleague", subject="Doppelt", files=[file], handed_over=True)
    into = await cast.ticket("user", subject="Original", handed_over=True)
    await portal.sign_in("staff")
    page = await look(portal, f"/tickets/{one}/merge")
    page = await look(portal, f"/tickets/{one}/merge?into={into}")
    said = words(page.root)
    for sentence in ("Das lässt sich nicht rückgängig machen.", "neu dabei: Karl Jansen", "Original", "Doppelt"):
        assert sentence in said
    form = page.form("Zusammenführen")
    page = await follow(portal, await form.send(portal))
    assert "hier geht es weiter" in words(page.root)
    assert f"aus #{one}" in words(page.root)
    assert any(f"Stefan Kramer hat Ticket #{one} hierher übernommen" in event for event in page.events())
    await portal.sign_in("colleague")
    assert (await portal.get(f"/tickets/{one}")).headers["Location"].startswith(f"/tickets/{into}")
    attachment = next(link for name, link in page.links.items() if name.startswith("a.pdf"))
    assert attachment.startswith(f"/tickets/{into}/attachments/")
    old = attachment.replace(f"/tickets/{into}/", f"/tickets/{one}/")
    assert (await portal.get(old)).headers["Location"] == attachment
    await portal.sign_in("reader")
    await cast.set(into, module_id=cast.seminars.id)
    said = words((await look(portal, f"/tickets/{one}")).root)
    assert "mit einem anderen zusammengeführt" in said
    assert str(into) not in said


@pytest.mark.parametrize("changed", ["one", "into"])
async def test_merging_what_somebody_changed_meanwhile_is_refused(portal: Portal, cast: Cast, changed: str) -> None:
    numbers = {name: await cast.ticket("user", handed_over=True) for name in ("one", "into")}
    await portal.sign_in("staff")
    page = await look(portal, f"/tickets/{numbers['one']}/merge?into={numbers['into']}")
    await Ticket.filter(number=numbers[changed]).update(version=9)
    answer = await page.form("Zusammenführen").send(portal, body="Meine Worte")
    assert answer.status_code == 409
    assert "Meine Worte" in answer.text
    assert not await Ticket.filter(merged_into_id__not_isnull=True).exists()
