"""Answers: a page, fragments of it, a redirect, a file. The only place besides guard that knows htmx."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from functools import cache
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, urlsplit

from jinja2 import Environment, FileSystemLoader
from quart import Quart, Response, current_app, g, request
from werkzeug.exceptions import HTTPException

from app import language
from app.config import Settings
from app.domain.models import Person
from app.domain.storage import Opened, Storage, storage_for
from app.language import translate
from app.web import filters, frame
from app.web.assets import Assets
from app.web.modules import modules_for

PIECE = 256 * 1024
QUERY_SAFE = "=&%+-._~!*'(),;:@/?"
SECOND_FACTOR = "/settings/second-factor"

NOTICES = {
    "created": "Ihr Ticket wurde erstellt.",
    "sent": "Ihre Nachricht wurde gesendet.",
    "handover": "Das Ticket wurde an %(vendor)s übergeben.",
    "to_it": "Das Ticket wurde an die EDV übergeben.",
    "close": "Das Ticket ist geschlossen.",
    "reopen": "Das Ticket ist wieder geöffnet.",
    "delete": "Das Ticket wurde gelöscht.",
    "restore": "Das Ticket wurde wiederhergestellt.",
    "assigned": "Die Zuständigkeit wurde geändert.",
    "participant_added": "Die Person ist jetzt beteiligt und bekommt Bescheid.",
    "participant_removed": "Die Person ist nicht mehr beteiligt.",
    "joined": "Sie sind jetzt beteiligt.",
    "left": "Sie sind nicht mehr beteiligt.",
    "filter_saved": "Der Filter ist gespeichert.",
    "filter_deleted": "Der Filter ist gelöscht.",
    "priority_high": "Die Priorität ist jetzt „Hoch“.",
    "priority_normal": "Die Priorität ist jetzt „Normal“.",
    "draft_discarded": "Der Entwurf ist verworfen.",
    "read": "Als gelesen markiert.",
    "saved": "Gespeichert.",
    "removed": "Entfernt.",
    "absence_entered": "Die Abwesenheit ist eingetragen.",
    "absence_ended": "Die Abwesenheit ist beendet.",
    "retried": "Wird gleich noch einmal gesendet.",
    "password": "Ihr Passwort wurde geändert. Alle anderen Geräte sind abgemeldet.",
    "device_signed_out": "Das Gerät ist abgemeldet.",
    "second_factor_off": "Der zweite Faktor ist ausgeschaltet. Alle anderen Geräte sind abgemeldet.",
    "approved": "Das Konto ist freigegeben, die Einladung ist unterwegs.",
    "declined": "Die Anfrage ist abgelehnt, die Begründung ist unterwegs.",
    "proposed": "Ihr Vorschlag ist bei %(vendor)s eingegangen.",
    "proposed_already": "Für diese E-Mail-Adresse wartet schon ein Vorschlag.",
    "person_created": "Das Konto ist angelegt, die Einladung ist unterwegs.",
    "person_deactivated": "Das Konto ist deaktiviert. Niemand kann sich damit noch anmelden.",
    "person_activated": "Das Konto ist wieder aktiv.",
    "person_pseudonymised": "Der Name ist weg. Was die Person getan hat, steht unter dem Pseudonym.",
    "invited": "Die Einladung ist unterwegs.",
    "second_factor_reset": "Der zweite Faktor ist zurückgesetzt.",
    "organisation_created": "Die Organisation ist angelegt.",
    "module_created": "Das Modul ist angelegt.",
    "merged": "Die beiden Tickets sind zusammengeführt; hier geht es weiter.",
    "text_block_deleted": "Der Textbaustein ist gelöscht.",
    "x3_key_made": "Dieser Schlüssel ist schon erzeugt. Haben Sie ihn nicht gesehen, ersetzen Sie ihn.",
    "x3_key_revoked": "Der Schlüssel ist widerrufen.",
    "signed_out": "Sie sind abgemeldet.",
    "signed_out_everywhere": "Sie sind auf allen Geräten abgemeldet.",
}


class Renderer:
    """The synchronous template environment and the assets that it names.

    Synchronous on purpose: it halves the cost of a page, and nothing can query the database from a template.
    """

    def __init__(self, root: Path) -> None:
        self.assets = Assets(root / "static")
        self.environment = Environment(
            loader=FileSystemLoader(root / "templates"), autoescape=True, auto_reload=False, trim_blocks=True
        )
        filters.install(self.environment, self.assets)

    def render(self, template: str, context: Mapping[str, Any]) -> str:
        """The text of a template."""
        return self.environment.get_template(template).render(context)


@cache
def _renderer(root: Path) -> Renderer:
    return Renderer(root)


def install(app: Quart, root: Path, settings: Settings) -> None:
    """Give the app its renderer."""
    app.extensions["renderer"] = _renderer(root)
    app.extensions["settings"] = settings
    app.extensions["storage"] = storage_for(settings)


def settings() -> Settings:
    """The settings of the running portal."""
    found: Settings = current_app.extensions["settings"]
    return found


def storage() -> Storage:
    """Where the running portal keeps its attachments."""
    found: Storage = current_app.extensions["storage"]
    return found


def renderer() -> Renderer:
    """The renderer of the running portal."""
    found: Renderer = current_app.extensions["renderer"]
    return found


def _common() -> dict[str, Any]:
    person: Person | None = getattr(g, "me", None)
    return {
        "me": person,
        "vendor": language.vendor(),
        "nav": _navigation(person) if person else [],
        "demo": settings().demo,
        "imprint_url": settings().imprint_url,
        "privacy_url": settings().privacy_url,
        "events_url": "/events" if person else None,
        "notice": _notice(request.args.get("notice", "")),
        "language": language.spoken(),
        **frame.facts(),
    }


def _notice(name: str) -> str | None:
    return translate(NOTICES[name]) if name in NOTICES else None


def _navigation(person: Person) -> list[dict[str, Any]]:
    here = request.path
    return [
        {
            "key": module.key, "label": translate(module.label), "text": translate(module.text), "href": module.href,
            "icon": module.icon, "count": None,
            "current": any(here == href or here.startswith(f"{href}/") for href in (module.href, *module.beside)),
        }
        for module in modules_for(person)
    ]  # fmt: skip


async def page(template: str, status: int = 200, **context: Any) -> Response:
    """A whole page."""
    return Response(renderer().render(template, _common() | context), status)


async def fragments(
    *templates: str,
    status: int = 200,
    oob: tuple[str, ...] = (),
    push: str | None = None,
    **context: Any,
) -> Response:
    """The fragments that changed: first what goes to the request's own target, then `oob` to where they stand.

    `push` is the address that the browser shows.
    """
    common = _common() | context
    parts = [renderer().render(name, common) for name in templates]
    parts += [renderer().render(name, common | {"oob": True}) for name in oob]
    response = Response("\n".join(parts), status)
    if push:
        response.headers["HX-Push-Url"] = push
    return response


def wants_fragments() -> bool:
    """Whether htmx asks for a part of the page; when it restores history it wants all of it."""
    return request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers


def target() -> str:
    """The id of the element that htmx will put the answer into."""
    return request.headers.get("HX-Target", "")


def see_other(url: str, notice: str = "") -> Response:
    """303 to one of our own pages, with one of NOTICES to be shown there; htmx is told to load the whole page."""
    if notice:
        address, hash_, anchor = url.partition("#")
        url = f"{address}{'&' if '?' in address else '?'}notice={notice}{hash_}{anchor}"
    url = frame.in_language(url)
    if wants_fragments():
        return Response("", 200, {"HX-Redirect": url})
    return Response("", 303, {"Location": url})


def sign_in_first() -> Response:
    """To the sign-in and back to where the person is; under htmx as a whole page, never inside a fragment."""
    here = frame.lasting(request.full_path) if request.method == "GET" else ""
    if wants_fragments():
        here = _current_page()
        return Response("", 401, {"HX-Redirect": f"/login?next={quote(here)}" if here else "/login"})
    login = f"/login?next={quote(here)}" if here not in ("", "/") else "/login"
    return Response("", 303, {"Location": frame.in_language(login)})


def second_factor_first() -> Response:
    """To the page where staff set up the second factor that they must have, and on to where they were going."""
    if wants_fragments():
        return Response("", 403, {"HX-Redirect": SECOND_FACTOR})
    here = request.full_path.rstrip("?") if request.method == "GET" else ""
    return Response("", 303, {"Location": f"{SECOND_FACTOR}?next={quote(here)}" if here.strip("/") else SECOND_FACTOR})


def own_path(given: str | None, *, not_for: tuple[str, ...] = ("sessions.", "static")) -> str:
    """The address that the person came for, if it is one of our pages; anything else leads home."""
    try:
        parts = urlsplit(given or "/")
    except ValueError:
        return "/"
    if parts.scheme or parts.netloc or not parts.path.startswith("/") or "\\" in (given or ""):
        return "/"
    try:
        endpoint, _ = current_app.url_map.bind("").match(parts.path, method="GET")
    except HTTPException:
        return "/"
    if endpoint.startswith(not_for):
        return "/"
    path = quote(parts.path)
    return f"{path}?{quote(parts.query, safe=QUERY_SAFE)}" if parts.query else path


def _current_page() -> str:
    """Path and query of the page on which htmx asks."""
    try:
        current = urlsplit(request.headers.get("HX-Current-URL", ""))
    except ValueError:
        return ""
    return current.path + (f"?{current.query}" if current.query else "")


def download(content: bytes | Opened | IO[bytes], name: str, content_type: str) -> Response:
    """A file for saving; its type is ours, its name safe in every header, and it never runs as part of the portal.

    An open file is sent from where it stands and closed; of a kept one a part may be asked for.
    """
    body: Any
    status, more = 200, dict[str, str]()
    if isinstance(content, bytes):
        body, size = content, len(content)
    elif isinstance(content, Opened):
        start, stop, status, more = _part(content)
        body, size = content.pieces(start, stop), stop - start
    else:
        body, size = _pieces(content), os.fstat(content.fileno()).st_size - content.tell()
    response = Response(body, status, more, content_type=content_type)
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in name)
    encoded = quote(name, safe="")
    response.headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"
    response.headers["Content-Length"] = str(size)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.timeout = None
    return response


def _part(content: Opened) -> tuple[int, int, int, dict[str, str]]:
    """First byte, end, status and headers of what a request wants of a file (RFC 9110, 14): several parts are all."""
    told = {"Accept-Ranges": "bytes", "ETag": f'"{content.tag}"'}
    asked, only_if = request.range, request.if_range
    if asked is None or len(asked.ranges) != 1 or (only_if.etag or only_if.date) not in (None, content.tag):
        return 0, content.size, 200, told
    found = asked.range_for_length(content.size)
    if found is None:
        return 0, 0, 416, told | {"Content-Range": f"bytes */{content.size}"}
    start, stop = found
    return start, stop, 206, told | {"Content-Range": f"bytes {start}-{stop - 1}/{content.size}"}


async def _pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        while piece := await asyncio.to_thread(file.read, PIECE):
            yield piece
