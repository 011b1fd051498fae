"""Every kind of exception that rating or metering can give a bill has its words, in both languages."""

from __future__ import annotations

import re

import pytest
from django.utils import translation

from meterside.cis.billing.segments import RATING_KINDS
from meterside.config.environment import PROJECT
from meterside.web.staff.billing.words import exception_sentence, kind_words

_SAID = re.compile(r"(?:RatingError|UnableToMeasure|_Lacking)\(\s*\"([a-z_]+)\"")


def _kinds() -> list[str]:
    folders = (PROJECT / "meterside" / "engine", PROJECT / "meterside" / "cis" / "billing")
    texts = [path.read_text(encoding="utf-8") for folder in folders for path in folder.rglob("*.py")]
    found = {kind for text in texts for kind in _SAID.findall(text)}
    return sorted({RATING_KINDS.get(kind, kind) for kind in found})


def test_the_kinds_are_found() -> None:
    assert {"interval_length", "missing_intervals", "missing_series", "received_energy"} <= set(_kinds())


@pytest.mark.parametrize("kind", _kinds())
def test_a_kind_has_words_in_both_languages(kind: str) -> None:
    english = kind_words(kind)
    assert english != kind
    with translation.override("es"):
        assert kind_words(kind) not in (kind, english)


def test_what_an_interval_of_another_length_is_told_as() -> None:
    facts = {"badge": "Q", "day": "2025-01-01", "seconds": "900", "others": "3600"}
    assert exception_sentence("interval_length", facts) == (
        "Meter Q has intervals of 900 seconds on Jan 1, others have 3600."
    )
    with translation.override("es"):
        assert "intervalos de 900 segundos" in exception_sentence("interval_length", facts)


def test_what_rating_itself_found_is_said_as_it_says_it() -> None:
    for kind in ("interval_length", "missing_intervals", "missing_series"):
        assert exception_sentence(kind, {"said": "series pga has a gap"}) == "series pga has a gap"
