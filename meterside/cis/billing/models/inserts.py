"""Inserts: pages that go along with bills, to all, or by commodity, customer class and cycle; in both languages."""

from __future__ import annotations

from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import Q

from .runs import BillCycle


class BillInsert(models.Model):
    """A page or two of text behind bills dated within `during`. An empty commodity or class, and no cycle, mean all.

    Paragraphs are separated by an empty line. A bill keeps the words it was issued with.
    """

    id = models.BigAutoField(primary_key=True)
    code = models.TextField(unique=True)
    during = DateRangeField()
    cycle = models.ForeignKey(BillCycle, null=True, on_delete=models.PROTECT, related_name="inserts")
    commodity = models.TextField(default="")
    customer_class = models.TextField(default="")
    title_en = models.TextField()
    title_es = models.TextField()
    text_en = models.TextField()
    text_es = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(title_en="") & ~Q(title_es="") & ~Q(text_en="") & ~Q(text_es=""),
                name="billing_insert_in_both_languages",
            )
        ]
