"""Utility Rate Database (URDB) files, as OpenEI publishes them in JSON."""

from meterside.connectors.tariffs.urdb.export import export_urdb, urdb_json
from meterside.connectors.tariffs.urdb.mapping import import_urdb

__all__ = ["export_urdb", "import_urdb", "urdb_json"]
