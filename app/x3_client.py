"""`portal x3 …`: a ready client of what X3's servers ask the portal for, on the standard library alone."""

import http.client
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO, Any, TypeVar
from urllib.parse import urlsplit

import click

Command = TypeVar("Command", bound=Callable[..., Any])

PATIENCE = 15.0  # seconds
LARGEST_ANSWER = 64 * 1024


class NotDone(click.ClickException):
    """The portal refuses; a sentence a line."""

    def show(self, file: IO[str] | None = None) -> None:
        """Say it."""
        click.echo(self.message, err=True)


class BadCall(NotDone):
    """Something is missing or cannot be meant."""

    exit_code = 2


class NotReached(NotDone):
    """The portal does not answer, or nothing opens the link."""

    exit_code = 3


@dataclass(frozen=True)
class Client:
    """The portal as X3's server sees it."""

    base_url: str
    key: str

    def login_code(self, user: str, context: Mapping[str, str]) -> dict[str, Any]:
        """A link that signs the user in: `url`, `expires_in`."""
        wanted = {"user": user, "target": "new-ticket", "context": dict(context)}
        return self._call("POST", "/api/x3/login-codes", wanted)

    def request_access(self, who: Mapping[str, Any]) -> dict[str, Any]:
        """Ask for an account: `id`, `status`."""
        return self._call("POST", "/api/x3/access-requests", dict(who))

    def access_request(self, id: int) -> dict[str, Any]:
        """What became of a request: `id`, `status`."""
        return self._call("GET", f"/api/x3/access-requests/{id}")

    def _call(self, method: str, path: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
        from urllib.error import HTTPError
        from urllib.request import HTTPRedirectHandler, Request, build_opener

        class Stay(HTTPRedirectHandler):
            """Follows no redirect: it would hand the key to whoever is named there."""

            def redirect_request(self, *_: Any) -> None:
                return None

        headers = {"Authorization": f"Bearer {self.key}", "Accept": "application/json"}
        body = None if data is None else json.dumps(data).encode()
        if body:
            headers["Content-Type"] = "application/json"
        request = Request(f"{self.base_url}{path}", body, headers, method=method)  # noqa: S310  (checked by `client`)
        try:
            with build_opener(Stay).open(request, timeout=PATIENCE) as answer:
                return _object(answer.read(LARGEST_ANSWER), answer.status)
        except HTTPError as error:
            with error:
                raise _refused(_object(error.read(LARGEST_ANSWER), error.code), error.code) from None
        except (OSError, http.client.HTTPException) as error:
            raise NotReached(f"Das Portal unter {self.base_url} ist nicht zu erreichen.") from error


def _object(content: bytes, status: int) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise NotReached(f"Unter dieser Adresse antwortet kein Kundenportal (Status {status}).")
    return found


def _refused(answer: dict[str, Any], status: int) -> NotDone:
    fields = answer.get("fields") or {}
    lines = [f"{name}: {sentence}" for name, sentence in fields.items()]
    return NotDone("\n".join(lines) or str(answer.get("message") or f"Das Portal sagt nein ({status})."))


# --- the command line ---


@click.group("x3")
def x3() -> None:
    """Was der Server von X3 tut: Anmeldelinks holen, Konten beantragen.

    Exitcode 1: das Portal hat abgelehnt; 2: falsch aufgerufen; 3: das Portal ist nicht zu erreichen.
    """


def _with_key(command: Command) -> Command:
    """The options that every call has."""
    for option in (
        click.option("--key-file", type=click.File("r"), help="Datei mit dem Schlüssel, „-“ für die Standardeingabe"),
        click.option("--key", envvar="X3_KEY", metavar="SCHLÜSSEL", help="besser in X3_KEY oder einer Datei"),
        click.option(
            "--base-url", envvar="X3_BASE_URL", default="http://127.0.0.1:8000", show_default=True, metavar="ADRESSE",
            help="Adresse des Portals, sonst X3_BASE_URL",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


def _client(base_url: str, key: str | None, key_file: IO[str] | None) -> Client:
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise BadCall("Die Adresse des Portals muss mit https:// oder http:// beginnen.")
    secret = (key_file.read(1000) if key_file else key or "").strip()
    if not secret:
        raise BadCall("Der X3-Schlüssel fehlt; geben Sie ihn in X3_KEY, mit --key-file oder mit --key an.")
    if not secret.isascii() or not secret.isprintable() or " " in secret:
        raise BadCall("Das ist kein X3-Schlüssel.")
    return Client(base_url.rstrip("/"), secret)


@x3.command("login-code")
@_with_key
@click.option("--user", required=True, help="Benutzername oder E-Mail-Adresse")
@click.option("--module", help="Modul, in dem der User gerade arbeitet")
@click.option("--mask", help="Maske")
@click.option("--record", help="Datensatz")
@click.option("--version", help="Version von X3")
@click.option("--error", help="Fehlermeldung")
@click.option("--open", "opens", is_flag=True, help="den Link gleich im Browser öffnen")
def login_code(
    base_url: str, key: str | None, key_file: IO[str] | None, user: str, opens: bool, **context: str | None
) -> None:
    """Einen Link holen, der einen User anmeldet; er gilt eine Minute und einmal."""
    told = {name: value for name, value in context.items() if value}
    url = str(_client(base_url, key, key_file).login_code(user, told).get("url", ""))
    click.echo(url)
    if opens and click.launch(url):
        raise NotReached("Hier lässt sich kein Browser öffnen.")


@x3.command("access-request")
@_with_key
@click.option("--user-name", help="gewünschter Benutzername")
@click.option("--first-name", help="Vorname")
@click.option("--last-name", help="Nachname")
@click.option("--email", help="geschäftliche E-Mail-Adresse")
@click.option("--phone", help="Telefonnummer, freiwillig")
@click.option("--module", "modules", multiple=True, help="gewünschtes Modul; mehrmals für mehrere")
@click.option("--status", "id", type=click.IntRange(1), metavar="NUMMER", help="stattdessen nach dieser Anfrage fragen")
def access_request(
    base_url: str, key: str | None, key_file: IO[str] | None, id: int | None, modules: tuple[str, ...],
    **who: str | None,
) -> None:  # fmt: skip
    """Ein Konto beantragen, oder mit --status fragen, was daraus geworden ist."""
    client = _client(base_url, key, key_file)
    if id is not None:
        answer = client.access_request(id)
    else:
        given = {name: value for name, value in who.items() if value}
        answer = client.request_access(given | {"modules": list(modules)})
    click.echo(json.dumps(answer, ensure_ascii=False))
