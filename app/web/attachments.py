"""Files of tickets: for saving, and small pictures for the page."""

from datetime import timedelta

from quart import Blueprint, Response, request

from app.database import Row
from app.domain import journal, merging, thread, tickets
from app.domain.models import Audience
from app.domain.refusals import NotVisible
from app.web.guard import client_address, me
from app.web.respond import download, see_other, storage

OPENED_ONCE_IN = timedelta(minutes=30)

blueprint = Blueprint("attachments", __name__)


@blueprint.get("/tickets/<int:number>/attachments/<int:id>")
async def show(number: int, id: int) -> Response:
    """The file, or with `?preview=1` the small version of a picture."""
    try:
        file = await thread.attachment(me(), number, id)
    except NotVisible:
        led_on = await merging.target(me(), await tickets.find(me(), number))
        if not led_on:
            raise
        return see_other(f"/tickets/{led_on}/attachments/{id}")
    small = bool(request.args.get("preview") and file["width"])
    opened = await storage().open(file["sha256"], preview=small)
    if opened is None:
        raise NotVisible
    if request.method == "GET":
        # A small version shows what is in the picture too; a page that is loaded again says nothing new.
        await journal.audit_once(me(), "attachment_opened", _subject(number, file), client_address(), OPENED_ONCE_IN)
    return download(opened, file["name"], "image/webp" if small else file["content_type"])


def _subject(number: int, file: Row) -> str:
    """Ticket, name and id of the file. The vendor's admins read this, so a name that they may not see stays away."""
    shared = file["handed_over_at"] and file["audience"] != Audience.ORGANISATION
    return f"#{number} {file['name']} ({file['id']})" if shared else f"#{number} ({file['id']})"
