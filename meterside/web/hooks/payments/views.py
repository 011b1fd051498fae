"""A gateway's message arrives: checked, kept, answered. Acting on it is a job's work."""

from __future__ import annotations

import logging

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from meterside import wiring
from meterside.contracts.payments import WebhookRefused
from meterside.journeys import pay_bill
from meterside.kit import clock
from meterside.spine.actor import Actor, acting

log = logging.getLogger(__name__)
MAX_BYTES = 64 * 1024


@csrf_exempt
@require_POST
def payment_message(request: HttpRequest, gateway: str) -> HttpResponse:
    """200 when the message is kept (also the second time), 413 when too long, 400 when it is not to be trusted.

    The answer never says what was wrong: that is for our log, not for whoever tries.
    """
    connected = wiring.payment_gateway()
    if connected is None or connected.name != gateway:
        raise Http404
    if _length(request) > MAX_BYTES:
        return HttpResponse(status=413)
    body = request.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        return HttpResponse(status=413)
    try:
        with acting(Actor("system", f"hook:{gateway}")):
            pay_bill.receive_message(gateway=connected, headers=request.headers, body=body, now=clock.now())
    except WebhookRefused as refusal:
        log.warning("a message to %s was refused: %s: %s", gateway, type(refusal).__name__, refusal.reason)
        return HttpResponse(status=400)
    return HttpResponse(status=200)


def _length(request: HttpRequest) -> int:
    """The length its sender claims; 0 where none is said."""
    claimed = request.headers.get("Content-Length", "")
    return int(claimed) if claimed.isascii() and claimed.isdigit() and len(claimed) < 20 else 0
