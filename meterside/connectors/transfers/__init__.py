"""Places that files are fetched from: what all of them share."""

from __future__ import annotations

from datetime import datetime, timedelta

MAX_FILES = 10_000
MAX_BYTES = 1024 * 1024 * 1024
SETTLED = timedelta(seconds=20)
"""A file that changed less long ago may still be being written."""
_UNFINISHED = (".part", ".partial", ".tmp", ".filepart", ".crdownload", ".writing")


def is_finished(name: str, modified_at: datetime, now: datetime) -> bool:
    """Whether a file is one to take: not hidden, not marked as unfinished, and not touched just now.

    A name that cannot be shown (control characters, bytes of no encoding) is not taken either.
    """
    if not name.isprintable() or name.startswith((".", "~")) or name.lower().endswith(_UNFINISHED):
        return False
    return now - modified_at >= SETTLED
