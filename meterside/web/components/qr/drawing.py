"""A QR code as an SVG: what pages and paper show to a telephone's camera."""

from __future__ import annotations

import re
from typing import Any, Final

import zxingcpp

_DARK: Final = re.compile(rb"\x00+")


def qr_svg(text: str, css_class: str = "") -> str:
    """The code of `text`, a unit a module, without a margin: what is around it must be white, four modules wide.

    Error correction M: a seventh of it may be dirty. Dark modules that follow each other are one rectangle.
    """
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image: Any = zxingcpp.write_barcode_to_image(code, scale=1, add_quiet_zones=False)
    size, dots = len(memoryview(image)), memoryview(image).tobytes()
    runs = [
        (run.start(), y, run.end() - run.start())
        for y in range(size)
        for run in _DARK.finditer(dots[y * size : (y + 1) * size])
    ]
    path = "".join(f"M{x} {y}h{length}v1h-{length}z" for x, y, length in runs)
    kind = f' class="{css_class}"' if css_class else ""
    return (
        f'<svg{kind} xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}"><path d="{path}"/></svg>'
    )
