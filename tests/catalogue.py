"""Every text that people read in pages, documents and letters, and what the English catalogue lacks of them.

`python -m tests.catalogue` prints what is missing as entries to be filled in, then what nobody says any more.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

ROOT = Path(__file__).resolve().parents[1]
APP = ROOT / "app"
PLACEHOLDER = re.compile(r"%\((\w+)\)s|%%")

# The console speaks German only, and so do the demo's stories; monitoring reads English.
NOT_READ = (
    "backup/", "cli.py", "config.py", "migrate.py", "server.py", "workers.py", "check.py", "x3_client.py", "logs.py",
    "metrics.py", "health.py", "main.py", "demo/",
)  # fmt: skip
# A text need not stand inside translate(): tables and labels are translated where they are used. So whatever looks
# like words is taken for a text …
LOOKS_LIKE_WORDS = re.compile(
    r"(?=.*[äöüÄÖÜß„…])|(?:%\(\w+\)s |X3 |[A-Z]+-)?[A-ZÄÖÜa-zäöüß][a-zäöüß]{2,}(?:,? [\w%(]|[-.]?$)|[A-Z][a-z]+ [a-z]",
    re.DOTALL,
)
# … but for keys, addresses, SQL, names of headers and types, what is logged, and English for programmers,
NO_WORDS = re.compile(
    r"[a-z]+-?|[A-Z]\w*(?:-[A-Z]\w*)+|(?:[A-Z][a-z]+){2,}|.*%[sd](?!\w).*|"
    r".*\b(?:SELECT|FROM|WHERE|INSERT|UPDATE|DELETE|AND|JOIN|ASC|DESC|NULL|LIKE|VALUES|AS [a-z_]+)\b.*|"
    r".*\b(?:the|this|is|are|of|no|nobody|too|and|right|side|reporter|password|possible|limit|such|reported)\b.*",
    re.DOTALL,
)
# and for these.
NO_TEXTS = frozenset({
    "…", "; …", " …", "ä", "ö", "ü", "ß", "qwertzuiopü+", "asdfghjklöä#", "1234567890ß",
    "[a-z0-9äöü][a-z0-9äöü._-]{0,58}[a-z0-9äöü]",
    r"(?:https?://|mailto:)[^\s<>\"„“»«]+", "Cookie, HX-Request, HX-Target, Accept-Encoding", "Mac OS X|Macintosh",
    "database\n", "sessions.", "Arguments", "View", "Lax", "All", "Deutsch", "English", "Edg", "Edge", "Opera",
    "Samsung Internet", "Firefox", "Chrome", "Safari", "Android", "Windows", "Linux", "Date", "From", "Subject",
    "References", "Bearer", "Allow", "Vary", "Host", "Origin", "Location", "Referer", "Authorization", "request failed",
    "not exactly one mail address", "it may have arrived", "signed in", "Ehemaliger Benutzer", "[Name entfernt]",
    "rowid, everyone, organisation, vendor", "ticket t", "asyncpg.",
})  # fmt: skip
# What does not look like words.
SHORT_TEXTS = {
    "EDV", "E-Mails", "Nr.", "PDF-Export", "Excel-Export", "Baden-Württemberg", "Mecklenburg-Vorpommern",
    "Nordrhein-Westfalen", "Rheinland-Pfalz", "Sachsen-Anhalt", "Schleswig-Holstein",
}  # fmt: skip


@cache
def texts() -> dict[str, set[str]]:
    """Every text, with the files that say it."""
    found: dict[str, set[str]] = {}
    for path in sorted(APP.rglob("*.py")):
        name = path.relative_to(APP).as_posix()
        if not name.startswith(NOT_READ):
            for text in said_in_code(path.read_text()):
                found.setdefault(text, set()).add(name)
    for path in sorted((ROOT / "templates").rglob("*.*")):
        for text in said_in_template(path.read_text()):
            found.setdefault(text, set()).add(path.relative_to(ROOT).as_posix())
    return found


@cache
def english() -> dict[str, str]:
    """The catalogue."""
    with (APP / "translations" / "en.po").open("rb") as file:
        return {str(one.id): str(one.string) for one in read_po(file, locale="en") if one.id}


def said_in_code(source: str) -> set[str]:
    """The texts of a Python file."""
    return set(_said_in_code(ast.parse(source)))


def said_in_template(source: str) -> set[str]:
    """The texts of a template."""
    return set(_said_in_template(source))


def _said_in_code(tree: ast.Module) -> Iterator[str]:
    marked = {id(one) for call in _calls(tree, "translate") for one in call.args[:1]}
    passed_over = {id(one) for one in _not_said(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in passed_over:
            text = node.value
            if id(node) in marked or text in SHORT_TEXTS or (_looks_like_words(text) and text not in NO_TEXTS):
                yield text


def _looks_like_words(text: str) -> bool:
    return bool(LOOKS_LIKE_WORDS.match(text)) and not NO_WORDS.fullmatch(text)


def _calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == name:
            yield node


def _not_said(tree: ast.Module) -> Iterator[ast.AST]:
    """Docstrings, pieces of f-strings, annotations."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield from node.values
        for annotation in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            yield from ast.walk(annotation) if annotation else ()


def _said_in_template(source: str) -> Iterator[str]:
    for call in Environment(trim_blocks=True).parse(source).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "_" and isinstance(call.args[0], nodes.Const):
            yield str(call.args[0].value)


def placeholders(text: str) -> list[str]:
    """What is filled into a text."""
    return sorted(set(PLACEHOLDER.findall(text)))


if __name__ == "__main__":
    said, known = texts(), english()
    for text in said:
        if not known.get(text):
            print(f"# {', '.join(sorted(said[text]))}\n{text!r}\n")
    for text in known:
        if text not in said:
            print(f"# nobody says any more: {text!r}")
