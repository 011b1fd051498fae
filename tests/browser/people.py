"""The people of the browser tests: a small utility whose bills, payments and logins went through the operations.

Days hang on today, so that the same things are due, past due and open whenever the tests run.
"""

from __future__ import annotations

import calendar
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import transaction
from django.test import override_settings

from meterside.cis.billing.charges.deposits import ask_deposit
from meterside.cis.billing.charges.late_fees import charge_late_fees
from meterside.cis.billing.charges.policies import set_late_fee_policy
from meterside.cis.billing.corrections.rebilling import rebill
from meterside.cis.billing.models import Bill, BillException
from meterside.cis.billing.runs.operations import bill_chunk, finish_run, open_run, set_up_cycle
from meterside.cis.billing.statement.inserts import set_bill_insert
from meterside.cis.ledger.models import Payment
from meterside.cis.ledger.operations import post_payment, return_payment, settle_payments
from meterside.cis.metering.store.operations import NewRead, record_register_reads, store_days
from meterside.cis.registry.models import Account, Device
from meterside.cis.tariffs.operations import store_tariff
from meterside.contracts.cis import AccountRef
from meterside.engine.alert import AlertKind
from meterside.engine.interval import Quality, day_intervals
from meterside.engine.period import Period, service_day
from meterside.engine.policy import late_fee_rule
from meterside.engine.tariff.document import tariff_from_toml
from meterside.journeys import share_access
from meterside.kit import clock
from meterside.kit.clock import clock_at
from meterside.portal.access.operations import grant
from meterside.portal.access.roles import Role
from meterside.portal.identity.models import Login
from meterside.portal.identity.operations import create_login
from meterside.portal.identity.rights import StaffRight
from meterside.portal.preferences.operations import NewAlert, claim_told, raise_alert
from meterside.spine.actor import Actor, acting
from tests import cast
from tests.browser.billing import OF_STAFF, bill_by_staff
from tests.browser.meter_files import send_meter_files
from tests.browser.metering import exceptions_for_staff
from tests.browser.tariffs import fill_the_book
from tests.cast import ZONE, Household

PASSWORD = "correct horse battery staple"
# A word that no screen of a phone is wide enough for.
_LONG_ADDRESS = "https://www.riverbend.example/council/default.aspx?CategoryNumber=2&SubcategoryNumber=1"
_MONTHS = 14
_DAYS_SINCE_BILL = 13
# Beside a steady use: a dial must never go back, so a month less than the one before is a small step up.
_SEASON_KWH = (0, 61, 23, 118, 87, 41, 136)


class QuickHasher(Argon2PasswordHasher):
    """As the server's, which reads the effort from the hash, but quick to make."""

    time_cost, memory_cost, parallelism = 1, 8, 1


@dataclass(frozen=True)
class Neighbour:
    """A household, and for how many months back it has bills."""

    key: str
    given: str
    family: str
    line: str
    months: int
    pays: str  # "all"; "not last"; "late": nothing of the last three; "ahead": more than is owed
    unit: str = ""


_NEIGHBOURS = (
    Neighbour("alice", "Alice", "Moreno", "418 Oak Street", _MONTHS, "not last"),
    Neighbour("charlie", "Charlie", "Young", "12 Elm Avenue", 5, "late"),
    Neighbour("grace", "Grace", "Okafor", "90 Heron Way", 3, "ahead"),
    Neighbour("erin", "Erin", "Walsh", "7 Quarry Road", 0, "all"),
    Neighbour("lucia", "Lucía", "Hernández", "233 Orchard Road", 3, "not last"),
    Neighbour("harriet", "Harriet", "Lindqvist", "604 Maple Avenue", 3, "not last"),
    Neighbour("ivan", "Ivan", "Petrov", "605 Maple Avenue", 3, "not last"),
    Neighbour("judy", "Judy", "Baker", "606 Maple Avenue", 3, "not last"),
    Neighbour("kim", "Kim", "Castro", "607 Maple Avenue", 3, "not last"),
    Neighbour("landlord-1", "Larkspur", "Homes", "77 Mill Street", 2, "all", "Unit 1"),
    Neighbour("landlord-2", "Larkspur", "Homes", "77 Mill Street", 2, "late", "Unit 2"),
    Neighbour("landlord-3", "Larkspur", "Homes", "15 Foundry Street", 2, "not last"),
    Neighbour("hugo", "Hugo", "Laitinen", "19 Mill Street", 4, "late"),
    Neighbour("down", "Dora", "Down", "21 Mill Street", 2, "not last"),
    Neighbour("old", "Otto", "Old", "23 Mill Street", 2, "not last"),
    Neighbour("former", "Fay", "Former", "25 Mill Street", 2, "not last"),
    Neighbour("again", "Abel", "Again", "27 Mill Street", 2, "not last"),
    *(
        Neighbour(key, key.title(), "Staffords", f"{number}1 Cedar Court", 2, "not last")
        for number, key in enumerate(OF_STAFF, start=1)
    ),
    *(
        Neighbour(f"payer-{number}", "Pat", f"Payer {number}", f"{number}00 Birch Lane", 2, "not last")
        for number in range(1, 9)
    ),
)


@dataclass
class Town:
    """Who lives there, and what the tests need to know of them."""

    households: dict[str, Household] = field(default_factory=dict)
    emails: dict[str, str] = field(default_factory=dict)
    payments: dict[str, UUID] = field(default_factory=dict)
    access: dict[str, UUID] = field(default_factory=dict)

    def ref(self, key: str) -> AccountRef:
        """The reference of a household's account."""
        return AccountRef(self.households[key].account.public_id)


@dataclass(frozen=True)
class _Month:
    start: date
    end: date


def build_town() -> Town:
    """Everything, in the database Django works on. Takes some seconds; safe on an empty database only."""
    with override_settings(PASSWORD_HASHERS=["tests.browser.people.QuickHasher"]), transaction.atomic():
        town = Town()
        months = list(_months())
        set_up_cycle(code="01", name="The cast's", read_day=months[-1].end.day)
        tariffs = {
            service: store_tariff(tariff_from_toml(text))
            for service, text in (
                ("electric", cast.ELECTRIC),
                ("water", cast.WATER),
                ("sewer", cast.SEWER),
                ("refuse", cast.REFUSE),
            )
        }
        for one in _NEIGHBOURS:
            since = months[-one.months].start if one.months else _today() - timedelta(days=5)
            with clock_at(_at(since, 8)):
                town.households[one.key] = cast.household(
                    tariffs,
                    given=one.given,
                    family=one.family,
                    email=f"{one.key}@example.com",
                    line=one.line,
                    unit=one.unit,
                    badge=one.key[:1].upper() + one.key[-1:] if one.key not in OF_STAFF else one.key.title(),
                    since=since,
                )
        _read_hours(town.households["alice"].electric, months[0].start, _today())
        _rules_for_hugo(town.households["hugo"])
        for number in range(_MONTHS):
            _live(town, number, months)
            if number == _MONTHS - 2:
                _charge_hugo(town.households["hugo"], months[number].end)
        _charge_hugo(town.households["hugo"], _today(), with_deposit=True)
        _bill_again(town.households["again"], months[-1])
        _logins(town)
        dana = Login.objects.get(email=town.emails["dana"]).pk
        bill_by_staff(town.households, months[-1].end, _today() - timedelta(days=1), dana=dana)
        exceptions_for_staff((town.households["charlie"], town.households["grace"]), _today(), dana=dana)
        send_meter_files(town.households, _today() - timedelta(days=3))
        eli = Login.objects.get(email=town.emails["eli"]).pk
        fill_the_book(dana=dana, eli=eli, today=_today())
        return town


def _today() -> date:
    return clock.today(ZONE)


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), ZONE).astimezone(UTC)


def _months() -> Iterator[_Month]:
    """Bill periods, oldest first; the last ended some days ago, its bill is not due yet."""
    last = _today() - timedelta(days=_DAYS_SINCE_BILL)
    last = last.replace(day=min(last.day, 28))
    ends = [_months_before(last, back) for back in range(_MONTHS + 1)]
    for start, end in zip(reversed(ends[1:]), reversed(ends[:-1]), strict=True):
        yield _Month(start, end)


def _months_before(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _kwh(one: Neighbour, turns: int, start: date, day: date) -> int:
    """Where the dial stands: it agrees with the hours, where there are any."""
    if one.key == "alice":
        days = (start + timedelta(days=gone) for gone in range((day - start).days))
        return sum(sum(_hours(each)) for each in days) // 1000
    return turns * 560 + _SEASON_KWH[turns % len(_SEASON_KWH)]


def _live(town: Town, number: int, months: list[_Month]) -> None:
    """One month: dials read at both ends, a bill for whoever has one, and what they did about it."""
    month = months[number]
    billed = [one for one in _NEIGHBOURS if number >= _MONTHS - one.months]
    for one in billed:
        home = town.households[one.key]
        for day, turns in ((month.start, number), (month.end, number + 1)):
            _read_dial(home.electric, day, 4000 + _kwh(one, turns, months[0].start, day))
            _read_dial(home.water, day, 900 + turns * 780 + (turns % 4) * 90)
    with clock_at(_at(month.end, 18)):
        run = open_run(cycle="01", window=Period(month.start, month.end), bill_date=month.end)
        done = bill_chunk(run, [town.households[one.key].account.pk for one in billed])
        if done.n_held:
            raise AssertionError([str(hold.detail) for hold in BillException.objects.all()])
        finish_run(run)
    for one in billed:
        _pay(town, one, number, month)


def _pay(town: Town, one: Neighbour, number: int, month: _Month) -> None:
    is_last, back = number == _MONTHS - 1, _MONTHS - 1 - number
    account = town.households[one.key].account
    owed = Bill.objects.filter(account=account).latest("bill_date").total_due_cents
    if one.key == "alice" and is_last:
        # A part of it, the day before yesterday.
        part = _post(account.pk, 40_00, clock.now() - timedelta(days=2))
        town.payments["on its way"] = part.payment_id
    if (one.pays == "not last" and is_last) or (one.pays == "late" and back < 3) or owed <= 0:
        return
    paid_on = _at(month.end + timedelta(days=6), 19)
    kept = _post(account.pk, owed + (75_00 if one.pays == "ahead" else 0), paid_on)
    town.payments[f"{one.key} {back}"] = kept.payment_id
    if one.key == "alice" and back == 2:
        # One that came back, and was made good.
        return_payment(
            payment_id=kept.payment_id, returned_at=paid_on + timedelta(days=3), reason="insufficient_funds"
        )
        town.payments["returned"] = kept.payment_id
        kept = _post(account.pk, owed, paid_on + timedelta(days=5))
    settle_payments([kept.payment_id], settled_at=paid_on + timedelta(days=2))


def _rules_for_hugo(home: Household) -> None:
    """Late fees and an insert for commercial customers, and Hugo is the only one."""
    Account.objects.filter(pk=home.account.pk).update(customer_class="commercial")
    since = date(2000, 1, 1)
    rule = late_fee_rule({"percent": "0.015", "least": "5"})
    set_late_fee_policy(
        since=since, rule=rule, customer_class="commercial", reason=f"Resolution 12, {_LONG_ADDRESS}"
    )
    set_bill_insert(
        code="winter", title_en="Keep pipes from freezing", title_es="Evite que se congelen las tuberías",
        text_en="Let a faucet drip on cold nights.\n\nOpen the cabinets under sinks.",
        text_es="Deje gotear una llave en las noches frías.\n\nAbra los gabinetes bajo los lavabos.",
        since=since, customer_class="commercial", reason="every winter",
    )  # fmt: skip


def _charge_hugo(home: Household, day: date, *, with_deposit: bool = False) -> None:
    """A fee on the bill before, which the next bill tells of; at last one no bill has told of, and a deposit."""
    with clock_at(_at(day, 2)):
        charge_late_fees(today=day, account_ids=[home.account.pk])
        if with_deposit:
            ask_deposit(account_id=home.account.pk, today=day, amount_cents=150_00, reason="often late")


def _bill_again(home: Household, month: _Month) -> None:
    """The last bill is taken back and made again, three days later, for the dial was misread."""
    last = home.electric.registers.get().reads.filter(local_day=month.end).latest("pk")
    wrong = Bill.objects.filter(account=home.account).latest("bill_date")
    day = month.end + timedelta(days=3)
    with clock_at(_at(day, 9)), acting(Actor("staff", "dana")):
        cast.read_dial(home.electric, month.end, last.dial_count - 100)
        rebill(bill_ids=[wrong.pk], reason="a digit was read wrongly", bill_date=day)


def _post(account_id: int, cents: int, paid_at: datetime) -> Payment:
    with clock_at(paid_at):
        return post_payment(
            payment_id=uuid4(),
            account_id=account_id,
            amount_cents=cents,
            paid_at=paid_at,
            channel="portal",
            tender="bank",
            tender_label="Bank account ending 6789",
            reference=f"R-{account_id}-{paid_at:%y%m%d}",
        )


def _read_dial(device: Device, day: date, count: int) -> None:
    read_at, _ = service_day(day, ZONE)
    register = device.registers.get()
    if not register.reads.filter(local_day=day).exists():
        record_register_reads([NewRead(register.pk, read_at, day, count, "actual")])


def _read_hours(device: Device, start: date, end: date) -> None:
    """Hourly use with mornings, evenings and week-ends; one estimated day in the open period."""
    channel, rows, day = device.channels.get(), [], start
    while day < end:
        first, _last = service_day(day, ZONE)
        values = _hours(day)
        is_estimated = day == end - timedelta(days=4)
        quality = [Quality.ESTIMATED] * len(values) if is_estimated else None
        rows.append((channel.pk, day_intervals(day, first.astimezone(UTC), 3600, values, quality)))
        day += timedelta(days=1)
    store_days(rows)


def _hours(day: date) -> list[int]:
    """Wh of each hour: more in the evening, at week-ends, and in winter."""
    first, last = service_day(day, ZONE)
    winter = abs(7 - day.month) * 45
    base = 300 + winter + 40 * (day.toordinal() * 7 % 5) + 160 * (day.weekday() >= 5)
    return [
        base + (700 if hour in {7, 18, 19, 20} else 0)
        for hour in range(int((last - first) / timedelta(hours=1)))
    ]


def _logins(town: Town) -> None:
    """Sign-ins and what each may see."""
    opened = clock.now() - timedelta(days=90)
    people = {
        "alice": ("Alice Moreno", "en", ["alice"]),
        "charlie": ("Charlie Young", "en", ["charlie"]),
        "grace": ("Grace Okafor", "en", ["grace"]),
        "erin": ("Erin Walsh", "en", ["erin"]),
        "lucia": ("Lucía Hernández", "es", ["lucia"]),
        "landlord": ("Larkspur Homes", "en", ["landlord-1", "landlord-2", "landlord-3"]),
        "nora": ("Nora Nobody", "en", []),
        "changer": ("", "en", []),
        "forgetful": ("", "en", []),
        "hugo": ("Hugo Laitinen", "en", ["hugo"]),
        "down": ("Dora Down", "en", ["down"]),
        "old": ("Otto Old", "en", ["old"]),
        "former": ("Fay Former", "en", ["former"]),
        "again": ("Abel Again", "en", ["again"]),
        **{f"payer-{number}": (f"Pat Payer {number}", "en", [f"payer-{number}"]) for number in range(1, 9)},
    }
    logins: dict[str, Login] = {}
    for key, (name, language, owns) in people.items():
        logins[key] = _login(town, key, name, language, opened)
        for house in owns:
            grant(login_id=logins[key].pk, account=town.ref(house), role=Role.OWNER, now=opened)
    _login(town, "dana", "Dana Whitfield", "en", opened, is_staff=True, rights=(StaffRight.PROPOSE_RATES,))
    _login(town, "eli", "Eli Brandt", "en", opened, is_staff=True, rights=(StaffRight.APPROVE_RATES,))
    _login(town, "olive", "Olive Onlooker", "en", opened, is_staff=True)
    logins["bob"] = _login(town, "bob", "Bob Tanaka", "en", opened)
    helper = grant(
        login_id=logins["bob"].pk,
        account=town.ref("alice"),
        role=Role.HELPER_VIEW,
        now=clock.now(),
        until=clock.now() + timedelta(days=90),
        granted_by_id=logins["alice"].pk,
    )
    town.access["bob"] = helper.public_id
    _alert(town, logins["alice"])
    for email, name in (("new-helper@example.com", "Nina"), (town.emails["nora"], "Nora")):
        share_access.invite_helper(
            owner=logins["alice"],
            account=town.ref("alice"),
            invite=share_access.Invite(email=email, name=name, role=Role.HELPER_PAY, until=None),
        )


def _alert(town: Town, login: Login) -> None:
    """Alice used much more than usual the day before yesterday, and was told."""
    day = _today() - timedelta(days=2)
    raised = raise_alert(
        NewAlert(
            login_id=login.pk,
            account=town.ref("alice"),
            service=town.households["alice"].agreements["electric"].public_id,
            commodity="electric",
            kind=AlertKind.SPIKE,
            cause=day.isoformat(),
            first_at=service_day(day, ZONE)[0],
            last_at=service_day(day, ZONE)[1],
            facts={
                "amount": "41.2", "against": "17.6", "unit": "kWh", "first": day.isoformat(), "last": day.isoformat(),
            },
        )
    )  # fmt: skip
    assert raised is not None
    claim_told(public_id=raised)


def _login(
    town: Town,
    key: str,
    name: str,
    language: str,
    now: datetime,
    *,
    is_staff: bool = False,
    rights: Collection[StaffRight] = (),
) -> Login:
    town.emails[key] = f"{key}@example.com"
    return create_login(
        email=town.emails[key],
        password=PASSWORD,
        display_name=name,
        language=language,
        now=now,
        is_staff=is_staff,
        staff_rights=rights,
    )
