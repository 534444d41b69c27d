"""Words and formats in the reader's language: what a text, a time, a size or a number looks like wherever it stands."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.messages.pofile import read_po

from app import clock

ZONE = ZoneInfo("Europe/Berlin")
GERMAN = "de"
LANGUAGES = {GERMAN: "Deutsch", "en": "English"}
_WEIGHT = re.compile(r"q\s*=\s*([01](?:\.\d{0,3})?)")
_GERMAN_POINTS = str.maketrans(",.", ".,")
_spoken: ContextVar[str] = ContextVar("language", default=GERMAN)

WEEKDAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
MONTHS = (
    "Januar", "Februar", "März", "April", "Mai", "Juni",
    "Juli", "August", "September", "Oktober", "November", "Dezember",
)  # fmt: skip

_names = {"vendor": "UNIPLUS"}


def name_vendor(name: str) -> None:
    """Set the vendor's name, which `%(vendor)s` stands for in every text."""
    _names["vendor"] = name


def vendor() -> str:
    """The vendor's name as people read it."""
    return _names["vendor"]


def asked_for(header: str) -> str:
    """Of our languages the one that an Accept-Language header likes best; German when it likes neither."""
    liked = {GERMAN: 0.0}
    for part in header[:200].split(","):
        tag, _, weight = part.partition(";")
        language = tag.strip().lower().partition("-")[0]
        found = _WEIGHT.fullmatch(weight.strip() or "q=1")
        if language in LANGUAGES and found:
            liked[language] = max(liked.get(language, 0.0), float(found[1]))
    return max(liked, key=lambda language: (liked[language], language == GERMAN))


def speak(language: str) -> None:
    """From here on in this request, texts are in this language; an unknown one means German."""
    _spoken.set(language if language in LANGUAGES else GERMAN)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Texts inside are in this language."""
    token = _spoken.set(language if language in LANGUAGES else GERMAN)
    try:
        yield
    finally:
        _spoken.reset(token)


def spoken() -> str:
    """The reader's language: `de` or `en`."""
    return _spoken.get()


@cache
def catalogue(language: str) -> dict[str, str]:
    """German text → the text in this language, for those that have one."""
    path = Path(__file__).with_name("translations") / f"{language}.po"
    with path.open("rb") as file:
        return {str(one.id): str(one.string) for one in read_po(file, locale=language) if one.id and one.string}


def translate(text: str, **values: object) -> str:
    """The text for the reader, with `%(name)s` filled in; the German text is the message id."""
    if _spoken.get() != GERMAN:
        text = catalogue(_spoken.get()).get(text, text)
    return text % (_names | values) if "%(" in text or "%%" in text else text


def local(moment: datetime) -> datetime:
    """The same moment on a clock in Berlin."""
    return moment.astimezone(ZONE)


def midnight(day: date) -> datetime:
    """When a day begins in Berlin; the days on which the clock changes have 23 and 25 hours."""
    return datetime.combine(day, time(), ZONE).astimezone(UTC)


def format_datetime(moment: datetime) -> str:
    """`23.11.2026 14:05`, in English `23 Nov 2026, 14:05`."""
    if spoken() == GERMAN:
        return local(moment).strftime("%d.%m.%Y %H:%M")
    return f"{format_date(moment)}, {local(moment):%H:%M}"


def format_date(moment: datetime) -> str:
    """`23.11.2026`, in English `23 Nov 2026`."""
    day = local(moment)
    if spoken() == GERMAN:
        return day.strftime("%d.%m.%Y")
    return f"{day.day} {translate(MONTHS[day.month - 1])[:3]} {day.year}"


def format_day(moment: datetime) -> str:
    """`Montag, 23. November 2026`, in English `Monday, 23 November 2026`."""
    day = local(moment)
    point = "." if spoken() == GERMAN else ""
    weekday, month = translate(WEEKDAYS[day.weekday()]), translate(MONTHS[day.month - 1])
    return f"{weekday}, {day.day}{point} {month} {day.year}"


def ago(moment: datetime) -> str:
    """How long ago, as words that follow „seit“: `5 Minuten`, `3 Stunden`, `6 Tagen`."""
    seconds = max(0, (clock.now() - moment).total_seconds())
    for limit, size, one, many in (
        (3600, 60, "einer Minute", "%(n)s Minuten"),
        (86400, 3600, "einer Stunde", "%(n)s Stunden"),
        (float("inf"), 86400, "einem Tag", "%(n)s Tagen"),
    ):
        if seconds < limit:
            n = int(seconds // size)
            if n == 0:
                return translate("Sekunden")
            return translate(one) if n == 1 else translate(many, n=n)
    raise AssertionError("unreachable: the last limit is infinite")


def file_size(size: int) -> str:
    """`84 KB`, `1,2 MB`."""
    if size < 1024 * 1024:
        return f"{max(1, round(size / 1024))} KB"
    return f"{_pointed(f'{size / 1024 / 1024:.1f}')} MB"


def format_number(value: float) -> str:
    """`1.204`, `3,5`; in English `1,204`, `3.5`."""
    rounded = round(value, 1)
    return _pointed(f"{int(rounded):,}" if rounded == int(rounded) else f"{rounded:,.1f}")


def _pointed(number: str) -> str:
    return number.translate(_GERMAN_POINTS) if spoken() == GERMAN else number
