from django.urls import path

from .views import describe, push

urlpatterns = [
    path("api/v1/meter-reads/", push, name="api_push_meter_reads"),
    path("api/v1/meter-reads/openapi.json", describe, name="api_meter_reads_description"),
]
