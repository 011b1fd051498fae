"""Payments in the background: the gateway's messages, attempts nobody knows the end of, the sandbox's time."""

from __future__ import annotations

from procrastinate.blueprints import Blueprint

from meterside import wiring
from meterside.connectors.payments.sandbox import company, telling
from meterside.journeys import pay_bill

blueprint = Blueprint()


@blueprint.task(name="messages", queueing_lock="payments:messages")
def process_messages() -> None:
    """Act on the messages that were kept."""
    gateway = wiring.payment_gateway()
    if gateway is not None:
        pay_bill.process_messages(cis=wiring.cis(), gateway=gateway)


@blueprint.periodic(cron="* * * * *")
@blueprint.task(name="sweep", queueing_lock="payments:sweep")
def sweep(timestamp: int) -> None:
    """Act on messages whose wake-up call was lost, and ask about attempts whose turn it is."""
    gateway = wiring.payment_gateway()
    if gateway is not None:
        pay_bill.process_messages(cis=wiring.cis(), gateway=gateway)
        pay_bill.ask_again(cis=wiring.cis(), gateway=gateway)


@blueprint.task(name="sandbox_tick")
def sandbox_tick() -> None:
    """Let the sandbox's time pass: due steps, closed sessions, messages to us."""
    company.carry_out_due_steps()
    company.close_expired_sessions()
    telling.send_waiting()


@blueprint.periodic(cron="* * * * *")
@blueprint.task(name="sandbox_every_minute", queueing_lock="payments:sandbox_every_minute")
def sandbox_every_minute(timestamp: int) -> None:
    """The same each minute, for retries and lost wake-up calls; idle where the sandbox is not used."""
    gateway = wiring.payment_gateway()
    if gateway is not None and gateway.name == "sandbox":
        sandbox_tick()
