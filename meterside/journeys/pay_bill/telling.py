"""What a payer is told by message: paid, not taken, taken back; and each time whether money moved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from babel.dates import format_date
from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from meterside.contracts.payments import Charge
from meterside.kit import clock
from meterside.portal.access.queries import people_of
from meterside.portal.access.roles import Role
from meterside.portal.identity.models import Login
from meterside.portal.notices.operations import Draft, write
from meterside.portal.payments.queries import AttemptView

from .words import method_in_words, what_helps, why_it_failed


def tell_accepted(attempt: AttemptView, charge: Charge, *, paid_at: datetime) -> None:
    """A receipt for whoever paid, in the transaction that posts the payment."""

    def words() -> tuple[str, str]:
        subject = _("We received your payment of %(amount)s") % {"amount": _money(attempt.amount_cents)}
        lines = [
            _("You paid %(amount)s on %(day)s. Thank you.")
            % {"amount": _money(attempt.amount_cents), "day": _day(paid_at)},
            _("Paid with: %(method)s") % {"method": method_in_words(charge.tender_label)},
            _("Confirmation number: %(number)s") % {"number": charge.reference},
            _("Your balance counts it already. The money takes a few days to reach us."),
            _("Your receipt: %(address)s") % {"address": _receipt(attempt)},
        ]
        return subject, _letter(lines)

    _write(attempt, "payment.accepted", words, logins=[attempt.login_id])


def tell_returned(attempt: AttemptView, charge: Charge) -> None:
    """The money did not stay: told to whoever paid, and to the account's owners, who owe it again."""

    def words() -> tuple[str, str]:
        amount = _money(attempt.amount_cents)
        subject = _("Your payment of %(amount)s did not go through") % {"amount": amount}
        reason = str(charge.reason or "")
        lines = [
            _("Your bank returned the payment of %(amount)s made on %(day)s.")
            % {"amount": amount, "day": _day(attempt.paid_at or charge.submitted_at or attempt.created_at)},
            str(why_it_failed(reason)),
            _("The money is not with us, so %(amount)s is owed again on your account.") % {"amount": amount},
            str(what_helps(reason)),
            _("Pay here: %(address)s") % {"address": settings.BASE_URL + reverse("pay")},
        ]
        return subject, _letter(lines)

    people = people_of(account=attempt.account, now=clock.now())
    owners = [person.login_id for person in people if person.role is Role.OWNER]
    _write(attempt, "payment.returned", words, logins=[attempt.login_id, *owners])


def tell_failed(attempt: AttemptView, charge: Charge) -> None:
    """Refused after the payer had left the page."""

    def words() -> tuple[str, str]:
        amount = _money(attempt.amount_cents)
        reason = str(charge.reason or "")
        subject = _("Your payment of %(amount)s was not taken") % {"amount": amount}
        lines = [
            _("The payment of %(amount)s was refused. No money moved.") % {"amount": amount},
            str(why_it_failed(reason)),
            str(what_helps(reason)),
            _("Pay here: %(address)s") % {"address": settings.BASE_URL + reverse("pay")},
        ]
        return subject, _letter(lines)

    _write(attempt, "payment.failed", words, logins=[attempt.login_id])


def _write(
    attempt: AttemptView, kind: str, words: Callable[[], tuple[str, str]], *, logins: list[int]
) -> None:
    for login in Login.objects.filter(pk__in=set(logins), is_active=True).order_by("pk"):
        with translation.override(login.language):
            subject, body = words()
        write(
            Draft(
                kind=kind,
                to=login.email,
                subject=subject,
                body=body,
                language=login.language,
                account=attempt.account,
            )
        )


def _letter(lines: list[str]) -> str:
    utility = settings.UTILITY
    foot = _("Questions? Call %(phone)s.") % {"phone": utility.phone}
    return "\n\n".join([*lines, f"{utility.name}\n{foot}"]) + "\n"


def _money(cents: int) -> str:
    return f"${cents // 100:,}.{cents % 100:02d}"


def _day(instant: datetime) -> str:
    local = instant.astimezone(settings.UTILITY.zone).date()
    return format_date(local, "long", locale=translation.get_language() or "en")


def _receipt(attempt: AttemptView) -> str:
    return settings.BASE_URL + reverse("receipt", kwargs={"payment_id": attempt.id})
