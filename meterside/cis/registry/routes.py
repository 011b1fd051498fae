"""Read routes: which service points stand on them in which order, from which day on. Nothing of the past is changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from meterside.spine import audit

from .models import ReadRoute, RouteStop, ServicePoint

#: Between two stops, so that one can be put between them without numbering the rest again.
STEP = 10


class RouteError(Exception):
    """The route cannot be changed so; the message says why."""


class NoSuchStop(RouteError):
    """The service point stands on no route, or not on this one, on that day."""


class PlannedAlready(RouteError):
    """Something is planned already for a later day; that has to be changed first."""


class NotAllStops(RouteError):
    """A new order has to name every stop of the route once, and no other."""


@transaction.atomic
def set_up_route(*, code: str, name: str, bill_cycle: str) -> ReadRoute:
    """A route of a bill cycle, or its new name. Raises RouteError for one whose stops are of another cycle."""
    known = ReadRoute.objects.select_for_update().filter(pk=code).first()
    if known is not None and known.bill_cycle != bill_cycle and known.stops.exists():
        raise RouteError(f"route {code} has stops of cycle {known.bill_cycle}")
    route, _ = ReadRoute.objects.update_or_create(
        code=code, defaults={"name": name, "bill_cycle": bill_cycle}
    )
    audit.record(
        action="route.set_up", subject_type="route", subject_id=code, name=name, bill_cycle=bill_cycle
    )
    return route


def _hold(codes: Iterable[str]) -> Mapping[str, ReadRoute]:
    """These routes, with nobody else at work on them until the transaction ends. Raises ReadRoute.DoesNotExist."""
    wanted = sorted(set(codes))
    rows = {row.pk: row for row in ReadRoute.objects.select_for_update().filter(pk__in=wanted).order_by("pk")}
    for code in wanted:
        if code not in rows:
            raise ReadRoute.DoesNotExist(code)
    return rows


def stops_on(route_code: str, day: date) -> list[RouteStop]:
    """A route's stops of a day, in order."""
    return list(
        RouteStop.objects.filter(route_id=route_code, during__contains=day)
        .select_related("service_point__premise")
        .order_by("sequence")
    )


@transaction.atomic
def add_stops(*, route_code: str, service_point_ids: Sequence[int], since: date) -> list[RouteStop]:
    """Put service points that stand on no route behind the last stop, in this order, from a day on.

    Raises ReadRoute.DoesNotExist, RouteError where one stands on a route then or later.
    """
    _hold([route_code])
    taken = RouteStop.objects.filter(
        service_point_id__in=service_point_ids, during__overlap=DateRange(since, None)
    )
    one = taken.select_related("route").first()
    if one is not None:
        raise RouteError(f"service point {one.service_point_id} stands on route {one.route_id}")
    last = _last_sequence(route_code, since)
    stops = RouteStop.objects.bulk_create(
        RouteStop(
            route_id=route_code,
            service_point_id=key,
            sequence=last + STEP * place,
            during=DateRange(since, None),
        )
        for place, key in enumerate(service_point_ids, start=1)
    )
    audit.record(
        action="route.stops_added",
        subject_type="route",
        subject_id=route_code,
        count=len(stops),
        since=since.isoformat(),
    )
    return stops


def _last_sequence(route_code: str, since: date) -> int:
    rows = RouteStop.objects.filter(route_id=route_code, during__overlap=DateRange(since, None))
    return max(rows.values_list("sequence", flat=True), default=0)


@transaction.atomic
def move_stop(
    *, service_point_id: int, to_route: str, since: date, after: int | None = None, reason: str = ""
) -> RouteStop:
    """Let a service point stand on another route (or another place of its own) from a day on.

    It comes behind the service point `after`, or last. Raises NoSuchStop, PlannedAlready, ReadRoute.DoesNotExist.
    """
    old = _stop_of(service_point_id, since)
    _hold([old.route_id, to_route])
    old = _stop_of(service_point_id, since)
    order = [stop for stop in stops_on(to_route, since) if stop.service_point_id != service_point_id]
    place = len(order)
    if after is not None:
        places = [index for index, stop in enumerate(order) if stop.service_point_id == after]
        if not places:
            raise NoSuchStop(f"service point {after} is no stop of {to_route}")
        place = places[0] + 1
    _refuse_planned(to_route, since)
    _end(old, since)
    sequence = _free_sequence(order, place)
    if sequence is None:  # no number is left between its neighbours
        _renumber(order, since, hole=place)
        sequence = STEP * (place + 1)
    moved = RouteStop.objects.create(
        route_id=to_route,
        service_point_id=service_point_id,
        sequence=sequence,
        during=DateRange(since, None),
        note=old.note,
    )
    audit.record(
        action="route.stop_moved",
        subject_type="service_point",
        subject_id=service_point_id,
        route_from=old.route_id,
        route_to=to_route,
        since=since.isoformat(),
        reason=reason,
    )
    return moved


@transaction.atomic
def resequence(
    *, route_code: str, service_point_ids: Sequence[int], since: date, reason: str = ""
) -> list[RouteStop]:
    """Walk a route in this order from a day on. Raises NotAllStops, PlannedAlready, ReadRoute.DoesNotExist."""
    _hold([route_code])
    stops = {stop.service_point_id: stop for stop in stops_on(route_code, since)}
    if sorted(stops) != sorted(service_point_ids):
        raise NotAllStops(f"route {route_code} has {len(stops)} stops then")
    _refuse_planned(route_code, since)
    _renumber([stops[key] for key in service_point_ids], since)
    audit.record(
        action="route.resequenced",
        subject_type="route",
        subject_id=route_code,
        count=len(stops),
        since=since.isoformat(),
        reason=reason,
    )
    return stops_on(route_code, since)


@transaction.atomic
def end_stop(*, service_point_id: int, since: date, reason: str) -> None:
    """Take a service point from its route from a day on. Raises NoSuchStop, PlannedAlready."""
    old = _stop_of(service_point_id, since)
    _hold([old.route_id])
    _end(_stop_of(service_point_id, since), since)
    audit.record(
        action="route.stop_ended",
        subject_type="service_point",
        subject_id=service_point_id,
        route=old.route_id,
        since=since.isoformat(),
        reason=reason,
    )


def _stop_of(service_point_id: int, day: date) -> RouteStop:
    stop = RouteStop.objects.filter(service_point_id=service_point_id, during__contains=day).first()
    if stop is None:
        if not ServicePoint.objects.filter(pk=service_point_id).exists():
            raise NoSuchStop(f"there is no service point {service_point_id}")
        raise NoSuchStop(f"service point {service_point_id} stands on no route on {day}")
    if stop.during.upper is not None:
        raise PlannedAlready(f"service point {service_point_id} leaves route {stop.route_id}")
    return stop


def _refuse_planned(route_code: str, since: date) -> None:
    """A change from a day on would be undone by one that is planned for later."""
    later = RouteStop.objects.filter(route_id=route_code, during__startswith__gt=since)
    if later.exists():
        raise PlannedAlready(f"route {route_code} changes after {since} already")


def _end(stop: RouteStop, since: date) -> None:
    """The stop ends before a day; one that began on that day never was."""
    if stop.during.lower >= since:
        stop.delete()
        return
    RouteStop.objects.filter(pk=stop.pk).update(during=DateRange(stop.during.lower, since))


def _free_sequence(order: Sequence[RouteStop], place: int) -> int | None:
    before = order[place - 1].sequence if place else 0
    if place == len(order):
        return before + STEP
    between = (before + order[place].sequence) // 2
    return between if before < between < order[place].sequence else None


def _renumber(order: Sequence[RouteStop], since: date, hole: int | None = None) -> None:
    """Number stops by their order from a day on, without the number at `hole`. Ends come before beginnings."""
    numbers = [STEP * (place + 1 + (hole is not None and place >= hole)) for place in range(len(order))]
    changed = [(stop, number) for stop, number in zip(order, numbers, strict=True) if stop.sequence != number]
    for stop, _ in changed:
        _end(stop, since)
    RouteStop.objects.bulk_create(
        RouteStop(
            route_id=stop.route_id,
            service_point_id=stop.service_point_id,
            sequence=number,
            during=DateRange(since, None),
            note=stop.note,
        )
        for stop, number in changed
    )
