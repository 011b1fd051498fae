"""How amounts, days and quantities are said: what a journey asks of whoever shows its sentences.

`meterside.web.design.formats` fulfils it as a module, in the language of the request.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Protocol


class Say(Protocol):
    """Texts for people. Money is whole cents; days are local; from a half-open period pass its last day."""

    def money(self, cents: int, /) -> str: ...

    def day(self, value: date, /) -> str: ...

    def day_short(self, value: date, /) -> str: ...

    def day_long(self, value: date, /) -> str: ...

    def day_year(self, value: date, /) -> str: ...

    def days(self, first: date, last: date, /) -> str: ...

    def clock(self, value: datetime, /) -> str: ...

    def minute(self, value: int, /) -> str: ...

    def number(self, value: int | Decimal, decimals: int = 0, /) -> str: ...

    def usage(self, value: int | Decimal, unit: str, decimals: int = 0, /) -> str: ...
