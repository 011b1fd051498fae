"""How the winter average is worked out that sewer is billed by: a rule as data, for a time."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models


class WinterAveragePolicy(models.Model):
    """The rule of a service's winter average; an empty `customer_class` stands for all.

    `rule` is the `winter_average` of a policy document (docs/policy-format.md). It counts for bills whose last read
    lies in `during`.
    """

    id = models.BigAutoField(primary_key=True)
    service = models.TextField()
    customer_class = models.TextField(default="")
    during = DateRangeField()
    rule = models.JSONField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="billing_winter_once",
                expressions=[
                    ("service", RangeOperators.EQUAL),
                    ("customer_class", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
            ),
        ]
