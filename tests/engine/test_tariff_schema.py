"""The published schema is what the terms and the kinds say."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from meterside.engine.components.registry import KINDS, UnknownLineKind, kind_of_line
from meterside.engine.tariff.document import tariff_from_toml, tariff_to_dict
from meterside.engine.tariff.schema import tariff_schema
from tests.engine.electric import HEAD
from tests.engine.tables import FOLDER
from tests.engine.write_schema import FILE, schema_text


def test_the_file_is_what_the_modules_say() -> None:
    """Where it is not: ``python -m tests.engine.write_schema``."""
    assert FILE.read_text(encoding="utf-8") == schema_text()


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(tariff_schema())


def test_every_reference_leads_somewhere() -> None:
    defined = tariff_schema()["$defs"]
    text = json.dumps(tariff_schema())
    named = {piece.split('"')[0] for piece in text.split("#/$defs/")[1:]}
    assert named <= set(defined)


def test_every_kind_says_its_lines_and_every_line_has_one_kind() -> None:
    lines = [line for kind in KINDS.values() for line in kind.line_kinds or (kind.kind,)]
    assert len(set(lines)) == len(lines)
    assert all(kind_of_line(line) in KINDS.values() for line in lines)
    with pytest.raises(UnknownLineKind, match="broth"):
        kind_of_line("broth")


@pytest.mark.parametrize(
    ("page", "number"), [("time-of-use", 0), ("demand", 0), ("net-metering", 0), ("net-metering", 1)]
)
def test_what_the_pages_show_is_a_tariff(page: str, number: int) -> None:
    text = (FOLDER / "algorithms" / f"{page}.md").read_text(encoding="utf-8")
    block = text.split("```toml\n")[number + 1].split("```")[0]
    document = tariff_to_dict(tariff_from_toml(HEAD + block))
    Draft202012Validator(tariff_schema()).validate(json.loads(json.dumps(document)))
