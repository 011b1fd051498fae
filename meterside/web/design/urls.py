"""Addresses of the living page."""

from __future__ import annotations

from django.urls import path

from meterside.web.design import views

urlpatterns = [
    path("design/", views.living_page, name="design"),
    path("design/error/<int:status>/", views.sample_error, name="design_error"),
    path("design/<slug:name>/", views.sample_page, name="design_sample"),
]
