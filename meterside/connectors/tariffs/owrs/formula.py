"""OWRS formulas, such as ``1.0204*(service_charge+commodity_charge)``: parsed, never evaluated as code.

A formula is expanded into a sum of products, exact in ``Decimal``: each product is a factor and
the names it multiplies, which is all the mapping needs to find fixed amounts, prices and shares.
"""

from __future__ import annotations

import re
from decimal import Decimal

_TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d*)?|\.\d+)|([A-Za-z_]\w*)|([-+*/()]))")
#: Longer formulas than any rate file has are refused before they are expanded.
MAX_CHARACTERS = 500
MAX_TERMS = 100
_MAX_DEPTH = 30

#: Names multiplied together, sorted; the empty product is a plain number.
Product = tuple[str, ...]


class FormulaError(ValueError):
    """Text that is no formula of numbers, names, ``+ - * /`` and brackets."""


class Sum:
    """A sum of products: what a formula comes to when all brackets are multiplied out."""

    __slots__ = ("terms",)

    def __init__(self, terms: dict[Product, Decimal]) -> None:
        self.terms = {product: factor for product, factor in terms.items() if factor != 0}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sum) and self.terms == other.terms

    __hash__ = None  # type: ignore[assignment]

    def plus(self, other: Sum, sign: int = 1) -> Sum:
        """This sum and (or less) another."""
        terms = dict(self.terms)
        for product, factor in other.terms.items():
            terms[product] = terms.get(product, Decimal(0)) + sign * factor
        return Sum(terms)

    def times(self, other: Sum) -> Sum:
        """Both sums multiplied out."""
        terms: dict[Product, Decimal] = {}
        for left, left_factor in self.terms.items():
            for right, right_factor in other.terms.items():
                product = tuple(sorted(left + right))
                terms[product] = terms.get(product, Decimal(0)) + left_factor * right_factor
            if len(terms) > MAX_TERMS:
                raise FormulaError(f"comes to more than {MAX_TERMS} products")
        return Sum(terms)

    def over(self, other: Sum) -> Sum:
        """This sum divided by a plain number; ``FormulaError`` for anything else."""
        if set(other.terms) != {()}:
            raise FormulaError("divides by something that is no plain number, or by zero")
        return Sum({product: factor / other.terms[()] for product, factor in self.terms.items()})


def parse_formula(text: str) -> Sum:
    """The formula as a sum of products. Raises ``FormulaError``."""
    if len(text) > MAX_CHARACTERS:
        raise FormulaError(f"is longer than {MAX_CHARACTERS} characters")
    parser = _Parser(_tokens(text))
    found = parser.sum(0)
    if not parser.at_end():
        raise FormulaError(f"has {parser.peek()!r} where an operator belongs")
    return found


def _tokens(text: str) -> list[str]:
    tokens, place, body = [], 0, text.rstrip()
    while place < len(body):
        match = _TOKEN.match(body, place)
        if match is None:
            raise FormulaError(f"has {body[place:].strip()[:10]!r}, which is no number, name or operator")
        tokens.append(match.group(match.lastindex or 0))
        place = match.end()
    return tokens


class _Parser:
    """Recursive descent over the tokens: sum of products of factors."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._place = 0

    def at_end(self) -> bool:
        return self._place == len(self._tokens)

    def peek(self) -> str:
        return "" if self.at_end() else self._tokens[self._place]

    def _take(self) -> str:
        token = self.peek()
        self._place += 1
        return token

    def sum(self, depth: int) -> Sum:
        found = self._product(depth)
        while self.peek() in ("+", "-"):
            sign = 1 if self._take() == "+" else -1
            found = found.plus(self._product(depth), sign)
        return found

    def _product(self, depth: int) -> Sum:
        found = self._factor(depth)
        while self.peek() in ("*", "/"):
            multiply = self._take() == "*"
            right = self._factor(depth)
            found = found.times(right) if multiply else found.over(right)
        return found

    def _factor(self, depth: int) -> Sum:
        if depth > _MAX_DEPTH:
            raise FormulaError("is nested too deeply")
        word = self._take()
        if word == "-":
            return Sum({(): Decimal(-1)}).times(self._factor(depth + 1))
        if word == "(":
            inner = self.sum(depth + 1)
            if self._take() != ")":
                raise FormulaError("misses a closing bracket")
            return inner
        if not word or word in "+*/)":
            raise FormulaError("misses a number or a name")
        if word[0].isdigit() or word[0] == ".":
            return Sum({(): Decimal(word)})
        return Sum({(word,): Decimal(1)})
