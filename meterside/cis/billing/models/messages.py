"""Messages on bills: to all, to a cycle, to a customer class; in both languages; for a time."""

from __future__ import annotations

from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import Q

from .runs import BillCycle


class BillMessage(models.Model):
    """A sentence or two that stand on bills dated within `during`; an empty class and no cycle mean all accounts."""

    id = models.BigAutoField(primary_key=True)
    code = models.TextField(unique=True)
    during = DateRangeField()
    cycle = models.ForeignKey(BillCycle, null=True, on_delete=models.PROTECT, related_name="messages")
    customer_class = models.TextField(default="")
    text_en = models.TextField()
    text_es = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(text_en="") & ~Q(text_es=""), name="billing_message_in_both_languages"
            )
        ]
