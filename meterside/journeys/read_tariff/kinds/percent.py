"""A share of other components: taxes, franchise fees, discounts by per cent."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from meterside.engine.components.percent import PercentCharge
from meterside.engine.terms.version import TariffVersion

from ..amounts import amounts, money, number_inside, per_cent
from ..page import Block, Statement
from ..say import TariffSay
from ..words import component_words


def read(component: PercentCharge, version: TariffVersion, say: TariffSay) -> Iterator[Block]:
    """`5% of the charges before it that are no percentage.`"""
    of = base_words(component.of, version)
    yield from amounts(
        "rate",
        component.rate,
        lambda rate: _("%(rate)s of %(base)s is added.") % {"rate": rate, "base": of},
        version=version,
        say=say,
        show=per_cent,
        column=_("Share"),
    )
    if component.exempt is not None:
        yield from amounts(
            "exempt",
            component.exempt,
            lambda share: (
                _("Of what it is taken of, this share is free of it: %(share)s.") % {"share": share}
            ),
            version=version,
            say=say,
            show=per_cent,
            column=_("Share that is free"),
        )
    bounds = (
        ("base_most", component.base_most, _("It is taken of no more than %(amount)s a bill.")),
        ("least", component.least, _("It comes to at least %(amount)s a bill.")),
        ("most", component.most, _("It comes to no more than %(amount)s a bill.")),
    )
    for key, table, sentence in bounds:
        if table is not None:
            yield Statement(key, sentence % {"amount": number_inside(table, say, version, money)})


def base_words(codes: tuple[str, ...], version: TariffVersion) -> str:
    """What a share is taken of."""
    if not codes:
        return _("the charges before it (percentages left out)")
    return component_words(codes, version)
