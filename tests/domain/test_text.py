"""Text at the door and in the index."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.text import LONGEST_WORD, clean_line, clean_text, fold

pytestmark = [pytest.mark.no_database, pytest.mark.sqlite_only]

NEVER = ["\x00", "\x07", "\x0b", "\x0c", "\x1b", "\x7f", "\x85", "\x9b", "\u2028", "\u2029", "\ufeff", "\ufffe",
         "\uffff", "\ud800", "\udfff", "\u202e", "\u2066", "\U000e0041"]  # fmt: skip
ANYTHING = st.text(st.characters(), max_size=80) | st.lists(st.sampled_from([*NEVER, "a", " ", "\n"])).map("".join)


@pytest.mark.parametrize(("given_", "kept"), [
    ("Zeile eins\r\nZeile zwei\rZeile drei\nvier", "Zeile eins\nZeile zwei\nZeile drei\nvier"),
    ("  außen weg, innen  bleibt \n\n", "außen weg, innen  bleibt"),
    ("mit\tTabulator", "mit\tTabulator"),
    ("Absatz eins\n\n\nAbsatz zwei", "Absatz eins\n\n\nAbsatz zwei"),
    ("a\u0308pfel", "äpfel"), ("a\x00b", "ab"), ("ring\x07", "ring"), ("rot\x1b[31m", "rot[31m"),
    ("um\u2028bruch", "um\nbruch"), ("um\x85bruch", "um\nbruch"), ("\ufeffBOM", "BOM"), ("halb\ud83d", "halb"),
    ("rechnung\u202efdp.exe", "rechnungfdp.exe"), ("", ""), ("\n\n", ""), ("\x00", ""),
    ("👩‍👩‍👧 bleibt", "👩‍👩‍👧 bleibt"), ("<b>&amp;</b>", "<b>&amp;</b>"), ("{{ x }} %(y)s", "{{ x }} %(y)s"),
    ("Αθήνα Журнал ภาษาไทย", "Αθήνα Журнал ภาษาไทย"),
])  # fmt: skip
def test_what_is_kept_of_a_text(given_: str, kept: str) -> None:
    assert clean_text(given_) == kept


@pytest.mark.parametrize(("given_", "kept"), [
    ("Betreff\r\nBcc: alle@example.org", "Betreff Bcc: alle@example.org"), ("  zu   viel \t Luft ", "zu viel Luft"),
    ("a\u2028b\u2029c\x85d", "a bc d"), ("\u00a0fest\u00a0", "fest"), ("", ""),
])  # fmt: skip
def test_a_line_is_one_line(given_: str, kept: str) -> None:
    assert clean_line(given_) == kept


@given(ANYTHING)
def test_clean_text_is_safe_everywhere_and_stays_as_it_is(text: str) -> None:
    clean = clean_text(text)
    assert clean == clean_text(clean)
    assert clean.encode().decode() == clean
    assert unicodedata.is_normalized("NFC", clean)
    assert not [c for c in clean if unicodedata.category(c) in ("Cc", "Zl", "Zp", "Cs") and c not in "\n\t"]
    assert clean == clean.strip()


@given(ANYTHING)
def test_a_clean_line_has_single_blanks_only(text: str) -> None:
    line = clean_line(text)
    assert line == clean_line(line)
    assert not [c for c in line if c.isspace() and c != " "]
    assert "  " not in line


@pytest.mark.parametrize("group", [
    ("Äpfel", "äpfel", "ÄPFEL", "aepfel", "AePfel", "A\u0308pfel"),
    ("Straße", "STRASSE", "STRAẞE", "strasse"),
    ("Größe", "groesse", "GRÖẞE"),
    ("Café", "CAFE", "cafe\u0301"),
    ("ﬁx", "fix"), ("İstanbul", "istanbul"), ("Ⅷ", "viii"),
])  # fmt: skip
def test_spellings_that_find_each_other(group: tuple[str, ...]) -> None:
    assert len({fold(word) for word in group}) == 1, [fold(word) for word in group]


def test_words_stand_apart_by_one_blank() -> None:
    assert fold("  SEPA-Einzug, 4711: max.muster@example.org_x ") == "sepa einzug 4711 max muster example org x"
    assert fold("\"quoted\" 'it' a*b (c) {d}:e") == "quoted it a b c d e"
    assert fold("…%*") == ""


@given(st.text(max_size=80))
@example("𝕬")  # a capital only after it has been taken apart
def test_folded_text_is_plain_and_folding_it_again_changes_nothing(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert all(c == " " or c.isalnum() for c in folded)
    assert all(0 < len(word) <= LONGEST_WORD for word in folded.split(" ")) or not folded
    assert fold(text.replace(" ", "   ")) == folded
