"""Who may know whom: a file imports only what stands below it, or to its left on the same floor."""

import ast
from pathlib import Path

import pytest

pytestmark = [pytest.mark.no_database, pytest.mark.sqlite_only]

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "app"

# The map of the house, from the ground up. A new file stands here first. A folder stands for all its files, which
# may know each other.
FLOORS: list[list[str]] = [
    ["postgres", "config", "clock", "language", "text", "logs", "metrics", "domain/refusals", "database",
     "demo/accounts", "domain/weak_passwords", "domain/workdays"],
    ["domain/models"],
    ["domain/changes", "domain/flow", "domain/guide", "domain/journal", "domain/outbox", "domain/tokens",
     "domain/storage_local", "domain/storage_s3", "domain/storage", "domain/throttle", "domain/identity",
     "domain/totp"],
    ["domain/policy", "domain/deputies", "domain/notify"],
    ["domain/directory", "domain/moderation", "domain/accounts", "domain/passwords", "domain/second_factor"],
    ["domain/turn_history", "domain/turns", "domain/trail", "domain/dispatch", "domain/fulltext",
     "domain/ticket_filter", "domain/drafts", "domain/text_blocks", "domain/matching", "domain/search",
     "domain/report_filter", "domain/report_numbers", "domain/report", "domain/participants", "domain/assignment",
     "domain/thread", "domain/tickets", "domain/bulk", "domain/merging", "domain/creation", "domain/priority",
     "domain/saved_filters", "domain/satisfaction", "domain/organisations", "domain/rules", "domain/reopening",
     "domain/chores", "domain/assignment_rules", "domain/absences", "domain/succession", "domain/people",
     "domain/access", "domain/x3", "domain/audit", "domain/own_data", "domain/mentions", "domain/privacy",
     "domain/retention", "domain/administration"],
    ["documents", "live", "health", "mail", "worker"],
    ["web/assets", "web/modules", "web/filters", "web/frame", "web/respond", "web/bodies", "web/api", "web/guard",
     "web/observe", "web/forms", "web/errors", "web/preferences", "web/columns", "web/measured", "web/composer",
     "web/thread_view", "web/ticket_view", "web/default_filter", "web/ticket_document", "web/people_view",
     "web/report_view", "web/report_sheet"],
    ["rooms"],
    ["migrate", "backup", "check", "demo", "server", "workers", "main", "x3_client", "cli"],
]  # fmt: skip
PLACES = {name: (floor, place) for floor, names in enumerate(FLOORS) for place, name in enumerate(names)}
ROOMS = FLOORS.index(["rooms"])
WEB_LIBRARIES = {"quart", "werkzeug", "wtforms", "hypercorn", "jinja2", "markupsafe"}
MAY_KNOW_THE_WEB = {"server", "main", "cli"}


def files() -> list[Path]:
    return sorted(path for path in APP.rglob("*.py") if path.name != "__init__.py")


def name_of(path: Path) -> str:
    """`domain/search`, `web/tickets`, `cli`."""
    return path.relative_to(APP).with_suffix("").as_posix()


def place_of(name: str) -> tuple[int, int] | None:
    """Floor and place of a file; rooms are all web files that have no place of their own."""
    folder = name.split("/")[0]
    if name in PLACES:
        return PLACES[name]
    if folder == "web":
        return PLACES["rooms"]
    return PLACES.get(folder) if "/" in name else None


def imports(path: Path) -> set[str]:
    """The names of the app's files that a file imports, also inside functions, but not only for types."""
    found = set()
    tree = ast.parse(path.read_text())
    for_types = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in for_types:
            continue
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "app":
            base = (node.module or "").split(".")[1:]
            for alias in node.names:
                longer = "/".join([*base, alias.name])
                found.add(longer if (APP / f"{longer}.py").exists() else "/".join(base))
        elif isinstance(node, ast.Import):
            found |= {"/".join(a.name.split(".")[1:]) for a in node.names if a.name.split(".")[0] == "app"}
        assert not (isinstance(node, ast.ImportFrom) and node.level), f"{path}: relative imports hide the floor"
    return found - {""}


@pytest.mark.parametrize("path", files(), ids=name_of)
def test_a_file_has_its_place(path: Path) -> None:
    assert place_of(name_of(path)) is not None, f"{name_of(path)} has no place in FLOORS"


@pytest.mark.parametrize("path", files(), ids=name_of)
def test_imports_only_walk_down_or_left(path: Path) -> None:
    name = name_of(path)
    here = place_of(name)
    assert here is not None
    for other in imports(path):
        there = place_of(other)
        assert there is not None, f"{name} imports {other}, which has no place"
        if here == there and here[0] != ROOMS and "/" in name:
            assert name.split("/")[0] == other.split("/")[0]  # files of one folder
            continue
        assert there < here, f"{name} may not know {other}"


@pytest.mark.parametrize("path", files(), ids=name_of)
def test_only_the_web_knows_the_web(path: Path) -> None:
    name = name_of(path)
    tree = ast.parse(path.read_text())
    known = {alias.name.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.Import) for alias in n.names}
    known |= {(n.module or "").split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    if not name.startswith("web/") and name not in MAY_KNOW_THE_WEB:
        allowed = {"jinja2", "markupsafe"} if name.startswith(("documents/", "mail/")) else set()
        assert not (known & WEB_LIBRARIES) - allowed


def test_the_map_names_no_room_twice() -> None:
    assert len(PLACES) == sum(len(names) for names in FLOORS)


def test_the_map_is_checked_against_itself(tmp_path: Path) -> None:
    """The reader of imports sees what it has to see."""
    file = tmp_path / "x.py"
    file.write_text(
        "from typing import TYPE_CHECKING\nfrom app.domain import flow, tickets\nimport app.web.respond\n"
        "def later():\n    from app.database import rows\n"
        "if TYPE_CHECKING:\n    from app.main import create_app\n"
    )
    assert imports(file) == {"domain/flow", "domain/tickets", "web/respond", "database"}
