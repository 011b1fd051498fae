"""Dated characteristics with evidence, for persons, accounts, premises and service points."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q

from .accounts import Account
from .persons import Person
from .premises import Premise, ServicePoint

_SUBJECTS = ("person", "account", "premise", "service_point")


def _exactly_one_subject() -> Q:
    one = Q()
    for held in _SUBJECTS:
        one |= Q(**{f"{subject}__isnull": subject != held for subject in _SUBJECTS})
    return one


class RegistryCharacteristic(models.Model):
    """One fact about one subject for a dated time: life support, tax district, route, hazard, language...

    `value` is the fact as text; `evidence` says how it is known (a certificate's number, a call, a file).
    """

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT)
    account = models.ForeignKey(Account, null=True, on_delete=models.PROTECT)
    premise = models.ForeignKey(Premise, null=True, on_delete=models.PROTECT)
    service_point = models.ForeignKey(ServicePoint, null=True, on_delete=models.PROTECT)
    code = models.TextField()
    value = models.TextField()
    evidence = models.TextField()
    during = DateRangeField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=_exactly_one_subject(), name="registry_characteristic_subject"),
            *(
                ExclusionConstraint(
                    name=f"registry_characteristic_{subject}",
                    expressions=[
                        (subject, RangeOperators.EQUAL),
                        ("code", RangeOperators.EQUAL),
                        ("during", RangeOperators.OVERLAPS),
                    ],
                    condition=Q(**{f"{subject}__isnull": False}),
                )
                for subject in _SUBJECTS
            ),
        ]
