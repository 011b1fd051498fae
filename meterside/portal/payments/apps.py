from django.apps import AppConfig


class PortalPaymentsConfig(AppConfig):
    name = "meterside.portal.payments"
    label = "portal_payments"
