from django.apps import AppConfig


class PortalNoticesConfig(AppConfig):
    name = "meterside.portal.notices"
    label = "portal_notices"
