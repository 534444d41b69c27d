"""Files of tickets: for saving, and small pictures for the page."""

from quart import Blueprint, Response, request

from app.domain import tickets
from app.domain.refusals import NotVisible
from app.web.guard import me
from app.web.respond import download, storage

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
    return download(path, file["name"], content_type)
