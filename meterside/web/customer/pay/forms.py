"""What comes from the pay pages' forms: a typed amount, and a signed order that nobody can alter."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from django import forms
from django.conf import settings
from django.core import signing
from django.utils.translation import gettext as _

from meterside.contracts.cis import AccountRef
from meterside.engine.money import MoneyErrorKind, MoneyParseError, parse_typed_cents
from meterside.kit.ids import new_secret
from meterside.web.design.formats import money

_SALT = "meterside.pay.order"
_LASTS_S = 30 * 60
_TYPED_MAX_CHARS = 30


class UnusableOrder(Exception):
    """The order is too old, altered, or another person's."""


class AmountForm(forms.Form):
    """The amount as a person types it; `cents` after validation. One kind of fault, one sentence."""

    amount = forms.CharField(required=False, strip=True, max_length=None)
    cents: int = 0

    def clean_amount(self) -> str:
        typed: str = self.cleaned_data["amount"]
        maximum = settings.PAYMENTS.maximum_cents
        try:
            if len(typed) > _TYPED_MAX_CHARS:
                raise MoneyParseError(MoneyErrorKind.NOT_A_NUMBER, typed)
            self.cents = parse_typed_cents(typed, max_cents=maximum)
        except MoneyParseError as error:
            raise forms.ValidationError(_sentence(error.kind, maximum)) from error
        return typed


def _sentence(kind: MoneyErrorKind, maximum_cents: int) -> str:
    sentences = {
        MoneyErrorKind.EMPTY: _("Enter the amount you want to pay."),
        MoneyErrorKind.NOT_A_NUMBER: _("Enter the amount in numbers, like 85.50."),
        MoneyErrorKind.EXPONENT: _("Enter the amount in numbers, like 85.50."),
        MoneyErrorKind.GROUPING: _("Enter the amount like 1234.56 or 1,234.56."),
        MoneyErrorKind.TOO_MANY_DECIMALS: _("Enter dollars and cents, with two digits after the point."),
        MoneyErrorKind.NEGATIVE: _("Enter an amount above zero, without a minus sign."),
        MoneyErrorKind.ZERO: _("Enter an amount above zero."),
        MoneyErrorKind.TOO_LARGE: _("You can pay at most %(amount)s here at once.")
        % {"amount": money(maximum_cents)},
    }
    return sentences[kind]


@dataclass(frozen=True, slots=True)
class SignedOrder:
    """What a person agreed to on the page: account, amount, and the key that makes it one payment.

    `knows_of` is the equal payment they were told of.
    """

    account: AccountRef
    amount_cents: int
    key: str
    knows_of: UUID | None = None

    def told_of(self, attempt_id: UUID) -> SignedOrder:
        """The same order by someone who knows of that payment."""
        return replace(self, knows_of=attempt_id)


def new_order(account: AccountRef, amount_cents: int) -> SignedOrder:
    """An order with a key of its own."""
    return SignedOrder(account=account, amount_cents=amount_cents, key=new_secret(16))


def signed(order: SignedOrder, *, login_id: int) -> str:
    """The order as text for an address or a form; only this person can use it, for half an hour."""
    told = [str(order.account), order.amount_cents, order.key, str(order.knows_of or ""), login_id]
    return signing.dumps(told, salt=_SALT)


def read_order(text: str, *, login_id: int) -> SignedOrder:
    """The order that was signed. Raises UnusableOrder."""
    try:
        account, amount_cents, key, knows_of, owner = signing.loads(text, salt=_SALT, max_age=_LASTS_S)
    except signing.BadSignature as error:
        raise UnusableOrder(type(error).__name__) from error
    if owner != login_id:
        raise UnusableOrder("another person's")
    return SignedOrder(
        account=AccountRef(UUID(account)),
        amount_cents=amount_cents,
        key=key,
        knows_of=UUID(knows_of) if knows_of else None,
    )
