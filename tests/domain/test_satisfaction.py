"""The question in the closing letter: asked where one wants it, answered by a link, read by EDV and staff."""

from datetime import timedelta

import pytest

from app import clock
from app.database import execute
from app.domain import satisfaction
from app.domain.models import Letter, TicketEvent, Token
from app.domain.satisfaction import Question
from app.mail import contents
from tests.cast import Cast


async def asks(cast: Cast) -> None:
    await execute(
        "INSERT INTO organisation_rules (organisation_id, asks_satisfaction) VALUES (?, ?)", cast.nord.id, True
    )


async def closed(cast: Cast) -> int:
    number = await cast.ticket("user", handed_over=True)
    await cast.move("staff", number, "close")
    return number


async def token(cast: Cast, number: int) -> str:
    found = await satisfaction.ask(cast.user, await cast.see("user", number))
    assert found
    return found


async def question(cast: Cast, number: int) -> Question:
    found = await satisfaction.find(await token(cast, number))
    assert found
    return found


async def test_the_letter_asks_only_where_the_organisation_wants_it(cast: Cast) -> None:
    await closed(cast)
    letter = await Letter.get(letter="closed")
    quiet = await contents.read([letter], cast.settings)
    assert quiet.content
    assert not quiet.content.matters[0].news[0].links
    await asks(cast)
    reading = await contents.read([letter], cast.settings)
    assert reading.content
    news = reading.content.matters[0].news[0]
    assert [label for label, _ in news.links] == ["Zufrieden", "Teils, teils", "Nicht zufrieden"]
    assert news.links[0][1].startswith(f"{cast.settings.base_url}/rating/")
    assert news.links[0][1].endswith("?value=3")
    secret = news.links[0][1].partition("/rating/")[2].partition("?")[0]
    assert not await Token.filter(token_hash=secret).exists(), "only its hash is kept"


async def test_an_answer_counts_once_for_a_closing_and_can_be_changed(cast: Cast) -> None:
    await asks(cast)
    number = await closed(cast)
    for value, words in ((3, ""), (1, "Es trat wieder auf")):
        await satisfaction.answer(await question(cast, number), value, words)
    assert await TicketEvent.filter(ticket_id=number, kind="rated").count() == 1
    found = await satisfaction.of_ticket(cast.edv, number)
    assert found
    assert (found["value"], found["words"]) == (1, "Es trat wieder auf")
    again = await question(cast, number)
    assert (again.value, again.words) == (1, "Es trat wieder auf")
    await cast.move("user", number, "reopen")
    await cast.move("staff", number, "close")
    assert (await question(cast, number)).value is None, "another closing is another question"
    await satisfaction.answer(await question(cast, number), 3, "")
    newest = await satisfaction.of_ticket(cast.staff, number)
    assert newest
    assert newest["value"] == 3


@pytest.mark.parametrize("who", ["user", "colleague", "reader", "stranger", "strange_edv"])
async def test_only_staff_and_the_organisations_edv_read_the_answer(cast: Cast, who: str) -> None:
    await asks(cast)
    number = await closed(cast)
    await satisfaction.answer(await question(cast, number), 2, "Geht so")
    assert await satisfaction.of_ticket(cast.person(who), number) is None


async def test_a_link_opens_nothing_after_its_time_and_for_whom_it_is_no_longer(cast: Cast) -> None:
    await asks(cast)
    number = await closed(cast)
    link = await token(cast, number)
    assert await satisfaction.find("x" * 43) is None
    assert await satisfaction.ask(cast.edv, await cast.see("edv", number)) is None, "only the reporter is asked"
    await cast.set(number, deleted=True)
    assert await satisfaction.find(link) is None
    await cast.set(number, deleted=False)
    assert await satisfaction.find(link)
    await Token.all().update(expires_at=clock.now() - timedelta(seconds=1))
    assert await satisfaction.find(link) is None


async def test_an_open_ticket_asks_nothing(cast: Cast) -> None:
    await asks(cast)
    number = await cast.ticket("user")
    assert await satisfaction.ask(cast.user, await cast.see("user", number)) is None
