"""People who come in: authentication, sessions, password, settings."""

import asyncio
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app import clock
from app.database import atomic, execute, reads
from app.domain import journal, throttle
from app.domain.models import Appearance, Person, Session
from app.domain.refusals import Refused
from app.domain.tokens import new_token, token_hash
from app.language import translate
from app.text import clean_line

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
TOUCH = timedelta(minutes=5)
SHORTEST_PASSWORD = 12
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
_nobody = _hasher.hash("nobody has this password")
_most_waiting = 40
_waiting = 0


async def hash_password(password: str) -> str:
    """The stored form of a password, made in a thread, two at once."""
    async with _two_at_once:
        return await asyncio.to_thread(_hasher.hash, password)


async def _verify(stored: str, password: str) -> bool:
    global _waiting
    if _waiting >= _most_waiting:
        raise throttle.TooMany(5)
    _waiting += 1
    try:
        async with _two_at_once:
            return await asyncio.to_thread(_hasher.verify, stored, password)
    except (VerificationError, InvalidHashError):
        return False
    finally:
        _waiting -= 1


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
    for key, limit in limits.items():
        await throttle.check(key, limit)
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


async def start_session(person: Person, browser: str, address: str) -> str:
    """Sign the person in: returns the secret for the cookie, of which only the hash is kept."""
    token = new_token()
    async with atomic():
        await Session.create(
            token_hash=token_hash(token), person=person, browser=browser[:200], address=address[:45],
            created_at=clock.now(), seen_at=clock.now(),
        )  # fmt: skip
        await journal.audit(person, "signed_in", address=address)
    return token


async def find_session(token: str) -> Session | None:
    """The living session of a cookie, with its person and organisation; None when it ended or never was."""
    now = clock.now()
    session = (
        await Session.filter(
            token_hash=token_hash(token), person__active=True, seen_at__gt=now - IDLE, created_at__gt=now - LONGEST
        )
        .using_db(reads())
        .select_related("person__organisation")
        .first()
    )
    if session and session.seen_at < now - TOUCH:
        await execute("UPDATE session SET seen_at = ? WHERE id = ?", now, session.id)
    return session


async def end_session(session: Session) -> None:
    """Sign out of one browser."""
    async with atomic():
        await Session.filter(id=session.id).delete()
        await journal.audit(session.person, "signed_out")


async def end_sessions(person: Person) -> None:
    """„Überall abmelden“: no cookie of the person is worth anything any more."""
    async with atomic():
        await Session.filter(person=person).delete()
        await journal.audit(person, "signed_out_everywhere")


async def sessions_of(person: Person) -> list[Session]:
    """The person's signed-in browsers, the last used first."""
    now = clock.now()
    living = Session.filter(person=person, seen_at__gt=now - IDLE, created_at__gt=now - LONGEST)
    return await living.order_by("-seen_at")


def check_new_password(password: str, person: Person) -> None:
    """Raise Refused(new_password=…) for a password that is too short, too long or contains the person's name."""
    if len(password) < SHORTEST_PASSWORD:
        raise Refused(new_password=translate("Bitte wählen Sie mindestens %(n)s Zeichen.", n=SHORTEST_PASSWORD))
    if len(password) > LONGEST_PASSWORD:
        raise Refused(new_password=translate("Bitte wählen Sie höchstens %(n)s Zeichen.", n=LONGEST_PASSWORD))
    if person.user_name in password.casefold() or len(set(password)) < 5:
        raise Refused(new_password=translate("Dieses Passwort ist zu leicht zu erraten."))


async def change_password(person: Person, old: str, new: str, address: str) -> None:
    """Set a new password and end all sessions; raises Refused for a wrong old or an unfit new one."""
    check_new_password(new, person)
    key = f"password {person.id}"
    await throttle.check(key, TRIES_PER_ACCOUNT_AND_ADDRESS)
    if not await _verify(person.password_hash or _nobody, old[:LONGEST_PASSWORD]):
        await throttle.count(key, WINDOW)
        raise Refused(password=translate("Das bisherige Passwort ist falsch."))
    stored = await hash_password(new)
    async with atomic():
        await Person.filter(id=person.id).update(password_hash=stored)
        await Session.filter(person=person).delete()
        await journal.audit(person, "password_changed", address=address)


async def change_profile(person: Person, first_name: str, last_name: str) -> None:
    """Set the person's own name."""
    await Person.filter(id=person.id).update(first_name=first_name, last_name=last_name)


async def change_appearance(person: Person, appearance: Appearance) -> None:
    """Set light, dark, or as the system has it."""
    await Person.filter(id=person.id).update(appearance=appearance)


async def change_default_filter(person: Person, query: str) -> None:
    """Set what the ticket list shows when nothing else is asked for; empty for the role's own default."""
    await Person.filter(id=person.id).update(default_filter=query)
