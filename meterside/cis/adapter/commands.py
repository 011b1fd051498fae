"""Commands: an outbox row with the caller's id, applied and marked delivered in the same transaction."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from uuid import UUID

from django.db import connection, transaction

from meterside.cis.ledger import operations as ledger
from meterside.contracts.cis import (
    Command,
    CommandConflict,
    CommandState,
    CommandStatus,
    NoSuchAccount,
    PostPayment,
    ReturnPayment,
    SettlePayment,
)
from meterside.spine import outbox
from meterside.spine.models import OutboxMessage

from .overview import account_id


def post_payment(command: PostPayment) -> CommandStatus:
    """Post to clearing, effective when the customer paid. Raises CommandConflict."""

    def apply() -> None:
        ledger.post_payment(
            payment_id=command.payment_id,
            account_id=account_id(command.account),
            amount_cents=command.amount_cents,
            paid_at=command.paid_at,
            channel=command.channel,
            tender=command.tender,
            tender_label=command.tender_label,
            reference=command.reference,
        )

    return _once(Command.POST_PAYMENT, command, apply)


def settle_payment(command: SettlePayment) -> CommandStatus:
    """Clearing to bank."""
    return _once(
        Command.SETTLE_PAYMENT,
        command,
        lambda: ledger.settle_payments([command.payment_id], settled_at=command.settled_at),
    )


def return_payment(command: ReturnPayment) -> CommandStatus:
    """Reverse: the debt stands again."""
    return _once(
        Command.RETURN_PAYMENT,
        command,
        lambda: ledger.return_payment(
            payment_id=command.payment_id, returned_at=command.returned_at, reason=command.reason
        ),
    )


def _once(
    name: Command, command: PostPayment | SettlePayment | ReturnPayment, apply: Callable[[], None]
) -> CommandStatus:
    payload = json.loads(json.dumps(asdict(command), default=str))
    with transaction.atomic():
        _lock(command.command_id)
        known = OutboxMessage.objects.filter(message_id=command.command_id).first()
        if known is not None:
            if known.topic != name or known.payload != payload:
                raise CommandConflict(str(command.command_id))
            return CommandStatus(command.command_id, CommandState.APPLIED)
        try:
            with transaction.atomic():
                apply()
                outbox.put(topic=name, payload=payload, message_id=command.command_id, delivered=True)
        except (
            ledger.PaymentAlreadyPosted,
            ledger.PaymentAlreadySettled,
            ledger.PaymentAlreadyReturned,
        ) as done:
            return CommandStatus(command.command_id, CommandState.REFUSED, f"already done: {done}")
        except NoSuchAccount as error:
            return CommandStatus(command.command_id, CommandState.REFUSED, f"no account {error}")
        except ledger.LedgerError as error:
            return CommandStatus(command.command_id, CommandState.REFUSED, str(error))
    return CommandStatus(command.command_id, CommandState.APPLIED)


def _lock(command_id: UUID) -> None:
    """Two workers with the same command: the second waits, then finds it done."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"command {command_id}"])
