"""Every fault of a document at once: what cannot be read is named, the rest is read and checked all the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from meterside.engine.terms.problems import InvalidTariff, TariffProblem
from meterside.engine.terms.reader import Reader

T = TypeVar("T")

_PLACE = re.compile(r"(.*?)\[(\d+)\](.*)", re.DOTALL)


class Faults:
    """Gathers faults while a document is read.

    A list read in part has other places than its document; ``end`` says the document's. Where something was left
    out, faults that may only come of its absence are not told.
    """

    def __init__(self) -> None:
        self._found: list[TariffProblem] = []
        #: Lists that were read in part, by their path: the place in the document of each item that was read.
        self._kept: dict[str, list[int]] = {}

    def of(self, read: Callable[[], T], instead: T) -> T:
        """What ``read`` gives; where it finds a fault, ``instead``."""
        try:
            return read()
        except InvalidTariff as error:
            self._found += error.problems
            return instead

    def each(self, children: Callable[[], Sequence[Reader]], read: Callable[[Reader], T]) -> Iterator[T]:
        """The items of a list that can be read."""
        nothing: Sequence[Reader] = ()
        readers, places = self.of(children, nothing), []
        for place, reader in enumerate(readers):
            try:
                item = read(reader)
            except InvalidTariff as error:
                self._found += error.problems
                continue
            places.append(place)
            yield item
        if readers and len(places) < len(readers):
            self._kept[readers[0].path("").rstrip(".").removesuffix("[0]")] = places

    def end(self, check: Callable[[], None]) -> None:
        """Check what was read, and raise ``InvalidTariff`` with all that was found."""
        if not self._found:
            check()
            return
        try:
            check()
        except InvalidTariff as error:
            for problem in error.problems:
                path = self._in_document(problem.path)
                if not self._may_come_of_absence(problem) and path not in {one.path for one in self._found}:
                    self._found.append(TariffProblem(path, problem.message, problem.kind, problem.facts))
        raise InvalidTariff(tuple(self._found))

    def _in_document(self, path: str) -> str:
        """The path of an item that was read, as the document counts."""
        done, rest = "", path
        while (match := _PLACE.fullmatch(rest)) is not None:
            done += match.group(1)
            place, kept = int(match.group(2)), self._kept.get(done)
            done += f"[{place if kept is None else kept[place]}]"
            rest = match.group(3)
        return done + rest

    def _may_come_of_absence(self, problem: TariffProblem) -> bool:
        if problem.kind == "reference":
            return True
        if problem.kind in ("gap", "overlap") and "versions" in self._kept:
            return True
        return bool(self._kept) and ("is empty" in problem.message or "no season" in problem.message)
