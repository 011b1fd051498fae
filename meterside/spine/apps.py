from django.apps import AppConfig


class SpineConfig(AppConfig):
    name = "meterside.spine"
    label = "spine"
