"""The least a bill, or some of its charges, can come to."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from meterside.engine.components.minimum import MinimumCharge
from meterside.engine.terms.version import TariffVersion

from ..amounts import amounts
from ..page import Block
from ..say import TariffSay
from ..words import per_words
from .percent import base_words


def read(component: MinimumCharge, version: TariffVersion, say: TariffSay) -> Iterator[Block]:
    """`Where Service and Water come to less than $15.00 for each bill, they are lifted to it.`"""
    facts = {"base": base_words(component.of, version), "per": per_words(component.per)}
    yield from amounts(
        "amount",
        component.amount,
        lambda amount: (
            _("Where the sum of %(base)s is less than %(amount)s for %(per)s, that much is charged.")
            % {**facts, "amount": amount}
        ),
        version=version,
        say=say,
    )
