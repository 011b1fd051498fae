"""The message that is pushed, as types: what is checked here is also what the interface's description says."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from meterside.contracts.metering import EventKind, ReadKind

MAX_VALUES = 400_000
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
UnitName = Literal[
    "Wh", "kWh", "MWh", "varh", "kvarh", "gal", "kgal", "cf", "ccf", "mcf", "l", "m3", "therm", "dth"
]
Direction = Literal["delivered", "received"]
QualityName = Literal["measured", "estimated", "edited", "derived"]
Service = Literal["electric", "gas", "water", "sewer"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class IntervalRun(_Part):
    """Intervals of one channel that follow one another from `start` on. A value of null is no read."""

    meter: Name
    channel: Name | None = Field(default=None, description="The channel's name, where the meter has several.")
    commodity: Service | None = None
    unit: UnitName
    direction: Direction = "delivered"
    interval_s: Literal[300, 600, 900, 1800, 3600]
    start: AwareDatetime
    values: Annotated[list[Decimal | None], Field(min_length=1, max_length=MAX_VALUES)]
    qualities: list[QualityName] | None = Field(
        default=None, description="One for each value; left out where all are measured."
    )


class DialValue(_Part):
    """What a dial showed."""

    at: AwareDatetime
    value: Decimal
    kind: ReadKind = ReadKind.ACTUAL


class RegisterRun(_Part):
    """Dial reads of one register; its code may be left out where the meter has one."""

    meter: Name
    register_code: Annotated[str, Field(max_length=40)] = ""
    commodity: Service | None = None
    unit: UnitName
    direction: Direction = "delivered"
    reads: Annotated[list[DialValue], Field(min_length=1, max_length=10_000)]


class Event(_Part):
    """Something a meter told."""

    meter: Name
    at: AwareDatetime
    kind: EventKind = EventKind.UNKNOWN
    code: Annotated[str, Field(max_length=40)] = ""
    words: Annotated[str, Field(max_length=200)] = ""


class ReadsMessage(_Part):
    """One push. The same `message_id` again, with the same content, changes nothing."""

    message_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,100}$")]
    made_at: AwareDatetime | None = Field(
        default=None, description="When it was made: of two values for one interval the later made stands."
    )
    intervals: Annotated[list[IntervalRun], Field(max_length=50_000)] = []
    registers: Annotated[list[RegisterRun], Field(max_length=50_000)] = []
    events: Annotated[list[Event], Field(max_length=50_000)] = []
