"""Temperatures from files, responses from bills, and the weather's part on a bill."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.utils import ProgrammingError

from meterside.cis.billing.corrections.rebilling import cancel_bill
from meterside.cis.billing.inputs.weather_fit import FitCounts, fit_due_responses
from meterside.cis.billing.models import Bill, WeatherResponse
from meterside.cis.registry.models import RegistryCharacteristic
from meterside.cis.weather.files import BadTemperatures, read_temperatures
from meterside.cis.weather.models import DayTemperature as DayRow
from meterside.cis.weather.operations import UnitOfStation, set_station, store_temperatures
from meterside.cis.weather.queries import stations, temperatures
from meterside.cli.weather import weather_group
from meterside.engine.weather import DayTemperature, TemperatureUnit
from meterside.jobs.weather import work_out_responses
from meterside.journeys.see_bill.why import why_it_changed
from meterside.kit import clock
from meterside.web.design import formats
from tests.cast import Household, Riverside, bill_month, instant, read_dial, riverside

pytestmark = pytest.mark.django_db
F = TemperatureUnit.FAHRENHEIT
FIRST = date(2025, 1, 1)
TODAY = date(2026, 6, 10)
#: The mean temperature of each month from January 2025 on, in whole °F; nobody's record, made for these tests.
MEANS = (40, 44, 50, 56, 63, 71, 78, 77, 70, 60, 49, 41, 38, 45, 52)
#: Wh a heating and a cooling degree day of Alice's house, and kWh a day without weather.
HEATING, COOLING, BASE = 800, 1_200, 9


def month_after(day: date) -> date:
    return (day + timedelta(days=32)).replace(day=1)


def months() -> list[date]:
    found = [FIRST]
    while len(found) <= len(MEANS):
        found.append(month_after(found[-1]))
    return found


def days_of(mean: int, start: date, end: date) -> dict[date, DayTemperature]:
    return {
        start + timedelta(days=number): DayTemperature(mean * 10 - 80, mean * 10 + 80)
        for number in range((end - start).days)
    }


def know_weather(*, code: str = "KRVB", is_default: bool = True) -> None:
    set_station(code=code, name="Riverbend airport", degrees=F, is_default=is_default)
    every: dict[date, DayTemperature] = {}
    for mean, start, end in zip(MEANS, months(), months()[1:], strict=False):
        every |= days_of(mean, start, end)
    store_temperatures(code=code, days=every)


def bill_year(made: Riverside, n_months: int = len(MEANS) - 1, answers: bool = True) -> Household:
    """Alice's bills, each month's use by its weather; without `answers` hers goes by the calendar."""
    home, wh = made.alice, 1_000_000
    for number, (start, end) in enumerate(zip(months(), months()[1:], strict=False)):
        if number == 0:
            read_dial(home.electric, start, wh // 1000)
            read_dial(home.water, start, 500)
        if number >= n_months:
            break
        wh += use_wh(number, (end - start).days) if answers else 300_000 + 90_000 * (number % 5)
        read_dial(home.electric, end, wh // 1000)
        read_dial(home.water, end, 500 + 900 * (number + 1))
        with clock.clock_at(instant(f"{end}T06:00")):
            bill_month(start, end, [home.account])
    return home


def use_wh(number: int, days: int) -> int:
    heating, cooling = max(65 - MEANS[number], 0), max(MEANS[number] - 65, 0)
    return days * (BASE * 1000 + HEATING * heating + COOLING * cooling)


def bill_next(home: Household, more_kwh: int = 0) -> Bill:
    """The bill of the month after the first fourteen."""
    start, end = months()[-2:]
    last = home.electric.registers.get().reads.latest("local_day").dial_count
    wh = last * 1000 + use_wh(len(MEANS) - 1, (end - start).days)
    read_dial(home.electric, end, wh // 1000 + more_kwh)
    read_dial(home.water, end, 500 + 900 * len(MEANS))
    with clock.clock_at(instant(f"{end}T06:00")):
        bill_month(start, end, [home.account])
    return Bill.objects.filter(account=home.account).latest("bill_date")


def parts_of(bill: Bill) -> dict[str, Mapping[str, object]]:
    return {part["kind"]: part for part in bill.statement["change"]["parts"] if part["service"] == "electric"}


def test_a_response_is_fitted_to_bills_and_told_on_the_next_one() -> None:
    made = riverside()
    know_weather()
    home = bill_year(made)
    work_out_responses(0)
    (row,) = WeatherResponse.objects.all()
    assert row.agreement == home.agreements["electric"]
    assert row.as_of == months()[-2]
    assert row.fit is not None
    assert row.fit["bills"] == 14
    # Dials show whole kWh, so the line is not quite the one the use was made by.
    assert abs(Decimal(row.fit["heating"]) - HEATING) < 5
    assert abs(Decimal(row.fit["cooling"]) - COOLING) < 15
    bill = bill_next(home)
    parts = parts_of(bill)
    # 52 °F after 45 °F, 31 days: 31 x 7 x 800 Wh less; all of it is the weather, none is the use.
    change = Decimal(str(parts["weather"]["facts"]["change"]).removesuffix(" Wh"))  # type: ignore[index]
    assert abs(change + 31 * 7 * HEATING) < 2000
    assert parts["weather"]["amount_cents"] < -1000  # type: ignore[operator]
    assert abs(int(str(parts.get("use", {"amount_cents": 0})["amount_cents"]))) < 50
    every = sum(part["amount_cents"] for part in bill.statement["change"]["parts"])
    assert every == bill.statement["change"]["difference_cents"]


def test_the_bill_says_it_in_words() -> None:
    made = riverside()
    know_weather()
    home = bill_year(made)
    fit_due_responses()
    why = why_it_changed(bill_next(home, more_kwh=200).statement, formats)
    assert why is not None
    weather = next(part for part in why.parts if "weather" in part.label)
    plain = weather.note.replace("\N{NO-BREAK SPACE}", " ")
    assert weather.label == "Electric: warmer weather"
    assert plain == (
        "52 °F on average, it was 45 °F. What that did to your use we know from 14 bills of yours."
    )
    assert weather.amount_cents < 0
    assert "Electric: more use for other reasons" in [part.label for part in why.parts]
    assert sum(part.amount_cents for part in why.parts) == why.difference_cents


def test_without_a_station_nothing_is_fitted_and_nothing_said() -> None:
    home = bill_year(riverside())
    assert fit_due_responses() == FitCounts()
    assert "weather" not in parts_of(bill_next(home))


def test_a_bill_with_a_day_nobody_measured_keeps_the_weather_in_its_use() -> None:
    made = riverside()
    know_weather()
    home = bill_year(made)
    fit_due_responses()
    DayRow.objects.filter(day=date(2026, 3, 9)).delete()
    assert "weather" not in parts_of(bill_next(home))


def test_use_that_does_not_answer_to_the_weather_is_kept_with_its_reason() -> None:
    made = riverside()
    know_weather()
    home = bill_year(made, answers=False)
    assert fit_due_responses() == FitCounts(1, 0, 1)
    (row,) = WeatherResponse.objects.all()
    assert (row.fit, row.why_not) == (None, "no_slope")
    assert "weather" not in parts_of(bill_next(home))


def test_eleven_bills_are_too_few_and_an_estimate_does_not_count() -> None:
    made = riverside()
    know_weather()
    home = bill_year(made, n_months=11)
    fit_due_responses()
    assert [row.why_not for row in WeatherResponse.objects.all()] == ["few_bills"]
    start, end = months()[11:13]
    read_dial(home.electric, end, 20_000, "estimated")
    read_dial(home.water, end, 500 + 900 * 12)
    with clock.clock_at(instant(f"{end}T06:00")):
        bill_month(start, end, [home.account])
    fit_due_responses()
    assert [row.why_not for row in WeatherResponse.objects.order_by("id")] == ["few_bills", "few_bills"]


def test_it_is_worked_out_again_only_for_a_new_bill() -> None:
    made = riverside()
    know_weather()
    home = bill_year(made)
    assert fit_due_responses() == FitCounts(1, 1, 1)
    assert fit_due_responses() == FitCounts()
    bill_next(home)
    assert fit_due_responses() == FitCounts(1, 1, 1)
    assert [row.fit["bills"] for row in WeatherResponse.objects.order_by("id") if row.fit] == [14, 15]


def test_a_cancelled_bill_says_nothing_of_the_weather() -> None:
    made = riverside()
    know_weather()
    home = bill_year(made)
    latest = Bill.objects.filter(account=home.account).latest("bill_date")
    with clock.clock_at(instant("2026-03-10T12:00")):
        cancel_bill(bill_id=latest.pk, reason="the meter was another's")
    fit_due_responses()
    assert [row.fit["bills"] for row in WeatherResponse.objects.all() if row.fit] == [13]


def test_a_premise_names_its_own_station() -> None:
    made = riverside()
    know_weather(code="KOLD", is_default=False)
    set_station(code="KNEW", name="Harbor", degrees=F, is_default=True)
    home = bill_year(made)
    RegistryCharacteristic.objects.create(
        premise=home.premise, code="weather_station", value="KOLD", evidence="map", during=DateRange(FIRST, None),
        recorded_at=instant("2025-01-01T00:00"),
    )  # fmt: skip
    fit_due_responses()
    assert [row.station.code for row in WeatherResponse.objects.all()] == ["KOLD"]
    assert parts_of(bill_next(home))["weather"]["facts"]["station"] == "KOLD"  # type: ignore[index]


def test_responses_are_never_changed() -> None:
    made = riverside()
    know_weather()
    bill_year(made)
    fit_due_responses()
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        WeatherResponse.objects.update(why_not="few_bills", fit=None)


# --- files ----------------------------------------------------------------------------------------


def read(
    text: str, degrees: TemperatureUnit = F, station: str = "KRVB"
) -> tuple[dict[date, DayTemperature], int]:
    return read_temperatures(text.splitlines(), degrees=degrees, station=station, today=TODAY)


def test_a_file_of_a_weather_service_is_read() -> None:
    text = '"STATION","NAME","DATE","TMAX","TMIN"\n'
    text += '"KRVB","X","2026-01-01","51","33.5"\n"KRVB","X","2026-01-02","","30"\n\n'
    text += '"OTHER","Y","2026-01-01","80","70"\n"KRVB","X","2026-01-01","51.0","33.5"\n'
    assert read(text) == ({date(2026, 1, 1): DayTemperature(335, 510)}, 1)
    assert read("day,low,high\n2026-01-01,-5,3\n", TemperatureUnit.CELSIUS)[0] == {
        date(2026, 1, 1): DayTemperature(-50, 30)
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: no column date or day"),
        ("date,tmin\n", "line 1: no column tmax"),
        ("date,tmin,tmax\n", "no day of station KRVB"),
        ("date,tmin,tmax\n01/02/2026,1,2\n", "line 2: '01/02/2026' is no day"),
        ("date,tmin,tmax\n2026-06-10,50,60\n", "line 2: 2026-06-10 is not over yet"),
        ("date,tmin,tmax\n2026-01-01,x,60\n", "line 2: 'x' is no temperature"),
        ("date,tmin,tmax\n2026-01-01,NaN,60\n", "line 2: NaN °F was never measured on earth"),
        ("date,tmin,tmax\n2026-01-01,335,510\n", "line 2: 335 °F was never measured on earth"),
        ("date,tmin,tmax\n2026-01-01,1.05,60\n", "line 2: 1.05 is finer than a tenth of a degree"),
        ("date,tmin,tmax\n2026-01-01,61,60\n", "line 2: the lowest, 61, is above the highest, 60"),
        ("date,tmin,tmax\n2026-01-01,1,2\n2026-01-01,1,3\n", "line 3: 2026-01-01 is there before"),
    ],
)  # fmt: skip
def test_a_file_with_a_mistake_is_held_with_line_and_reason(text: str, said: str) -> None:
    with pytest.raises(BadTemperatures) as held:
        read(text)
    assert said in str(held.value)


def run(*words: str, code: int = 0) -> str:
    with clock.clock_at(instant(f"{TODAY}T12:00")):
        done = CliRunner().invoke(weather_group, list(words))
    assert done.exit_code == code, done.output
    return done.output


def test_from_the_terminal(tmp_path: Path) -> None:
    file = tmp_path / "weather.csv"
    file.write_text("\ufeffdate,tmin,tmax\n2026-01-01,33.5,51\n2026-01-02,,\n2026-01-03,30,40\n")
    assert "no station KRVB" in run("import", str(file), "--station", "KRVB", code=1)
    assert run("station", "KRVB", "--name", "Airport", "--degrees", "F", "--default") == (
        "station KRVB: Airport, degrees F, the default\n"
    )
    assert run("import", str(file), "--station", "KRVB") == (
        "KRVB: 2026-01-01 to 2026-01-03, 2 days new, 0 changed, 0 as before, 1 without a temperature\n"
    )
    file.write_text("date,tmin,tmax\n2026-01-01,33.5,52\n2026-01-03,30,40\n")
    again = json.loads(run("import", str(file), "--station", "KRVB", "--json"))
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 1, 1)
    file.write_text("date,tmin,tmax\n2026-01-01,33.5,nonsense\n")
    assert "held, line 2" in run("import", str(file), "--station", "KRVB", code=1)
    assert "KRVB  Airport, degrees F, the default: 2 days, 2026-01-01 to 2026-01-03" in run("list")
    assert json.loads(run("list", "--json"))[0]["days"] == 2
    assert "has temperatures in F" in run("station", "KRVB", "--name", "A", "--degrees", "C", code=1)
    assert run("fit") == "0 agreements looked at: 0 answer to the weather\n"
    found = temperatures([one.id for one in stations().every], date(2026, 1, 1), date(2026, 1, 3))
    assert list(found.values()) == [{date(2026, 1, 1): DayTemperature(335, 520)}]


def test_there_is_one_default_and_a_name_nobody_knows_is_none() -> None:
    for code in ("A", "B"):
        set_station(code=code, name=code, degrees=F, is_default=True)
    set_station(code="C", name="C", degrees=F)
    known = stations()
    default = known.of(None)
    assert default is not None
    assert (default.code, known.of("Z")) == ("B", None)
    store_temperatures(code="A", days={FIRST: DayTemperature(1, 2)})
    with pytest.raises(UnitOfStation):
        set_station(code="A", name="A", degrees=TemperatureUnit.CELSIUS)
