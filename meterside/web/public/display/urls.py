"""Addresses of the display preferences and of a utility's own brand."""

from __future__ import annotations

from django.urls import path

from meterside.web.public.display import views

urlpatterns = [
    path("preferences/display", views.display, name="display"),
    path("brand/<slug:version>.css", views.brand_style, name="brand_style"),
    path("brand/<slug:version>.svg", views.brand_logo, name="brand_logo"),
]
