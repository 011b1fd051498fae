from django.apps import AppConfig


class CisTariffsConfig(AppConfig):
    name = "meterside.cis.tariffs"
    label = "cis_tariffs"
