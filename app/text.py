"""Text at the door and in the index: cleaned for storing, folded for searching."""

import re
import unicodedata

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufff9-\uffff\U000e0000-\U000e007f]")
_BIDI = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_WORD = re.compile(r"[^\W_]+")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "œ": "oe"})

LONGEST_WORD = 60  # bytes


def clean_text(text: str) -> str:
    """Text of several lines as it is stored: NFC, line breaks as \\n, no control characters, trimmed."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n").replace("\u2028", "\n")
    text = text.encode("utf-8", "ignore").decode()
    return _BIDI.sub("", _CONTROL.sub("", unicodedata.normalize("NFC", text))).strip()


def clean_line(text: str) -> str:
    """Text of one line: as clean_text, with every run of white space made one blank."""
    return " ".join(clean_text(text).split())


def fold(text: str) -> str:
    """Text as the search index knows it: casefolded, ä→ae, ß→ss, accents gone, words apart by one blank."""
    text = text.casefold()
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).casefold()
        text = unicodedata.normalize("NFKC", text).casefold().translate(_UMLAUTS)
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
        text = text.casefold().translate(_UMLAUTS)  # taking signs apart can bring capitals and ligatures back
    return " ".join(map(_cut, _WORD.findall(text)))


def _cut(word: str) -> str:
    return word if len(word) * 4 <= LONGEST_WORD else word.encode()[:LONGEST_WORD].decode(errors="ignore")
