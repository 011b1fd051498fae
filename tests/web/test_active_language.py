"""Django's language of the moment, kept in our place: it is still Django's, and each thread has its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.utils import translation
from django.utils.translation import trans_real

from meterside.web.design.active_language import ActiveLanguage


def test_it_stands_where_django_looks() -> None:
    assert isinstance(trans_real._active, ActiveLanguage)  # type: ignore[attr-defined]
    with translation.override("es"):
        assert translation.get_language() == "es"
        assert translation.gettext("Bills") == "Facturas"


def test_what_was_active_before_comes_back_and_off_is_off() -> None:
    with translation.override("es"):
        with translation.override(None):
            assert translation.get_language() is None
            assert translation.gettext("Bills") == "Bills"
        assert translation.get_language() == "es"
    translation.deactivate()
    assert translation.get_language() == "en"


def test_a_thread_has_a_language_of_its_own() -> None:
    meeting = Barrier(2)

    def say(language: str) -> str | None:
        with translation.override(language):
            meeting.wait(10)
            return translation.get_language()

    with translation.override("es"), ThreadPoolExecutor(2) as threads:
        assert list(threads.map(say, ["en", "es"])) == ["en", "es"]
        assert threads.submit(translation.get_language).result() == "en", "a new thread begins in the default"
