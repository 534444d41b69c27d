"""The command `portal`: serve, migrate, demo."""

import asyncio
import os
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING

import click

from app.config import Settings, SettingsError, unknown

if TYPE_CHECKING:
    import socket

PATIENCE = 10.0  # seconds that `migrate` waits for another process to end


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def portal() -> None:
    """Das Online-Kundenportal; Einstellungen sind die Umgebungsvariablen PORTAL_*."""


@portal.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Adresse, unter der das Portal antwortet")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
def serve(host: str, port: int) -> None:
    """Das Portal starten; die Datenbank muss migriert sein."""
    from app.migrate import check_migrated, only_process
    from app.server import listen

    settings = Settings.from_environment(os.environ)
    with only_process(settings), listen(host, port) as listener:
        asyncio.run(check_migrated(settings))
        _serve(settings, listener)


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


def _serve(settings: Settings, listener: "socket.socket") -> None:
    from app import logs
    from app.main import create_app
    from app.server import serve as run

    logs.start()
    app = create_app(settings)
    app.config["DEBUG"] = False  # whatever QUART_DEBUG says: tracebacks are for the log
    asyncio.run(run(app, listener, lambda: click.echo(f"{settings.base_url}  (Strg+C beendet)")))


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
