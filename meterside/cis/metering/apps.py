from django.apps import AppConfig


class CisMeteringConfig(AppConfig):
    name = "meterside.cis.metering"
    label = "cis_metering"
