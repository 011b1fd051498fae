"""Background work: deliver, send, bill, sweep. Each job is named here and started by `spine.queue.defer`."""

from procrastinate import App


def register(app: App) -> None:
    """Procrastinate calls this when its application is ready: importing the modules declares the jobs."""
    from meterside.jobs import tasks

    app.add_tasks_from(tasks.blueprint, namespace="")
