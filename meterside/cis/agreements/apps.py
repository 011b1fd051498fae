from django.apps import AppConfig


class CisAgreementsConfig(AppConfig):
    name = "meterside.cis.agreements"
    label = "cis_agreements"

    def ready(self) -> None:
        from meterside.cis.metering.checks.customers import answer_with

        from .customers import customers_on

        answer_with(customers_on)
