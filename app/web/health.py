"""Probes for load balancers and monitoring."""

from quart import Blueprint, Response

from app.database import rows
from app.web.guard import any_host, public

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
    """The database answers too."""
    try:
        await rows("SELECT 1")
    except Exception:
        return Response("database\n", 503, content_type="text/plain")
    return Response("ok\n", content_type="text/plain")
