"""The fields of a URDB rate: which only inform, which are priced, and which are refused when used.

Source: the field list of the OpenEI utility rate API, version 7, and the files themselves. A field
in none of these lists is refused too: it might change the price.
"""

from __future__ import annotations

#: Say who may have the rate, where it came from, or explain it; they price nothing. In lower case.
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
        "supercedes",
        "sector",
        "servicetype",
        "description",
        "source",
        "sourceparent",
        "sourcereference",
        "basicinformationcomments",
        "energycomments",
        "energytoulabels",
        "demandcomments",
        "revisions",
        "lastmodified",
        "phasewiring",
        "voltagecategory",
        "voltageminimum",
        "voltagemaximum",
        "servicemin",
        "servicemax",
        "mindemand",
        "maxdemand",
        "peakkwcapacitymin",
        "peakkwcapacitymax",
        "peakkwcapacityhistory",
        "peakkwhusagemin",
        "peakkwhusagemax",
        "peakkwhusagehistory",
        "demandunits",
        "usenetmetering",
        "energyattrs",
        "demandattrs",
        "fixedattrs",
        "end_date",
        "start_date",
    ]
)

#: Priced by the mapping, or say how something is.
PRICED = frozenset(
    [
        "fixedchargefirstmeter",
        "fixedchargeeaaddl",
        "fixedchargeunits",
        "fixedmonthlycharge",
        "mincharge",
        "minmonthlycharge",
        "minchargeunits",
        "annualmincharge",
        "energyratestructure",
        "energyweekdayschedule",
        "energyweekendschedule",
        "flatdemandstructure",
        "flatdemandmonths",
        "flatdemandunit",
        "flatdemandunits",
        "demandratestructure",
        "demandweekdayschedule",
        "demandweekendschedule",
        "demandrateunit",
        "demandrateunits",
        "demandwindow",
        "lookbackpercent",
        "lookbackrange",
        "lookbackmonths",
        "coincidentratestructure",
        "coincidentrateschedule",
        "coincidentrateunit",
        "coincidentrateunits",
        "demandreactivepowercharge",
        "fueladjustmentsmonthly",
        "dgrules",
    ]
)

#: Would change the price and cannot be priced from what the file says: the field, and why.
REFUSED = {
    "demandratchetpercentage": "does not say over how many months; give lookbackpercent and lookbackrange",
}


def holds_a_rate(value: object) -> bool:
    """Whether a structure has any number but zero in a place that prices something."""
    if isinstance(value, dict):
        return any(holds_a_rate(item) for key, item in value.items() if key not in ("max", "unit"))
    if isinstance(value, list):
        return any(holds_a_rate(item) for item in value)
    return bool(value)
