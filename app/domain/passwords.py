"""Passwords: what a new one must be, changing it, and the mailed links that set it."""

from dataclasses import dataclass
from datetime import timedelta

from app import clock
from app.config import MAIL_ADDRESS
from app.database import atomic, changed
from app.domain import accounts, journal, outbox, throttle, tokens
from app.domain.accounts import LONGEST_PASSWORD, WINDOW
from app.domain.models import Organisation, Person, Purpose, Token
from app.domain.refusals import Refused
from app.domain.weak_passwords import Weakness, weakness
from app.language import translate, vendor

RESET_AGE = timedelta(minutes=60)
INVITATION_AGE = timedelta(hours=72)
SHORTEST_PASSWORD = 12
LONGEST_ADDRESS = 254
PORTAL_WORDS = ("kundenportal", "portal", "ticketsystem", "uniplus", "uniplus-x3")

LINKS_PER_ADDRESS = 5
LINKS_PER_CLIENT = 30
TRIES_PER_LINK = 20
DOUBLE_CLICK = timedelta(minutes=1)
DONE = "password set"  # what a form's key leads to

TOO_EASY = {
    Weakness.NAME: "Dieses Passwort ist zu leicht zu erraten: Es besteht aus Namen, die jeder mit Ihnen verbindet.",
    Weakness.WORD: "Dieses Passwort ist zu leicht zu erraten: Es besteht aus Wörtern, die viele Menschen benutzen.",
    Weakness.ROW: "Dieses Passwort ist zu leicht zu erraten: Es folgt der Tastatur, dem Alphabet oder dem Kalender.",
    Weakness.REPEATED: "Dieses Passwort ist zu leicht zu erraten: Es wiederholt sich.",
}


@dataclass(frozen=True)
class NewPassword:
    """A new password as it was typed, twice, on a form with this key."""

    password: str
    again: str
    form_key: str


def check_new_password(password: str, person: Person) -> None:
    """Raise Refused(new_password=…) for a password that is too short, too long or easy to guess."""
    if len(password) < SHORTEST_PASSWORD:
        raise Refused(new_password=translate("Bitte wählen Sie mindestens %(n)s Zeichen.", n=SHORTEST_PASSWORD))
    if len(password) > LONGEST_PASSWORD:
        raise Refused(new_password=translate("Bitte wählen Sie höchstens %(n)s Zeichen.", n=LONGEST_PASSWORD))
    cause = weakness(password, _known_of(person))
    if cause:
        raise Refused(new_password=translate(TOO_EASY[cause]))


def _known_of(person: Person) -> list[str]:
    organisation = person.organisation.name if isinstance(person.organisation, Organisation) else ""
    own = (person.user_name, person.email, person.first_name, person.last_name, organisation)
    return [*own, vendor(), *PORTAL_WORDS]


def _check_both(new: NewPassword, person: Person) -> None:
    check_new_password(new.password, person)
    if new.password != new.again:
        raise Refused(new_password_again=translate("Die beiden neuen Passwörter sind verschieden."))


async def change_password(person: Person, old: str, new: NewPassword, address: str) -> None:
    """Set a new password and end all sessions; raises Refused for a wrong old or an unfit new one."""
    _check_both(new, person)
    if not await accounts.knows_password(person, old):
        raise Refused(password=translate("Das bisherige Passwort ist falsch."))
    stored = await accounts.hash_password(new.password)
    async with atomic():
        await Person.filter(id=person.id).update(password_hash=stored)
        await accounts.end_all(person.id)
        await journal.audit(person, "password_changed", address=address)
        await outbox.post([person.id], "password_changed")


# --- links by mail ---


async def ask_reset(address: str, client: str) -> None:
    """Have a link mailed to whoever has this address; the same work, and no word about it, for every address.

    Raises Refused(email=…) for what is not exactly one address, and throttle.TooMany.
    """
    address = address.lower()
    if len(address) > LONGEST_ADDRESS or not MAIL_ADDRESS.fullmatch(address):
        raise Refused(email=translate("Bitte geben Sie genau eine gültige E-Mail-Adresse an."))
    limits = {
        f"password link {tokens.token_hash(address)[:32]}": LINKS_PER_ADDRESS,
        f"password link from {client}": LINKS_PER_CLIENT,
    }
    await throttle.check_all(limits)
    for key in limits:
        await throttle.count(key, WINDOW)
    async with atomic():
        await outbox.post_to_address(address, "password_reset")
        await journal.audit(None, "password_reset_asked", address, client)


async def find(purpose: Purpose, token: str) -> Person | None:
    """Whose password a living link sets, nothing is consumed; who has one already needs no invitation any more."""
    found = await tokens.find(purpose, token)
    if found is None or (purpose == Purpose.INVITATION and found.person.password_hash is not None):
        return None
    return found.person


async def set_by_link(purpose: Purpose, token: str, new: NewPassword, client: str) -> bool:
    """Set the password by a mailed link, once: ends all sessions, voids all other links. False for a dead link.

    Raises Refused at the field of an unfit password, and throttle.TooMany.
    """
    person = await find(purpose, token)
    if person is not None:
        stored = await _prepare(person, token, new)
        async with atomic():
            if await _take(purpose, token, person, stored):
                await _finish(purpose, person, new, client)
                return True
    return await _was_sent(purpose, token, new)


async def _prepare(person: Person, token: str, new: NewPassword) -> str:
    """The hash to store. A link pays for so many of them and no more."""
    _check_both(new, person)
    key = f"password by link {tokens.token_hash(token)[:32]}"
    await throttle.check(key, TRIES_PER_LINK)
    await throttle.count(key, WINDOW)
    return await accounts.hash_password(new.password)


async def _take(purpose: Purpose, token: str, person: Person, stored: str) -> bool:
    """Use the link up and store the hash; of two at once, one does."""
    if await tokens.consume(purpose, token) is None:
        return False
    unset = " AND password_hash IS NULL" if purpose == Purpose.INVITATION else ""
    return bool(await changed(f"UPDATE person SET password_hash = ? WHERE id = ?{unset}", stored, person.id))


async def _finish(purpose: Purpose, person: Person, new: NewPassword, client: str) -> None:
    await accounts.end_all(person.id)
    if await tokens.claim_form(person, new.form_key) is None:
        await tokens.answer_form(person, new.form_key, DONE)
    if purpose == Purpose.INVITATION:
        await journal.audit(person, "invitation_accepted", address=client)
        return
    await journal.audit(person, "password_reset", address=client)
    await outbox.post([person.id], "password_changed")


async def _was_sent(purpose: Purpose, token: str, new: NewPassword) -> bool:
    """Whether this very form has just done it: a double click gets the answer of the first one."""
    lately = clock.now() - DOUBLE_CLICK
    used = Token.filter(purpose=purpose, token_hash=tokens.token_hash(token), used_at__gt=lately)
    found = await used.select_related("person").first()
    return found is not None and await tokens.form_outcome(found.person, new.form_key) == DONE
