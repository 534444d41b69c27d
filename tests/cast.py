"""The cast: nine people of three organisations whom every test asks, verbs that let them act, and their browser."""

import base64
import html
import io
import pickle
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from app.config import Settings
from app.database import Row
from app.domain import accounts, creation, tickets
from app.domain.models import (
    Audience,
    Category,
    Module,
    Organisation,
    OrganisationModule,
    Person,
    PersonModule,
    Priority,
    Role,
    Status,
    Ticket,
)
from app.domain.storage import Storage, StoredFile, Upload, storage_for

PASSWORD = "Kundenportal-Test-1"
# Made once, of PASSWORD, with the least that argon2 takes: a sign-in costs a test next to nothing.
CHEAP_HASH = "$argon2id$v=19$m=8,t=1,p=1$k6jaKClVglyBEgN8AhzuSQ$s6t0FEIvjKj3ZxHhVvFjPX5CSSai98/RW4e5Olk45Ow"

# name → user name, first name, last name, organisation, role, modules, rights
PEOPLE: dict[str, tuple[str, str, str, str, Role, str, dict[str, bool]]] = {
    "user": ("user-nord", "Ute", "Petersen", "Verband Nord", Role.USER, "Mitglieder Seminare", {}),
    "colleague": ("user2-nord", "Karl", "Jansen", "Verband Nord", Role.USER, "Mitglieder Seminare", {}),
    "reader": ("reader-nord", "Rita", "Lorenz", "Verband Nord", Role.USER, "Mitglieder", {"sees_organisation": True}),
    "deputy": ("deputy-nord", "Dora", "Voss", "Verband Nord", Role.USER, "Mitglieder Seminare",
               {"may_hand_over": True}),
    "edv": ("edv-nord", "Erik", "Holm", "Verband Nord", Role.EDV, "Mitglieder Seminare", {}),
    "stranger": ("user-sued", "Sven", "Bauer", "Kammer Süd", Role.USER, "Mitglieder", {}),
    "strange_edv": ("edv-sued", "Ella", "Huber", "Kammer Süd", Role.EDV, "Mitglieder Seminare", {}),
    "staff": ("staff", "Stefan", "Kramer", "UNIPLUS", Role.STAFF, "", {}),
    "admin": ("admin", "Anna", "Winter", "UNIPLUS", Role.ADMIN, "", {}),
}  # fmt: skip
ORGANISATIONS = {"nord": "Verband Nord", "sued": "Kammer Süd", "vendor": "UNIPLUS"}
MODULES = {"members": "Mitglieder", "seminars": "Seminare", "finance": "Finanzen"}
OWNED = {"Verband Nord": ("Mitglieder", "Seminare", "Finanzen"), "Kammer Süd": ("Mitglieder", "Seminare")}

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAFUlEQVR4nGPkCohiYGBgYGBgYoABAAyUALjOUcLsAAAAAElFTkSuQmCC"
)
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


def form_key() -> str:
    """A form key as a page would hold it."""
    return secrets.token_urlsafe(16)


def email(user_name: str) -> str:
    """`user-nord` → `user@nord.example`; the vendor's people are at uniplus.example."""
    name, _, place = user_name.partition("-")
    return f"{name}@{place or 'uniplus'}.example"


@dataclass
class Cast:
    """Everybody and everything that a test can name."""

    settings: Settings
    user: Person
    colleague: Person
    reader: Person
    deputy: Person
    edv: Person
    stranger: Person
    strange_edv: Person
    staff: Person
    admin: Person
    nord: Organisation
    sued: Organisation
    vendor: Organisation
    members: Module
    seminars: Module
    finance: Module

    @property
    def people(self) -> dict[str, Person]:
        """Everybody by name."""
        return {name: self.person(name) for name in PEOPLE}

    @property
    def storage(self) -> Storage:
        """Where the portal keeps attachments."""
        return storage_for(self.settings)

    def person(self, who: str | Person) -> Person:
        """A person by name."""
        if isinstance(who, Person):
            return who
        found: Person = getattr(self, who)
        return found

    async def again(self, who: str | Person) -> Person:
        """The person as the database has them now."""
        return await Person.get(id=self.person(who).id).select_related("organisation")

    async def ticket(
        self,
        by: str | Person = "user",
        *,
        of: str | Person | None = None,
        subject: str = "Beitragslauf bricht ab",
        body: str = "Seit heute früh bricht der Beitragslauf ab.",
        module: Module | None = None,
        category: Category = Category.REQUEST,
        priority: Priority = Priority.NORMAL,
        audience: Audience = Audience.EVERYONE,
        files: Any = (),
        release: bool = False,
        key: str = "",
        start: Status = Status.VENDOR_REVIEW,
        x3_context: dict[str, str] | None = None,
        **state: Any,
    ) -> int:
        """Somebody creates a ticket (staff `of` somebody); `state` sets it as if it had gone there: see `set`."""
        actor = self.person(by)
        number = await creation.create(
            actor,
            creation.NewTicket(
                category=category, module_id=(module or self.members).id, subject=subject, priority=priority,
                message=tickets.Draft(body, key or form_key(), audience, files), release=release, start=start,
                reporter=self.person(of) if of else None, x3_context=x3_context or {},
            ),
        )  # fmt: skip
        if state:
            await self.set(number, **state)
        return number

    async def set(self, number: int, **state: Any) -> None:
        """Put a ticket into a state without a move: `handed_over`, `escalated`, `deleted` are marks, others columns."""
        now = datetime.now(UTC)
        for mark, column in (
            ("handed_over", "handed_over_at"),
            ("escalated", "escalated_at"),
            ("deleted", "deleted_at"),
        ):
            if mark in state:
                state[column] = now if state.pop(mark) else None
        if state.get("deleted_at"):
            state["status"] = Status.CLOSED
        if "escalated_at" in state:
            state["urgency"] = 0 if state["escalated_at"] else 2
        await Ticket.filter(number=number).update(**state)

    async def see(self, who: str | Person, number: int) -> Row:
        """The ticket as this person sees it; raises NotVisible."""
        return await tickets.find(self.person(who), number)

    async def sees(self, who: str | Person, number: int) -> bool:
        """Whether the ticket exists for this person."""
        try:
            await self.see(who, number)
        except tickets.NotVisible:
            return False
        return True

    async def reply(
        self,
        who: str | Person,
        number: int,
        body: str = "Danke, das hilft.",
        *,
        audience: Audience = Audience.EVERYONE,
        files: Any = (),
        move: str = "",
        version: int | None = None,
        key: str = "",
    ) -> int:
        """Somebody writes a message, as on the page they see now."""
        row = await self.see(who, number)
        draft = tickets.Draft(body, key or form_key(), audience, files)
        return await tickets.reply(self.person(who), row, draft, move, row["version"] if version is None else version)

    async def move(self, who: str | Person, number: int, name: str, version: int | None = None) -> None:
        """Somebody presses a button, as on the page they see now."""
        row = await self.see(who, number)
        await tickets.move(self.person(who), row, name, row["version"] if version is None else version)

    async def note(self, who: str | Person, number: int, body: str, files: Any = ()) -> int:
        """Somebody writes what only their own side may read."""
        side = Audience.VENDOR if self.person(who).is_staff else Audience.ORGANISATION
        return await self.reply(who, number, body, audience=side, files=files)

    async def file(self, name: str = "bild.png", content: bytes = PNG) -> StoredFile:
        """A file that the portal has taken in, its bytes on disk."""
        return (await self.storage.accept([Upload(name, io.BytesIO(content))]))[0]


async def fill() -> None:
    """Write the cast into an empty, migrated database."""
    organisations = {
        name: await Organisation.create(name=name, is_vendor=name == "UNIPLUS") for name in ORGANISATIONS.values()
    }
    modules = {name: await Module.create(name=name, position=i) for i, name in enumerate(MODULES.values())}
    for owner, names in OWNED.items():
        for name in names:
            await OrganisationModule.create(organisation=organisations[owner], module=modules[name])
    for user_name, first, last, organisation, role, used, rights in PEOPLE.values():
        person = await Person.create(
            organisation=organisations[organisation], user_name=user_name, email=email(user_name), first_name=first,
            last_name=last, role=role, password_hash=CHEAP_HASH, **rights,
        )  # fmt: skip
        for name in used.split():
            await PersonModule.create(person=person, module=modules[name])
        if user_name == "staff":
            await Organisation.filter(is_vendor=True).update(responsible_id=person.id)


_loaded: list[bytes] = []


async def load(settings: Settings) -> Cast:
    """The cast out of a database that `fill` has filled; it is the same every time, so that it is read only once."""
    if not _loaded:
        people = {p.user_name: p for p in await Person.all().select_related("organisation")}
        organisations = {o.name: o for o in await Organisation.all()}
        _loaded.append(pickle.dumps((people, organisations, {m.name: m for m in await Module.all()})))
    people, organisations, modules = pickle.loads(_loaded[0])
    return Cast(
        settings,
        **{name: people[row[0]] for name, row in PEOPLE.items()},
        **{name: organisations[found] for name, found in ORGANISATIONS.items()},
        **{name: modules[found] for name, found in MODULES.items()},
    )


# --- a browser without a window: httpx over the ASGI application, with a browser's headers ---

BASE_URL = "http://127.0.0.1:8000"
LIKE_A_BROWSER = {
    "Sec-Fetch-Site": "same-origin",
    "Accept": "text/html,application/xhtml+xml",
    "Accept-Language": "de-DE,de;q=0.9",
}
HTMX = {"HX-Request": "true"}

Posted = Iterable[tuple[str, bytes, str]]


class Portal(httpx.AsyncClient):
    """One person's browser. Redirects are shown, not followed."""

    def __init__(self, app: Any, cast: Cast) -> None:
        super().__init__(transport=httpx.ASGITransport(app=app), base_url=BASE_URL, headers=LIKE_A_BROWSER, timeout=30)
        self.app = app
        self.cast = cast
        self.who: Person | None = None

    async def sign_in(self, who: str | Person) -> "Portal":
        """Be signed in as somebody, instead of whoever was signed in here, as after the form and the right password.

        The form itself is for tests/web/test_sessions.py; for all others it would be a third of their time.
        """
        self.cookies.clear()
        person = self.cast.person(who)
        token = await accounts.start_session(person, self.headers["User-Agent"], "127.0.0.1")
        name = "__Host-session" if self.base_url.scheme == "https" else "session"
        self.cookies.set(name, token, domain=self.base_url.host)
        self.who = person
        return self

    def another(self) -> "Portal":
        """A second browser before the same portal, nobody signed in; use it with `async with`."""
        return Portal(self.app, self.cast)

    async def send_form(
        self,
        path: str,
        *,
        files: Posted = (),
        htmx: bool | dict[str, str] = False,
        key: str = "",
        end: bool = True,
        headers: dict[str, str] | None = None,
        **fields: Any,
    ) -> httpx.Response:
        """Post a form as a browser does: key first, end mark last, lists as repeated fields, `files` as `files`."""
        pairs: list[tuple[str, Any]] = [("form_key", (None, key or form_key()))]
        for name, value in fields.items():
            pairs += [(name, (None, str(one))) for one in (value if isinstance(value, list | tuple) else [value])]
        pairs += [("files", (name, content, kind)) for name, content, kind in files]
        if end:
            pairs.append(("end", (None, "1")))
        extra = {**(HTMX if htmx else {}), **(htmx if isinstance(htmx, dict) else {}), **(headers or {})}
        if files:
            return await self.post(path, files=pairs, headers=extra)
        body = httpx.QueryParams([(name, value[1]) for name, value in pairs])
        extra["Content-Type"] = "application/x-www-form-urlencoded"
        return await self.post(path, content=str(body), headers=extra)

    async def live(self, path: str, target: str = "", **headers: str) -> httpx.Response:
        """Get as htmx does, for the element `target`."""
        extra = {**HTMX, **({"HX-Target": target} if target else {}), **headers}
        return await self.get(path, headers=extra)


def text(answer: httpx.Response) -> str:
    """What a person reads in an answer: without tags, white space made one blank."""
    without = re.sub(r"<(script|style)\b.*?</\1>", " ", answer.text, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", without)).split())
