"""Where payment gateways send their messages."""

from __future__ import annotations

from django.urls import path

from .views import payment_message

urlpatterns = [path("hooks/payments/<slug:gateway>/", payment_message, name="payment_hook")]
