"""Tariffs and the dated series they refer to. The document is the engine's own form, kept as it was priced."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models


class Tariff(models.Model):
    """A rate a customer can be on, known by its code."""

    id = models.BigAutoField(primary_key=True)
    code = models.TextField(unique=True)
    name = models.TextField()
    name_es = models.TextField(default="")
    utility = models.TextField()
    commodity = models.TextField()
    source_url = models.TextField(default="")


class TariffVersion(models.Model):
    """One dated version; versions of a tariff never overlap. `document` is `engine.tariff`'s JSON form."""

    id = models.BigAutoField(primary_key=True)
    tariff = models.ForeignKey(Tariff, on_delete=models.PROTECT, related_name="versions")
    during = DateRangeField()
    document = models.JSONField()
    document_sha256 = models.CharField(max_length=64)
    published_at = models.DateTimeField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="tariffs_version_once",
                expressions=[("tariff", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            )
        ]


class FactorSeries(models.Model):
    """A dated series tariffs refer to by code: a rider's price, a heat content, a tax rate."""

    id = models.BigAutoField(primary_key=True)
    code = models.TextField(unique=True)
    name = models.TextField()
    unit = models.TextField()


class FactorValue(models.Model):
    """The value of a series for a time; values of a series never overlap."""

    id = models.BigAutoField(primary_key=True)
    series = models.ForeignKey(FactorSeries, on_delete=models.PROTECT, related_name="values")
    during = DateRangeField()
    value = models.DecimalField(max_digits=18, decimal_places=9)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="tariffs_factor_once",
                expressions=[("series", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            )
        ]
