"""What can go wrong with the embedded server, said in one line."""


class PostgresUnavailable(Exception):
    """The embedded PostgreSQL cannot be started or used; the message is one clear line for a person."""
