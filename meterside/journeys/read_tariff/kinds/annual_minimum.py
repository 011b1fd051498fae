"""The least that a year's charges come to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from meterside.engine.components.annual_minimum import AnnualMinimum
from meterside.engine.terms.version import TariffVersion

from ..amounts import amounts
from ..page import Block
from ..say import TariffSay
from .percent import base_words


def read(component: AnnualMinimum, version: TariffVersion, say: TariffSay) -> Iterator[Block]:
    """`Where a year's sum is less than $120.00, the bill of December makes it up.`"""
    facts = {
        "base": base_words(component.of, version),
        "month": say.month_name(date(2024, component.month, 1)),
    }
    yield from amounts(
        "amount",
        component.amount,
        lambda amount: (
            _(
                "Where a year's sum of %(base)s is less than %(amount)s, the bill of %(month)s makes up for it."
            )
            % {**facts, "amount": amount}
        ),
        version=version,
        say=say,
    )
