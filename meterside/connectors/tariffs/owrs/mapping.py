"""An OWRS file as tariffs: one for each customer class, imported or refused by the name of the field.

Source of the format: the Open Water Rate Specification of the California Data Collaborative.
``usage_ccf`` is the name of the column; the file's ``bill_unit`` says the unit it is counted in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from meterside.connectors.tariffs import Refusal, TariffImport, slug
from meterside.connectors.tariffs.owrs.components import ClassReader
from meterside.connectors.tariffs.owrs.yaml_text import OwrsTextError, day_in, parse_text
from meterside.engine.tariff import (
    InvalidTariff,
    Rounding,
    RoundingScope,
    Tariff,
    TariffVersion,
    UnsupportedTariff,
    check_tariff,
)

#: The published bills of these rates are exact sums, rounded once, half a cent up.
ROUNDING = Rounding(scope=RoundingScope.BILL)

_MONTHS = {"monthly": 1, "bimonthly": 2, "quarterly": 3, "annually": 12}
_UNITS = {"": "ccf", "ccf": "ccf", "hcf": "ccf", "kgal": "kgal"}


def import_owrs(
    text: str, *, source: str, effective_from: date | None = None, classes: Iterable[str] | None = None
) -> TariffImport:
    """Map a file's text. ``effective_from`` overrides the file's date; ``classes`` limits the classes.

    Never raises for what a file says: a file that cannot be read gives no tariffs and one refusal.
    """
    try:
        document = parse_text(text)
        header = _Header(document, effective_from)
    except OwrsTextError as error:
        return TariffImport(source, "owrs", (), (Refusal(error.place, error.reason),))
    except UnsupportedTariff as error:
        return TariffImport(source, "owrs", (), (Refusal(error.path, error.reason),))
    wanted = None if classes is None else {name.casefold() for name in classes}
    tariffs: list[Tariff] = []
    refused: list[Refusal] = []
    for name, fields in header.classes.items():
        if wanted is not None and name.casefold() not in wanted:
            continue
        try:
            tariffs.append(header.tariff(name, fields))
        except UnsupportedTariff as error:
            refused.append(Refusal(error.path, error.reason))
        except InvalidTariff as error:
            refused.append(Refusal(f"rate_structure.{name}", str(error)))
    if wanted is not None and not tariffs and not refused:
        known = ", ".join(header.classes)
        refused.append(Refusal("rate_structure", f"has no class {', '.join(sorted(wanted))}; it has {known}"))
    return TariffImport(source, "owrs", tuple(tariffs), tuple(refused))


class _Header:
    """What a file says about all its classes. Raises ``UnsupportedTariff``."""

    def __init__(self, document: Mapping[str, Any], effective_from: date | None) -> None:
        metadata = document.get("metadata")
        if not isinstance(metadata, Mapping):
            raise UnsupportedTariff("metadata", "is missing")
        self.utility = " ".join(str(metadata.get("utility_name", "")).split())
        if not self.utility:
            raise UnsupportedTariff("metadata.utility_name", "is missing")
        self.effective_from = effective_from or _effective_date(metadata)
        frequency = str(metadata.get("bill_frequency", ""))
        folded = slug(frequency).replace("-", "")
        if folded not in _MONTHS:
            raise UnsupportedTariff(f"metadata.bill_frequency: {frequency}", "is no known frequency")
        self.bill_months = _MONTHS[folded]
        unit = str(metadata.get("bill_unit", "")).strip().casefold()
        if unit not in _UNITS:
            raise UnsupportedTariff(f"metadata.bill_unit: {unit}", "is no known unit of water")
        self.unit = _UNITS[unit]
        currency = str(metadata.get("currency", "")) or "USD"
        self.currency = currency
        link = str(metadata.get("prop_218_link", ""))
        self.source_url = link if link.startswith("http") else ""
        classes = document.get("rate_structure")
        if not isinstance(classes, Mapping) or not classes:
            raise UnsupportedTariff("rate_structure", "is missing or empty")
        self.classes: Mapping[str, Any] = classes

    def tariff(self, name: str, fields: Any) -> Tariff:
        """One class's tariff. Raises ``UnsupportedTariff`` or ``InvalidTariff``."""
        path = f"rate_structure.{name}"
        if not isinstance(fields, Mapping):
            raise UnsupportedTariff(path, "is empty")
        reader = ClassReader(fields, path, self.unit)
        version = TariffVersion(
            effective_from=self.effective_from,
            components=reader.components(),
            rounding=ROUNDING,
            factors=reader.factors,
        )
        notes = tuple(
            f"{charge}: in the file, but its bill does not charge it" for charge in reader.not_charged()
        )
        tariff = Tariff(
            code=f"{slug(self.utility)}-{slug(name)}",
            name=f"{self.utility}: {_words(name)}",
            utility=self.utility,
            commodity="water",
            currency=self.currency,
            customer_class=name,
            bill_months=self.bill_months,
            source_url=self.source_url,
            notes=notes,
            versions=(version,),
        )
        check_tariff(tariff)
        return tariff


def _effective_date(metadata: Mapping[str, Any]) -> date:
    said = metadata.get("effective_date")
    day = day_in(said)
    if day is None:
        raise UnsupportedTariff(
            f"metadata.effective_date: {said}", "is no day; give one with --effective-from"
        )
    return day


def _words(name: str) -> str:
    words = name.replace("_", " ").casefold()
    return words[:1].upper() + words[1:]
