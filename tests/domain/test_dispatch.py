"""The queue of letters: who may look into it, and what can be sent again."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from app import clock
from app.domain import dispatch, outbox
from app.domain.models import AuditEntry, Letter, LetterState, Person
from app.domain.refusals import Conflict, NotAllowed, NotVisible
from tests.cast import Cast, form_key


async def letter(to: Person, state: LetterState = LetterState.WAITING, **more: object) -> Letter:
    await outbox.post([to.id], "password_changed")
    made = await Letter.all().order_by("-id").first()
    assert made is not None
    await Letter.filter(id=made.id).update(state=state)
    for name, value in more.items():
        setattr(made, name, value)
    made.state = state
    await made.save()
    return made


@pytest.mark.parametrize("who", ["user", "edv", "stranger", "staff"])
async def test_only_admins_look_after_letters(cast: Cast, who: str) -> None:
    failed = await letter(cast.user, LetterState.FAILED)
    person = cast.person(who)
    for deed in (
        dispatch.counts(person), dispatch.letters(person, None), dispatch.retry(person, failed.id, form_key()),
        dispatch.retry_all(person, form_key()),
    ):  # fmt: skip
        with pytest.raises(NotAllowed):
            await deed
    assert (await Letter.get()).state == LetterState.FAILED


async def test_a_failed_letter_starts_anew_and_the_log_knows_who_did_it(cast: Cast) -> None:
    failed = await letter(cast.user, LetterState.FAILED, tries=17, error="Nein", due_at=clock.now() - timedelta(days=3))
    await dispatch.retry(cast.admin, failed.id, form_key())
    again = await Letter.get()
    assert (again.state, again.tries, again.error) == (LetterState.WAITING, 0, "")
    assert again.message_id == failed.message_id
    assert [row["id"] for row in await dispatch.due()] == [failed.id]
    entry = await AuditEntry.get()
    assert (entry.kind, entry.subject) == ("letter_retried", "„Passwort geändert“ an user@nord.example")


@pytest.mark.parametrize("state", [LetterState.WAITING, LetterState.SENT, LetterState.DROPPED])
async def test_only_what_has_failed_can_be_sent_again(cast: Cast, state: LetterState) -> None:
    made = await letter(cast.user, state)
    with pytest.raises(Conflict):
        await dispatch.retry(cast.admin, made.id, form_key())
    with pytest.raises(NotVisible):
        await dispatch.retry(cast.admin, made.id + 1, form_key())
    await dispatch.retry_all(cast.admin, form_key())
    assert (await Letter.get()).state == state
    assert await AuditEntry.all().count() == 0


async def test_two_presses_at_once_send_it_again_once(cast: Cast) -> None:
    failed = await letter(cast.user, LetterState.FAILED)
    key = form_key()
    await asyncio.gather(*(dispatch.retry(cast.admin, failed.id, key) for _ in range(4)))
    outcomes = await asyncio.gather(
        *(dispatch.retry(cast.admin, failed.id, form_key()) for _ in range(2)), return_exceptions=True
    )
    assert all(isinstance(one, Conflict) for one in outcomes)
    assert await AuditEntry.all().count() == 1


async def test_all_failed_ones_start_anew_together(cast: Cast) -> None:
    for person, state in ((cast.user, "failed"), (cast.edv, "failed"), (cast.staff, "sent")):
        await letter(person, LetterState(state))
    await dispatch.retry_all(cast.admin, form_key())
    assert [one.state for one in await Letter.all().order_by("id")] == ["waiting", "waiting", "sent"]
    assert (await AuditEntry.get()).subject == "alle fehlgeschlagenen (2)"


async def test_counts_are_of_today_in_berlin(cast: Cast) -> None:
    with clock.at(datetime(2026, 11, 23, 12, 0, tzinfo=UTC)):
        for hours in (1, 12, 14):  # the last one was on Sunday, in Berlin
            await letter(cast.user, LetterState.SENT, sent_at=clock.now() - timedelta(hours=hours))
        await letter(cast.user)
        await letter(cast.user, LetterState.FAILED)
        await letter(cast.user, LetterState.DROPPED)
        assert await dispatch.counts(cast.admin) == {"waiting": 1, "failed": 1, "sent": 2}


async def test_the_admin_sees_no_number_of_a_ticket_that_is_not_for_the_vendor(cast: Cast) -> None:
    hidden, seen = await cast.ticket("user"), await cast.ticket("deputy", release=True)
    found = await dispatch.letters(cast.admin, None)
    assert {row["letter"]: row["ticket"] for row in found} == {"ticket_to_review": None, "handed_over": seen}
    await cast.move("edv", hidden, "handover")
    assert hidden in {row["ticket"] for row in await dispatch.letters(cast.admin, LetterState.WAITING)}


async def test_a_claim_belongs_to_one(cast: Cast) -> None:
    await letter(cast.user)
    (row,) = await dispatch.due()
    claims = await asyncio.gather(*(dispatch.claim(row) for _ in range(4)))
    assert len([one for one in claims if one]) == 1
    assert await dispatch.due() == []


async def test_next_digest_is_at_seven_in_berlin_also_when_the_clock_changes() -> None:
    for now, due in (
        (datetime(2026, 11, 23, 5, 59, tzinfo=UTC), datetime(2026, 11, 23, 6, 0, tzinfo=UTC)),
        (datetime(2026, 11, 23, 6, 0, tzinfo=UTC), datetime(2026, 11, 24, 6, 0, tzinfo=UTC)),
        (datetime(2026, 10, 24, 12, 0, tzinfo=UTC), datetime(2026, 10, 25, 6, 0, tzinfo=UTC)),
        (datetime(2026, 3, 28, 12, 0, tzinfo=UTC), datetime(2026, 3, 29, 5, 0, tzinfo=UTC)),
    ):
        assert outbox.next_digest(now) == due
