"""What people set and were told about many accounts, and what the utility set of leaks, to judge alerts by."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from meterside.contracts.cis import AccountRef

from .choices import Choice, choices_from
from .models import AlertSetting, LeakExemption, LeakRate
from .queries import AlertView, Household, choice, households_of, open_alerts

#: From which flow an hour water that never stops is a leak, by class of customers, where the utility set nothing.
_DEFAULT_LEAK_GALLONS = {"residential": Decimal(2)}
_OTHER_LEAK_GALLONS = Decimal(10)


class Watched:
    """Some accounts as their people have them, in five queries."""

    def __init__(self, accounts: Sequence[AccountRef]) -> None:
        self._households = households_of(accounts)
        self._alerts: dict[AccountRef, list[AlertView]] = {}
        for alert in open_alerts(accounts):
            self._alerts.setdefault(alert.account, []).append(alert)
        self._choices: dict[tuple[int, AccountRef], list[Choice]] = {}
        for row in AlertSetting.objects.filter(account_ref__in=list(accounts)):
            self._choices.setdefault((row.login_id, AccountRef(row.account_ref)), []).append(choice(row))
        self._leak_gallons = dict(LeakRate.objects.values_list("customer_class", "gallons_an_hour"))
        self._exempt = frozenset(LeakExemption.objects.values_list("service_ref", flat=True))

    def household(self, account: AccountRef) -> Household | None:
        """What is known of the household, or None where nothing was given."""
        return self._households.get(account)

    def open_alerts(self, account: AccountRef) -> Sequence[AlertView]:
        """What is open for anybody about the account."""
        return self._alerts.get(account, ())

    def choices(
        self, *, login_id: int, account: AccountRef, commodities: frozenset[str], is_owner: bool
    ) -> tuple[Choice, ...]:
        """Every kind of alert as it stands for a person and account."""
        kept = self._choices.get((login_id, account), ())
        return choices_from(kept, commodities=commodities, is_owner=is_owner)

    def leak_gallons(self, customer_class: str) -> Decimal:
        """From which flow an hour water that never stops is a leak, for a class of customers."""
        usual = _DEFAULT_LEAK_GALLONS.get(customer_class, _OTHER_LEAK_GALLONS)
        return self._leak_gallons.get(customer_class, usual)

    def is_exempt_from_leaks(self, service: UUID) -> bool:
        """Whether the utility says that this service's water runs all day by its nature."""
        return service in self._exempt
