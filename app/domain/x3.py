"""X3, the program on the customers' desks: the keys that it speaks with, and the codes that sign its users in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from app import clock
from app.database import Row, atomic, changed, execute, reads, rows, written_rows
from app.domain import accounts, journal, throttle, tokens
from app.domain.models import Organisation, Person, Purpose, Role, Session, Token, X3Key
from app.domain.refusals import Conflict, NotAllowed, NotVisible, Refused
from app.language import translate
from app.text import clean_line

KEY_PREFIX = "x3k_"  # by which people and scanners for lost secrets know a key
ENDING = 4
LONGEST_NAME = 60
TOUCH = timedelta(minutes=5)
WRONG_KEYS = 30
WRONG_KEYS_WINDOW = timedelta(minutes=15)
CALLS = 120
CALLS_WINDOW = timedelta(minutes=1)
CODE_AGE = timedelta(seconds=60)
CONTEXT_AGE = timedelta(hours=24)

# What X3 may tell about the place where somebody was: its words on the screen, and the most letters of each.
LABELS = {"module": "Modul", "mask": "Maske", "record": "Datensatz", "version": "Version", "error": "Fehlermeldung"}
LONGEST = {"module": 60, "mask": 120, "record": 120, "version": 60, "error": 500}


class WrongKey(Exception):
    """No key, an unknown one or a revoked one (401)."""


# --- keys ---


async def issue_key(admin: Person, organisation_id: int, name: str, form_key: str = "") -> tuple[X3Key, str]:
    """Make a key for a customer: the key, and its secret, which can be seen this once.

    Raises NotAllowed, NotVisible for an unknown organisation, Refused(name=…), and Conflict when the same form made
    one already: its secret cannot be shown again.
    """
    _only_admin(admin)
    name = clean_line(name)
    if not name:
        raise Refused(name=translate("Bitte geben Sie an, wofür der Schlüssel ist."))
    if len(name) > LONGEST_NAME:
        raise Refused(name=translate("Bitte höchstens %(n)s Zeichen.", n=LONGEST_NAME))
    async with atomic():
        organisation = await Organisation.filter(id=organisation_id, is_vendor=False).first()
        if organisation is None:
            raise NotVisible
        await _once(admin, form_key)
        return await _new_key(admin, organisation, name)


async def rotate_key(admin: Person, key_id: int, *, revoke: bool, form_key: str = "") -> tuple[X3Key, str]:
    """Make a successor of a key, which goes on beside it unless it is to be revoked; returns what `issue_key` does.

    Raises NotAllowed, NotVisible, and Conflict when somebody has revoked it already.
    """
    _only_admin(admin)
    async with atomic():
        old = await _key(key_id)
        if old.revoked_at or (revoke and not await _revoke(admin, old)):
            raise Conflict(translate("Dieser Schlüssel ist schon widerrufen."))
        await _once(admin, form_key)
        return await _new_key(admin, old.organisation, old.name)


async def revoke_key(admin: Person, key_id: int) -> X3Key:
    """Make a key worthless at once, and the login codes that are still open; twice is as good as once.

    Raises NotAllowed and NotVisible.
    """
    _only_admin(admin)
    async with atomic():
        key = await _key(key_id)
        await _revoke(admin, key)
    return key


async def keys_of(organisation_id: int) -> list[Row]:
    """An organisation's keys, the living ones first, then the newest: name, ending, who made them, times."""
    return await rows(
        "SELECT k.id, k.name, k.ending, p.first_name || ' ' || p.last_name AS created_by, k.created_at, k.used_at, "
        "k.revoked_at FROM x3_key k LEFT JOIN person p ON p.id = k.created_by_id WHERE k.organisation_id = ? "
        "ORDER BY CASE WHEN k.revoked_at IS NULL THEN 0 ELSE 1 END, k.created_at DESC, k.id DESC",
        organisation_id,
    )


async def key_organisation(secret: str, address: str) -> X3Key:
    """The living key with this secret, its organisation included; counts the call.

    Raises WrongKey, and throttle.TooMany after too many wrong keys from an address or too many calls with one key. A
    right key is not held up by the wrong ones of its neighbours behind the same address: nobody guesses 256 bits.
    """
    found = X3Key.filter(key_hash=tokens.token_hash(secret)).using_db(reads())
    key = await found.select_related("organisation").first()
    if key is None or key.revoked_at:
        await _refuse(secret, key, address)
        raise WrongKey
    calls = f"x3 calls {key.id}"
    await throttle.check(calls, CALLS)
    await throttle.count(calls, CALLS_WINDOW)
    now = clock.now()
    if key.used_at is None or key.used_at < now - TOUCH:
        await execute("UPDATE x3_key SET used_at = ? WHERE id = ?", now, key.id)
    return key


async def _refuse(secret: str, key: X3Key | None, address: str) -> None:
    counted = f"x3 wrong {address}"
    await throttle.check(counted, WRONG_KEYS)
    await throttle.count(counted, WRONG_KEYS_WINDOW)
    subject = f"{_named(key)}, widerrufen" if key else "unbekannt" if secret else "keiner angegeben"
    await journal.audit(None, "x3_key_refused", subject, address)


async def _once(admin: Person, form_key: str) -> None:
    if form_key and await tokens.claim_form(admin, form_key) is not None:
        raise Conflict


async def _key(id: int) -> X3Key:
    key = await X3Key.filter(id=id).select_related("organisation").first()
    if key is None:
        raise NotVisible
    return key


async def _new_key(admin: Person, organisation: Organisation, name: str) -> tuple[X3Key, str]:
    secret = KEY_PREFIX + tokens.new_token()
    key = await X3Key.create(
        organisation=organisation, name=name, key_hash=tokens.token_hash(secret), ending=secret[-ENDING:],
        created_by=admin, created_at=clock.now(),
    )  # fmt: skip
    await journal.audit(admin, "x3_key_created", _named(key))
    return key, secret


async def _revoke(admin: Person, key: X3Key) -> bool:
    now = clock.now()
    if not await changed("UPDATE x3_key SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", now, key.id):
        return False
    await execute(
        "UPDATE token SET expires_at = ? WHERE purpose = ? AND used_at IS NULL AND expires_at > ? "
        "AND person_id IN (SELECT id FROM person WHERE organisation_id = ?)",
        now, Purpose.X3_LOGIN.value, now, key.organisation_id,
    )  # fmt: skip
    await journal.audit(admin, "x3_key_revoked", _named(key))
    return True


def _named(key: X3Key) -> str:
    return f"{key.organisation.name}, {key.name} (…{key.ending})"


def _only_admin(person: Person) -> None:
    if person.role != Role.ADMIN:
        raise NotAllowed


# --- login codes ---


def clean_context(given: Mapping[str, object]) -> dict[str, str]:
    """What X3 tells about the place: known facts only, each one line, cut where it is too long.

    Raises Refused(…) for a fact that is neither text nor a number.
    """
    facts, wrong = {}, {}
    for name in LABELS:
        value = given.get(name)
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            facts[name] = _cut(clean_line(str(value)), LONGEST[name])
        elif value is not None:
            wrong[f"context.{name}"] = translate("Bitte als Text angeben.")
    if wrong:
        raise Refused(**wrong)
    return {name: fact for name, fact in facts.items() if fact}


def _cut(line: str, longest: int) -> str:
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


async def mint(key: X3Key, user: str, context: Mapping[str, str], address: str) -> str:
    """A code that signs one of the organisation's own active people in, named by user name or e-mail in any case.

    Raises NotVisible for everybody else, all after the same work, and WrongKey for a key that is just being revoked.
    """
    name = clean_line(user).casefold()
    async with atomic():
        # Changes nothing, but waits for a revoking that is under way.
        if not await changed("UPDATE x3_key SET revoked_at = NULL WHERE id = ? AND revoked_at IS NULL", key.id):
            raise WrongKey
        found = await written_rows(
            "SELECT id, email FROM person WHERE organisation_id = ? AND active = ? AND role IN (?, ?) "
            "AND (email = ? OR user_name = ?) ORDER BY CASE WHEN email = ? THEN 0 ELSE 1 END LIMIT 1",
            key.organisation_id, True, Role.USER.value, Role.EDV.value, name, name, name,
        )  # fmt: skip
        if not found:
            raise NotVisible
        code = await tokens.issue(Purpose.X3_LOGIN, found[0]["id"], CODE_AGE, dict(context))
        await journal.audit(None, "x3_login_code", f"{found[0]['email']}, {_named(key)}", address)
    return code


@dataclass(frozen=True)
class Entered:
    """Somebody whom a code has signed in: the secret of the new session, and the token with their context."""

    session: str
    token_id: int


async def waiting(code: str) -> Token | None:
    """The login code that could be redeemed now, with its person; nothing is consumed."""
    token = await tokens.find(Purpose.X3_LOGIN, code)
    return token if token and not token.person.is_staff else None


async def over(code: str) -> Token | None:
    """A code of the last day that was used or has expired: whose it was, and where their context is."""
    return await Token.filter(
        purpose=Purpose.X3_LOGIN, token_hash=tokens.token_hash(code), created_at__gt=clock.now() - CONTEXT_AGE
    ).first()


async def redeem(code: str, browser: str, address: str, instead_of: Session | None = None) -> Entered | None:
    """Use a code up and sign its person in, instead of who was signed in there; None for a code that is worthless.

    Of two browsers at once, one gets the session.
    """
    async with atomic():
        token = await tokens.consume(Purpose.X3_LOGIN, code)
        if token is None or token.person.is_staff:
            return None
        if instead_of:
            await Session.filter(id=instead_of.id).delete()
            await journal.audit(instead_of.person, "signed_out", address=address)
        session = await accounts.open_session(token.person, browser, address, "signed_in_x3")
    return Entered(session, token.id)


async def context_of(person: Person, token_id: int) -> dict[str, str] | None:
    """What X3 told when it sent this person, by the names of LABELS; None for anybody else's, and after a day."""
    token = await Token.filter(
        id=token_id, person_id=person.id, purpose=Purpose.X3_LOGIN, created_at__gt=clock.now() - CONTEXT_AGE
    ).first()
    if token is None:
        return None
    told = token.context or {}
    return {name: str(told[name]) for name in LABELS if told.get(name)}
