"""Answers: a page, fragments of it, a redirect, a file. The only place besides guard that knows htmx."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from jinja2 import Environment, FileSystemLoader
from quart import Quart, Response, current_app, g, request
from quart.wrappers.response import FileBody

from app import language
from app.config import Settings
from app.domain.models import Person
from app.domain.storage import Storage
from app.language import translate
from app.web import filters
from app.web.assets import Assets
from app.web.modules import modules_for

PIECE = 256 * 1024

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
    "read": "Als gelesen markiert.",
    "saved": "Gespeichert.",
    "password": "Ihr Passwort wurde geändert. Alle anderen Geräte sind abgemeldet.",
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
    app.extensions["storage"] = Storage(settings.data_dir / "attachments")


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
        "notice": _notice(request.args.get("notice", "")),
        "language": "de",
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
    if wants_fragments():
        return Response("", 200, {"HX-Redirect": url})
    return Response("", 303, {"Location": url})


def sign_in_first() -> Response:
    """To the sign-in and back to where the person is; under htmx as a whole page, never inside a fragment."""
    here = request.full_path.rstrip("?") if request.method == "GET" else ""
    if wants_fragments():
        here = _current_page()
        return Response("", 401, {"HX-Redirect": f"/login?next={quote(here)}" if here else "/login"})
    return Response("", 303, {"Location": f"/login?next={quote(here)}" if here not in ("", "/") else "/login"})


def _current_page() -> str:
    """Path and query of the page on which htmx asks."""
    try:
        current = urlsplit(request.headers.get("HX-Current-URL", ""))
    except ValueError:
        return ""
    return current.path + (f"?{current.query}" if current.query else "")


def download(content: bytes | Path, name: str, content_type: str) -> Response:
    """A file for saving; its type is ours, its name safe in every header, and it never runs as part of the portal."""
    size = len(content) if isinstance(content, bytes) else content.stat().st_size
    body: Any = content if isinstance(content, bytes) else FileBody(content, buffer_size=PIECE)
    response = Response(body, 200, content_type=content_type)
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in name)
    encoded = quote(name, safe="")
    response.headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"
    response.headers["Content-Length"] = str(size)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.timeout = None
    return response
