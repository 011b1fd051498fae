from django.urls import path

from .book import tariff, tariffs
from .comparing import accounts_csv, act_on_comparison, begin, comparison
from .series import act_on_value, one_series, propose, series
from .trying import try_it
from .uploading import upload
from .versions import act, version

urlpatterns = [
    path("staff/tariffs/", tariffs, name="staff_tariffs"),
    path("staff/tariffs/upload/", upload, name="staff_tariff_upload"),
    path("staff/tariffs/series/", series, name="staff_series"),
    path("staff/tariffs/series/propose/", propose, name="staff_series_propose"),
    path("staff/tariffs/series/<uuid:series_id>/", one_series, name="staff_one_series"),
    path("staff/tariffs/values/<uuid:proposal_id>/<slug:action>/", act_on_value, name="staff_series_act"),
    path("staff/tariffs/<uuid:tariff_id>/", tariff, name="staff_tariff"),
    path("staff/tariffs/versions/<uuid:version_id>/", version, name="staff_tariff_version"),
    path("staff/tariffs/versions/<uuid:version_id>/try/", try_it, name="staff_tariff_try"),
    path("staff/tariffs/versions/<uuid:version_id>/compare/", begin, name="staff_compare"),
    path("staff/tariffs/versions/<uuid:version_id>/<slug:action>/", act, name="staff_tariff_act"),
    path("staff/tariffs/comparisons/<uuid:comparison_id>/", comparison, name="staff_comparison"),
    path(
        "staff/tariffs/comparisons/<uuid:comparison_id>/accounts.csv",
        accounts_csv,
        name="staff_comparison_csv",
    ),
    path(
        "staff/tariffs/comparisons/<uuid:comparison_id>/<slug:action>/",
        act_on_comparison,
        name="staff_comparison_act",
    ),
]
