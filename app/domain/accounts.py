"""People who come in: authentication, sessions, settings. What a password must be stands in passwords.py."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app import clock, language
from app.database import atomic, changed, execute, if_possible, marks, reads, rows
from app.domain import changes, journal, throttle, tokens
from app.domain.models import Appearance, Person, Session
from app.domain.refusals import NotVisible
from app.domain.tokens import new_token, token_hash
from app.text import clean_line

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
TOUCH = timedelta(minutes=5)
LONGEST_PASSWORD = 200
LONGEST_USER_NAME = 60

WINDOW = timedelta(minutes=15)
TRIES_PER_ACCOUNT_AND_ADDRESS = 10
TRIES_PER_ADDRESS = 30
TRIES_PER_ACCOUNT = 100

WRONG = "Benutzername oder Passwort ist falsch."

# OWASP's parameters: 33 ms where the library's default takes 150 ms and 64 MiB.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_two_at_once = asyncio.Semaphore(2)
# Of a password that nobody has; written out, for every start would otherwise hash it anew.
_nobody = "$argon2id$v=19$m=19456,t=2,p=1$CJaHiFoFzAj3+S8Q9EMiLQ$0sjYPyo1cTtsgaM+3ACQDQkhMl7FhusumZKOYSHSfoA"
_most_waiting = 40
_waiting = 0


@asynccontextmanager
async def _turn() -> AsyncIterator[None]:
    """Two hash at once, some wait, and whoever comes then is sent away before it costs anything."""
    global _waiting
    if _waiting >= _most_waiting:
        raise throttle.TooMany(5)
    _waiting += 1
    try:
        async with _two_at_once:
            yield
    finally:
        _waiting -= 1


async def hash_password(password: str) -> str:
    """The stored form of a password, made in a thread, two at once; raises throttle.TooMany when too many wait."""
    async with _turn():
        return await asyncio.to_thread(_hasher.hash, password)


async def _verify(stored: str, password: str) -> bool:
    async with _turn():
        try:
            return await asyncio.to_thread(_hasher.verify, stored, password)
        except (VerificationError, InvalidHashError):
            return False


async def knows_password(person: Person, password: str) -> bool:
    """Whether this is the person's own password, asked again before something dear; raises throttle.TooMany."""
    key = f"password {person.id}"
    await throttle.check(key, TRIES_PER_ACCOUNT_AND_ADDRESS)
    if await _verify(person.password_hash or _nobody, password[:LONGEST_PASSWORD]) and person.password_hash:
        return True
    await throttle.count(key, WINDOW)
    return False


async def authenticate(name: str, password: str, address: str) -> Person | None:
    """The active person with this user name or e-mail address and password; the same work for every cause of None.

    Raises throttle.TooMany after too many failures from this address or for this name.
    """
    name = clean_line(name).casefold()[:254]
    limits = {
        f"sign-in {token_hash(name)[:32]} {address}": TRIES_PER_ACCOUNT_AND_ADDRESS,
        f"sign-in {address}": TRIES_PER_ADDRESS,
        f"sign-in {token_hash(name)[:32]}": TRIES_PER_ACCOUNT,
    }
    await throttle.check_all(limits)
    person = await Person.filter(email=name).first()
    if person is None and len(name) <= LONGEST_USER_NAME:
        person = await Person.filter(user_name=name).first()
    stored = person.password_hash if person and person.password_hash else _nobody
    if await _verify(stored, password[:LONGEST_PASSWORD]) and person and person.active and stored != _nobody:
        await throttle.forget(next(iter(limits)))
        return person
    for key in limits:
        await throttle.count(key, WINDOW)
    await journal.audit(None, "sign_in_failed", name[:120], address)
    return None


async def start_session(person: Person, browser: str, address: str, kind: str = "signed_in") -> str:
    """Sign the person in: returns the secret for the cookie, of which only the hash is kept."""
    async with atomic():
        return await open_session(person, browser, address, kind)


async def open_session(person: Person, browser: str, address: str, kind: str = "signed_in") -> str:
    """As `start_session`, inside the caller's transaction."""
    token, now = new_token(), clock.now()
    await Session.create(
        token_hash=token_hash(token), person=person, browser=browser[:200], address=address[:45], created_at=now,
        seen_at=now,
    )  # fmt: skip
    await Person.filter(id=person.id).update(signed_in_at=now, browser_language=language.spoken())
    await journal.audit(person, kind, address=address)
    return token


async def find_session(token: str, *, used: bool = True) -> Session | None:
    """The living session of a cookie, with its person and organisation; None when it ended or never was.

    `used` begins its idle time anew.
    """
    now = clock.now()
    session = (
        await Session.filter(
            token_hash=token_hash(token), person__active=True, seen_at__gt=now - IDLE, created_at__gt=now - LONGEST
        )
        .using_db(reads())
        .select_related("person__organisation")
        .first()
    )
    if session and used and session.seen_at < now - TOUCH:
        with if_possible():
            await touch(session)
    return session


async def touch(session: Session) -> None:
    """Begin the idle time of a session anew."""
    await execute("UPDATE session SET seen_at = ? WHERE id = ?", clock.now(), session.id)


async def living(session_ids: Collection[int]) -> set[int]:
    """Which of these sessions live, for whoever holds them open; looking at them is no use of them. One statement."""
    now = clock.now()
    found = await rows(
        "SELECT s.id FROM session s JOIN person p ON p.id = s.person_id "
        f"WHERE s.id IN {marks(session_ids)} AND p.active = ? AND s.seen_at > ? AND s.created_at > ?",
        *session_ids, True, now - IDLE, now - LONGEST,
    )  # fmt: skip
    return {row["id"] for row in found}


async def people(ids: Collection[int]) -> dict[int, Person]:
    """These people as they are now, by id. One statement."""
    return {person.id: person for person in await Person.filter(id__in=ids).using_db(reads())} if ids else {}


async def end_session(session: Session) -> None:
    """Sign out of one browser."""
    async with atomic():
        await Session.filter(id=session.id).delete()
        await changes.session_ended(session.id)
        await journal.audit(session.person, "signed_out")


async def end_device(person: Person, session_id: int) -> None:
    """Sign the person out of one of their own browsers; raises NotVisible for anybody else's."""
    async with atomic():
        if not await changed("DELETE FROM session WHERE id = ? AND person_id = ?", session_id, person.id):
            raise NotVisible
        await changes.session_ended(session_id)
        await journal.audit(person, "signed_out")


async def end_sessions(person: Person) -> None:
    """„Überall abmelden“: no cookie and no link of the person is worth anything any more."""
    async with atomic():
        await end_all(person.id)
        await journal.audit(person, "signed_out_everywhere")


async def end_all(person_id: int) -> None:
    """End a person's sessions and void their unused tokens, inside the caller's transaction."""
    await Session.filter(person_id=person_id).delete()
    await tokens.void(person_id)
    await changes.signed_out(person_id)


async def end_others(current: Session) -> None:
    """As `end_all`, but for the session in which the person is doing this."""
    await execute("DELETE FROM session WHERE person_id = ? AND id <> ?", current.person_id, current.id)
    await tokens.void(current.person_id)
    await changes.signed_out(current.person_id, but=current.id)


async def sessions_of(person: Person) -> list[Session]:
    """The person's signed-in browsers, the last used first."""
    now = clock.now()
    living = Session.filter(person=person, seen_at__gt=now - IDLE, created_at__gt=now - LONGEST)
    return await living.order_by("-seen_at")


async def change_profile(person: Person, first_name: str, last_name: str) -> None:
    """Set the person's own name."""
    await Person.filter(id=person.id).update(first_name=first_name, last_name=last_name)


async def change_appearance(person: Person, appearance: Appearance) -> None:
    """Set light, dark, or as the system has it."""
    await Person.filter(id=person.id).update(appearance=appearance)


async def change_shortcuts(person: Person, wanted: bool) -> None:
    """Set whether single keys do something."""
    await Person.filter(id=person.id).update(shortcuts=wanted)


async def change_language(person: Person, language: str) -> None:
    """Set the language of pages and letters; empty for whatever the browser asks for."""
    await Person.filter(id=person.id).update(language=language)


async def change_letters(person: Person, muted: Iterable[str], digest: bool) -> None:
    """Set which letters do not come, and whether the others come once a day."""
    await Person.filter(id=person.id).update(muted=" ".join(muted), digest=digest)


async def change_columns(person: Person, columns: str) -> None:
    """Set which columns the ticket list has, by name with blanks between; empty for the usual ones."""
    await Person.filter(id=person.id).update(list_columns=columns)
