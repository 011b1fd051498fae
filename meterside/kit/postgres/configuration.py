"""The embedded server's own settings."""

from __future__ import annotations

from pathlib import Path

ACCESS = """\
# Written at every start. Nobody is trusted: a password over 127.0.0.1, and no other way in.
host all all 127.0.0.1/32 scram-sha-256
"""

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "max_wal_size": "2GB",
    # Nobody replicates from here, so the log carries only what recovery needs.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # Monthly partitions with their indexes: a query over two years locks many relations.
    "max_locks_per_transaction": "256",
    # A container's /dev/shm holds 64 MB, which parallel queries overrun; pages ask short questions anyway.
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    # A demo and a first import fill empty tables within seconds: until their statistics are known, plans are those of
    # empty ones.
    "autovacuum_naptime": "5s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "cluster_name": "meterside",
}
# Databases of a server that is thrown away are copied and dropped all the time, which waits for autovacuum.
_THROW_AWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum_naptime": "1min",
}


def server_configuration(*, port: int, access: Path, durable: bool) -> str:
    """The text of the server's configuration file; `durable=False` trades safety for speed (tests)."""
    settings = {**_SETTINGS, "port": str(port), "hba_file": str(access)}
    if not durable:
        settings |= _THROW_AWAY
    lines = [f"{name} = '{_quoted(value)}'" for name, value in settings.items()]
    return (
        "# Written at every start by meterside.kit.postgres; changes here are lost.\n"
        + "\n".join(lines)
        + "\n"
    )


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")
