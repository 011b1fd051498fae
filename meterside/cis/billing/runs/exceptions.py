"""The queue of bill exceptions: people accept, correct or hold what a run found. And the tolerances, as data."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from meterside.spine import audit

from ..lifecycles import ExceptionStatus, RunStatus
from ..models import BillException, BillRun, BillTolerance
from .checks import ACCEPTABLE
from .exception_rows import move_exceptions
from .operations import add_chunks, move_run, wake_run


class CannotAccept(Exception):
    """It cannot be billed as it is: its cause has to be mended."""


class ReasonNeeded(Exception):
    """Nobody is kept waiting without a reason that others can read."""


@transaction.atomic
def set_tolerance(
    *,
    kind: str,
    since: date,
    service: str = "",
    customer_class: str = "",
    percent: int | None = None,
    least_units: int = 0,
    reason: str = "",
) -> BillTolerance:
    """From a day on, look at bills of this service and class for this; an earlier tolerance ends before it.

    Raises IntegrityError for an unknown kind, a per cent that makes no sense, or a day before the last change.
    """
    of_this = BillTolerance.objects.select_for_update().filter(
        kind=kind, service=service, customer_class=customer_class, during__contains=since
    )
    for row in of_this.exclude(during__startswith=since):
        row.during = DateRange(row.during.lower, since)
        row.save(update_fields=["during"])
    tolerance = BillTolerance.objects.create(
        kind=kind,
        service=service,
        customer_class=customer_class,
        during=DateRange(since, None),
        percent=percent,
        least_units=least_units,
    )
    audit.record(
        action="bill_tolerance.set",
        subject_type="bill_tolerance",
        subject_id=tolerance.pk,
        kind=kind,
        service=service,
        customer_class=customer_class,
        percent=percent,
        least_units=least_units,
        reason=reason,
    )
    return tolerance


@transaction.atomic
def accept_exception(exception_id: int, *, reason: str = "") -> BillException:
    """It is right as it is: the account is billed in the same run.

    Raises CannotAccept, MoveNotAllowed, BillException.DoesNotExist.
    """
    found = BillException.objects.select_for_update().get(pk=exception_id)
    if found.kind not in ACCEPTABLE:
        raise CannotAccept(found.kind)
    return _decide(found, ExceptionStatus.ACCEPTED, reason)


@transaction.atomic
def correct_exception(exception_id: int, *, reason: str) -> BillException:
    """Its cause is mended: the account is tried again in the same run.

    Raises ReasonNeeded, MoveNotAllowed, BillException.DoesNotExist.
    """
    found = BillException.objects.select_for_update().get(pk=exception_id)
    _need(reason)
    return _decide(found, ExceptionStatus.CORRECTED, reason)


@transaction.atomic
def hold_exception(exception_id: int, *, reason: str) -> BillException:
    """Somebody looks into it; until it is decided the account has no bill. Raises as `correct_exception`."""
    found = BillException.objects.select_for_update().get(pk=exception_id)
    _need(reason)
    return _decide(found, ExceptionStatus.HELD, reason)


def _need(reason: str) -> None:
    if not reason.strip():
        raise ReasonNeeded


def _decide(found: BillException, status: ExceptionStatus, reason: str) -> BillException:
    move_exceptions([found], status, reason)
    audit.record(
        action=f"bill_exception.{status}",
        subject_type="bill_exception",
        subject_id=found.pk,
        kind=found.kind,
        account=found.account_id,
        reason=reason,
    )
    if status != ExceptionStatus.HELD and found.run_id is not None:
        _try_again(found.run_id, found.account_id)
    return found


def _try_again(run_id: int, account_id: int) -> None:
    """The account comes into the run once more, behind all others; a run that is done goes on for it."""
    run = BillRun.objects.select_for_update().get(pk=run_id)
    if run.status not in (RunStatus.RUNNING, RunStatus.STOPPED, RunStatus.DONE):
        return
    add_chunks(run, [account_id])
    if run.status == RunStatus.DONE:
        move_run(run, RunStatus.RUNNING, reason="an exception was decided")
    if run.status == RunStatus.RUNNING:
        wake_run(run.pk)
