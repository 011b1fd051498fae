"""Money and days as messages write them."""

from __future__ import annotations

from datetime import date, datetime

from babel.dates import format_date
from django.conf import settings


def money(cents: int) -> str:
    """`$1,234.56`; the sign is in the words around it."""
    return f"${abs(cents) // 100:,}.{abs(cents) % 100:02d}"


def day(value: date | datetime, language: str) -> str:
    """`December 7, 2026`, `7 de diciembre de 2026`; an instant is told by the utility's local day."""
    if isinstance(value, datetime):
        value = value.astimezone(settings.UTILITY.zone).date()
    return format_date(value, "long", locale=language)
