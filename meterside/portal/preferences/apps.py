from django.apps import AppConfig


class PortalPreferencesConfig(AppConfig):
    name = "meterside.portal.preferences"
    label = "portal_preferences"
