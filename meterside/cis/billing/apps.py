from django.apps import AppConfig


class CisBillingConfig(AppConfig):
    name = "meterside.cis.billing"
    label = "cis_billing"
