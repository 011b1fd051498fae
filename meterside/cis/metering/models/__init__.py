"""Meter data: files as they came, register reads, day rows of intervals, and what was refused."""

from .days import ArchivedMonth, IntervalDay, MonthTotal, ReadEdit, RestatedDay
from .files import FeedKey, MeterFile, MeterFilePart, MeterSource, QuarantinedRow
from .reads import BoundaryRead, DeviceEvent, RegisterRead
from .rules import DayEstimate, EstimatePolicy, ReadEstimate, ReadException, ValidationPolicy

__all__ = [
    "ArchivedMonth",
    "BoundaryRead",
    "DayEstimate",
    "DeviceEvent",
    "EstimatePolicy",
    "FeedKey",
    "IntervalDay",
    "MeterFile",
    "MeterFilePart",
    "MeterSource",
    "MonthTotal",
    "QuarantinedRow",
    "ReadEdit",
    "ReadEstimate",
    "ReadException",
    "RegisterRead",
    "RestatedDay",
    "ValidationPolicy",
]
