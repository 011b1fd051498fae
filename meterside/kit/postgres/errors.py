"""What can go wrong with a server, said in one line."""


class PostgresUnavailable(Exception):
    """The embedded PostgreSQL cannot be started or used; the message is one clear line for a person."""


def in_one_line(error: BaseException) -> str:
    """The reason within libpq's words, which tell host, port and advice on several lines."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    failed = [line.rpartition("failed: ")[2] for line in lines if "failed: " in line]
    return (failed or lines or [type(error).__name__])[0]
