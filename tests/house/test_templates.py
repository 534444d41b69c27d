"""The laws of the templates, the style sheets and the script."""

import re
from pathlib import Path

import pytest

pytestmark = [pytest.mark.no_database, pytest.mark.sqlite_only]

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
ALL = sorted(TEMPLATES.rglob("*.html"))
# Made for the PDF and for mail programs: their own styles, no ids, no policy.
ELSEWHERE = ("documents", "mail")
WEB = [path for path in ALL if path.relative_to(TEMPLATES).parts[0] not in ELSEWHERE]
FRAGMENTS = [path for path in WEB if path.name.startswith("_")]
BASES = {"layout.html", "public.html", "ui.html"}
# Several roots, put into what is there already; see respond.py and the contract of the templates.
ROOTLESS = {
    "tickets/_entries.html": "appended to the thread, entry by entry",
    "forms/_errors.html": "the summary and each field's error, all out of band",
    "forms/_head.html": "the two hidden fields that every form starts with",
    "people/_tabs.html": "a part of two pages that nothing replaces alone",
    "tickets/_context.html": "a part of the page that nothing replaces alone",
}
# Their roots have the name that the contract of the templates gives them.
OTHER_ROOTS = {
    "forms/_summary.html": "forms-errors", "tickets/_rows.html": "tickets-more",
    "settings/_notifications.html": "notifications", "settings/_columns.html": "columns",
    "settings/_filter.html": "filter",
    "settings/_shortcuts.html": "shortcuts",
}  # fmt: skip
# Words that are the same in every language, names, and what stands for itself.
SAME_EVERYWHERE = {
    "PDF", "PNG", "JPEG", "GIF", "WebP", "X3", "EDV", "User", "ID", "KB", "MB", "Excel", "OK", "Esc", "doctype", "html",
}  # fmt: skip

JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
COMMENT = re.compile(r"\{#.*?#\}|<!--.*?-->", re.DOTALL)
READ_ALOUD = re.compile(r"\b(?:aria-label|alt|title|placeholder|aria-description)\s*=\s*\"([^\"]*)\"")


def name_of(path: Path) -> str:
    return path.relative_to(TEMPLATES).as_posix()


def source(path: Path) -> str:
    """The template without its comments."""
    return COMMENT.sub("", path.read_text())


def test_templates_are_exactly_one_folder_deep() -> None:
    for path in ALL:
        assert len(path.relative_to(TEMPLATES).parts) == 2 or name_of(path) in BASES, name_of(path)


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_nothing_is_called_safe(path: Path) -> None:
    assert not re.search(r"\|\s*safe\b|autoescape\s+false|Markup", source(path))


@pytest.mark.parametrize("path", WEB, ids=name_of)
def test_nothing_that_the_content_policy_forbids(path: Path) -> None:
    text = source(path)
    for script in re.findall(r"<script\b[^>]*>(.*?)</script>", text, re.DOTALL):
        assert not script.strip(), "inline script"
    assert all("src=" in tag for tag in re.findall(r"<script\b[^>]*>", text))
    assert not re.search(r"<style\b", text)
    assert not re.search(r"<(?:iframe|object|embed|applet|base)\b", text)
    assert not re.search(r"(?<![\w-])style\s*=", text)
    assert not re.search(r"(?<![\w-])on[a-z]+\s*=\s*[\"'{]", text), "an event handler"
    assert not re.search(r"(?i)javascript:|vbscript:", text)
    assert not re.search(r"(?:src|href|action|srcset)\s*=\s*[\"']\s*(?:https?:)?//", text), "something from elsewhere"


@pytest.mark.parametrize("path", WEB, ids=name_of)
def test_htmx_is_written_for_its_next_version_too(path: Path) -> None:
    text = source(path)
    assert not re.search(r"hx-on|hx-vars|hx-ext|data-hx-", text)
    assert not re.search(r"hx-(?:vals|headers)\s*=\s*[\"']\s*js:", text)
    assert not re.search(r"hx-trigger\s*=\s*\"[^\"]*\[", text), "a filter in [] would be evaluated"
    for tag in re.findall(r"<[a-z][^<>]*\bhx-(?:get|post)\s*=[^<>]*>", JINJA.sub("J", text)):
        assert "hx-swap=" in tag, f"no inheritance: {tag}"
        assert "hx-target=" in tag or 'hx-swap="none"' in tag, f"no inheritance: {tag}"


@pytest.mark.parametrize("path", WEB, ids=name_of)
def test_a_page_stands_on_one_base_and_a_fragment_on_none(path: Path) -> None:
    bases = re.findall(r"\{%-?\s*extends\s+[\"']([^\"']+)", source(path))
    if name_of(path) in BASES:
        assert set(bases) <= {"layout.html"} - {name_of(path)}, "public.html is layout.html without the person"
    elif path.name.startswith("_"):
        assert not bases
    else:
        assert len(bases) == 1 or re.search(r"\{%-?\s*extends\s+\(?\s*[\"'(]", source(path)), "every page has its base"
        assert set(bases) <= BASES


@pytest.mark.parametrize("path", WEB, ids=name_of)
def test_no_row_of_a_list_includes_a_file(path: Path) -> None:
    depth = 0
    for tag in re.findall(r"\{%-?\s*(for|endfor|include)\b", source(path)):
        depth += {"for": 1, "endfor": -1}.get(tag, 0)
        assert not (tag == "include" and depth), "an include in a loop doubles the cost of a list"


@pytest.mark.parametrize("path", FRAGMENTS, ids=name_of)
def test_a_fragment_has_one_root_named_after_it(path: Path) -> None:
    name = name_of(path)
    if name in ROOTLESS or "macro" in path.read_text():
        return
    folder, _, file = name.partition("/")
    ids = re.findall(r"<[a-z][^<>]*?\sid=\"([^\"]+)\"", JINJA.sub("", source(path)))
    expected = OTHER_ROOTS.get(name) or f"{folder.replace('_', '-')}-{file[1:-5].replace('_', '-')}"
    assert expected in ids, f"its root has the id {expected}"


@pytest.mark.parametrize("path", WEB, ids=name_of)
def test_every_form_that_posts_has_its_key_first_and_its_end_mark_last(path: Path) -> None:
    for form in re.findall(r"<form\b[^>]*method=\"post\".*?</form>", source(path), re.DOTALL | re.IGNORECASE):
        fields = re.findall(r"name=\"([^\"]+)\"", form)
        if "{% call" in form or "ui." in form or "include" in form:
            continue  # put together from macros; tests/web posts them
        assert fields[0] == "form_key", form[:200]
        assert fields[-1] == "end", form[:200]


def visible(path: Path) -> list[str]:
    """What a person reads or hears that does not come through an expression."""
    text = JINJA.sub(" ", re.sub(r"\{% block width %\}.*?\{% endblock %\}", "", source(path)))
    # Macros also make attributes, which then stand outside of any tag.
    return [re.sub(r"[\w-]+=\"[^\"]*\"", " ", re.sub(r"<[^>]*>", " ", text)), *READ_ALOUD.findall(text)]


@pytest.mark.parametrize("path", WEB, ids=name_of)
def test_every_word_on_the_screen_can_be_translated(path: Path) -> None:
    found = set()
    for text in visible(path):
        for word in re.findall(r"&[a-z]+;|[^\W\d_]{2,}", text):
            if not word.startswith("&") and word not in SAME_EVERYWHERE:
                found.add(word)
    assert not found, "German text goes through _()"


CSS = sorted((ROOT / "static/css").glob("*.css"))


@pytest.mark.parametrize("path", CSS, ids=lambda path: path.name)
def test_colours_stand_in_the_tokens_only(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    if "tokens" not in path.name and "print" not in path.name:
        assert not re.findall(r"(?<![\w-])#[0-9a-fA-F]{3,8}\b(?=[^{]*[;}])|\b(?:rgb|hsl|oklch|lab)a?\(", text)
    assert "@import" not in text
    assert not re.search(r"url\(\s*[\"']?(?:https?:)?//", text)


@pytest.mark.parametrize("path", sorted((ROOT / "static/js").glob("*.js")), ids=lambda path: path.name)
def test_the_script_makes_no_code_and_no_markup_of_text(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\beval\(|new Function|innerHTML|outerHTML\s*=|insertAdjacentHTML|document\.write", text)
    assert not re.search(r"setTimeout\(\s*[\"'`]|https?://", text)
    assert not re.search(r"document\.cookie|localStorage", text), "only the session cookie is set"
