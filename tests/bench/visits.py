"""What is measured: the portal's hot pages and deeds, each as its people ask for it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count, cycle

from app.demo.accounts import PASSWORD
from tests.bench.browser import Answer, Browser, Request, form, hidden
from tests.bench.corpora import Facts

EDV, STAFF = "edv-nord", "staff"
OPEN_TICKETS = 24  # that replies and moves go to, so that sixteen people do not all wait for one row
REFUSED = 503  # a document that was not made in time
FRAGMENT = {"HX-Request": "true", "HX-Target": "tickets-results"}
WORDS = {"common": "mitglied", "two words": "beitrag+rechnung", "prefix": "ver"}
TEXT = (
    "Guten Tag,\n\ndanke für die Rückmeldung. Wir haben den Beitragslauf heute noch einmal gestartet, und die "
    "Rechnungen der Mitglieder stimmen jetzt. Eine Frage bleibt: Warum fehlen im Seminarbericht die Anmeldungen vom "
    "letzten Freitag? Bitte prüfen Sie, ob der Import der Anmeldungen vollständig war, und sagen Sie uns, was wir bei "
    "der nächsten Abrechnung anders machen sollen.\n\nFreundliche Grüße"
)


class OpenPages:
    """The tickets that somebody has open: their forms carry what the page showed."""

    def __init__(self, browser: Browser, module: int, tickets: int = OPEN_TICKETS) -> None:
        self.state: dict[int, dict[str, str]] = {}
        for _ in range(tickets):
            made = browser.ask(new_ticket(module))
            assert made.status == 303, made.status
            number = made_number(made.headers["location"])
            self.state[number] = {"move": "close"} | shown_by(browser.get(f"/tickets/{number}").text)
        self.turn = cycle(list(self.state))


def made_number(location: str) -> int:
    """The number of a ticket, out of the address that its form leads to."""
    return int(location.partition("?")[0].rpartition("/")[2])


def shown_by(page: str) -> dict[str, str]:
    """What a ticket's page gives its forms to carry."""
    return {name: hidden(name, page) for name in ("version", "after")}


@dataclass(frozen=True)
class Visit:
    """One thing that somebody does.

    Documents are made two at a time by each process, eight may wait, and who comes then is sent away: their crowds are
    so small that nobody is, nor is a sign-in (two at a time, forty may wait). Nobody types a wrong password.
    """

    name: str
    who: str
    request: Callable[[Facts], Request]
    page: str = ""  # pages whose plain SQL is the floor: „list“ or „ticket“; „reply“ for its bare insert
    deed: str = ""  # „reply“ or „move“ on a ticket that is open in this browser
    search: bool = False  # is held against the unfiltered list of the same person
    dear: bool = False  # takes long, so fewer times
    crowd: int = 16  # so many at once; 0: alone, with somebody else who waits beside it
    sizes: str = "both"  # „large“: needs more tickets than the small corpus has


def new_ticket(module: int) -> Request:
    """The form for a new ticket, filled in."""
    return form(
        "/tickets", category="request", module=module, subject="Seminarbericht ohne Anmeldungen", priority="normal",
        description=TEXT,
    )  # fmt: skip


def _get(path: str, **headers: str) -> Callable[[Facts], Request]:
    return lambda facts: Request(path.format(**vars(facts)), headers=headers)


def _lists() -> Iterable[Visit]:
    for who in (EDV, STAFF):
        yield Visit("list", who, _get("/tickets"), page="list")
        yield Visit("list, every status", who, _get("/tickets?status=all"), page="list")
        yield Visit("list, page 20", who, _get("/tickets?status=all&page=20"), page="list", sizes="large")
        yield Visit(
            "filter fragment", who, _get("/tickets?status=all&priority=high", **FRAGMENT), page="list"
        )  # fmt: skip


def _searches() -> Iterable[Visit]:
    places = {EDV: "", STAFF: "", "one organisation": "&organisation={organisation}"}
    for place, more in places.items():
        who, where = (place, "") if not more else (STAFF, ", one organisation")
        for kind, words in {"rare": "{rare}", **WORDS, "number": "{short}"}.items():
            yield Visit(f"search, {kind}{where}", who, _get(f"/tickets?status=all&q={words}{more}"), search=True)


def _tickets() -> Iterable[Visit]:
    for who in (EDV, STAFF):
        yield Visit("ticket, 6 messages", who, _get("/tickets/{short}"), page="ticket")
        yield Visit("ticket, 150 messages", who, _get("/tickets/{long}"), page="ticket")


def _deeds() -> Iterable[Visit]:
    yield Visit("reply", EDV, _get(""), deed="reply", page="reply")
    yield Visit("move", EDV, _get(""), deed="move")
    yield Visit("new ticket", EDV, lambda facts: new_ticket(facts.module))
    yield Visit("sign-in", "", lambda facts: _sign_in(next(_person)))


_person = count()
_ACCOUNTS = ("user-nord", "user2-nord", "edv-nord", "user-sued", "edv-sued", "staff")


def _sign_in(turn: int) -> Request:
    return form("/login", user_name=_ACCOUNTS[turn % len(_ACCOUNTS)], password=PASSWORD, next="")


def _documents() -> Iterable[Visit]:
    yield Visit("report", EDV, _get("/report"), dear=True)
    yield Visit("report", STAFF, _get("/report"), dear=True, crowd=4)
    yield Visit("PDF, 6 messages", EDV, _get("/tickets/{short}.pdf"), dear=True, crowd=8)
    yield Visit("PDF, 150 messages", EDV, _get("/tickets/{long}.pdf"), dear=True, crowd=2)
    excel = "/tickets/export.xlsx?status=all"
    yield Visit(
        "Excel, 1,000 rows", STAFF, _get(excel + "&organisation={thousand}"), dear=True, crowd=4, sizes="large"
    )  # fmt: skip
    yield Visit("Excel, 20,000 rows", STAFF, _get(excel), dear=True, crowd=0, sizes="large")


VISITS = (*_lists(), *_searches(), *_tickets(), *_deeds(), *_documents())


def make(visit: Visit, facts: Facts, browser: Browser, pages: OpenPages) -> Answer:
    """Do what the visit says in this browser; raises AssertionError for an answer that is not the wished one."""
    if not visit.deed:
        request = visit.request(facts)
        answer = browser.ask(request)
        fine = (303,) if request.method == "POST" else (200, REFUSED) if visit.dear else (200,)
        assert answer.status in fine, (visit, answer.status)
        return answer
    number = next(pages.turn)
    shown = pages.state[number]
    answer = browser.ask(deed(visit.deed, number, shown))
    assert answer.status == 200, (visit, answer.status)
    if visit.deed == "move":
        shown["move"] = "reopen" if shown["move"] == "close" else "close"
    shown |= shown_by(answer.text)
    return answer


def deed(kind: str, number: int, shown: dict[str, str]) -> Request:
    """A reply or a move, as the open page sends it."""
    marks = {name: shown[name] for name in ("version", "after")}
    if kind == "move":
        return form(f"/tickets/{number}/moves/{shown['move']}", htmx=True, **marks)
    return form(f"/tickets/{number}/messages", htmx=True, body=TEXT, audience="everyone", **marks)
