"""Which entry belongs to which: Atom's self, up and related links, whatever order the entries come in.

A parent claims what its `related` links name and what lies below its own `self` link; a child is found by its
`up` link, or by the folder of its `self` link where it has no `up`. Nothing is inferred from there being only
one candidate.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from .parser import RawEntry, RawResource


def path_of(href: str) -> str:
    """An href without host, query and the custodian's prefix: `Subscription/5/UsagePoint/1`."""
    text = href.strip()
    if "://" in text:
        text = text.partition("://")[2].partition("/")[2]
    text = text.partition("?")[0].partition("#")[0]
    before, found, after = text.rpartition("/resource/")
    return (after if found else before or text).strip("/")


def updated_ms(text: str) -> int:
    """An Atom `updated` stamp in milliseconds since 1970 UTC; 0, the oldest, where it is not readable."""
    try:
        stamp = datetime.fromisoformat(text)
    except ValueError:
        return 0
    if stamp.tzinfo is None:
        stamp = stamp.replace(tzinfo=UTC)
    return max(int(stamp.timestamp() * 1000), 0)


@dataclass(frozen=True, slots=True)
class Node:
    """A resource with where it stands in the web of links."""

    resource: RawResource
    path: str
    parent_paths: tuple[str, ...]
    related: frozenset[str]
    updated_ms: int


class Web:
    """All resources of a document by kind, the latest stated one where several share a self link."""

    def __init__(self, entries: Iterable[RawEntry]) -> None:
        self.blocks: list[Node] = []
        self.summaries: list[Node] = []
        self.usage_points: dict[str, Node] = {}
        self.meter_readings: dict[str, Node] = {}
        self.reading_types: dict[str, Node] = {}
        self.local_times: dict[str, Node] = {}
        for entry in entries:
            for resource in entry.resources:
                self._add(_node(entry, resource))
        self._readings_by_claim = _claims(self.meter_readings, "IntervalBlock")
        self._points_by_claim = _claims(self.usage_points, "MeterReading", "UsageSummary")

    def meter_reading_of(self, block: Node) -> Node | None:
        """The one MeterReading that claims this block."""
        return _sole_parent(block, self._readings_by_claim, self.meter_readings)

    def usage_point_of(self, child: Node) -> Node | None:
        """The one UsagePoint that claims this meter reading or summary."""
        return _sole_parent(child, self._points_by_claim, self.usage_points)

    def reading_types_of(self, meter_reading: Node) -> list[Node]:
        """The ReadingTypes that a meter reading names; it should be one."""
        named = sorted(meter_reading.related & self.reading_types.keys())
        return [self.reading_types[path] for path in named]

    def local_time_of(self, usage_point: Node) -> Node | None:
        """The LocalTimeParameters that a usage point names."""
        named = sorted(usage_point.related & self.local_times.keys())
        return self.local_times[named[0]] if len(named) == 1 else None

    def _add(self, node: Node) -> None:
        kind = node.resource.kind
        if kind == "IntervalBlock":
            self.blocks.append(node)
        elif kind in ("UsageSummary", "ElectricPowerUsageSummary"):
            self.summaries.append(node)
        else:
            shelf = {
                "UsagePoint": self.usage_points,
                "MeterReading": self.meter_readings,
                "ReadingType": self.reading_types,
                "LocalTimeParameters": self.local_times,
            }[kind]
            there = shelf.get(node.path)
            if there is None or _rank(node) > _rank(there):
                shelf[node.path] = node


def _rank(node: Node) -> tuple[int, list[tuple[str, str]], list[str]]:
    # Content breaks a tie, so that the order of entries never does.
    return node.updated_ms, sorted(node.resource.texts.items()), sorted(node.related)


def _node(entry: RawEntry, resource: RawResource) -> Node:
    own = [path_of(href) for href in entry.hrefs("self") if href]
    path = own[0] if own else entry.id
    ups = [path_of(href) for href in entry.hrefs("up") if href]
    parents = tuple(ups) or ((path.rpartition("/")[0],) if own else ())
    related = frozenset(path_of(href) for href in entry.hrefs("related") if href)
    return Node(resource, path, parents, related, updated_ms(entry.updated))


def _claims(parents: dict[str, Node], *collections: str) -> dict[str, set[str]]:
    claims: dict[str, set[str]] = {}
    for path, node in parents.items():
        below = {f"{path}/{collection}" for collection in collections}
        for claimed in {path, *below, *node.related}:
            claims.setdefault(claimed, set()).add(path)
    return claims


def _sole_parent(child: Node, claims: dict[str, set[str]], parents: dict[str, Node]) -> Node | None:
    found = {path for up in child.parent_paths for path in claims.get(up, ())}
    return parents[found.pop()] if len(found) == 1 else None
