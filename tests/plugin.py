"""Loaded before Django's settings: says that this is a test run, and the same one each time."""

import os

from hypothesis import settings

os.environ["METERSIDE_ENV"] = "test"
for _name in ("DATABASE_URL", "DATABASE_OWNER_URL", "SECRET_KEY", "PAYMENT_GATEWAY", "MESSAGE_CHANNEL"):
    os.environ.pop(_name, None)

# The same examples every time, so that a red run is the change's; `--hypothesis-profile explore` looks further.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=2_000, deadline=None)
settings.load_profile("steady")
