"""Colours can be read in both themes, a utility's brand is checked, and what a first visit loads is small."""

from __future__ import annotations

import re
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import pytest

from meterside.config.environment import PROJECT
from meterside.web.design.brand import BUILT_IN, RefusedBrand, load_brand
from meterside.web.design.tokens import (
    CONTROL_PAIRS,
    TEXT_PAIRS,
    THEMES,
    UnreadableTokens,
    brand_tokens,
    contrast,
    palettes,
    stylesheet,
    weak_pairs,
)

WEB = PROJECT / "meterside" / "web"
STATIC = WEB / "static" / "meterside"
FONT = STATIC / "fonts" / "atkinson-hyperlegible-next.woff2"


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#fff000", "#fff000", 1.0)],
)
def test_contrast_is_wcags(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.01)
    assert contrast(other, one) == contrast(one, other)


def test_every_pair_of_tokens_has_its_contrast() -> None:
    assert [str(pair) for pair in weak_pairs(palettes())] == []


def test_every_token_is_in_some_pair_or_carries_no_meaning() -> None:
    paired = {name for pair in (*TEXT_PAIRS, *CONTROL_PAIRS) for name in pair}
    for theme in THEMES:
        assert set(palettes()[theme]) - paired == {"line"}, theme


def test_a_weak_pair_is_named() -> None:
    found = palettes()
    found["dark"]["ink-2"] = "#2a3a41"
    weak = [str(pair) for pair in weak_pairs(found)]
    assert weak
    assert all(text.startswith("dark: ink-2 on ") for text in weak)


def test_styles_hold_the_tokens_of_the_file() -> None:
    written = (WEB / "design" / "styles" / "_tokens.scss").read_text(encoding="utf-8")
    assert written == stylesheet(), "run: python -m meterside.web.design.tokens && npm run build"


def test_no_style_names_a_colour_of_its_own() -> None:
    """Colours come from tokens; black and white stand only where a theme must not reach (QR codes, print)."""
    allowed = {"#fff", "#000", "#888"}
    for path in [*WEB.glob("components/*/*.scss"), *WEB.glob("design/styles/*.scss")]:
        if path.name != "_tokens.scss":
            found = set(re.findall(r"#[0-9a-f]{3,8}\b", path.read_text(encoding="utf-8")))
            assert found <= allowed, path


def brand_file(folder: Path, text: str) -> Path:
    path = folder / "brand.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_two_colours_make_a_brand(tmp_path: Path) -> None:
    (tmp_path / "logo.svg").write_text("<svg/>")
    lines = '[brand]\nname = "Mill Town"\nlogo = "logo.svg"\ncolour = "#7a1f5c"\ncolour_dark = "#e59ccb"\n'
    brand = load_brand(brand_file(tmp_path, lines))
    assert brand.name == "Mill Town"
    assert brand.logo == b"<svg/>"
    assert brand.css.count("--brand: #7a1f5c") == 1
    assert brand.css.count("--brand: #e59ccb") == 2  # by attribute, and by the system's choice
    assert "--paper" not in brand.css
    assert len(brand.css) < 1000


def test_no_file_is_the_built_in_brand() -> None:
    assert load_brand(None) is BUILT_IN


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('colour = "#f5e663"\ncolour_dark = "#f5e663"', "light: brand on paper has contrast"),
        ('colour = "#0b5d63"\ncolour_dark = "#0b5d63"', "dark: brand on paper has contrast"),
        ('colour = "teal"\ncolour_dark = "#5cc3bd"', "#rrggbb"),
        ('colour = "#0b5d63"', "colour_dark"),
        ('colour = "#0b5d63"\ncolour_dark = "#5cc3bd"\nlogo = "gone.svg"', "gone.svg"),
    ],
)
def test_a_brand_that_cannot_be_read_is_refused(tmp_path: Path, lines: str, said: str) -> None:
    with pytest.raises(RefusedBrand, match=re.escape(said)):
        load_brand(brand_file(tmp_path, f"[brand]\n{lines}\n"))


def test_a_brand_without_its_section_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedBrand, match="brand"):
        load_brand(brand_file(tmp_path, 'colour = "#0b5d63"\n'))


def test_text_on_the_brand_is_light_or_dark_as_it_needs() -> None:
    assert brand_tokens("#0b5d63", "light", "#ffffff")["on-brand"] == "#ffffff"
    assert contrast(brand_tokens("#5cc3bd", "dark", "#142127")["on-brand"], "#5cc3bd") > 7
    with pytest.raises(UnreadableTokens):
        brand_tokens("#12", "light", "#ffffff")


def compressed(path: Path) -> int:
    return len(brotli.compress(path.read_bytes()))


def test_a_first_visit_loads_little() -> None:
    assert compressed(STATIC / "app.css") <= 20_000
    assert compressed(STATIC / "app.js") <= 25_000
    assert FONT.stat().st_size <= 36_000
    assert [path.name for path in STATIC.glob("fonts/*.woff2")] == [FONT.name]


def test_the_font_swaps_and_nothing_comes_from_elsewhere() -> None:
    css = (STATIC / "app.css").read_text(encoding="utf-8")
    assert "font-display:swap" in css
    assert re.findall(r"url\(([^)]*)\)", css) == ["fonts/atkinson-hyperlegible-next.woff2"]
    assert "http" not in css + (STATIC / "app.js").read_text(encoding="utf-8")
