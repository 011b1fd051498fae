"""The address of the payment history."""

from __future__ import annotations

from django.urls import path

from .views import payments

urlpatterns = [path("payments/", payments, name="payments")]
