from django.apps import AppConfig


class CisLedgerConfig(AppConfig):
    name = "meterside.cis.ledger"
    label = "cis_ledger"
