"""All that one file says: usage points with their channels, registers, what meters told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .dials import RegisterReads
from .reads import ChannelReads, ReadColumns, SummaryFact, ZoneFacts
from .refusals import FileFacts, Refusal


class EventKind(StrEnum):
    """What a meter says happened. An unknown one keeps its own code beside UNKNOWN."""

    POWER_FAIL = "power_fail"
    POWER_RESTORED = "power_restored"
    LEAK = "leak"
    BACKFLOW = "backflow"
    REVERSE_FLOW = "reverse_flow"
    TAMPER = "tamper"
    LOW_BATTERY = "low_battery"
    TROUBLE = "trouble"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class MeterEvent:
    """Something a meter or its reader tells beside its reads. `code` and `words` are the source's own."""

    meter_id: str
    at_s: int
    kind: EventKind
    code: str = ""
    words: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class UsagePointFeed:
    """A service point as the source knows it; `external_id` is its own name for it."""

    external_id: str
    channels: tuple[ChannelReads, ...]
    zone_facts: ZoneFacts | None = None
    summaries: tuple[SummaryFact, ...] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """All that a file says. No channel in any usage point means the file is held; `refusals` say why.

    `rows` counts every reading in the file, those of refused channels too. A bulk file has its interval reads
    in `columns`, others in `usage_points`; dial reads and events stand beside them. `no_reads` counts places
    where the source itself says that it has no read. `made_at_s` is when the source made the file (0: unsaid).
    """

    file: FileFacts
    rows: int
    usage_points: tuple[UsagePointFeed, ...]
    refusals: tuple[Refusal, ...] = ()
    columns: tuple[ReadColumns, ...] = ()
    registers: tuple[RegisterReads, ...] = ()
    events: tuple[MeterEvent, ...] = ()
    no_reads: int = 0
    made_at_s: int = 0
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to load."""
        return not (self.usage_points or self.columns or self.registers or self.events)

    @property
    def channels(self) -> tuple[ChannelReads, ...]:
        """Every channel with its reads one by one; for bulk files that takes long, `columns` does not."""
        single = [channel for point in self.usage_points for channel in point.channels]
        return (*single, *(channel for columns in self.columns for channel in columns.single_channels()))
