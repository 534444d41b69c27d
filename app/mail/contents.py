"""What letters say, looked up when they are sent: only what their reader may still read then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app import clock, language
from app.config import Settings
from app.database import Row, atomic
from app.domain import chores, flow, outbox, passwords, reopening, satisfaction, thread, tickets, tokens
from app.domain.models import AccessRequest, Letter, Person, Priority, Purpose, RequestState
from app.domain.refusals import NotVisible
from app.language import GERMAN, format_date, format_datetime, translate
from app.mail.letters import Content, Matter, News, Quote
from app.mail.texts import DIGEST_SUBJECT, DIGEST_WHY, TEXTS, Text

LONGEST_IN_DIGEST = 1000
CLOSINGS = ("closed",)  # what tells a reporter that their ticket is closed
NEW_MATTERS = ("ticket_to_review", "handed_over", "taking_part", "created_for_you")


@dataclass(frozen=True)
class Reading:
    """What came of the letters: one content for those that still are for somebody, None when there are none."""

    content: Content | None
    kept: Sequence[Letter] = ()


@dataclass(frozen=True)
class Piece:
    """One letter about a ticket that its reader may see."""

    letter: Letter
    ticket: Row
    values: Mapping[str, object]
    quote: Quote | None
    question: str = ""
    links: Sequence[tuple[str, str]] = ()

    @property
    def text(self) -> Text:
        """The letter's words."""
        return TEXTS["closed_unanswered" if self.letter.context.get("unanswered") else self.letter.letter]

    @property
    def news(self) -> News:
        """What happened."""
        quote = self.quote
        if quote and self.letter.digest:
            named = self.letter.letter == "new_message"  # there the title has the author already
            quote = replace(quote, heading="" if named else quote.heading, longest=LONGEST_IN_DIGEST)
        title = translate(self.text.title, **self.values)
        return News(title, self.letter.created_at, quote, self.question, self.links)


async def read(letters: Sequence[Letter], settings: Settings) -> Reading:
    """What these letters, all for one reader, say; one that may be read by nobody any more is not kept.

    Raises LookupError, TypeError or ValueError for a letter that this version of the portal cannot write.
    """
    first = letters[0]
    person = await _reader(first)
    with language.speaking((person.language or person.browser_language) if person else GERMAN):
        if first.letter in outbox.TICKET_LETTERS:
            if person is None:
                return Reading(None)
            pieces = [piece for letter in letters if (piece := await _piece(letter, person, settings))]
            if not pieces and first.letter == "review_overdue":
                return await _unseen(first, person, settings)
            return _about_tickets(pieces, person, settings, await _reopening(pieces, person, settings))
        content = await _about_account(first, person, settings)
        return Reading(content, letters if content else ())


async def _reader(letter: Letter) -> Person | None:
    """The active person that the letter is for; a link for a forgotten password is for whoever has the address now."""
    people = Person.filter(active=True).select_related("organisation")
    if letter.letter == "password_reset":
        return await people.filter(email=letter.address.lower()).first()
    return await people.filter(id=letter.to_id).first() if letter.to_id else None


# --- tickets ---


def _about_tickets(
    pieces: Sequence[Piece], person: Person, settings: Settings, second: tuple[str, str] | None
) -> Reading:
    if not pieces:
        return Reading(None)
    kept = [piece.letter for piece in pieces]
    if kept[0].digest:
        return Reading(_digest(pieces, person, settings), kept)
    piece, text = pieces[0], pieces[0].text
    number = piece.ticket["number"]
    content = Content(
        to=person.email, language=language.spoken(), subject=f"[#{number}] {piece.ticket['subject']}",
        title=piece.news.title, sentences=[translate(one, **piece.values) for one in text.sentences],
        matters=[_matter([piece], settings)], button=translate(text.button), url=_url(settings, number),
        why=translate(text.why, **piece.values), ticket=number, may_be_switched_off=True, second=second,
    )  # fmt: skip
    return Reading(content, kept)


async def _reopening(pieces: Sequence[Piece], person: Person, settings: Settings) -> tuple[str, str] | None:
    """The second button of a letter that tells of a closing: a link that opens the ticket again."""
    if len(pieces) != 1 or pieces[0].letter.digest or pieces[0].letter.letter not in CLOSINGS:
        return None
    token = await reopening.offer(person, pieces[0].ticket)
    return (translate("Wieder öffnen"), f"{settings.base_url}/reopen/{token}") if token else None


async def _unseen(letter: Letter, person: Person, settings: Settings) -> Reading:
    """For an EDV whose modules do not include the ticket's: that something waits, and who could look after it."""
    waiting = await chores.overdue_review(person, _number(letter, "ticket") or 0)
    if waiting is None or waiting["waiting_since"].isoformat() != letter.context["since"]:
        return Reading(None)
    names = ", ".join(waiting["reviewers"])
    values = {
        "module": waiting["module"], "organisation": person.organisation.name,
        "ago": language.ago(waiting["waiting_since"]),
    }  # fmt: skip
    who = translate("Das Modul betreuen: %(names)s.", names=names) if names else translate(
        "Zurzeit betreut niemand aus Ihrer EDV dieses Modul. Bitte sagen Sie %(vendor)s Bescheid."
    )  # fmt: skip
    content = _plain(
        TEXTS["review_overdue_unseen"], person.email, "", values, f"{settings.base_url}/organisation/people"
    )
    return Reading(replace(content, sentences=[*content.sentences, who], may_be_switched_off=True), [letter])


def _digest(pieces: Sequence[Piece], person: Person, settings: Settings) -> Content:
    by_ticket: dict[int, list[Piece]] = {}
    for piece in pieces:
        by_ticket.setdefault(piece.ticket["number"], []).append(piece)
    title = translate(DIGEST_SUBJECT, date=format_date(clock.now()))
    return Content(
        to=person.email, language=language.spoken(), subject=title, title=title,
        matters=[_matter(one, settings) for one in by_ticket.values()], button=translate("Zum Ticketsystem"),
        url=f"{settings.base_url}/tickets", why=translate(DIGEST_WHY), may_be_switched_off=True,
    )  # fmt: skip


def _matter(pieces: Sequence[Piece], settings: Settings) -> Matter:
    ticket = pieces[-1].ticket
    facts = [
        flow.category_label(ticket["category"]), ticket["module"], ticket["organisation"],
        flow.status_label(ticket["status"]),
    ]  # fmt: skip
    waiting = flow.waiting(ticket)
    if waiting:
        facts.append(waiting.words)
    if ticket["priority"] == Priority.HIGH:
        facts.append(translate("Priorität Hoch"))
    news = [piece.news for piece in pieces]
    return Matter(ticket["number"], ticket["subject"], _url(settings, ticket["number"]), facts, news)


def _url(settings: Settings, number: int) -> str:
    return f"{settings.base_url}/tickets/{number}"


async def _piece(letter: Letter, person: Person, settings: Settings) -> Piece | None:
    """What the letter tells, None when the reader may not see it any more or it is no longer so."""
    try:
        ticket = await tickets.find(person, _number(letter, "ticket") or 0)
    except NotVisible:
        return None
    if ticket["deleted_at"]:
        return None
    if ticket["waiting_since"].isoformat() != letter.context.get("since", ticket["waiting_since"].isoformat()):
        return None
    said = await _message(letter, person, ticket["number"])
    if letter.letter == "new_message" and said is None:
        return None
    values = {
        "actor": await _name(_number(letter, "actor")), "module": ticket["module"],
        "author": said["author"] if said else "", "ago": language.ago(ticket["waiting_since"]),
        "organisation": ticket["organisation"], "day": _day(letter),
    }  # fmt: skip
    piece = Piece(letter, ticket, values, await _quote(person, ticket["number"], said) if said else None)
    return await _asking(piece, person, settings) if letter.letter in CLOSINGS else piece


async def _asking(piece: Piece, person: Person, settings: Settings) -> Piece:
    """With the question how content the reporter is, where their organisation asks it."""
    token = await satisfaction.ask(person, piece.ticket)
    if token is None:
        return piece
    links = [
        (satisfaction.label(value), f"{settings.base_url}/rating/{token}?value={value}")
        for value in satisfaction.LABELS
    ]
    return replace(piece, question=translate("Wie zufrieden sind Sie mit der Lösung?"), links=links)


def _day(letter: Letter) -> str:
    """The day that the letter announces."""
    given = letter.context.get("closes")
    return format_date(datetime.fromisoformat(given)) if isinstance(given, str) else ""


def _number(letter: Letter, name: str) -> int | None:
    given = letter.context.get(name)
    if given is not None and not isinstance(given, int):
        raise ValueError(f"{name} is not a number")
    return given


async def _name(id: int | None) -> str:
    person = await Person.filter(id=id).first() if id else None
    return person.name if person else translate("Jemand")


async def _message(letter: Letter, person: Person, number: int) -> Row | None:
    """The message that the letter quotes, through what its reader may read; of a new matter what it is about."""
    id = _number(letter, "message")
    if id is None and letter.letter not in NEW_MATTERS:
        return None
    found = await thread.messages(person, number, after=id - 1 if id else 0)
    return found[0] if found and id in (None, found[0]["id"]) else None


async def _quote(person: Person, number: int, said: Row) -> Quote:
    files = await thread.attachments(person, number, after=said["id"] - 1)
    heading = translate(
        "%(author)s, %(organisation)s, am %(at)s",
        author=said["author"], organisation=said["organisation"], at=format_datetime(said["created_at"]),
    )  # fmt: skip
    return Quote(heading, said["body"], [file["name"] for file in files if file["message_id"] == said["id"]])


# --- accounts ---


async def _about_account(letter: Letter, person: Person | None, settings: Settings) -> Content | None:
    name = letter.letter
    if name == "access_declined":
        return await _declined(letter)
    if name == "email_changed":
        changed = {"at": format_datetime(letter.created_at), "old": letter.address}
        return _plain(TEXTS[name], letter.address, "", changed, settings.base_url)
    if person is None or (name == "invitation" and person.password_hash is not None):
        return None
    if name == "second_factor_changed":
        name = "second_factor_on" if letter.context["on"] else "second_factor_off"
    values: dict[str, object] = {
        "user_name": person.user_name, "at": format_datetime(letter.created_at),
        "minutes": int(passwords.RESET_AGE.total_seconds()) // 60,
        "hours": int(passwords.INVITATION_AGE.total_seconds()) // 3600,
    }  # fmt: skip
    url = settings.base_url + await _path(name, person)
    return _plain(TEXTS[name], person.email, person.name, values, url)


async def _path(letter: str, person: Person) -> str:
    """Where the button leads; a link that opens something is made now, so that the outbox holds no secret."""
    if letter == "password_reset":
        async with atomic():
            return f"/password/reset/{await tokens.issue(Purpose.PASSWORD_RESET, person.id, passwords.RESET_AGE)}"
    if letter == "invitation":
        async with atomic():
            return f"/invitation/{await tokens.issue(Purpose.INVITATION, person.id, passwords.INVITATION_AGE)}"
    return "/password/forgot" if letter == "password_changed" else "/"


async def _declined(letter: Letter) -> Content | None:
    request = await AccessRequest.filter(id=_number(letter, "request"), state=RequestState.DECLINED).select_related(
        "organisation"
    ).first()  # fmt: skip
    if request is None:
        return None
    name = f"{request.first_name} {request.last_name}".strip()
    values = {"name": name, "at": format_date(request.created_at), "organisation": request.organisation.name}
    reason = Quote(translate("Begründung"), request.reason) if request.reason else None
    return _plain(TEXTS[letter.letter], letter.address, name, values, "", reason)


def _plain(
    text: Text, to: str, name: str, values: Mapping[str, object], url: str, quote: Quote | None = None
) -> Content:
    greeting = translate("Guten Tag %(name)s,", name=name) if name else translate("Guten Tag,")
    return Content(
        to=to, language=language.spoken(), subject=translate(text.subject, **values),
        title=translate(text.title, **values), greeting=greeting, quote=quote, why=translate(text.why, **values),
        sentences=[translate(one, **values) for one in text.sentences], button=translate(text.button), url=url,
    )  # fmt: skip
