"""The list, the ticket and the form for a new one: their words, their fragments, their statements, their refusals."""

import asyncio
import io
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import openpyxl
import pytest

from app.domain.models import Attachment, Letter, Message, Status, Ticket, TicketEvent
from tests.cast import PDF, PNG, Cast, Portal, form_key, text
from tests.web.reading import Form, Page, counted, follow, look, words

ROLES_FIRST = {"user": "Prüfung durch User", "edv": "Prüfung durch EDV", "staff": "Prüfung durch UNIPLUS"}


async def numbers(portal: Portal, query: str = "status=") -> list[int]:
    """The list as this person sees it."""
    return (await look(portal, f"/tickets?{query}")).numbers()


# --- the list: its words ---


@pytest.mark.parametrize("who", ROLES_FIRST)
async def test_the_list_has_the_words_of_the_contract(portal: Portal, cast: Cast, who: str) -> None:
    await cast.ticket("user", handed_over=True)
    await portal.sign_in(who)
    page = await look(portal, "/tickets?status=")
    assert "Ticketsystem" in page.headings
    assert {"Status", "Module", "Umfang"} <= set(page.groups)
    names = {"Volltextsuche", "Kategorie", "Priorität", "Nur eskalierte", "Meine"}
    names |= {"Organisation"} if who == "staff" else {"Meine Organisation"}
    assert names <= set(page.fields)
    assert {"Neues Ticket", "Geschlossene Tickets", "Report", "Excel-Export", "Einstellungen",
            "Filter zurücksetzen"} <= set(page.links)  # fmt: skip
    assert page.links["Excel-Export"].startswith("/tickets/export.xlsx")
    heads = [words(one) for one in page.all(".//th")]
    assert heads == ["Nr.", "Betreff", "Modul, Kategorie", "Status, Priorität", "Gemeldet von", "Zuständig",
                     "Letzte Nachricht", "Wartet seit"]  # fmt: skip


@pytest.mark.parametrize("who", ROLES_FIRST)
async def test_the_status_that_waits_for_ones_role_is_chosen_first(portal: Portal, cast: Cast, who: str) -> None:
    await portal.sign_in(who)
    page = await look(portal, "/tickets")
    chosen = [words(box.getparent()) for box in page.all(".//input[@name='status'][@checked]")]
    assert chosen == [f"{ROLES_FIRST[who]} 0"]
    assert "Filter zurücksetzen" not in page.links


async def test_geloescht_is_a_choice_for_edv_and_staff_only(portal: Portal, cast: Cast) -> None:
    for who, there in (("user", False), ("reader", False), ("deputy", False), ("edv", True), ("staff", True)):
        await portal.sign_in(who)
        assert any(name.startswith("Gelöscht") for name in (await look(portal, "/tickets")).fields) is there, who


async def test_only_modules_that_one_may_use_are_offered(portal: Portal, cast: Cast) -> None:
    offered = {"user": {"Mitglieder", "Seminare"}, "reader": {"Mitglieder"}, "stranger": {"Mitglieder"},
               "staff": {"Mitglieder", "Seminare", "Finanzen"}}  # fmt: skip
    for who, modules in offered.items():
        await portal.sign_in(who)
        page = await look(portal, "/tickets")
        assert {words(box.getparent()) for box in page.all(".//input[@name='module']")} == modules


async def test_a_row_says_everything_and_its_number_is_a_real_link(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", priority="high", files=[await cast.file()], handed_over=True,
                               escalated=True, status=Status.VENDOR_REVIEW)  # fmt: skip
    await cast.reply("edv", number, "Bitte")
    await portal.sign_in("staff")
    page = await look(portal, "/tickets")
    row = words(page.all(".//tr[@data-row]")[0])
    for piece in (str(number), "ungelesen", "1 Anhang", "Beitragslauf bricht ab", "Mitglieder", "Anfrage", "Hoch",
                  "Eskaliert", "Prüfung durch UNIPLUS", "Ute Petersen", "Verband Nord", "Stefan Kramer", "Erik Holm",
                  "Sekunden"):  # fmt: skip
        assert piece in row, piece
    assert page.links[str(number)] == f"/tickets/{number}"


async def test_an_empty_list_tells_the_truth_and_offers_the_next_step(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("user")
    assert "Noch gibt es hier kein Ticket." in text(await portal.get("/tickets"))
    number = await cast.ticket("user")
    nothing_waits = await look(portal, "/tickets")
    assert "Hier wartet gerade nichts." in words(nothing_waits.root)
    assert (await look(portal, nothing_waits.links["Alle Tickets zeigen"])).numbers() == [number]
    elsewhere = await look(portal, "/tickets?q=beitragslauf")
    assert (await look(portal, elsewhere.links["In jedem Status suchen"])).numbers() == [number]
    assert "Dazu gibt es kein Ticket, das Sie sehen dürfen." in text(await portal.get("/tickets?q=gibtesnicht"))


# --- the list: its filter ---


async def test_the_filter_is_a_plain_form_that_works_without_scripts(portal: Portal, cast: Cast) -> None:
    first = await cast.ticket("user", subject="Äpfel", module=cast.members)
    await cast.ticket("user", subject="Birnen", module=cast.seminars)
    await portal.sign_in("edv")
    form = (await look(portal, "/tickets")).form("Filter anwenden")
    assert form.method == "get"
    answer = await form.send(portal, q="aepfel", module=[cast.members.id])
    assert Page(answer).numbers() == [first]
    assert Page(answer).fields["Volltextsuche"].get("value") == "aepfel"


@pytest.mark.parametrize(("query", "address"), [
    ("q=&status=&status=it_review&sort=-updated&category=&priority=&scope=", "/tickets"),
    ("status=", "/tickets?status=all"),
    ("q=%C3%84pfel&status=it_review", "/tickets?q=%C3%84pfel"),
    ("status=closed&status=it_review&sort=number", "/tickets?status=it_review&status=closed&sort=number"),
    ("escalated=1&priority=high&category=task&scope=mine",
     "/tickets?category=task&priority=high&escalated=1&scope=mine"),
    ("organisation=2&sort=nonsense&page=-4&colour=red&jump=&notice=saved", "/tickets"),
])  # fmt: skip
async def test_the_address_follows_the_filter_with_defaults_left_out(
    portal: Portal, cast: Cast, query: str, address: str
) -> None:
    await portal.sign_in("edv")
    answer = await portal.live(f"/tickets?{query}", target="tickets-results")
    assert answer.headers["HX-Push-Url"] == address


async def test_back_and_reload_show_what_the_fragment_showed(portal: Portal, cast: Cast) -> None:
    for n in range(6):
        await cast.ticket("edv", subject=f"Nummer {n}", priority="high" if n % 2 else "normal", release=n > 3)
    await portal.sign_in("edv")
    for query in ("status=", "q=nummer&status=vendor_review", "status=&priority=high&sort=number", "status=closed",
                  f"status=&module={cast.members.id}&sort=priority"):  # fmt: skip
        live = await portal.live(f"/tickets?{query}", target="tickets-results")
        address = live.headers["HX-Push-Url"]
        reloaded = await portal.get(address)
        back = await portal.live(address, **{"HX-History-Restore-Request": "true"})
        assert Page(back).whole, "htmx restores history from a whole page"
        assert Page(live).numbers() == Page(reloaded).numbers() == Page(back).numbers(), query
        assert [i.get("value") for i in Page(live).all(".//input[@checked]")] == [
            i.get("value") for i in Page(reloaded).all(".//input[@checked]")
        ]


async def test_htmx_gets_the_results_and_beside_them_the_filter_and_the_export(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("edv")
    await portal.sign_in("edv")
    answer = await portal.live("/tickets?priority=normal", target="tickets-results")
    page = Page(answer)
    assert page.roots() == {"tickets-results": False, "tickets-filters": True, "tickets-export": True}
    assert page.numbers() == [number]
    assert page.links["Excel-Export"] == "/tickets/export.xlsx?priority=normal"
    assert "Volltextsuche" not in page.fields, "typing is never disturbed"
    assert {"HX-Request", "HX-Target", "Cookie"} <= set(answer.headers["Vary"].split(", "))


async def test_a_page_is_fifty_and_weitere_laden_brings_the_rows_alone(portal: Portal, cast: Cast) -> None:
    made = [await cast.ticket("edv", subject=f"Nr {n}") for n in range(53)]
    await portal.sign_in("edv")
    page = await look(portal, "/tickets?sort=number")
    assert page.numbers() == made[:50]
    address = page.links["Weitere laden"]
    more = await portal.live(address, target="tickets-more")
    assert Page(f"<table>{more.text}</table>").numbers() == made[50:]
    assert "HX-Push-Url" not in more.headers
    assert "<table" not in more.text
    assert "tickets-more" not in more.text, "there is no third page"
    plain = await look(portal, address)
    assert plain.whole
    assert plain.numbers() == made[50:]
    assert (await look(portal, plain.links["Zum Anfang der Liste"])).numbers() == made[:50]


async def test_sorting_is_by_links_that_turn_round(portal: Portal, cast: Cast) -> None:
    made = [await cast.ticket("edv", priority=p) for p in ("normal", "high", "normal")]
    await portal.sign_in("edv")
    page = await look(portal, "/tickets")
    down = await look(portal, page.links["Nr."])
    assert down.numbers() == made[::-1]
    assert down.all(".//th[1]")[0].get("aria-sort") == "descending"
    assert (await look(portal, down.links["Nr."])).numbers() == made
    assert (await look(portal, page.links["Priorität"])).numbers()[0] == made[1]


async def test_the_counts_follow_the_other_filters(portal: Portal, cast: Cast) -> None:
    await cast.ticket("edv", subject="Eins")
    await cast.ticket("edv", subject="Eins", status=Status.CLOSED)
    await cast.ticket("edv", subject="Zwei")
    await portal.sign_in("edv")
    page = await look(portal, "/tickets?q=eins")
    assert {"Prüfung durch EDV 1", "Geschlossen 1", "Prüfung durch User 0"} <= set(page.fields)


async def test_a_bare_number_leads_to_the_ticket_from_the_search_in_the_bar(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", status=Status.CLOSED)
    await portal.sign_in("user")
    for typed in (number, f"%23{number}"):
        answer = await portal.get(f"/tickets?q={typed}&jump=1")
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/tickets/{number}")
    assert (await portal.get("/tickets?q=4711&jump=1")).status_code == 200
    await portal.sign_in("stranger")
    assert (await portal.get(f"/tickets?q={number}&jump=1")).status_code == 200


async def test_a_bare_number_comes_first_whatever_the_filter(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("edv", status=Status.CLOSED)
    mentions = await cast.ticket("edv", subject=f"Wie {number}")
    await portal.sign_in("edv")
    assert await numbers(portal, f"q={number}") == [number, mentions]


async def test_a_deleted_ticket_is_in_no_list_but_geloescht(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", subject="Weg", handed_over=True, deleted=True)
    for who in ("user", "edv", "staff"):
        await portal.sign_in(who)
        for query in ("", "status=", "status=closed", "q=weg&status=", "scope=mine&status=", f"q={number}",
                      f"q={number}&status="):  # fmt: skip
            assert number not in await numbers(portal, query), f"{who} {query}"
        assert (number in await numbers(portal, "status=deleted")) is (who != "user")


async def test_a_stranger_finds_nothing_in_list_count_search_and_similar(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", subject="Geheimprojekt", files=[await cast.file("geheim.png")])
    await cast.reply("edv", number, "Kassenwart")
    await portal.sign_in("stranger")
    nothing = await look(portal, "/tickets?status=")
    await portal.sign_in("strange_edv")
    for query in ("status=", "q=geheimprojekt&status=", "q=kassenwart&status=", "q=petersen&status=",
                  "q=geheim&status=", f"q={number}&status=", "status=deleted", f"status=&module={cast.members.id}",
                  "status=&organisation=1", "status=&scope=mine"):  # fmt: skip
        page = await look(portal, f"/tickets?{query}")
        assert page.numbers() == []
        assert all(words(chip).endswith(" 0") for chip in page.all(".//label[.//input[@name='status']]")), query
        assert "Geheimprojekt" not in words(page.root)
    assert nothing.numbers() == []
    similar = await portal.live("/tickets/similar?subject=Geheimprojekt+Geheimprojekt", target="tickets-similar")
    assert "Geheimprojekt" not in similar.text


# --- the list: its statements ---


@pytest.mark.parametrize("who", ["user", "reader", "edv", "staff"])
async def test_the_list_takes_three_statements_however_long_it_is(
    portal: Portal, cast: Cast, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await portal.sign_in(who)
    await portal.get("/tickets")
    found = []
    for more in (0, 2, 20):
        for _ in range(more):
            await cast.ticket("edv", release=True, files=[await cast.file()])
        with counted(monkeypatch) as page:
            await portal.get("/tickets?status=&q=beitragslauf")
        with counted(monkeypatch) as fragment:
            await portal.live("/tickets?status=&q=beitragslauf", target="tickets-results")
        with counted(monkeypatch) as rows:
            await portal.live("/tickets?status=&page=2", target="tickets-more")
        found.append((len(page), len(fragment), len(rows)))
        assert page.of_the_page, "the counting works"
    assert found == [(3, 3, 1)] * 3


@pytest.mark.parametrize("who", ["user", "edv", "staff"])
async def test_the_ticket_takes_the_same_few_statements_however_long_it_is(
    portal: Portal, cast: Cast, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await cast.ticket("user", handed_over=True)
    await portal.sign_in(who)
    found = []
    for more in (0, 3, 12):
        for n in range(more):
            await cast.reply(("user", "edv", "staff")[n % 3], number, f"Nr {n}", files=[await cast.file()])
        with counted(monkeypatch) as page:
            await portal.get(f"/tickets/{number}")
        found.append(len(page))
    assert found == [9 if who == "staff" else 7] * 3  # staff: to whom it can be given, and their text blocks


# --- the ticket ---


async def test_the_ticket_has_the_words_of_the_contract_in_their_order(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("edv", subject="Rechnung fehlt")
    await portal.sign_in("edv")
    page = await look(portal, f"/tickets/{number}")
    assert page.headings[:1] == [f"#{number} Rechnung fehlt"]
    assert "Korrespondenz" in page.headings
    functions = [words(one) for one in page.all(".//aside//ul//*[self::a or self::button]")]
    wanted = ["An UNIPLUS übergeben", "Kontakt", "Eskalieren", "Als geschlossen markieren", "Löschen", "PDF-Export"]
    assert [name for name in functions if name in wanted] == wanted
    assert functions[0] == "An UNIPLUS übergeben"
    assert {"Nachricht", "Anhänge", "Ticket an UNIPLUS freigeben"} <= set(page.fields)
    assert "Sichtbar für" in page.groups
    assert "Nachricht senden" in page.buttons
    assert page.links["PDF-Export"] == f"/tickets/{number}.pdf"
    assert "Bis zu vier Dateien, nur PDF und Bilder, je höchstens 10 MB." in words(page.root)


async def test_the_facts_are_all_there(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("edv", release=True, x3_context={"Maske": "Beitragslauf"})
    await cast.reply("staff", number, "Ja")
    await portal.sign_in("edv")
    page = await look(portal, f"/tickets/{number}")
    facts = page.facts()
    wanted = {"Kategorie": "Anfrage", "Modul": "Mitglieder", "Priorität": "Normal", "X3: Maske": "Beitragslauf",
              "Zuständig bei UNIPLUS": "Stefan Kramer", "Beteiligte": "Stefan Kramer"}  # fmt: skip
    assert wanted.items() <= facts.items()
    assert {"Erstellt", "Zuletzt geändert", "Übergeben an UNIPLUS"} <= set(facts)
    assert facts["Gemeldet von"].startswith("Erik Holm")
    assert "wartet auf UNIPLUS seit" in words(page.root)


async def test_kontakt_writes_to_the_responsible_person_about_this_ticket(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("edv", subject="Äpfel & Birnen?", release=True)
    await portal.sign_in("edv")
    link = urlsplit((await look(portal, f"/tickets/{number}")).links["Kontakt"])
    asked = parse_qs(link.query, strict_parsing=True)
    assert (link.scheme, unquote(link.path)) == ("mailto", "staff@uniplus.example")
    assert asked["subject"] == [f"[#{number}] Äpfel & Birnen?"]
    assert "Guten Tag Stefan Kramer," in asked["body"][0]
    assert f"http://127.0.0.1:8000/tickets/{number}" in asked["body"][0]


async def test_one_marks_a_ticket_as_read_with_a_plain_form_too(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await cast.reply("edv", number, "Neu")
    await portal.sign_in("user")
    assert "ungelesen" in text(await portal.get("/tickets?status="))
    form = (await look(portal, f"/tickets/{number}")).form("Als gelesen markieren")
    await follow(portal, await form.send(portal))
    assert "ungelesen" not in text(await portal.get("/tickets?status="))
    assert "Als gelesen markieren" not in (await look(portal, f"/tickets/{number}")).buttons


async def test_a_read_mark_from_htmx_answers_nothing(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("edv")
    answer = await portal.send_form(f"/tickets/{number}/read", htmx=True)
    assert (answer.status_code, answer.text) == (204, "")


# --- a new ticket ---

WANTED: dict[str, Any] = {"category": "request", "subject": "Neue Beitragsklasse", "description": "Bitte einrichten."}


async def new_form(portal: Portal, query: str = "") -> Form:
    """The form as it stands on its page."""
    return (await look(portal, f"/tickets/new{query}")).form("Ticket erstellen")


async def made(answer: Any) -> Ticket:
    """The ticket that a 303 leads to."""
    assert answer.status_code == 303, text(answer)[:500]
    return await Ticket.get(number=int(answer.headers["Location"].split("?")[0].rsplit("/", 1)[1]))


async def test_the_form_has_the_words_of_the_contract(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("edv")
    page = await look(portal, "/tickets/new")
    assert "Neues Ticket" in page.headings
    assert {"Kategorie", "Priorität"} <= set(page.groups)
    assert {"Anfrage", "Fehlermeldung", "Aufgabe", "Modul", "Betreff", "Normal", "Hoch", "Beschreibung", "Anhänge",
            "Wen oder was betrifft das Problem?", "Welche Mitglieds-, Seminar-Nr. o. Ä.?",
            "Wie äußert sich das Problem?", "Wie kann es ausgelöst werden?",
            "Welche Auswirkung hat es?"} <= set(page.fields)  # fmt: skip
    assert "Ticket erstellen" in page.buttons
    assert any(name.startswith("Ticket an UNIPLUS freigeben") for name in page.fields)
    assert page.fields["Modul"].tag == "select"
    assert {page.fields[name].get("type") for name in ("Anfrage", "Fehlermeldung", "Aufgabe")} == {"radio"}


async def test_a_ticket_is_created_plainly_and_starts_with_the_edv(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("user")
    form = await new_form(portal)
    answer = await form.send(portal, **WANTED, module=cast.members.id, priority="high",
                             files=[("bild.png", PNG, "image/png"), ("brief.pdf", PDF, "application/pdf")])  # fmt: skip
    page = await follow(portal, answer)
    ticket = await made(answer)
    assert page.headings[0] == f"#{ticket.number} Neue Beitragsklasse"
    assert page.messages() == ["Bitte einrichten."]
    assert "Ihr Ticket wurde erstellt." in words(page.root)
    assert (ticket.status, ticket.reporter_id, ticket.priority) == (Status.IT_REVIEW, cast.user.id, "high")
    assert sorted(a.name for a in await Attachment.all()) == ["bild.png", "brief.pdf"]


async def test_htmx_is_told_where_the_new_ticket_is(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("user")
    answer = await (await new_form(portal)).send(portal, live=True, **WANTED, module=cast.members.id)
    assert answer.status_code == 200
    assert answer.headers["HX-Redirect"] == "/tickets/1001?notice=created"


async def test_who_may_hand_over_can_start_with_the_vendor(portal: Portal, cast: Cast) -> None:
    for who in ("deputy", "edv"):
        await portal.sign_in(who)
        form = await new_form(portal)
        assert (await made(await form.send(portal, **WANTED, module=cast.members.id, release="1"))).status == (
            Status.VENDOR_REVIEW
        )
    await portal.sign_in("user")
    form = await new_form(portal)
    answer = await form.send(portal, **WANTED, module=cast.members.id, release="1")
    assert answer.status_code == 403
    assert await Ticket.all().count() == 2


async def test_the_guided_questions_become_one_readable_message(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("user")
    form = await new_form(portal)
    answer = await form.send(
        portal, category="incident", module=cast.members.id, subject="Abbruch", affected="Alle Kassen", record="",
        symptom="Das Fenster\r\nschließt sich", trigger="Knopf drücken", impact="",
    )  # fmt: skip
    ticket = await made(answer)
    assert (await Message.get(ticket_id=ticket.number)).body == (
        "Wen oder was betrifft das Problem?\nAlle Kassen\n\n"
        "Wie äußert sich das Problem?\nDas Fenster\nschließt sich\n\n"
        "Wie kann es ausgelöst werden?\nKnopf drücken"
    )


WRONG = {
    "no subject": ({"subject": "  "}, "subject"),
    "a subject of 5,000 characters": ({"subject": "x" * 5000}, "subject"),
    "no module": ({"module": ""}, "module"),
    "a module of nobody": ({"module": "99999"}, "module"),
    "a module that is no number": ({"module": "1; DROP TABLE ticket"}, "module"),
    "a module beyond every number": ({"module": "99999999999999999999"}, "module"),
    "no category": ({"category": None}, "category"),
    "a category that is none": ({"category": "wish"}, "category"),
    "a priority that is none": ({"priority": "extreme"}, "priority"),
    "no description": ({"description": "\r\n "}, "description"),
    "an incident without an answer": ({"category": "incident", "affected": "", "description": ""}, "symptom"),
    "20,001 characters": ({"description": "x" * 20_001}, "description"),
    "answers that are too long together": (
        {"category": "incident", "symptom": "a" * 6000, "trigger": "b" * 6000, "impact": "c" * 6000,
         "description": "d" * 3000},
        "description",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
async def test_what_is_missing_or_wrong_is_said_at_its_field_and_everything_typed_is_kept(
    portal: Portal, cast: Cast, what: str
) -> None:
    changes, field = WRONG[what]
    await portal.sign_in("user")
    filled = {**WANTED, "module": cast.members.id, "affected": "Die Kasse", **changes}
    for live in (False, True):
        answer = await (await new_form(portal)).send(portal, live=live, **filled)
        assert answer.status_code == 422
        assert field in Page(answer).errors()
    form = Page(await (await new_form(portal)).send(portal, **filled)).form("Ticket erstellen")
    for name in ("subject", "description", "affected"):
        assert form.value(name) == filled[name].strip(), name
    assert await Ticket.all().count() == 0


async def test_somebody_elses_module_is_none(portal: Portal, cast: Cast) -> None:
    for who, module in (("user", cast.finance), ("reader", cast.seminars), ("stranger", cast.seminars)):
        await portal.sign_in(who)
        answer = await (await new_form(portal)).send(portal, **WANTED, module=module.id)
        assert answer.status_code == 422
        assert Page(answer).errors().keys() == {"module"}


async def test_wrong_files_are_refused_whole_with_their_names(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("user")
    files = [("gut.png", PNG, "image/png"), ("brief.docx", b"PK\x03\x04" + bytes(99), "application/pdf")]
    for live in (False, True):
        answer = await (await new_form(portal)).send(portal, live=live, **WANTED, module=cast.members.id, files=files)
        assert answer.status_code == 422
        assert "brief.docx" in Page(answer).errors()["files"]
        assert live or ("gut.png" in text(answer) and "Bitte einrichten." in answer.text)
    assert await Ticket.all().count() == await Attachment.all().count() == 0


async def test_a_cut_form_creates_nothing_and_keeps_the_text(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("user")
    answer = await (await new_form(portal)).send(portal, **WANTED, module=cast.members.id, end=None)
    assert answer.status_code == 400
    assert Page(answer).form("Ticket erstellen").value("description") == "Bitte einrichten."
    assert await Ticket.all().count() == 0


async def test_control_characters_are_cleaned_out_of_a_subject(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("user")
    filled = WANTED | {"subject": "A\x00B\r\nC\u2028D\x85E\u202eF"}
    assert (await made(await (await new_form(portal)).send(portal, **filled, module=cast.members.id))).subject == (
        "AB C D EF"
    )


async def test_a_formula_in_a_subject_stays_text_in_excel(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("user")
    for subject in ("=1+1", "@SUM(A1)", "+49 40 1234", '=HYPERLINK("http://evil.example")'):
        await made(await (await new_form(portal)).send(portal, **(WANTED | {"subject": subject}),
                                                       module=cast.members.id))  # fmt: skip
    book = openpyxl.load_workbook(io.BytesIO((await portal.get("/tickets/export.xlsx")).content))
    cells = [row[1] for row in book["Offene Tickets"].iter_rows(min_row=2)]
    assert {cell.value for cell in cells} >= {"=1+1", "@SUM(A1)", "+49 40 1234"}
    assert {cell.data_type for cell in cells} == {"s"}
    assert not any(cell.hyperlink for cell in cells)


async def test_extra_fields_of_a_customer_change_nothing(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("user")
    extra: dict[str, Any] = {
        "organisation": cast.sued.id, "reporter": cast.stranger.id, "reporter_id": cast.stranger.id, "number": 5,
        "status": "vendor_review", "start": "vendor_review", "created_at": "2001-01-01", "handed_over_at": "2001-01-01",
        "responsible": cast.admin.id, "version": 9, "escalated_at": "2001-01-01", "audience": "vendor", "x3": "a",
    }  # fmt: skip
    ticket = await made(await (await new_form(portal)).send(portal, **WANTED, module=cast.members.id, **extra))
    assert ticket.number == 1001
    assert (ticket.organisation_id, ticket.reporter_id) == (cast.nord.id, cast.user.id)
    assert (ticket.status, ticket.handed_over_at, ticket.escalated_at) == (Status.IT_REVIEW, None, None)
    assert (ticket.responsible_id, ticket.version) == (cast.staff.id, 1)
    assert ticket.created_at.year > 2001
    assert (await Message.get(ticket_id=ticket.number)).audience == "everyone"


async def test_ten_identical_posts_at_once_make_one_ticket_and_get_one_answer(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("user")
    form = await new_form(portal)
    answers = await asyncio.gather(*(form.send(portal, **WANTED, module=cast.members.id) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert await Ticket.all().count() == await Message.all().count() == await TicketEvent.all().count() == 1
    assert await Letter.all().count() == 1


async def test_a_refused_form_can_be_sent_again_with_its_key(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("user")
    form = await new_form(portal)
    assert (await form.send(portal, **(WANTED | {"subject": ""}), module=cast.members.id)).status_code == 422
    assert (await form.send(portal, **WANTED, module=cast.members.id)).status_code == 303


async def test_the_same_key_of_two_people_makes_two_tickets(portal: Portal, cast: Cast) -> None:
    key = form_key()
    for who in ("user", "edv"):
        await portal.sign_in(who)
        await made(await (await new_form(portal)).send(portal, **WANTED, module=cast.members.id, form_key=key))
    assert await Ticket.all().count() == 2


async def test_similar_open_tickets_are_offered_while_the_subject_is_typed(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", subject="Beitragslauf bricht mit Meldung ab")
    await cast.ticket("user", subject="Beitragslauf bricht ab", status=Status.CLOSED)
    await portal.sign_in("user")
    answer = await portal.live("/tickets/similar?subject=Beitragslauf+bricht", target="tickets-similar")
    assert Page(answer).roots() == {"tickets-similar": False}
    assert list(Page(answer).links.values()) == [f"/tickets/{number}"]
    empty = await portal.live("/tickets/similar?subject=a", target="tickets-similar")
    assert Page(empty).roots() == {"tickets-similar": False}


async def test_staff_choose_for_whom_and_where_it_starts(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("staff")
    first = await look(portal, "/tickets/new")
    assert "Ticket erstellen" not in first.buttons
    page = Page(await first.form("Weiter").send(portal, organisation=cast.nord.id))
    assert {"Gemeldet von", "Modul", "Prüfung durch User", "Prüfung durch UNIPLUS"} <= set(page.fields)
    assert "UNIPLUS" not in [words(option) for option in page.all(".//select[@id='organisation']/option")]
    names = [words(option) for option in page.fields["Gemeldet von"]]
    assert "Ute Petersen" in names
    assert "Sven Bauer" not in names
    for start in ("user_review", "vendor_review"):
        ticket = await made(await page.form("Ticket erstellen").send(
            portal, **WANTED, module=cast.finance.id, reporter=cast.user.id, start=start, form_key=form_key()
        ))  # fmt: skip
        assert (ticket.status, ticket.reporter_id) == (start, cast.user.id)
        assert await cast.sees("staff", ticket.number)
        assert await cast.sees("user", ticket.number)
    await portal.sign_in("user")
    assert "Stefan Kramer hat das Ticket für Ute Petersen erstellt" in text(
        await portal.get(f"/tickets/{ticket.number}")
    )


async def test_staff_are_refused_without_a_reporter_and_with_a_foreign_module(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("staff")
    form = (await look(portal, f"/tickets/new?organisation={cast.sued.id}")).form("Ticket erstellen")
    for changes, field in (
        ({"reporter": ""}, "reporter"), ({"reporter": cast.admin.id}, "reporter"), ({"reporter": 99999}, "reporter"),
        ({"reporter": cast.stranger.id, "module": cast.finance.id}, "module"),
    ):  # fmt: skip
        answer = await form.send(portal, **(WANTED | {"module": cast.members.id} | changes))
        assert answer.status_code == 422
        assert field in Page(answer).errors()
        assert "Bitte einrichten." in answer.text
    assert await Ticket.all().count() == 0
