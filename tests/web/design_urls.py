"""Only the design's own pages, so that these tests need no other page to exist."""

from django.urls import include, path

handler400 = "meterside.web.design.errors.bad_request"
handler403 = "meterside.web.design.errors.forbidden"
handler404 = "meterside.web.design.errors.not_found"
handler500 = "meterside.web.design.errors.server_error"

urlpatterns = [
    path("", include("meterside.web.design.urls")),
    path("", include("meterside.web.public.display.urls")),
]
