"""The address of the list of bills."""

from __future__ import annotations

from django.urls import path

from .views import bills

urlpatterns = [path("bills/", bills, name="bills")]
