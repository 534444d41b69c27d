"""Settings: the only place that reads PORTAL_* from the environment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from app.postgres import address

MAIL_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")


class SettingsError(ValueError):
    """A setting that cannot be used; its text is the sentence the operator reads."""


@dataclass(frozen=True)
class Settings:
    """What an operator may set, checked at start. Each field is PORTAL_ plus its name in capitals."""

    base_url: str = "http://127.0.0.1:8000"
    data_dir: Path = Path("data")
    database_url: str = ""
    storage_url: str = ""
    vendor: str = "UNIPLUS"
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    smtp_url: str = ""
    mail_from: str = ""
    staff_totp: str = "optional"
    metrics_token: str = ""
    security_contact: str = ""
    imprint_url: str = ""
    privacy_url: str = ""
    demo: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read and check every PORTAL_* variable; raises SettingsError naming the first bad one."""
        given = {name: environment.get(name, "").strip() for name in READERS}
        values = {
            name.removeprefix("PORTAL_").lower(): READERS[name](name, value) for name, value in given.items() if value
        }
        return cls(**values)  # type: ignore[arg-type]

    @property
    def database(self) -> str:
        """The database address, SQLite in the data directory unless another is set."""
        return self.database_url or f"sqlite://{self.data_dir.absolute() / 'portal.sqlite3'}"

    @property
    def secure(self) -> bool:
        """Whether people reach the portal over https, so that cookies must not travel without it."""
        return self.base_url.startswith("https://")

    @property
    def sender(self) -> str:
        """The address that letters come from."""
        return self.mail_from or f"kundenportal@{urlsplit(self.base_url).hostname}"

    @property
    def contact(self) -> str:
        """Whom somebody tells who has found a hole, as `security.txt` says it."""
        return self.security_contact or f"mailto:{self.sender}"

    @property
    def host(self) -> str:
        """Host and port that a request must name."""
        return urlsplit(self.base_url).netloc


def unknown(environment: Mapping[str, str]) -> list[str]:
    """PORTAL_* variables that are no settings, most likely misspelt ones."""
    return sorted(name for name in environment if name.startswith("PORTAL_") and name not in READERS)


def _base_url(name: str, value: str) -> str:
    try:
        parts = urlsplit(value)
        valid = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        parts, valid = urlsplit(""), False
    if not valid or parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        raise SettingsError(
            f"{name} muss eine Adresse wie https://portal.example sein, ohne Pfad; „{value}“ ist keine."
        )
    return value.rstrip("/")


def _database_url(name: str, value: str) -> str:
    try:
        valid = urlsplit(value).scheme == "sqlite" or bool(address(value))
    except ValueError:
        valid = False
    if not valid:  # the value may hold a password, so it is not repeated
        raise SettingsError(f"{name} muss eine Adresse sein, die mit sqlite:// oder postgres:// beginnt.")
    return value


def storage_url(name: str, value: str) -> str:
    """The address of a bucket; raises SettingsError where it is none, or nothing here can speak to it."""
    try:
        parts = urlsplit(value)
        asked = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        endpoint = urlsplit(asked.get("endpoint", ["https://s3.example"])[0])
        valid = (
            parts.scheme == "s3" and bool(re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", parts.hostname or ""))
            and parts.port is None and bool(parts.username) == bool(parts.password)
            and asked.keys() <= {"endpoint", "region"} and all(len(given) == 1 for given in asked.values())
            and endpoint.scheme in ("http", "https") and bool(endpoint.hostname) and not parts.fragment
        )  # fmt: skip
    except ValueError:
        valid = False
    if not valid:  # the value may hold a key, so it is not repeated
        raise SettingsError(
            f"{name} muss eine Adresse wie s3://bucket/ordner?endpoint=https://s3.example&region=eu-central-1 sein."
        )
    if find_spec("obstore") is None:
        raise SettingsError(f"{name} braucht das Paket obstore; es gehört zu kundenportal[s3].")
    return value


def _data_dir(name: str, value: str) -> Path:
    path = Path(value).expanduser()
    if path.exists() and not path.is_dir():
        raise SettingsError(f"{name} muss ein Verzeichnis sein; „{value}“ ist eine Datei.")
    return path


def _vendor(name: str, value: str) -> str:
    if len(value) > 60 or not value.isprintable():
        raise SettingsError(f"{name} muss ein Name mit höchstens 60 Zeichen sein.")
    return value


def _trusted_proxies(name: str, value: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())
    except ValueError as error:
        raise SettingsError(
            f"{name} muss eine Liste von Netzen wie 10.0.0.0/8,192.0.2.7 sein; „{value}“ ist keine."
        ) from error


def _smtp_url(name: str, value: str) -> str:
    try:
        parts = urlsplit(value)
        valid = parts.scheme in ("smtp", "smtps") and parts.hostname and parts.port != 0 and not parts.path.strip("/")
    except ValueError:
        valid = False
    if not valid:  # the value may hold a password, so it is not repeated
        raise SettingsError(f"{name} muss eine Adresse wie smtp://name:passwort@mail.example:587 sein.")
    return value


def _mail_from(name: str, value: str) -> str:
    if not MAIL_ADDRESS.fullmatch(value):
        raise SettingsError(f"{name} muss eine E-Mail-Adresse wie portal@firma.example sein; „{value}“ ist keine.")
    return value


def _staff_totp(name: str, value: str) -> str:
    if value not in ("optional", "required"):
        raise SettingsError(f"{name} muss optional oder required sein; „{value}“ ist keins von beiden.")
    return value


def _metrics_token(name: str, value: str) -> str:
    if not re.fullmatch(r"[!-~]{16,200}", value):  # a secret, so it is not repeated
        raise SettingsError(f"{name} muss ein Wort aus mindestens 16 Zeichen sein, ohne Leerzeichen und Umlaute.")
    return value


def _security_contact(name: str, value: str) -> str:
    kind, _, rest = value.partition(":")
    if (kind == "mailto" and MAIL_ADDRESS.fullmatch(rest)) or (kind == "https" and _is_page(value)):
        return value
    raise SettingsError(
        f"{name} muss mailto: mit einer E-Mail-Adresse oder eine Adresse mit https:// sein; „{value}“ ist keins von "
        "beiden."
    )


def _page_url(name: str, value: str) -> str:
    if not _is_page(value):
        raise SettingsError(f"{name} muss eine Adresse wie https://firma.example/impressum sein; „{value}“ ist keine.")
    return value


def _is_page(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return bool(re.fullmatch(r"[!-~]{1,500}", value) and parts.scheme in ("http", "https") and parts.hostname)
    except ValueError:
        return False


def _demo(name: str, value: str) -> bool:
    if value not in ("0", "1"):
        raise SettingsError(f"{name} muss 0 oder 1 sein; „{value}“ ist keins von beiden.")
    return value == "1"


READERS = {
    "PORTAL_BASE_URL": _base_url,
    "PORTAL_DATA_DIR": _data_dir,
    "PORTAL_DATABASE_URL": _database_url,
    "PORTAL_STORAGE_URL": storage_url,
    "PORTAL_VENDOR": _vendor,
    "PORTAL_TRUSTED_PROXIES": _trusted_proxies,
    "PORTAL_SMTP_URL": _smtp_url,
    "PORTAL_MAIL_FROM": _mail_from,
    "PORTAL_STAFF_TOTP": _staff_totp,
    "PORTAL_METRICS_TOKEN": _metrics_token,
    "PORTAL_SECURITY_CONTACT": _security_contact,
    "PORTAL_IMPRINT_URL": _page_url,
    "PORTAL_PRIVACY_URL": _page_url,
    "PORTAL_DEMO": _demo,
}
