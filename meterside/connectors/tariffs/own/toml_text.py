"""A tariff document as TOML text, for people to read and keep under version control."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from meterside.engine.tariff import Tariff, tariff_to_dict

#: Keys whose lists of tables get a heading each; everything else stands in line.
_HEADED = ("versions", "seasons", "uses", "components")


def toml_of(tariff: Tariff) -> str:
    """The document; reading it back gives an equal tariff."""
    return "\n".join(_table(tariff_to_dict(tariff), "")).strip() + "\n"


def _table(data: Mapping[str, Any], place: str) -> Iterator[str]:
    for key, value in data.items():
        if key not in _HEADED:
            yield f"{_key(key)} = {_value(value)}"
    for key in _HEADED:
        for item in data.get(key, ()):
            heading = f"{place}.{key}" if place else key
            yield ""
            yield f"[[{heading}]]"
            yield from _table(item, heading)


def _value(value: Any) -> str:
    if isinstance(value, bool | int):
        return json.dumps(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return "{ " + ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items()) + " }"


def _key(key: str) -> str:
    return key if key.replace("_", "").isalnum() and key.isascii() else _text(key)


def _text(text: str) -> str:
    """A basic string: JSON's escapes are TOML's, but for DEL, which TOML wants escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
