"""Files of tickets: for saving, and small pictures for the page."""

from datetime import timedelta

from quart import Blueprint, Response, request

from app.database import Row
from app.domain import journal, tickets
from app.domain.models import Audience
from app.domain.refusals import NotVisible
from app.web.guard import client_address, me
from app.web.respond import download, storage

OPENED_ONCE_IN = timedelta(minutes=30)

blueprint = Blueprint("attachments", __name__)


@blueprint.get("/tickets/<int:number>/attachments/<int:id>")
async def show(number: int, id: int) -> Response:
    """The file, or with `?preview=1` the small version of a picture."""
    file = await tickets.attachment(me(), number, id)
    path, content_type = storage().path(file["sha256"]), file["content_type"]
    if request.args.get("preview") and file["width"]:
        path, content_type = storage().preview(file["sha256"]), "image/webp"
    if not path.exists():
        raise NotVisible
    if request.method == "GET":
        # A small version shows what is in the picture too; a page that is loaded again says nothing new.
        await journal.audit_once(me(), "attachment_opened", _subject(number, file), client_address(), OPENED_ONCE_IN)
    return download(path, file["name"], content_type)


def _subject(number: int, file: Row) -> str:
    """Ticket, name and id of the file. The vendor's admins read this, so a name that they may not see stays away."""
    shared = file["handed_over_at"] and file["audience"] != Audience.ORGANISATION
    return f"#{number} {file['name']} ({file['id']})" if shared else f"#{number} ({file['id']})"
