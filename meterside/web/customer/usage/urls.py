"""Addresses of the usage pages."""

from __future__ import annotations

from django.urls import path

from . import downloads, views

urlpatterns = [
    path("usage/", views.now, name="usage"),
    path("usage/<uuid:service>/", views.period, name="usage_period"),
    path("usage/<uuid:service>/year/", views.year, name="usage_year"),
    path("usage/<uuid:service>/day/", views.day, name="usage_day"),
    path("usage/<uuid:service>/compare/", views.compare, name="usage_compare"),
    path("usage/<uuid:service>/download/", downloads.choose, name="usage_download"),
    path("usage/<uuid:service>/download/file/", downloads.file, name="usage_file"),
]
