"""Hands out implementations of contracts. Which connector fulfils which contract is in its manifest."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from django.conf import settings

from meterside.contracts.cis import Cis
from meterside.contracts.messaging import MessageChannel
from meterside.contracts.metering import MeterFileSource
from meterside.contracts.payments import PaymentGateway

_CONNECTORS = Path(__file__).parent / "connectors"


class NoSuchConnector(LookupError):
    """No connector of that kind has that name; the message lists those there are."""


@lru_cache
def manifest(kind: str, name: str) -> dict[str, Any]:
    """The manifest of one connector. Raises NoSuchConnector."""
    path = _CONNECTORS / kind / name / "manifest.toml"
    if not path.is_file():
        known = sorted(found.parent.name for found in (_CONNECTORS / kind).glob("*/manifest.toml"))
        raise NoSuchConnector(f"no {kind} connector named {name!r}; there are: {', '.join(known) or 'none'}")
    return tomllib.loads(path.read_text())


@lru_cache
def _make(kind: str, name: str) -> object:
    module, _, attribute = str(manifest(kind, name)["adapter"]).partition(":")
    return getattr(import_module(module), attribute)()


@lru_cache
def cis() -> Cis:
    """The customer information system: the embedded one."""
    from meterside.cis.adapter import EmbeddedCis

    return EmbeddedCis()


def payment_gateway() -> PaymentGateway | None:
    """The gateway, or None where the utility takes no payments online."""
    name = settings.PAYMENTS.gateway
    return None if name == "none" else cast(PaymentGateway, _make("payments", name))


def message_channel() -> MessageChannel:
    """The channel that carries e-mail."""
    return cast(MessageChannel, _make("messaging", settings.MESSAGING.channel))


def meter_file_sources() -> list[MeterFileSource]:
    """Every kind of meter file that can be read, in the order of their names."""
    names = sorted(found.parent.name for found in (_CONNECTORS / "metering").glob("*/manifest.toml"))
    return [cast(MeterFileSource, _make("metering", name)) for name in names]
