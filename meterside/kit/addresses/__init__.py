"""Service addresses: reading what people type, and finding the one premise it names.

Rules, tables and the measured rates are in docs/algorithms/address-matching.md.
"""

from meterside.kit.addresses.match import (
    Ambiguous,
    AmbiguousReason,
    Candidate,
    Match,
    NoMatch,
    Outcome,
    match_address,
)
from meterside.kit.addresses.parse import parse_address
from meterside.kit.addresses.reading import UnableToReadAddress, UnreadableReason, normalise_zip
from meterside.kit.addresses.shape import AddressKind, NormalisedAddress, ParsedAddress, Street

__all__ = [
    "AddressKind",
    "Ambiguous",
    "AmbiguousReason",
    "Candidate",
    "Match",
    "NoMatch",
    "NormalisedAddress",
    "Outcome",
    "ParsedAddress",
    "Street",
    "UnableToReadAddress",
    "UnreadableReason",
    "match_address",
    "normalise_zip",
    "parse_address",
]
