"""Window envelopes: where on a folded sheet an address must stand to be seen wherever the sheet slides.

Lengths are whole thousandths of an inch (mil), for American envelopes are made in eighths.
"""

from __future__ import annotations

from dataclasses import dataclass


class AddressNotSeen(ValueError):
    """No part of the insert is in the window wherever it slides: it is too small for this envelope."""


@dataclass(frozen=True, slots=True)
class Box:
    """A part of an insert: `left_mil` from its left edge, `bottom_mil` from its lower edge."""

    left_mil: int
    bottom_mil: int
    right_mil: int
    top_mil: int

    @property
    def width_mil(self) -> int:
        return self.right_mil - self.left_mil

    @property
    def height_mil(self) -> int:
        return self.top_mil - self.bottom_mil


@dataclass(frozen=True, slots=True)
class Envelope:
    """An envelope with one window; the window's place is from the envelope's left and lower edges."""

    width_mil: int
    height_mil: int
    window_left_mil: int
    window_bottom_mil: int
    window_width_mil: int
    window_height_mil: int

    def always_seen(self, *, width_mil: int, height_mil: int) -> Box:
        """The part of an insert of this size that is in the window wherever it slides.

        Raises AddressNotSeen where there is none, or the insert does not go in.
        """
        across, up = self._play(width_mil, height_mil)
        box = Box(
            self.window_left_mil,
            self.window_bottom_mil,
            self.window_left_mil + self.window_width_mil - across,
            self.window_bottom_mil + self.window_height_mil - up,
        )
        if box.width_mil <= 0 or box.height_mil <= 0:
            raise AddressNotSeen(f"an insert of {width_mil} by {height_mil} mil slides out of the window")
        return box

    def ever_seen(self, *, width_mil: int, height_mil: int) -> Box:
        """The part that is in the window in some position: nothing but the address may stand there."""
        across, up = self._play(width_mil, height_mil)
        return Box(
            max(self.window_left_mil - across, 0),
            max(self.window_bottom_mil - up, 0),
            self.window_left_mil + self.window_width_mil,
            self.window_bottom_mil + self.window_height_mil,
        )

    def _play(self, width_mil: int, height_mil: int) -> tuple[int, int]:
        across, up = self.width_mil - width_mil, self.height_mil - height_mil
        if across < 0 or up < 0:
            raise AddressNotSeen(f"an insert of {width_mil} by {height_mil} mil does not go in")
        return across, up


#: The usual commercial windows: 4 1/2 by 1 1/8 inches, 7/8 from the left, 1/2 from the bottom.
NUMBER_10 = Envelope(9_500, 4_125, 875, 500, 4_500, 1_125)
NUMBER_9 = Envelope(8_875, 3_875, 875, 500, 4_500, 1_125)

SHEET_WIDTH_MIL = 8_500
SHEET_HEIGHT_MIL = 11_000


def envelope_of(text: str) -> Envelope:
    """An envelope written as six numbers in inches: width, height, window's left, bottom, width, height.

    `#10` and `#9` name the usual ones. Raises ValueError.
    """
    if text in _NAMED:
        return _NAMED[text]
    numbers = [mil_of(part) for part in text.split()]
    if len(numbers) != 6:
        raise ValueError(f"an envelope is #9, #10 or six numbers of inches: {text!r}")
    return Envelope(*numbers)


def mil_of(text: str) -> int:
    """Inches as people write them (`0.875`, `4.5`) in whole mil. Raises ValueError."""
    whole, _dot, part = text.partition(".")
    if not (whole + part).isdigit() or len(part) > 3:
        raise ValueError(f"not inches of at most three places: {text!r}")
    return int(whole or "0") * 1000 + int(part.ljust(3, "0"))


_NAMED = {"#10": NUMBER_10, "#9": NUMBER_9}
