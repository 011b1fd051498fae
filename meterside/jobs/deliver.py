"""Delivers the outbox: each topic has one handler, found by name; an unknown topic waits and is logged."""

from __future__ import annotations

from collections.abc import Callable

from procrastinate.blueprints import Blueprint

from meterside.spine import outbox

Handler = Callable[[outbox.Envelope], None]
blueprint = Blueprint()
_handlers: dict[str, Handler] = {}


class NoHandler(LookupError):
    """Nobody delivers messages of this topic; the message waits."""


def handles(topic: str) -> Callable[[Handler], Handler]:
    """Declare the handler of one topic."""

    def declare(handler: Handler) -> Handler:
        if topic in _handlers:
            raise ValueError(f"two handlers for topic {topic!r}")
        _handlers[topic] = handler
        return handler

    return declare


def hand_over(envelope: outbox.Envelope) -> None:
    """Give a message to its topic's handler; raises NoHandler when there is none."""
    handler = _handlers.get(envelope.topic)
    if handler is None:
        raise NoHandler(envelope.topic)
    handler(envelope)


@blueprint.task(name="outbox", queueing_lock=outbox.DELIVER_JOB, pass_context=False)
def deliver_outbox() -> None:
    """Deliver what waits; a full batch starts another run at once."""
    if outbox.deliver_waiting(hand_over, limit=500) >= 500:
        deliver_outbox.defer()


@blueprint.periodic(cron="* * * * *")
@blueprint.task(name="outbox_every_minute", queueing_lock="deliver:every_minute")
def deliver_every_minute(timestamp: int) -> None:
    """Deliver retries whose time has come, and anything whose wake-up call was lost."""
    outbox.deliver_waiting(hand_over, limit=5000)
