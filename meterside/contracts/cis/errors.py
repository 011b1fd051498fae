"""What a CIS refuses, or cannot do."""

from __future__ import annotations


class CisError(Exception):
    """Something the CIS refused or could not do; the message is for engineers, not for customers."""


class NoSuchAccount(CisError):
    """No account has that reference."""


class NoSuchBill(CisError):
    """That account has no bill with that reference."""


class NoSuchService(CisError):
    """That account has no metered service with that reference, or none at all."""


class NoSuchPeriod(CisError):
    """No bill period of that service has that day."""


class CisUnavailable(CisError):
    """The CIS did not answer in time. Ask again later; a command may or may not have arrived."""


class CommandConflict(CisError):
    """A command id was used again with other content."""
