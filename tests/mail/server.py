"""A real SMTP server on this machine, in every mood: aiosmtpd with a handler that does what a test wants."""

import asyncio
import email
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

# Made for these tests only, signed by itself, for mail.example and 127.0.0.1.
KEY_AND_CERTIFICATE = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgMC/5LKht6X84TlKi
7mqlWkJUNFpGtTTbRa+cItYn52GhRANCAAQUUMXxsgYk8S8W1z9YwK9T/p6bG27M
QGg8+VGFt9+Px200qT5Ym+fqoWxEC3lGImNY1u5JYR4J08rSadQBH6UX
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBpDCCAUqgAwIBAgIUGj7nPNuOvBrj9YBfl2EGp2Oh/lAwCgYIKoZIzj0EAwIw
FzEVMBMGA1UEAwwMbWFpbC5leGFtcGxlMCAXDTI2MTEyMzIwMTcyM1oYDzIxMjYx
MDMwMjAxNzIzWjAXMRUwEwYDVQQDDAxtYWlsLmV4YW1wbGUwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAAQUUMXxsgYk8S8W1z9YwK9T/p6bG27MQGg8+VGFt9+Px200
qT5Ym+fqoWxEC3lGImNY1u5JYR4J08rSadQBH6UXo3IwcDAdBgNVHQ4EFgQUNXZG
SZQH+s+29h6e4QvOgDVi8fIwHwYDVR0jBBgwFoAUNXZGSZQH+s+29h6e4QvOgDVi
8fIwDwYDVR0TAQH/BAUwAwEB/zAdBgNVHREEFjAUggxtYWlsLmV4YW1wbGWHBH8A
AAEwCgYIKoZIzj0EAwIDSAAwRQIhANkii9OhAqyv6lzM1ZRnWxLTgDAt3H5dssZd
4elbHAsyAiA6n31e570fxpIdIZ4LHquKCLp2WDPD3RiLJ0Ki0JIOYA==
-----END CERTIFICATE-----
"""

Answer = str | None


@dataclass
class MailServer:
    """What it answers, and what it got. A mood is a function of the address, or of how often it was asked."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    connections: int = 0
    encrypted: int = 0
    mail: Callable[[str], Answer] = lambda address: None
    rcpt: Callable[[str], Answer] = lambda address: None
    data: Callable[[EmailMessage], Answer] = lambda letter: None
    login: tuple[str, str] = ("portal", "Geheim-1")
    cut_after_dot: int = 0  # so many letters arrive without a word about it
    hang_after_dot: int = 0
    silent: bool = False  # says nothing from the start
    slow_rcpt: set[str] = field(default_factory=set)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def ids(self) -> list[str]:
        """The Message-IDs in the order in which the letters came."""
        return [str(letter["Message-ID"]) for letter in self.letters]

    def url(self, login: str = "", scheme: str = "smtp", host: str = "127.0.0.1") -> str:
        """The address of the server for PORTAL_SMTP_URL."""
        return f"{scheme}://{login}{host}:{self.port}"

    # --- what aiosmtpd asks ---

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Hello."""
        session.host_name = hostname
        self.encrypted += session.ssl is not None
        return responses

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """From whom."""
        answer = self.mail(address)
        if answer is None:
            envelope.mail_from = address
        return answer or "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """To whom."""
        if address in self.slow_rcpt:
            await self.over.wait()
        answer = self.rcpt(address)
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """What."""
        letter = email.message_from_bytes(envelope.content or b"", policy=default)
        answer = self.data(letter)
        if answer is not None:
            return answer
        self.letters.append(letter)
        self.recipients += envelope.rcpt_tos
        self.arrived.set()
        if self.cut_after_dot:
            self.cut_after_dot -= 1
            server.transport.abort()
        elif self.hang_after_dot:
            self.hang_after_dot -= 1
            await self.over.wait()
        return "250 OK"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        """Who."""
        assert isinstance(data, LoginPassword)
        given = (data.login.decode(), data.password.decode())
        self.logins.append(given)
        return AuthResult(success=given == self.login, handled=given == self.login)


class _Silent(asyncio.Protocol):
    pass


def tls_context(folder: Path) -> ssl.SSLContext:
    """The server's certificate."""
    file = folder / "server.pem"
    file.write_text(KEY_AND_CERTIFICATE)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    return context


@asynccontextmanager
async def listening(
    server: MailServer, tls: ssl.SSLContext | None = None, *, at_once: bool = False, port: int = 0
) -> AsyncIterator[MailServer]:
    """Let the server listen, with STARTTLS when it has a certificate, or with TLS `at_once`."""
    loop = asyncio.get_running_loop()

    def protocol() -> asyncio.Protocol:
        server.connections += 1
        if server.silent:
            return _Silent()
        return SMTP(
            server, hostname="mail.example", loop=loop, tls_context=None if at_once else tls,
            authenticator=server.authenticate, auth_require_tls=False,
        )  # fmt: skip

    listener = await loop.create_server(protocol, "127.0.0.1", port, ssl=tls if at_once else None)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        server.over.set()
        listener.close()
