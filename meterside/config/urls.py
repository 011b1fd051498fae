"""Which page answers which address. Pages keep their own `urls.py`; this only gathers them."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
