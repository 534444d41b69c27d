"""Probes for load balancers and monitoring; of several processes each answers for itself."""

import hmac

from quart import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from app import health, metrics
from app.web import api
from app.web.guard import any_host, by_key, public
from app.web.respond import settings

blueprint = Blueprint("health", __name__)


@blueprint.get("/health/live")
@public
@any_host
async def live() -> Response:
    """The process answers."""
    return Response("ok\n", content_type="text/plain")


@blueprint.get("/health/ready")
@public
@any_host
async def ready() -> Response:
    """Whether this process can serve people, and by name what is not well."""
    state = await health.state(settings())
    return api.answer(
        200 if state.fit else 503,
        ready=state.fit,
        status=state.word,
        checks={name: "failing" if fails else "ok" for name, fails in state.failing.items()},
        letter_oldest_seconds=state.oldest_letter,
        loop_lag_seconds=round(state.lag, 3),
    )


@blueprint.get("/metrics")
@by_key
@any_host
async def show() -> Response:
    """The figures of this process and of the portal, for whoever brings the token of the settings."""
    if not settings().metrics_token:
        raise NotFound
    brought = request.headers.get("Authorization", "").encode()
    if not hmac.compare_digest(brought, f"Bearer {settings().metrics_token}".encode()):
        response = api.answer(401, error="unauthorized")
        response.headers["WWW-Authenticate"] = "Bearer"
        return response
    families = [*metrics.METER.families(), *metrics.of_process(), *await health.figures(settings())]
    return Response(metrics.text(families), content_type="text/plain; version=0.0.4; charset=utf-8")
