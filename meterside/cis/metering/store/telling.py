"""Saying that new reads are here, in the transaction that stores them: alerts are judged as data arrives."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from django.conf import settings

from meterside.kit import clock
from meterside.spine import outbox

STORED_TOPIC = "reads.stored"
#: Older days are history that is loaded: they tell nobody of anything.
_NEWS = timedelta(days=7)
_CHANNELS_A_MESSAGE = 5000


def tell_stored(channel_ids: Collection[int], *, last_day: date) -> int:
    """Put the channels into the outbox where their latest day is news; returns how many messages."""
    if last_day < clock.today(settings.UTILITY.zone) - _NEWS:
        return 0
    ordered = sorted(channel_ids)
    parts = [ordered[at : at + _CHANNELS_A_MESSAGE] for at in range(0, len(ordered), _CHANNELS_A_MESSAGE)]
    for part in parts:
        outbox.put(topic=STORED_TOPIC, payload={"channels": part, "last_day": last_day.isoformat()})
    return len(parts)
