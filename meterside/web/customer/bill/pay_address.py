"""The address in a bill's QR code."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from meterside.contracts.cis import AccountRef


def pay_address(account: AccountRef) -> str:
    """Where that account's bill is paid. It opens nothing by itself: whoever goes there signs in first."""
    return f"{settings.BASE_URL}{reverse('pay')}?account={account}"
