"""German words and formats: what a text, a time or a size looks like on the screen, in PDF and in Excel."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.messages.pofile import read_po

from app import clock

ZONE = ZoneInfo("Europe/Berlin")
GERMAN = "de"
LANGUAGES = {GERMAN: "Deutsch", "en": "English"}
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


def format_datetime(moment: datetime) -> str:
    """`23.11.2026 14:05`."""
    return local(moment).strftime("%d.%m.%Y %H:%M")


def format_date(moment: datetime) -> str:
    """`23.11.2026`."""
    return local(moment).strftime("%d.%m.%Y")


def format_day(moment: datetime) -> str:
    """`Montag, 23. November 2026`."""
    day = local(moment)
    return f"{WEEKDAYS[day.weekday()]}, {day.day}. {MONTHS[day.month - 1]} {day.year}"


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
                return translate("wenigen Sekunden")
            return translate(one) if n == 1 else translate(many, n=n)
    raise AssertionError("unreachable: the last limit is infinite")


def file_size(size: int) -> str:
    """`84 KB`, `1,2 MB`."""
    if size < 1024 * 1024:
        return f"{max(1, round(size / 1024))} KB"
    return f"{size / 1024 / 1024:.1f} MB".replace(".", ",")
