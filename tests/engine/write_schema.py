"""Writes the published schemas of tariff and policy documents anew: ``python -m tests.engine.write_schema``."""

from __future__ import annotations

import json
from pathlib import Path

import meterside.engine
from meterside.engine.policy_schema import policy_schema
from meterside.engine.tariff.schema import tariff_schema

FILE = Path(meterside.engine.__file__).parent / "schema" / "tariff.schema.json"
POLICY_FILE = FILE.with_name("policy.schema.json")


def schema_text() -> str:
    """What the file holds."""
    return json.dumps(tariff_schema(), indent=2, ensure_ascii=False) + "\n"


def policy_schema_text() -> str:
    """What the file of policies holds."""
    return json.dumps(policy_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(schema_text(), encoding="utf-8")
    POLICY_FILE.write_text(policy_schema_text(), encoding="utf-8")
