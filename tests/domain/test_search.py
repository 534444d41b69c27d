"""Full text: what is found, by which words, by whom, and that no input breaks it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain import search
from app.domain.models import Status
from app.domain.storage import StoredFile
from app.domain.ticket_filter import TicketFilter
from app.text import clean_line
from tests.cast import Cast


async def found(cast: Cast, who: str, q: str, **more: object) -> list[int]:
    """The numbers that somebody finds, in the list's order."""
    filter = TicketFilter(q=clean_line(q), **more)  # type: ignore[arg-type]
    return [row["number"] for row in await search.find(filter, cast.person(who))]


@pytest.mark.parametrize("written", ["Äpfel", "äpfel", "ÄPFEL", "aepfel", "AEPFEL", "A\u0308pfel"])
async def test_umlauts_and_case_do_not_matter(cast: Cast, written: str) -> None:
    number = await cast.ticket("user", body=f"Der Seminarraum „{written}“ ist doppelt belegt.")
    for q in ("aepfel", "äpfel", "ÄPFEL", "Äpf", "a\u0308pfel"):
        assert await found(cast, "user", q) == [number], q


@pytest.mark.parametrize(("written", "queries"), [
    ("Straßenverzeichnis", ["straße", "strasse", "STRASSEN", "STRAẞE"]),
    ("Großüberweisung", ["gross", "GROẞ", "grossüber", "grossueberw"]),
    ("Café Müller", ["cafe", "CAFÉ", "mueller", "müll"]),
    ("Łódź und Kraków", ["krakow", "KRAKÓW"]),
    ("Œuvre, smørrebrød, æon", ["oeuvre", "smoerre", "aeon"]),
    ("Προβλήματα στην Αθήνα", ["προβληματα", "αθηνα"]),
    ("Журнал членов", ["журнал", "ЧЛЕН"]),
])  # fmt: skip
async def test_letters_of_europe(cast: Cast, written: str, queries: list[str]) -> None:
    number = await cast.ticket("user", subject=written, body="x")
    for q in queries:
        assert await found(cast, "user", q) == [number], q


async def test_words_are_beginnings_and_all_must_be_there(cast: Cast) -> None:
    number = await cast.ticket("user", subject="Beitragslauf bricht ab", body="Fehler 4711 in Maske SEPA-Einzug.")
    for q in ("beitr", "beitragslauf brich", "sepa 4711", "ab fehler b", "einzug sepa-einzug", "  beitr   4711 "):
        assert await found(cast, "user", q) == [number], q
    for q in ("lauf", "eitrag", "beitragslaufs", "beitragslauf geht", "4711 4712", "711"):
        assert await found(cast, "user", q) == [], q


async def test_everything_that_the_list_shows_can_be_searched(cast: Cast) -> None:
    number = await cast.ticket(
        "user", subject="Etikettendruck", body="Toner leer", files=[await cast.file("Bildschirmfoto 7.png")]
    )
    await cast.reply("edv", number, "Bitte Papierfach prüfen")
    for q in (
        str(number), "etiketten", "toner", "papierfach", "bildschirmfoto", "ute", "petersen ute", "verband nord",
        "mitglieder", "holm", "erik papierfach toner",
    ):  # fmt: skip
        assert await found(cast, "edv", q) == [number], q


async def test_the_text_inside_a_pdf_is_found_by_who_may_read_it(cast: Cast) -> None:
    pdf = StoredFile("liste.pdf", "application/pdf", 10, "0" * 64, text="Mandatsreferenz Zwetschgenkuchen")
    number = await cast.ticket("user", handed_over=True)
    await cast.note("edv", number, "anbei", files=[pdf])
    assert await found(cast, "user", "zwetschgen") == [number]
    assert await found(cast, "staff", "zwetschgen") == []


async def test_words_of_one_ticket_may_come_from_different_messages(cast: Cast) -> None:
    number = await cast.ticket("user", body="Ananas")
    await cast.reply("edv", number, "Birne")
    await cast.ticket("user", body="nur Ananas")
    assert await found(cast, "user", "ananas birne") == [number]


async def test_a_bare_number_comes_first_whatever_the_filter(cast: Cast) -> None:
    first = await cast.ticket("user", body="Erstes")
    second = await cast.ticket("user", body=f"siehe Ticket {first}")
    for q in (str(first), f"#{first}", f" {first} "):
        assert (await found(cast, "user", q))[0] == first, q
    assert await found(cast, "user", str(first)) == [first, second]
    assert await found(cast, "user", str(first), sort="-number") == [first, second]
    assert await found(cast, "user", str(first), statuses=(Status.CLOSED.value,)) == [first]
    assert await found(cast, "stranger", str(first)) == []


async def test_a_bare_number_finds_a_deleted_ticket_only_for_who_may_list_deleted_ones(cast: Cast) -> None:
    number = await cast.ticket("user", deleted=True)
    assert await found(cast, "user", str(number)) == []
    assert await found(cast, "edv", str(number), statuses=("deleted",)) == [number]


async def test_a_number_beyond_every_ticket_is_just_not_found(cast: Cast) -> None:
    await cast.ticket("user")
    for q in ("0", "99999", str(2**31), str(2**63), "9" * 40, "١٠٠١", "1001.0", "1e3", "0x3e9"):
        assert await found(cast, "user", q) == [], q


HOSTILE = (
    "OR", "AND", "NOT", "NEAR", "beitragslauf OR nichts", "NEAR(a b)", '"', '""', '"beitragslauf', "'", "''",
    "a' OR '1'='1", "'; DROP TABLE ticket; --", "*", "**", "beitr*", "*lauf", "^beitrag", "{everyone vendor}: x",
    "vendor : x", "vendor:x", "-beitragslauf", "(", ")", "((((", "a & b | !c", ":*", "':*", "a:*b", "<->", "\\",
    "\\\\", "\\'", "%", "_", "%%%", "?", "$1", ":name", "{", "}", "{0}", "\x00", "a\x00b", "\ud800", "\u202e",
    "\ufeff", "😀", "👩\u200d👩\u200d👧", "ſ", "²", "½", "ﬃ", "İ",
    "\t\n", "a" * 5000, '" ' * 500, "' " * 500, "ä" * 300, "-", "--",
    "/*", "*/", ";", "#", "##1", "@", "~", "`", "|", "||", "+", ".",
)  # fmt: skip


async def test_operators_quotes_and_hostile_text_are_text(cast: Cast) -> None:
    await cast.ticket("user", body="Beitragslauf bricht ab")
    for q in HOSTILE:
        filter = TicketFilter.read([("q", q)], cast.user)
        await search.find(filter, cast.user)
        await search.count(filter, cast.user)
        await search.similar(q, cast.user)
    for q in ("beitragslauf OR nichts", "beitragslauf NOT bricht", "NEAR(beitragslauf bricht)", "vendor:bricht"):
        assert await found(cast, "user", q) == [], q
    assert await found(cast, "user", '"bricht ab" (beitrags*)') != []


async def test_what_has_no_letter_and_no_digit_finds_nothing_rather_than_everything(cast: Cast) -> None:
    await cast.ticket("user")
    for q in ("%", "*", '"', "…", "-", "😀"):
        assert await found(cast, "user", q) == [], q
    assert await found(cast, "user", "") != []


@given(q=st.text(max_size=60))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_query_breaks_the_search(cast: Cast, q: str) -> None:
    await search.find(TicketFilter.read([("q", q)], cast.user), cast.user)


async def test_hostile_text_is_stored_and_found_as_text(cast: Cast) -> None:
    for i, body in enumerate(HOSTILE):
        if "\x00" in body or "\ud800" in body:
            continue  # the door takes these away: see test_text.py
        await cast.ticket("user", subject=f"Nummer {i}", body=f"{body} kennwort{i}x")
        assert await found(cast, "user", f"kennwort{i}x") != [], body


async def test_a_long_word_is_found_by_its_beginning_and_whole(cast: Cast) -> None:
    word = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
    number = await cast.ticket("user", body=word)
    for q in (word, word[:30], word.upper(), word[:70]):
        assert await found(cast, "user", q) == [number], q


async def test_a_thread_with_a_very_great_many_words_goes_on(cast: Cast) -> None:
    """PostgreSQL's index entry of a ticket is limited to 1 MB; sixteen long PDFs hold more."""
    number = await cast.ticket("user", body="Telefonbuch anbei")
    for message in range(4):
        words = (" ".join(f"begriff{i}w{message}{file}" for i in range(6000)) for file in range(4))
        files = [StoredFile("buch.pdf", "application/pdf", 10, "1" * 64, text=text) for text in words]
        await cast.reply("edv", number, f"Teil {message}", files=files)
    await cast.reply("user", number, "Danke für die Branchenverzeichnisse")
    assert await found(cast, "user", "telefonbuch branchenverz") == [number]


async def test_a_strangers_ticket_is_never_found(cast: Cast) -> None:
    await cast.ticket("stranger", subject="Einmalig verflixt", handed_over=True)
    for who in ("user", "colleague", "reader", "deputy", "edv"):
        assert await found(cast, who, "verflixt") == [], who
        assert set((await search.count(TicketFilter(q="verflixt"), cast.person(who))).values()) == {0}, who
        assert await search.similar("einmalig verflixt", cast.person(who)) == [], who
    for who in ("stranger", "strange_edv", "staff", "admin"):
        assert len(await found(cast, who, "verflixt")) == 1, who
