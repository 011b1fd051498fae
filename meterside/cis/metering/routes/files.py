"""A route's stops as a reader's file takes them: meters in place, dials with their last count and range."""

from __future__ import annotations

from datetime import date

from meterside.contracts.metering import RouteDial, RouteStop

from .stops import RouteStopToRead, StopRegister, stops_of_route


def stops_to_write(route_code: str, *, on: date) -> tuple[RouteStop, ...]:
    """The stops of a route on a day that have a meter with a dial, in walking order."""
    return tuple(_stop(stop) for stop in stops_of_route(route_code, on=on) if stop.badge and stop.registers)


def _stop(stop: RouteStopToRead) -> RouteStop:
    return RouteStop(
        sequence=stop.sequence,
        meter_id=stop.badge,
        commodity=stop.commodity,
        address=f"{stop.address_line}, {stop.city}",
        note="; ".join(text for text in (stop.hazard, stop.note) if text),
        # A meter's only dial needs no name, so that it can be read whatever its code is.
        dials=tuple(_dial(each, is_only=len(stop.registers) == 1) for each in stop.registers),
    )


def _dial(register: StopRegister, *, is_only: bool) -> RouteDial:
    expected = register.expected
    return RouteDial(
        register="" if is_only else register.code,
        unit=register.unit,
        units_per_count=register.units_per_count,
        dials=register.dials,
        last_count=expected.last_count if expected else None,
        low_count=expected.low_count if expected else None,
        high_count=expected.high_count if expected else None,
    )
