"""Downloads of a customer's own use: CSV, a workbook, Green Button (Download My Data)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid5

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from meterside import wiring
from meterside.contracts.usage import ServiceRef
from meterside.journeys.export_usage import UseToExport, gather, write_csv, write_feed, write_xlsx
from meterside.journeys.export_usage.gather import CannotExport
from meterside.journeys.watch_usage.words import tabs_of
from meterside.kit import clock
from meterside.portal.access.roles import Right
from meterside.web.customer import CustomerRequest, customer_view

from .asking import from_cis
from .forms import CSV, GREEN_BUTTON, XLSX, DownloadForm

_ONE_DAY = timedelta(days=1)
_TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    GREEN_BUTTON: "application/atom+xml",
}


@require_safe
@customer_view(right=Right.VIEW)
@from_cis
def choose(request: CustomerRequest, service: UUID) -> HttpResponse:
    """Which days, and as which file."""
    return _form(request, ServiceRef(service), DownloadForm(None, today=clock.today(settings.UTILITY.zone)))


@require_safe
@customer_view(right=Right.VIEW)
@from_cis
def file(request: CustomerRequest, service: UUID) -> HttpResponse:
    """The file; the form again where it was not rightly asked for."""
    ref = ServiceRef(service)
    form = DownloadForm(request.GET, today=clock.today(settings.UTILITY.zone))
    if not form.is_valid():
        return _form(request, ref, form)
    asked = form.cleaned_data
    use = gather(
        wiring.cis(), request.portal.account_ref, ref, start=asked["first"], end=asked["last"] + _ONE_DAY
    )
    try:
        body = _body(use, asked["kind"])
    except CannotExport:
        form.add_error("kind", _("Green Button has no word for the unit of this meter. Choose another file."))
        return _form(request, ref, form)
    name = f"{use.service.commodity}-{asked['first']}-{asked['last']}.{asked['kind']}"
    return HttpResponse(
        body,
        content_type=_TYPES[asked["kind"]],
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
        },
    )


def _body(use: UseToExport, kind: str) -> bytes:
    if kind == CSV:
        return write_csv(use)
    if kind == XLSX:
        return write_xlsx(use)
    feed_id = uuid5(use.service.ref, f"{use.start} {use.end}")
    return write_feed([use.point()], title=settings.UTILITY.name, feed_id=feed_id, updated=clock.now())


def _form(request: CustomerRequest, ref: ServiceRef, form: DownloadForm) -> HttpResponse:
    today = clock.today(settings.UTILITY.zone)
    view = wiring.cis().use_by_period(request.portal.account_ref, ref, today=today, limit=1)
    context = {
        "nav_current": "usage",
        "service": view.service,
        "tabs": tabs_of(view.services, view.service.ref),
        "form": form,
        "today": today,
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "customer/usage/download.html", context, status=status)
