"""Paying a bill: from the question what is owed to money that is with the utility, or is not.

ask -> confirm -> (the gateway's own page) -> come_back, and beside it the gateway's messages
(receive_message, process_messages) and our own questions (ask_again). Whichever hears first that a payment
was accepted posts it; the others find it done. See docs/algorithms/payment-lifecycle.md.
"""

from .asking import PayQuestion, ask
from .catching_up import ChargeMismatch, PostingRefused, catch_up
from .confirming import Confirmed, Order, confirm, continue_payment
from .messages import process_messages, receive_message
from .returning import ask_again, come_back

__all__ = [
    "ChargeMismatch",
    "Confirmed",
    "Order",
    "PayQuestion",
    "PostingRefused",
    "ask",
    "ask_again",
    "catch_up",
    "come_back",
    "confirm",
    "continue_payment",
    "process_messages",
    "receive_message",
]
