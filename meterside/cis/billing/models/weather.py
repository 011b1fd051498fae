"""How an agreement's use answers to the weather: a fit to its own bills, worked out anew as bills come."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from meterside.cis.agreements.models import ServiceAgreement
from meterside.cis.weather.models import WeatherStation


class WeatherResponse(models.Model):
    """One working out; the latest counts. `fit` is `engine.weather`'s, or null where none holds (`why_not`).

    `as_of` is the end of the last bill it was worked out from.
    """

    append_only = True

    id = models.BigAutoField(primary_key=True)
    agreement = models.ForeignKey(
        ServiceAgreement, on_delete=models.PROTECT, related_name="weather_responses"
    )
    station = models.ForeignKey(WeatherStation, on_delete=models.PROTECT, related_name="+")
    as_of = models.DateField()
    fit = models.JSONField(null=True)
    why_not = models.TextField(default="")
    made_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["agreement", "-id"], name="billing_weather_latest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(fit__isnull=True, why_not__in=["few_bills", "no_slope", "r_squared"])
                | Q(fit__isnull=False, why_not=""),
                name="billing_weather_fit_or_not",
            )
        ]
