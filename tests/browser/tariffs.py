"""What staff see at tariffs: versions in every state, comparisons done, empty and under way, series that wait."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from meterside.cis.studies.models import RateComparison
from meterside.cis.studies.operations import begin_comparison
from meterside.cis.studies.working import work_chunk, work_comparison
from meterside.cis.tariffs.life import draft_versions, propose_version, publish_version
from meterside.cis.tariffs.models import TariffVersion
from meterside.cis.tariffs.operations import store_tariff
from meterside.cis.tariffs.series import set_series_value
from meterside.cis.tariffs.series_life import propose_value
from meterside.engine.tariff.document import tariff_from_toml
from meterside.spine.actor import Actor, acting
from tests.cast import ELECTRIC, REFUSE, WATER
from tests.journeys.tariffs_of_every_kind import EVERY_KIND

#: Dearer for those who use little, cheaper for those who use much.
NEXT_ELECTRIC = (
    ELECTRIC.replace('"13.50"', '"16.75"')
    .replace('"0.0934", "0.1080"', '"0.0899", "0.0840"')
    .replace(
        '[[versions.components]]\nkind = "percent"',
        '[[versions.components]]\nkind = "minimum"\ncode = "least"\nlabel = "Minimum bill"\n'
        'label_es = "Factura mínima"\namount = "20"\n\n[[versions.components]]\nkind = "usage"\ncode = "pca"\n'
        'label = "Power cost"\nlabel_es = "Costo de la energía"\nunit = "kWh"\nprice = { series = "pca" }\n\n'
        '[[versions.components]]\nkind = "percent"',
    )
)
BY_HOUR = ELECTRIC.replace(
    'kind = "tiered"\ncode = "energy"\nlabel = "Energy"\nlabel_es = "Energía"\nunit = "kWh"\n'
    'prices = ["0.0934", "0.1080"]\nwidths = ["650"]',
    'kind = "time_of_use"\ncode = "energy"\nlabel = "Energy"\nlabel_es = "Energía"\nunit = "kWh"\n'
    'schedule = "clock"\nperiods = [{ period = "on_peak", prices = "0.21" }, { period = "off_peak", prices = "0.07" }]',
).replace(
    "[[versions.components]]",
    '[[versions.schedules]]\nname = "clock"\nperiods = [\n  { name = "on_peak", label = "On-peak", label_es = "Hora '
    'pico", times = [{ days = ["weekday"], from = "16:00", to = "21:00" }] },\n  { name = "off_peak", '
    'label = "Off-peak", label_es = "Hora valle" },\n]\n\n[[versions.components]]',
    1,
)


def fill_the_book(*, dana: int, eli: int, today: date) -> None:
    """Dana proposes, Eli approves."""
    later = (today + timedelta(days=70)).replace(day=1)
    asks, allows = Actor("staff", str(dana)), Actor("staff", str(eli))
    with acting(asks):
        set_series_value(
            code="pca",
            since=date(2020, 1, 1),
            value=Decimal("0.0031"),
            name="Power cost adjustment",
            unit="$/kWh",
        )
        set_series_value(code="pca", since=later - timedelta(days=180), value=Decimal("0.0042"))
        propose_value(code="pca", since=later, value=Decimal("0.0057"), note="Filing of the power agency")
        electric = _draft(NEXT_ELECTRIC)
        hours = _draft(BY_HOUR)
        water = propose_version(_draft(WATER.replace('"3.10"', '"3.35"')), since=later)
        refuse = propose_version(_draft(REFUSE.replace('"11.50"', '"12.00"')), since=later)
    with acting(allows):
        publish_version(refuse)
    with acting(asks):
        store_tariff(tariff_from_toml(EVERY_KIND))
        for version in (electric, hours, water):
            work_comparison(begin_comparison(after=version).pk)
        work_chunk(begin_comparison(after=electric, before=_in_force("E-1"), chunk_accounts=9).pk)


def _draft(text: str) -> TariffVersion:
    (made,) = draft_versions(tariff_from_toml(text), source="rates-2027.toml", source_format="meterside")
    return made


def _in_force(code: str) -> TariffVersion:
    return TariffVersion.objects.get(tariff__code=code, status="published")


def version_of(code: str, status: str, *, back: int = 0) -> TariffVersion:
    """A tariff's version of that status, the first that was brought in or one after."""
    return TariffVersion.objects.filter(tariff__code=code, status=status).order_by("id")[back]


def comparison_of(number: int) -> RateComparison:
    """The first, second... comparison that was asked for."""
    return RateComparison.objects.order_by("id")[number]
