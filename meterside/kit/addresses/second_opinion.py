"""usaddress, asked about lines our own parser is in doubt about.

It labels words with a trained model. That is good at separating what nobody separated, but it is slow to
load, its answer can change with a comma, and it raises on much of what people type. So it is loaded at the
first doubt, and its answer is a suggestion that our own parser has to find plain. Answers are not cached: a
faster answer would tell that somebody asked for this address before.
"""

from __future__ import annotations

import threading

_STREET_LABELS = (
    "AddressNumber",
    "AddressNumberSuffix",
    "StreetNamePreDirectional",
    "StreetNamePreModifier",
    "StreetNamePreType",
    "StreetName",
    "StreetNamePostType",
    "StreetNamePostDirectional",
)
# One model for the process, and its C library keeps the sequence being labelled in the model.
_lock = threading.Lock()


def suggested_line(line: str) -> str | None:
    """``line`` as usaddress would write it, without town; None when it finds no street or no house number."""
    import usaddress
    from probableparsing import RepeatedLabelError  # type: ignore[import-untyped]

    with _lock:
        try:
            labels, kind = usaddress.tag(line)
        except RepeatedLabelError:
            return None
    if kind != "Street Address" or not labels.get("AddressNumber") or not labels.get("StreetName"):
        return None
    words = [labels[label] for label in _STREET_LABELS if label in labels]
    unit = labels.get("OccupancyIdentifier", "").removeprefix("#").strip()
    if unit:
        words.append(f"{labels.get('OccupancyType', '#')} {unit}")
    return " ".join(words)
