"""From the fields of one OWRS customer class to the engine's components.

The ``bill`` formula decides what is charged; every name in it is followed to a number, a table,
tiers or another formula. What the engine cannot price raises ``UnsupportedTariff`` with the field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from meterside.connectors.tariffs.owrs.budget import BudgetReader
from meterside.connectors.tariffs.owrs.formula import FormulaError, Product, Sum, parse_formula
from meterside.connectors.tariffs.owrs.labels import label_es_of, label_of
from meterside.connectors.tariffs.owrs.tables import (
    is_table,
    plain_number,
    plain_numbers,
    read_value,
    scaled,
    tier_widths,
)
from meterside.connectors.tariffs.owrs.yaml_text import number_in
from meterside.engine.components.checks import is_fitting
from meterside.engine.components.counted import CountedCharge
from meterside.engine.quantity import DEFAULT_FACTORS
from meterside.engine.tariff import (
    Component,
    FixedCharge,
    Lookup,
    PercentCharge,
    TieredCharge,
    UnsupportedTariff,
    UsageCharge,
    constant,
)
from meterside.engine.terms.given import Given

USAGE = "usage_ccf"
#: Names that no class defines because they are numbers of the agreement.
NUMBERS = frozenset({"diameter_of_connection"})
#: Which ``tier_starts_``/``tier_prices_`` pair a charge that says ``Tiered`` uses.
_TIER_SUFFIX = {"commodity_charge": "commodity", "variable_drought_surcharge": "drought"}


class ClassReader:
    """Builds the components of one customer class."""

    def __init__(self, fields: Mapping[str, Any], path: str, unit: str) -> None:
        self._fields = fields
        self._path = path
        self._unit = unit
        self._done: dict[str, Component] = {}
        self._busy: list[str] = []
        self._reached: set[str] = set()
        #: The conversion the class's own formulas use.
        self.factors = DEFAULT_FACTORS

    def components(self) -> tuple[Component, ...]:
        """Every component of the class's bill, in the order of its formula."""
        bill = self._formula("bill")
        shares: dict[Decimal, list[str]] = {}
        self._charge_terms("bill", bill, shares)
        found = list(self._done.values())
        for factor, codes in shares.items():
            if factor != 1 and codes:
                found.append(self._surcharge(factor, codes, len(shares) > 1))
        if not found:
            raise UnsupportedTariff(f"{self._path}.bill", "prices nothing")
        return tuple(found)

    def not_charged(self) -> list[str]:
        """Charges the class defines and its bill does not name."""
        return [
            name
            for name, value in self._fields.items()
            if name.endswith(("_charge", "_surcharge"))
            and name not in self._reached
            and not _is_nothing(value)
        ]

    def _place(self, name: str) -> str:
        return f"{self._path}.{name}"

    def _fail(self, name: str, reason: str) -> UnsupportedTariff:
        value = self._fields.get(name)
        said = f": {value}" if isinstance(value, str) else ""
        return UnsupportedTariff(f"{self._place(name)}{said}", reason)

    def _formula(self, name: str) -> Sum:
        value = self._fields.get(name)
        if not isinstance(value, str) or not value.strip():
            raise self._fail(name, "is missing or no formula")
        try:
            return parse_formula(value)
        except FormulaError as error:
            raise self._fail(name, f"formula {error}") from error

    def _charge_terms(self, owner: str, terms: Sum, shares: dict[Decimal, list[str]]) -> None:
        """Take each product of a sum of charges: amounts, prices of use, and other charges."""
        anonymous = 0
        for product, factor in terms.terms.items():
            if len(product) == 1 and product[0] != USAGE:
                if factor < 0:
                    raise self._fail(owner, f"subtracts {product[0]}, which is not supported yet")
                self._follow(owner, product[0])
                shares.setdefault(factor, []).extend(self._codes_of(product[0]))
                continue
            anonymous += 1
            code = owner if owner != "bill" else f"bill_part_{anonymous}"
            self._add_product(owner, code, product, factor)
            shares.setdefault(Decimal(1), []).append(code)

    def _codes_of(self, name: str) -> list[str]:
        """Codes of the components a charge has become: its own, or its parts'."""
        return [code for code in self._done if code == name or code.startswith(f"{name}.")]

    def _follow(self, owner: str, name: str) -> None:
        """Build the component (or components) of a charge named in a formula."""
        if name not in self._fields:
            raise self._fail(owner, f"names {name}, which the class does not define")
        if name in self._busy:
            raise self._fail(name, "refers to itself")
        if self._codes_of(name):
            raise self._fail(owner, f"charges {name} twice")
        self._busy.append(name)
        self._reached.add(name)
        value = self._fields[name]
        if value == "Tiered":
            self._keep(self._tiered(name))
        elif value == "Budget":
            budget = BudgetReader(self._fields, self._path, self._unit)
            found = budget.read(name, label_of(name), label_es_of(name))
            self.factors = found.factors
            self._keep(found.charge)
        elif is_table(value):
            self._table(name)
        elif number_in(value) is not None:
            self._fixed(name, value)
        else:
            self._own_formula(name)
        self._busy.pop()

    def _keep(self, component: Component) -> None:
        self._done[component.code] = component

    def _fixed(self, name: str, value: Any) -> None:
        amount = plain_number(value, self._place(name))
        if amount == 0:
            return
        if name == "commodity_charge":
            raise self._fail(name, f"is a plain number; say what it is multiplied by, such as {USAGE}")
        self._keep(self._fixed_charge(name, constant(amount)))

    def _fixed_charge(self, code: str, amount: Lookup[Decimal]) -> FixedCharge:
        return FixedCharge(code=code, label=label_of(code), label_es=label_es_of(code), amount=amount)

    def _usage_charge(self, code: str, price: Lookup[Decimal]) -> UsageCharge:
        return UsageCharge(
            code=code, label=label_of(code), label_es=label_es_of(code), price=price, unit=self._unit
        )

    def _tiered(self, name: str) -> TieredCharge:
        suffix = _TIER_SUFFIX.get(name, name)
        keys = [(f"tier_starts_{suffix}", f"tier_prices_{suffix}"), ("tier_starts", "tier_prices")]
        starts, prices = next((pair for pair in keys if pair[0] in self._fields), keys[0])
        for key in (starts, prices):
            if key not in self._fields:
                raise self._fail(name, f"needs {key}, which the class does not define")
        widths = read_value(self._fields[starts], self._place(starts), tier_widths)
        price_lists = read_value(self._fields[prices], self._place(prices), plain_numbers)
        if not is_fitting(price_lists, widths):
            raise self._fail(name, f"{starts} and {prices} differ in length")
        return TieredCharge(
            code=name,
            label=label_of(name),
            label_es=label_es_of(name),
            prices=price_lists,
            widths=widths,
            unit=self._unit,
        )

    def _table(self, name: str) -> None:
        """A table of amounts, or of formulas that each price use alone."""
        value = self._fields[name]
        cases = value.get("values")
        if isinstance(cases, Mapping) and all(number_in(item) is None for item in cases.values()):
            self._keep(self._usage_charge(name, read_value(value, self._place(name), _price_of_use)))
        else:
            self._keep(self._fixed_charge(name, read_value(value, self._place(name), plain_number)))

    def _own_formula(self, name: str) -> None:
        """A charge with a formula of its own."""
        terms = self._formula(name)
        named = [product for product in terms.terms if len(product) == 1 and product[0] != USAGE]
        if named and len(named) == len(terms.terms) and self._is_share(terms):
            self._share(name, terms)
            return
        several = len(terms.terms) > 1
        for product, factor in terms.terms.items():
            if product in named:
                if product[0] not in self._fields:
                    raise self._fail(name, f"names {product[0]}, which the class does not define")
                if factor != 1:
                    raise self._fail(name, f"mixes a share of {product[0]} with other amounts")
                self._part_of(name, product[0])
            else:
                self._add_product(name, self._part_code(name, product) if several else name, product, factor)

    def _part_code(self, name: str, product: Product) -> str:
        rates = [item for item in product if item != USAGE]
        return f"{name}.{rates[0] if rates else 'usage' if product else 'fixed'}"

    def _part_of(self, owner: str, name: str) -> None:
        """A charge inside another charge's formula: built under the outer one's code."""
        before = set(self._done)
        self._follow(owner, name)
        for code in [code for code in self._done if code not in before]:
            component = self._done.pop(code)
            self._done[f"{owner}.{code}"] = replace(component, code=f"{owner}.{code}")

    def _is_share(self, terms: Sum) -> bool:
        """Whether a formula is one share of charges the bill has already: ``0.375*(a+b)``."""
        factors = set(terms.terms.values())
        return len(factors) == 1 and all(self._codes_of(product[0]) for product in terms.terms)

    def _share(self, name: str, terms: Sum) -> None:
        (rate,) = set(terms.terms.values())
        codes = [code for product in terms.terms for code in self._codes_of(product[0])]
        self._keep(_percent(name, label_of(name), label_es_of(name), rate, codes))

    def _surcharge(self, factor: Decimal, codes: list[str], several: bool) -> PercentCharge:
        """``1.0204*(a+b)``: a and b as they are, and 2.04 per cent of them."""
        rate = factor - 1
        code = f"surcharge_{len(codes)}" if several else "surcharge"
        if rate > 0:
            return _percent(code, "Surcharge", "Recargo", rate, codes)
        return _percent(code, "Discount", "Descuento", rate, codes)

    def _add_product(self, owner: str, code: str, product: Product, factor: Decimal) -> None:
        """A fixed amount, or a price for each unit used, out of one product of a formula."""
        if not product:
            self._keep(self._fixed_charge(code, constant(factor)))
            return
        if USAGE not in product and sum(name in NUMBERS for name in product) == 1:
            self._keep(self._counted(owner, code, product, factor))
            return
        if product.count(USAGE) != 1:
            raise self._fail(owner, f"multiplies {' by '.join(product)}, which is no amount for use")
        price = constant(factor)
        for name in product:
            if name != USAGE:
                price = self._times(owner, price, name)
        self._keep(self._usage_charge(code, price))

    def _counted(self, owner: str, code: str, product: Product, factor: Decimal) -> CountedCharge:
        """A rate for each of a number of the agreement, such as an inch of a connection's diameter."""
        amount = constant(factor)
        for name in product:
            if name not in NUMBERS:
                amount = self._times(owner, amount, name)
        (number,) = (name for name in product if name in NUMBERS)
        return CountedCharge(
            code=code,
            label=label_of(code),
            label_es=label_es_of(code),
            amount=amount,
            count=(Given(number),),
        )

    def _times(self, owner: str, price: Lookup[Decimal], name: str) -> Lookup[Decimal]:
        """A price times a rate named in the formula."""
        if name not in self._fields:
            raise self._fail(owner, f"names {name}, which the class does not define")
        value = self._fields[name]
        if not is_table(value) and not isinstance(value, list) and number_in(value) is None:
            raise self._fail(owner, f"multiplies use by {name}, which is a charge and no price")
        rates = read_value(value, self._place(name), plain_number)
        if rates.is_constant:
            return scaled(price, rates.cases[0][1])
        if price.is_constant:
            return scaled(rates, price.cases[0][1])
        raise self._fail(owner, "multiplies two tables")


def _is_nothing(value: Any) -> bool:
    number = number_in(value)
    return value in ("", None) or number == 0


def _percent(code: str, label: str, label_es: str, rate: Decimal, codes: list[str]) -> PercentCharge:
    return PercentCharge(code=code, label=label, label_es=label_es, rate=constant(rate), of=tuple(codes))


def _price_of_use(value: Any, path: str) -> Decimal:
    """The price in a formula that is nothing but a price times use."""
    try:
        terms = parse_formula(value) if isinstance(value, str) else Sum({})
    except FormulaError as error:
        raise UnsupportedTariff(path, f"formula {error}") from error
    if set(terms.terms) != {(USAGE,)}:
        raise UnsupportedTariff(path, "is no price of use alone")
    return terms.terms[(USAGE,)]
