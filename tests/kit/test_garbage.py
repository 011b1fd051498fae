"""Cyclic garbage of a piece of work is found behind it, also when the work fails or another goes on."""

from __future__ import annotations

import gc
import weakref

import pytest

from meterside.kit.garbage import collected_after


class _Knot:
    def __init__(self) -> None:
        self.own = self


def test_nothing_is_looked_for_inside_and_what_was_left_is_gone_behind() -> None:
    with collected_after():
        assert not gc.isenabled()
        seen = weakref.ref(_Knot())
        with collected_after():
            assert not gc.isenabled()
        assert not gc.isenabled()
        assert seen() is not None
    assert gc.isenabled()
    assert seen() is None


def test_work_that_fails_leaves_the_collector_as_it_was() -> None:
    with pytest.raises(ZeroDivisionError), collected_after():
        raise ZeroDivisionError
    assert gc.isenabled()
    gc.disable()
    try:
        with collected_after():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
