"""Blocks of a file's days with the keys of the channels they are of, as the store takes them."""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray

from meterside.cis.metering.staging import DayBlock as StoredBlock
from meterside.contracts.metering import DayBlock

_EPOCH = date(1970, 1, 1)


def of_block(block: DayBlock, channel_ids: NDArray[np.int64]) -> StoredBlock:
    """A block in the order of channel keys; `channel_ids` has the key of each of the file's names."""
    keys = channel_ids[block.channel]
    order = np.argsort(keys, kind="stable")
    return StoredBlock(
        channel_ids=keys[order],
        first_s=np.full(len(keys), int(block.start_utc.timestamp()), dtype=np.int64),
        days=np.full(len(keys), (block.local_day - _EPOCH).days, dtype=np.int64),
        seconds=block.interval_s,
        values=block.values[order],
        quality=None if block.quality is None else block.quality[order],
    )
