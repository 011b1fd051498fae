"""Staff pages of rates."""

from __future__ import annotations

from tests.browser import ways
from tests.browser.ways import sent, to, to_path

from .state import State

TARIFFS = (
    State("tariffs: the book", "staff_tariffs", to("staff_tariffs"), "dana"),
    State("tariffs: may only look", "staff_tariffs", to("staff_tariffs"), "olive"),
    State(
        "tariffs: no file", "staff_tariff_upload", sent(to("staff_tariffs"), form="#upload form"), "dana", 422
    ),
    State("tariffs: a bad file", "staff_tariff_upload", ways.bad_tariff, "dana", 422),
    State("tariffs: one", "staff_tariff", to_path(lambda site: site.tariff("E-1")), "dana"),
    State("tariffs: every kind", "staff_tariff", to_path(lambda site: site.tariff("ALL")), "dana"),
    State(
        "tariffs: a draft", "staff_tariff_version", to_path(lambda site: site.version("E-1", "draft")), "dana"
    ),
    State(
        "tariffs: a draft by the hour",
        "staff_tariff_version",
        to_path(lambda site: site.version("E-1", "draft", back=1)),
        "olive",
    ),
    State(
        "tariffs: no day to propose",
        "staff_tariff_act",
        sent(to_path(lambda site: site.version("E-1", "draft")), {"since": ""}, form="#do form"),
        "dana",
        422,
    ),
    State(
        "tariffs: own proposal",
        "staff_tariff_version",
        to_path(lambda site: site.version("W-1", "proposed")),
        "dana",
    ),
    State(
        "tariffs: to approve",
        "staff_tariff_version",
        to_path(lambda site: site.version("W-1", "proposed")),
        "eli",
    ),
    State(
        "tariffs: published, to come",
        "staff_tariff_version",
        to_path(lambda site: site.version("R-1", "published", back=1)),
        "dana",
    ),
    State(
        "tariffs: try it",
        "staff_tariff_try",
        to_path(lambda site: site.version("E-1", "draft", page="try/")),
        "dana",
    ),
    State(
        "tariffs: tried",
        "staff_tariff_try",
        to_path(lambda site: site.version("E-1", "draft", page="try/?q=418 Oak Street")),
        "dana",
    ),
    State(
        "tariffs: cannot be tried",
        "staff_tariff_try",
        to_path(lambda site: site.version("E-1", "draft", back=1, page="try/?q=12 Elm Avenue")),
        "dana",
    ),
    State(
        "tariffs: several at an address",
        "staff_tariff_try",
        to_path(lambda site: site.version("E-1", "draft", page="try/?q=77 Mill Street")),
        "dana",
    ),
    State(
        "tariffs: nobody found",
        "staff_tariff_try",
        to_path(lambda site: site.version("E-1", "draft", page="try/?q=1 Nowhere Street")),
        "dana",
    ),
    State(
        "tariffs: nothing to compare",
        "staff_compare",
        sent(to_path(lambda site: site.version("ALL", "published")), form="#compare form"),
        "dana",
        409,
    ),
    State("tariffs: compared", "staff_comparison", to_path(lambda site: site.comparison(0)), "dana"),
    State(
        "tariffs: none could be priced", "staff_comparison", to_path(lambda site: site.comparison(1)), "dana"
    ),
    State("tariffs: comparing", "staff_comparison", to_path(lambda site: site.comparison(3)), "dana"),
    State(
        "tariffs: comparing, looked at", "staff_comparison", to_path(lambda site: site.comparison(3)), "olive"
    ),
    State("tariffs: series", "staff_series", to("staff_series"), "dana"),
    State(
        "tariffs: no value typed",
        "staff_series_propose",
        sent(to("staff_series"), form="#begin form"),
        "dana",
        422,
    ),
    State("tariffs: a series", "staff_one_series", to_path(lambda site: site.series("pca")), "dana"),
    State("tariffs: a value to approve", "staff_one_series", to_path(lambda site: site.series("pca")), "eli"),
    State(
        "tariffs: a value declined without a reason",
        "staff_series_act",
        sent(to_path(lambda site: site.series("pca")), form="#waiting form[novalidate]"),
        "eli",
        422,
    ),
)
