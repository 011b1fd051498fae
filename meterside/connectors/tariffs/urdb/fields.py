"""The fields of a URDB rate: which only inform, which are priced, and which are refused when used.

Source: the field list of the OpenEI utility rate API, version 7, and the files themselves. A field
in none of these lists is refused too: it might change the price.
"""

from __future__ import annotations

#: Say who may have the rate, where it came from, or explain it; they price nothing.
INFORMATION = frozenset(
    [
        "_id",
        "label",
        "uri",
        "approved",
        "is_default",
        "utility",
        "eiaid",
        "utilityid",
        "country",
        "name",
        "startdate",
        "enddate",
        "effectivedate",
        "supersedes",
        "sector",
        "servicetype",
        "description",
        "source",
        "sourceparent",
        "basicinformationcomments",
        "energycomments",
        "demandcomments",
        "revisions",
        "lastmodified",
        "phasewiring",
        "voltagecategory",
        "voltageminimum",
        "voltagemaximum",
        "peakkwcapacitymin",
        "peakkwcapacitymax",
        "peakkwcapacityhistory",
        "peakkwhusagemin",
        "peakkwhusagemax",
        "peakkwhusagehistory",
        "demandunits",
        "demandrateunit",
        "flatdemandunit",
        "demandrateunits",
        "coincidentrateunit",
        "demandratchetpercentage",
        "demandwindow",
        "usenetmetering",
        "dgrules",
        "energyattrs",
        "demandattrs",
        "fixedattrs",
        "minchargeunits",
        "fixedchargeunits",
        "end_date",
        "start_date",
    ]
)

#: Priced by the mapping.
PRICED = frozenset(
    [
        "fixedchargefirstmeter",
        "fixedmonthlycharge",
        "mincharge",
        "minmonthlycharge",
        "energyratestructure",
        "energyweekdayschedule",
        "energyweekendschedule",
    ]
)

#: Priced by nobody yet: refused unless everything in them is zero or empty.
NOT_YET = frozenset(
    [
        "fixedchargeeaaddl",
        "annualmincharge",
        "demandratestructure",
        "demandweekdayschedule",
        "demandweekendschedule",
        "flatdemandstructure",
        "flatdemandmonths",
        "coincidentratestructure",
        "coincidentrateschedule",
        "demandreactivepowercharge",
        "fueladjustmentsmonthly",
    ]
)
#: Which of ``NOT_YET`` only matter beside a structure that has rates.
SCHEDULES = frozenset(
    [
        "demandweekdayschedule",
        "demandweekendschedule",
        "flatdemandmonths",
        "coincidentrateschedule",
    ]
)


def holds_a_rate(value: object) -> bool:
    """Whether a structure has any number but zero in a place that prices something."""
    if isinstance(value, dict):
        return any(holds_a_rate(item) for key, item in value.items() if key not in ("max", "unit"))
    if isinstance(value, list):
        return any(holds_a_rate(item) for item in value)
    return bool(value)
