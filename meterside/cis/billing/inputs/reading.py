"""Asking metering for the reads a chunk needs and has not got; reading again what it has worked out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from meterside.cis.metering.estimates.days import DueDay, estimate_days
from meterside.cis.metering.estimates.registers import DueRead, Policies, estimate_reads, restate_estimates
from meterside.cis.metering.estimates.window_reads import (
    NO_WINDOW,
    ReadWindow,
    count_window_reads,
    recount_window_reads,
)
from meterside.cis.metering.store.queries import day_totals, interval_days, reads_on
from meterside.engine.period import Period, service_day

from .asking import Asked
from .source_rows import Agreement, Meter, RegisterRow
from .sources import Sources


def complete_reads(
    sources: Sources,
    window: Period,
    *,
    classes: Mapping[int, str],
    policies: Policies,
    today: date,
    read_window: ReadWindow = NO_WINDOW,
) -> Sources:
    """The sources with reads of the cycle's window, with estimates where policy lets metering make them, and with
    estimates that were worked out anew.

    What was not estimated says why, so that the account waits for the right reason.
    """
    if read_window:
        sources = _with_window_reads(sources, window, classes, read_window)
    if not policies:
        return sources
    due, days = _due(sources, window, classes), _due_days(sources, window, classes, policies)
    refused = estimate_reads(due, policies=policies, today=today) if due else []
    began_estimated = {key for (key, _), read in sources.reads.items() if read.kind == "estimated"}
    restated = (
        restate_estimates(sorted(began_estimated), until=window.closed_end) if began_estimated else set()
    )
    if days:
        estimate_days(days)
    if due or restated:
        registers = sorted({one.register_id for one in due} | {key for key, _ in sources.reads})
        on = sorted({day for _, day in sources.reads} | {one.local_day for one in due})
        sources = replace(sources, reads=reads_on(registers, on))
    if days:
        first = min(one.day for one in days)
        first = min([first, *(day.day for found in sources.day_totals.values() for day in found[:1])])
        channels = sorted(sources.day_totals)
        sources = replace(sources, day_totals=day_totals(channels, first, window.closed_end))
        if sources.hours:
            hourly = sorted(sources.hours)
            sources = replace(sources, hours=interval_days(hourly, first, window.closed_end))
    too_many = {
        (one.due.register_id, one.due.local_day) for one in refused if one.why == "too_many_estimates"
    }
    return replace(sources, too_many_estimates=frozenset(too_many))


def _with_window_reads(
    sources: Sources, window: Period, classes: Mapping[int, str], read_window: ReadWindow
) -> Sources:
    """With reads of the window where one is missing, and those that had counted before as they are now."""
    due = _due(sources, window, classes)
    counted = count_window_reads(due, read_window)
    known = sorted({key for key, _ in sources.reads})
    days = sorted({day for _, day in sources.reads})
    changed = recount_window_reads(known, since=days[0], until=days[-1]) if known else set[int]()
    if not counted and not changed:
        return sources
    registers = sorted({key for key, _ in counted} | set(known))
    return replace(sources, reads=reads_on(registers, sorted({day for _, day in counted} | set(days))))


def _here(agreement: Agreement, window: Period) -> Iterator[tuple[Period, int]]:
    """The days each meter of an agreement is billed for in this window, cut where its tariff changes."""
    unbilled = agreement.unbilled(window)
    if unbilled is None:
        return
    parts = [part for during, _ in agreement.tariffs if (part := during.overlap(unbilled)) is not None]
    for index, meter in enumerate(agreement.meters):
        if meter.use == "check":
            continue
        for part in parts:
            here = Period(meter.first, meter.end).overlap(part)
            if here is not None and here.days:
                yield here, index


def _due(sources: Sources, window: Period, classes: Mapping[int, str]) -> list[DueRead]:
    """Reads of registers at the end of days to be billed, that are not there."""
    found: dict[tuple[int, date], DueRead] = {}
    for agreements in sources.agreements.values():
        for agreement in agreements:
            for here, index in _here(agreement, window):
                day, meter = here.closed_end, agreement.meters[index]
                for register, is_demand in _registers(meter, _asked_of(agreement, sources)):
                    if (register.id, day) in sources.reads:
                        continue
                    found[register.id, day] = DueRead(
                        register_id=register.id,
                        local_day=day,
                        read_at=service_day(day, agreement.zone)[0],
                        dials=register.dials,
                        commodity=meter.commodity,
                        customer_class=classes[agreement.account_id],
                        is_demand=is_demand,
                    )
    return [found[key] for key in sorted(found)]


def _asked_of(agreement: Agreement, sources: Sources) -> list[Asked]:
    """What the agreement's rates ask for."""
    tariffs = [sources.tariffs[key] for _, key in agreement.tariffs if key in sources.tariffs]
    return [sources.asked_by(tariff) for tariff in tariffs]


def _registers(meter: Meter, asked: list[Asked]) -> Iterator[tuple[RegisterRow, bool]]:
    """The registers whose reads are billed, and whether each shows a demand; each is estimated from its own history."""
    yield from ((register, False) for register in meter.total_registers)
    if any(one.received for one in asked):
        yield from ((register, False) for register in meter.total_received)
    if any(one.by_clock for one in asked):
        yield from (
            (one.row, one.name.partition(".")[0] == "demand") for one in meter.clock_registers if one.name
        )


def _due_days(
    sources: Sources, window: Period, classes: Mapping[int, str], policies: Policies
) -> list[DueDay]:
    """Days of channels to be billed that did not come, or not wholly.

    Of meters with a register only where the rate asks for their hours.
    """
    found: dict[tuple[int, date], DueDay] = {}
    for agreements in sources.agreements.values():
        for agreement in agreements:
            for here, index in _here(agreement, window):
                meter = agreement.meters[index]
                policy = policies.of(meter.commodity, classes[agreement.account_id])
                is_hourly = any(channel.id in sources.hours for channel in meter.channels)
                if meter.registers and not is_hourly:
                    continue
                if policy is None or "like_days" not in policy.methods:
                    continue
                for channel in meter.channels:
                    there = {
                        day.day for day in sources.day_totals.get(channel.id, ()) if day.quality != "missing"
                    }
                    for day in here.each_day():
                        if day not in there:
                            found[channel.id, day] = DueDay(
                                channel.id, day, channel.interval_s, agreement.zone
                            )
    return [found[key] for key in sorted(found)]
