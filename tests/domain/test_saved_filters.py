"""Filters with a name: kept for one person, at most twenty, one of them the default."""

import asyncio

import pytest

from app.domain import saved_filters, search
from app.domain.models import SavedFilter
from app.domain.refusals import NotVisible, Refused
from app.domain.ticket_filter import TicketFilter
from tests.cast import Cast

CLOSED = "status=closed"


async def names(cast: Cast, who: str = "user") -> list[str]:
    return [row["name"] for row in await saved_filters.of_person(cast.person(who))]


async def test_a_filter_is_kept_for_its_person_alone_and_offered_beside_the_list(cast: Cast) -> None:
    await saved_filters.save(cast.user, "Erledigt", CLOSED)
    await saved_filters.save(cast.user, "älteste", "status=all&sort=number")
    await saved_filters.save(cast.colleague, "Erledigt", CLOSED)
    assert await names(cast) == ["älteste", "Erledigt"]
    offered = [row for row in await search.choices(cast.user) if row["kind"] == "filter"]
    kept = {(row["name"], row["query"]) for row in offered}
    assert kept == {("Erledigt", CLOSED), ("älteste", "status=all&sort=number")}
    theirs = (await saved_filters.of_person(cast.colleague))[0]["id"]
    for deed in (saved_filters.find(cast.user, theirs), saved_filters.rename(cast.user, theirs, "Meins"),
                 saved_filters.open_with(cast.user, theirs)):  # fmt: skip
        with pytest.raises(NotVisible):
            await deed
    await saved_filters.delete(cast.user, theirs)
    assert await names(cast, "colleague") == ["Erledigt"]


async def test_a_name_is_taken_once_whatever_its_case_and_replaced_only_when_asked(cast: Cast) -> None:
    await saved_filters.save(cast.user, "Erledigt", CLOSED, as_default=True)
    await saved_filters.save(cast.user, "Erledigt", CLOSED)  # a double click
    with pytest.raises(Refused):
        await saved_filters.save(cast.user, "ERLEDIGT", "status=all")
    await saved_filters.save(cast.user, "ERLEDIGT", "status=all", replace=True)
    assert await names(cast) == ["ERLEDIGT"]
    assert (await cast.again("user")).default_filter == "status=all"
    await saved_filters.save(cast.user, "Zwei", CLOSED)
    two = next(row["id"] for row in await saved_filters.of_person(cast.user) if row["name"] == "Zwei")
    with pytest.raises(Refused):
        await saved_filters.rename(cast.user, two, "erledigt")
    await saved_filters.rename(cast.user, two, "zwei")


async def test_the_list_opens_with_the_default_until_it_goes(cast: Cast) -> None:
    await saved_filters.save(cast.user, "Erledigt", CLOSED)
    id = (await saved_filters.of_person(cast.user))[0]["id"]
    await saved_filters.open_with(cast.user, id)
    me = await cast.again("user")
    assert TicketFilter.for_person((), me).statuses == ("closed",)
    await saved_filters.delete(me, id)
    me = await cast.again("user")
    assert (me.default_filter, TicketFilter.for_person((), me)) == ("", TicketFilter.default(me))


async def test_there_are_at_most_twenty_also_of_those_that_come_at_once(cast: Cast) -> None:
    for n in range(saved_filters.MOST - 1):
        await SavedFilter.create(person=cast.user, name=f"Nr {n}", query=CLOSED)
    six = (saved_filters.save(cast.user, f"Zugleich {n}", CLOSED) for n in range(6))
    answers = await asyncio.gather(*six, return_exceptions=True)
    assert [type(answer) for answer in answers if answer] == [Refused] * 5
    assert len(await names(cast)) == saved_filters.MOST
    with pytest.raises(Refused):
        await saved_filters.save(cast.colleague, "Lang", "x" * 501)


def test_a_filter_is_spelt_out_so_that_it_means_the_same_after_a_change_of_role() -> None:
    every = TicketFilter(statuses=("user_review",), default_statuses=("user_review",), page=3)
    assert every.spelt_out() == "status=user_review"
    assert TicketFilter(default_statuses=("it_review",)).spelt_out() == "status=all"
