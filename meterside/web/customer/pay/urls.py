"""Addresses of paying a bill."""

from __future__ import annotations

from django.urls import path

from . import outcome, views

urlpatterns = [
    path("pay/", views.pay, name="pay"),
    path("pay/check/", views.check, name="pay_check"),
    path("pay/confirm/", views.confirm, name="pay_confirm"),
    path("pay/continue/<uuid:attempt_id>/", views.carry_on, name="pay_continue"),
    path("pay/return/<uuid:attempt_id>/", outcome.returned, name="pay_return"),
]
