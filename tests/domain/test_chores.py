"""Silence: reminders, announcement and closing, each once, on the right working day, and never to the vendor."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest

from app import clock
from app.database import atomic
from app.domain import absences, chores, reopening, rules, thread, tickets, tokens
from app.domain.absences import DAY, Away
from app.domain.chores import Place
from app.domain.models import (
    AuditEntry,
    Letter,
    Organisation,
    Person,
    PersonModule,
    Purpose,
    Reminder,
    Role,
    Status,
    Ticket,
    TicketEvent,
)
from app.domain.refusals import Conflict, NotAllowed, NotVisible, Refused
from app.domain.rules import Rules
from app.language import ZONE, local
from app.mail import contents
from tests.cast import CHEAP_HASH, Cast, form_key

ALL = Rules(remind=3, announce=5, close=2, review=2)


@contextmanager
def at(day: int, hour: int = 10, month: int = 3, year: int = 2027) -> Iterator[None]:
    """In March 2027, whose first is a Monday; Good Friday is the 26th, and the night to the 28th has 23 hours."""
    with clock.at(datetime(year, month, day, hour, tzinfo=ZONE)):
        yield


async def hold_to(cast: Cast, new: Rules) -> None:
    await rules.change(cast.staff, cast.nord.id, rules.stamp_of(await rules.of(cast.staff, cast.nord.id)), new)


async def asked(cast: Cast, day: int, hour: int = 10, month: int = 3) -> int:
    """A ticket on which the EDV asked the User back then."""
    with at(day, hour, month):
        number = await cast.ticket("user")
        await cast.reply("edv", number, "Wie genau?", move="to_user")
    await Letter.all().delete()
    return number


async def look(day: int, hour: int = 10, month: int = 3) -> int:
    with at(day, hour, month):
        return await chores.run()


async def steps(number: int) -> list[str]:
    """What the portal did to a ticket, and on which day in Berlin."""
    found = await TicketEvent.filter(ticket_id=number, actor_id=None).order_by("id")
    return [f"{local(one.created_at):%d.%m.} {one.kind}" for one in found]


async def posted() -> list[tuple[str, str]]:
    """Letters that wait: which, and to whom; then they are gone."""
    found = [(one.letter, one.to.user_name) for one in await Letter.all().order_by("id").select_related("to")]
    await Letter.all().delete()
    return found


async def test_without_an_answer_comes_a_reminder_then_an_announcement_then_the_end(cast: Cast) -> None:
    await hold_to(cast, ALL)
    number = await asked(cast, day=1)
    assert await look(4, 9) == 0, "three working days end on the fourth at ten"
    assert await look(4, 10) == 1
    assert await posted() == [("reminder", "user-nord")]
    assert await look(4, 11) + await look(11, 9) == 0
    assert await look(11) == 1
    assert await posted() == [("closing_announced", "user-nord")]
    assert await look(15, 9) == 0
    assert await look(15) == 1
    assert await posted() == [("closed", "user-nord")]
    closed = await Ticket.get(number=number)
    assert (closed.status, closed.version) == (Status.CLOSED, 3)
    assert await steps(number) == ["04.03. reminded_user", "11.03. closing_announced", "15.03. close_unanswered"]
    events = await thread.events(cast.user, number)
    assert (events[-2]["after"], events[-1]["before"], events[-1]["after"]) == ("15.03.2027", "10", "Verband Nord")
    assert await look(30) == 0


@pytest.mark.parametrize("touch", ["user", "edv", "note", "move"])
async def test_any_message_and_any_move_begins_the_count_anew(cast: Cast, touch: str) -> None:
    await hold_to(cast, ALL)
    number = await asked(cast, day=1)
    assert await look(4) == 1
    with at(5):
        if touch == "note":
            await cast.note("edv", number, "Nur unter uns.")
        elif touch == "move":
            await cast.reply("user", number, "Bitte schnell!", move="escalate")
        else:
            await cast.reply(touch, number, "Noch etwas.")
    assert await look(9) + await look(10, 9) == 0
    assert await look(10) == 1, "three working days after the fifth"
    assert await steps(number) == ["04.03. reminded_user", "10.03. reminded_user"]


async def test_nothing_happens_where_no_rule_is_and_nothing_at_night_or_on_holidays(cast: Cast) -> None:
    number = await asked(cast, day=1)
    assert await look(30) == 0, "off by default"
    await hold_to(cast, ALL)
    later = await asked(cast, day=3, month=5)
    assert [await look(6, hour, month=5) for hour in (9, 12)] == [0, 0], "Ascension Day"
    assert [await look(7, hour, month=5) for hour in (7, 8, 9, 10)] == [0, 1, 0, 1]
    assert await steps(number) == ["07.05. reminded_user"], "the first hour in which they work"
    assert await steps(later) == ["07.05. reminded_user"], "the fourth, the fifth, and then the seventh"


async def test_what_fell_due_while_the_portal_stood_comes_once_and_puts_off_what_follows(cast: Cast) -> None:
    await hold_to(cast, ALL)
    number = await asked(cast, day=1)
    assert [await look(20), await look(21)] == [0, 0], "a Saturday and a Sunday"
    assert await look(22, 6) == 0, "a night"
    assert [await look(22, 8), await look(22, 9), await look(22, 17)] == [1, 0, 0]
    assert await steps(number) == ["22.03. reminded_user"]
    assert await look(30, 7) == 0
    assert await look(31, 8) == 1, "five working days later, Good Friday and Easter Monday are none"


async def test_two_workers_at_once_remind_once(cast: Cast) -> None:
    await hold_to(cast, ALL)
    for _ in range(3):
        await asked(cast, day=1)
    taken = await asyncio.gather(*(look(4) for _ in range(4)))
    assert sum(taken) == 3
    assert (await Reminder.all().count(), len(await posted())) == (3, 3)


async def test_a_kill_in_the_middle_leaves_all_or_nothing_and_the_next_round_does_the_rest(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hold_to(cast, ALL)
    numbers = [await asked(cast, day=1) for _ in range(3)]
    silent = chores.notify.silent

    async def dies(ticket: dict[str, object], letter: str, **context: object) -> bool:
        await silent(ticket, letter, **context)
        if ticket["number"] == numbers[1]:
            raise RuntimeError("killed")
        return True

    with monkeypatch.context() as patch:
        patch.setattr(chores.notify, "silent", dies)
        assert await look(4) == 2, "one that fails does not hold up the others"
    assert (await Reminder.all().count(), len(await posted())) == (2, 2)
    assert await look(4, 11) == 1
    assert [await steps(number) for number in numbers] == [["04.03. reminded_user"]] * 3


async def test_who_answers_while_it_is_decided_is_not_reminded_and_the_ticket_not_closed(cast: Cast) -> None:
    await hold_to(cast, ALL)
    number = await asked(cast, day=1)
    with at(4):
        (seen,) = await chores._silent(Status.USER_REVIEW, 0)
        place = Place(*(await rules.everywhere())[cast.nord.id])
        await cast.reply("user", number, "Da bin ich.")
        assert not await chores._step(seen, "reminded_user", place)
        assert not await chores._step(seen, "close_unanswered", place)
        (seen,) = await chores._silent(Status.USER_REVIEW, 0)
        await cast.move("edv", number, "close")
        assert not await chores._step(seen, "close_unanswered", place)
        with pytest.raises(Conflict):
            async with atomic():
                await tickets.close_unanswered(seen, 10, "Verband Nord")
    assert await steps(number) == []


@pytest.mark.parametrize(("month", "asked_on", "due"), [(3, 25, 30), (10, 28, 2)])
async def test_both_nights_on_which_the_clock_changes_neither_skip_nor_repeat(
    cast: Cast, month: int, asked_on: int, due: int
) -> None:
    """The 28th of March and the 31st of October 2027; two working days, Good Friday and Easter Monday are none."""
    await hold_to(cast, Rules(remind=1 if month == 3 else 2))
    number = await asked(cast, asked_on, month=month)
    on = month if due > asked_on else month + 1
    assert await look(due, 9, on) == 0 if month == 3 else True
    taken = [await look(due, hour, on) for hour in (10, 11, 12)]
    assert sum(taken) == 1
    assert (await steps(number))[0].startswith(f"{due:02}.{on:02}.")


async def test_a_clock_that_jumps_back_repeats_nothing(cast: Cast) -> None:
    await hold_to(cast, ALL)
    number = await asked(cast, day=1)
    assert [await look(4), await look(3), await look(4), await look(5), await look(8)] == [1, 0, 0, 0, 0]
    assert await steps(number) == ["04.03. reminded_user"]


async def test_the_edv_is_reminded_then_all_of_it_and_the_vendor_never(cast: Cast) -> None:
    other = await edv_of(cast, "Otto", cast.finance.id)
    with at(1):
        number = await cast.ticket("user")
    await Letter.all().delete()
    assert [await look(4, 9), await look(4)] == [0, 1], "three working days without any rule"
    assert await posted() == [("reminder", "edv-nord")]
    assert [await look(9, 9), await look(9)] == [0, 1]
    assert set(await posted()) == {("review_overdue", "edv-nord"), ("review_overdue", other.user_name)}
    assert await look(30) == 0
    ticket = await Ticket.get(number=number)
    assert (ticket.status, ticket.handed_over_at) == (Status.IT_REVIEW, None)
    assert not await cast.sees("staff", number)


async def test_a_rule_can_be_off_for_the_review(cast: Cast) -> None:
    await hold_to(cast, Rules(review=None))
    with at(1):
        await cast.ticket("user")
    assert await look(30) == 0


async def edv_of(cast: Cast, name: str, *modules: int) -> Person:
    made = await Person.create(
        organisation=cast.nord, user_name=name.lower(), email=f"{name.lower()}@nord.example", first_name=name,
        last_name="Prüfer", role=Role.EDV, password_hash=CHEAP_HASH,
    )  # fmt: skip
    await PersonModule.bulk_create([PersonModule(person=made, module_id=id) for id in modules])
    return made


async def test_an_absent_edvs_queue_goes_to_the_deputy(cast: Cast) -> None:
    deputy = await edv_of(cast, "Otto", cast.members.id, cast.seminars.id)
    with at(1):
        today = local(clock.now()).date()
        await absences.enter(cast.edv, Away(cast.edv.id, today, today + 9 * DAY, deputy.id), form_key())
        await cast.ticket("user")
    assert await posted() == [("ticket_to_review", "otto")]
    assert await look(4) == 1
    assert await posted() == [("reminder", "otto")]
    assert await look(9) == 1
    assert {who for _, who in await posted()} == {"otto", "edv-nord"}, "then everybody, also who is away"


async def test_where_nobody_is_left_everybody_is_told(cast: Cast) -> None:
    with at(1):
        today = local(clock.now()).date()
        await absences.enter(cast.edv, Away(cast.edv.id, today, today + 9 * DAY), form_key())
        await cast.ticket("user")
        assert await posted() == [("ticket_to_review", "edv-nord")], "nobody stands in: better late than never"
        await PersonModule.filter(person=cast.edv, module=cast.members).delete()
    assert await look(4) == 1
    assert await posted() == [("review_overdue", "edv-nord")], "nobody looks after the module at all"


async def test_an_edv_is_only_stood_in_for_by_one_with_the_same_modules(cast: Cast) -> None:
    other = await edv_of(cast, "Otto", cast.members.id)
    today = local(clock.now()).date()
    for deputy in (other, cast.user, cast.strange_edv, cast.staff, cast.edv):
        with pytest.raises(Refused) as refused:
            await absences.enter(cast.edv, Away(cast.edv.id, today, today, deputy.id), form_key())
        assert list(refused.value.fields) == ["deputy"]


async def test_whose_absence_one_may_enter(cast: Cast) -> None:
    today = local(clock.now()).date()
    rights = {
        ("user", "user"): NotAllowed, ("edv", "edv"): None, ("edv", "strange_edv"): NotVisible,
        ("edv", "user"): NotAllowed, ("staff", "staff"): None, ("staff", "admin"): NotAllowed,
        ("staff", "strange_edv"): None, ("admin", "admin"): None, ("staff", "user"): NotAllowed,
    }  # fmt: skip
    for (who, whose), error in rights.items():
        entry = absences.enter(cast.person(who), Away(cast.person(whose).id, today, today), form_key())
        if error:
            with pytest.raises(error):
                await entry
        else:
            await entry
    assert {row["person_id"] for row in await absences.listed(cast.edv)} == {cast.edv.id}
    seen = {row["person_id"] for row in await absences.listed(cast.admin)}
    assert seen == {cast.edv.id, cast.staff.id, cast.strange_edv.id, cast.admin.id}
    with pytest.raises(Refused):
        await absences.enter(cast.edv, Away(cast.edv.id, today, today + DAY), form_key())  # it overlaps
    (own,) = await absences.listed(cast.edv)
    with pytest.raises(NotVisible):
        await absences.end(cast.strange_edv, own["id"])
    await absences.end(cast.edv, own["id"])
    assert await absences.listed(cast.edv) == []


async def test_the_reminder_for_somebody_who_left_goes_to_the_edv(cast: Cast) -> None:
    await hold_to(cast, ALL)
    await asked(cast, day=1)
    await Person.filter(id=cast.user.id).update(active=False)
    assert await look(4) == 1
    assert await posted() == [("reminder", "edv-nord")]


async def test_rules_that_make_no_sense_are_refused_and_others_are_in_the_log(cast: Cast) -> None:
    wrong = {
        "remind": (Rules(remind=0), Rules(remind=61), Rules(announce=2, close=2)),
        "close": (Rules(remind=1, announce=2),), "announce": (Rules(remind=1, close=2),), "review": (Rules(review=-1),),
    }  # fmt: skip
    for field, these in wrong.items():
        for one in these:
            with pytest.raises(Refused) as refused:
                await hold_to(cast, one)
            assert field in refused.value.fields, one
    await hold_to(cast, Rules(remind=1, asks_satisfaction=True))
    await hold_to(cast, Rules(remind=1, asks_satisfaction=True))
    with pytest.raises(Conflict):
        await rules.change(cast.staff, cast.nord.id, rules.stamp_of(Rules()), ALL)
    with pytest.raises(NotAllowed):
        await rules.change(cast.edv, cast.nord.id, "", ALL)
    with pytest.raises(NotVisible):
        await rules.change(cast.staff, cast.vendor.id, rules.stamp_of(Rules()), ALL)
    assert [one.subject for one in await AuditEntry.filter(kind="rules_changed")] == [
        "Verband Nord: Erinnerung nie → nach 1 Arbeitstag, Zufriedenheitsfrage aus → ein"
    ]
    assert await rules.of(cast.edv, cast.nord.id) == Rules(remind=1, asks_satisfaction=True)


async def letter(cast: Cast, who: str | Person, name: str) -> str:
    """What a letter says that waits for somebody: its title, sentences and links."""
    found = await Letter.filter(to_id=cast.person(who).id, letter=name).order_by("-id").first()
    assert found is not None
    content = (await contents.read([found], cast.settings)).content
    assert content is not None
    return "\n".join([content.subject, content.title, *content.sentences, content.url, *(content.second or ())])


async def test_the_letters_name_the_day_and_the_way_back(cast: Cast) -> None:
    await hold_to(cast, ALL)
    number = await asked(cast, day=1)
    await look(4)
    await look(11)
    with at(11, 11):
        assert "wird dieses Ticket am 15.03.2027 geschlossen" in await letter(cast, "user", "closing_announced")
    await look(15)
    with at(15, 11):
        said = await letter(cast, "user", "closed")
        assert "wie angekündigt geschlossen" in said
        assert "Wieder öffnen\nhttp://127.0.0.1:8000/reopen/" in said
        token = said.rpartition("/")[2]
        assert (await reopening.find(token))["number"] == number
        assert (await reopening.find(token))["status"] == Status.CLOSED, "looking consumes nothing"
        done = await asyncio.gather(*(reopening.reopen(token) for _ in range(3)))
        assert done == [number] * 3, "a double click gets the same answer"
        assert (await Ticket.get(number=number)).status == Status.IT_REVIEW
        events = await thread.events(cast.user, number)
        assert [(e["kind"], e["actor"]) for e in events][-1] == ("reopen", "Ute Petersen")
        assert ("reopened", "edv-nord") in await posted()
        await cast.move("edv", number, "close")
        with pytest.raises(NotVisible):
            await reopening.reopen(token)  # used up: the next closing has a link of its own
        for nothing in ("", "x" * 43):
            with pytest.raises(NotVisible):
                await reopening.find(nothing)


async def test_a_link_opens_nothing_for_who_may_no_longer(cast: Cast) -> None:
    number = await cast.ticket("user")
    await cast.move("user", number, "close")
    token = await reopening.offer(cast.user, await cast.see("user", number))
    assert token
    assert await reopening.offer(cast.reader, await cast.see("reader", number)) is None
    await cast.set(number, deleted=True)
    with pytest.raises((Conflict, NotAllowed)):
        await reopening.reopen(token)
    assert await tokens.find(Purpose.REOPEN, token), "what could not be done has used nothing up"
    await cast.set(number, deleted=False)
    await Person.filter(id=cast.user.id).update(active=False)
    with pytest.raises(NotVisible):
        await reopening.reopen(token)


async def test_an_edv_without_the_module_learns_that_something_waits_and_nothing_of_it(cast: Cast) -> None:
    other = await edv_of(cast, "Otto", cast.finance.id)
    with at(1):
        number = await cast.ticket("user", subject="Streng geheim")
    await look(4)
    await look(9)
    with at(9, 11):
        said = await letter(cast, other, "review_overdue")
        assert "Im Modul Mitglieder wartet" in said
        assert "Das Modul betreuen: Erik Holm." in said
        assert "geheim" not in said
        assert str(number) not in said
        assert "Streng geheim" in await letter(cast, "edv", "review_overdue")
        await cast.move("edv", number, "handover")
        late = await Letter.filter(to_id=other.id, letter="review_overdue").first()
        assert late is not None
        assert (await contents.read([late], cast.settings)).content is None, "it no longer waits"


async def test_every_organisation_has_its_own_days(cast: Cast) -> None:
    """Corpus Christi, the 27th of May 2027, is a holiday in Bavaria and none in Hamburg."""
    await Organisation.filter(id=cast.nord.id).update(state="HH")
    await Organisation.filter(id=cast.sued.id).update(state="BY")
    with at(26, month=5):
        north, south = await cast.ticket("user"), await cast.ticket("stranger")
    assert [await look(31, month=5), await look(1, month=6)] == [1, 1]
    assert (await steps(north), await steps(south)) == (["31.05. reminded_it"], ["01.06. reminded_it"])
