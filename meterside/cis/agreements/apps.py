from django.apps import AppConfig


class CisAgreementsConfig(AppConfig):
    name = "meterside.cis.agreements"
    label = "cis_agreements"
