"""How far the demo's past has been made: how many bills, at which pace, and for how long still."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from meterside.kit import clock
from meterside.spine import steps
from meterside.web.demo.inbox.views import demo_only

_RELOAD_S: Final = 2
#: Steps take a second or two; after this long without one, nobody is at work.
_STANDS_STILL_AFTER: Final = timedelta(seconds=30)


@demo_only
@never_cache
@require_safe
def progress(request: HttpRequest) -> HttpResponse:
    """The page looks again by itself while there is something to wait for (components/progress)."""
    found = steps.progress(steps.DEMO_PAST)
    stands_still = found.last_at is None or clock.now() - found.last_at > _STANDS_STILL_AFTER
    context = {
        "progress": found,
        "pace": _pace(found),
        "detail": None
        if found.is_done
        else _("Nobody is at work on it now.")
        if stands_still
        else _left(found),
        "reload_s": _RELOAD_S if found.planned and not found.is_done else None,
    }
    return render(request, "demo/progress/progress.html", context)


def _pace(found: steps.Progress) -> str:
    if not found.units_per_s or found.is_done:
        return ""
    each_second = round(found.units_per_s)
    return ngettext("%(count)s bill a second", "%(count)s bills a second", each_second) % {
        "count": each_second
    }


def _left(found: steps.Progress) -> str:
    seconds = found.left_s
    if seconds is None:
        return _("Just begun.")
    if seconds < 60:
        return ngettext("About %(count)s second left.", "About %(count)s seconds left.", seconds) % {
            "count": seconds
        }
    minutes = -(-seconds // 60)
    return ngettext("About %(count)s minute left.", "About %(count)s minutes left.", minutes) % {
        "count": minutes
    }
