"""Every kind of exception that rating or metering can give a bill has its words, in both languages."""

from __future__ import annotations

import ast
import re

import pytest
from django.utils import translation

from meterside.cis.billing.segments import RATING_KINDS
from meterside.config.environment import PROJECT
from meterside.web.staff.billing.exception_words import exception_sentence, kind_words
from meterside.web.staff.billing.rating_words import SENTENCES

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


def _refusals() -> list[tuple[str, str, frozenset[str]]]:
    """Each refusal in the engine's own source: kind, reason, and the names of its facts."""
    found = []
    for path in sorted((PROJECT / "meterside" / "engine").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            said = {item.arg: item.value for item in node.keywords if item.arg is not None}
            if node.func.id == "RatingError":
                kind, why = node.args[0], said.get("why")
                assert isinstance(kind, ast.Constant)
                reason, name = str(why.value) if isinstance(why, ast.Constant) else "", str(kind.value)
                found.append((RATING_KINDS.get(name, name), reason, frozenset(said)))
    return found


def test_every_refusal_of_the_engine_has_its_sentence_and_the_facts_it_needs() -> None:
    refusals = _refusals()
    assert len(refusals) > 30
    for kind, why, facts in refusals:
        sentence = SENTENCES.get((kind, why))
        assert sentence is not None, (kind, why)
        needed = set(re.findall(r"%\((\w+)\)s", str(sentence)))
        assert needed <= facts, (kind, why, needed - facts)
        told = exception_sentence(kind, dict.fromkeys(facts, "2025-01-01") | {"why": why, "said": "English"})
        assert told not in ("", "English")
        with translation.override("es"):
            assert exception_sentence(
                kind, dict.fromkeys(facts, "2025-01-01") | {"why": why, "said": "English"}
            ) not in ("", "English", told)


def test_what_cannot_be_converted_is_said_with_and_without_its_unit() -> None:
    facts = {"why": "not_converted", "component": "energy", "wanted": "kWh", "said": "English"}
    assert exception_sentence("wrong_unit", facts | {"unit": "gal"}) == (
        "The charge energy is priced by kWh, and gal cannot become it."
    )
    assert exception_sentence("wrong_unit", facts | {"unit": ""}) == (
        "The charge energy is priced by kWh, and what was measured cannot become it."
    )


@pytest.mark.parametrize(
    ("kind", "facts", "said"),
    [
        (
            "missing_series",
            {"why": "no_value", "series": "pga", "day": "2025-02-03"},
            "The series pga has no value on Feb 3.",
        ),
        (
            "unknown_attribute",
            {"why": "no_price", "component": "base", "attribute": "meter_size", "value": "9 in"},
            "The charge base has no price for meter_size 9 in.",
        ),
        ("no_rate", {"tariff": "E-1", "start": "2025-02-03"}, "Rate E-1 has no prices on Feb 3."),
        ("no_rate", {"start": "2025-02-03"}, "No rate is known on Feb 3."),
        (
            "negative_usage",
            {"determinant": "usage", "quantity": "-3", "unit": "kWh"},
            "usage comes to -3 kWh, below nothing.",
        ),
    ],
)
def test_what_rating_found_is_said_from_its_facts(kind: str, facts: dict[str, str], said: str) -> None:
    assert exception_sentence(kind, facts) == said


def test_a_hold_without_facts_is_said_as_rating_said_it() -> None:
    for kind in ("interval_length", "missing_intervals", "missing_series"):
        assert exception_sentence(kind, {"said": "series pga has a gap"}) == "series pga has a gap"
        assert exception_sentence(kind, {"why": "no_value", "said": "series pga has a gap"}) == (
            "series pga has a gap"
        )
