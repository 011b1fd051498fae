"""Statuses move along tables only."""

from __future__ import annotations

import pytest

from meterside.engine.lifecycle import MoveNotAllowed, UnknownStatus, check_move, status_table

DOOR = status_table("door", "open", {"open": ("shut",), "shut": ("open", "locked"), "locked": ()})


def test_an_allowed_move_passes_and_others_say_what_is_allowed() -> None:
    check_move(DOOR, "shut", "locked")
    with pytest.raises(MoveNotAllowed) as caught:
        check_move(DOOR, "open", "locked")
    assert caught.value.allowed == {"shut"}
    with pytest.raises(MoveNotAllowed, match="final"):
        check_move(DOOR, "locked", "open")


def test_an_unknown_status_is_named_on_either_side() -> None:
    for before, after in (("ajar", "open"), ("open", "ajar")):
        with pytest.raises(UnknownStatus, match="ajar"):
            check_move(DOOR, before, after)


def test_a_table_must_have_a_row_for_every_status() -> None:
    with pytest.raises(ValueError, match="locked"):
        status_table("door", "open", {"open": ("locked",)})
    with pytest.raises(ValueError, match="new"):
        status_table("door", "new", {"open": ()})


def test_a_table_lists_its_moves() -> None:
    assert DOOR.pairs() == [("open", "shut"), ("shut", "locked"), ("shut", "open")]
    assert DOOR.is_final("locked")
    assert DOOR.statuses == {"open", "shut", "locked"}
