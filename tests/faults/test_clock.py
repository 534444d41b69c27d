"""A clock that jumps, and both nights in which it is changed: nobody is signed out, nothing is lost or told twice.

Digests at seven, the report's weeks and waiting times over those nights: tests/domain (dispatch, report, language).
"""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from app import clock
from app.domain import audit, journal
from app.domain.audit import AuditFilter, Mark
from app.domain.models import AuditEntry, Letter, Person
from app.mail.postman import Postman
from tests.cast import Cast, Portal
from tests.web.reading import look

AUTUMN, SPRING = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
NIGHTS = pytest.mark.parametrize("night", [AUTUMN, SPRING], ids=["autumn", "spring"])


@pytest.mark.sqlite_first
@NIGHTS
async def test_a_conversation_through_the_night_stays_in_its_order_and_signed_in(
    portal: Portal, cast: Cast, night: datetime
) -> None:
    with clock.at(night):
        number = await cast.ticket("user", body="Wort 0")
        await portal.sign_in("user")
    for n in range(1, 5):
        with clock.at(night + n * timedelta(minutes=30)):
            await cast.reply(("user", "edv")[n % 2], number, f"Wort {n}")
            shown = await look(portal, f"/tickets/{number}")
            assert shown.messages() == [f"Wort {i}" for i in range(n + 1)]
    with clock.at(night + timedelta(hours=13)):
        assert (await portal.get("/")).status_code == 200, "the last use was eleven hours ago"
    with clock.at(night + timedelta(hours=26)):
        assert (await portal.get("/")).status_code == 303, "the last use was thirteen hours ago"


@pytest.mark.sqlite_first
async def test_a_clock_that_jumps_back_and_forth_loses_no_session_move_or_letter(portal: Portal, cast: Cast) -> None:
    start = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
    with clock.at(start):
        number = await cast.ticket("user")
        await portal.sign_in("edv")
        await portal.get("/")
    for minutes, verb in ((-60, "handover"), (90, "close"), (-5, "reopen"), (600, "close")):
        with clock.at(start + timedelta(minutes=minutes)):
            answer = await portal.send_form(
                f"/tickets/{number}/moves/{verb}", version=(await cast.see("edv", number))["version"]
            )
            assert answer.status_code == 303, verb
            for path in ("/tickets?status=", f"/tickets/{number}", "/report"):
                assert (await portal.get(path)).status_code == 200, path
    with clock.at(start + timedelta(minutes=601)):
        await Postman(cast.settings, asyncio.Event()).round()
    assert await Letter.filter(state="waiting").count() == 0, "what was due in the future of a wrong clock goes too"


@NIGHTS
async def test_no_entry_of_the_log_is_lost_or_shown_twice_while_one_turns_its_pages(
    cast: Cast, night: datetime
) -> None:
    moments = [night + timedelta(minutes=n % 40) for n in range(150)]  # set back again and again: many at one moment
    await AuditEntry.bulk_create([
        AuditEntry(actor_id=cast.user.id, kind="signed_in", subject="", address="", created_at=at) for at in moments
    ])  # fmt: skip
    written = {row.id for row in await AuditEntry.all()}
    admin, filter = await Person.get(id=cast.admin.id), AuditFilter()
    seen: list[tuple[datetime, int]] = []
    for _ in range(10):
        found = await audit.find(admin, filter)
        seen += [(row["created_at"], row["id"]) for row in found[: audit.PAGE]]
        if len(found) <= audit.PAGE:
            break
        filter = AuditFilter(before=Mark(*seen[-1]))
        await journal.audit(cast.admin, "signed_in")  # somebody else is at work meanwhile, and its clock is right
    assert all(newer > older for newer, older in pairwise(seen)), "in one order, none twice"
    assert written <= {id for _, id in seen}
