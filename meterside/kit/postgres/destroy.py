"""`python -m meterside.kit.postgres.destroy FOLDER...`: stop embedded servers and delete their data."""

from __future__ import annotations

import sys
from pathlib import Path

from meterside.kit.postgres.server import EmbeddedPostgres


def main() -> None:
    for folder in sys.argv[1:]:
        EmbeddedPostgres(Path(folder)).destroy()


if __name__ == "__main__":
    main()
