"""A database of a command's own on the embedded server: made new, migrated, and left for a look afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from meterside.cli.database import embedded_server, read_settings, set_up_django
from meterside.config.environment import Runtime


@contextmanager
def scratch_database(name: str) -> Iterator[None]:
    """Within the block Django works, as the application's role, on a new and migrated database `name`.

    DATABASE_URL and DATABASE_OWNER_URL name it too, for children. Raises PostgresUnavailable.
    """
    server = embedded_server(read_settings(Runtime))
    cluster = server.start()
    try:
        cluster.drop_database(name)
        urls = cluster.ensure_database(name)
        os.environ.update(DATABASE_URL=urls.app, DATABASE_OWNER_URL=urls.owner)
        set_up_django()
        from django.conf import settings
        from django.db import connections

        from meterside.config.migrating import connect_as, migrate_database

        application = dict(settings.DATABASES["default"])
        connect_as(settings.OWNER_DATABASE)
        migrate_database()
        connect_as(application)
        yield
        connections.close_all()
    finally:
        server.stop()
