"""PostgreSQL on one machine or several: the address taken apart, and a connection to the one that can be written to."""

import asyncio
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    import asyncpg

PORT = 5432
TARGETS = ("any", "primary", "read-write")
TLS = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
ONE_HOST = 3.0  # seconds for one of several to answer: asyncpg's own time is for all of them together
# A machine that falls silent is noticed after ten seconds, and not when the kernel gives up after a quarter of an hour.
SILENT = 10
LINE = (
    ("SO_KEEPALIVE", socket.SOL_SOCKET, 1), ("TCP_KEEPIDLE", socket.IPPROTO_TCP, SILENT // 2),
    ("TCP_KEEPINTVL", socket.IPPROTO_TCP, 2), ("TCP_KEEPCNT", socket.IPPROTO_TCP, 3),
    ("TCP_USER_TIMEOUT", socket.IPPROTO_TCP, SILENT * 1000),
)  # fmt: skip

# The server's end of the same line: what a machine that burnt down had locked would stay locked for two hours.
SERVER = {
    "tcp_keepalives_idle": str(SILENT // 2), "tcp_keepalives_interval": "2", "tcp_keepalives_count": "3",
    "tcp_user_timeout": str(SILENT * 1000),
}  # fmt: skip


@dataclass(frozen=True)
class Address:
    """`postgres://user:password@host:port,host:port/database?target_session_attrs=read-write&sslmode=verify-full`."""

    hosts: tuple[tuple[str, int], ...]
    user: str
    password: str
    database: str
    target: str  # which of the hosts will do
    tls: str  # libpq's sslmode; "" is the driver's own habit: encrypted where the server can

    @property
    def places(self) -> str:
        """The hosts, as an operator knows them."""
        return ", ".join(host for host, _ in self.hosts)


def address(url: str) -> Address:
    """Take an address apart; raises ValueError where it is none. Of several hosts the primary is meant."""
    parts = urlsplit(url)
    login, _, listed = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
    hosts = tuple(_host(one) for one in (listed or query.get("host", "127.0.0.1")).split(","))
    target = query.get("target_session_attrs", "read-write" if len(hosts) > 1 else "any")
    tls = query.get("sslmode", "")
    if parts.scheme not in ("postgres", "postgresql") or target not in TARGETS or tls not in ("", *TLS):
        raise ValueError("not an address of PostgreSQL")
    if "," in query.get("host", "") or not all(host for host, _ in hosts):
        raise ValueError("several hosts stand before the database")
    return Address(
        hosts, unquote(user) or "postgres", unquote(password), parts.path.lstrip("/") or "postgres", target, tls
    )


def _host(given: str) -> tuple[str, int]:
    if given.startswith("/"):
        return given, PORT
    one = urlsplit(f"//{given}")
    if one.port == 0:
        raise ValueError("there is no port 0")
    return one.hostname or "", one.port or PORT


# The host that could be written to last time, by address: after a failover the others are asked only once.
_last: dict[Address, int] = {}


async def connect(to: Address, **given: Any) -> "asyncpg.Connection[Any]":
    """A connection to the first host that is what the address wants; raises ConnectionError when none is just now.

    Not by asyncpg's own way with several hosts: one that is switched off would use up the time of all of them.
    """
    import asyncpg

    first, why = _last.get(to, 0), list[BaseException]()
    for turn in range(len(to.hosts)):
        number = (first + turn) % len(to.hosts)
        host, port = to.hosts[number]
        wanted = {
            "user": to.user, "password": to.password, "database": to.database, "target_session_attrs": to.target,
            **({"ssl": to.tls} if to.tls else {}), **({"timeout": ONE_HOST} if len(to.hosts) > 1 else {}), **given,
            "host": host, "port": port,
        }  # fmt: skip
        if not host.startswith("/"):
            wanted["server_settings"] = SERVER | (given.get("server_settings") or {})
        try:
            connection = await asyncpg.connect(**wanted)
        except (OSError, asyncpg.TargetServerAttributeNotMatched, asyncpg.CannotConnectNowError) as error:
            why.append(error)
            continue
        _last[to] = number
        _listen_for_silence(connection)
        return connection
    if len(to.hosts) == 1 and not isinstance(why[0], asyncpg.TargetServerAttributeNotMatched):
        raise why[0]
    said = "; ".join(f"{host}: {' '.join(str(one).split()) or type(one).__name__}" for (host, _), one in
                     zip(to.hosts[first:] + to.hosts[:first], why, strict=True))  # fmt: skip
    raise ConnectionError(f"none can be written to: {said}") from why[-1]


def _listen_for_silence(connection: Any) -> None:
    line = connection._transport.get_extra_info("socket")
    if line is None or line.family not in (socket.AF_INET, socket.AF_INET6):
        return
    for name, level, value in LINE:
        with suppress(OSError, AttributeError):  # macOS has other names for some
            line.setsockopt(level, getattr(socket, name), value)


async def writable(connection: Any) -> None:
    """Raise ConnectionError for a connection of the pool whose server takes no writing any more; the pool closes it.

    PostgreSQL tells by itself when that changes (since version 14), so nothing is asked.
    """
    told = connection.get_settings()
    for name in ("in_hot_standby", "default_transaction_read_only"):
        if getattr(told, name, "off") == "on":
            raise ConnectionError(f"the server is no longer the primary ({name})")


def credentials(to: Address) -> dict[str, Any]:
    """What Tortoise takes for its pool."""
    host, port = to.hosts[0]
    several = {"setup": writable} if to.target == "read-write" else {}
    return {
        "host": host, "port": port, "user": to.user, "password": to.password, "database": to.database,
        "minsize": 2, "maxsize": 10, "connect": _Connect(to), **several,
    }  # fmt: skip


@dataclass(frozen=True)
class _Connect:
    """How a pool connects, whatever it was told itself."""

    to: Address

    async def __call__(self, *_: None, **given: Any) -> "asyncpg.Connection[Any]":
        own = {name: value for name, value in given.items() if name not in ("host", "port", "loop")}
        return await connect(self.to, **own, loop=asyncio.get_running_loop())
