"""A tariff with every kind of component and most of what each can say; nobody would publish it."""

EVERY_KIND = """
format = "meterside-tariff/1"
code = "ALL"
name = "Everything"
name_es = "Todo"
utility = "Riverside"
commodity = "electric"

[[versions]]
effective_from = 2025-01-01
conversion = { gallons_per_cf = 7.48, cf_per_m3 = 35.3, therms_per_ccf = { series = "heat" } }
usage_rounding = { step = 0.5, rule = "down" }
rounding = { rule = "half_even", scope = "bill" }
holidays = [
  { name = "Neujahr", month_day = "01-01", observed = "friday_monday" },
  { name = "Gedenktag", month = 5, weekday = "monday", which = "last", observed = "monday" },
  { name = "Danktag", month = 11, weekday = "thursday", which = "fourth", days_after = 1 },
]

[[versions.seasons]]
name = "summer"
label = "Summer"
label_es = "Verano"
ranges = [{ from = "06-01", to = "09-30" }]

[[versions.seasons]]
name = "winter"
label = "Winter"
label_es = "Invierno"
ranges = [{ from = "10-01", to = "05-31" }]

[[versions.uses]]
name = "drained"
unit = "kgal"
of = ["winter_average", "usage"]
pick = "least"
measured_unit = "ccf"
measured_rounding = { step = 1, rule = "down" }
times = [0.9]
times_given = { name = "pressure_factor", default = 1 }
factor_rounding = { step = 0.0001, rule = "half_up" }
least = 1.5
most = 12.5
each = "dwelling_units"
per = "month"
proration = { method = "days/30" }
rounding = { step = 0.1, rule = "up" }

[[versions.schedules]]
name = "clock"

[[versions.schedules.periods]]
name = "on_peak"
label = "On-peak"
label_es = "Hora pico"
times = [
  { days = ["weekday"], from = "16:00", to = "21:00", seasons = ["summer"] },
  { days = ["holiday", "weekend"], from = "17:30", to = "18:00", months = [1, 2] },
]

[[versions.schedules.periods]]
name = "off_peak"
label = "Off-peak"
label_es = "Hora valle"

[[versions.components]]
kind = "fixed"
code = "fixed"
label = "Fijo"
amount = { by = ["meter_size", "zone"], values = { '3/4"|1' = 27.07, '3/4"|2' = 29.43 } }
per = "month"
proration = { method = "days/30", tolerance_days = [27, 35] }
version_pick = "bill_date"

[[versions.components]]
kind = "fixed"
code = "credit"
label = "Bono"
amount = -6.01
season = "summer"

[[versions.components]]
kind = "usage"
code = "rider"
label = "Rider"
unit = "kWh"
price = { by = ["season"], values = { summer = { series = "pca" }, winter = 0.0123 } }
tax = true

[[versions.components]]
kind = "tiered"
code = "tiered"
label = "Bloques"
unit = "kWh"
prices = { by = ["season"], values = { summer = [0.11, 0.22, 0.33], winter = [0.12, 0.23, 0.34] } }
widths = { by = ["zone"], values = { 1 = [301, 402], 2 = [303, 404] } }
width_per = "day"
width_each = "dwelling_units"
width_rounding = { step = 5, rule = "half_up" }
proration = { method = "days_of_period" }

[[versions.components]]
kind = "counted"
code = "counted"
label = "Carros"
counted = "Contenedores"
counted_es = "Contenedores"
amount = 11.51
count = ["carts_96", { name = "pickups_a_week", default = 1 }]
size = 500
count_rounding = { step = 1, rule = "up" }
least = 2
most = 40
included = 3

[[versions.components]]
kind = "budget"
code = "budget"
label = "Agua"
unit = "ccf"
prices = [1.69, 1.94, 3.32, 5.12]
bounds = ["indoor", "100%", "125%"]
allotment = "granted"
budget_rounding = { step = 0.25, rule = "half_even" }

[versions.components.indoor]
people = { name = "people", default = 4 }
gallons_per_person_day = 55
days = 30.4
variance = { name = "indoor_variance", default = 0 }
share = 0.95

[versions.components.outdoor]
area = "irrigated_area"
evapotranspiration = { series = "evapotranspiration", per = "month" }
plant_factor = 0.7
efficiency = 0.81
gallons_per_inch = 0.62
variance = { name = "outdoor_variance", default = 0 }
share = 0.85

[[versions.components]]
kind = "time_of_use"
code = "tou"
label = "Horario"
schedule = "clock"
unit = "kWh"
periods = [{ period = "on_peak", prices = [0.31, 0.41], widths = [123] }, { period = "off_peak", prices = 0.09 }]
width_per = "month"

[[versions.components]]
kind = "demand"
code = "demand"
label = "Demanda"
prices = { by = ["season"], values = { summer = [15.65, 16.75], winter = [9.15, 10.25] } }
widths = [50]
window_minutes = 15
sliding = true
schedule = "clock"
period = "on_peak"
minimum = 7
contract = 0.6
ratchet = { share = 0.8, months = 11, of_months = [6, 7, 8] }
power_factor = { least = 0.9, step = 0.01 }
demand_rounding = { step = 0.1, rule = "half_up" }

[[versions.components]]
kind = "hours_use"
code = "hours"
label = "Horas"
prices = [0.051, 0.041]
widths = [201]
unit = "kWh"
hours_of = "demand"

[[versions.components]]
kind = "demand_minimum"
code = "demand_least"
label = "Mínimo por demanda"
price = 5.25
demand = "demand"
of = ["tou", "hours"]

[[versions.components]]
kind = "minimum"
code = "least"
label = "Mínimo"
amount = 20.25
of = ["fixed"]

[[versions.components]]
kind = "assistance"
code = "help"
label = "Ayuda"
rate = { by = ["programme"], values = { none = 0, lifeline = 0.2 } }
amount = 3.05
most = 12.15
most_a_year = 120.45
year_from = "07-01"
rounding = { rule = "down", scope = "group", group = "ayuda" }

[[versions.components]]
kind = "annual_minimum"
code = "year"
label = "Año"
amount = 121.5
month = 11

[[versions.components]]
kind = "net_metering"
code = "net"
label = "Neto"
unit = "kWh"
carry = "annual"
true_up_month = 4
pay_out = 0.0345
schedule = "clock"

[[versions.components]]
kind = "sell"
code = "sell"
label = "Venta"
unit = "kWh"
determinant = "exported"
schedule = "clock"
periods = [{ period = "on_peak", prices = 0.0512 }, { period = "off_peak", prices = 0.0211 }]

[[versions.components]]
kind = "unmetered"
code = "lamps"
label = "Luces"
price = 0.1055
watts = { by = ["lamp"], values = { led = 41, sodium = 101 } }
hours = [441, 371, 362, 313, 284, 255, 276, 307, 338, 389, 420, 451]

[[versions.components]]
kind = "percent"
code = "tax"
label = "Impuesto"
rate = { by = ["tax_district"], values = { north = { series = "tax-north" }, south = 0.0225 } }
exempt = { by = ["tax_exemption"], values = { none = 0, manufacturing = 0.875 } }
of = ["fixed", "tiered"]
base_most = 1001.5
least = 0.55
most = 99.75
tax = false
"""
