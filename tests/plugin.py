"""Loaded before Django's settings: says that this is a test run."""

import os

os.environ["METERSIDE_ENV"] = "test"
for _name in ("DATABASE_URL", "DATABASE_OWNER_URL", "SECRET_KEY", "PAYMENT_GATEWAY", "MESSAGE_CHANNEL"):
    os.environ.pop(_name, None)
