"""Comparisons over all accounts: sums to the cent, stopped and gone on with, and what cannot be priced is said."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from django.db import IntegrityError, connection, transaction

from meterside.cis.billing.corrections.rebilling import rebill
from meterside.cis.billing.models import BillSegment
from meterside.cis.studies.models import ComparisonAccount, RateComparison
from meterside.cis.studies.operations import (
    NothingToCompare,
    NotOfOneTariff,
    begin_comparison,
    comparisons_at_work,
    go_on,
    stop_comparison,
)
from meterside.cis.studies.queries import (
    MonthRow,
    RefusedRow,
    all_accounts,
    biggest,
    by_class,
    months_and_refused,
    spread,
)
from meterside.cis.studies.trying import accounts_at, try_version
from meterside.cis.studies.working import work_chunk, work_comparison
from meterside.cis.tariffs.life import draft_versions
from meterside.cis.tariffs.models import TariffVersion
from meterside.engine.lifecycle import MoveNotAllowed
from meterside.engine.tariff.document import tariff_from_toml
from meterside.jobs import compare as compare_jobs
from tests.cast import ELECTRIC, WATER
from tests.many_accounts import CYCLE, many_accounts
from tests.web.billed import Town, town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_hold")]
TWICE = (
    "INSERT INTO cis_studies_comparisonaccount (comparison_id, account_id, customer_class, n_segments, billed_cents, "
    "before_cents, after_cents, problem, detail) SELECT comparison_id, account_id, '', 1, 1, 1, 1, '', '' "
    "FROM cis_studies_comparisonaccount LIMIT 1"
)
DEARER = ELECTRIC.replace('"13.50"', '"20.00"').replace('"0.1080"', '"0.0900"')


def by_month(comparison_id: int) -> tuple[MonthRow, ...]:
    return months_and_refused(comparison_id)[0]


def refused(comparison_id: int) -> tuple[RefusedRow, ...]:
    return months_and_refused(comparison_id)[1]


def draft(text: str = DEARER) -> TariffVersion:
    (made,) = draft_versions(tariff_from_toml(text), source="", source_format="")
    return made


def in_force(code: str = "E-1") -> TariffVersion:
    return TariffVersion.objects.get(tariff__code=code, status="published")


def billed_on(code: str) -> int:
    cents = BillSegment.objects.filter(tariff_code=code, status="issued").values_list(
        "total_cents", flat=True
    )
    return sum(cents)


@pytest.fixture
def many() -> None:
    """Forty accounts of their own use, billed for three months."""
    from meterside.cis.billing.runs.operations import open_run, start_run
    from meterside.cis.billing.runs.working import work_run
    from meterside.engine.period import Period

    days = [date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1), date(2025, 4, 1)]
    many_accounts(40, days)
    for start, end in pairwise(days):
        work_run(start_run(open_run(cycle=CYCLE, window=Period(start, end), bill_date=end)).pk)


def test_the_version_that_was_billed_prices_every_bill_to_the_cent(many: None) -> None:
    """Replayed from frozen inputs; the sums are those of the bills."""
    made = begin_comparison(after=draft(), before=in_force())
    work_comparison(made.pk)
    rows = list(made.accounts.all())
    assert len(rows) == 40
    assert all(row.before_cents == row.billed_cents for row in rows)
    assert sum(row.billed_cents for row in rows) == billed_on("E-1")
    for water in ("W-1", "R-1"):
        again = begin_comparison(after=in_force(water))
        work_comparison(again.pk)
        (whole,) = [row for row in by_class(again.pk) if row.customer_class is None]
        assert (whole.before_cents, whole.after_cents) == (billed_on(water), billed_on(water))
        assert (whole.n_more, whole.n_less, whole.n_same) == (0, 0, 40)


def test_what_comes_out_adds_up(many: None) -> None:
    made = begin_comparison(after=draft(), chunk_accounts=7)
    assert work_comparison(made.pk) == 6
    made.refresh_from_db()
    assert (made.status, made.n_accounts) == ("done", 40)
    whole, *classes = by_class(made.pk)
    assert whole.before_cents == billed_on("E-1")
    assert (whole.n_more + whole.n_less + whole.n_same, whole.n_priced) == (40, 40)
    assert sum(row.after_cents for row in classes) == whole.after_cents
    months = by_month(made.pk)
    assert [row.month for row in months] == [date(2025, 2, 1), date(2025, 3, 1), date(2025, 4, 1)]
    for name in ("before_cents", "after_cents"):
        assert sum(getattr(row, name) for row in months) == getattr(whole, name)
    assert sum(one.n_accounts for one in spread(made.pk, whole)) == 40
    rows = list(all_accounts(made.pk))
    assert len(rows) == 40
    rises, falls = biggest(made.pk)
    differences = sorted(row.difference_cents or 0 for row in rows)
    assert [row.difference_cents for row in rises] == [one for one in differences[::-1] if one > 0][:20]
    assert [row.difference_cents for row in falls] == [one for one in differences if one < 0][:20]
    assert (whole.least_cents, whole.most_cents) == (differences[0], differences[-1])
    assert whole.median_cents == differences[19]


def test_one_account_by_hand() -> None:
    """Alice's February: 672 kWh. As billed 80.42; 20.00 + 650 x 0.0934 + 22 x 0.09 = 82.69, tax 4.13."""
    place = town()
    trial = try_version(draft(), account_id=place.riverside.alice.account.pk)
    assert (trial.problem, [month.billed_cents for month in trial.months][1]) == ("", 8042)
    rated = trial.months[1].rated
    assert rated is not None
    assert [line.amount_cents for line in rated.lines] == [2000, 6071, 198, 413]
    assert trial.months[1].difference_cents == 8682 - 8042
    assert trial.tried_cents == sum(month.rated.total_cents for month in trial.months if month.rated)


def _results(made: RateComparison) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    rows = made.accounts.order_by("account").values_list(
        "account", "customer_class", "n_segments", "billed_cents", "before_cents", "after_cents", "problem"
    )
    return list(rows), [
        (row.month, row.billed_cents, row.before_cents, row.after_cents) for row in by_month(made.pk)
    ]


def test_stopped_and_gone_on_with_it_comes_to_the_same(many: None) -> None:
    version = draft()
    whole = begin_comparison(after=version, chunk_accounts=6)
    work_comparison(whole.pk)
    made = begin_comparison(after=version, chunk_accounts=6)
    assert work_chunk(made.pk)
    stop_comparison(made)
    assert not work_chunk(made.pk)
    assert comparisons_at_work() == []
    with pytest.raises(MoveNotAllowed):
        stop_comparison(made)
    # What happens meanwhile is not in it: the bills are those of the moment it was asked.
    bill = BillSegment.objects.filter(tariff_code="E-1").latest("id").bill
    rebill(bill_ids=[bill.pk], reason="x", bill_date=bill.bill_date)
    go_on(made)
    while work_chunk(made.pk):
        pass
    assert made.chunks.filter(done_at__isnull=True).count() == 0
    compare_jobs.work(made.pk, 0)
    made.refresh_from_db()
    assert made.status == "done"
    assert _results(made) == _results(whole)


def test_what_the_bills_do_not_hold_is_said_never_guessed(many: None) -> None:
    hours = ELECTRIC.replace(
        "[[versions.components]]",
        '[[versions.schedules]]\nname = "c"\nperiods = [{ name = "on", times = [{ from = "16:00", to = "21:00" }] }, '
        '{ name = "off" }]\n\n[[versions.components]]\nkind = "time_of_use"\ncode = "tou"\nlabel = "T"\nunit = "kWh"\n'
        'schedule = "c"\nperiods = [{ period = "on", prices = 0.3 }, { period = "off", prices = 0.1 }]\n\n'
        "[[versions.components]]",
        1,
    )
    made = begin_comparison(after=draft(hours))
    work_comparison(made.pk)
    assert by_class(made.pk) == ()
    (row,) = refused(made.pk)
    assert (row.n_accounts, row.billed_cents) == (40, billed_on("E-1"))
    assert row.problem in ("missing_intervals", "missing_determinant")
    assert by_month(made.pk) == ()
    account = ComparisonAccount.objects.filter(comparison=made).latest("id")
    trial = try_version(made.after, account_id=account.account_id)
    assert (trial.problem, trial.tried_cents) == (row.problem, None)
    size = draft(
        WATER.replace('"3.10"', '{ by = ["zone"], values = { 1 = 3, 2 = 4 } }').replace("12.00", "13.00")
    )
    water = begin_comparison(after=size)
    work_comparison(water.pk)
    assert refused(water.pk)[0].problem == "missing_attribute"


def test_there_must_be_something_to_compare(many: None) -> None:
    with pytest.raises(NotOfOneTariff):
        begin_comparison(after=in_force("E-1"), before=in_force("W-1"))
    other = draft(DEARER.replace('"E-1"', '"E-7"'))
    with pytest.raises(NothingToCompare):
        begin_comparison(after=other)
    assert not RateComparison.objects.exists()


def test_the_database_refuses_what_does_not_add_up(many: None) -> None:
    made = begin_comparison(after=draft(), before=in_force())
    work_comparison(made.pk)
    for statement in (
        "UPDATE cis_studies_comparisonaccount SET after_cents = NULL",
        "UPDATE cis_studies_comparisonaccount SET problem = 'x'",
        "UPDATE cis_studies_comparisonchunk SET n_priced = n_priced + 1",
        "UPDATE cis_studies_ratecomparison SET before_id = after_id",
        "UPDATE cis_studies_ratecomparison SET finished_at = NULL",
        "UPDATE cis_studies_ratecomparison SET status = 'bogus'",
        TWICE,
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_an_account_is_found_by_its_address() -> None:
    place: Town = town()
    line = place.riverside.alice.premise.address_line
    assert [row.number for row in accounts_at(line.lower())] == [place.riverside.alice.account.number]
    assert accounts_at("no address at all") == ()
    assert accounts_at("999 Nowhere Street") == ()


def test_a_ratchet_goes_from_replayed_month_to_replayed_month() -> None:
    """State that the version makes itself is carried; what billing put in stays."""
    from meterside.cis.studies.replay import PastSegment, _state
    from meterside.engine.rated import RatedSegment, RatingState

    rated = object.__new__(RatedSegment)
    object.__setattr__(rated, "state_out", RatingState((("bank", Decimal(7)), ("winter", Decimal(3)))))
    past = PastSegment(1, 1, 1, date(2025, 1, 1), 0, {}, {"bank": "5", "winter": "3"})
    state = _state({"bank": "5", "winter": "4"}, (past, rated))
    assert state is not None
    assert state.to_dict() == {"bank": "7", "winter": "4"}
