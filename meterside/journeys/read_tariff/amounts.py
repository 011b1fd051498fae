"""Amounts that stand in the tariff, in a dated series, or in a table by attributes; and blocks with their prices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import product

from django.utils.translation import gettext as _

from meterside.engine.series import SeriesRef
from meterside.engine.terms.lookup import Amount, Lookup
from meterside.engine.terms.version import TariffVersion
from meterside.journeys.see_bill.words import price_text

from .page import Block, PriceTable, Statement
from .say import TariffSay
from .words import attribute_words, option_words, share_text

Show = Callable[[Amount, TariffSay], str]


def money(amount: Amount, say: TariffSay) -> str:
    """A price as the rate writes it, or the series that has it."""
    return in_series(amount) if isinstance(amount, SeriesRef) else price_text(amount)


def plain(amount: Amount, say: TariffSay) -> str:
    """A number that is no money."""
    return in_series(amount) if isinstance(amount, SeriesRef) else say.number(amount, 6)


def per_cent(amount: Amount, say: TariffSay) -> str:
    """A share in per cent."""
    return in_series(amount) if isinstance(amount, SeriesRef) else share_text(amount, say)


def in_series(amount: SeriesRef) -> str:
    """`the value of the series “pca”`."""
    return _("the value of the series “%(name)s”") % {"name": amount.series}


def amounts(
    key: str,
    table: Lookup[Amount],
    sentence: Callable[[str], str],
    *,
    version: TariffVersion,
    say: TariffSay,
    show: Show = money,
    column: str = "",
) -> Iterator[Block]:
    """A sentence with the amount in it; where it depends on something, the sentence and a table."""
    if table.is_constant:
        yield Statement(key, sentence(show(table.cases[0][1], say)))
        return
    said = sentence(_("the share in the table") if show is per_cent else _("the amount in the table"))
    yield Statement(key, said[:1].upper() + said[1:])
    rows = [
        (
            *(option_words(name, part, version) for name, part in zip(table.by, case, strict=True)),
            show(value, say),
        )
        for case, value in table.cases
    ]
    head = (*(attribute_words(name) for name in table.by), column or _("Amount"))
    yield PriceTable(key, column or _("Amount"), head, tuple(rows))


def number_inside(table: Lookup[Amount], say: TariffSay, version: TariffVersion, show: Show = plain) -> str:
    """An amount inside a sentence; what depends on something is listed in brackets."""
    if table.is_constant:
        return show(table.cases[0][1], say)
    listed = [
        f"{', '.join(option_words(name, part, version) for name, part in zip(table.by, case, strict=True))}: "
        f"{show(value, say)}"
        for case, value in table.cases
    ]
    return "; ".join(listed)


def blocks(
    key: str,
    prices: Lookup[tuple[Amount, ...]],
    widths: Lookup[tuple[Amount, ...]] | None,
    unit: str,
    *,
    version: TariffVersion,
    say: TariffSay,
    labels: tuple[str, ...] = (),
) -> Iterator[tuple[str, ...]]:
    """Rows of a table: what each price depends on, the block where there are several, the price.

    `labels` stand before each row. `head` gives the columns.
    """
    several = has_blocks(prices)
    for case, stated in prices.cases:
        for width_case, wide in _fitting(prices, widths, case):
            own = [option_words(name, part, version) for name, part in zip(prices.by, case, strict=True)]
            if widths is not None and widths.by != prices.by:
                own += [
                    option_words(name, part, version)
                    for name, part in zip(widths.by, width_case, strict=True)
                ]
            names = block_names(wide, unit, say) if several else [""]
            for name, price in zip(names, stated, strict=True):
                yield (*labels, *own, *((name,) if several else ()), money(price, say))


def has_blocks(prices: Lookup[tuple[Amount, ...]]) -> bool:
    """Whether some case has several prices."""
    return any(len(stated) > 1 for _case, stated in prices.cases)


def head(
    prices: Lookup[tuple[Amount, ...]], widths: Lookup[tuple[Amount, ...]] | None, unit: str, say: TariffSay
) -> tuple[str, ...]:
    """The columns of `blocks`."""
    names = [attribute_words(name) for name in prices.by]
    if widths is not None and widths.by != prices.by:
        names += [attribute_words(name) for name in widths.by]
    block = (_("Block"),) if has_blocks(prices) else ()
    return (*names, *block, _("Price for each %(unit)s") % {"unit": say.unit_name(unit, 1)})


def _fitting(
    prices: Lookup[tuple[Amount, ...]], widths: Lookup[tuple[Amount, ...]] | None, case: tuple[str, ...]
) -> list[tuple[tuple[str, ...], tuple[Amount, ...]]]:
    """The widths that go with one case of the prices."""
    if widths is None:
        return [((), ())]
    if widths.by == prices.by:
        return [(key, wide) for key, wide in widths.cases if key == case]
    return [(key, wide) for (key, wide), _once in product(widths.cases, (None,))]


def block_names(widths: tuple[Amount, ...], unit: str, say: TariffSay) -> list[str]:
    """`First 650 kWh`, `Next 350 kWh`, `Over 1,000 kWh`."""
    names: list[str] = []
    below: Decimal | None = Decimal(0)
    for width in widths:
        if isinstance(width, SeriesRef):
            below = None
            wide = f"{in_series(width)} ({say.unit_name(unit)})"
        else:
            wide = say.usage(width, unit, 6)
            below = None if below is None else below + width
        names.append((_("Next %(use)s") if names else _("First %(use)s")) % {"use": wide})
    if not names:
        return [_("All use")]
    last = _("What is beyond") if below is None else _("Over %(use)s") % {"use": say.usage(below, unit, 6)}
    return [*names, last]
