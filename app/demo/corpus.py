"""German-like text for measuring: much of it, quickly, and the same for the same seed."""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from random import Random
from typing import TypeVar

from app.demo import words as vocabulary
from app.demo.frames import CLOSINGS, MESSAGE_FRAMES, OPENINGS, SUBJECT_FRAMES

_T = TypeVar("_T")
_BATCH = 8192
# Letters in a frame's slots: {m} {f} {n} nouns by gender, {p} plurals, {a} adjective stems, {i} infinitives,
# {c} participles, {d} adverbs, {t} towns, {l} last names, {z} record numbers.
_Frame = tuple[str, str, int]  # the text with %s, the letters of its slots, its number of words


def compounds(heads: Sequence[str]) -> list[str]:
    """Every stem joined with every head, except a word joined with itself."""
    return [stem + head for head in heads for stem in vocabulary.STEMS if stem.lower().rstrip("s") != head]


def zipf(count: int, start: float = 2.7, slope: float = 1.05) -> list[float]:
    """Cumulative weights that fall with the rank, as words do in any language."""
    return list(accumulate(1 / (rank + start) ** slope for rank in range(count)))


def _frame(text: str) -> _Frame:
    slots = "".join(part[0] for part in text.split("{")[1:])
    for letter in set(slots):
        text = text.replace("{" + letter + "}", "%s")
    return text, slots, len(text.split())


class Corpus:
    """Draws subjects, messages and names; one seed gives one sequence."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 (text to measure with, not a secret)
        self._slots = {letter: self._stream(population) for letter, population in self._vocabulary().items()}
        self._slots["z"] = self._numbers()
        self._sentences = self._stream([_frame(text) for text in MESSAGE_FRAMES], start=20)
        self._subjects = self._stream([_frame(text) for text in SUBJECT_FRAMES], start=20)
        self._openings = self._stream(OPENINGS)
        self._closings = self._stream(CLOSINGS)
        self._first_names = self._stream(vocabulary.FIRST_NAMES, start=20)

    def subject(self) -> str:
        """One line as it would stand above a ticket."""
        return self._fill(next(self._subjects))

    def message(self, words: int = 60) -> str:
        """One message of about so many words."""
        parts = [next(self._openings)]
        missing = words - 5
        while missing > 0:
            frame = next(self._sentences)
            parts.append(self._fill(frame))
            missing -= frame[2]
        parts.append(next(self._closings))
        return f"{parts[0]}\n\n{' '.join(parts[1:-1])}\n\n{parts[-1]}"

    def person_name(self) -> str:
        """First and last name."""
        return f"{next(self._first_names)} {next(self._slots['l'])}"

    def organisation_name(self, i: int) -> str:
        """The name of organisation number i: the same in every run, and no two alike."""
        kinds, trades, towns = vocabulary.ORGANISATION_KINDS, vocabulary.TRADES, vocabulary.TOWNS
        rest, town = divmod(i, len(towns))
        rest, trade = divmod(rest, len(trades))
        more, kind = divmod(rest, len(kinds))
        # Shifted by the town, so that neighbours differ in kind and trade and still no two are alike.
        kind, trade = (kind + town) % len(kinds), (trade + town) % len(trades)
        name = f"{kinds[kind]} der {trades[trade]} {towns[town]}"
        return f"{name} {more + 1}" if more else name

    def _fill(self, frame: _Frame) -> str:
        slots = self._slots
        return frame[0] % tuple([next(slots[letter]) for letter in frame[1]])

    def _vocabulary(self) -> dict[str, Sequence[str]]:
        verbs = [verb.split("/") for verb in vocabulary.VERBS]
        return {
            "m": self._ranked(vocabulary.MASCULINE, compounds(vocabulary.MASCULINE_HEADS)),
            "f": self._ranked(vocabulary.FEMININE, compounds(vocabulary.FEMININE_HEADS)),
            "n": self._ranked(vocabulary.NEUTER, compounds(vocabulary.NEUTER_HEADS)),
            "p": vocabulary.PLURALS,
            "a": vocabulary.ADJECTIVES,
            "i": [verb[0] for verb in verbs],
            "c": [verb[1] for verb in verbs],
            "d": vocabulary.ADVERBS,
            "t": vocabulary.TOWNS,
            "l": vocabulary.LAST_NAMES,
        }

    def _ranked(self, simple: Sequence[str], joined: list[str]) -> list[str]:
        self._random.shuffle(joined)
        return list(dict.fromkeys([*simple, *joined]))

    def _stream(self, population: Sequence[_T], start: float = 2.7) -> Iterator[_T]:
        weights = zipf(len(population), start)
        while True:
            yield from self._random.choices(population, cum_weights=weights, k=_BATCH)

    def _numbers(self) -> Iterator[str]:
        while True:
            yield from map(str, self._random.choices(range(100_000, 1_000_000), k=_BATCH))
