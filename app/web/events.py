"""The stream of a browser: which of the tickets that its person sees changed, and nothing else."""

import asyncio
from collections.abc import AsyncIterator

from quart import Blueprint, Response

from app.domain import accounts, changes, tickets
from app.domain.models import Session
from app.domain.policy import readable_audiences
from app.web.guard import session

blueprint = Blueprint("events", __name__)

RECHECK = 30.0  # seconds, after which the session is looked at again; keeps proxies from cutting the line, too


@blueprint.get("/events")
async def show() -> Response:
    """Server-sent events `ticket` with a number each, for as long as the session lives."""
    response = Response(stream(session()), content_type="text/event-stream")
    response.timeout = None
    response.headers["X-Accel-Buffering"] = "no"
    return response


async def stream(own: Session) -> AsyncIterator[bytes]:
    """The stream of a session. Its reads are shielded: a browser that goes must not cut a statement short."""
    with changes.listening(own.person_id, readable_audiences(own.person)) as listener:
        yield b"retry: 2000\n\n"
        while True:
            numbers = await listener.wait(RECHECK)
            lines = await asyncio.shield(_lines(own, numbers))
            if lines is None or listener.ended:
                return
            yield lines


async def _lines(own: Session, numbers: set[int]) -> bytes | None:
    """What is said of these tickets to whom the session belongs now; None when it has ended."""
    living = await accounts.living(own.id)
    if living is None:
        return None
    visible = [number for number in sorted(numbers) if await tickets.exists(living.person, number)]
    return "".join(f"event: ticket\ndata: {number}\n\n" for number in visible).encode() or b": still here\n\n"
