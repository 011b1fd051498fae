"""The people a demo is shown with: who they are, what they are served with, and how they sign in.

The passwords are for demos: they are printed in the terminal and stand here for all to read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from django.db import transaction

from meterside.cis.agreements.models import ServiceAgreement
from meterside.cis.agreements.operations import end_agreement
from meterside.cis.ledger.operations import post_adjustment
from meterside.cis.registry.models import Account, PersonAccountRole
from meterside.cis.registry.operations import close_account
from meterside.kit import clock
from meterside.kit.clock import clock_at
from meterside.portal.access.operations import grant
from meterside.portal.access.roles import Role
from meterside.portal.identity.models import Login
from meterside.portal.identity.operations import create_login
from meterside.portal.identity.rights import StaffRight

from .history import Member
from .households import ZIP5, Household
from .plan import PORTAL_OPEN_DAYS, Plan, month_before
from .utility import open_household, tariffs_by_code

_N_UNITS: Final = 8
_HELP_DAYS: Final = 90
_LEAK_DAYS: Final = 5
_MOVED_MONTHS_AGO: Final = 8
_ALICE, _CHARLIE, _LUCIA, _GRACE, _FRANK, _HARRIET = "alice", "charlie", "lucia", "grace", "frank", "harriet"
_LANDLORD, _BUSINESS, _THEO = "landlord", "millrace", "theo"
# Who works there, and what they may do: a rate needs the two of them.
_STAFF: Final[Mapping[str, tuple[StaffRight, ...]]] = {
    "dana@example.com": (StaffRight.PROPOSE_RATES,),
    "eli@example.com": (StaffRight.APPROVE_RATES,),
}


@dataclass(frozen=True, slots=True)
class DemoSignIn:
    """One of the cast, as the terminal prints it. Without a password: somebody to register."""

    who: str
    email: str
    password: str
    note: str


def cast(plan: Plan) -> list[Household]:
    """The cast's households. One who moved has two, and the one after him at the old place has one."""
    cycle = plan.cast_cycle.code
    moved_on = _moved_on(plan)

    def person(key: str, given: str, family: str, line: str, number: int, habit: str) -> Household:
        return Household(
            key=key,
            cycle=cycle,
            given_name=given,
            family_name=family,
            organisation="",
            email=f"{key}@example.com",
            phone=f"(510) 555-01{number:02d}",
            address_line=line,
            habit=habit,
        )

    alice = replace(
        person(_ALICE, "Alice", "Moreno", "418 Oak Street", 1, "online_waiting"),
        has_intervals=True, people=3, size=1450, cart_gallons="64",
    )  # fmt: skip
    charlie = person(_CHARLIE, "Charlie", "Young", "12 Willow Street", 2, "returned")
    lucia = replace(
        person(_LUCIA, "Lucía", "Hernández", "233 Orchard Road", 3, "autopay"),
        language="es", has_intervals=True, people=4, meter_size='3/4"', electric_tariff="E-2",
    )  # fmt: skip
    grace = replace(
        person(_GRACE, "Grace", "Okafor", "90 Heron Way", 4, "ahead"),
        people=1, has_intervals=True, leak_days=_LEAK_DAYS,
    )  # fmt: skip
    frank_before = replace(
        person("frank-before", "Frank", "Weber", "56 Juniper Street", 5, "online"),
        email="frank@example.com", moved_out=moved_on,
    )  # fmt: skip
    frank_after = replace(
        person("frank-after", "Frank", "Weber", "871 Valley View Drive", 5, "online_waiting"),
        email="frank@example.com", moved_in=moved_on, people=3,
    )  # fmt: skip
    priya = replace(
        person("priya", "Priya", "Nair", "56 Juniper Street", 6, "autopay"),
        moved_in=moved_on, previous=frank_before,
    )  # fmt: skip
    harriet = person(_HARRIET, "Harriet", "Lindqvist", "604 Maple Avenue", 7, "mail")
    theo = replace(
        person(_THEO, "Theo", "Brandvold", "327 Heron Way", 10, "online_waiting"),
        has_intervals=True, people=4, size=1200, electric_tariff="E-3",
        services=("electric", "water", "sewer", "refuse"),
    )  # fmt: skip
    return [
        alice, charlie, lucia, grace, frank_before, frank_after, priya, harriet, theo,
        *_units(cycle), _millrace(cycle),
    ]  # fmt: skip


def _units(cycle: str) -> list[Household]:
    """A landlord's house of eight units, an account each."""
    return [
        Household(
            key=f"{_LANDLORD}-{unit}",
            cycle=cycle,
            given_name="",
            family_name="",
            organisation="Larkspur Property Group",
            email="landlord@example.com",
            phone="(510) 555-0108",
            address_line="77 Mill Street",
            unit=f"Unit {unit}",
            services=("electric", "water", "sewer"),
            electric_tariff="E-2",
            people=1 + unit % 3,
            size=600 + 40 * unit,
            habit="behind" if unit == 5 else "online_waiting" if unit == 2 else "online",
        )
        for unit in range(1, _N_UNITS + 1)
    ]


def _millrace(cycle: str) -> Household:
    """A business with three meters: two electric ones on one bill, and a water meter that sewer hangs on."""
    return Household(
        key=_BUSINESS,
        cycle=cycle,
        given_name="",
        family_name="",
        organisation="Millrace Coffee Roasters",
        email="millrace@example.com",
        phone="(510) 555-0109",
        address_line="15 Foundry Street",
        customer_class="commercial",
        services=("electric", "water", "sewer"),
        meter_size='1 1/2"',
        electric_meters=2,
        has_intervals=True,
        habit="online_waiting",
    )


def _moved_on(plan: Plan) -> date:
    """A day in the middle of a bill period, some months ago."""
    day = plan.windows(plan.cast_cycle)[-1].start
    for _ in range(min(_MOVED_MONTHS_AGO, plan.n_months - 2)):
        day = month_before(day)
    return day + timedelta(days=12)


def open_cast(plan: Plan, households: Sequence[Household]) -> list[int]:
    """Open the cast's accounts, and move who moves; returns their keys in order."""
    tariffs = tariffs_by_code()
    accounts: list[Account] = []
    holders: dict[str, int] = {}
    for household in households:
        since = household.moved_in or plan.windows(plan.cast_cycle)[0].start
        account = open_household(plan, household, since, tariffs, owner_id=holders.get(household.email))
        holders[household.email] = _holder_id(account)
        accounts.append(account)
        if household.moved_out is not None:
            _move_out(plan, account, household.moved_out)
    return [account.pk for account in accounts]


def _holder_id(account: Account) -> int:
    return PersonAccountRole.objects.get(account=account, role="owner").person_id


def _move_out(plan: Plan, account: Account, moved_out: date) -> None:
    with clock_at(plan.at(moved_out - timedelta(days=6), 11)):
        for agreement in ServiceAgreement.objects.filter(account=account):
            end_agreement(agreement=agreement, ends_on=moved_out)
        close_account(account=account, closed_on=moved_out)


def give_leak_allowance(plan: Plan, group: Sequence[Member]) -> None:
    """A credit that staff gave: an adjustment on one account's next bill."""
    grace = next(member for member in group if member.household.key == _GRACE)
    day = plan.windows(plan.cast_cycle)[-3].start + timedelta(days=9)
    with clock_at(plan.at(day, 15)):
        post_adjustment(
            source_id=f"demo {plan.seed} leak",
            account_id=grace.account_id,
            amount_cents=-35_00,
            effective_on=day,
            note="Leak allowance",
        )


def sign_ins() -> list[DemoSignIn]:
    """Who can sign in and how, and who is waiting to register."""
    return [
        DemoSignIn("Alice, resident", "alice@example.com", "riverbend-alice", "418 Oak Street; a bill is due"),
        DemoSignIn("Bob, Alice's helper", "bob@example.com", "riverbend-bob", "may view, for 90 days"),
        DemoSignIn("Charlie, resident", "charlie@example.com", "riverbend-charlie", "past due: a payment came back"),
        DemoSignIn("Lucía, resident", "lucia@example.com", "riverbend-lucia", "in Spanish; autopay"),
        DemoSignIn("Grace, resident", "grace@example.com", "riverbend-grace", "in credit; her water never stops"),
        DemoSignIn("Frank, resident", "frank@example.com", "riverbend-frank", "moved: an old account and a new one"),
        DemoSignIn("Theo, resident", "theo@example.com", "riverbend-theo", "no gas; electricity by time of use"),
        DemoSignIn("Landlord", "landlord@example.com", "riverbend-landlord", "eight units at 77 Mill Street"),
        DemoSignIn("Business", "millrace@example.com", "riverbend-millrace", "a coffee roaster with three meters"),
        DemoSignIn("Dana, staff", "dana@example.com", "riverbend-dana", "staff pages at /staff/; proposes rates"),
        DemoSignIn("Eli, staff", "eli@example.com", "riverbend-eli", "staff too; approves the rates Dana proposes"),
        DemoSignIn(
            "Try registering", "harriet@example.com", "",
            f"604 Maple Avenue, ZIP {ZIP5}; the code arrives in the demo inbox",
        ),
    ]  # fmt: skip


@transaction.atomic
def make_logins(plan: Plan, group: Sequence[Member]) -> int:
    """The cast's logins and what each may see, since the portal opened. Returns how many logins."""
    opened = plan.at(plan.today - timedelta(days=PORTAL_OPEN_DAYS), 8)
    logins: dict[str, Login] = {}
    with clock_at(opened):
        for person in sign_ins():
            if person.password:
                logins[person.email] = create_login(
                    email=person.email,
                    password=person.password,
                    display_name=_display_name(person, group),
                    language="es" if person.email.startswith(_LUCIA) else "en",
                    now=opened,
                    is_staff=person.email in _STAFF,
                    staff_rights=_STAFF.get(person.email, ()),
                )
        for member in group:
            login = logins.get(member.household.email)
            if login is not None:
                grant(login_id=login.pk, account=member.account, role=Role.OWNER, now=opened)
    alice = next(member for member in group if member.household.key == _ALICE)
    grant(
        login_id=logins["bob@example.com"].pk,
        account=alice.account,
        role=Role.HELPER_VIEW,
        now=clock.now(),
        until=clock.now() + timedelta(days=_HELP_DAYS),
        granted_by_id=logins["alice@example.com"].pk,
    )
    return len(logins)


def _display_name(person: DemoSignIn, group: Sequence[Member]) -> str:
    for member in group:
        household = member.household
        if household.email == person.email:
            return household.organisation or f"{household.given_name} {household.family_name}"
    return {
        "bob@example.com": "Bob Tanaka",
        "dana@example.com": "Dana Whitfield",
        "eli@example.com": "Eli Brandt",
    }[person.email]
