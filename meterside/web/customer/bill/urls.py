"""Addresses of one bill: the page, its days and the PDF."""

from __future__ import annotations

from django.urls import path

from .views import bill, bill_days, bill_lines, bill_pdf, bill_why

urlpatterns = [
    path("bills/<uuid:bill_id>/", bill, name="bill"),
    path("bills/<uuid:bill_id>/days/", bill_days, name="bill_days"),
    path("bills/<uuid:bill_id>/why/", bill_why, name="bill_why"),
    path("bills/<uuid:bill_id>/lines/", bill_lines, name="bill_lines"),
    path("bills/<uuid:bill_id>/pdf", bill_pdf, name="bill_pdf"),
]
