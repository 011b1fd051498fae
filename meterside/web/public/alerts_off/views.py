"""Switching one kind of alert off by the link of a message, without signing in.

Opening the link changes nothing, for mail programs open links; the button does. The page says nothing of the account.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from meterside.engine.alert import AlertKind
from meterside.journeys.watch_usage.alerts import read_off_link, switch_off
from meterside.journeys.watch_usage.alerts.off import BadLink


@never_cache
@require_http_methods(["GET", "POST"])
def off(request: HttpRequest, token: str) -> HttpResponse:
    """Ask once, then switch it off."""
    try:
        link = read_off_link(token)
    except BadLink:
        return render(request, "public/alerts_off/off.html", {"state": "bad", "kind": ""}, status=404)
    state = "ask"
    if request.method == "POST":
        switch_off(link)
        state = "done"
    return render(request, "public/alerts_off/off.html", {"state": state, "kind": _kind(link.kind)})


def _kind(kind: AlertKind) -> str:
    return {
        AlertKind.LEAK: _("possible leaks"),
        AlertKind.SPIKE: _("days of much more than usual"),
        AlertKind.STOP: _("days when nothing is used"),
        AlertKind.USE_DAY: _("days over a limit"),
        AlertKind.USE_PERIOD: _("bill periods over a limit"),
        AlertKind.BILL: _("bills over an amount"),
        AlertKind.EARLY: _("bills that are likely to be high"),
        AlertKind.PEAK: _("use at the busiest hours"),
    }[kind]
