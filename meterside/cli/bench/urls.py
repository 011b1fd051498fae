"""The product's addresses and one more: the least a signed-in page can do, the floor of the others."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import path

from meterside.config.urls import handler400, handler403, handler404, handler500
from meterside.config.urls import urlpatterns as product
from meterside.portal.access.models import AccountAccess

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


@login_required
def bare(request: HttpRequest) -> HttpResponse:
    """Same middleware, same session, same person, one indexed query, no template."""
    count = AccountAccess.objects.filter(login_id=request.user.pk or 0).count()
    return HttpResponse(f"<!doctype html><title>bare</title><p>{count}")


urlpatterns = [path("bench/bare/", bare), *product]
