from django.apps import AppConfig


class SandboxConfig(AppConfig):
    name = "meterside.connectors.payments.sandbox"
    label = "sandbox"
