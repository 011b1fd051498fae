"""`meterside worker`: the background work, from the queue in the database."""

from __future__ import annotations

import click

from meterside.cli.database import prepare_django

# Waits for running jobs when asked to stop; a job cut off here is taken up again, for it is safe to repeat.
_GRACE_S = 8.0


@click.command()
@click.option(
    "--concurrency",
    type=click.IntRange(1, 64),
    default=4,
    show_default=True,
    envvar="METERSIDE_WORKER_CONCURRENCY",
    help="Jobs at a time. More machines may run more workers.",
)
@click.option("--queue", "queues", multiple=True, help="Only this queue (may be given again). Default: all.")
@click.option("--once", is_flag=True, help="Do what is waiting, then end.")
def worker_command(concurrency: int, queues: tuple[str, ...], once: bool) -> None:
    """Do the background work: deliver, send, bill, sweep. Ends on Ctrl-C or SIGTERM, after the running jobs.

    Exit codes: 0 ended as asked, 3 the database cannot be reached.
    """
    prepare_django()
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    connector = app.connector
    if not isinstance(connector, DjangoConnector):
        raise TypeError("the queue is not set up on Django's database")
    with app.replace_connector(connector.get_worker_connector()) as worker_app:
        worker_app.run_worker(
            concurrency=concurrency,
            queues=queues or None,
            wait=not once,
            shutdown_graceful_timeout=_GRACE_S,
            delete_jobs="successful",
        )
