"""Letters as mail programs take them: what is to be said in, an `EmailMessage` with text and HTML out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app import clock, language
from app.config import MAIL_ADDRESS, Settings
from app.documents.colours import colours
from app.text import clean_line, clean_text

TEMPLATES = Path(__file__).parents[2] / "templates"
LONGEST_QUOTE = 5000
POLICY = SMTP.clone(cte_type="7bit")  # not every server on the way takes 8 bits


@dataclass(frozen=True)
class Quote:
    """Somebody's own words, with the names of the files that came with them."""

    heading: str
    body: str
    files: Sequence[str] = ()
    longest: int = LONGEST_QUOTE

    @property
    def lines(self) -> list[str]:
        """The words line by line; the end of a very long text is left out."""
        return clean_text(self.body)[: self.longest].split("\n")

    @property
    def cut(self) -> bool:
        """Whether something was left out."""
        return len(clean_text(self.body)) > self.longest


@dataclass(frozen=True)
class News:
    """One thing that happened to a ticket, and what its reader may do about it by a link."""

    title: str
    at: datetime
    quote: Quote | None = None
    question: str = ""
    links: Sequence[tuple[str, str]] = ()  # label, address


@dataclass(frozen=True)
class Matter:
    """A ticket that a letter is about: a letter of its own has one with one piece of news, a digest many."""

    number: int
    subject: str
    url: str
    facts: Sequence[str]
    news: Sequence[News]


@dataclass(frozen=True)
class Content:
    """All that a letter says, in its reader's language, and to whom."""

    to: str
    language: str
    subject: str
    title: str
    why: str
    greeting: str = ""
    sentences: Sequence[str] = ()
    matters: Sequence[Matter] = ()
    quote: Quote | None = None
    button: str = ""
    url: str = ""
    second: tuple[str, str] | None = None  # another button, as label and address
    ticket: int | None = None  # whose thread the letter belongs to
    may_be_switched_off: bool = False


def compose(content: Content, message_id: str, settings: Settings) -> EmailMessage:
    """The letter; raises ValueError where its address is not exactly one.

    Its date is the moment of composing, not the one of what it tells about: only now is it decided what the reader
    may read, a link in it lives from now on, and spam filters distrust letters from last week. When something
    happened stands in the letter.
    """
    message = EmailMessage(policy=POLICY)
    message["Date"] = format_datetime(clock.now())
    message["From"] = Address(clean_line(f"{language.vendor()} Kundenportal"), addr_spec=_sender(settings))
    message["To"] = _recipient(content.to)
    message["Subject"] = clean_line(content.subject)
    message["Message-ID"] = f"<{message_id}@{_host(settings)}>"
    if content.ticket:
        thread = f"<ticket-{content.ticket}@{_host(settings)}>"
        message["In-Reply-To"] = thread
        message["References"] = thread
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    with language.speaking(content.language):
        shown = {"letter": content, "language": language.spoken(), "base_url": settings.base_url}
        message.set_content(_render("mail/letter.txt", shown), cte="quoted-printable")
        message.add_alternative(_render("mail/letter.html", shown), subtype="html", cte="quoted-printable")
    return message


def _recipient(address: str) -> Address:
    if not MAIL_ADDRESS.fullmatch(address):
        raise ValueError("not exactly one mail address")
    return Address(addr_spec=address)


def _sender(settings: Settings) -> str:
    return settings.sender if MAIL_ADDRESS.fullmatch(settings.sender) else f"kundenportal@{_host(settings)}"


def _host(settings: Settings) -> str:
    host = urlsplit(settings.base_url).hostname or ""
    return "localhost" if ":" in host or not host.isascii() else host


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(("html",)), undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip
    made.globals["_"] = language.translate
    made.globals["light"], made.globals["dark"] = colours("light"), colours("dark")
    made.filters["datetime"] = language.format_datetime
    return made


def _render(template: str, shown: dict[str, object]) -> str:
    # Names and subjects were cleaned when they came in; here it is made sure of, whatever a row holds.
    return clean_text(_environment().get_template(template).render(shown)) + "\n"
