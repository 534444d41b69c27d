"""What templates may call: dates and sizes in words, safe paragraphs and links, icons, form keys."""

import re
import secrets
from collections.abc import Callable
from typing import Any

from jinja2 import Environment
from markupsafe import Markup, escape

from app import language
from app.web.assets import Assets

_LINK = re.compile(r"(?:https?://|mailto:)[^\s<>\"„“»«]+", re.IGNORECASE)
_END = ".,;:!?)]}'’"


def paragraphs(text: str) -> Markup:
    """Escaped text as <p> and <br>, with http(s) and mailto addresses made links: the only place that makes them."""
    blocks = [block for block in re.split(r"\n[ \t]*\n+", text.strip()) if block]
    return Markup("\n").join(
        Markup("<p>{}</p>").format(Markup("<br>\n").join(_linked(line) for line in block.split("\n")))
        for block in blocks
    )


def _linked(line: str) -> Markup:
    parts, position = Markup(), 0
    for found in _LINK.finditer(line):
        address = found.group().rstrip(_END)
        parts += escape(line[position : found.start()])
        parts += Markup('<a href="{0}" rel="noopener noreferrer nofollow" target="_blank">{0}</a>').format(address)
        position = found.start() + len(address)
    return parts + escape(line[position:])


def icon_maker(assets: Assets) -> Callable[[str], Markup]:
    """The function `icon("flag")` for templates: one drawing out of the sprite."""
    sprite = assets.address("img/icons.svg")

    def icon(name: str) -> Markup:
        return Markup('<svg class="i" aria-hidden="true"><use href="{}#{}"></use></svg>').format(sprite, name)

    return icon


def install(environment: Environment, assets: Assets) -> None:
    """Give an environment the globals and filters of the contract between rooms and templates."""
    environment.globals |= {
        "_": language.translate,
        "asset": assets.address,
        "icon": icon_maker(assets),
        "form_key": lambda: secrets.token_urlsafe(18),
    }
    filters: dict[str, Callable[..., Any]] = {
        "datetime": language.format_datetime,
        "date": language.format_date,
        "day": language.format_day,
        "ago": language.ago,
        "filesize": language.file_size,
        "paragraphs": paragraphs,
    }
    environment.filters |= filters
