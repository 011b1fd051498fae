"""A utility's own name, logo and colours, read from one file; refused when they could not be read."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from meterside.web.design.tokens import BRAND_TOKENS, UnreadableTokens, css, palettes, weak_pairs


class RefusedBrand(Exception):
    """The brand file cannot be used; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Brand:
    """What a page needs to look like the utility. Empty `css` and `logo` mean the built-in brand."""

    name: str
    css: str
    logo: bytes
    version: str


BUILT_IN = Brand(name="", css="", logo=b"", version="")


@cache
def load_brand(path: Path | None) -> Brand:
    """The brand of a file, or the built-in one for None.

    Raises RefusedBrand for a missing file or logo, an unreadable colour or weak contrast.
    """
    if path is None:
        return BUILT_IN
    try:
        section = tomllib.loads(path.read_text(encoding="utf-8"))["brand"]
        found = palettes(section)
        logo = (path.parent / section["logo"]).read_bytes() if "logo" in section else b""
    except (OSError, KeyError, tomllib.TOMLDecodeError, UnreadableTokens) as error:
        raise RefusedBrand(f"{path}: {error}") from error
    weak = [str(pair) for pair in weak_pairs(found)]
    if weak:
        raise RefusedBrand(f"{path}: " + "; ".join(weak))
    style = css(found, BRAND_TOKENS)
    version = hashlib.sha256(style.encode() + logo).hexdigest()[:12]
    return Brand(name=str(section.get("name", "")), css=style, logo=logo, version=version)
