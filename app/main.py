"""The portal as one ASGI application."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from quart import Quart, Response, request
from werkzeug.routing import IntegerConverter, Map

from app import language
from app.config import Settings
from app.database import close_database, open_database
from app.documents import child
from app.domain import changes, workdays
from app.domain.ticket_filter import LARGEST_ID
from app.live import following
from app.metrics import METER
from app.web import (
    absences,
    access_requests,
    accounts,
    as_reporter,
    assignment,
    attachments,
    audit,
    bulk,
    bundle,
    components,
    creation,
    drafts,
    errors,
    events,
    exports,
    guard,
    health,
    help,
    languages,
    merging,
    messages,
    moves,
    observe,
    organisations,
    outbox,
    own_people,
    participants,
    passwords,
    people,
    portal,
    priorities,
    privacy,
    product_modules,
    reopening,
    report,
    respond,
    retention,
    rules,
    satisfaction,
    saved_filters,
    second_factor,
    security_txt,
    sessions,
    text_blocks,
    tickets,
    x3,
    x3_keys,
)
from app.web import settings as settings_room
from app.worker import working

ROOT = Path(__file__).resolve().parent.parent
ROOMS = (
    sessions, passwords, second_factor, portal, tickets, creation, drafts, messages, moves, attachments, exports,
    report, settings_room, people, accounts, own_people, organisations, product_modules, x3_keys, access_requests,
    outbox, audit, components, events, x3, health, help, languages,
    participants, priorities, privacy, retention, satisfaction, saved_filters, security_txt, text_blocks,
    absences, assignment, rules, reopening, as_reporter, bulk, bundle, merging,
)  # fmt: skip


class BoundedNumber(IntegerConverter):
    """A number in an address that both databases can hold, in plain digits; all others are just unknown."""

    regex = "[0-9]+"

    def __init__(self, map: Map) -> None:
        super().__init__(map, max=LARGEST_ID)


def create_app(settings: Settings, *, works: bool = False) -> Quart:
    """Put the portal together for these settings; the database is opened when serving starts.

    With `works` it also does what works beside the requests: sends letters, reminds, sweeps.
    """
    language.name_vendor(settings.vendor)
    language.catalogue("en")  # read now and not in somebody's request
    app = Quart("app", static_folder=None)
    app.url_map.converters["int"] = BoundedNumber
    respond.install(app, ROOT, settings)
    observe.install(app)
    guard.install(app)
    errors.install(app)
    for room in ROOMS:
        app.register_blueprint(room.blueprint)
    app.add_url_rule("/static/<path:path>", "static_files", static_files)

    opened = AsyncExitStack()

    @app.before_serving
    async def start() -> None:
        settings = app.extensions["settings"]
        await open_database(settings)
        opened.push_async_callback(close_database)
        opened.push_async_callback(child.close)
        await opened.enter_async_context(METER.watching())
        await opened.enter_async_context(following(settings))
        if works:
            await opened.enter_async_context(working(settings))
            # Loading the holidays takes 0.13 s: in a thread, before somebody's click would wait for it.
            asyncio.get_running_loop().run_in_executor(None, workdays.prepare)

    app.after_serving(opened.aclose)
    app.end_streams = changes.end_all  # type: ignore[attr-defined]
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
