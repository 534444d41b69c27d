"""How the databases answer the hot statements, and whether a table that grows is scanned there."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.bench.floor import Driver

FOLDER = Path(__file__).parent / "explain"
EXPLAINED = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")
# Tables that have a row more for every ticket, message, deed or sign-in.
GROWS = {
    "ticket", "message", "attachment", "ticket_event", "participant", "read_mark", "ticket_search", "audit_entry",
    "form_key", "letter", "session", "token", "draft", "rating", "reminder",
}  # fmt: skip
NAMED = re.compile(r"\b(?:FROM|JOIN|UPDATE|INTO)\s+\"?(\w+)\"?(?:\s+(?:AS\s+)?\"?(\w+)\"?)?", re.I)
LONG_VALUE = re.compile(r"'[^']{19,}'")
OF_SQLITE = re.compile(r"\bSCAN (\w+)(.*)")
OF_POSTGRES = re.compile(r"\bSeq Scan on (\w+)")


async def plan(driver: "Driver", sql: str, values: Sequence[Any]) -> list[str]:
    """The plan of one statement, a line for each step; nothing for what has none."""
    if not sql.startswith(EXPLAINED):
        return []
    if driver.postgres:
        # Hashes and moments are others in every run.
        return [LONG_VALUE.sub("'…'", row[0]) for row in await driver.all(f"EXPLAIN (COSTS OFF) {sql}", values)]
    depth, lines = {0: -1}, []
    for id, parent, _, text in await driver.all(f"EXPLAIN QUERY PLAN {sql}", values):
        depth[id] = depth.get(parent, -1) + 1
        lines.append("  " * depth[id] + text)
    return lines


def scans(sql: str, lines: Iterable[str]) -> list[str]:
    """The steps that go through all of a table that grows.

    Walking along an index in its order until the page is full is none, nor is asking the full text for words.
    """
    tables = {alias.lower(): table.lower() for table, alias in NAMED.findall(sql) if alias}
    found = []
    for line in lines:
        sqlite, postgres = OF_SQLITE.search(line), OF_POSTGRES.search(line)
        name = (sqlite or postgres)[1].lower() if sqlite or postgres else ""  # type: ignore[index]
        walks = sqlite and re.search("USING (COVERING )?INDEX|VIRTUAL TABLE INDEX [0-9]+:[^ ]*[M=]", sqlite[2])
        if tables.get(name, name) in GROWS and not walks:
            found.append(line.strip())
    return found


def write(database: str, tickets: int, recorded: Mapping[str, Sequence[Mapping[str, Any]]], folder: Path) -> list[str]:
    """Write `explain/<database>.md`; returns a line for each scan of a table that grows."""
    body, found, known = [], [], set()
    for name, statements in recorded.items():
        body.append(f"\n## {name}\n")
        for statement in statements:
            if not statement["plan"]:
                continue
            shape = re.sub(r"\(\?[?, ]*\)", "(?)", statement["sql"])
            if shape in known:
                continue
            known.add(shape)
            body.append("\n".join(["```sql", statement["sql"], "```", "```", *statement["plan"], "```"]))
            found += [f"{name}: {scan}" for scan in scans(statement["sql"], statement["plan"])]
    head = [
        f"# Plans of the hot statements on {database}, {tickets} tickets",
        "\nWritten by `./dev bench`; a statement stands where it is met first.\n",
        "Scans of a table that grows: " + (f"{len(found)}" if found else "none."),
        *(f"- {line}" for line in found),
    ]
    folder.mkdir(exist_ok=True)
    (folder / f"{database}.md").write_text("\n".join([*head, *body]) + "\n")
    return found
