"""The address in a bill's QR code."""

from __future__ import annotations

from django.conf import settings

from meterside.contracts.cis import AccountRef
from meterside.web.places import place


def pay_address(account: AccountRef) -> str:
    """Where that account's bill is paid. It opens nothing by itself: whoever goes there signs in first."""
    return f"{settings.BASE_URL}{place('pay')}?account={account}"


def in_letters(address: str) -> str:
    """The same for a person to type: without the scheme, and without the account that a code carries."""
    return address.partition("?")[0].removeprefix("https://").removeprefix("http://")
