"""Why a segment cannot be priced."""

from __future__ import annotations


class RatingError(ValueError):
    """The segment cannot be priced; ``kind`` is a stable code, ``detail`` says what in English.

    ``facts`` are the numbers and names behind it as text, so that any language can say it; where one kind
    has several reasons ``why`` among them tells which.

    Kinds: no_rate (no version on some day), missing_determinant, negative_usage, daily_usage
    (does not cover the period), missing_intervals (a determinant's intervals are needed and not all
    there), interval_length (intervals too long for a schedule or a demand's window), received_energy
    (energy was received and no component says what it is worth), missing_series (a dated series is not
    given, or has no value on a day), missing_attribute, unknown_attribute, unit.
    """

    def __init__(self, kind: str, detail: str, **facts: object) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.detail = detail
        self.facts = {name: str(value) for name, value in facts.items()}


def not_converted(code: str, error: ValueError, *, unit: str = "", wanted: str = "") -> RatingError:
    """A quantity that cannot be brought to the unit it is priced in."""
    return RatingError(
        "unit", f"{code}: {error}", why="not_converted", component=code, unit=unit, wanted=wanted
    )
