from django.apps import AppConfig


class CisStudiesConfig(AppConfig):
    name = "meterside.cis.studies"
    label = "cis_studies"
