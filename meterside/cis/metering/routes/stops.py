"""A route as a reader walks it: its stops in order, what hangs there, and what each dial should show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from django.db import connection

from ..estimates.curve import DialCurve, whole
from ..estimates.registers import dial_curves, expected_count

#: The range a handheld asks about: this much of the use that is expected, and this much.
LOW_PERCENT: Final = 50
HIGH_PERCENT: Final = 200


@dataclass(frozen=True, slots=True)
class ExpectedRange:
    """What a dial should show: rolled counts, as they stand on it. `low` is above `high` where the dial turns."""

    last_count: int
    last_day: date
    low_count: int
    expected_count: int
    high_count: int
    method: str


@dataclass(frozen=True, slots=True)
class StopRegister:
    """One dial to be read. `expected` is None where too little is known to say."""

    register_id: int
    code: str
    quantity: str
    unit: str
    dials: int
    units_per_count: int
    expected: ExpectedRange | None


@dataclass(frozen=True, slots=True)
class RouteStopToRead:
    """One stop of a route on a day. `badge` is empty, and no register there, where no meter is in place.

    `hazard` is the premise's or the service point's characteristic of that code; `note` is the stop's own.
    """

    sequence: int
    service_point: UUID
    service_point_id: int
    commodity: str
    address_line: str
    city: str
    zip5: str
    badge: str
    device_id: int | None
    note: str
    hazard: str
    registers: tuple[StopRegister, ...]


def stops_of_route(
    route_code: str, *, on: date, low_percent: int = LOW_PERCENT, high_percent: int = HIGH_PERCENT
) -> tuple[RouteStopToRead, ...]:
    """A route's stops on a service day in walking order, with meter, registers and expected range, in two queries.

    The expected count is what an estimate would be: the use of a year ago scaled by how this year compares, else
    that of a year ago, else the use a day of late. The range is `low_percent` to `high_percent` of that use.
    An unknown route has no stops.
    """
    rows = _rows(route_code, on)
    dials = {row[11]: row[15] for row in rows if row[11] is not None}
    curves = dial_curves(dials, on, on)
    found: dict[int, list[tuple[Any, ...]]] = {}
    for row in rows:
        found.setdefault(row[2], []).append(row)
    return tuple(
        _stop(of_stop, curves, on, low_percent=low_percent, high_percent=high_percent)
        for of_stop in found.values()
    )


def _rows(route_code: str, on: date) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_STOPS, {"route": route_code, "on": on})
        return list(cursor.fetchall())


_STOPS = """
    SELECT s.sequence, p.public_id, p.id, p.commodity, m.address_line, m.city, m.zip5,
           coalesce(d.badge, ''), d.id, s.note,
           coalesce((SELECT string_agg(c.value, '; ' ORDER BY c.id) FROM cis_registry_registrycharacteristic c
                      WHERE c.code = 'hazard' AND c.during @> %(on)s::date
                        AND (c.service_point_id = p.id OR c.premise_id = m.id)), ''),
           g.id, g.code, g.quantity, g.unit, g.dials, g.units_per_count
      FROM cis_registry_routestop s
      JOIN cis_registry_servicepoint p ON p.id = s.service_point_id
      JOIN cis_registry_premise m ON m.id = p.premise_id
      LEFT JOIN cis_registry_deviceinstallation i ON i.service_point_id = p.id
            AND i.during @> (%(on)s::date + time '12:00') AT TIME ZONE m.zone
      LEFT JOIN cis_registry_device d ON d.id = i.device_id
      LEFT JOIN cis_registry_register g ON g.device_id = d.id
     WHERE s.route_id = %(route)s AND s.during @> %(on)s::date
     ORDER BY s.sequence, d.id, g.id
"""


def _stop(
    rows: Sequence[tuple[Any, ...]],
    curves: Mapping[int, DialCurve],
    on: date,
    *,
    low_percent: int,
    high_percent: int,
) -> RouteStopToRead:
    first = rows[0]
    return RouteStopToRead(
        sequence=first[0],
        service_point=first[1],
        service_point_id=first[2],
        commodity=first[3],
        address_line=first[4],
        city=first[5],
        zip5=first[6],
        badge=first[7],
        device_id=first[8],
        note=first[9],
        hazard=first[10],
        registers=tuple(
            StopRegister(
                register_id=row[11],
                code=row[12],
                quantity=row[13],
                unit=row[14],
                dials=row[15],
                units_per_count=row[16],
                expected=_expected(
                    curves[row[11]],
                    on,
                    turn=10 ** row[15],
                    is_rising=row[13] != "demand",
                    low_percent=low_percent,
                    high_percent=high_percent,
                ),
            )
            for row in rows
            if row[11] is not None
        ),
    )


def _expected(
    curve: DialCurve, on: date, *, turn: int, is_rising: bool, low_percent: int, high_percent: int
) -> ExpectedRange | None:
    """The range round what an estimate would be; none for a demand register, which is set back at each read."""
    last = curve.before(on)
    made = expected_count(on, curve) if is_rising else None
    if last is None or made is None:
        return None
    method, value = made
    start = curve.count(last)
    use = max(value - start, Fraction(0))
    return ExpectedRange(
        last_count=start % turn,
        last_day=curve.reads[last].day,
        low_count=whole(start + use * low_percent / 100) % turn,
        expected_count=whole(start + use) % turn,
        high_count=whole(start + use * high_percent / 100) % turn,
        method=method,
    )
