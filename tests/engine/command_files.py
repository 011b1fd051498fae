"""Tariff files and a way to run a command, for the tests of the terminal."""

from __future__ import annotations

from click.testing import CliRunner, Result

OWRS = """
metadata:
  effective_date: 2018-01-01
  utility_name: Spring Valley
  bill_frequency: Monthly
  bill_unit: ccf
rate_structure:
  HOME:
    service_charge:
      depends_on: meter_size
      values:
        3/4": 10
        1|1/2": 30
    commodity_charge: Tiered
    tier_starts_commodity: [0, 13]
    tier_prices_commodity: [1.005, 2]
    bill: service_charge+commodity_charge
  FARM:
    commodity_charge: Budget
    bill: commodity_charge
"""


ELECTRIC = """
format = "meterside-tariff/1"
code = "e-1"
name = "Electric one"
utility = "Riverbend"
commodity = "electric"
[[versions]]
effective_from = 2025-01-01
[[versions.components]]
kind = "usage"
code = "energy"
label = "Energy"
unit = "kWh"
price = 0.10
"""


SEWER = """
format = "meterside-tariff/1"
code = "s-1"
name = "Sewer one"
utility = "Riverbend"
commodity = "sewer"
[[versions]]
effective_from = 2025-01-01
uses = [{ name = "sewer_use", unit = "kgal", of = ["winter_average"], each = "units", most = 10 }]
[[versions.components]]
kind = "usage"
code = "sewer"
label = "Sewer"
unit = "kgal"
price = { series = "sewer-price" }
determinant = "sewer_use"
"""


JANUARY = ("--from", "2018-01-01", "--to", "2018-02-01")


def run(command: object, *arguments: object) -> Result:
    return CliRunner().invoke(command, [str(each) for each in arguments])  # type: ignore[arg-type]
