"""The `meterside` command on the billing system of troubled.py."""

from __future__ import annotations

from functools import lru_cache

from meterside import wiring
from meterside.cli import main
from meterside.contracts.cis import Cis


@lru_cache
def troubled_cis() -> Cis:
    """Imported late: its models need the settings that the command reads."""
    from tests.browser.troubled import TroubledCis

    return TroubledCis()


if __name__ == "__main__":
    wiring.cis = troubled_cis
    main()
