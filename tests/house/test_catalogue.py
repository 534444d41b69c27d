"""The English catalogue: complete, filled in alike, and nothing in it that nobody says."""

import re

import pytest

from tests import catalogue

pytestmark = [pytest.mark.no_database, pytest.mark.sqlite_only]


def test_every_text_has_its_english() -> None:
    known = catalogue.english()
    lacking = {text: sorted(places) for text, places in catalogue.texts().items() if not known.get(text)}
    assert lacking == {}, "`python -m tests.catalogue` prints them"


def test_nothing_stands_in_the_catalogue_that_nobody_says() -> None:
    assert set(catalogue.english()) - set(catalogue.texts()) == set()


def test_each_text_stands_there_once() -> None:
    source = (catalogue.APP / "translations" / "en.po").read_text()
    ids = re.findall(r"^msgid (.+)$", source, re.MULTILINE)
    assert len(ids) == len(set(ids))


def test_both_are_filled_with_the_same() -> None:
    for german, text in catalogue.english().items():
        assert catalogue.placeholders(german) == catalogue.placeholders(text), german
        assert german[:1].isspace() == text[:1].isspace(), german
        assert german[-1:].isspace() == text[-1:].isspace(), german


def test_english_is_english_and_calm() -> None:
    for german, text in catalogue.english().items():
        assert "!" not in text, text
        assert not re.search(r"[äöüÄÖÜß„]", text), text
        assert not re.search(r"\b(?:und|oder|der|die|das|nicht|Sie|Ihre?|wird|wurde)\b", text), text
        assert german[-1] not in ".?:" or text[-1] == german[-1], german


@pytest.mark.parametrize(("source", "found"), [
    ('translate("nein")', {"nein"}), ('LABELS = {"a": "Neue Nachricht"}', {"Neue Nachricht"}),
    ('rows("SELECT a FROM b WHERE Name = 1")', set()), ('"""Docs sind keine Texte."""', set()),
    ('log.error("letter %s was not written")', set()), ('headers["Content-Type"]', set()), ('x = "EDV"', {"EDV"}),
    ('x = "Zu dieser Zeit"', {"Zu dieser Zeit"}), ('x = "X3 hat gerufen"', {"X3 hat gerufen"}),
    ("x = 'Recht'", {"Recht"}),
])  # fmt: skip
def test_texts_are_found_wherever_they_stand(source: str, found: set[str]) -> None:
    assert catalogue.said_in_code(source) == found


def test_texts_of_templates_are_found() -> None:
    source = '{% macro m() %}<p title="{{ _("Eins") }}">{{ x or _("%(n)s Dinge", n=1) }}{% endmacro %}{{ _(label) }}'
    assert catalogue.said_in_template(source) == {"Eins", "%(n)s Dinge"}
