"""The link in a closing letter: it shows the ticket, and a click on its button opens it again, without signing in."""

from quart import Blueprint, Response, request

from app.domain import reopening
from app.domain.refusals import Conflict, NotVisible
from app.domain.ticket_filter import bounded_id
from app.web.forms import Form, read_form
from app.web.guard import public
from app.web.respond import page, see_other

blueprint = Blueprint("reopening", __name__)

DONE = "/reopen/done"


@blueprint.after_request
async def keep_the_link(response: Response) -> Response:
    """Keep the link out of what browsers say about where they come from; see also the pages' own meta element."""
    if "token" in (request.view_args or {}):
        response.headers["Referrer-Policy"] = "no-referrer"
    return response


@blueprint.get("/reopen/<token>")
@public
async def show(token: str) -> Response:
    """Ask; nothing is consumed, for mail programs look at links before people do."""
    return await _page(token)


@blueprint.post("/reopen/<token>")
@public
async def reopen(token: str) -> Response:
    """Open the ticket again."""
    form = await read_form(Form)
    if not form.validate():
        return await _page(token, form)
    try:
        number = await reopening.reopen(token)
    except (NotVisible, Conflict):
        return await page("reopening/dead.html", 404)
    return see_other(f"{DONE}?ticket={number}")


@blueprint.get(DONE)
@public
async def done() -> Response:
    """Say that it worked, and lead on to the ticket."""
    return await page("reopening/done.html", number=bounded_id(request.args.get("ticket", "")))


async def _page(token: str, form: Form | None = None) -> Response:
    try:
        ticket = await reopening.find(token)
    except NotVisible:
        return await page("reopening/dead.html", 404)
    status = form.status if form else 200
    return await page("reopening/show.html", status, ticket=ticket, form=form, action=request.path)
