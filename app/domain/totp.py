"""Codes of an authenticator app: six digits that change every half minute (RFC 6238)."""

import hmac

import pyotp

from app import clock

STEP = 30  # seconds
DIGITS = 6
SECRET_LENGTH = 32
_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
_BETWEEN = str.maketrans("", "", " -\t\u00a0\u202f")


def new_secret() -> str:
    """A secret for an app: 160 bits, as they are typed."""
    return pyotp.random_base32(SECRET_LENGTH)


def is_secret(secret: str) -> bool:
    """Whether this can have been made by `new_secret`."""
    return len(secret) == SECRET_LENGTH and set(secret) <= _LETTERS


def app_address(secret: str, name: str, issuer: str) -> str:
    """What the QR code says; an app on the same device opens it as a link."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)


def digits(code: str) -> str:
    """A code as it is compared; people type it with blanks and strokes. Empty for what is none."""
    found = code.translate(_BETWEEN)
    return found if found.isascii() and found.isdigit() else ""


def step_of(secret: str, digits: str) -> int | None:
    """The half minute that these six digits belong to: the present one, the one before or the one after."""
    if not secret or len(digits) != DIGITS:
        return None
    now = int(clock.now().timestamp()) // STEP
    codes = pyotp.HOTP(secret)
    return next((step for step in (now, now - 1, now + 1) if hmac.compare_digest(codes.at(step), digits)), None)
