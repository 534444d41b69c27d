"""The command `portal`: serve, migrate, worker, create-admin, backup, restore, check, demo."""

import asyncio
import os
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from app.config import Settings, SettingsError, unknown
from app.x3_client import x3

if TYPE_CHECKING:
    import socket

PATIENCE = 60.0  # seconds for another `portal migrate` to finish: indexes of a large portal take their time


class SayOnly(click.ClickException):
    """Something that cannot be done; its sentence is all there is to say."""

    def show(self, file: IO[str] | None = None) -> None:
        """Say the sentence."""
        click.echo(self.message, err=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def portal() -> None:
    """Das Online-Kundenportal; Einstellungen sind die Umgebungsvariablen PORTAL_*."""


@portal.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Adresse, unter der das Portal antwortet")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Zahl der Prozesse, mit PostgreSQL"
)
def serve(host: str, port: int, workers: int) -> None:
    """Das Portal starten; die Datenbank muss migriert sein."""
    from app.check import has_admin
    from app.migrate import check_migrated, only_process, sqlite_file
    from app.server import listen

    settings = Settings.from_environment(os.environ)
    if workers > 1 and sqlite_file(settings):
        raise SayOnly("Mit SQLite gibt es nur einen Prozess; mehrere brauchen PostgreSQL (PORTAL_DATABASE_URL).")
    with only_process(settings), listen(host, port) as listener:
        asyncio.run(check_migrated(settings))
        if not asyncio.run(has_admin(settings)):
            click.echo("Noch gibt es kein aktives Administratorkonto; „portal create-admin“ legt eines an.", err=True)
        if workers == 1:
            _serve(settings, listener)
        else:
            _serve_together(settings, listener, workers)


@portal.command()
def migrate() -> None:
    """Die Datenbank anlegen oder auf den Stand dieser Version bringen."""
    from app.migrate import migrate as run
    from app.migrate import only_process

    settings = Settings.from_environment(os.environ)
    with only_process(settings, PATIENCE):
        done = asyncio.run(run(settings))
    click.echo("\n".join(done) or "Die Datenbank ist auf dem Stand dieser Version.")


@portal.command()
def worker() -> None:
    """Nur E-Mails senden, erinnern und aufräumen; jedes „portal serve“ tut das auch selbst.

    Mit PostgreSQL tut es immer nur einer von allen Prozessen.
    """
    from app import logs
    from app.migrate import check_migrated, only_process, sqlite_file
    from app.worker import run

    settings = Settings.from_environment(os.environ)
    if sqlite_file(settings):
        raise SayOnly("Mit SQLite sendet „portal serve“ die E-Mails selbst; „portal worker“ ist nicht nötig.")
    with only_process(settings):
        asyncio.run(check_migrated(settings))
        logs.start()
        asyncio.run(run(settings))


@portal.command("create-admin")
@click.option("--first-name", prompt="Vorname", help="Vorname")
@click.option("--last-name", prompt="Nachname", help="Nachname")
@click.option("--user-name", prompt="Benutzername", help="Benutzername")
@click.option("--email", prompt="E-Mail-Adresse", help="E-Mail-Adresse")
@click.option("--password-stdin", is_flag=True, help="das Passwort aus der Standardeingabe lesen, statt zu fragen")
def create_admin(password_stdin: bool, **who: str) -> None:
    """Ein Administratorkonto des Herstellers anlegen; die Datenbank muss migriert sein.

    Mit SQLite darf dabei kein Portal laufen: Diese Datenbank gehört immer nur einem Prozess.
    """
    from app.migrate import check_migrated, only_process

    settings = Settings.from_environment(os.environ)
    with only_process(settings):
        asyncio.run(check_migrated(settings))
        password = sys.stdin.readline().rstrip("\r\n") if password_stdin else _asked_twice()
        asyncio.run(_create_admin(settings, who, password))
    click.echo("Das Administratorkonto ist angelegt.")


def _asked_twice() -> str:
    password: str = click.prompt("Passwort", hide_input=True)
    if password != click.prompt("Passwort wiederholen", hide_input=True):
        raise SayOnly("Die beiden Passwörter sind verschieden.")
    return password


async def _create_admin(settings: Settings, who: Mapping[str, str], password: str) -> None:
    from app.domain import administration, identity
    from app.domain.refusals import Refused
    from app.language import name_vendor
    from app.migrate import connected

    name_vendor(settings.vendor)
    async with connected(settings):
        try:
            await administration.create_admin(settings.vendor, identity.clean(**who), password)
        except Refused as refused:
            raise SayOnly(str(refused)) from refused


@portal.command()
@click.argument("target", metavar="ZIEL", type=click.Path(path_type=Path))
def backup(target: Path) -> None:
    """Datenbank und Anhänge in das neue Verzeichnis ZIEL sichern, auch während das Portal läuft."""
    from app.backup.make import make
    from app.backup.restore import state_of

    facts = asyncio.run(make(Settings.from_environment(os.environ), target))
    click.echo(f"Gesichert und geprüft ist der Stand vom {state_of(facts)} Uhr in {target}. {_counted(facts.counts)}")
    if facts.missing:
        raise SayOnly(
            f"Anhänge, die schon in der Ablage fehlen oder beschädigt sind: {len(facts.missing)}; "
            f"sie stehen in {target / 'backup.json'} unter „missing“."
        )


@portal.command()
@click.argument("source", metavar="SICHERUNG", type=click.Path(path_type=Path))
def restore(source: Path) -> None:
    """Eine SICHERUNG in ein leeres Portal zurückholen: leeres Datenverzeichnis, leere Datenbank."""
    from app.backup.restore import restore as run
    from app.backup.restore import state_of
    from app.migrate import only_process

    settings = Settings.from_environment(os.environ)
    with only_process(settings):
        facts, void = asyncio.run(run(settings, source))
    click.echo(
        f"Wiederhergestellt ist der Stand vom {state_of(facts)} Uhr. {_counted(facts.counts)}\n"
        f"Angehaltene E-Mails: {void.letters}. Sie stehen unter „Postausgang“ bei „Fehlgeschlagen“ und gehen erst "
        "hinaus, wenn ein Administrator sie dort erneut sendet.\n"
        f"Beendete Anmeldungen: {void.sessions}, ungültige Links und Codes: {void.tokens}. Alle melden sich neu an.\n"
        "Als Nächstes: „portal migrate“, „portal check --files“, „portal serve“."
    )
    if facts.missing:
        raise SayOnly(f"Anhänge, die schon beim Sichern fehlten: {len(facts.missing)}.")


@portal.command("move-database")
@click.option("--from", "source", metavar="DATEI", type=click.Path(path_type=Path), help="sonst die der Ablage")
def move_database(source: Path | None) -> None:
    """Ein Portal von SQLite in das leere PostgreSQL umziehen, das PORTAL_DATABASE_URL nennt; kein Portal läuft."""
    from dataclasses import replace

    from app.backup.move import move
    from app.migrate import only_process

    settings = Settings.from_environment(os.environ)
    file = source or settings.data_dir / "portal.sqlite3"
    old = replace(settings, database_url=f"sqlite://{file.absolute()}")
    with only_process(old), only_process(settings):
        moved = asyncio.run(move(settings, file))
    click.echo(
        f"Umgezogen und Zeile für Zeile verglichen: {sum(moved.values())} Zeilen in {len(moved)} Tabellen. "
        f"{_counted(moved)}\n{file} bleibt, wie sie war; heben Sie sie auf, bis das neue Portal läuft."
    )


@portal.command("move-storage")
@click.option(
    "--to", "target", metavar="ZIEL", required=True,
    help="s3://bucket/ordner?endpoint=…&region=…, oder „directory“ für das Datenverzeichnis",
)  # fmt: skip
def move_storage(target: str) -> None:
    """Die Anhänge von dort, wo sie nach den Einstellungen liegen, nach ZIEL kopieren und vergleichen.

    Auch während das Portal läuft, und noch einmal, wenn es unterbrochen wurde: Kopiert wird, was noch fehlt.
    """
    from app.backup.move_storage import run

    asyncio.run(run(Settings.from_environment(os.environ), target, click.echo))


def _counted(counts: Mapping[str, int]) -> str:
    return f"Tickets: {counts['ticket']}, Nachrichten: {counts['message']}, Anhänge: {counts['attachment']}."


@portal.command()
@click.option("--files", is_flag=True, help="auch jeden Anhang lesen und mit seiner Zeile vergleichen")
def check(files: bool) -> None:
    """Prüfen, ob alles da ist: Einstellungen, Datenbank, E-Mail, Ablage, Adresse, Uhr; eine Zeile für jedes."""
    from app.check import findings

    found = asyncio.run(findings(Settings.from_environment(os.environ), files=files))
    click.echo("\n".join(map(str, found)))
    if not all(finding.fine for finding in found):
        sys.exit(1)


@portal.command()
@click.option("--serve", "serves", is_flag=True, help="danach das Portal starten")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option("--data", metavar="VERZEICHNIS", help="Datenverzeichnis, sonst PORTAL_DATA_DIR")
@click.option("--tickets", type=click.IntRange(min=1), help="stattdessen so viele Tickets zum Messen")
@click.option("--seed", type=int, default=1, show_default=True, help="gleiche Zahl, gleiche Tickets")
def demo(serves: bool, host: str, port: int, data: str | None, tickets: int | None, seed: int) -> None:
    """Eine Demo-Instanz anlegen; eine, die es schon gibt, bleibt, wie sie ist."""
    from app.demo.instance import prepare
    from app.migrate import only_process
    from app.server import address, listen

    with listen(host, port) if serves else nullcontext() as listener:
        settings = _demo_settings(os.environ, address(host, listener) if listener else "", data)
        with only_process(settings):
            prepare(settings, tickets, seed)
            if listener:
                _serve(settings, listener)


def _demo_settings(environment: Mapping[str, str], base_url: str, data: str | None) -> Settings:
    given = {"PORTAL_BASE_URL": base_url, **environment, "PORTAL_DEMO": "1"}
    return Settings.from_environment({**given, "PORTAL_DATA_DIR": data} if data else given)


def _serve_together(settings: Settings, listener: "socket.socket", workers: int) -> None:
    import app.main  # once, for all of them  # noqa: F401
    from app import logs
    from app.workers import Parent

    logs.start()
    click.echo(f"{settings.base_url}  ({workers} Prozesse, Strg+C beendet)")
    sys.exit(Parent(workers, lambda lifeline: _serve(settings, listener, lifeline)).run())


def _serve(settings: Settings, listener: "socket.socket", lifeline: int | None = None) -> None:
    from app import logs
    from app.main import create_app
    from app.server import serve as run

    logs.start()
    app = create_app(settings, works=True)
    app.config["DEBUG"] = False  # whatever QUART_DEBUG says: tracebacks are for the log
    started = (lambda: None) if lifeline else (lambda: click.echo(f"{settings.base_url}  (Strg+C beendet)"))
    asyncio.run(run(app, listener, started, lifeline))


portal.add_command(x3)


def main() -> None:
    """Run the command line: what cannot be done is said in one sentence, and the exit code tells it too."""
    for name in unknown(os.environ):
        click.echo(f"{name} ist keine Einstellung des Kundenportals und bleibt unbeachtet.", err=True)
    try:
        sys.exit(portal(standalone_mode=False))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except SettingsError as error:
        click.echo(error, err=True)
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except Exception as error:
        from app.migrate import StartError

        if not isinstance(error, StartError):
            raise
        click.echo(error, err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
