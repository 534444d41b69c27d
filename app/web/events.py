"""The stream of a browser: which of the tickets that its person sees changed, and nothing else."""

from collections.abc import AsyncIterator
from secrets import randbelow

from quart import Blueprint, Response

from app.domain import changes
from app.domain.changes import REQUESTS
from app.domain.models import Session
from app.domain.policy import readable_audiences
from app.web.guard import session

blueprint = Blueprint("events", __name__)


@blueprint.get("/events")
async def show() -> Response:
    """Server-sent events `ticket` with a number each, for as long as the session lives."""
    response = Response(stream(session()), content_type="text/event-stream")
    response.timeout = None
    response.headers["X-Accel-Buffering"] = "no"
    return response


async def stream(own: Session) -> AsyncIterator[bytes]:
    """The stream of a session; what it may say is found out for all streams at once (`live.py`)."""
    with changes.listening(own, readable_audiences(own.person)) as listener:
        # When all streams end at once, their browsers do not all come again at once.
        yield f"retry: {1500 + randbelow(2000)}\n\n".encode()
        while (numbers := await listener.news()) is not None:
            yield "".join(map(_event, sorted(numbers))).encode() or b": still here\n\n"


def _event(number: int) -> str:
    if number == REQUESTS:
        return "event: requests\ndata: changed\n\n"
    return f"event: ticket\ndata: {number}\n\n"
