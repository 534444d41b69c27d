"""The command line: what cannot be done is one German sentence and an exit code."""

import asyncio
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

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


def test_debug_cannot_be_on(portal: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    async def serve(app: Any, listener: socket.socket, ready: Callable[[], None]) -> None:
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
