"""What makes a password easy to guess: names, common words, years, rows of keys. What is left without them counts."""

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import cache
from itertools import pairwise
from pathlib import Path

from app.text import fold

ENOUGH = 8  # characters that nobody guesses from a list
SHORTEST_NAME = 3
SHORTEST_RUN = 3
COST_OF_A_WORD = 2
_PLAIN = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s"})
_YEAR = re.compile(r"(?:19|20)\d\d")
_FILLING = " -_.,"
_ROWS = (
    "qwertzuiopü+", "asdfghjklöä#", "<yxcvbnm,.-", "qwertyuiop[]", "zxcvbnm,./", "1234567890ß", '!"§$%&/()=?',
    "!@#$%^&*()",
)  # fmt: skip
_COLUMNS = ("1qay2wsx3edc4rfv5tgb6zhn7ujm8ik,9ol.", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.")


class Weakness(StrEnum):
    """Why a password is easy to guess."""

    REPEATED = "repeated"
    NAME = "name"
    WORD = "word"
    ROW = "row"


def weakness(password: str, names: Iterable[str]) -> Weakness | None:
    """Why this password is easy to guess, None when it is not; `names` are what anybody knows of its owner."""
    typed = password.casefold()
    unit = typed[: _period(typed)]
    plain = unit.translate(_PLAIN)
    pieces = [*_words(plain, _names(names), 0, Weakness.NAME), *_words(plain, _common(), COST_OF_A_WORD, Weakness.WORD)]
    left, causes = _cheapest(unit, [*pieces, *_runs(unit), *_rows(unit)])
    if left >= ENOUGH:
        return None
    if len(unit) < len(typed):
        return Weakness.REPEATED
    return next((cause for cause in (Weakness.NAME, Weakness.WORD, Weakness.ROW) if cause in causes), Weakness.REPEATED)


# A piece of a password: from, to, what it adds for who guesses, and why.
Piece = tuple[int, int, int, Weakness]


def _cheapest(typed: str, pieces: Iterable[Piece]) -> tuple[int, set[Weakness]]:
    """The least that is to be guessed when known pieces are taken as a whole, and what these are."""
    starting: dict[int, list[Piece]] = {}
    for piece in pieces:
        starting.setdefault(piece[0], []).append(piece)
    nothing: set[Weakness] = set()
    best = [(0, nothing)] + [(len(typed) + 1, nothing)] * len(typed)
    for at, character in enumerate(typed):
        cost, causes = best[at]
        single = cost + (character not in _FILLING)
        best[at + 1] = min(best[at + 1], (single, causes), key=lambda one: one[0])
        for _, end, price, cause in starting.get(at, ()):
            best[end] = min(best[end], (cost + price, causes | {cause}), key=lambda one: one[0])
    return best[-1]


def _period(typed: str) -> int:
    """How long the part is of which the whole consists, at least twice; the whole length where there is none."""
    for length in range(1, len(typed) // 2 + 1):
        if all(typed[at] == typed[at - length] for at in range(length, len(typed))):
            return length
    return len(typed)


def _words(plain: str, words: frozenset[str], price: int, cause: Weakness) -> Iterator[Piece]:
    lengths = {len(word) for word in words}
    for start in range(len(plain)):
        for end in (start + length for length in lengths if start + length <= len(plain)):
            if plain[start:end] in words:
                yield start, end, price, cause


def _runs(typed: str) -> Iterator[Piece]:
    """„aaaa“, „abcd“, „4321“, and years."""
    steps = [ord(after) - ord(before) for before, after in pairwise(typed)]
    start = 0
    for at in range(1, len(steps) + 1):
        if at == len(steps) or steps[at] != steps[start]:
            if at - start + 1 >= SHORTEST_RUN and steps[start] in (-1, 0, 1):
                yield start, at + 1, 1, Weakness.ROW if steps[start] else Weakness.REPEATED
            start = at
    for year in _YEAR.finditer(typed):
        yield year.start(), year.end(), 1, Weakness.ROW


def _rows(typed: str) -> Iterator[Piece]:
    """Keys that lie beside one another, in either direction."""
    for row in _keyboard():
        for start in range(len(typed) - SHORTEST_RUN):
            end = start + SHORTEST_RUN + 1
            while end <= len(typed) and typed[start:end] in row:
                yield start, end, 1, Weakness.ROW
                end += 1


@cache
def _keyboard() -> tuple[str, ...]:
    rows = (*_ROWS, *_COLUMNS)
    return (*rows, *(row[::-1] for row in rows))


@cache
def _common() -> frozenset[str]:
    words = Path(__file__).with_name("weak_words.txt").read_text(encoding="utf-8").split()
    return _both_ways(words)


def _names(names: Iterable[str]) -> frozenset[str]:
    parts = {part for name in names for part in (name, *re.split(r"[\W_]+", name))}
    return _both_ways(part for part in parts if len(part) >= SHORTEST_NAME)


def _both_ways(words: Iterable[str]) -> frozenset[str]:
    """Words as they stand in a normalised password, with ä and with ae, forwards and backwards."""
    spelled = {form.translate(_PLAIN) for word in words for form in (word.casefold(), fold(word).replace(" ", ""))}
    return frozenset(spelled | {word[::-1] for word in spelled})
