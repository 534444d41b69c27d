"""When the password is forgotten."""

from quart import Blueprint, Response

from app.web.guard import public
from app.web.respond import page

blueprint = Blueprint("passwords", __name__)


@blueprint.get("/password/forgot")
@public
async def forgot() -> Response:
    """Say who helps; the link by mail comes with the letters."""
    return await page("passwords/forgot.html")
