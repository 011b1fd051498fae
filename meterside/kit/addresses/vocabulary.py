"""Words of United States addresses and the one form each is brought to.

Source: USPS Publication 28, appendices B (directionals), C1 (street suffixes) and C2 (secondary units),
with the variants real utility and county files use beside it (BL, WY, PZ, TE).
"""

from __future__ import annotations

from typing import Final

# Canonical abbreviation, long form, then every other way it is written.
_SUFFIX_TABLE: Final = """
ALY ALLEY ALLEE ALLY AL | ANX ANNEX ANEX ANNX | ARC ARCADE | AVE AVENUE AV AVEN AVENU AVN AVNUE | BYU BAYOU BAYOO
BCH BEACH | BND BEND | BLF BLUFF BLUF | BLFS BLUFFS | BTM BOTTOM BOT BOTTM | BLVD BOULEVARD BOUL BOULV BL BLV BLVRD
BR BRANCH BRNCH | BRG BRIDGE BRDGE | BRK BROOK | BRKS BROOKS | BG BURG | BGS BURGS
BYP BYPASS BYPA BYPAS BYPS | CP CAMP CMP | CYN CANYON CANYN CNYN | CPE CAPE | CSWY CAUSEWAY CAUSWA CAUSWAY
CTR CENTER CEN CENT CENTR CENTRE CNTER CNTR | CTRS CENTERS | CIR CIRCLE CIRC CIRCL CRCL CRCLE | CIRS CIRCLES
CLF CLIFF | CLFS CLIFFS | CLB CLUB | CMN COMMON | CMNS COMMONS | COR CORNER | CORS CORNERS
CRSE COURSE | CT COURT CRT | CTS COURTS | CV COVE | CVS COVES | CRK CREEK CK
CRES CRESCENT CRECENT CRESENT CRSCNT CRSENT CRSNT | CRST CREST | XING CROSSING CRSSING CRSSNG | XRD CROSSROAD
XRDS CROSSROADS | CURV CURVE | DL DALE | DM DAM | DV DIVIDE DIV DVD | DR DRIVE DRIV DRV | DRS DRIVES
EST ESTATE | ESTS ESTATES | EXPY EXPRESSWAY EXP EXPR EXPRESS EXPW | EXT EXTENSION EXTN EXTNSN | EXTS EXTENSIONS
FALL FALL | FLS FALLS | FRY FERRY FRRY | FLD FIELD | FLDS FIELDS | FLT FLAT | FLTS FLATS | FRD FORD | FRDS FORDS
FRST FOREST FORESTS | FRG FORGE FORG | FRGS FORGES | FRK FORK | FRKS FORKS | FT FORT FRT
FWY FREEWAY FREEWY FRWAY FRWY | GDN GARDEN GARDN GRDEN GRDN | GDNS GARDENS GRDNS
GTWY GATEWAY GATEWY GATWAY GTWAY | GLN GLEN | GLNS GLENS | GRN GREEN | GRNS GREENS | GRV GROVE GROV | GRVS GROVES
HBR HARBOR HARB HARBR HRBOR | HBRS HARBORS | HVN HAVEN HAVN | HTS HEIGHTS HEIGHT HGTS HT
HWY HIGHWAY HIGHWY HIWAY HIWY HWAY | HL HILL | HLS HILLS | HOLW HOLLOW HLLW HOLLOWS HOLWS | INLT INLET
IS ISLAND ISLND | ISS ISLANDS ISLNDS | ISLE ISLE ISLES | JCT JUNCTION JCTION JCTN JUNCTN JUNCTON
JCTS JUNCTIONS JCTNS | KY KEY | KYS KEYS | KNL KNOLL KNOL | KNLS KNOLLS | LK LAKE | LKS LAKES | LAND LAND
LNDG LANDING LNDNG | LN LANE LANES LA | LGT LIGHT | LGTS LIGHTS | LF LOAF | LCK LOCK | LCKS LOCKS
LDG LODGE LDGE LODG | LOOP LOOP LOOPS LP | MALL MALL | MNR MANOR | MNRS MANORS | MDW MEADOW | MDWS MEADOWS MEDOWS
MEWS MEWS | ML MILL | MLS MILLS | MSN MISSION MISSN MSSN | MTWY MOTORWAY | MT MOUNT MNT
MTN MOUNTAIN MNTAIN MNTN MOUNTIN MTIN | MTNS MOUNTAINS MNTNS | NCK NECK | ORCH ORCHARD ORCHRD | OVAL OVAL OVL
OPAS OVERPASS | PARK PARK PRK PARKS | PKWY PARKWAY PARKWY PKWAY PKY PARKWAYS PKWYS | PASS PASS | PSGE PASSAGE
PATH PATH PATHS | PIKE PIKE PIKES | PNE PINE | PNES PINES | PL PLACE | PLN PLAIN | PLNS PLAINS PLAINES
PLZ PLAZA PLZA PZ | PT POINT | PTS POINTS | PRT PORT | PRTS PORTS | PR PRAIRIE PRARIE PRR
RADL RADIAL RAD RADIEL | RAMP RAMP | RNCH RANCH RANCHES RNCHS | RPD RAPID | RPDS RAPIDS | RST REST
RDG RIDGE RDGE | RDGS RIDGES | RIV RIVER RIVR RVR | RD ROAD | RDS ROADS | RTE ROUTE RT | ROW ROW | RUE RUE | RUN RUN
SHL SHOAL | SHLS SHOALS | SHR SHORE SHOAR | SHRS SHORES SHOARS | SKWY SKYWAY | SPG SPRING SPNG SPRNG
SPGS SPRINGS SPNGS SPRNGS | SPUR SPUR SPURS | SQ SQUARE SQR SQRE SQU | SQS SQUARES SQRS | STA STATION STATN STN
STRA STRAVENUE STRAV STRAVE STRAVEN STRAVN STRVN STRVNUE | STRM STREAM STREME | ST STREET STR STRT | STS STREETS
SMT SUMMIT SUMIT SUMITT | TER TERRACE TERR TE | TRWY THROUGHWAY | TRCE TRACE TRACES | TRAK TRACK TRACKS TRK TRKS
TRFY TRAFFICWAY | TRL TRAIL TRAILS TRLS | TRLR TRAILER TRLRS | TUNL TUNNEL TUNEL TUNLS TUNNELS TUNNL
TPKE TURNPIKE TPK TRNPK TRPK TURNPK | UPAS UNDERPASS | UN UNION | UNS UNIONS | VLY VALLEY VALLY VLLY | VLYS VALLEYS
VIA VIADUCT VDCT VIADCT | VW VIEW | VWS VIEWS | VLG VILLAGE VILL VILLAG VILLG VILLIAGE | VLGS VILLAGES
VL VILLE | VIS VISTA VIST VST VSTA | WALK WALK WALKS | WALL WALL | WAY WAY WY | WAYS WAYS | WL WELL | WLS WELLS
TR TR | CR CR | PK PK
"""


def _read_table() -> tuple[dict[str, str], dict[str, str]]:
    suffixes: dict[str, str] = {}
    long_forms: dict[str, str] = {}
    for entry in _SUFFIX_TABLE.replace("\n", " | ").split("|"):
        words = entry.split()
        for word in words:
            suffixes[word] = words[0]
        if words:
            long_forms[words[0]] = words[1]
    return suffixes, long_forms


#: Any way to write a street suffix -> its USPS abbreviation; and the abbreviation -> its long form.
SUFFIXES, SUFFIX_LONG_FORMS = _read_table()

#: Abbreviations that stand for more than one suffix. USPS reads TR as Trail, counties also write it for
#: Terrace; so it is kept as it is and agrees with each of these when addresses are compared.
AMBIGUOUS_SUFFIXES: Final = {
    "TR": frozenset({"TRL", "TER"}),
    "CR": frozenset({"CRK", "CIR", "CRES"}),
    "PK": frozenset({"PARK", "PIKE", "PKWY"}),
}

#: Suffixes that are hardly ever part of a street's own name. Where a town follows a street without a comma,
#: the street ends at one of these; all others (VIEW, HILL, LAKE...) are as often part of the name.
PLAIN_SUFFIXES: Final = frozenset(
    {"ST", "AVE", "RD", "DR", "LN", "BLVD", "CT", "WAY", "PL", "CIR", "TER", "PKWY", "HWY", "ALY", "TRL"}
)

#: Words inside a street's name that are abbreviated by some and not by others -> long form.
_NAME_WORDS: Final = """
BCH BND CTR CRK CYN FLDS FLD FLS FRST GDNS GLN GRN GRV HBR HL HLS HTS HVN LK LKS MDW MDWS MNR MTN MTNS ORCH
RDG RIV RNCH SHR SHRS SPG SPGS VLY VW VWS VLG VIS
"""
NAME_WORDS: Final = {short: SUFFIX_LONG_FORMS[short] for short in _NAME_WORDS.split()}

DIRECTIONALS: Final = {
    "N": "N", "NORTH": "N", "NO": "N", "S": "S", "SOUTH": "S", "SO": "S", "E": "E", "EAST": "E", "W": "W", "WEST": "W",
    "NE": "NE", "NORTHEAST": "NE", "NW": "NW", "NORTHWEST": "NW",
    "SE": "SE", "SOUTHEAST": "SE", "SW": "SW", "SOUTHWEST": "SW",
}  # fmt: skip

#: Abbreviation of a direction -> its word.
DIRECTION_WORDS: Final = {short: word for word, short in DIRECTIONALS.items() if len(word) > 3}

#: Unit words that an identifier follows -> canonical word (USPS C2, and the Spanish ones).
UNIT_WORDS: Final = {
    "APT": "APT", "APARTMENT": "APT", "APPT": "APT", "APMT": "APT", "APTO": "APT", "APARTAMENTO": "APT",
    "DEPTO": "APT", "DEPARTAMENTO": "APT", "UNIT": "UNIT", "UNT": "UNIT", "UNIDAD": "UNIT",
    "STE": "STE", "SUITE": "STE", "RM": "RM", "ROOM": "RM", "FL": "FL", "FLOOR": "FL", "FLR": "FL", "PISO": "FL",
    "BLDG": "BLDG", "BUILDING": "BLDG", "EDIFICIO": "BLDG", "DEPT": "DEPT", "DEPARTMENT": "DEPT",
    "LOT": "LOT", "SPC": "SPC", "SPACE": "SPC", "SP": "SPC", "TRLR": "TRLR", "TRAILER": "TRLR", "SLIP": "SLIP",
    "HNGR": "HNGR", "HANGAR": "HNGR", "PIER": "PIER", "STOP": "STOP", "KEY": "KEY", "OFC": "OFC", "OFFICE": "OFC",
    "NUM": "#", "NUMBER": "#", "NUMERO": "#", "NO": "#", "#": "#",
}  # fmt: skip

#: Unit words that are also words of street names: they count only before a number or a single letter.
DOUBTFUL_UNIT_WORDS: Final = frozenset(
    {"LOT", "SPACE", "SP", "SLIP", "PIER", "STOP", "KEY", "OFFICE", "OFC", "TRAILER", "HANGAR", "HNGR", "NO",
     "NUM", "NUMBER", "FLOOR", "BUILDING", "ROOM", "DEPARTMENT"}
)  # fmt: skip

#: Units that are a place and need no identifier -> canonical word.
PLACE_UNITS: Final = {
    "REAR": "REAR", "FRNT": "FRNT", "FRONT": "FRNT", "LOWR": "LOWR", "LOWER": "LOWR", "UPPR": "UPPR", "UPPER": "UPPR",
    "BSMT": "BSMT", "BASEMENT": "BSMT", "PH": "PH", "PENTHOUSE": "PH", "PHSE": "PH", "LBBY": "LBBY", "LOBBY": "LBBY",
}  # fmt: skip
#: Of those, the ones that also end street names (Lake Front): a unit only right behind a suffix.
DOUBTFUL_PLACE_UNITS: Final = frozenset({"FRONT", "LOWER", "UPPER"})

_ONES = """FIRST SECOND THIRD FOURTH FIFTH SIXTH SEVENTH EIGHTH NINTH TENTH ELEVENTH TWELFTH THIRTEENTH FOURTEENTH
FIFTEENTH SIXTEENTH SEVENTEENTH EIGHTEENTH NINETEENTH"""
_TENS = """TWENTY THIRTY FORTY FIFTY SIXTY SEVENTY EIGHTY NINETY"""


def ordinal(number: int) -> str:
    """1 -> 1ST, 12 -> 12TH, 23 -> 23RD."""
    if number % 100 in (11, 12, 13):
        return f"{number}TH"
    return f"{number}" + {1: "ST", 2: "ND", 3: "RD"}.get(number % 10, "TH")


def _ordinal_words() -> dict[str, int]:
    words = {word: i for i, word in enumerate(_ONES.split(), 1)}
    for tens_index, tens in enumerate(_TENS.split(), 2):
        words[f"{tens[:-1]}IETH"] = 10 * tens_index
        for one, word in enumerate(_ONES.split()[:9], 1):
            words[f"{tens} {word}"] = 10 * tens_index + one
            words[f"{tens}{word}"] = 10 * tens_index + one
    return words


#: FIRST -> 1 ... NINETY NINTH -> 99 (with a space, and written together).
ORDINAL_WORDS: Final = _ordinal_words()

#: Spanish first words of a street -> canonical.
SPANISH_STREET_WORDS: Final = {
    "CALLE": "CALLE", "CLL": "CALLE", "AVENIDA": "AVENIDA", "AVDA": "AVENIDA", "AVD": "AVENIDA",
    "CAMINO": "CAMINO", "CMNO": "CAMINO", "PASEO": "PASEO", "PSO": "PASEO",
    "CARRETERA": "CARRETERA", "CARR": "CARRETERA", "CALZADA": "CALZADA", "CALLEJON": "CALLEJON",
}  # fmt: skip
SPANISH_ARTICLES: Final = frozenset({"DE", "DEL", "LA", "LAS", "LOS", "EL"})

#: Words that a road's number follows: the number is its name, not a unit.
NUMBERED_ROAD_WORDS: Final = frozenset(
    {"HWY", "RTE", "ROUTE", "HIGHWAY", "RT", "SR", "CR", "FM", "INTERSTATE"}
)

_STATES: Final = """
AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR
PA PR RI SC SD TN TX UT VT VA WA WV WI WY GU VI AS MP
"""
STATES: Final = frozenset(_STATES.split())
