"""Open Water Rate Specification (OWRS) files."""

from meterside.connectors.tariffs.owrs.mapping import import_owrs

__all__ = ["import_owrs"]
