"""An amount per bill, month or day, or a credit."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from meterside.engine.components.fixed import FixedCharge
from meterside.engine.series import SeriesRef
from meterside.engine.terms.lookup import Amount
from meterside.engine.terms.version import TariffVersion

from ..amounts import amounts, money
from ..page import Block
from ..say import TariffSay
from ..words import per_words


def read(component: FixedCharge, version: TariffVersion, say: TariffSay) -> Iterator[Block]:
    """`$13.50 is charged for each bill, whatever the use.` or `A credit of $6.00 is taken off ...`"""
    per = per_words(component.per)
    if component.is_credit():
        yield from amounts(
            "amount",
            component.amount,
            lambda amount: (
                _("A credit of %(amount)s is taken off for %(per)s.") % {"amount": amount, "per": per}
            ),
            version=version,
            say=say,
            show=_turned,
        )
        return
    yield from amounts(
        "amount",
        component.amount,
        lambda amount: (
            _("%(amount)s is charged for %(per)s, whatever the use.") % {"amount": amount, "per": per}
        ),
        version=version,
        say=say,
    )


def _turned(amount: Amount, say: TariffSay) -> str:
    return money(amount if isinstance(amount, SeriesRef) else -amount, say)
