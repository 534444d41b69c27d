"""The portal's first page: a tile for each module."""

from typing import Any
from zlib import crc32

from quart import Blueprint, Response, request

from app.domain import access, dispatch, policy, priority, search
from app.domain.models import Person, Role
from app.language import translate
from app.web.guard import me
from app.web.measured import measured
from app.web.modules import modules_for
from app.web.respond import fragments, page, target, wants_fragments

blueprint = Blueprint("portal", __name__)


async def _measure(person: Person) -> dict[str, Any] | None:
    """What share of the open tickets is urgent: of their own, of their organisation's, at the vendor of all."""
    if person.is_staff:
        return measured(await priority.everywhere(person), "all")
    if policy.may_speak_for_others(person):
        return measured(await priority.everywhere(person), "organisation", person.organisation.name)
    return measured(await priority.own(person), "own")


@blueprint.get("/")
async def show() -> Response:
    """„Online-Kundenportal“ with the number of what waits for the person; under htmx only these numbers."""
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
    mark = f"{crc32(repr(counts).encode()):x}"
    if not wants_fragments() or target() != "portal-fresh":
        return await page("portal/index.html", tiles=tiles, mark=mark, measure=await _measure(person))
    if mark == request.args.get("mark"):
        return Response("", 204)
    return await fragments(oob=("portal/_fresh.html",), tiles=tiles, mark=mark)
