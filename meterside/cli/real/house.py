"""A real house: a year of hourly reads on a real electric rate becomes twelve bills, stored and posted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Final

from meterside.cis.agreements.operations import start_agreement
from meterside.cis.billing.books import prove_books
from meterside.cis.billing.models import Bill, BillCycle
from meterside.cis.billing.runs.operations import bill_chunk, finish_run, open_run
from meterside.cis.metering.files.operations import bring_in
from meterside.cis.registry.models import Account
from meterside.cis.registry.operations import (
    NewChannel,
    NewContact,
    add_person,
    add_premise,
    add_service_point,
    install_meter,
    open_account,
)
from meterside.cis.tariffs.operations import store_tariff
from meterside.connectors.tariffs.reading import import_file
from meterside.contracts.metering import FileStatus, SourceOptions
from meterside.engine.period import Period, service_day
from meterside.kit.clock import clock_at
from meterside.wiring import meter_file_source

from . import Figures

SINCE: Final = date(2011, 1, 1)
READS: Final = "greenbutton/samples/Coastal_Single_Family_Jan_1_2011_to_Jan_1_2012.xml"
RATE: Final = "tariffs-electric/urdb/JacksonEMC_A_residential_senior_2017.json"


@dataclass(frozen=True)
class Home:
    """What the customer of that house types to register."""

    account: Account
    email: str
    address: str
    zip5: str
    last_total_cents: int


def run(data: Path, result: Figures) -> Home:
    """Register the house, bring its file in, bill its year."""
    from django.conf import settings

    zone = settings.UTILITY.zone
    result.head("A real house (Green Button, hourly; Jackson EMC rate)")
    tariff = import_file(data / RATE, effective_from=SINCE).tariffs[0]
    source = meter_file_source("green_button", SourceOptions(zone))
    path = data / READS
    with path.open("rb") as stream:
        feed = source.parse(stream, name=path.name, now=datetime.now(zone))
    channel = feed.channels[0]
    cycle = BillCycle.objects.create(code="R1", name="First of the month", read_day=1)
    person = add_person(
        given_name="Coastal", family_name="Resident", since=SINCE,
        contacts=(NewContact("email", "resident@coastal.example", "resident@coastal.example"),),
    )  # fmt: skip
    account = open_account(owner=person, customer_class="residential", bill_cycle=cycle.code, opened_on=SINCE)
    premise = add_premise(
        address_line="9 Harbor View Lane", city="Coastal", state="CA", zip5="93000", zone=zone.key
    )
    point = add_service_point(premise=premise, commodity="electric", since=SINCE)
    install_meter(
        service_point=point, badge="COASTAL-1", installed_at=service_day(SINCE, zone)[0],
        channels=(NewChannel("1", channel.unit.code, channel.interval_s, external_id=channel.external_id),),
    )  # fmt: skip
    start_agreement(
        account=account, premise=premise, service="electric", tariff=store_tariff(tariff), starts_on=SINCE,
        service_points=(point,),
    )  # fmt: skip
    report = bring_in(source, feed)
    again = bring_in(source, feed)
    result.must(report.status is not FileStatus.HELD, "the year of reads was held")
    result.must(bool(again.notes) and not again.reads, "the same file again changed something")
    result.say(
        "reads",
        {"rows": report.rows, "days": report.days, "derived": report.derived, "estimated": report.estimated},
        f"{report.rows:,} reads in {report.days} service days; {report.derived} derived, "
        f"{report.estimated} estimated, {len(report.quarantined)} put aside",
    )
    for refusal in report.quarantined:
        result.say(f"line {refusal.line}", refusal.reason, f"line {refusal.line}: {refusal.words}")
    result.must((report.days, report.derived, report.estimated) == (365, 2, 1), "the clock changes are wrong")
    _bill_year(account, result)
    last = Bill.objects.filter(account=account).order_by("-bill_date")[0]
    return Home(account, "resident@coastal.example", "9 harbor view ln", "93000", last.total_due_cents)


def _bill_year(account: Account, result: Figures) -> None:
    months = [date(2011, month, 1) for month in range(1, 13)] + [date(2012, 1, 1)]
    for start, end in pairwise(months):
        with clock_at(datetime(end.year, end.month, end.day, 18, tzinfo=UTC)):
            run = open_run(cycle="R1", window=Period(start, end), bill_date=end)
            bill_chunk(run, [account.pk])
            finish_run(run)
    rows = []
    for bill in Bill.objects.filter(account=account).order_by("bill_date"):
        service = bill.statement["services"][0]
        kwh = Decimal(service["usage"]["quantity"]) / 1000
        rows.append((service["period"][0][:7], kwh, bill.current_charges_cents))
        result.say(
            f"bill {service['period'][0][:7]}",
            {"kwh": str(kwh), "cents": bill.current_charges_cents},
            f"{service['period'][0][:7]}  {service['days']} days  {kwh:>9,.3f} kWh  "
            f"{bill.current_charges_cents:>7,} cents",
        )
    result.must(len(rows) == 12, f"{len(rows)} bills instead of 12")
    result.say(
        "year", {"kwh": str(sum(row[1] for row in rows)), "cents": sum(row[2] for row in rows)},
        f"2011     {sum(row[1] for row in rows):,.3f} kWh, {sum(row[2] for row in rows):,} cents",
    )  # fmt: skip
    proof = prove_books()
    result.must(proof.holds, "the books do not hold")
    result.say(
        "books",
        proof.n_postings,
        f"the books hold: {proof.n_transactions} transactions, {proof.n_postings} postings",
    )
