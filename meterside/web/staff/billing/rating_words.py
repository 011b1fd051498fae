"""Why a segment could not be priced, in a sentence from the facts rating gave with its refusal."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: By kind, and by the reason among several of one kind. A kind without reasons has an empty one.
SENTENCES: Mapping[tuple[str, str], Promise] = {
    ("no_rate", ""): _("Rate %(tariff)s has no prices on %(start)s."),
    ("missing_determinant", ""): _("The charge %(component)s needs %(determinant)s, which nothing measured."),
    ("missing_attribute", ""): _(
        "The charge %(component)s depends on %(attribute)s, which is not known here."
    ),
    ("unknown_attribute", "no_price"): _(
        "The charge %(component)s has no price for %(attribute)s %(value)s."
    ),
    ("unknown_attribute", "no_number"): _(
        "%(attribute)s is “%(value)s”; it must be a number, and not below 0."
    ),
    ("unknown_attribute", "zero"): _(
        "%(attribute)s is 0, which would leave no room in any tier of %(component)s."
    ),
    ("unknown_attribute", "no_share"): _(
        "The charge %(component)s would be exempt by %(value)s, which is no share."
    ),
    ("missing_intervals", "needed"): _("The charge %(component)s needs intervals of %(determinant)s."),
    ("missing_intervals", "not_all_days"): _(
        "Intervals of %(determinant)s do not cover %(start)s to %(end)s."
    ),
    ("missing_intervals", "no_value"): _("%(count)s intervals of %(determinant)s have no value."),
    ("interval_length", "window"): _(
        "The charge %(component)s looks at %(minutes)s minutes, which intervals of %(interval)s minutes cannot make up."
    ),
    ("interval_length", "cut"): _("A price of the charge %(component)s begins inside an interval."),
    ("missing_series", "not_given"): _("The series %(series)s, which the rate refers to, is not kept here."),
    ("missing_series", "no_value"): _("The series %(series)s has no value on %(day)s."),
    ("received_energy", ""): _(
        "Energy came from the customer; the rate from %(start)s on has no price for it."
    ),
    ("negative_usage", ""): _("%(determinant)s comes to %(quantity)s %(unit)s, below nothing."),
    ("negative_usage", "interval"): _("An interval of %(determinant)s is below nothing."),
    ("daily_usage", "lacks"): _("The use by day of %(determinant)s lacks %(day)s."),
    ("daily_usage", "negative"): _("The use by day of %(determinant)s is below nothing on some day."),
    ("daily_usage", "twice"): _("%(determinant)s came both by day and by interval."),
    ("wrong_unit", "no_count"): _("%(determinant)s is %(quantity)s %(unit)s, which is no number of pieces."),
    ("wrong_unit", "divisor"): _("The charge %(component)s would be divided by %(value)s."),
    ("wrong_unit", "not_converted"): _(
        "The charge %(component)s is priced by %(wanted)s, and %(unit)s cannot become it."
    ),
    ("wrong_unit", "not_converted_all"): _(
        "The charge %(component)s is priced by %(wanted)s, and what was measured cannot become it."
    ),
    ("wrong_unit", "winter_average"): _("The winter average is in a unit that earlier bills cannot become."),
}


def of_rating(kind: str, told: Mapping[str, str]) -> str:
    """The sentence of a refusal, its days said already; nothing where its facts are not known (an older hold)."""
    why = told.get("why", "")
    if why == "not_converted" and not told.get("unit"):
        why = "not_converted_all"
    sentence = SENTENCES.get((kind, why))
    if sentence is None:
        return ""
    try:
        return str(sentence) % told
    except KeyError:
        return ""
