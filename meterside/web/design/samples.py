"""What the living page's examples are filled with: one household, in every state a component has."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from markupsafe import Markup

from meterside.journeys.read_tariff import Passage, PriceTable, Statement, VersionProse, differences
from meterside.web.components.chart import (
    Bars,
    BarUse,
    ChangePart,
    DayLine,
    DayStrip,
    DayUse,
    MonthUse,
    Quality,
    SpreadBin,
    bar_chart,
    changes,
    day_line,
    day_strip,
    month_bars,
    spread_bars,
)
from meterside.web.components.qr.drawing import qr_svg
from meterside.web.design.shell import AccountChoice, NavItem
from meterside.web.design.tokens import THEMES, palettes

NOW = datetime(2026, 11, 23, 18, 48, tzinfo=UTC)
_FIRST = date(2026, 11, 4)
_TODAY = date(2026, 11, 23)
_KWH = (24, 25, 30, 29, 29, 45, 50, 36, 34, 26, 27, 22, 31, 28, 17, 24, 24, 25, 27)
_WATTS = (
    310, 300, 290, 300, 310, 420, 900, 1200, 760, 500, 480, 520,
    610, 0, 240, 600, 720, 1100, 1900, 2100, 1700, 1200, 700, 0,
)  # fmt: skip
_KWH_TO_COME = (32, 36, 31, 33, 35, 36, 28, 44, 43, 29, 24, 24)
_YEAR = (905, 760, 640, 520, 480, 610, 820, 870, 590, 500, 610, 762)
_YEAR_BEFORE = (980, 850, 655, 560, 500, 590, 760, 930, 640, 540, 700, 870)


class SampleForm(forms.Form):
    """One of each widget that `bound` renders, with an error where `failing` says so."""

    email = forms.EmailField(label=gettext_lazy("E-mail"))
    street = forms.CharField(
        label=gettext_lazy("Service address"),
        max_length=120,
        help_text=gettext_lazy("As it stands on your bill."),
    )
    proof = forms.ChoiceField(
        label=gettext_lazy("How can we check?"),
        choices=[("code", gettext_lazy("A code by e-mail")), ("bill", gettext_lazy("My last bill"))],
        widget=forms.RadioSelect,
    )
    password = forms.CharField(label=gettext_lazy("Password"), widget=forms.PasswordInput)
    note = forms.CharField(
        label=gettext_lazy("Anything else"), required=False, max_length=400, widget=forms.Textarea
    )
    remember = forms.BooleanField(label=gettext_lazy("Stay signed in on this device"), required=False)


def failing_form() -> SampleForm:
    """The form as it comes back when hurried through."""
    return SampleForm({"email": "alice@", "street": "", "proof": "", "note": "", "remember": "on"})


def period(*, estimated: tuple[int, ...] = (), missing: tuple[int, ...] = (), scale: int = 1) -> DayStrip:
    """The running bill period; day numbers from 0 may be estimated or missing."""
    days = []
    for index, amount in enumerate((*_KWH, *_KWH_TO_COME)):
        quality = Quality.MEASURED if index < len(_KWH) else Quality.PROJECTED
        if index in estimated:
            quality = Quality.ESTIMATED
        if index in missing:
            days.append(DayUse(_FIRST + timedelta(days=index), None, Quality.MISSING))
        else:
            days.append(DayUse(_FIRST + timedelta(days=index), amount * scale, quality))
    return day_strip(days=days, today=_TODAY)


def hours() -> Bars:
    """A day by the hour: two hours missing, one of which a part came, the last not here yet."""
    missing = {13: Quality.MISSING, 14: Quality.PARTIAL, 23: Quality.AWAITED}
    uses = []
    for hour, amount in enumerate(_WATTS):
        quality = missing.get(hour, Quality.MEASURED)
        known = None if quality in {Quality.MISSING, Quality.AWAITED} else Decimal(amount).scaleb(-3)
        label = f"{hour}:00"
        uses.append(BarUse(label, label if hour % 6 == 0 else "", known, quality))
    return bar_chart(uses=uses)


def finished_period(*, compared: bool = False) -> DayStrip:
    """A period that is billed: nothing is projected, today is not in it; compared: two days unknown a year before."""
    uses = (*_KWH, *_KWH_TO_COME)[:30]
    before = [use if compared and index not in (3, 4) else None for index, use in enumerate(reversed(uses))]
    days = [
        DayUse(date(2026, 10, 5) + timedelta(days=index), use, last_year=old)
        for index, (use, old) in enumerate(zip(uses, before, strict=True))
    ]
    return day_strip(days=days, today=_TODAY)


def warmth() -> DayLine | None:
    """The mean temperature of each day of a period, two of them not known."""
    degrees = (44, 41, 38, 40, 46, 52, 55, 49, 47, 51, 58, 61, 57, 53, 50, 48)
    days = [Decimal(degrees[index % len(degrees)]) for index in range(30)]
    return day_line([None if index in (12, 13) else day for index, day in enumerate(days)])


def year(*, compared: bool = True) -> Any:
    """Twelve months, the tenth estimated, the fourth missing where not compared."""
    months = []
    for index, (now, before) in enumerate(zip(_YEAR, _YEAR_BEFORE, strict=True)):
        first = date(2025 + (index + 11) // 12, (index + 11) % 12 + 1, 1)
        if index == 3 and not compared:
            months.append(MonthUse(first, None, quality=Quality.MISSING))
        else:
            quality = Quality.ESTIMATED if index == 9 else Quality.MEASURED
            months.append(MonthUse(first, now, before if compared else None, quality))
    return month_bars(months=months)


def why() -> Any:
    """The parts of a bill's change, some up, one down."""
    return changes(
        before_cents=124_47,
        after_cents=142_87,
        parts=(
            ChangePart(_("Colder weather"), 11_02),
            ChangePart(_("2 more days"), 7_76, _("31 days instead of 29")),
            ChangePart(_("New rate since November 1"), 2_42),
            ChangePart(_("Less water"), -2_80),
        ),
    )


def why_less() -> Any:
    """A bill that went down on the whole."""
    parts = (ChangePart(_("Less electricity"), -31_10), ChangePart(_("Late fee"), 5_00))
    return changes(before_cents=171_00, after_cents=144_90, parts=parts)


def prose(*, later: bool = False) -> Any:
    """A tariff of two charges as sentences and a table; the later one dearer."""
    amount, price = ("$14.25", "$0.1190") if later else ("$13.50", "$0.1080")
    fixed = Statement("amount", _("%(amount)s is charged for %(per)s, whatever the use.") % {
        "amount": amount, "per": _("each bill"),
    })  # fmt: skip
    rows = (
        (_("First %(use)s") % {"use": "650 kWh"}, "$0.0934"),
        (_("Over %(use)s") % {"use": "650 kWh"}, price),
    )
    table = PriceTable(
        "price", _("Blocks and prices"), (_("Block"), _("Price for each %(unit)s") % {"unit": "kWh"}), rows
    )
    return VersionProse(
        since=_FIRST,
        until=None,
        components=(
            Passage("customer", _("Customer charge"), _("fixed amount"), (fixed,)),
            Passage("energy", _("Energy"), _("blocks of use"), (table,)),
        ),
        terms=(),
    )


def spread() -> Any:
    """How much more or less accounts would pay."""
    counts = (3, 8, 21, 55, 90, 120, 74, 31, 12, 4)
    bins = [SpreadBin(500 * (n - 4), 500 * (n - 3), count) for n, count in enumerate(counts)]
    bins[0], bins[-1] = replace(bins[0], from_cents=None), replace(bins[-1], to_cents=None)
    return spread_bars(bins)


def nav() -> tuple[NavItem, ...]:
    """The customer's five places, leading nowhere."""
    return (
        NavItem("home", _("Home"), "house", "#home"),
        NavItem("usage", _("Usage"), "chart-column", "#usage"),
        NavItem("pay", _("Pay"), "credit-card", "#pay"),
        NavItem("requests", _("Requests"), "clipboard-check", "#requests"),
        NavItem("outages", _("Outages"), "zap", "#outages"),
    )


def accounts() -> tuple[AccountChoice, ...]:
    """A landlord's three accounts."""
    return (
        AccountChoice("418 Oak Street", "Alice Moreno", "#1", is_current=True),
        AccountChoice("77 Mill Lane, Unit 4", "Moreno Properties", "#2"),
        AccountChoice("Riverside Business Park, Building C, Suite 210", "Moreno and Daughters LLC", "#3"),
    )


def context() -> dict[str, Any]:
    """Everything the examples use, by one name."""
    return {
        "period": period(),
        "period_uncertain": period(estimated=(4, 5, 6), missing=(10, 11)),
        "period_water": period(estimated=(7,), scale=11),
        "period_done": finished_period(),
        "hours": hours(),
        "period_compared": finished_period(compared=True),
        "warmth": warmth(),
        "year": year(),
        "year_alone": year(compared=False),
        "why": why(),
        "why_less": why_less(),
        "spread": spread(),
        "prose": prose(),
        "prose_changes": differences(prose(), prose(later=True)),
        "form": SampleForm(),
        "failing": failing_form(),
        "due": date(2026, 12, 7),
        "day": _TODAY,
        "now": NOW,
        "recent": NOW - timedelta(minutes=6),
        "long_ago": NOW - timedelta(hours=9),
        "nav": nav(),
        "accounts": accounts(),
        "qr": QR,
        "palettes": palettes(),
        "themes": THEMES,
    }


QR = Markup(qr_svg("https://riverbend.example/start?code=K7QX-94TM", "qr__svg"))  # noqa: S704 - modules only
