"""The command line: what cannot be done is one German sentence and an exit code."""

import asyncio
import io
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd import smtp
from aiosmtpd.controller import Controller

from app import cli, migrate
from app.config import Settings

ROOT = Path(__file__).parents[1]


@pytest.fixture
def portal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs `portal …` in this process: exit code, what it said, what it complained about."""

    def run(*arguments: str, **environment: str) -> tuple[int, str, str]:
        monkeypatch.delenv("PORTAL_TEST_DATABASE", raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["portal", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


def of(settings: Settings) -> dict[str, str]:
    return {"PORTAL_DATA_DIR": str(settings.data_dir), "PORTAL_DATABASE_URL": settings.database_url}


def is_one_sentence(text: str) -> bool:
    return text.count("\n") == 1 and text.endswith(".\n") and text[0].isupper()


@pytest.mark.no_database
@pytest.mark.parametrize("command", ["serve", "migrate", "demo"])
def test_bad_settings(portal: Any, command: str, tmp_path: Path) -> None:
    code, _, error = portal(command, PORTAL_BASE_URL="portal", PORTAL_DATA_DIR=str(tmp_path / "data"))
    assert code == 2
    assert is_one_sentence(error)
    assert "PORTAL_BASE_URL" in error


def test_serve_wants_migrations(portal: Any, bare_settings: Callable[[], Settings]) -> None:
    code, _, error = portal("serve", "--port", "0", **of(bare_settings()))
    assert code == 1
    assert is_one_sentence(error)
    assert "portal migrate" in error


def test_serve_refuses_a_newer_database(portal: Any, settings: Settings) -> None:
    async def tamper() -> None:
        from app.database import execute

        async with migrate.connected(settings):
            await execute("INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('domain', '9999_x', "
                          "CURRENT_TIMESTAMP)")  # fmt: skip

    async def put_back() -> None:
        from app.database import execute

        async with migrate.connected(settings):
            await execute("DELETE FROM tortoise_migrations WHERE name = '9999_x'")

    asyncio.run(tamper())
    try:
        code, _, error = portal("serve", "--port", "0", **of(settings))
    finally:
        asyncio.run(put_back())
    assert code == 1
    assert is_one_sentence(error)
    assert "neuer" in error


@pytest.mark.no_database
def test_port_in_use(portal: Any, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for command in (["serve"], ["demo", "--serve"]):
            code, _, error = portal(*command, "--port", port, PORTAL_DATA_DIR=str(tmp_path / "data"))
            assert code == 1
            assert is_one_sentence(error)
            assert port in error
    assert not (tmp_path / "data" / "portal.sqlite3").exists()


@pytest.mark.no_database
def test_unknown_address(portal: Any, tmp_path: Path) -> None:
    code, _, error = portal("serve", "--host", "192.0.2.1", "--port", "0", PORTAL_DATA_DIR=str(tmp_path))
    assert code == 1
    assert is_one_sentence(error)


@pytest.mark.no_database
def test_data_directory_cannot_be_written(portal: Any, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, _, error = portal("migrate", PORTAL_DATA_DIR=str(tmp_path / "file" / "data"))
    assert code == 1
    assert is_one_sentence(error)
    assert str(tmp_path) in error


@pytest.mark.no_database
@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_unreachable_database(portal: Any, command: str, tmp_path: Path) -> None:
    url = "postgres://anna:Geheim-1@127.0.0.1:1/portal"
    arguments = ["--port", "0"] if command == "serve" else []
    code, _, error = portal(command, *arguments, PORTAL_DATA_DIR=str(tmp_path), PORTAL_DATABASE_URL=url)
    assert code == 1
    assert is_one_sentence(error)
    assert "portal auf 127.0.0.1" in error
    assert "Geheim" not in error


@pytest.mark.sqlite_only
def test_sqlite_has_one_process(portal: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "PATIENCE", 0.2)
    with migrate.only_process(settings):
        for command in (["serve", "--port", "0"], ["migrate"], ["demo"]):
            code, _, error = portal(*command, **of(settings))
            assert code == 1
            assert is_one_sentence(error)
            assert "anderer Prozess" in error


@pytest.mark.long
@pytest.mark.sqlite_only
def test_migrate_twice(portal: Any, bare_settings: Callable[[], Settings]) -> None:
    environment = of(bare_settings())
    code, said, _ = portal("migrate", **environment)
    assert code == 0
    assert said.startswith("0001_")
    code, said, _ = portal("migrate", **environment)
    assert (code, said) == (0, "Die Datenbank ist auf dem Stand dieser Version.\n")


@pytest.mark.long
def test_two_migrate_at_once(bare_settings: Callable[[], Settings]) -> None:
    environment = {"PATH": "", **of(bare_settings())}
    command = [sys.executable, "-m", "app.cli", "migrate"]
    both = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert sum(out.count("0001_") for out, _ in said) == 1


@pytest.mark.sqlite_only
def test_migrating_finds_rows_that_refer_to_nothing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    async def one_missing() -> tuple[list[str], list[str]]:
        return ["9999_more"], []

    with sqlite3.connect(settings.data_dir / "portal.sqlite3") as connection:
        connection.execute("INSERT INTO person_module (person_id, module_id) VALUES (77, 88)")
    connection.close()
    monkeypatch.setattr(migrate, "_difference", one_missing)
    with pytest.raises(migrate.StartError, match="verweisen"):
        asyncio.run(migrate.migrate(settings))


@pytest.mark.sqlite_first
def test_debug_cannot_be_on(portal: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    async def serve(app: Any, listener: socket.socket, ready: Callable[[], None], *_: object) -> None:
        seen.append((app.debug, app.testing))
        ready()

    monkeypatch.setattr("app.server.serve", serve)
    code, said, error = portal("serve", "--port", "0", QUART_DEBUG="1", **of(settings))
    assert (code, seen) == (0, [(False, False)]), error
    assert "Strg+C beendet" in said


@pytest.mark.no_database
def test_the_command_line_itself_is_light() -> None:
    code = "import sys, app.cli; print({'quart', 'tortoise', 'PIL', 'hypercorn'} & sys.modules.keys())"
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout == "set()\n"


# --- create-admin ---

WHO = ("--first-name", "Erna", "--last-name", "Klug", "--user-name", "Erna", "--email", "Erna@Firma.example")


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts words on standard input."""
    return lambda words: monkeypatch.setattr(sys, "stdin", io.StringIO(words))


def all_rows(settings: Settings, sql: str) -> list[dict[str, Any]]:
    from app.database import rows

    async def ask() -> list[dict[str, Any]]:
        async with migrate.connected(settings):
            return await rows(sql)

    return asyncio.run(ask())


@pytest.mark.sqlite_first
def test_the_first_admin_of_an_empty_portal(portal: Any, settings: Settings, typed: Any) -> None:
    typed("Sehr-Langer-Satz-77\n")
    code, said, error = portal("create-admin", *WHO, "--password-stdin", PORTAL_VENDOR="Firma GmbH", **of(settings))
    assert (code, said, error) == (0, "Das Administratorkonto ist angelegt.\n", "")
    (made,) = all_rows(
        settings,
        "SELECT p.user_name, p.email, p.role, p.password_hash, p.id, o.name, o.is_vendor, o.responsible_id "
        "FROM person p JOIN organisation o ON o.id = p.organisation_id",
    )
    assert (made["user_name"], made["email"], made["role"]) == ("erna", "erna@firma.example", "admin")
    assert (made["name"], bool(made["is_vendor"]), made["responsible_id"]) == ("Firma GmbH", True, made["id"])
    assert made["password_hash"].startswith("$argon2id$")
    (entry,) = all_rows(settings, "SELECT actor_id, kind, subject FROM audit_entry")
    assert entry == {"actor_id": None, "kind": "admin_created", "subject": "Erna Klug (erna)"}


@pytest.mark.sqlite_first
@pytest.mark.parametrize(("changed", "password", "words"), [
    ({}, "kurz", "mindestens 12 Zeichen"), ({}, "Erna-Klug-Erna-Klug", "leicht zu erraten"),
    ({"--first-name": " "}, "", "Vornamen"), ({"--email": "erna"}, "", "gültige E-Mail-Adresse"),
    ({"--email": "erna@gmail.com"}, "", "geschäftliche"), ({"--user-name": "a b"}, "", "Benutzername"),
])  # fmt: skip
def test_what_an_admin_cannot_be(
    portal: Any, settings: Settings, typed: Any, changed: dict[str, str], password: str, words: str
) -> None:
    typed(f"{password}\n")
    given = {**dict(zip(WHO[::2], WHO[1::2], strict=True)), **changed}
    arguments = [part for pair in given.items() for part in pair]
    code, said, error = portal("create-admin", *arguments, "--password-stdin", **of(settings))
    assert (code, said) == (1, "")
    assert words in error
    assert "Traceback" not in error
    assert all_rows(settings, "SELECT id FROM person") == all_rows(settings, "SELECT id FROM organisation") == []


@pytest.mark.sqlite_first
def test_a_name_that_is_taken(portal: Any, settings: Settings, typed: Any) -> None:
    for email, code, words in (("a@firma.example", 0, ""), ("b@firma.example", 1, "Benutzernamen gibt es schon")):
        typed("Sehr-Langer-Satz-77")
        found, _, error = portal("create-admin", *WHO[:-1], email, "--password-stdin", **of(settings))
        assert (found, words in error) == (code, True)
    assert len(all_rows(settings, "SELECT id FROM person")) == 1


@pytest.mark.sqlite_first
def test_who_types_two_passwords_or_none(portal: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["Sehr-Langer-Satz-77", "Sehr-Langer-Satz-78"])
    monkeypatch.setattr(cli.click, "prompt", lambda *_, **__: next(answers))
    code, _, error = portal("create-admin", *WHO, **of(settings))
    assert (code, error) == (1, "Die beiden Passwörter sind verschieden.\n")


@pytest.mark.sqlite_only
def test_no_admin_is_made_beside_a_running_portal_on_sqlite(portal: Any, settings: Settings, typed: Any) -> None:
    typed("Sehr-Langer-Satz-77\n")
    with migrate.only_process(settings):
        code, _, error = portal("create-admin", *WHO, "--password-stdin", **of(settings))
    assert code == 1
    assert is_one_sentence(error)
    assert "anderer Prozess" in error


def test_an_admin_wants_migrations(portal: Any, bare_settings: Callable[[], Settings], typed: Any) -> None:
    typed("Sehr-Langer-Satz-77\n")
    code, _, error = portal("create-admin", *WHO, "--password-stdin", **of(bare_settings()))
    assert (code, is_one_sentence(error), "portal migrate" in error) == (1, True, True)


@pytest.mark.sqlite_first
def test_serve_says_that_nobody_can_administer_it(
    portal: Any, settings: Settings, typed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def serve(app: Any, listener: socket.socket, ready: Callable[[], None], *_: object) -> None:
        ready()

    monkeypatch.setattr("app.server.serve", serve)
    code, _, error = portal("serve", "--port", "0", **of(settings))
    assert (code, is_one_sentence(error), "portal create-admin" in error) == (0, True, True)
    typed("Sehr-Langer-Satz-77\n")
    portal("create-admin", *WHO, "--password-stdin", **of(settings))
    assert portal("serve", "--port", "0", **of(settings))[2] == ""


# --- check ---


def lines(said: str) -> dict[str, str]:
    """What `check` said about each thing."""
    return dict(line.split(": ", 1) for line in said.splitlines())


def test_check_says_a_line_for_each_thing(portal: Any, settings: Settings) -> None:
    code, said, error = portal("check", **of(settings))
    found = lines(said)
    assert list(found) == ["Einstellungen", "Datenbank", "E-Mail", "Ablage", "Adresse", "Uhr"]
    assert all(sentence.startswith("in Ordnung. ") and sentence.endswith(".") for sentence in found.values())
    assert (code, error) == (0, "")
    assert str(settings.data_dir / "mail") in found["E-Mail"]


def test_check_looks_while_the_portal_runs_and_changes_nothing(portal: Any, settings: Settings, tmp_path: Path) -> None:
    with migrate.only_process(settings):
        assert portal("check", **of(settings))[0] == 0
    nowhere = tmp_path / "nowhere"
    code, said, _ = portal("check", PORTAL_DATA_DIR=str(nowhere), PORTAL_DATABASE_URL="")
    assert code == 1
    assert lines(said)["Datenbank"].startswith("Fehler. ")
    assert lines(said)["Ablage"].startswith("Fehler. ")
    assert not nowhere.exists()


def test_check_finds_what_is_missing(portal: Any, bare_settings: Callable[[], Settings]) -> None:
    settings = bare_settings()
    settings.data_dir.mkdir()
    (settings.data_dir / "portal.sqlite3").touch()
    (settings.data_dir / "attachments").touch()
    code, said, _ = portal("check", **of(settings))
    assert code == 1
    assert "portal migrate" in lines(said)["Datenbank"]
    assert lines(said)["Ablage"].startswith("Fehler. ")


@pytest.mark.no_database
def test_check_tells_no_secret(portal: Any, tmp_path: Path) -> None:
    code, said, error = portal(
        "check", PORTAL_DATA_DIR=str(tmp_path), PORTAL_DATABASE_URL="postgres://anna:Geheim-1@127.0.0.1:1/portal",
        PORTAL_SMTP_URL="smtp://anna:Geheim-2@127.0.0.1:1",
    )  # fmt: skip
    assert code == 1
    assert lines(said)["Datenbank"].startswith("Fehler. ")
    assert lines(said)["E-Mail"].startswith("Fehler. ")
    assert "Geheim" not in said + error


class Listening(smtp.SMTP):
    """A mail server that remembers what was said to it."""

    said: list[str] = []

    async def smtp_EHLO(self, hostname: str) -> None:
        """Greet."""
        self.said.append("EHLO")
        await super().smtp_EHLO(hostname)

    async def smtp_MAIL(self, arg: str) -> None:
        """Nothing is to be sent."""
        self.said.append("MAIL")
        await super().smtp_MAIL(arg)


@pytest.mark.no_database
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize(("password", "fine"), [("Geheim-2", True), ("falsch-3", False)])
def test_check_signs_in_to_the_mail_server_and_sends_nothing(
    portal: Any, tmp_path: Path, password: str, fine: bool
) -> None:
    def sign_in(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> smtp.AuthResult:
        return smtp.AuthResult(success=data.password == b"Geheim-2", handled=False)

    class Here(Controller):
        def factory(self) -> smtp.SMTP:
            return Listening(self.handler, authenticator=sign_in, auth_require_tls=False, auth_required=True)

    Listening.said = []
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    here = Here(object(), hostname="127.0.0.1", port=port)
    here.start()
    try:
        url = f"smtp://anna:{password}@127.0.0.1:{port}"
        _, said, error = portal("check", PORTAL_DATA_DIR=str(tmp_path), PORTAL_SMTP_URL=url)
    finally:
        here.stop()
    assert lines(said)["E-Mail"].startswith("in Ordnung. " if fine else "Fehler. ")
    assert set(Listening.said) == {"EHLO"}
    assert password not in said + error
