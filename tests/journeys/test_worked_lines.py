"""Bill lines of counts, budgets, billed use, exemptions and assistance, in both languages. No database."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.utils import translation

from meterside.engine.period import Period
from meterside.journeys.see_bill import see_bill
from meterside.web.design import formats
from tests.engine.worked import bill, tariff_of, used
from tests.journeys.statements import bill_view, service, statement

OCTOBER = Period(date(2026, 10, 1), date(2026, 11, 1))
COUNTED = '[[c]]\nkind = "counted"\ncode = "c"\nlabel = "Carts"\nlabel_es = "Carros"\namount = 5.25\ncount = "carts"\n'
CHARGE = '[[c]]\nkind = "fixed"\ncode = "f"\nlabel = "Service"\namount = 100\n'
SEWER = (
    '[[c]]\nkind = "usage"\ncode = "s"\nlabel = "Sewer"\nprice = 4\nunit = "kgal"\ndeterminant = "sewer"\n'
)
GAS = (
    '[[c]]\nkind = "usage"\ncode = "g"\nlabel = "Gas"\nprice = 1.1\nunit = "therm"\ndeterminant = "therms"\n'
)
TAX = '[[c]]\nkind = "percent"\ncode = "t"\nlabel = "Tax"\nrate = 0.05\n'
HELP = '[[c]]\nkind = "assistance"\ncode = "h"\nlabel = "Help"\n'
BUDGET = (
    "conversion = { gallons_per_cf = 7.48 }\n"
    '[[c]]\nkind = "budget"\ncode = "w"\nlabel = "Water"\nunit = "ccf"\nprices = [1.69, 1.94, 3.32]\n'
    'bounds = ["indoor", "125%"]\nindoor = { people = "people", gallons_per_person_day = 55 }\n'
    "outdoor = { area = 'area', evapotranspiration = { inches = 5.8 }, plant_factor = 0.7, gallons_per_inch = 0.62 }\n"
)
NUMBERS = {"carts": 3, "people": 4, "area": 2000}


def lines_of(
    body: str, use: str = "30", unit: str = "ccf", period: Period = OCTOBER, **more: Any
) -> list[tuple[str, str]]:
    """Labels and explanations of a bill of October as its page has them."""
    segment = bill(tariff_of(body), period, used(use, unit), attributes=NUMBERS)
    page = see_bill(
        bill_view(statement((service("water", lines=[line.to_dict() for line in segment.lines]),))),
        say=formats,
    )
    (shown,) = page.services
    return [
        (item.label.replace("\N{NO-BREAK SPACE}", " "), item.how.replace("\N{NO-BREAK SPACE}", " "))
        for group in shown.groups
        for item in group.lines
    ]


SEWER_USE = "uses = [{ name = 'sewer', unit = 'kgal', times = [0.9], most = 10 }]\n"
THERMS = (
    "conversion = { therms_per_ccf = 1.0234 }\n"
    "uses = [{ name = 'therms', unit = 'therm', measured_unit = 'ccf', factor_rounding = { step = 0.0001 } }]\n"
)


@pytest.mark.parametrize(
    ("body", "use", "unit", "english", "spanish"),
    [
        (COUNTED, "0", "ccf", ("Carts", "3 × $5.25"), ("Carros", "3 × $5.25")),
        (
            COUNTED + 'counted = "carts"\ncounted_es = "carros"\n',
            "0",
            "ccf",
            ("Carts", "3 carts × $5.25"),
            ("Carros", "3 carros × $5.25"),
        ),
        (
            COUNTED + 'per = "day"\n',
            "0",
            "ccf",
            ("Carts", "3 × 31 days × $5.25"),
            ("Carros", "3 × 31 días × $5.25"),
        ),
        (
            COUNTED + 'proration = { method = "days/30" }\n',
            "0",
            "ccf",
            ("Carts", "3 × $5.25, for 31 of 30 days"),
            ("Carros", "3 × $5.25, por 31 de 30 días"),
        ),
        (
            SEWER_USE + SEWER,
            "12",
            "kgal",
            (
                "Sewer",
                "10 thousand gallons × $4.00 (90% of 12 thousand gallons, at most 10 thousand gallons)",
            ),
            (
                "Sewer",
                "10 miles de galones × $4.00 (90 % de 12 miles de galones, como máximo 10 miles de galones)",
            ),
        ),
        (
            THERMS + GAS,
            "47.6",
            "ccf",
            ("Gas", "48.7138 therms × $1.10 (47.6 CCF × 1.0234)"),
            ("Gas", "48.7138 termias × $1.10 (47.6 CCF × 1.0234)"),
        ),
        (
            CHARGE + TAX + "exempt = 0.5\nmost = 2\n",
            "0",
            "ccf",
            ("Tax", "5% of $50.00, 50% of $100.00 is exempt, at most $2.00"),
            ("Tax", "5 % de $50.00, exento: 50 % de $100.00, como máximo $2.00"),
        ),
        (
            CHARGE + HELP + "rate = 0.2\namount = 5\nmost = 8\n",
            "0",
            "ccf",
            ("Help", "20% of $100.00 and $5.00 off, at most $8.00 a bill"),
            ("Help", "descuento de 20 % de $100.00 y $5.00, como máximo $8.00 por factura"),
        ),
        (
            CHARGE + HELP + "amount = 150\n",
            "0",
            "ccf",
            ("Help", "$150.00 off, no more than the charges"),
            ("Help", "descuento de $150.00, sin superar los cargos"),
        ),
        (
            CHARGE + HELP + "rate = 0.2\nmost_a_year = 6\n",
            "0",
            "ccf",
            ("Help", "20% of $100.00 off, $6.00 left for this year"),
            ("Help", "descuento de 20 % de $100.00, quedaban $6.00 para este año"),
        ),
    ],
)
def test_a_line_in_words(body: str, use: str, unit: str, english: Any, spanish: Any) -> None:
    assert lines_of(body, use, unit)[-1] == english
    with translation.override("es"):
        assert lines_of(body, use, unit)[-1] == spanish


def test_a_winter_average_is_named() -> None:
    use = "uses = [{ name = 'sewer', unit = 'kgal', of = ['winter_average', 'usage'] }]\n"
    segment = bill(tariff_of(use + SEWER), OCTOBER, used("9", "kgal", winter_average="4"))
    for language, words in (("en", "your winter average"), ("es", "su promedio de invierno")):
        with translation.override(language):
            (shown,) = see_bill(
                bill_view(statement((service("sewer", lines=[line.to_dict() for line in segment.lines]),))),
                say=formats,
            ).services
        assert f"× $4.00 ({words})" in shown.groups[0].lines[0].how


def test_the_tiers_of_a_budget_in_words() -> None:
    english = lines_of(BUDGET)
    assert [label for label, _ in english] == [
        "Within the indoor budget",
        "Up to 125% of the budget",
        "Over 125% of the budget",
    ]
    assert english[0][1] == (
        "9.1176 CCF × $1.69. Budget for these days: 15.85 CCF (indoors 9.12 CCF, outdoors 6.73 CCF)"
    )
    assert english[1][1] == "10.6925 CCF × $1.94"
    with translation.override("es"):
        spanish = lines_of(BUDGET)
    assert [label for label, _ in spanish] == [
        "Dentro del presupuesto para interiores",
        "Hasta el 125 % del presupuesto",
        "Más del 125 % del presupuesto",
    ]
    assert (
        "Presupuesto para estos días: 15.85 CCF (interiores: 9.12 CCF, exteriores: 6.73 CCF)" in spanish[0][1]
    )


def test_no_line_shows_a_name_of_the_tariff_s_own() -> None:
    """Names of numbers, uses and series are for machines."""
    body = SEWER_USE + COUNTED + SEWER + BUDGET.split("\n", 1)[1] + TAX
    for language in ("en", "es"):
        with translation.override(language):
            shown = " ".join(f"{label} {how}" for label, how in lines_of(body, "12", "kgal"))
        for name in ("people", "area", "sewer", "given", "to_bound", "usage"):
            assert name not in shown


def test_days_that_are_divided_are_said_in_parts() -> None:
    half = Period(date(2026, 10, 1), date(2026, 10, 16))
    assert lines_of(COUNTED + 'proration = { method = "days/30" }\n', period=half) == [
        ("Carts", "3 × $5.25, for 15 of 30 days")
    ]
