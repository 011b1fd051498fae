from django.apps import AppConfig


class CisWeatherConfig(AppConfig):
    name = "meterside.cis.weather"
    label = "cis_weather"
