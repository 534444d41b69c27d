"""Drafts: what was typed is kept for its writer until it is sent, and what was sent never comes back as a draft."""

from datetime import timedelta
from typing import Any

from app import clock, worker
from app.database import atomic
from app.domain import creation, drafts, tickets
from app.domain.drafts import Page
from app.domain.models import Category, FormKey, Person, Priority, SavedDraft
from tests.cast import Cast, form_key


async def kept(person: Person, form: str) -> list[str]:
    """The texts of a form's drafts, the newest first."""
    return [str(draft["typed"].get("body", "")) for draft in await drafts.of_form(person, form)]


async def typed(person: Person, form: str, body: str, key: str, turn: int = 1, shown: str = "") -> None:
    """Somebody paused while typing."""
    await drafts.save(person, form, Page(key, turn, shown), {"body": body} if body else {})


async def send(cast: Cast, number: int, key: str, body: str = "Fertig.", shown: str = "") -> int:
    """The User sends what they typed."""
    row = await cast.see("user", number)
    return await tickets.reply(cast.user, row, tickets.Draft(body, key, shown=shown))


async def test_what_was_typed_last_is_kept_for_its_writer_and_for_nobody_else(cast: Cast) -> None:
    form, key = drafts.of_ticket(await cast.ticket("user")), form_key()
    await typed(cast.user, form, "Guten", key)
    await typed(cast.user, form, "Guten Tag", key, 2)
    assert await kept(cast.user, form) == ["Guten Tag"]
    for other in (cast.colleague, cast.edv, cast.stranger, cast.admin):
        assert await kept(other, form) == []
    assert await kept(cast.user, drafts.NEW) == []


async def test_what_comes_late_does_not_undo_what_came_before_it(cast: Cast) -> None:
    form, key = drafts.of_ticket(await cast.ticket("user")), form_key()
    await typed(cast.user, form, "Guten Tag", key, 2)
    await typed(cast.user, form, "Guten", key, 1)
    assert await kept(cast.user, form) == ["Guten Tag"]
    await typed(cast.user, form, "", key, 4)
    await typed(cast.user, form, "Guten Tag", key, 3)
    assert await kept(cast.user, form) == [], "it was emptied"


async def test_a_message_ends_its_draft_and_a_late_one_does_not_bring_it_back(cast: Cast) -> None:
    number, key = await cast.ticket("user"), form_key()
    form = drafts.of_ticket(number)
    await typed(cast.user, form, "Fertig.", key)
    await send(cast, number, key)
    assert await SavedDraft.all().count() == 0
    await typed(cast.user, form, "Fertig.", key, 2)
    assert await SavedDraft.all().count() == 0
    await send(cast, number, key)
    assert await kept(cast.user, form) == []


async def test_a_draft_that_crosses_its_message_is_not_shown_and_is_swept(cast: Cast) -> None:
    """On PostgreSQL a page's last save may look for the form key before, and be written after the message's commit."""
    number, key = await cast.ticket("user"), form_key()
    form = drafts.of_ticket(number)
    await send(cast, number, key)
    await SavedDraft.create(person=cast.user, form=form, form_key=key, turn=9, typed={"body": "Fertig."})
    assert await kept(cast.user, form) == []
    assert await drafts.of_person(cast.user) == []
    await FormKey.all().update(created_at=clock.now() - timedelta(days=40))
    await worker.sweep()
    assert await SavedDraft.all().count() == 0
    assert await FormKey.all().count() == 0


async def test_a_message_that_is_not_stored_leaves_its_draft(cast: Cast) -> None:
    number, key = await cast.ticket("user"), form_key()
    form = drafts.of_ticket(number)
    await typed(cast.user, form, "Fertig.", key)
    row = await cast.see("user", number)
    await cast.move("edv", number, "close")
    for version in (row["version"], 99):
        try:
            await tickets.reply(cast.user, row, tickets.Draft("Fertig.", key), "escalate", version)
        except tickets.Conflict:
            continue
        raise AssertionError("somebody was faster")
    assert await kept(cast.user, form) == ["Fertig."]


async def test_who_types_on_elsewhere_continues_the_draft_that_they_were_shown(cast: Cast) -> None:
    number = await cast.ticket("user")
    form = drafts.of_ticket(number)
    await typed(cast.user, form, "Im Büro", form_key())
    (shown,) = await drafts.of_form(cast.user, form)
    at_home = form_key()
    await typed(cast.user, form, "Im Büro und daheim", at_home, 1, drafts.mark(shown))
    assert await kept(cast.user, form) == ["Im Büro und daheim"]
    await send(cast, number, at_home, shown=drafts.mark(shown))
    assert await SavedDraft.all().count() == 0


async def test_sending_the_shown_draft_as_it_is_ends_it(cast: Cast) -> None:
    number = await cast.ticket("user")
    form = drafts.of_ticket(number)
    await typed(cast.user, form, "Im Büro", form_key())
    (shown,) = await drafts.of_form(cast.user, form)
    await send(cast, number, form_key(), shown=drafts.mark(shown))
    assert await kept(cast.user, form) == []


async def test_of_two_pages_the_newer_typing_is_shown_and_the_other_text_does_not_vanish(cast: Cast) -> None:
    number = await cast.ticket("user")
    form, one, two = drafts.of_ticket(number), form_key(), form_key()
    await typed(cast.user, form, "Links", one)
    (shown,) = await drafts.of_form(cast.user, form)
    await typed(cast.user, form, "Links weiter", one, 2)
    await typed(cast.user, form, "Rechts", two, 1, drafts.mark(shown))
    assert await kept(cast.user, form) == ["Rechts", "Links weiter"]
    await send(cast, number, two, "Rechts", drafts.mark(shown))
    assert await kept(cast.user, form) == ["Links weiter"]


async def test_a_draft_is_thrown_away_with_what_its_page_still_sends(cast: Cast) -> None:
    form, key = drafts.of_ticket(await cast.ticket("user")), form_key()
    await typed(cast.user, form, "Doch nicht", form_key())
    (shown,) = await drafts.of_form(cast.user, form)
    await drafts.discard(cast.user, form, Page(key, shown=drafts.mark(shown)))
    await typed(cast.user, form, "Doch nicht!", key, 7)
    assert await kept(cast.user, form) == []

    await typed(cast.user, form, "Ohne Skript", form_key())
    (shown,) = await drafts.of_form(cast.user, form)
    await drafts.discard(cast.edv, form, Page("", shown=drafts.mark(shown)))
    assert await kept(cast.user, form) == ["Ohne Skript"], "only one's own"
    await drafts.discard(cast.user, form, Page("", shown=drafts.mark(shown)))
    assert await kept(cast.user, form) == []


async def test_a_new_ticket_ends_its_draft_too(cast: Cast) -> None:
    key = form_key()
    await typed(cast.user, drafts.NEW, "Neu", key)
    await typed(cast.user, drafts.of_ticket(await cast.ticket("user")), "Bleibt", form_key())
    await creation.create(cast.user, creation.NewTicket(
        category=Category.REQUEST, module_id=cast.members.id, subject="S", priority=Priority.NORMAL,
        message=tickets.Draft("Neu", key),
    ))  # fmt: skip
    assert [draft["typed"] for draft in await drafts.of_person(cast.user)] == [{"body": "Bleibt"}]


async def test_of_many_pages_the_oldest_gives_way(cast: Cast) -> None:
    form = drafts.of_ticket(await cast.ticket("user"))
    for n in range(drafts.MOST_PAGES + 2):
        await typed(cast.user, form, f"Seite {n}", form_key())
    assert len(await kept(cast.user, form)) == drafts.MOST_PAGES
    assert (await kept(cast.user, form))[0] == f"Seite {n}"


async def test_what_nobody_came_back_to_for_ninety_days_is_swept(cast: Cast) -> None:
    form = drafts.of_ticket(await cast.ticket("user"))
    for days in (91, 89):
        with clock.at(clock.now() - timedelta(days=days)):
            await typed(cast.user, form, f"vor {days} Tagen", form_key())
    await worker.sweep()
    assert await kept(cast.user, form) == ["vor 89 Tagen"]


async def test_all_of_a_persons_drafts_can_be_forgotten(cast: Cast) -> None:
    for who in (cast.user, cast.edv):
        await typed(who, drafts.NEW, "Angefangen", form_key())
    async with atomic():
        await drafts.forget(cast.user.id)
    left: list[Any] = await SavedDraft.all()
    assert [draft.person_id for draft in left] == [cast.edv.id]


async def test_marks_that_no_form_carries_do_nothing(cast: Cast) -> None:
    form = drafts.of_ticket(await cast.ticket("user"))
    await typed(cast.user, form, "Da", form_key())
    for shown in ("", "-", "1", "x-y", "1-99999999999", "1-1' OR 1=1", "0-0"):
        await drafts.discard(cast.user, form, Page("", shown=shown))
    assert await kept(cast.user, form) == ["Da"]
