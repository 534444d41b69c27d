"""Any sequence of moves and messages by anybody on one ticket, against a model written by hand from product.md 3.1.

Whatever the cast does, the ticket stays within the table, no journal entry and no message is lost or doubled, and what
was written for one side is nowhere for the other: page, news, list, search, PDF, Excel, letters.
"""

import io
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import openpyxl
import pypdf
import pytest
from hypothesis import HealthCheck, given, note
from hypothesis import settings as rounds
from hypothesis import strategies as st

from app.domain import search, tickets
from app.domain.models import Audience, Letter, Message, Participant, Ticket, TicketEvent
from app.domain.refusals import Conflict, NotAllowed, NotVisible, Refused
from app.domain.ticket_filter import TicketFilter
from app.mail import contents
from tests.cast import HTMX, Cast, Portal, form_key
from tests.conftest import DATABASE

OPEN = {"it_review", "user_review", "vendor_review"}
STAFF = ("staff", "admin")
HELPERS = ("colleague", "deputy")  # take part from the start
EVERYBODY = ("user", "reader", "edv", "stranger", "strange_edv", *HELPERS, *STAFF)
WRITERS = {"user", "edv", *HELPERS, *STAFF}
# move → from, who, whether it needs a message
MOVES: dict[str, tuple[set[str], set[str], bool]] = {
    "handover": ({"it_review", "user_review"}, {"deputy", "edv"}, False),
    "to_it": ({"user_review", "vendor_review"}, {"user", *STAFF}, False),
    "to_user": ({"it_review", "vendor_review"}, {"edv", *STAFF}, True),
    "escalate": (OPEN, {"user", "edv", *HELPERS}, True),
    "calm": (OPEN, set(STAFF), True),
    "close": (OPEN, {"user", "edv", *STAFF}, False),
    "reopen": ({"closed"}, {"user", "edv", *STAFF}, False),
    "delete": (OPEN | {"closed"}, {"user", "edv", *STAFF}, False),
    "restore": ({"closed"}, {"edv", *STAFF}, False),
}
Refusal = type[Exception] | None


@dataclass(frozen=True)
class Step:
    """Somebody tries something; `honest` picks among what can be done now, so that a life gets somewhere."""

    dice: int
    honest: bool
    text: bool
    audience: str  # everyone, own, other
    stale: bool
    twice: bool


@dataclass
class Life:
    """What the ticket must be now."""

    number: int
    status: str = "it_review"
    handed: bool = False
    escalated: bool = False
    deleted: bool = False
    version: int = 1
    journal: list[tuple[str, str]] = field(default_factory=lambda: [("user", "created")])
    said: dict[str, Audience] = field(default_factory=dict)
    part: set[str] = field(default_factory=lambda: {"user", *HELPERS})

    def sees(self, who: str) -> bool:
        """Whether there is such a ticket for somebody."""
        return who not in ("stranger", "strange_edv") and (who not in STAFF or self.handed)

    def reads(self, who: str) -> set[str]:
        """The words that somebody may read."""
        own = Audience.VENDOR if who in STAFF else Audience.ORGANISATION
        return {word for word, audience in self.said.items() if audience in ("everyone", own) and self.sees(who)}

    def refuses(self, who: str, verb: str, text: bool, audience: Audience) -> Refusal:
        """How the portal has to answer; None when it must be done."""
        sources, allowed, needs = MOVES.get(verb, (OPEN, WRITERS, True))
        mine = who in allowed or (verb == "handover" and who == "user" and self.handed)
        if not self.sees(who):
            return NotVisible
        if not mine or (text and audience == (Audience.ORGANISATION if who in STAFF else Audience.VENDOR)):
            return NotAllowed
        if verb == "message":
            return Refused if not text else None if self.status in OPEN else Conflict
        fits = self.deleted == (verb == "restore") and self.status in sources
        if not fits or (verb == "escalate" and self.escalated) or (verb == "calm" and not self.escalated):
            return Conflict
        if needs and not text:
            return Refused
        for_others = verb == "escalate" or (verb in ("to_user", "calm") and audience == Audience.VENDOR)
        return Refused if text and for_others and audience != Audience.EVERYONE else None

    def do(self, who: str, verb: str, word: str, audience: Audience) -> None:
        """What must have changed."""
        if word:
            self.said[word] = audience
        if verb != "message":
            self.version += 1
            self.journal.append((who, verb))
            self.handed = self.handed or verb == "handover"
            self.escalated = {"escalate": True, "calm": False}.get(verb, self.escalated)
            self.deleted = {"delete": True, "restore": False}.get(verb, self.deleted)
            back = "vendor_review" if self.handed else "it_review"
            targets = {"handover": "vendor_review", "to_it": "it_review", "to_user": "user_review", "close": "closed"}
            self.status = {**targets, "reopen": back, "delete": "closed"}.get(verb, self.status)
        if word and audience == Audience.EVERYONE and who not in self.part:
            self.part.add(who)
            if who not in STAFF:
                self.journal.append((who, "participant"))

    def possible(self) -> Iterator[tuple[str, str]]:
        """Who can do what now, with words for everybody."""
        for who in EVERYBODY:
            for verb in ("message", *MOVES):
                if self.refuses(who, verb, True, Audience.EVERYONE) is None:
                    yield who, verb


async def attempt(cast: Cast, life: Life, step: Step) -> None:
    """Let it happen, and hold it against the model."""
    anything = [(who, verb) for who in EVERYBODY for verb in ("message", *MOVES)]
    choices = list(life.possible()) if step.honest else anything
    who, verb = choices[step.dice % len(choices)]
    text = step.text or step.honest
    sides = {"everyone": Audience.EVERYONE, "own": Audience.ORGANISATION, "other": Audience.VENDOR}
    audience = sides[step.audience]
    if who in STAFF and audience != Audience.EVERYONE:
        audience = Audience.VENDOR if audience == Audience.ORGANISATION else Audience.ORGANISATION
    word = f"wort{life.number}x{len(life.said)}e" if text else ""
    stale = step.stale and verb != "message"
    expected = life.refuses(who, verb, text, audience) or (Conflict if stale else None)
    note(f"{who} {verb} {word} {audience} {'stale ' * stale}→ {expected.__name__ if expected else 'done'}")
    key = form_key()
    for _ in range(1 + step.twice):
        assert await answer(cast, life, who, verb, word, audience, life.version - stale, key) is expected
        if expected:
            break
    if expected is None:
        life.do(who, verb, word, audience)
    await agree(cast, life)


async def answer(
    cast: Cast, life: Life, who: str, verb: str, word: str, audience: Audience, version: int, key: str
) -> Refusal:
    """Send it as a page of this version would."""
    try:
        row = await cast.see(who, life.number)
        if word or verb == "message":
            draft = tickets.Draft(word, key, audience)
            await tickets.reply(cast.person(who), row, draft, "" if verb == "message" else verb, version)
        else:
            await tickets.move(cast.person(who), row, verb, version, key)
    except (NotVisible, NotAllowed, Conflict, Refused) as refused:
        return type(refused)
    return None


async def agree(cast: Cast, life: Life) -> None:
    """The rows are what the model says: the state, the journal in its order, every message once."""
    row = await Ticket.get(number=life.number)
    marks = [at is not None for at in (row.handed_over_at, row.escalated_at, row.deleted_at)]
    assert (row.status, *marks, row.version) == (life.status, life.handed, life.escalated, life.deleted, life.version)
    names = {person.id: name for name, person in cast.people.items()}
    events = await TicketEvent.filter(ticket_id=life.number).order_by("id").values_list("actor_id", "kind")
    assert [(names[actor], kind) for actor, kind in events] == life.journal  # type: ignore[index, misc, has-type]
    said = await Message.filter(ticket_id=life.number).order_by("id").values_list("body", "audience")
    assert list(said) == list(life.said.items())


async def nobody_reads_too_much(portal: Portal, life: Life, documents: bool) -> None:
    """Everywhere where somebody could meet the words of this life."""
    for who in ("user", "edv", "staff", "stranger"):
        readable, hidden = life.reads(who), set(life.said) - life.reads(who)
        await portal.sign_in(who)
        page = (await portal.get(f"/tickets/{life.number}")).text
        news = (await portal.get(f"/tickets/{life.number}/news?after=0-0&version=0", headers=HTMX)).text
        assert {word for word in life.said if f"{word}<" in page} == readable, who
        assert not [word for word in hidden if word in page + news], who
        person = portal.cast.person(who)
        for word in hidden:
            asked = TicketFilter.read([("q", word), ("status", "")], person)
            found = {row["number"] for row in await search.find(asked, person)}
            assert life.number not in found, f"{who} finds {word}"
        if documents:
            assert not [word for word in hidden if word in await exported(portal, life)], who
    for letter in await Letter.filter(to_id__not_isnull=True):
        reader = next(name for name, person in portal.cast.people.items() if person.id == letter.to_id)  # type: ignore[attr-defined]
        told = repr((await contents.read([letter], portal.cast.settings)).content)
        assert not [word for word in set(life.said) - life.reads(reader) if f"{word}'" in told], f"{reader} is written"


async def exported(portal: Portal, life: Life) -> str:
    """The words of PDF and Excel, whatever of them there is."""
    pdf = await portal.get(f"/tickets/{life.number}.pdf")
    found = [pypdf.PdfReader(io.BytesIO(pdf.content))] if pdf.status_code == 200 else []
    sheets = openpyxl.load_workbook(io.BytesIO((await portal.get("/tickets/export.xlsx?status=")).content))
    cells = [str(cell.value) for sheet in sheets for row in sheet.iter_rows() for cell in row]
    return " ".join([*cells, *(page.extract_text() for reader in found for page in reader.pages)])


def steps(seed: int, count: int) -> Iterator[Step]:
    """The first steps of a life; a shorter one begins as the longer one does, so that a failing one can be cut."""
    dice = random.Random(seed)
    for _ in range(count):
        yield Step(
            dice.randrange(10_000), dice.random() < 0.7, dice.random() < 0.6,
            dice.choice(["everyone", "everyone", "own", "own", "own", "other"]), dice.random() < 0.15,
            dice.random() < 0.25,
        )  # fmt: skip


ORDINARY: dict[str, Any] = {
    "deadline": None, "database": None, "print_blob": True,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}  # fmt: skip


async def live(portal: Portal, cast: Cast, seed: int, count: int, documents: bool) -> None:
    """One ticket's life from its first word to the last."""
    await Letter.all().delete()
    number = await cast.ticket("user", body="wortx")
    for helper in HELPERS:
        await Participant.create(ticket_id=number, person=cast.person(helper))
    life = Life(number, said={"wortx": Audience.EVERYONE})
    if seed % 3:  # otherwise the vendor comes in late or never
        await cast.move("edv", number, "handover")
        life.do("edv", "handover", "", Audience.EVERYONE)
    await agree(cast, life)
    for step in steps(seed, count):
        await attempt(cast, life, step)
    await nobody_reads_too_much(portal, life, documents)


@rounds(max_examples=8 if DATABASE == "sqlite" else 4, derandomize=True, **ORDINARY)
@given(seed=st.integers(1, 10**9), count=st.integers(6, 16))
async def test_no_life_of_a_ticket_leaves_the_table_or_shows_the_other_side_a_word(
    portal: Portal, cast: Cast, seed: int, count: int
) -> None:
    await live(portal, cast, seed, count, documents=count == 16)


@pytest.mark.long
@rounds(max_examples=300, **ORDINARY)
@given(seed=st.integers(1, 10**9), count=st.integers(1, 60))
async def test_no_long_life_does_either(portal: Portal, cast: Cast, seed: int, count: int) -> None:
    await live(portal, cast, seed, count, documents=count % 10 == 0)
