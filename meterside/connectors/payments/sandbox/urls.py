"""The sandbox gateway's hosted page; included only where it is the gateway."""

from __future__ import annotations

from django.urls import path

from .views import hosted_page

urlpatterns = [path("sandbox-gateway/<str:token>/", hosted_page, name="sandbox_gateway")]
