"""Access requests: who asks for an account."""

from app.domain.models import AccessRequest, RequestState


async def pending_count() -> int:
    """How many requests wait for a decision."""
    return await AccessRequest.filter(state=RequestState.PENDING).count()
