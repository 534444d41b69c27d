"""The list as each person has it: named filters, a default, own columns; and the question behind the letter."""

from app.database import execute
from app.domain import satisfaction
from app.domain.models import Rating, SavedFilter
from tests.cast import Cast, Portal
from tests.web.reading import Page, follow, look, words
from tests.web.test_list_news import Reading

HEADS = ".//table/thead//th"


async def test_a_filter_gets_a_name_opens_the_list_and_goes_again(portal: Portal, cast: Cast) -> None:
    await cast.ticket("user", priority="high")
    await portal.sign_in("user")
    assert "Filter speichern" not in (await look(portal, "/tickets")).links, "what is usual needs no name"
    shown = await look(portal, "/tickets?status=it_review&priority=high")
    ask = await look(portal, shown.links["Filter speichern"])
    assert "Prüfung durch EDV · Hoch" in words(ask.root)
    nameless = await ask.form("Filter speichern").send(portal, name="")
    assert Page(nameless).errors() == {"name": "Bitte geben Sie dem Filter einen Namen."}
    page = await follow(portal, await ask.form("Filter speichern").send(portal, name="Eilig", default="1"))
    assert page.all(".//a[@aria-current='true' and text()='Eilig']")
    assert "Filter speichern" not in page.links
    assert len((await look(portal, "/tickets")).numbers()) == 1
    other = await look(portal, "/tickets/filters/new?status=closed")
    taken = Page(await other.form("Filter speichern").send(portal, name="eilig"))
    assert "Den gleichnamigen Filter ersetzen" in taken.fields
    settings = await look(portal, "/settings")
    await follow(portal, await settings.form("Standardfilter speichern").send(portal, default=""))
    assert (await look(portal, "/tickets")).numbers() == []
    edit = await look(portal, (await look(portal, "/settings")).links["Filter „Eilig“ bearbeiten"])
    await follow(portal, await edit.form("Name speichern").send(portal, name="Sehr eilig"))
    sure = await look(portal, edit.links["Filter löschen"])
    assert "Filter „Sehr eilig“ löschen?" in sure.headings
    await follow(portal, await sure.form("Filter löschen").send(portal))
    assert not await SavedFilter.all().count()


async def test_a_default_that_is_not_ones_own_is_a_404(portal: Portal, cast: Cast) -> None:
    theirs = await SavedFilter.create(person=cast.colleague, name="Erledigt", query="status=closed")
    await portal.sign_in("user")
    for given in (theirs.id, "x", 2**31):
        assert (await portal.send_form("/settings/filter", default=given)).status_code == 404


async def test_columns_are_chosen_and_ordered_and_more_rows_keep_those_of_the_open_list(
    portal: Portal, cast: Cast
) -> None:
    number = await cast.ticket("user")
    list_ = await Reading.opens(portal, "edv")
    form = (await look(portal, "/settings")).form("Spalten speichern")
    chosen = ["module", "waiting", "created"]
    await follow(portal, await form.send(portal, columns=chosen, up="created"))
    page = await look(portal, "/tickets?status=it_review")
    heads = [words(head) for head in page.all(HEADS)]
    assert heads == ["Nr.", "Betreff", "Modul, Kategorie", "Erstellt", "Wartet seit"]
    visible = [td for td in page.id(f"ticket-{number}") if "card-only" not in td.get("class", "")]
    assert len(visible) == len(heads)
    assert "Ute Petersen" in words(page.id(f"ticket-{number}")), "cards on the phone show what they always did"
    await cast.set(number, priority="high")
    news = await list_.news()
    assert news
    assert not news.all(".//td[contains(@class, 'table-only')]"), "an open list keeps its columns"
    none = Page(await form.send(portal, columns=[]))
    assert none.errors() == {"columns": "Bitte wählen Sie mindestens eine Spalte."}
    await follow(portal, await form.send(portal))
    assert (await cast.again("edv")).list_columns == ""


async def test_the_letters_link_asks_by_get_and_keeps_by_post(portal: Portal, cast: Cast) -> None:
    rules = "INSERT INTO organisation_rules (organisation_id, asks_satisfaction) VALUES (?, ?)"
    await execute(rules, cast.nord.id, True)
    number = await cast.ticket("user", handed_over=True)
    await cast.move("staff", number, "close")
    token = await satisfaction.ask(cast.user, await cast.see("user", number))
    page = await look(portal, f"/rating/{token}?value=3")
    assert [one.get("value") for one in page.all(".//input[@checked]")] == ["3"]
    assert not await Rating.all().count(), "looking answers nothing"
    refused = Page(await page.form("Antwort senden").send(portal, value="7"))
    assert refused.errors() == {"value": "Bitte wählen Sie eine Antwort."}
    thanks = await follow(portal, await page.form("Antwort senden").send(portal, words="Danke, schnell geholfen!"))
    assert "Danke, Ihre Antwort ist gespeichert." in words(thanks.root)
    await follow(portal, await thanks.form("Antwort ändern").send(portal, value="2"))
    assert [(row.value, row.words) for row in await Rating.all()] == [(2, "Danke, schnell geholfen!")]
    for who, reads in (("edv", True), ("staff", True), ("user", False), ("reader", False)):
        await portal.sign_in(who)
        assert ("Zufriedenheit" in (await look(portal, f"/tickets/{number}")).facts()) is reads
    assert "Dieser Link gilt nicht mehr" in (await look(portal, "/rating/nothing", 404)).headings
