"""When something cannot be done: what happened, what was kept and what to do, as a page."""

import logging
from typing import Any
from urllib.parse import quote

from quart import Quart, Response, g, request
from werkzeug.exceptions import HTTPException, Unauthorized

from app.database import is_away, is_full
from app.documents.child import NotMade
from app.domain import guide
from app.domain.refusals import Conflict, NotAllowed, NotVisible, Refused, StorageAway
from app.domain.throttle import TooMany
from app.domain.x3 import WrongKey
from app.language import translate
from app.logs import request_id
from app.web import api
from app.web.frame import in_language
from app.web.respond import page, sign_in_first

log = logging.getLogger("portal")

PAGES = {
    400: ("Diese Anfrage war unvollständig", "Bitte gehen Sie zurück und versuchen Sie es noch einmal."),
    401: ("Ihre Anmeldung ist beendet", "Bitte melden Sie sich wieder an. Gesendet wurde noch nichts."),
    403: ("Dazu haben Sie kein Recht", "Wer Ihr Konto verwaltet, kann Ihnen sagen, wer es darf."),
    404: ("Das gibt es hier nicht", "Vielleicht ist die Adresse unvollständig, oder es ist nicht für Sie bestimmt."),
    405: ("Das geht hier nicht", "Bitte gehen Sie zurück und benutzen Sie die Knöpfe der Seite."),
    409: ("Inzwischen geändert", "Jemand war schneller. Bitte sehen Sie sich den neuen Stand an."),
    413: ("Das ist zu groß", "Möglich sind bis zu vier Dateien mit je 10 MB. Bitte gehen Sie zurück."),
    429: ("Zu viele Versuche", "Bitte warten Sie einen Moment und versuchen Sie es dann noch einmal."),
    500: ("Da ist etwas schiefgegangen", "Der Fehler liegt bei uns und ist notiert. Bitte noch einmal versuchen."),
    503: ("Gerade zu viel zu tun", "Bitte versuchen Sie es in einer Minute noch einmal."),
    507: ("Gerade ist kein Platz mehr", "Der Server kann im Moment nichts speichern. Bitte versuchen Sie es in einigen "
          "Minuten noch einmal."),
}  # fmt: skip
# What people write, in the order in which it is shown again when it could not be taken.
TYPED = ("subject", *(name for name, _ in guide.QUESTIONS), "description", "body")


def install(app: Quart) -> None:
    """Turn every exception into its page."""

    async def http(error: HTTPException) -> Response:
        response = await problem(error.code or 500)
        if allowed := getattr(error, "valid_methods", None):
            response.headers["Allow"] = ", ".join(sorted(allowed))
        return response

    async def signed_out(error: Unauthorized) -> Response:
        typed = await _typed()
        return await problem(401, typed=typed) if typed else sign_in_first()

    async def unknown(error: Exception) -> Response:
        if is_away(error):
            return await _try_again(error)
        log.error("request failed", exc_info=error)
        return await problem(500, typed=await _typed())

    async def not_visible(error: NotVisible) -> Response:
        return await problem(404, typed=await _typed())

    async def not_allowed(error: NotAllowed) -> Response:
        return await problem(403, str(error), typed=await _typed())

    async def refused(error: Refused) -> Response:
        return api.refused(error) if api.is_asked() else await unknown(error)

    async def wrong_key(error: WrongKey) -> Response:
        return await problem(401)

    async def conflict(error: Conflict) -> Response:
        return await problem(409, typed=await _typed())

    async def too_many(error: TooMany) -> Response:
        response = await problem(429, _when_again(error))
        response.headers["Retry-After"] = str(error.retry_after)
        return response

    async def not_made(error: NotMade) -> Response:
        log.warning("document not made: %s %s", type(error).__name__, getattr(error, "__notes__", ""))
        response = await problem(503, str(error))
        response.headers["Retry-After"] = "30"
        return response

    app.register_error_handler(HTTPException, http)
    app.register_error_handler(Unauthorized, signed_out)
    app.register_error_handler(NotVisible, not_visible)
    app.register_error_handler(NotAllowed, not_allowed)
    app.register_error_handler(Refused, refused)
    app.register_error_handler(WrongKey, wrong_key)
    app.register_error_handler(Conflict, conflict)
    app.register_error_handler(TooMany, too_many)
    app.register_error_handler(NotMade, not_made)
    app.register_error_handler(Exception, unknown)


async def try_later(error: TooMany, template: str, **context: Any) -> Response:
    """A form's own page, with what was typed, when it was sent too often."""
    sentence = f"{translate('Zu viele Versuche.')} {_when_again(error)}"
    response = await page(template, 429, error=sentence, **context)
    response.headers["Retry-After"] = str(error.retry_after)
    return response


def _when_again(error: TooMany) -> str:
    minutes = -(-error.retry_after // 60)
    if minutes <= 1:
        return translate("Bitte warten Sie eine Minute und versuchen Sie es dann noch einmal.")
    return translate("Bitte versuchen Sie es in %(n)s Minuten noch einmal.", n=minutes)


async def _try_again(error: Exception) -> Response:
    """No room or no database just now: nothing was done, and what was typed is on the page."""
    log.error("nothing can be stored: %s", " ".join(str(error).split())[:200] or type(error).__name__)
    code, text = 507, ""
    if not is_full(error):
        code, text = 503, translate("Die Datenbank antwortet gerade nicht. Bitte versuchen Sie es gleich noch einmal.")
        if isinstance(error, StorageAway):
            text = translate("Die Ablage der Anhänge antwortet gerade nicht. Bitte versuchen Sie es bald noch einmal.")
    response = await problem(code, text, typed=await _typed())
    response.headers["Retry-After"] = "30"
    return response


async def _typed() -> str:
    """What the person had written in the form that could not be taken."""
    if request.method != "POST" or api.is_asked():
        return ""
    try:
        posted = await request.form
    except HTTPException:  # cut or too large
        return ""
    return "\n\n".join(posted[name].strip() for name in TYPED if posted.get(name, "").strip())


def _form_page() -> str:
    """Where the form stands that was posted here."""
    return "/tickets/new" if request.path == "/tickets" else request.path.removesuffix("/messages")


async def problem(code: int, text: str = "", typed: str = "") -> Response:
    """The page for an HTTP status; for a program its JSON."""
    if api.is_asked():
        return api.problem(503 if code == 507 else code)
    code = code if code in PAGES else 400 if code < 500 else 500
    title, usual = PAGES[code]
    actions: list[tuple[str, Any]] = [("/tickets", translate("Zum Ticketsystem")), ("/", translate("Zum Portal"))]
    if getattr(g, "me", None) is None:
        back = f"?next={quote(_form_page())}" if code == 401 else ""
        actions = [(in_language(f"/login{back}"), translate("Zur Anmeldung"))]
    return await page(
        "errors/error.html", code, code=code, title=translate(title), text=text or translate(usual), kept=None,
        actions=actions, typed=typed, number=request_id.get() if code >= 500 else "",
    )  # fmt: skip
