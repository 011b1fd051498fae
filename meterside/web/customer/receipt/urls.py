"""The address of a receipt."""

from __future__ import annotations

from django.urls import path

from .views import receipt

urlpatterns = [path("payments/<uuid:payment_id>/receipt/", receipt, name="receipt")]
