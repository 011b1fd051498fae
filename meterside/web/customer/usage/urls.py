"""Addresses of the usage pages."""

from __future__ import annotations

from django.urls import path

from . import alerts, downloads, household, tokens, views

urlpatterns = [
    path("usage/", views.now, name="usage"),
    path("usage/alerts/", alerts.alerts, name="usage_alerts"),
    path("usage/alerts/settings/", alerts.alert_settings, name="usage_alert_settings"),
    path("usage/alerts/<uuid:alert>/", alerts.alert, name="usage_alert"),
    path("usage/household/", household.household, name="usage_household"),
    path("usage/household/forget/", household.forget, name="usage_household_forget"),
    path("usage/keys/", tokens.tokens, name="usage_tokens"),
    path("usage/keys/<uuid:token>/close/", tokens.close, name="usage_token_close"),
    path("usage/<uuid:service>/", views.period, name="usage_period"),
    path("usage/<uuid:service>/year/", views.year, name="usage_year"),
    path("usage/<uuid:service>/day/", views.day, name="usage_day"),
    path("usage/<uuid:service>/compare/", views.compare, name="usage_compare"),
    path("usage/<uuid:service>/download/", downloads.choose, name="usage_download"),
    path("usage/<uuid:service>/download/file/", downloads.file, name="usage_file"),
]
