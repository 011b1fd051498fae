"""`python -m meterside`. Old Pythons read as far as the first check, so nothing newer stands above it."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - whoever starts an older one deserves a sentence
    sys.exit(
        "Meterside needs Python 3.11 or newer; this is %d.%d (%s)"  # noqa: UP031 - read by old Pythons
        % (sys.version_info[0], sys.version_info[1], sys.executable)
    )

from meterside.cli import main

if __name__ == "__main__":
    main()
