"""Read routes: in which order meters are walked past, dated."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q

from .premises import ServicePoint


class ReadRoute(models.Model):
    """A walk or drive past service points of one bill cycle. `bill_cycle` is the code accounts carry too."""

    code = models.TextField(primary_key=True)
    name = models.TextField()
    bill_cycle = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["bill_cycle"], name="registry_route_cycle")]
        constraints = [
            models.CheckConstraint(condition=~Q(code="") & ~Q(name=""), name="registry_route_named")
        ]


class RouteStop(models.Model):
    """That a service point stands at a place of a route for a time; it stands on one route at a time.

    `sequence` orders the stops of a day; numbers may have gaps. `note` is for whoever walks there.
    """

    id = models.BigAutoField(primary_key=True)
    route = models.ForeignKey(ReadRoute, on_delete=models.PROTECT, related_name="stops")
    service_point = models.ForeignKey(ServicePoint, on_delete=models.PROTECT, related_name="route_stops")
    sequence = models.PositiveIntegerField()
    during = DateRangeField()
    note = models.TextField(default="")

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="registry_stop_one_route",
                expressions=[("service_point", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            ),
            ExclusionConstraint(
                name="registry_stop_one_place",
                expressions=[
                    ("route", RangeOperators.EQUAL),
                    ("sequence", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(condition=Q(sequence__gt=0), name="registry_stop_sequence"),
            models.CheckConstraint(condition=Q(during__isempty=False), name="registry_stop_some_days"),
        ]
