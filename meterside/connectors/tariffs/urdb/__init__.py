"""Utility Rate Database (URDB) files, as OpenEI publishes them in JSON."""

from meterside.connectors.tariffs.urdb.mapping import import_urdb

__all__ = ["import_urdb"]
