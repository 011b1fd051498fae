"""Which line of a file a fault's place is on, so that whoever wrote the file finds it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*(\"[^\"]*\"|'[^']*'|[A-Za-z0-9_.-]+)\s*=")
_SAID = re.compile(r"line (\d+)")
_LAST = re.compile(r"(\.[^.\[\]]+|\[[^\[\]]*\])$")
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
#: Larger files are not searched: composing them would take longer than anybody waits.
_MOST_CHARACTERS = 2_000_000


def line_of(text: str, path: str, *, reason: str = "") -> int | None:
    """The line (from 1) a fault is on; that of what is around it where the thing itself is not there.

    `reason` may say the line itself, as parsers do. None where the place is not found.
    """
    said = _SAID.search(path) or (_SAID.search(reason) if path in ("document", "file") else None)
    if said:
        return int(said.group(1))
    if len(text) > _MOST_CHARACTERS:
        return None
    if text.lstrip()[:1] == "{" or _HEADER.search(text) is None:
        return _line_of_node(text, path)
    lines = dict(_toml_lines(text))
    while path:
        if path in lines:
            return lines[path]
        shorter = _LAST.sub("", path)
        if shorter == path:
            return None
        path = shorter
    return None


def _toml_lines(text: str) -> Iterator[tuple[str, int]]:
    """Every table, key and item of a list that begins a line of a TOML document, by its path."""
    table, depth, inside, n_items = "", 0, "", 0
    latest: dict[str, str] = {}
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if depth:
            if depth == 1 and line.lstrip().startswith("{"):
                yield f"{inside}[{n_items}]", number
                n_items += 1
        elif header := _HEADER.fullmatch(line):
            table = _entered(header.group(2), header.group(1) == "[[", latest, counts)
            yield table, number
            continue
        elif key := _KEY.match(line):
            name = key.group(1).strip("\"'")
            inside, n_items = f"{table}.{name}" if table else name, 0
            yield inside, number
        depth += _opened(line)


def _entered(name: str, is_list: bool, latest: dict[str, str], counts: dict[str, int]) -> str:
    parent, _dot, last = name.rpartition(".")
    around = latest.get(parent, parent)
    path = f"{around}.{last}" if around else last
    if is_list:
        counts[path] = counts.get(path, -1) + 1
        path = f"{path}[{counts[path]}]"
    latest[name] = path
    return path


def _opened(line: str) -> int:
    """How many brackets of lists and tables a line leaves open; those in texts and comments do not count."""
    bare = re.sub(r"\"(?:[^\"\\]|\\.)*\"|'[^']*'", "", line).partition("#")[0]
    return sum(bare.count(sign) for sign in "[{") - sum(bare.count(sign) for sign in "]}")


def _line_of_node(text: str, path: str) -> int | None:
    """As `line_of`, for YAML, and for JSON, which is YAML too."""
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError):
        return None
    found = None
    for match in _STEP.finditer(path.partition(": ")[0]):  # behind a colon stands what is written there
        inner = _inside(node, match.group(1), match.group(2))
        if inner is None and isinstance(node, yaml.MappingNode) and found is None:
            # A file of the Utility Rate Database has its rate in a list of one.
            items = _inside(node, "items", None)
            inner = (
                None
                if items is None
                else _inside(_inside(items[0], None, "0"), match.group(1), match.group(2))
            )
        if inner is None:
            return found
        node, found = inner
    return found


def _inside(node: object, key: str | None, index: str | None) -> tuple[yaml.Node, int] | None:
    """What a node has under a key or at a place, with the line it begins on."""
    if isinstance(node, tuple):
        node = node[0]
    if isinstance(node, yaml.MappingNode) and key is not None:
        for name, value in node.value:
            if name.value == key:
                return value, name.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode) and index is not None and int(index) < len(node.value):
        item = node.value[int(index)]
        return item, item.start_mark.line + 1
    return None
