"""The Django app that carries the design system; it has no models."""

from __future__ import annotations

from django.apps import AppConfig


class DesignConfig(AppConfig):
    name = "meterside.web.design"
    label = "web_design"
    verbose_name = "Design system"

    def ready(self) -> None:
        """Reading the language of the moment is what a page does most often."""
        from meterside.web.design import active_language

        active_language.install()
