"""Background work: deliver, send, bill, sweep. Each job has a name, started by `spine.queue.defer`."""

from importlib import import_module
from pkgutil import iter_modules

from procrastinate import App


def register(app: App) -> None:
    """Procrastinate calls this when it is ready. Every module of this package brings its `blueprint`."""
    for module in iter_modules(__path__):
        app.add_tasks_from(import_module(f"{__name__}.{module.name}").blueprint, namespace=module.name)
