"""Where letters go: to a mail server, or as files into the data directory while none is set."""

import asyncio
import os
import re
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib

from app import clock
from app.config import Settings
from app.mail import reasons
from app.mail.reasons import Undelivered, Verdict

LOOPBACK = ("127.0.0.1", "localhost", "::1")
SHUTTING_DOWN = 421


@dataclass(frozen=True)
class Patience:
    """How many seconds to wait for the server's next word, and for all of one letter."""

    answer: float = 30
    letter: float = 120


class Post(Protocol):
    """Takes letters."""

    async def connect(self) -> None:
        """Make sure that it can take letters; raises Undelivered."""

    async def send(self, message: EmailMessage) -> None:
        """Take one; raises Undelivered."""

    async def close(self) -> None:
        """Let go of the connection."""


def post_for(settings: Settings, patience: Patience) -> Post:
    """The mail server of the settings, or the folder for a portal without one."""
    return Server(settings, patience) if settings.smtp_url else Folder(settings.data_dir / "mail")


class _NoEncryption(Exception):
    pass


class Server:
    """One connection to the mail server, made when it is needed and kept for the next letter."""

    def __init__(self, settings: Settings, patience: Patience) -> None:
        self._url = urlsplit(settings.smtp_url)
        self._host = (self._url.hostname or "").lower()
        self._base_url = urlsplit(settings.base_url)
        self._sender = settings.sender
        self._patience = patience
        self._client: aiosmtplib.SMTP | None = None

    async def connect(self) -> None:
        """Connect, encrypt and sign in, unless that is done already; raises Undelivered."""
        self._client = await self._ready()

    async def _ready(self) -> aiosmtplib.SMTP:
        if self._client is not None and self._client.is_connected:
            return self._client
        client = self._new_client()
        try:
            async with asyncio.timeout(self._patience.letter):
                await client.connect()
                await self._encrypt(client)
                await self._sign_in(client)
        except Exception as error:
            client.close()
            raise _not_connected(error, unquote(self._url.password or "")) from error
        except BaseException:
            client.close()
            raise
        return client

    def _new_client(self) -> aiosmtplib.SMTP:
        own_name = self._base_url.hostname or ""
        return aiosmtplib.SMTP(
            hostname=self._host, port=self._url.port, use_tls=self._url.scheme == "smtps", start_tls=False,
            validate_certs=self._wants_a_certificate, timeout=self._patience.answer,
            local_hostname=own_name if re.fullmatch(r"[a-z0-9.-]+", own_name) else "localhost",
        )  # fmt: skip

    @property
    def _wants_a_certificate(self) -> bool:
        # Where STARTTLS is only taken because it is offered, any encryption is better than none.
        return self._host not in LOOPBACK and bool(self._url.username or self._url.scheme == "smtps")

    async def _encrypt(self, client: aiosmtplib.SMTP) -> None:
        await client.ehlo()
        if self._url.scheme == "smtps":
            return
        if client.supports_extension("starttls"):
            await client.starttls()
            await client.ehlo()
        elif self._url.username and self._host not in LOOPBACK:
            raise _NoEncryption

    async def _sign_in(self, client: aiosmtplib.SMTP) -> None:
        if self._url.username:
            await client.login(unquote(self._url.username), unquote(self._url.password or ""))

    async def send(self, message: EmailMessage) -> None:
        """Hand one letter over; raises Undelivered."""
        content = message.as_bytes()
        client, self._client = await self._ready(), None  # what breaks off in between leaves no half-used connection
        phase = "envelope"
        try:
            async with asyncio.timeout(self._patience.letter):
                await client.mail(self._sender)
                await client.rcpt(message["To"].addresses[0].addr_spec)
                phase = "content"
                await client.data(content)
        except aiosmtplib.SMTPResponseException as error:
            await self._keep(client, error.code)
            raise _refused(error, phase) from error
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            client.close()
            raise _broken(error, phase) from error
        except BaseException:
            client.close()
            raise
        self._client = client

    async def _keep(self, client: aiosmtplib.SMTP, code: int) -> None:
        """Go on with the connection after a refusal, if the server does."""
        try:
            if client.is_connected and code != SHUTTING_DOWN:
                await client.rset()
                self._client = client
                return
        except (aiosmtplib.SMTPException, OSError, TimeoutError):
            pass
        client.close()

    async def close(self) -> None:
        """Say goodbye."""
        client, self._client = self._client, None
        if client is not None:
            try:
                await client.quit(timeout=min(self._patience.answer, 2))
            except (aiosmtplib.SMTPException, OSError, TimeoutError):
                client.close()


def _not_connected(error: Exception, password: str) -> Undelivered:
    said = f"{error.code} {error.message}" if isinstance(error, aiosmtplib.SMTPResponseException) else str(error)
    said = said.replace(password, "…") if password else said  # some servers repeat what they were told
    cause = error.__cause__ if isinstance(error, aiosmtplib.SMTPConnectError) else error
    match error:
        case _NoEncryption():
            return Undelivered(Verdict.CLOSED, reasons.NO_TLS)
        case TimeoutError():
            return Undelivered(Verdict.CLOSED, reasons.NO_ANSWER)
        case aiosmtplib.SMTPAuthenticationError() | aiosmtplib.SMTPNotSupported():
            return Undelivered(Verdict.CLOSED, reasons.NO_LOGIN, said)
        case aiosmtplib.SMTPResponseException():
            return Undelivered(Verdict.CLOSED, reasons.NO_WELCOME, said)
    broken_tls = isinstance(cause, ssl.SSLError)
    return Undelivered(Verdict.CLOSED, reasons.BAD_TLS if broken_tls else reasons.NO_SERVER, str(cause or said))


def _refused(error: aiosmtplib.SMTPResponseException, phase: str) -> Undelivered:
    said = f"{error.code} {error.message}"
    if isinstance(error, aiosmtplib.SMTPSenderRefused):
        return Undelivered(Verdict.SERVER, reasons.NO_SENDER, said)
    if error.code == SHUTTING_DOWN:
        return Undelivered(Verdict.SERVER, reasons.NOT_NOW, said)
    if not 500 <= error.code < 600:
        return Undelivered(Verdict.LATER, reasons.NOT_NOW, said)
    return Undelivered(Verdict.NEVER, reasons.NOBODY if phase == "envelope" else reasons.REFUSED, said)


def _broken(error: Exception, phase: str) -> Undelivered:
    if phase == "content":
        return Undelivered(Verdict.UNKNOWN, reasons.UNKNOWN)
    return Undelivered(Verdict.SERVER, reasons.SLOW if isinstance(error, TimeoutError) else reasons.CUT)


class Folder:
    """Keeps letters as files, for a portal without a mail server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def connect(self) -> None:
        """Make sure that the folder is there; raises Undelivered."""
        try:
            await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
        except OSError as error:
            raise Undelivered(Verdict.CLOSED, reasons.NO_ROOM, error.strerror or "") from error

    async def send(self, message: EmailMessage) -> None:
        """Write one letter, whole or not at all; raises Undelivered."""
        content = message.as_bytes()
        await self.connect()
        try:
            await asyncio.to_thread(self._write, _file_name(message), content)
        except OSError as error:
            raise Undelivered(Verdict.CLOSED, reasons.NO_ROOM, error.strerror or "") from error

    def _write(self, name: str, content: bytes) -> None:
        half = self._folder / f".{name}.half"
        try:
            with open(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(half, self._folder / name)
        finally:
            half.unlink(missing_ok=True)

    async def close(self) -> None:
        """Nothing to let go of."""


def _file_name(message: EmailMessage) -> str:
    to = re.sub(r"[^a-z0-9@._-]", "_", message["To"].addresses[0].addr_spec.lower())[:80]
    letter = message["Message-ID"].strip("<>").partition("@")[0]
    return f"{clock.now():%Y%m%d-%H%M%S}-{to}-{letter}.eml"
