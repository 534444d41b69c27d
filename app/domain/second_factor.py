"""The second factor: the second step of a sign-in, switching it on and off, recovery codes."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from app import clock
from app.database import atomic, changed
from app.domain import accounts, journal, outbox, throttle, tokens, totp
from app.domain.accounts import WINDOW
from app.domain.models import Person, Purpose, RecoveryCode, Role, Session, Token
from app.domain.refusals import Conflict, NotAllowed, Refused
from app.language import translate

SIGN_IN_AGE = timedelta(minutes=10)
DOUBLE_CLICK = timedelta(minutes=1)
RECOVERY_CODES = 10
RECOVERY_DIGITS = 16
LONGEST_NEXT = 500

# Three codes of a million fit at any moment: whoever knows the password needs years for one of them.
TRIES = 10
TRIES_A_DAY = 100
TRIES_PER_CLIENT = 60

WRONG_CODE = "Dieser Code ist falsch, abgelaufen oder schon benutzt."
WRONG_PASSWORD = "Das Passwort ist falsch."  # noqa: S105  a sentence


@dataclass(frozen=True)
class SignedIn:
    """A sign-in whose second step is done: the secret for the cookie, and where the person was going."""

    token: str
    next: str


class _Wrong(Exception):
    """The code is not one; whatever the transaction did is undone."""


# --- the second step of a sign-in ---


async def ask(person: Person, next: str) -> str:
    """The secret that stands for a right password until the code comes; of two at once each has its own."""
    return await tokens.issue(Purpose.SECOND_FACTOR, person.id, SIGN_IN_AGE, {"next": next[:LONGEST_NEXT]})


async def asked(token: str) -> bool:
    """Whether a sign-in waits for its code."""
    return await tokens.find(Purpose.SECOND_FACTOR, token) is not None


async def sign_in(token: str, code: str, form_key: str, browser: str, client: str) -> SignedIn | None:
    """Finish the sign-in with a code of the app or a recovery code; None when it has to start again.

    Raises Refused(code=…) and throttle.TooMany; a wrong code leaves the sign-in waiting.
    """
    step = await _step(token)
    if step is None:
        return None
    person = step.person
    await _check_tries(person, client)
    done = f"second factor {step.id}"
    try:
        async with atomic():
            outcome = await tokens.claim_form(person, form_key)
            if outcome is None:
                await _use(person, code, client)
                if await tokens.consume(Purpose.SECOND_FACTOR, token) is None:
                    raise _Wrong
                await tokens.answer_form(person, form_key, done)
            elif outcome != done:  # the same as the first one's is a double click
                raise _Wrong
            session = await accounts.open_session(person, browser, client)
    except _Wrong:
        await _count_try(person, client)
        raise Refused(code=translate(WRONG_CODE)) from None
    return SignedIn(session, str((step.context or {}).get("next", "")))


async def _step(token: str) -> Token | None:
    """The waiting sign-in, or one that was finished a moment ago, whose form may come a second time."""
    waiting = await tokens.find(Purpose.SECOND_FACTOR, token)
    if waiting:
        return waiting
    lately = clock.now() - DOUBLE_CLICK
    used = Token.filter(purpose=Purpose.SECOND_FACTOR, token_hash=tokens.token_hash(token), used_at__gt=lately)
    return await used.filter(person__active=True).select_related("person__organisation").first()


# --- switching it on and off ---


async def turn_on(current: Session, secret: str, password: str, code: str, client: str) -> list[str]:
    """Ask for codes of this secret from now on, and sign out everywhere else; returns the recovery codes.

    Raises Refused(password=… or code=…), throttle.TooMany, and Conflict when it is on with another secret.
    """
    person = current.person
    await _check_password(person, password)
    await _check_tries(person, client)
    step = totp.step_of(secret, totp.digits(code)) if totp.is_secret(secret) else None
    if step is None:
        await _count_try(person, client)
        raise Refused(code=translate(WRONG_CODE))
    async with atomic():
        # A form that comes twice finds its own secret there, and is shown codes that work.
        free = "totp_secret IS NULL OR totp_secret = ?"
        on = f"UPDATE person SET totp_secret = ?, totp_step = ? WHERE id = ? AND ({free})"
        if not await changed(on, secret, step, person.id, secret):
            raise Conflict
        codes = await _make_codes(person)
        await _turned(current, "second_factor_on", on=True)
    return codes


async def turn_off(current: Session, password: str, code: str, client: str) -> None:
    """Stop asking for codes, and sign out everywhere else; raises Refused(password=… or code=…) and TooMany."""
    person = current.person
    await _check_password(person, password)
    await _check_tries(person, client)
    try:
        async with atomic():
            await _use(person, code, client)
            await _forget(person.id)
            await _turned(current, "second_factor_off", on=False)
    except _Wrong:
        await _count_try(person, client)
        raise Refused(code=translate(WRONG_CODE)) from None


async def reset(admin: Person, person: Person) -> None:
    """Take away a second factor that somebody lost, and end their sessions; raises NotAllowed, also for one's own."""
    if admin.role != Role.ADMIN or admin.id == person.id:
        raise NotAllowed(translate("Den zweiten Faktor einer anderen Person setzt nur ein Administrator zurück."))
    async with atomic():
        if await _forget(person.id):
            await accounts.end_all(person.id)
            await journal.audit(admin, "second_factor_reset", person.user_name)
            await outbox.post([person.id], "second_factor_changed", on=False)


async def make_recovery_codes(person: Person, password: str) -> list[str]:
    """New recovery codes instead of the old ones; raises Refused(password=…), throttle.TooMany, and Conflict."""
    if not person.totp_secret:
        raise Conflict
    await _check_password(person, password)
    async with atomic():
        codes = await _make_codes(person)
        await journal.audit(person, "recovery_codes_made")
    return codes


async def codes_left(person: Person) -> int:
    """How many recovery codes nobody has used yet."""
    return await RecoveryCode.filter(person=person, used_at=None).count()


async def _turned(current: Session, kind: str, on: bool) -> None:
    await accounts.end_others(current)
    await journal.audit(current.person, kind)
    await outbox.post([current.person_id], "second_factor_changed", on=on)


async def _forget(person_id: int) -> bool:
    await RecoveryCode.filter(person_id=person_id).delete()
    gone = "UPDATE person SET totp_secret = NULL, totp_step = NULL WHERE id = ? AND totp_secret IS NOT NULL"
    return bool(await changed(gone, person_id))


async def _make_codes(person: Person) -> list[str]:
    codes = ["".join(secrets.choice("0123456789") for _ in range(RECOVERY_DIGITS)) for _ in range(RECOVERY_CODES)]
    await RecoveryCode.filter(person=person).delete()
    await RecoveryCode.bulk_create([RecoveryCode(person=person, code_hash=_code_hash(person, one)) for one in codes])
    return codes


# --- codes ---


async def _use(person: Person, code: str, client: str) -> None:
    """Use a code up inside the caller's transaction: of two at once, one does; raises _Wrong."""
    digits = totp.digits(code)
    if len(digits) == RECOVERY_DIGITS:
        taken = "UPDATE recovery_code SET used_at = ? WHERE person_id = ? AND code_hash = ? AND used_at IS NULL"
        if not await changed(taken, clock.now(), person.id, _code_hash(person, digits)):
            raise _Wrong
        await journal.audit(person, "recovery_code_used", address=client)
        return
    step = totp.step_of(person.totp_secret or "", digits)
    later = "UPDATE person SET totp_step = ? WHERE id = ? AND totp_secret = ? AND (totp_step IS NULL OR totp_step < ?)"
    if step is None or not await changed(later, step, person.id, person.totp_secret, step):
        raise _Wrong


def _code_hash(person: Person, digits: str) -> str:
    return tokens.token_hash(f"recovery {person.id} {digits}")


# --- brakes ---


async def _check_password(person: Person, password: str) -> None:
    if not await accounts.knows_password(person, password):
        raise Refused(password=translate(WRONG_PASSWORD))


def _limits(person: Person, client: str) -> dict[str, tuple[int, timedelta]]:
    return {
        f"second factor {person.id}": (TRIES, WINDOW),
        f"second factor a day {person.id}": (TRIES_A_DAY, timedelta(days=1)),
        f"second factor from {client}": (TRIES_PER_CLIENT, WINDOW),
    }


async def _check_tries(person: Person, client: str) -> None:
    await throttle.check_all({key: limit for key, (limit, _) in _limits(person, client).items()})


async def _count_try(person: Person, client: str) -> None:
    for key, (_, window) in _limits(person, client).items():
        await throttle.count(key, window)
    await journal.audit(None, "second_factor_failed", person.user_name, client)
