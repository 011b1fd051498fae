"""What `meterside demo` calls to fill its database."""

from meterside.jobs.demo.cast import DemoSignIn
from meterside.jobs.demo.seeding import seed_cast

__all__ = ["DemoSignIn", "seed_cast"]
