"""The script that everybody starts with: what it installs, when, and how it counts."""

import ast
import re
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "dev"
LOCKS = ["requirements.txt", "requirements-s3.txt", "requirements-test.txt"]

pytestmark = [pytest.mark.no_database, pytest.mark.sqlite_only]


@pytest.fixture(scope="module")
def dev() -> ModuleType:
    loader = SourceFileLoader("dev", str(SCRIPT))
    spec = spec_from_loader("dev", loader)
    assert spec is not None
    module = module_from_spec(spec)
    exec(compile(SCRIPT.read_bytes(), "dev", "exec"), module.__dict__)
    return module


def requirements(lock: str) -> list[str]:
    joined = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]


def pins(lock: str) -> dict[str, str]:
    return dict(line.split()[0].split("==") for line in requirements(lock))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_and_has_a_hash(lock: str) -> None:
    assert len(requirements(lock)) > 30
    for line in requirements(lock):
        assert re.match(r"[a-z0-9-]+==[^ ]+ ", line), line
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", line), line


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_files_name_no_hosts(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*(-i|-f|--index-url|--extra-index-url|--find-links|--trusted-host)", text, re.M)


def test_what_the_tests_install_contains_what_the_portal_runs_on() -> None:
    portal, with_s3, with_tests = (pins(lock).items() for lock in LOCKS)
    assert portal <= with_s3 <= with_tests


def test_dev_is_executable_and_needs_only_the_standard_library() -> None:
    imported = set()
    for node in ast.walk(ast.parse(SCRIPT.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").split(".")[0])
    assert imported <= sys.stdlib_module_names
    assert SCRIPT.stat().st_mode & 0o111 == 0o111


def test_an_old_python_can_read_dev_far_enough_to_be_refused() -> None:
    ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 6))


def test_an_unknown_command_shows_the_usage() -> None:
    asked = subprocess.run([sys.executable, SCRIPT, "nonsense"], capture_output=True, text=True, check=False)
    assert asked.returncode == 2
    assert asked.stderr.startswith("usage: ./dev")


def test_the_stamp_holds_for_one_lock_file_and_one_python(dev: ModuleType, tmp_path: Path) -> None:
    lock, stamp = tmp_path / "requirements.txt", tmp_path / "installed"
    lock.write_text("quart==0.22.0\n")
    assert not dev.is_installed(stamp, [lock], "3.11.7")
    stamp.write_text(dev.stamp_for(lock, "3.11.7"))
    assert dev.is_installed(stamp, [lock], "3.11.7")
    assert not dev.is_installed(stamp, [lock], "3.12.1")
    lock.write_text("quart==0.22.1\n")
    assert not dev.is_installed(stamp, [lock], "3.11.7")


def test_a_failed_installation_leaves_no_stamp(
    dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, stamp = tmp_path / "requirements.txt", tmp_path / "installed"
    lock.write_text("")
    stamp.write_text("an older one")
    monkeypatch.setattr(dev, "STAMP", stamp)
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    monkeypatch.setattr(dev, "PYTHON", sys.executable)
    monkeypatch.setattr(dev, "PIP", ["false"])
    with pytest.raises(SystemExit, match="1"):
        dev.install(lock)
    assert not stamp.exists()
    monkeypatch.setattr(dev, "PIP", ["true"])
    dev.install(lock)
    assert stamp.read_text().startswith("requirements.txt ")


def test_the_tests_environment_serves_to_run_the_portal_too(dev: ModuleType, tmp_path: Path) -> None:
    run, test, stamp = (tmp_path / name for name in ("run.txt", "test.txt", "installed"))
    run.write_text("a")
    test.write_text("a b")
    stamp.write_text(dev.stamp_for(test, "3.11.7"))
    assert dev.is_installed(stamp, [run, test], "3.11.7")
    stamp.write_text(dev.stamp_for(run, "3.11.7"))
    assert not dev.is_installed(stamp, [test], "3.11.7")


@pytest.mark.parametrize(
    ("run", "own"),
    [
        ("sqlite", "not browser and not processes"), ("processes", "processes"),
        ("postgres", "not sqlite_only"), ("browser", "browser"),
    ],
)  # fmt: skip
def test_a_marker_that_was_asked_for_is_kept(dev: ModuleType, run: str, own: str) -> None:
    assert dev.pytest_command(run, ["tests/web"], "r")[6:] == ["-m", own, "tests/web"]
    asked = dev.pytest_command(run, ["-x", "-m", "browser or long", "-k", "list"], "r")[6:]
    assert asked == ["-m", f"(browser or long) and {own}", "-x", "-k", "list"]


def test_every_file_of_tests_is_looked_into(dev: ModuleType) -> None:
    looked_into = {path for _, _, places in dev.RUNS.values() for place in places.split() for path in ROOT.glob(place)}
    files = set(ROOT.glob("tests/**/test_*.py"))
    assert {path for path in files if not {path, path.parent} & looked_into} == set()


@pytest.mark.parametrize(
    ("codes", "well"),
    [((0, 0), True), ((0, 5), True), ((5, 0), True), ((5, 5), False), ((1, 0), False), ((0, 4), False)],
)
def test_running_nothing_at_all_is_a_failure(dev: ModuleType, codes: tuple[int, int], well: bool) -> None:
    assert dev.all_well(codes) is well


def test_a_run_that_broke_off_is_counted_as_failed(dev: ModuleType, tmp_path: Path) -> None:
    report = tmp_path / "report"
    assert dev.read_report(report, 3) == (0, 1, 0, 0.0)
    suite = '<testsuites><testsuite tests="9" failures="1" errors="1" skipped="2" time="3.2"/></testsuites>'
    report.write_text(suite)
    assert dev.read_report(report, 1) == (5, 2, 2, 3.2)


def test_a_chromium_that_only_starts_a_snap_is_no_browser(dev: ModuleType, tmp_path: Path) -> None:
    stub, browser = tmp_path / "chromium-browser", tmp_path / "chromium"
    stub.write_text('#!/bin/sh\nexec /snap/bin/chromium "$@"\n')
    browser.write_text("#!/bin/sh\necho Chromium 156\n")
    for path in (stub, browser):
        path.chmod(0o755)
    assert dev.first_that_starts(str(stub), str(browser)) == str(browser)
