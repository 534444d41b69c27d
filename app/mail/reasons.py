"""Why a letter is not with the mail server, in words for the admin; in brackets behind them stands what was said."""

from enum import StrEnum

from app.domain.dispatch import HELD
from app.language import translate
from app.text import clean_line

LONGEST_DETAIL = 160

NO_SERVER = "Der Mailserver ist nicht erreichbar"
NO_ANSWER = "Der Mailserver antwortet nicht"
NO_WELCOME = "Der Mailserver nimmt gerade keine Verbindung an"
NO_TLS = "Der Mailserver bietet keine Verschlüsselung an; Benutzername und Passwort wurden nicht gesendet"
BAD_TLS = "Die verschlüsselte Verbindung zum Mailserver kam nicht zustande"
NO_LOGIN = "Der Mailserver hat die Anmeldung des Portals abgelehnt"
NO_ROOM = "Die E-Mail ließ sich nicht im Datenverzeichnis ablegen"
NO_SENDER = "Der Mailserver nimmt den Absender nicht an"
NOT_NOW = "Der Mailserver hat die E-Mail vorerst nicht angenommen"
NOBODY = "Der Mailserver hat die Empfängeradresse abgelehnt"
REFUSED = "Der Mailserver hat die E-Mail abgelehnt"
SLOW = "Der Mailserver hat zu lange nicht geantwortet"
CUT = "Die Verbindung zum Mailserver ist abgebrochen"
UNKNOWN = "Der Mailserver hat den Empfang nicht bestätigt; vielleicht ist die E-Mail angekommen"
TWICE_UNKNOWN = "Der Mailserver hat den Empfang auch beim zweiten Mal nicht bestätigt; vielleicht ist sie angekommen"
NOT_COMPOSED = "Die E-Mail ließ sich nicht zusammenstellen"
TOO_OFTEN = "Das Senden ist zu oft unterbrochen worden"

# Letters that were put off for one of these can go as soon as another one has gone.
NO_CONNECTION = (NO_SERVER, NO_ANSWER, NO_WELCOME, NO_TLS, BAD_TLS, NO_LOGIN, NO_ROOM)
REASONS = (
    *NO_CONNECTION, NO_SENDER, NOT_NOW, NOBODY, REFUSED, SLOW, CUT, UNKNOWN, TWICE_UNKNOWN, NOT_COMPOSED,
    TOO_OFTEN, HELD,
)  # fmt: skip


class Verdict(StrEnum):
    """What an undelivered letter means."""

    LATER = "this letter may go later"
    NEVER = "this letter will never go"
    SERVER = "the server broke off, whatever the letter"
    CLOSED = "there is no server to speak to"
    UNKNOWN = "it may have arrived"


class Undelivered(Exception):
    """A letter that is not with the server, or perhaps is; `str()` is the reason."""

    def __init__(self, verdict: Verdict, reason: str, detail: str = "") -> None:
        super().__init__(worded(reason, detail))
        self.verdict = verdict


def worded(reason: str, detail: str) -> str:
    """A reason as it is kept: German, with what the server said behind it."""
    detail = clean_line(detail)[:LONGEST_DETAIL]
    return f"{reason} ({detail})" if detail else reason


def shown(error: str) -> str:
    """A kept reason in the reader's language."""
    known = max((one for one in REASONS if error.startswith(one)), key=len, default="")
    return translate(known) + error[len(known) :] if known else error
