"""What reading a tariff asks of whoever shows it, beyond what a bill asks."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Protocol

from meterside.journeys.see_bill.say import Say


class TariffSay(Say, Protocol):
    """Texts for people, as `meterside.web.design.formats` has them."""

    def month_name(self, value: date, /) -> str: ...

    def weekday(self, value: date, /) -> str: ...

    def unit_name(self, unit: str, value: int | Decimal = 2, /) -> str: ...
