from django.apps import AppConfig


class CisRegistryConfig(AppConfig):
    name = "meterside.cis.registry"
    label = "cis_registry"
