from django.apps import AppConfig


class PortalAccessConfig(AppConfig):
    name = "meterside.portal.access"
    label = "portal_access"
