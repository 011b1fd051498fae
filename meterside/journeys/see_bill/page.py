"""A bill as its page and its PDF show it: sentences, groups, amounts. Money is cents, days are both included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from meterside.contracts.cis import BillRef


@dataclass(frozen=True, slots=True)
class SumLine:
    """One line of how the bill adds up; one that `is_own` stands by itself also where there is room for few."""

    label: str
    amount_cents: int
    how: str = ""
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """One charge: what for, how it came about, how much."""

    label: str
    how: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class ChargeGroup:
    """Charges of the same days; `heading` says which where a rate changed inside the period."""

    heading: str
    lines: tuple[ChargeLine, ...]


@dataclass(frozen=True, slots=True)
class MeterFacts:
    """What one meter's register said: rows of label and value; and the same for one row of a table.

    `reads` are the previous and the present read, nothing for a meter billed by its intervals.
    """

    badge: str
    rows: tuple[tuple[str, str], ...]
    reads: tuple[str, ...]
    multiplier: str
    days: str
    used: str


@dataclass(frozen=True, slots=True)
class UseOfDay:
    """One day's use in the unit shown, and the same date's a year before; None where that is not known."""

    day: date
    amount: Decimal | None
    quality: str
    last_year: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LastYearUse:
    """Use a day, now and a year before, both in `unit`; None where nothing is known of that time."""

    words: str
    now: Decimal | None
    before: Decimal | None
    unit: str


@dataclass(frozen=True, slots=True)
class LateAmount:
    """What the bill comes to when it is paid after a day."""

    after: date
    amount_cents: int
    fee_cents: int


@dataclass(frozen=True, slots=True)
class Insert:
    """A page that goes with the bill: its title, and its paragraphs as plain text."""

    code: str
    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FeeOnBill:
    """A late fee that was charged on this bill since, in a sentence; `is_standing` is False for one taken back."""

    amount_cents: int
    charged_on: date
    sentence: str
    is_standing: bool


@dataclass(frozen=True, slots=True)
class ServiceCharges:
    """One service on the bill. `use` is empty for services without a meter."""

    service: str
    title: str
    use: str
    period: str
    n_days: int
    address: str
    total_cents: int
    groups: tuple[ChargeGroup, ...]
    rate: str
    rate_url: str
    sentences: tuple[str, ...]
    meters: tuple[MeterFacts, ...]
    estimated: str
    unit: str
    days: tuple[UseOfDay, ...]
    last_year: LastYearUse | None

    @property
    def detail(self) -> str:
        """Use and days in a few words, for the line that is always seen; the days stay on one line."""
        period = self.period.replace(" ", "\N{NO-BREAK SPACE}")
        return " · ".join(text for text in (self.use, period) if text)


@dataclass(frozen=True, slots=True)
class WhyPart:
    """One reason why the charges differ from the last bill's."""

    label: str
    amount_cents: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Why:
    """All reasons; they sum to `after_cents - before_cents` exactly."""

    before_cents: int
    after_cents: int
    previous_bill_date: date
    parts: tuple[WhyPart, ...]

    @property
    def difference_cents(self) -> int:
        """How much more (negative: less) this bill's charges are."""
        return self.after_cents - self.before_cents


@dataclass(frozen=True, slots=True)
class Compared:
    """One service's charges on the last bill and on this one; 0 where it was not on it."""

    title: str
    before_cents: int
    after_cents: int

    @property
    def difference_cents(self) -> int:
        """How much more (negative: less) it is now."""
        return self.after_cents - self.before_cents


@dataclass(frozen=True, slots=True)
class BillPage:
    """The whole bill. `why` is None on a first bill and on one that carries no explanation.

    `kind` is cycle, off_cycle, final or rebill; a re-bill stands in place of the bills `replaced_numbers`, and its
    `why` compares it with those. `sum_notes` explain lines among `sums`; `late_fees` came after the bill was made.
    """

    ref: BillRef
    number: int
    account_number: str
    holder_name: str
    addresses: tuple[str, ...]
    bill_date: date
    due_date: date
    first_day: date
    last_day: date
    total_due_cents: int
    current_charges_cents: int
    kind: str
    replaced_numbers: tuple[int, ...]
    messages: tuple[str, ...]
    is_cancelled: bool
    is_explained: bool
    sums: tuple[SumLine, ...]
    services: tuple[ServiceCharges, ...]
    why: Why | None
    compared: tuple[Compared, ...]
    mail_to: tuple[str, ...]
    past_due_cents: int
    late: LateAmount | None
    sum_notes: tuple[str, ...] = ()
    late_fees: tuple[FeeOnBill, ...] = ()
    inserts: tuple[Insert, ...] = ()
