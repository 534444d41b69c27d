"""The portal's first page: a tile for each module."""

from quart import Blueprint, Response

from app.domain import access, dispatch, search
from app.domain.models import Role
from app.language import translate
from app.web.guard import me
from app.web.modules import modules_for
from app.web.respond import page

blueprint = Blueprint("portal", __name__)


@blueprint.get("/")
async def show() -> Response:
    """„Online-Kundenportal“ with the number of what waits for the person."""
    person = me()
    counts = {"tickets": await search.waiting(person)}
    if person.is_staff:
        counts["access"] = await access.pending_count()
    if person.role == Role.ADMIN:
        counts["mail"] = await dispatch.failed_count()
    tiles = [
        {
            "key": m.key, "label": translate(m.label), "text": translate(m.text), "href": m.href, "icon": m.icon,
            "count": counts.get(m.key),
        }
        for m in modules_for(person)
    ]  # fmt: skip
    return await page("portal/index.html", tiles=tiles)
