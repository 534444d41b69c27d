"""What stands around every page: the other language, the way back to where one is, and when the session ends."""

from typing import Any
from urllib.parse import urlsplit

from quart import g, request

from app import clock, language
from app.domain import accounts
from app.domain.models import Session

LANGUAGE = "lang"
SIGN_IN_PAGES = ("/login", "/password")
SAID_ONCE = ("notice", LANGUAGE)


def facts() -> dict[str, Any]:
    """What the frame's templates need."""
    session: Session | None = getattr(g, "session", None)
    return {
        "other_language": next(one for one in language.LANGUAGES.items() if one[0] != language.spoken()),
        "lang_query": language_query(),
        "here": _here(),
        "idle_seconds": int((accounts.IDLE - accounts.TOUCH).total_seconds()),  # not every request is noted
        "session_seconds": _seconds_left(session) if session else 0,
        "shortcuts": bool(session and session.person.shortcuts),
    }


def language_query() -> str:
    """What carries a language that was chosen before signing in: only the session may be in a cookie."""
    asked_for = language.asked_for(request.headers.get("Accept-Language", ""))
    return "" if language.spoken() == asked_for else f"?{LANGUAGE}={language.spoken()}"


def with_language(url: str, chosen: str) -> str:
    """An address in which this language travels, unless the browser asks for it anyway."""
    if chosen == language.asked_for(request.headers.get("Accept-Language", "")):
        return url
    return f"{url}{'&' if '?' in url else '?'}{LANGUAGE}={chosen}"


def in_language(url: str) -> str:
    """An address of those who are not signed in, with the language that they chose; any other stays as it is."""
    if not language_query() or not url.startswith(SIGN_IN_PAGES) or f"{LANGUAGE}=" in url:
        return url
    return with_language(url, language.spoken())


def _here() -> str:
    """The page to come back to: this one, or the one whose form was sent."""
    return lasting(request.full_path if request.method == "GET" else request.headers.get("Referer", ""))


def lasting(given: str) -> str:
    """Path and query of an address, without what holds only once."""
    try:
        parts = urlsplit(given)
    except ValueError:
        return "/"
    kept = [pair for pair in parts.query.split("&") if pair and pair.partition("=")[0] not in SAID_ONCE]
    return parts.path + (f"?{'&'.join(kept)}" if kept else "")


def _seconds_left(session: Session) -> int:
    """For how long the session can go on at most, however much it is used."""
    return int((session.created_at + accounts.LONGEST - clock.now()).total_seconds())
