from django.apps import AppConfig


class PortalIdentityConfig(AppConfig):
    name = "meterside.portal.identity"
    label = "portal_identity"
