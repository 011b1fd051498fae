"""What is worked out once and kept beside what it was worked out of, for the accounts that come after."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")

#: A tariff is asked for few periods at a time; a store that grows past this starts anew.
_MOST = 256


def kept_in(store: dict[Hashable, Any], key: Hashable, work: Callable[[], T]) -> T:
    """The value of a key in a store; ``work`` makes it where it is not there. What it raises is kept nowhere."""
    try:
        found: T = store[key]
    except KeyError:
        found = work()
        if len(store) >= _MOST:
            store.clear()
        store[key] = found
    return found
