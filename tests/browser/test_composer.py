"""Writing: what was typed is kept wherever one goes on, files show themselves, and no failure takes a word."""

import re

from playwright.async_api import Route, expect

from tests.browser.arrange import Arrange
from tests.browser.conftest import Visit, Windows
from tests.browser.visitor import Visitor, payload
from tests.cast import PDF, PNG

SAVED = "Entwurf gespeichert"
NOT_SAVED = "Noch nicht gespeichert, der Text bleibt in diesem Fenster."
RESTORED = "Ihr begonnener Text wurde wiederhergestellt."
HAND_OVER = """async (target, [kind, field, names]) => {
    const data = new DataTransfer(), canvas = new OffscreenCanvas(40, 20);
    canvas.getContext("2d").fillRect(0, 0, 40, 20);
    const picture = await canvas.convertToBlob({ type: "image/png" });
    names.forEach(name => data.items.add(new File([picture], name, { type: "image/png" })));
    target.dispatchEvent(new (kind === "drop" ? DragEvent : ClipboardEvent)(
        kind, { [field]: data, bubbles: true, cancelable: true }));
}"""


async def pauses(visitor: Visitor) -> None:
    """Stop typing until the draft is on the server."""
    await expect(visitor.page.locator("[data-kept]")).to_have_text(SAVED)


async def test_a_draft_is_saved_while_one_writes_and_is_there_on_another_device(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Hier begonnen, dort beendet")
    katrin = await visit("user-nord")
    await katrin.opens(f"/tickets/{number}")
    height = "document.documentElement.scrollHeight"
    before = await katrin.page.evaluate(height)
    await katrin.types("Nachricht", "Im Büro begonnen")
    await katrin.ticks("nur Verband Nord")
    await katrin.attaches(payload("Maske.png", "image/png", PNG))
    await katrin.presses("Entfernen: Maske.png")
    await pauses(katrin)
    await katrin.hears(SAVED)
    assert await katrin.page.evaluate(height) == before

    at_home = await visit("user-nord", scripts=False)
    await at_home.opens(f"/tickets/{number}")
    await at_home.reads_in("Nachricht", "Im Büro begonnen")
    await expect(at_home.box("nur Verband Nord")).to_be_checked()
    await at_home.sees("Ihr Entwurf von")
    await at_home.types("Nachricht", "Im Büro begonnen, daheim beendet")
    await at_home.presses("Nachricht senden")
    await at_home.sees("Ihre Nachricht wurde gesendet.")

    await katrin.page.reload()
    await katrin.reads_in("Nachricht", "")
    await katrin.does_not_see("Ihr Entwurf von")


async def test_of_two_tabs_the_newer_text_is_shown_and_the_other_is_kept(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Zwei Fenster, zwei Texte")
    katrin = await visit("user-nord")
    await katrin.opens(f"/tickets/{number}")
    other = Visitor(await katrin.page.context.new_page())
    await other.opens(f"/tickets/{number}")
    await katrin.types("Nachricht", "Links getippt")
    await pauses(katrin)
    await other.types("Nachricht", "Rechts getippt")
    await pauses(other)
    await other.page.close()

    await katrin.page.reload()
    await katrin.reads_in("Nachricht", "Rechts getippt")
    await katrin.page.get_by_text("Ein anderer Entwurf von").first.click()
    await expect(katrin.page.get_by_label(re.compile("Ein anderer Entwurf"))).to_have_value("Links getippt")
    await katrin.page.get_by_text("Entwurf verwerfen", exact=True).click()
    await katrin.presses("Ja, verwerfen")
    await katrin.sees("Der Entwurf ist verworfen.")
    await katrin.reads_in("Nachricht", "Links getippt")
    await katrin.presses("Nachricht senden")
    await expect(katrin.message("Links getippt")).to_have_count(1)
    await katrin.does_not_see("Ihr Entwurf von")


async def test_who_signs_out_in_the_middle_of_a_word_finds_it_again(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Mitten im Wort")
    katrin = await visit()
    await katrin.signs_in("user-nord", at=f"/tickets/{number}")
    await katrin.field("Nachricht").press_sequentially("Noch nicht fer")
    await katrin.signs_out()
    await katrin.sees("Sie sind abgemeldet.")
    await katrin.signs_in("user-nord", at=f"/login?next=/tickets/{number}")
    await katrin.reads_in("Nachricht", "Noch nicht fer")
    await katrin.page.get_by_text("Entwurf verwerfen", exact=True).click()
    await katrin.presses("Ja, verwerfen")
    await katrin.reads_in("Nachricht", "")


async def test_a_new_ticket_goes_on_where_it_was_left_and_back_shows_no_stale_draft(visit: Visit) -> None:
    torben = await visit("edv-nord")
    await torben.opens("/tickets/new")
    await torben.ticks("Fehlermeldung")
    await torben.chooses("Modul", "Seminare")
    await torben.types("Betreff", "Unterwegs begonnen")
    await torben.types("Wie äußert sich das Problem?", "Die Liste bleibt leer.")
    await torben.ticks("Ticket an UNIPLUS freigeben")
    await torben.attaches(payload("Maske.png", "image/png", PNG))
    await torben.opens("/tickets")  # at once, before the second is over

    await torben.opens("/tickets/new")
    await torben.reads_in("Betreff", "Unterwegs begonnen")
    await torben.reads_in("Wie äußert sich das Problem?", "Die Liste bleibt leer.")
    for name in ("Fehlermeldung", "Ticket an UNIPLUS freigeben"):
        await expect(torben.box(name)).to_be_checked()
    await torben.sees("Bitte wählen Sie diese Dateien noch einmal aus: Maske.png")
    await torben.attaches(payload("Maske.png", "image/png", PNG))
    await torben.does_not_see("noch einmal aus")
    await torben.button("Ticket erstellen").dblclick()
    await torben.page.wait_for_url(re.compile(r"/tickets/\d+"))
    await expect(torben.message("Die Liste bleibt leer.")).to_contain_text("Maske.png")

    await torben.page.go_back()
    await torben.sees_heading("Neues Ticket")
    await torben.reads_in("Betreff", "")
    await torben.does_not_see("Ihr Entwurf von")


async def test_without_a_network_the_text_waits_in_the_window(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Im Tunnel")
    katrin = await visit("user-nord")
    await katrin.opens(f"/tickets/{number}")
    await katrin.types("Nachricht", "Vor dem Tunnel")
    await pauses(katrin)
    await katrin.page.context.set_offline(True)
    await katrin.types("Nachricht", "Vor dem Tunnel und darin")
    await expect(katrin.page.locator("[data-kept]")).to_have_text(NOT_SAVED)
    await katrin.page.context.set_offline(False)
    await pauses(katrin)

    await katrin.page.route("**/draft", lambda route: route.abort())
    await katrin.types("Nachricht", "Vor dem Tunnel und darin und dahinter")
    await expect(katrin.page.locator("[data-kept]")).to_have_text(NOT_SAVED)
    await katrin.page.reload()  # the server has less than the window
    await katrin.sees(RESTORED)
    await katrin.reads_in("Nachricht", "Vor dem Tunnel und darin und dahinter")
    await katrin.page.unroute_all()
    await katrin.presses("Nachricht senden")
    await expect(katrin.message("und dahinter")).to_have_count(1)
    await katrin.page.reload()
    await katrin.reads_in("Nachricht", "")


async def test_whatever_the_server_answers_text_and_files_stay(
    visit: Visit, arrange: Arrange, windows: Windows
) -> None:
    number = arrange.ticket(subject="Sieben Absagen")
    katrin = await visit("user-nord")
    await katrin.opens(f"/tickets/{number}")
    await katrin.types("Nachricht", "Bleibt stehen.")
    await katrin.attaches(payload("Maske.png", "image/png", PNG))
    await katrin.remembers_the_page()

    async def refuse(route: Route) -> None:
        body = "<!doctype html><main><h1>Gerade nicht</h1><p>Bitte später.</p></main>"
        await route.fulfill(status=refused, content_type="text/html", body=body)

    await katrin.page.route("**/messages", refuse)
    for refused in (400, 403, 404, 409, 413, 429, 500, 503):  # noqa: B007 (refuse reads it)
        await katrin.presses("Nachricht senden")
        await katrin.sees("Gerade nicht. Bitte später.")
        await katrin.page.locator("#forms-notice").get_by_role("button", name="Schließen").click()
    windows.problems.clear()
    await katrin.reads_in("Nachricht", "Bleibt stehen.")
    assert await katrin.is_still_on_the_same_page()
    await katrin.page.unroute_all()
    await katrin.presses("Nachricht senden")
    await expect(katrin.message("Bleibt stehen.")).to_contain_text("Maske.png")


async def test_pasted_and_dropped_pictures_show_themselves_and_go_one_by_one(visit: Visit, arrange: Arrange) -> None:
    number = arrange.ticket(subject="Bilder im Vorbeigehen")
    katrin = await visit("user-nord")
    await katrin.opens(f"/tickets/{number}")
    await katrin.field("Nachricht").evaluate(HAND_OVER, ["paste", "clipboardData", ["image.png"]])
    await katrin.page.locator("#main").evaluate(HAND_OVER, ["drop", "dataTransfer", ["Zwei.png", "Drei.png"]])
    await katrin.attaches(payload("Bescheid.pdf", "application/pdf", PDF))
    chosen = katrin.page.locator(".chosen li")
    await expect(chosen).to_have_text([re.compile(r"Bild \d\d-\d\d-\d\d\.png\s*1 KB"), re.compile("Zwei"),
                                       re.compile("Drei"), re.compile("Bescheid.pdf")])  # fmt: skip
    previews = chosen.locator("img")
    await expect(previews).to_have_count(3)
    shown = "pictures => pictures.every(p => p.src.startsWith('data:image/') && p.complete && p.naturalWidth)"
    assert await previews.evaluate_all(shown)
    await katrin.presses("Entfernen: Zwei.png")
    await katrin.is_focused(katrin.button("Entfernen: Drei.png"))
    await katrin.presses("Entfernen: Bescheid.pdf")
    await katrin.is_focused(katrin.button("Entfernen: Drei.png"))
    await katrin.presses("Entfernen: Drei.png")
    await katrin.keys("Enter")
    await expect(chosen).to_have_count(0)
    await katrin.is_focused(katrin.page.get_by_label("Anhänge"))


async def test_on_a_slow_line_the_upload_says_how_far_it_is_and_can_be_cancelled(
    visit: Visit, arrange: Arrange
) -> None:
    number = arrange.ticket(subject="Langsame Leitung")
    katrin = await visit("user-nord")
    await katrin.opens(f"/tickets/{number}")
    await katrin.types("Nachricht", "Mit großem Anhang.")
    await katrin.attaches(payload("Gross.pdf", "application/pdf", PDF + bytes(3_000_000)))
    line = await katrin.page.context.new_cdp_session(katrin.page)
    network = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 400_000}
    await line.send("Network.emulateNetworkConditions", network)
    await katrin.presses("Nachricht senden")
    place = katrin.page.locator("[data-upload]")
    await expect(place).to_contain_text(re.compile(r"[0-2],\d von 2,9 MB"))
    bar = place.get_by_role("progressbar", name="Dateien werden übertragen")
    await expect(bar).to_have_attribute("max", re.compile(r"^3\d{6}$"))
    await expect(katrin.field("Nachricht")).not_to_be_editable()
    await katrin.presses("Übertragung abbrechen")
    await katrin.sees("Abgebrochen. Es wurde nichts gesendet, Ihr Text ist noch da.")
    await expect(place).to_be_hidden()
    await expect(katrin.field("Nachricht")).to_be_editable()
    await katrin.is_focused(katrin.button("Nachricht senden"))

    await line.send("Network.emulateNetworkConditions", network | {"uploadThroughput": -1})
    await katrin.keys("Enter")
    await expect(katrin.message("Mit großem Anhang.")).to_contain_text("Gross.pdf")
    await expect(katrin.messages()).to_have_count(2)
