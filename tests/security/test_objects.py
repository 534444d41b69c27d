"""Reaching for what is not one's own by its number: every address that names something × who asks × whose it is.

What somebody may not see answers exactly as a number that was never given, and nothing changes. The addresses come from
the application itself: one that names something new fails until it stands here.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from app.domain import x3
from app.domain.models import AccessRequest, Attachment, Letter, Module, Person, Session, Ticket, X3Key
from app.main import create_app
from tests.cast import Cast, Portal
from tests.web.reading import without_keys
from tests.web.test_routes import rules

NEVER_GIVEN = 999_999
EVERYBODY = ("user", "colleague", "reader", "edv", "stranger", "strange_edv", "staff")

# Whose ticket → who sees it (product.md 2); all in „Mitglieder“ but the last.
TICKETS = {
    "the user's own": "user reader edv",
    "the user's own, handed over": "user reader edv staff admin",
    "the colleague's": "colleague reader edv",
    "the stranger's": "stranger strange_edv",
    "the stranger's, handed over": "stranger strange_edv staff admin",
    "deleted, never handed over": "user reader edv",
    "deleted, once handed over": "user reader edv staff admin",
    "the user's own in a module that nobody else there uses": "user",
}

# What an address names → the addresses. `ticket` and `file` are asked of every ticket above by everybody.
NAMED = {
    "ticket": (
        "GET /tickets/<int:number>", "GET /tickets/<int:number>.pdf", "POST /tickets/<int:number>/messages",
        "GET /tickets/<int:number>/complete.pdf", "GET /tickets/<int:number>/as-reporter",
        "POST /tickets/<int:number>/text-block", "GET /tickets/<int:number>/merge", "POST /tickets/<int:number>/merge",
        "GET /tickets/<int:number>/moves/<move>", "POST /tickets/<int:number>/moves/<move>",
        "GET /tickets/<int:number>/news", "GET /tickets/<int:number>/earlier",
        "POST /tickets/<int:number>/read", "POST /tickets/<int:number>/responsible",
        "POST /tickets/<int:number>/draft", "POST /tickets/<int:number>/draft/discard",
        "GET /tickets/<int:number>/participants", "POST /tickets/<int:number>/participants",
        "POST /tickets/<int:number>/participants/join", "GET /tickets/<int:number>/participants/leave",
        "POST /tickets/<int:number>/participants/leave", "GET /tickets/<int:number>/priority",
        "POST /tickets/<int:number>/priority",
    ),
    "participant": ("POST /tickets/<int:number>/participants/<int:id>/remove",),
    "filter": (
        "GET /tickets/filters/<int:id>", "POST /tickets/filters/<int:id>", "GET /tickets/filters/<int:id>/delete",
        "POST /tickets/filters/<int:id>/delete",
    ),
    "file": ("GET /tickets/<int:number>/attachments/<int:id>",),
    "person": (
        "GET /organisation/people/<int:id>", "POST /organisation/people/<int:id>", "GET /staff/people/<int:id>",
        "POST /staff/people/<int:id>", "GET /staff/people/<int:id>/activation",
        "POST /staff/people/<int:id>/activation", "GET /staff/people/<int:id>/deactivation",
        "POST /staff/people/<int:id>/deactivation", "POST /staff/people/<int:id>/invitation",
        "GET /staff/people/<int:id>/pseudonym", "POST /staff/people/<int:id>/pseudonym",
        "GET /staff/people/<int:id>/second-factor", "POST /staff/people/<int:id>/second-factor",
    ),
    "session": ("POST /settings/sessions/<int:id>",),
    "organisation": (
        "GET /staff/organisations/<int:id>", "POST /staff/organisations/<int:id>",
        "POST /staff/organisations/<int:id>/modules", "GET /staff/organisations/<int:id>/retention",
        "POST /staff/organisations/<int:id>/retention", "GET /staff/organisations/<int:id>/rules",
        "POST /staff/organisations/<int:id>/rules", "GET /staff/organisations/<int:organisation>/x3-keys",
        "POST /staff/organisations/<int:organisation>/x3-keys",
    ),
    "key": (
        "GET /staff/organisations/<int:organisation>/x3-keys/<int:id>/revocation",
        "POST /staff/organisations/<int:organisation>/x3-keys/<int:id>/revocation",
        "GET /staff/organisations/<int:organisation>/x3-keys/<int:id>/successor",
        "POST /staff/organisations/<int:organisation>/x3-keys/<int:id>/successor",
    ),
    "request": (
        "GET /api/x3/access-requests/<int:id>", "POST /staff/access-requests/<int:id>/approval",
        "POST /staff/access-requests/<int:id>/refusal",
    ),
    "text block": (
        "GET /tickets/<int:number>/text-blocks/<int:id>", "GET /staff/text-blocks/<int:id>",
        "POST /staff/text-blocks/<int:id>",
        "GET /staff/text-blocks/<int:id>/delete", "POST /staff/text-blocks/<int:id>/delete",
    ),
    "module": ("GET /staff/modules/<int:id>", "POST /staff/modules/<int:id>"),
    "absence": ("GET /absences/<int:id>/end", "POST /absences/<int:id>/end"),
    "assignment rule": (
        "GET /staff/assignment/<int:id>", "POST /staff/assignment/<int:id>", "GET /staff/assignment/<int:id>/removal",
        "POST /staff/assignment/<int:id>/removal",
    ),
    "letter": ("POST /staff/mail/<int:id>/retry",),
    # 256 random bits or one of our own files: there is nothing to count up.
    "secret": (
        "GET /invitation/<token>", "POST /invitation/<token>", "GET /password/reset/<token>",
        "POST /password/reset/<token>", "GET /reopen/<token>", "POST /reopen/<token>",
        "GET /rating/<token>", "POST /rating/<token>", "GET /static/<path:path>",
    ),
}  # fmt: skip


@pytest.mark.sqlite_only
def test_no_address_names_something_unknown_to_this_table(database: object) -> None:
    there = [rule for rule in rules(create_app(database)) if "<" in rule]  # type: ignore[arg-type]
    assert there == sorted(rule for named in NAMED.values() for rule in named)


async def ask(portal: Portal, rule: str, **ids: int) -> httpx.Response:
    """Follow an address with these numbers in it, as somebody would who means to change something."""
    method, path = rule.split(" ")
    for name, value in ids.items():
        path = path.replace(f"<int:{name}>", str(value))
    path = path.replace("<move>", "close")
    if method == "GET":
        return await portal.get(path)
    return await portal.send_form(path, version=1, body="Eingedrungen", audience="everyone", responsible=8, stamp="x")


def said(answer: httpx.Response, number: int) -> str:
    """A page without its form keys and without the address that one came by."""
    return without_keys(answer).replace(str(answer.request.url.path), "…").replace(f"/tickets/{number}", "…")


@dataclass
class Made:
    """The tickets of the table, each with a file for everybody and one for its own side."""

    numbers: dict[str, int]
    files: dict[int, tuple[int, int]]

    def hidden_from(self, who: str) -> Iterator[int]:
        """The numbers that do not exist for somebody."""
        return (self.numbers[whose] for whose, seen in TICKETS.items() if who not in seen.split())


async def make(cast: Cast) -> Made:
    """Every ticket of the table."""
    numbers: dict[str, int] = {}
    for whose in TICKETS:
        by = next((who for who in ("stranger", "colleague") if who in whose), "user")
        number = await cast.ticket(by, files=[await cast.file("alle.png")])
        await cast.note(by, number, "Unter uns", [await cast.file("intern.png")])
        numbers[whose] = number
        await cast.set(number, handed_over="handed over" in whose and "never" not in whose)
        if whose.startswith("deleted"):
            await cast.set(number, deleted=True)
        if "module" in whose:
            await cast.set(number, module_id=cast.finance.id)
    files = {
        number: tuple(row.id for row in await Attachment.filter(ticket_id=number).order_by("id"))
        for number in numbers.values()
    }
    return Made(numbers, files)  # type: ignore[arg-type]


async def state() -> list[tuple[object, ...]]:
    """What an intruder would have changed."""
    tickets = await Ticket.all().order_by("number").values_list("number", "status", "version", "responsible_id")
    people = await Person.all().order_by("id").values_list("id", "active", "role", "organisation_id", "may_hand_over")
    return [*tickets, *people]  # type: ignore[list-item]


@pytest.mark.sqlite_first
async def test_what_is_not_ones_own_is_not_there_at_any_address(portal: Portal, cast: Cast) -> None:
    made = await make(cast)
    before = await state()
    for who in EVERYBODY:
        await portal.sign_in(who)
        hidden = list(made.hidden_from(who))
        for rule in (*NAMED["ticket"], *NAMED["file"]):
            nothing = said(await ask(portal, rule, number=NEVER_GIVEN, id=1), NEVER_GIVEN)
            for number in hidden:
                for id in made.files[number] if rule in NAMED["file"] else (0,):
                    answer = await ask(portal, rule, number=number, id=id)
                    assert answer.status_code == 404, f"{who}: {rule} of {number}"
                    assert said(answer, number) == nothing, f"{who}: {rule} of {number} tells that it is there"
        assert {n for n in made.numbers.values() if await cast.sees(who, n)} == set(made.numbers.values()) - set(hidden)
    assert await state() == before


async def test_a_file_opens_only_through_its_own_ticket_and_for_its_own_side(portal: Portal, cast: Cast) -> None:
    made = await make(cast)
    rule = NAMED["file"][0]
    for who in ("user", "strange_edv", "staff"):
        await portal.sign_in(who)
        side = "stranger" if who == "strange_edv" else "user"
        own = made.numbers[f"the {side}'s{' own' if side == 'user' else ''}, handed over"]
        opened = {
            file: (await ask(portal, rule, number=own, id=file)).status_code
            for files in made.files.values() for file in files
        }  # fmt: skip
        shared, internal = made.files[own]
        expected = {shared} if who == "staff" else {shared, internal}
        assert {file for file, status in opened.items() if status == 200} == expected, who
        assert {status for file, status in opened.items() if file not in expected} == {404}, who


async def test_without_a_session_nothing_is_there(portal: Portal, cast: Cast) -> None:
    made = await make(cast)
    for rule in (*NAMED["ticket"], *NAMED["file"]):
        there, nowhere = made.numbers["the user's own, handed over"], NEVER_GIVEN
        answers = [await ask(portal, rule, number=number, id=1) for number in (there, nowhere)]
        # To the sign-in page, or to one that keeps what was typed.
        assert {answer.status_code for answer in answers} in ({303}, {401}), rule
        assert said(answers[0], there) == said(answers[1], nowhere), rule
        for answer, number in zip(answers, (there, nowhere), strict=True):
            wanted = answer.headers.get("Location", "").replace(str(number), "")
            assert wanted.startswith("/login") or answer.status_code == 401, rule


# Whose account is asked for → who reaches it at which of the two addresses.
PEOPLE = {
    "user": {"/organisation": "edv", "/staff": "staff admin"},
    "edv": {"/organisation": "edv", "/staff": "staff admin"},
    "stranger": {"/organisation": "strange_edv", "/staff": "staff admin"},
    "staff": {"/organisation": "", "/staff": "staff admin"},
    "admin": {"/organisation": "", "/staff": "staff admin"},
}


@pytest.mark.sqlite_only
async def test_accounts_of_other_organisations_are_not_there(portal: Portal, cast: Cast) -> None:
    before = await state()
    for who in ("edv", "strange_edv", "staff"):
        await portal.sign_in(who)
        for rule in NAMED["person"]:
            place = "/staff" if " /staff" in rule else "/organisation"
            for whose, reached in PEOPLE.items():
                if who not in reached[place].split():
                    answer = await ask(portal, rule, id=cast.person(whose).id)
                    assert answer.status_code in (403, 404), f"{who}: {rule} of {whose}"
    assert await state() == before


@pytest.mark.sqlite_only
async def test_nobody_signs_out_somebody_elses_device(portal: Portal, cast: Cast) -> None:
    async with portal.another() as victim:
        await victim.sign_in("colleague")
        theirs = await Session.get(person_id=cast.colleague.id)
        for who in ("user", "edv", "strange_edv", "staff", "admin"):
            await portal.sign_in(who)
            await ask(portal, NAMED["session"][0], id=theirs.id)
        assert (await victim.get("/")).status_code == 200


@pytest.mark.sqlite_only
async def test_a_key_is_reached_through_its_own_organisation_only(portal: Portal, cast: Cast) -> None:
    key, secret = await x3.issue_key(cast.admin, cast.nord.id, "Nord")
    await portal.sign_in("admin")
    for rule in NAMED["key"]:
        for organisation in (cast.sued.id, cast.vendor.id, NEVER_GIVEN):
            assert (await ask(portal, rule, organisation=organisation, id=key.id)).status_code == 404, rule
    for who in ("edv", "strange_edv", "staff"):
        await portal.sign_in(who)
        for rule in NAMED["key"]:
            assert (await ask(portal, rule, organisation=cast.nord.id, id=key.id)).status_code == 403, rule
    assert (await x3.key_organisation(secret, "192.0.2.1")).id == key.id, "it still opens"
    assert await X3Key.all().count() == 1


@pytest.mark.sqlite_only
async def test_what_the_vendor_keeps_for_itself_is_forbidden_whatever_its_number(portal: Portal, cast: Cast) -> None:
    assert await AccessRequest.all().count() == await Letter.all().count() == 0
    for who in ("user", "edv", "strange_edv"):
        await portal.sign_in(who)
        for kind in ("organisation", "request", "module", "letter"):
            for rule in (rule for rule in NAMED[kind] if " /api/" not in rule):
                for id in (1, NEVER_GIVEN):
                    answer = await ask(portal, rule, id=id, organisation=id)
                    assert answer.status_code == 403, f"{who}: {rule} of {id}"
    assert await Module.all().count() == 3
