"""Addresses of the API of one's own use (docs/api.md)."""

from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [
    path("api/v1/usage/services/", views.services, name="api_usage_services"),
    path("api/v1/usage/services/<uuid:service>/periods/", views.periods, name="api_usage_periods"),
    path("api/v1/usage/services/<uuid:service>/days/", views.days, name="api_usage_days"),
    path("api/v1/usage/services/<uuid:service>/intervals/", views.intervals, name="api_usage_intervals"),
]
