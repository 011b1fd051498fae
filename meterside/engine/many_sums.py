"""Exact sums and peaks of many accounts' intervals, by period of the bill and class of the clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Classes a schedule may have; a number of a bill's period and a class make one label.
_MOST_CLASSES = 1024
_OUTSIDE = -1


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """How to sum a row of intervals by label: runs of one label first, then the runs of each label."""

    first: int
    last: int
    starts: NDArray[np.int64]
    order: NDArray[np.int64]
    groups: NDArray[np.int64]
    columns: Mapping[tuple[int, int], int]

    def sums(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        """A row an account, a column a label."""
        return self._reduced(np.add, values)

    def peaks(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        """The highest interval of each label."""
        return self._reduced(np.maximum, values)

    def _reduced(self, function: np.ufunc, values: NDArray[np.int64]) -> NDArray[np.int64]:
        runs = function.reduceat(values[:, self.first : self.last], self.starts, axis=1)
        found: NDArray[np.int64] = function.reduceat(runs[:, self.order], self.groups, axis=1)
        return found


def labelled(spans: Sequence[slice], classes: Sequence[NDArray[np.int64] | None]) -> Labelled:
    """Labels of the intervals of some bills: each bill's ``slice``, and the class of every interval of it.

    A bill without classes has one, 0. Spans must not overlap.
    """
    first, last = min(span.start for span in spans), max(span.stop for span in spans)
    labels = np.full(last - first, _OUTSIDE, dtype=np.int64)
    for number, (span, own) in enumerate(zip(spans, classes, strict=True)):
        inside = slice(span.start - first, span.stop - first)
        labels[inside] = number * _MOST_CLASSES + (0 if own is None else own[span])
    changes = np.flatnonzero(np.diff(labels)) + 1
    starts = np.concatenate((np.zeros(1, dtype=np.int64), changes))
    of_run = labels[starts]
    order = np.argsort(of_run, kind="stable")
    distinct, groups = np.unique(of_run[order], return_index=True)
    columns = {
        (int(label) // _MOST_CLASSES, int(label) % _MOST_CLASSES): column
        for column, label in enumerate(distinct)
        if label != _OUTSIDE
    }
    return Labelled(first, last, starts, order, groups, columns)
