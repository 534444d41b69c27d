"""What an operator types and copies: real commands, settings and metrics; several processes; a check of the files."""

import asyncio
import configparser
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import click
import httpx
import pytest
import time_machine

from app import check, clock, metrics, workers
from app.cli import portal
from app.config import READERS, Settings
from app.domain import journal
from app.health import figures
from app.web.guard import BODY_WITH_FILES
from tests.cast import PDF, Cast
from tests.conftest import DATABASE
from tests.postgres import Postgres

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = sorted((ROOT / "docs" / "examples").iterdir())
GUIDE = ROOT / "docs" / "operating.md"
TEXTS = [GUIDE, ROOT / "Containerfile", ROOT / "README.md", *EXAMPLES]


def names(path: Path) -> str:
    return path.name


# --- the guide and the examples ---


@pytest.mark.no_database
@pytest.mark.sqlite_only
@pytest.mark.parametrize("path", TEXTS, ids=names)
def test_only_real_settings_are_named(path: Path) -> None:
    found = set(re.findall(r"PORTAL_(?!TEST_)[A-Z_]+", path.read_text()))
    assert found <= set(READERS)


@pytest.mark.no_database
@pytest.mark.sqlite_only
@pytest.mark.parametrize("path", TEXTS, ids=names)
def test_only_real_commands_are_named(path: Path) -> None:
    text = path.read_text()
    typed = re.findall(r"(?:bin/|&& |exec |^|`)portal ([a-z0-9-]+)([^\n`;&\"']*)", text, re.MULTILINE)
    assert typed or path.name not in ("operating.md", "kundenportal.service", "Containerfile")
    for name, rest in typed:
        assert name in portal.commands, f"portal {name}"
        options = {option for one in portal.commands[name].params for option in one.opts}
        if not isinstance(portal.commands[name], click.Group):
            assert set(re.findall(r"(?<=\s)--[a-z-]+", rest.partition("#")[0])) <= options | {"--help"}, rest


async def test_only_real_metrics_are_named(database: Settings) -> None:
    families = [*metrics.METER.families(), *metrics.of_process(), *await figures(database)]
    named = set(re.findall(r"`((?:portal|process)_[a-z_]+)", GUIDE.read_text()))
    assert named == {family.name for family in families}


@pytest.mark.no_database
@pytest.mark.sqlite_only
def test_the_examples_parse() -> None:
    for path in EXAMPLES:
        text = "\n".join(line for line in path.read_text().splitlines() if not line.lstrip().startswith("#"))
        if path.suffix in (".service", ".timer"):
            unit = configparser.ConfigParser(strict=False, interpolation=None)
            unit.read_string(text)
            assert unit.sections()[0] == "Unit"
        elif path.suffix == ".env":
            assert all(re.fullmatch(r"PORTAL_[A-Z_]+=\S+", line) for line in text.split())
            environment = dict(line.split("=", 1) for line in text.split())
            assert Settings.from_environment(environment).secure
        else:
            assert text.count("{") == text.count("}")


@pytest.mark.no_database
@pytest.mark.sqlite_only
def test_the_proxies_let_through_what_the_portal_takes() -> None:
    for name, limit in (("nginx.conf", r"client_max_body_size (\d+)m"), ("Caddyfile", r"max_size (\d+)MB")):
        found = re.search(limit, (ROOT / "docs" / "examples" / name).read_text())
        assert found
        assert int(found[1]) * 1_000_000 > BODY_WITH_FILES


@pytest.mark.no_database
@pytest.mark.sqlite_only
def test_the_container_copies_all_that_is_installed() -> None:
    text = (ROOT / "Containerfile").read_text()
    for name in ("app", "templates", "static", "migrations", "pyproject.toml", "requirements.txt", "README.md"):
        assert re.search(rf"^COPY .*\b{re.escape(name)}\b", text, re.MULTILINE), name
        assert (ROOT / name).exists()


# --- portal check ---


async def found(settings: Settings, name: str) -> check.Finding:
    """What the check says about one thing."""
    return next(one for one in await check.findings(settings, files=True) if one.name == name)


async def test_the_check_compares_files_with_rows(cast: Cast) -> None:
    lost, rotten, unnamed = [await cast.file("x.pdf", PDF + mark) for mark in (b"1", b"2", b"3")]
    await cast.ticket("user", files=[lost, rotten])
    assert (await found(cast.settings, "Uhr")).fine
    said = await found(cast.settings, "Anhänge")
    assert said.fine
    assert "Alle 2 Dateien" in said.sentence
    assert "Ohne Zeile: 1 " in said.sentence
    cast.storage.place.path(lost.sha256).unlink()
    cast.storage.place.path(rotten.sha256).write_bytes(PDF + b"4")
    said = await found(cast.settings, "Anhänge")
    assert not said.fine
    assert "Von 2 Dateien fehlen oder sind beschädigt: 2" in said.sentence
    assert unnamed.sha256 not in said.sentence


@pytest.fixture
def hasty(postgres: Postgres) -> Iterator[None]:
    """A PostgreSQL that answers before it has kept anything."""
    postgres.run("postgres", "ALTER SYSTEM SET synchronous_commit = off")
    postgres.run("postgres", "SELECT pg_reload_conf()")
    yield
    postgres.run("postgres", "ALTER SYSTEM RESET synchronous_commit")
    postgres.run("postgres", "SELECT pg_reload_conf()")


@pytest.mark.skipif(DATABASE != "postgres", reason="SQLite always waits for the disk")
async def test_the_check_sees_a_database_that_promises_too_early(cast: Cast, request: pytest.FixtureRequest) -> None:
    assert (await found(cast.settings, "Datenbank")).fine
    request.getfixturevalue("hasty")
    async with asyncio.timeout(10):  # the server tells its sessions when it comes to it
        while (said := await found(cast.settings, "Datenbank")).fine:
            pass
    assert "synchronous_commit = off" in said.sentence


async def test_the_check_sees_a_clock_that_runs_behind(cast: Cast) -> None:
    with time_machine.travel(clock.now() + timedelta(days=2), tick=False):
        await journal.audit(None, "portal_restored", "gestern")
    assert "im Protokoll steht schon etwas von" in (await found(cast.settings, "Uhr")).sentence


@pytest.mark.no_database
@pytest.mark.sqlite_only
@pytest.mark.parametrize(("address", "fine", "words"), [
    ("http://portal.example", False, "unverschlüsselt"), ("https://nowhere.invalid", False, "gibt es nicht"),
    ("http://127.0.0.1:1", True, "antwortet zurzeit nichts"),
])  # fmt: skip
def test_the_check_asks_the_base_address(address: str, fine: bool, words: str) -> None:
    said = check._address(Settings(base_url=address))
    assert (said.fine, words in said.sentence) == (fine, True)


# --- several processes ---


@pytest.mark.no_database
@pytest.mark.sqlite_only
def test_sqlite_serves_with_one_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_DATA_DIR", str(tmp_path / "data"))
    with pytest.raises(click.ClickException, match="brauchen PostgreSQL"):
        portal(["serve", "--workers", "2"], standalone_mode=False)


# A parent whose children say who they are and then wait for the end; "die" dies at once.
PARENT = """
import os, signal, sys, time
from app import workers
from app.migrate import StartError
workers.PAUSE = 0.01
def work(lifeline):
    signal.signal(signal.SIGTERM, lambda *_: (os.write(1, b"bye\\n"), sys.exit(0)))
    os.write(1, b"here\\n")
    if sys.argv[2] == "die":
        raise StartError("kein Platz")
    while True:
        time.sleep(10)
sys.exit(workers.Parent(int(sys.argv[1]), work).run())
"""


@pytest.fixture
def parent(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    """A parent with children."""
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT, *request.param.split()], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    patience = threading.Timer(20, process.terminate)  # who waits for a word that does not come reads an end
    patience.start()
    yield process
    patience.cancel()
    process.terminate()  # a kill would leave the children
    process.communicate(timeout=30)


def children(process: subprocess.Popen[str]) -> list[int]:
    """The process ids of a parent's children."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == process.pid:
                found.append(int(stat.parent.name))
    return sorted(found)


@pytest.mark.no_database
@pytest.mark.sqlite_only
@pytest.mark.parametrize("parent", ["2 stay"], indirect=True)
def test_a_parent_replaces_who_dies_and_passes_the_end_on(parent: subprocess.Popen[str]) -> None:
    assert parent.stdout
    assert [parent.stdout.readline() for _ in range(2)] == ["here\n"] * 2
    if not Path("/proc/self/stat").exists():
        pytest.skip("who the children are is seen on Linux only")
    os.kill(children(parent)[0], signal.SIGKILL)
    assert parent.stdout.readline() == "here\n"
    parent.terminate()
    said, complained = parent.communicate(timeout=10)
    assert (parent.returncode, said) == (0, "bye\n" * 2)
    assert re.fullmatch(r"process \d+ of the portal has ended \(-9\); another one begins\n", complained)


@pytest.mark.no_database
@pytest.mark.sqlite_only
@pytest.mark.parametrize("parent", ["1 die"], indirect=True)
def test_a_parent_gives_up_when_nobody_gets_going(parent: subprocess.Popen[str]) -> None:
    said, complained = parent.communicate(timeout=20)
    assert (parent.returncode, said.count("here")) == (1, workers.MOST_FAILURES)
    assert complained.count("kein Platz\n") == workers.MOST_FAILURES
    assert "it gives up" in complained
    assert "Traceback" not in complained


@pytest.mark.long
@pytest.mark.skipif(DATABASE == "sqlite", reason="SQLite is one process")
async def test_two_processes_answer_and_end_with_their_parent(cast: Cast) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    environment = {
        "PATH": os.environ["PATH"], "PORTAL_DATA_DIR": str(cast.settings.data_dir),
        "PORTAL_DATABASE_URL": cast.settings.database_url, "PORTAL_BASE_URL": f"http://127.0.0.1:{port}",
    }  # fmt: skip
    for name, code in ((signal.SIGTERM, 0), (signal.SIGKILL, -9)):
        process = subprocess.Popen(  # noqa: ASYNC220
            [sys.executable, "-m", "app.cli", "serve", "--port", str(port), "--workers", "2"],
            cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as browser:
            await answers(browser)
            pids = children(process)
            os.kill(pids[0], signal.SIGKILL)
            await answers(browser)
            process.send_signal(name)
        assert process.wait(timeout=20) == code
        until = time.monotonic() + 15
        while any(Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() < until:  # noqa: ASYNC240
            time.sleep(0.1)  # noqa: ASYNC251
        assert not any(Path(f"/proc/{pid}").exists() for pid in pids), "no child outlives its parent"  # noqa: ASYNC240


async def answers(browser: httpx.AsyncClient) -> None:
    """Wait until the portal answers a few times in a row."""
    until, well = time.monotonic() + 20, 0
    while well < 5:
        assert time.monotonic() < until
        try:
            well = well + 1 if (await browser.get("/health/ready")).status_code == 200 else 0
        except httpx.TransportError:
            well = 0
