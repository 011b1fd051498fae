"""Random electric tariffs that are valid, for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

from meterside.engine.money import RoundingRule
from meterside.engine.tariff import Tariff
from tests.engine.electric import TOD, tariff

SEASONS = """
[[versions.seasons]]
name = "cold"
ranges = [{ from = "10-01", to = "03-31" }]
[[versions.seasons]]
name = "warm"
ranges = [{ from = "04-01", to = "09-30" }]
"""

prices = st.decimals(0, 2, places=5).map(str)
limits = st.decimals(1, 600, places=2).map(str)


@st.composite
def documents(draw: st.DrawFn) -> Tariff:
    """A tariff of charges that are priced for many accounts."""
    proration = 'proration = { method = "days/30", tolerance_days = [29, 31] }'
    service = draw(st.decimals(-20, 90, places=2))
    parts = [
        f'kind = "fixed"\ncode = "service"\namount = "{service}"\n{proration if draw(st.booleans()) else ""}'
    ]
    if draw(st.booleans()):
        cold, warm = draw(prices), draw(prices)
        table = f'{{ by = ["season"], values = {{ cold = "{cold}", warm = "{warm}" }} }}'
        parts.append(f'kind = "usage"\ncode = "flat"\nunit = "kWh"\nprice = {table}')
    if draw(st.booleans()):
        first, second, third = draw(prices), draw(prices), draw(prices)
        parts.append(
            f'kind = "tiered"\ncode = "tiers"\nunit = "kWh"\nprices = ["{first}", "{second}", "{third}"]\n'
            f'widths = ["{draw(limits)}", "{draw(limits)}"]\nwidth_per = "{draw(st.sampled_from(["bill", "day"]))}"\n'
            + (proration if draw(st.booleans()) else "")
        )
    own = draw(st.sampled_from(["over", "each", "none"]))
    rows = []
    for period in ("on_peak", "off_peak"):
        low, high = draw(prices), draw(prices)
        if own == "none":
            rows.append(f'{{ period = "{period}", prices = "{low}" }}')
        else:
            tail = f', widths = ["{draw(limits)}"]' if own == "each" else ""
            rows.append(f'{{ period = "{period}", prices = ["{low}", "{high}"]{tail} }}')
    over = f'widths = ["{draw(limits)}"]\n' if own == "over" else ""
    parts.append(
        f'kind = "time_of_use"\ncode = "hours"\nunit = "kWh"\nschedule = "tod"\n{over}periods = [{", ".join(rows)}]'
    )
    if draw(st.booleans()):
        by_hour = 'schedule = "tod"\nperiod = "on_peak"\n' if draw(st.booleans()) else ""
        parts.append(
            f'kind = "demand"\ncode = "demand"\nper = "month"\nprices = ["{draw(prices)}", "{draw(prices)}"]\n'
            f'widths = ["1.5"]\n{by_hour}'
        )
    if draw(st.booleans()):
        parts.append(
            f'kind = "minimum"\ncode = "least"\namount = "{draw(st.decimals(0, 400, places=2))}"\n{proration}'
        )
    if draw(st.booleans()):
        of = 'of = ["hours"]' if draw(st.booleans()) else ""
        parts.append(f'kind = "percent"\ncode = "tax"\nrate = "{draw(st.decimals(0, 1, places=4))}"\n{of}')
    rule = draw(st.sampled_from(RoundingRule))
    return tariff(*parts, version=f'rounding = {{ rule = "{rule.value}" }}\n' + TOD + SEASONS)


@st.composite
def whole_documents(draw: st.DrawFn) -> Tariff:
    """As ``documents``, with what only one bill at a time has: a ratchet, netting, hours of demand, selling."""
    parts = []
    is_netted = draw(st.booleans())
    use = "net" if is_netted else "usage"
    if is_netted:
        carry = draw(st.sampled_from(["none", "annual", "forever"]))
        parts.append(
            f'kind = "net_metering"\ncode = "nem"\nunit = "kWh"\ncarry = "{carry}"\npay_out = "{draw(prices)}"'
        )
        parts[0] += '\nschedule = "tod"'
    else:
        parts.append(f'kind = "sell"\ncode = "sell"\nunit = "kWh"\nprice = "{draw(prices)}"')
    window, sliding = draw(st.sampled_from([0, 60, 120])), str(draw(st.booleans())).lower()
    parts.append(
        f'kind = "demand"\ncode = "demand"\nprices = "{draw(prices)}"\nwindow_minutes = {window}\n'
        f'sliding = {sliding}\nratchet = {{ share = "0.8" }}\nminimum = "{draw(st.integers(0, 3))}"\n'
        'demand_rounding = { step = "0.1" }'
    )
    parts.append(
        f'kind = "hours_use"\ncode = "blocks"\nunit = "kWh"\nhours_of = "demand"\ndeterminant = "{use}"\n'
        f'prices = ["{draw(prices)}", "{draw(prices)}"]\nwidths = ["{draw(st.integers(1, 400))}"]'
    )
    low, high = draw(prices), draw(prices)
    parts.append(
        f'kind = "time_of_use"\ncode = "hours"\nunit = "kWh"\nschedule = "tod"\ndeterminant = "{use}"\n'
        f'widths = ["{draw(limits)}"]\nperiods = [{{ period = "on_peak", prices = ["{low}", "{high}"] }}, '
        f'{{ period = "off_peak", prices = ["{high}", "{low}"] }}]'
    )
    parts.append(
        'kind = "demand_minimum"\ncode = "least"\nprice = 3\ndemand = "demand"\nof = ["hours", "demand"]'
    )
    parts.append(f'kind = "annual_minimum"\ncode = "year"\namount = 900\nmonth = {draw(st.integers(1, 12))}')
    parts.append('kind = "percent"\ncode = "tax"\nrate = "0.05"')
    scope = draw(st.sampled_from(["line", "component", "bill"]))
    return tariff(*parts, version=f'rounding = {{ scope = "{scope}" }}\n' + TOD + SEASONS)
