"""`security.txt`: whom somebody tells who has found a hole (RFC 9116)."""

from datetime import datetime, time, timedelta

from quart import Blueprint, Response

from app import clock
from app.language import LANGUAGES
from app.web.guard import public
from app.web.respond import settings

blueprint = Blueprint("security_txt", __name__)

PLACE = "/.well-known/security.txt"
VALID = timedelta(days=180)  # at most a year, says the RFC


@blueprint.get(PLACE)
@public
async def show() -> Response:
    """The same all day long; no session is looked for or begun."""
    today = clock.now().date()
    expires = datetime.combine(today, time()) + VALID
    lines = (
        f"Contact: {settings().contact}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        f"Preferred-Languages: {', '.join(LANGUAGES)}",
        f"Canonical: {settings().base_url}{PLACE}",
    )
    return Response("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
