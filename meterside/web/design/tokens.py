"""Colour tokens: read from tokens.toml, derived from the brand, checked for contrast, written as CSS.

`python -m meterside.web.design.tokens` writes styles/_tokens.scss from tokens.toml.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Theme = Literal["light", "dark"]
Palette = Mapping[str, str]

THEMES: tuple[Theme, Theme] = ("light", "dark")
TEXT_CONTRAST = 4.5  # WCAG 2.2, 1.4.3
CONTROL_CONTRAST = 3.0  # WCAG 2.2, 1.4.11
BRAND_TOKENS = ("brand", "brand-strong", "brand-tint", "on-brand")
_HERE = Path(__file__).parent
_HEX = re.compile(r"#[0-9a-f]{6}")

# What lies on what. A colour pair that a style uses and that is not listed here is a defect of this list.
_GROUNDS = ("paper", "surface", "sunken")
TEXT_PAIRS: tuple[tuple[str, str], ...] = (
    *((text, ground) for text in ("ink", "ink-2", "ink-3") for ground in _GROUNDS),
    *(
        (text, ground)
        for text in ("brand", "brand-strong", "good", "warn", "bad", "info")
        for ground in _GROUNDS
    ),
    *((kind, f"{kind}-tint") for kind in ("good", "warn", "bad", "info")),
    *(
        (text, f"{kind}-tint")
        for text in ("ink", "ink-2", "brand")
        for kind in ("good", "warn", "bad", "info")
    ),
    *((text, "brand-tint") for text in ("ink", "ink-2", "brand", "brand-strong")),
    ("on-brand", "brand"),
    ("on-brand", "brand-strong"),
    ("surface", "bad"),
    ("paper", "ink"),
    ("surface", "ink"),
)
CONTROL_PAIRS: tuple[tuple[str, str], ...] = (
    *(("line-strong", ground) for ground in _GROUNDS),
    *(("brand", ground) for ground in (*_GROUNDS, "brand-tint")),
    *(
        (commodity, ground)
        for commodity in ("electric", "water", "gas", "sewer", "refuse")
        for ground in ("paper", "surface")
    ),
    *((kind, f"{kind}-tint") for kind in ("good", "warn", "bad", "info")),
)


class UnreadableTokens(Exception):
    """A token file lacks a colour or has one that is not `#rrggbb`; the message names it."""


@dataclass(frozen=True, slots=True)
class WeakContrast:
    """One pair of tokens that is too alike to be read."""

    theme: Theme
    front: str
    ground: str
    ratio: float
    needed: float

    def __str__(self) -> str:
        pair = f"{self.front} on {self.ground}"
        return f"{self.theme}: {pair} has contrast {self.ratio:.2f}, needs {self.needed:.1f}"


def _channels(colour: str) -> tuple[int, int, int]:
    if not _HEX.fullmatch(colour):
        raise UnreadableTokens(f"a colour must be written as #rrggbb in lower case, not {colour!r}")
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix(front: str, ground: str, share: float) -> str:
    """`share` of front over ground, in sRGB."""
    pairs = zip(_channels(front), _channels(ground), strict=True)
    return "#" + "".join(f"{round(one * share + other * (1 - share)):02x}" for one, other in pairs)


def _luminance(colour: str) -> float:
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in _channels(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio, 1 to 21."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def brand_tokens(colour: str, theme: Theme, surface: str) -> dict[str, str]:
    """The four brand tokens of a theme from its one colour."""
    colour = colour.lower()
    deep = mix(colour, "#000000", 0.2)
    on_brand = "#ffffff" if contrast("#ffffff", colour) >= TEXT_CONTRAST else deep
    if theme == "light":
        return {
            "brand": colour,
            "brand-strong": mix(colour, "#000000", 0.75),
            "brand-tint": mix(colour, surface, 0.1),
            "on-brand": on_brand,
        }
    return {
        "brand": colour,
        "brand-strong": mix(colour, "#ffffff", 0.75),
        "brand-tint": mix(colour, surface, 0.16),
        "on-brand": on_brand,
    }


def palettes(brand: Mapping[str, str] | None = None) -> dict[Theme, dict[str, str]]:
    """Both complete palettes; `brand` (colour, colour_dark) replaces the brand of tokens.toml.

    Raises UnreadableTokens.
    """
    document = tomllib.loads((_HERE / "tokens.toml").read_text(encoding="utf-8"))
    chosen = brand if brand is not None else document["brand"]
    keys: dict[Theme, str] = {"light": "colour", "dark": "colour_dark"}
    found: dict[Theme, dict[str, str]] = {}
    for theme in THEMES:
        if keys[theme] not in chosen:
            raise UnreadableTokens(f"[brand] needs {keys[theme]}")
        base: dict[str, str] = document[theme]
        found[theme] = brand_tokens(chosen[keys[theme]], theme, base["surface"]) | base
    return found


def weak_pairs(found: Mapping[Theme, Palette]) -> Iterator[WeakContrast]:
    """Every pair of tokens that misses its contrast, in both themes."""
    for theme, palette in found.items():
        for pairs, needed in ((TEXT_PAIRS, TEXT_CONTRAST), (CONTROL_PAIRS, CONTROL_CONTRAST)):
            for front, ground in pairs:
                ratio = contrast(palette[front], palette[ground])
                if ratio < needed:
                    yield WeakContrast(theme, front, ground, ratio, needed)


def css(found: Mapping[Theme, Palette], names: tuple[str, ...] | None = None) -> str:
    """The palettes as custom properties: light, dark by attribute, dark by the system's choice."""

    def block(theme: Theme) -> str:
        chosen = {key: value for key, value in found[theme].items() if names is None or key in names}
        return "".join(f"  --{key}: {value};\n" for key, value in chosen.items())

    dark = block("dark")
    # Dark is for screens: what is printed is ink on paper.
    return (
        f":root {{\n  color-scheme: light;\n{block('light')}}}\n"
        f'@media screen {{\n:root[data-theme="dark"] {{\n  color-scheme: dark;\n{dark}}}\n}}\n'
        f"@media screen and (prefers-color-scheme: dark) {{\n"
        f':root:not([data-theme="light"]) {{\n  color-scheme: dark;\n{dark}}}\n}}\n'
    )


def stylesheet() -> str:
    """What styles/_tokens.scss must hold."""
    return "// Written by meterside.web.design.tokens from tokens.toml; do not edit.\n" + css(palettes())


if __name__ == "__main__":
    (_HERE / "styles" / "_tokens.scss").write_text(stylesheet(), encoding="utf-8")
