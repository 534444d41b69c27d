"""For programs instead of people: JSON in and out, and a word with a sentence for everything that fails."""

import json
from typing import Any

from quart import Response, request
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from app.domain.refusals import Refused
from app.language import translate

PREFIX = "/api/"
KIND = "application/json"

# status → what a program compares, and what it may show
PROBLEMS = {
    400: ("bad_request", "Die Anfrage ist nicht lesbar. Erwartet wird ein JSON-Objekt an die Adresse des Portals."),
    401: ("unauthorized", "Der X3-Schlüssel fehlt, ist falsch oder wurde widerrufen."),
    403: ("forbidden", "Das darf dieser Schlüssel nicht."),
    404: ("not_found", "Das gibt es nicht, oder nicht für diesen Schlüssel."),
    405: ("method_not_allowed", "Diese Adresse kennt diese Methode nicht."),
    413: ("too_large", "Die Anfrage ist zu groß; möglich sind 64 KB."),
    415: ("unsupported_media_type", "Bitte senden Sie application/json."),
    422: ("invalid", "Bitte prüfen Sie die Angaben."),
    429: ("too_many_requests", "Zu viele Anfragen. Bitte warten Sie einen Moment."),
    500: ("internal_error", "Der Fehler liegt beim Portal und ist notiert. Bitte versuchen Sie es noch einmal."),
    503: ("unavailable", "Das Portal hat gerade zu viel zu tun. Bitte versuchen Sie es in einer Minute noch einmal."),
}  # fmt: skip


def is_asked() -> bool:
    """Whether the request is for an address of programs, known or not."""
    return request.path.startswith(PREFIX)


def answer(code: int, **data: object) -> Response:
    """JSON with this HTTP status."""
    return Response(json.dumps(data, ensure_ascii=False) + "\n", code, content_type=KIND)


def problem(code: int, error: str = "", message: str = "") -> Response:
    """Why it was not done: a word and a sentence, those of the HTTP status unless others are given."""
    code = code if code in PROBLEMS else 400 if code < 500 else 500
    usual, sentence = PROBLEMS[code]
    response = answer(code, error=error or usual, message=message or translate(sentence))
    if code == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def refused(refusal: Refused) -> Response:
    """What is wrong with the data, field by field."""
    return answer(422, error=PROBLEMS[422][0], message=str(refusal), fields=refusal.fields)


async def sent() -> dict[str, Any]:
    """The JSON object of the request; raises the HTTP errors for everything else."""
    if request.mimetype != KIND:
        raise UnsupportedMediaType
    raw = await request.get_data(cache=True, as_text=False, parse_form_data=False)
    try:
        found = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise BadRequest from error
    if not isinstance(found, dict):
        raise BadRequest
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuses a name that comes twice: whoever checks the first must not meet one who uses the second."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name comes twice")
    return found


def line(data: dict[str, Any], name: str) -> str:
    """A text out of the object, empty when it is missing; raises Refused for anything but text."""
    value = data.get(name)
    if value is not None and not isinstance(value, str):
        raise Refused(**{name: translate("Bitte als Text angeben.")})
    return value or ""
