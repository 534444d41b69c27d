"""„Freigaben“: who asks for an account."""

from typing import Any

from quart import Blueprint, Response

from app.database import Row
from app.domain import directory
from app.web.guard import me, staff_only
from app.web.respond import page

blueprint = Blueprint("access_requests", __name__)


@blueprint.get("/staff/access-requests")
@staff_only
async def index() -> Response:
    """The requests that wait, the oldest first."""
    found = await directory.pending_requests(me())
    return await page("access_requests/index.html", requests=[_shown(row) for row in found])


def _shown(row: Row) -> dict[str, Any]:
    return row | {
        "name": f"{row['first_name']} {row['last_name']}".strip(),
        "similar": [one | {"name": f"{one['first_name']} {one['last_name']}".strip()} for one in row["similar"]],
    }
