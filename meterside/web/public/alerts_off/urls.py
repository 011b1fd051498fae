"""The address in a message that switches a kind of alert off."""

from __future__ import annotations

from django.urls import path

from .views import off

urlpatterns = [path("alerts/off/<str:token>/", off, name="alerts_off")]
