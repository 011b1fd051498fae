"""How accounts answer to the weather, worked out anew as bills come."""

from __future__ import annotations

from procrastinate.blueprints import Blueprint

from meterside.cis.billing.inputs.weather_fit import fit_due_responses
from meterside.spine.actor import Actor, acting

blueprint = Blueprint()


@blueprint.periodic(cron="10 4 * * *")
@blueprint.task(name="responses", queueing_lock="weather:responses")
def work_out_responses(timestamp: int) -> None:
    """Every night: agreements with a new bill, where a weather station is known."""
    with acting(Actor("system", "weather")):
        fit_due_responses()
