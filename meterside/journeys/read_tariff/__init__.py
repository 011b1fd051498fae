"""Read a tariff as prose: plain sentences and tables that could be read aloud, in the reader's language."""

from .differences import differences
from .page import Difference, Passage, PassageChange, PriceTable, Statement, VersionProse
from .version import kinds_read, read_version

__all__ = [
    "Difference",
    "Passage",
    "PassageChange",
    "PriceTable",
    "Statement",
    "VersionProse",
    "differences",
    "kinds_read",
    "read_version",
]
