"""Every move × every state of a ticket × every person, against a table written by hand from product.md 3.1.

The ticket is the User's own. The colleague and the deputy take part in it, the deputy may hand over, the reader sees
the whole organisation but takes no part.
"""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain import policy, tickets
from app.domain.flow import MOVES
from app.domain.models import Audience, Participant, Status, Ticket, TicketEvent
from app.domain.refusals import Conflict, NotAllowed, NotVisible, Refused
from tests.cast import Cast, form_key

H, I, U, E, A, C, O, D, R, P = (  # noqa: E741
    "handover", "to_it", "to_user", "escalate", "calm", "close", "reopen", "delete", "restore", "close_unanswered",
)  # fmt: skip
NAMES = (H, I, U, E, A, C, O, D, R, P)
PEOPLE = ("user", "colleague", "reader", "deputy", "edv", "stranger", "strange_edv", "staff", "admin")
# Whoever cannot see the ticket; the vendor only until it is handed over.
NEVER_SEE = {"stranger", "strange_edv"}
VENDOR = {"staff", "admin"}
NOTHING: frozenset[str] = frozenset()

# (status, handed over before, escalated, deleted) → who can press what
IT, US, VE, CL = Status.IT_REVIEW, Status.USER_REVIEW, Status.VENDOR_REVIEW, Status.CLOSED
TABLE: dict[tuple[Status, bool, bool, bool], dict[str, set[str]]] = {
    (IT, False, False, False): {"user": {E, C, D}, "colleague": {E}, "deputy": {H, E}, "edv": {H, U, E, C, D}},
    (IT, False, True, False): {"user": {C, D}, "deputy": {H}, "edv": {H, U, C, D}},
    (IT, True, False, False): {
        "user": {H, E, C, D}, "colleague": {E}, "deputy": {H, E}, "edv": {H, U, E, C, D}, "staff": {U, C, D},
    },
    (IT, True, True, False): {
        "user": {H, C, D}, "deputy": {H}, "edv": {H, U, C, D}, "staff": {U, A, C, D},
    },
    (US, False, False, False): {"user": {I, E, C, D}, "colleague": {E}, "deputy": {H, E}, "edv": {H, E, C, D}},
    (US, False, True, False): {"user": {I, C, D}, "deputy": {H}, "edv": {H, C, D}},
    (US, True, False, False): {
        "user": {H, I, E, C, D}, "colleague": {E}, "deputy": {H, E}, "edv": {H, E, C, D}, "staff": {I, C, D},
    },
    (US, True, True, False): {
        "user": {H, I, C, D}, "deputy": {H}, "edv": {H, C, D}, "staff": {I, A, C, D},
    },
    (VE, True, False, False): {
        "user": {I, E, C, D}, "colleague": {E}, "deputy": {E}, "edv": {U, E, C, D}, "staff": {I, U, C, D},
    },
    (VE, True, True, False): {"user": {I, C, D}, "edv": {U, C, D}, "staff": {I, U, A, C, D}},
    (CL, False, False, False): {"user": {O, D}, "edv": {O, D}},
    (CL, True, False, False): {"user": {O, D}, "edv": {O, D}, "staff": {O, D}},
    (CL, True, True, False): {"user": {O, D}, "edv": {O, D}, "staff": {O, D}},
    (CL, False, False, True): {"edv": {R}},
    (CL, True, False, True): {"edv": {R}, "staff": {R}},
    (CL, True, True, True): {"edv": {R}, "staff": {R}},
}  # fmt: skip

# The column „who“: for these a wrong state is a conflict, for everybody else it is forbidden in any state.
RIGHTS = {
    H: {"deputy", "edv"},  # and the reporter of a ticket that was handed over before
    I: {"user", "staff", "admin"},
    U: {"edv", "staff", "admin"},
    E: {"user", "colleague", "deputy", "edv"},
    A: {"staff", "admin"},
    C: {"user", "edv", "staff", "admin"},
    O: {"user", "edv", "staff", "admin"},
    D: {"user", "edv", "staff", "admin"},
    R: {"edv", "staff", "admin"},
    P: set(),  # the portal's own, see test_chores.py
}
NEEDS_MESSAGE = {U, E, A}


def after(move: str, status: Status, handed: bool, escalated: bool) -> tuple[Status, bool, bool, bool]:
    """Status, handed over, escalated, deleted after the move: the column „to“."""
    return {
        H: (VE, True, escalated, False),
        I: (IT, handed, escalated, False),
        U: (US, handed, escalated, False),
        E: (status, handed, True, False),
        A: (status, handed, False, False),
        C: (CL, handed, escalated, False),
        O: (VE if handed else IT, handed, escalated, False),
        D: (CL, handed, escalated, True),
        R: (CL, handed, escalated, False),
    }[move]


def allowed(state: tuple[Status, bool, bool, bool], who: str) -> set[str]:
    """A cell of the table; an admin is as good as staff."""
    return TABLE[state].get("staff" if who == "admin" else who, set())


def expected(state: tuple[Status, bool, bool, bool], who: str, move: str) -> type[Exception] | None:
    """How the portal has to answer."""
    handed = state[1]
    if who in NEVER_SEE or (who in VENDOR and not handed):
        return NotVisible
    if move in allowed(state, who):
        return None
    rights = RIGHTS[move] | ({"user"} if move == H and handed else set())
    return Conflict if who in rights else NotAllowed


@pytest.fixture
async def number(cast: Cast) -> int:
    made = await cast.ticket("user")
    for helper in (cast.colleague, cast.deputy):
        await Participant.create(ticket_id=made, person=helper)
    return made


async def put(number: int, state: tuple[Status, bool, bool, bool]) -> None:
    """Bring the ticket into a state of the table."""
    now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    status, *marks = state
    handed, escalated, deleted = (now if mark else None for mark in marks)
    await Ticket.filter(number=number).update(
        status=status, handed_over_at=handed, escalated_at=escalated, deleted_at=deleted, waiting_since=now,
        escalated_by_id=None, escalation_reason=None,
    )  # fmt: skip


async def attempt(cast: Cast, who: str, number: int, move: str) -> type[Exception] | None:
    """Try a move, with a message where one is needed."""
    try:
        if move in NEEDS_MESSAGE:
            await cast.reply(who, number, f"Nachricht zu {move}", move=move)
        else:
            await cast.move(who, number, move)
    except (NotVisible, NotAllowed, Conflict) as error:
        return type(error)
    return None


def test_the_table_asks_about_every_move_state_and_person() -> None:
    assert set(MOVES) == set(NAMES)
    possible = {
        (status, handed, escalated, deleted)
        for status in Status
        for handed in (False, True)
        for escalated in (False, True)
        for deleted in (False, True)
        if (status == CL or not deleted) and (status != VE or handed)
    }
    # Closed, escalated and never handed over says nothing that the two beside it do not.
    assert possible - set(TABLE) == {(CL, False, True, False), (CL, False, True, True)}


def words(state: tuple[Status, bool, bool, bool]) -> str:
    """A state as the name of its test."""
    marks = ("handed over", "escalated", "deleted")
    return " ".join([state[0].value, *(mark for mark, set_ in zip(marks, state[1:], strict=True) if set_)])


@pytest.mark.parametrize("state", TABLE, ids=words)
async def test_buttons_are_exactly_those_of_the_table(
    cast: Cast, number: int, state: tuple[Status, bool, bool, bool]
) -> None:
    await put(number, state)
    for who in PEOPLE:
        if expected(state, who, C) is NotVisible:
            assert not await cast.sees(who, number), who
            continue
        offered = policy.moves_for(cast.person(who), await cast.see(who, number))
        assert {move.name for move in offered} == allowed(state, who), who


# The statements are the same on both databases: a quarter of the states is enough on the second one.
STATES = [state if not place % 4 else pytest.param(state, marks=pytest.mark.sqlite_only)
          for place, state in enumerate(TABLE)]  # fmt: skip


@pytest.mark.parametrize("state", STATES, ids=words)
async def test_a_move_does_what_the_table_says(cast: Cast, number: int, state: tuple[Status, bool, bool, bool]) -> None:
    for who in PEOPLE:
        for move in NAMES:
            await put(number, state)
            before = await Ticket.get(number=number)
            answer = await attempt(cast, who, number, move)
            assert answer is expected(state, who, move), f"{who}: {move}"
            now = await Ticket.get(number=number)
            if answer is None:
                assert shape(now) == after(move, *state[:3]), f"{who}: {move}"
                assert now.version == before.version + 1
                event = await TicketEvent.filter(ticket_id=number, kind=move).order_by("-id").first()
                assert event is not None
                assert event.actor_id == cast.person(who).id  # type: ignore[attr-defined]
            else:
                assert columns(now) == columns(before), f"{who}: {move} changed the ticket although it was refused"


def shape(ticket: Ticket) -> tuple[Status, bool, bool, bool]:
    """The ticket's state, as the table writes it."""
    return (
        ticket.status, ticket.handed_over_at is not None, ticket.escalated_at is not None, ticket.deleted_at is not None
    )  # fmt: skip


def columns(ticket: Ticket) -> dict[str, Any]:
    """Everything that stands in the ticket's row."""
    return {name: getattr(ticket, name) for name in Ticket._meta.db_fields}


@pytest.mark.parametrize("move", sorted(NEEDS_MESSAGE))
async def test_a_move_that_needs_a_message_is_refused_at_the_field_without_one(
    cast: Cast, number: int, move: str
) -> None:
    await put(number, (VE, True, move == A, False))
    who = {U: "edv", E: "user", A: "staff"}[move]
    before = columns(await Ticket.get(number=number))
    with pytest.raises(Refused) as refused:
        await cast.move(who, number, move)
    assert set(refused.value.fields) == {"body"}
    with pytest.raises(Refused):
        await cast.reply(who, number, "", move=move)
    file = await cast.file()
    with pytest.raises(Refused):  # a picture says nothing about why
        await cast.reply(who, number, "", move=move, files=[file])
    assert columns(await Ticket.get(number=number)) == before


async def test_a_move_that_does_not_exist_is_not_there(cast: Cast, number: int) -> None:
    row = await cast.see("user", number)
    for name in ("", "escalat", "MOVES", "close ", "__class__"):
        with pytest.raises(NotVisible):
            await tickets.move(cast.user, row, name, row["version"])
    draft = tickets.Draft("Text", form_key(), Audience.EVERYONE)
    with pytest.raises(NotVisible):
        await tickets.reply(cast.user, row, draft, "nonsense", row["version"])
    with pytest.raises(NotVisible):
        await tickets.reply(cast.reader, await cast.see("reader", number), draft, "nonsense", row["version"])
