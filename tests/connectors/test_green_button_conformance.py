"""The Green Button connector against the contract's suite."""

from __future__ import annotations

import random

from meterside.connectors.metering.green_button.adapter import GreenButtonFile
from meterside.contracts.metering import MeterFileSource
from tests.conformance.metering import MeterFileConformance
from tests.connectors.green_button_documents import (
    LOS_ANGELES,
    Channel,
    block_entry,
    describing_entries,
    document,
    hours,
    utc_s,
)

# 9 to 11 March 2024: the middle day has 23 hours.
VALUES = [37 * k % 101 for k in range(24 + 23 + 24)]
START_S = utc_s(2024, 3, 9, zone=LOS_ANGELES)


class TestGreenButtonFile(MeterFileConformance):
    zone = LOS_ANGELES

    def source(self) -> MeterFileSource:
        return GreenButtonFile()

    def good_file(self) -> bytes:
        channel, reads = Channel(), hours(START_S, VALUES)
        blocks = [block_entry(channel, reads[:30]), block_entry(channel, reads[30:])]
        return document([*describing_entries(channel), *blocks]).encode()

    def shuffled_file(self) -> bytes:
        channel, reads = Channel(), hours(START_S, VALUES)
        random.Random(3).shuffle(reads)
        blocks = [block_entry(channel, reads[:11]), block_entry(channel, reads[11:])]
        return document([*blocks, *reversed(describing_entries(channel))]).encode()

    def good_total(self) -> int:
        return sum(VALUES)
