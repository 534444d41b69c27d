"""The colours of documents: those of the screen, read from its tokens, so that both always agree."""

import re
from collections.abc import Mapping
from functools import cache
from math import cos, radians, sin
from pathlib import Path
from types import MappingProxyType
from typing import Literal

Theme = Literal["light", "dark"]
Channels = tuple[float, float, float]

TOKENS = Path(__file__).parents[2] / "static" / "css" / "02-tokens.css"
DECLARATION = re.compile(r"--([\w-]+):\s*([^;]+);")
TWO_THEMES = re.compile(r"light-dark\(\s*(oklch\([^)]*\)),\s*(oklch\([^)]*\))\s*\)")
OKLCH = re.compile(r"oklch\(([\d.]+)%\s+([\d.]+)\s+([\d.]+)\)")
SAME_AS = re.compile(r"var\(--([\w-]+)\)")

# Björn Ottosson's matrices: Oklab → cone responses → linear sRGB.
TO_CONES = ((1, 0.3963377774, 0.2158037573), (1, -0.1055613458, -0.0638541728), (1, -0.0894841775, -1.2914855480))
TO_LINEAR = (
    (4.0767416621, -3.3077115913, 0.2309699292), (-1.2684380046, 2.6097574011, -0.3413193965),
    (-0.0041960863, -0.7034186147, 1.7076147010),
)  # fmt: skip


@cache
def colours(theme: Theme = "light") -> Mapping[str, str]:
    """Every opaque colour token as `#rrggbb`; paper is light."""
    declared = dict(DECLARATION.findall(TOKENS.read_text(encoding="utf-8")))
    found = {name: _resolved(name, declared, theme) for name in declared}
    return MappingProxyType({name: as_hex(linear_rgb(*place)) for name, place in found.items() if place})


def linear_rgb(lightness: float, a: float, b: float) -> Channels:
    """Oklab as linear sRGB, cut to what a screen shows."""
    cones = [sum(part * value for part, value in zip(row, (lightness, a, b), strict=True)) ** 3 for row in TO_CONES]
    red, green, blue = (
        min(1.0, max(0.0, sum(part * cone for part, cone in zip(row, cones, strict=True)))) for row in TO_LINEAR
    )
    return red, green, blue


def as_hex(linear: Channels) -> str:
    """Linear sRGB as `#rrggbb`."""
    return "#" + "".join(f"{round(255 * _encoded(channel)):02x}" for channel in linear)


def _encoded(channel: float) -> float:
    return 12.92 * channel if channel <= 0.0031308 else 1.055 * float(channel ** (1 / 2.4)) - 0.055


def _resolved(name: str, declared: Mapping[str, str], theme: Theme) -> Channels | None:
    """A token as Oklab; None for what is no opaque colour."""
    value = declared.get(name, "")
    if same := SAME_AS.fullmatch(value):
        return _resolved(same[1], declared, theme)
    if both := TWO_THEMES.fullmatch(value):
        value = both[1 if theme == "light" else 2]
    return oklab(value)


def oklab(value: str) -> Channels | None:
    """`oklch(50% .1 220)` as Oklab; None for anything else."""
    if not (parts := OKLCH.fullmatch(value)):
        return None
    lightness, chroma, hue = (float(part) for part in parts.groups())
    return lightness / 100, chroma * cos(radians(hue)), chroma * sin(radians(hue))
