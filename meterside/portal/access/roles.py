"""Roles, and what each lets a person do with an account."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """A login's part in an account. Helpers are let in by an owner, and out again at any time."""

    OWNER = "owner"
    HELPER_VIEW = "helper_view"
    HELPER_PAY = "helper_pay"
    HELPER_FULL = "helper_full"


HELPER_ROLES = (Role.HELPER_VIEW, Role.HELPER_PAY, Role.HELPER_FULL)


class Right(StrEnum):
    """What a page asks of the person: to read, to pay, to change things, to let others in."""

    VIEW = "view"
    PAY = "pay"
    MANAGE = "manage"
    SHARE = "share"


RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.OWNER: frozenset(Right),
    Role.HELPER_FULL: frozenset({Right.VIEW, Right.PAY, Right.MANAGE}),
    Role.HELPER_PAY: frozenset({Right.VIEW, Right.PAY}),
    Role.HELPER_VIEW: frozenset({Right.VIEW}),
}
