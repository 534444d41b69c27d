"""Around every request: a number that stands in its log lines, its answer and its error page, and its measurements."""

import re
import secrets
import time
from typing import Any

from quart import Quart, request

from app.config import Settings
from app.logs import request_id
from app.metrics import METER
from app.web.bodies import STREAMS, AsgiApp, Receive
from app.web.guard import is_in

HEADER = b"x-request-id"
USABLE = re.compile(r"[A-Za-z0-9._-]{6,64}")
ROUTE = "portal.route"


def install(app: Quart) -> None:
    """Number and measure every request."""

    async def remember() -> None:
        scope: Any = request.scope
        scope[ROUTE] = request.endpoint or "none"

    app.before_request(remember)
    app.asgi_app = observed(app, app.asgi_app)  # type: ignore[assignment, arg-type, method-assign]


def observed(app: Quart, inner: AsgiApp) -> AsgiApp:
    """The application with a number and a clock around each request."""

    async def measured(scope: Any, receive: Receive, send: Any) -> None:
        if scope["type"] != "http":
            await inner(scope, receive, send)
            return
        began, status = time.perf_counter(), 499  # as for a client that went before there was an answer
        token = request_id.set(number_of(scope, app.extensions["settings"]))

        async def numbered(message: dict[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (HEADER, request_id.get().encode())]
            await send(message)

        try:
            with METER.request():
                await inner(scope, receive, numbered)
        finally:
            took = None if scope["path"] in STREAMS else time.perf_counter() - began
            METER.answered(scope.get(ROUTE, "none"), scope["method"], status, took)
            request_id.reset(token)

    return measured


def number_of(scope: Any, settings: Settings) -> str:
    """The number that a trusted proxy gave the request, else ten digits that a person can read out on the phone."""
    address = (scope.get("client") or ("",))[0]
    given = next((value.decode("latin-1") for name, value in scope["headers"] if name.lower() == HEADER), "")
    if USABLE.fullmatch(given) and is_in(address, settings.trusted_proxies):
        return given
    return f"{secrets.randbelow(10**10):010d}"
