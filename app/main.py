"""The portal as one ASGI application."""

from pathlib import Path

from quart import Quart, Response, request
from werkzeug.routing import IntegerConverter, Map

from app import language
from app.config import Settings
from app.database import close_database, open_database
from app.documents import child
from app.domain.ticket_filter import LARGEST_ID
from app.web import (
    access_requests,
    attachments,
    creation,
    errors,
    exports,
    guard,
    health,
    messages,
    moves,
    passwords,
    people,
    portal,
    report,
    respond,
    sessions,
    tickets,
)
from app.web import settings as settings_room

ROOT = Path(__file__).resolve().parent.parent
ROOMS = (
    sessions, passwords, portal, tickets, creation, messages, moves, attachments, exports, report, settings_room,
    people, access_requests, health,
)  # fmt: skip


class BoundedNumber(IntegerConverter):
    """A number in an address that both databases can hold; larger ones are just unknown."""

    def __init__(self, map: Map) -> None:
        super().__init__(map, max=LARGEST_ID)


def create_app(settings: Settings) -> Quart:
    """Put the portal together for these settings; the database is opened when serving starts."""
    language.name_vendor(settings.vendor)
    app = Quart("app", static_folder=None)
    app.url_map.converters["int"] = BoundedNumber
    respond.install(app, ROOT, settings)
    guard.install(app)
    errors.install(app)
    for room in ROOMS:
        app.register_blueprint(room.blueprint)
    app.add_url_rule("/static/<path:path>", "static_files", static_files)

    @app.before_serving
    async def start() -> None:
        await open_database(app.extensions["settings"])

    @app.after_serving
    async def stop() -> None:
        await child.close()
        await close_database()

    return app


@guard.public
async def static_files(path: str) -> Response:
    """One of our own assets; its address changes with its content, so it may be kept for ever."""
    asset = respond.renderer().assets.find(path)
    if asset is None:
        return Response("", 404)
    packed = asset.compressed is not None and "gzip" in request.headers.get("Accept-Encoding", "")
    response = Response(asset.compressed if packed else asset.content, content_type=asset.content_type)
    response.headers |= {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    return response
