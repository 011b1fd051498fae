"""Reading addresses: forms people type, refusals, and what holds for any text."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from meterside.kit.addresses import (
    AddressKind,
    NormalisedAddress,
    ParsedAddress,
    Street,
    UnableToReadAddress,
    UnreadableReason,
    normalise_zip,
    parse,
    parse_address,
)
from meterside.kit.addresses.parse import read_line
from meterside.kit.addresses.reading import plain_text
from meterside.kit.addresses.vocabulary import AMBIGUOUS_SUFFIXES, SUFFIXES

# The tables of docs/algorithms/address-matching.md: each right side is what its left sides are read as.
SAME_LINE = {
    "12 OAK ST": ["12 Oak St", "12 oak street", "  12  OAK  st. ", "0012 Oak St", "12 Oák Strëet",
                  "#12 Oak St", "12, Oak St"],
    "12 OAK ST # 5": ["12 Oak St #5", "12 Oak St # 05", "12 Oak Street 5", "#5, 12 Oak St", "12 Oak St, 5",
                      "12 Oak St No. 5"],
    "12 OAK ST APT 5": ["12 Oak St Apt 5", "12 Oak St apt. #5", "12 Oak St APT5", "Apt 5, 12 Oak St", "Apt 5 12 Oak St",
                        "12 Oak St, Apartment 005", "12 Oak St Apto 5"],
    "12 OAK ST UNIT 5B": ["12 Oak St Unit 5b", "12 Oak St, unit 5-B", "12 Oak St Unit 5 B"],
    "12 OAK ST STE 200": ["12 Oak St Ste 200", "12 Oak St Suite 200", "12 Oak St. suite #200"],
    "12 OAK ST FL 2": ["12 Oak St 2nd floor", "12 Oak St Fl 2", "12 Oak St, Piso 2"],
    "12 OAK ST APT 3-2": ["12 Oak St Bldg 3 Apt 2"],
    "12 OAK ST # REAR": ["12 Oak St Rear", "12 Oak St, rear", "12 Oak St #REAR"],
    "12 OAK ST # FRNT": ["12 Oak St Front", "12 Oak St #frnt"],
    "12 LAKE FRONT": ["12 Lake Front"],
    "140 S VAN NESS AVE # 12": ["140 South Van Ness Ave #12", "140 S. Van Ness Avenue #12", "140 So. Van Ness Av #12"],
    "12 OAK ST NW": ["12 Oak St NW", "12 Oak Street N.W.", "12 Oak St. Northwest"],
    "12 NORTH ST": ["12 North St"],
    "12 N ST": ["12 N St"],
    "12 1ST ST": ["12 First St", "12 1st street", "12 01st St", "12 1 St"],
    "12 21ST AVE": ["12 Twenty-First Ave", "12 twenty first avenue", "12 21st Av.", "12 21 st Ave"],
    "12 ST JAMES PL": ["12 Saint James Place", "12 St. James Pl"],
    "12 MT VERNON RD": ["12 Mount Vernon Road", "12 Mt. Vernon Rd"],
    "12 MCALLISTER ST": ["12 McAllister St", "12 Mc Allister Street"],
    "12 OBRIEN NUNEZ WAY": ["12 O'Brien-Nunez Way", "12 O’Brien-Núñez Wy", "12 OBrien Nunez Way"],
    "12 MARTIN LUTHER KING JR BLVD": ["12 MLK Blvd", "12 Dr. Martin Luther King, Jr. Blvd",
                                      "12 M.L. King Jr Boulevard"],
    "12 CALLE REAL": ["12 Calle Real", "12 C/ Real", "12 calle réal"],
    "12 AVENIDA DE LAS FLORES": ["12 Avenida de las Flores", "12 Avda. de las Flores", "12 Ave de las Flores"],
    "12 AVENUE C": ["12 Avenue C", "12 Ave C"],
    "12 AVENUE OF THE AMERICAS": ["12 Avenue of the Americas", "12 Ave of the Americas"],
    "12 1/2 OAK ST": ["12 1/2 Oak St", "12½ Oak St", "12-1/2 Oak St"],
    "12-14 OAK ST": ["12-14 Oak St", "12 - 14 Oak St", "12–14 Oak St"],
    "12B OAK ST": ["12B Oak St", "12b oak st"],
    "N6W23001 BLUEMOUND RD": ["N6W23001 Bluemound Rd"],
    "123 E 400 S": ["123 E 400 S", "123 East 400 South"],
    "12 COUNTY ROAD 5": ["12 County Road 5", "12 County Rd 5", "12 CR 5", "12 Co Rd 5"],
    "12 HWY 20 N": ["12 Highway 20 N", "12 Hwy 20 North"],
    "12 STATE RTE 9": ["12 State Route 9", "12 SR 9", "12 State Hwy 9"],
    "12 PARK VW": ["12 Park View", "12 Park Vw"],
    "12 MOUNTAIN VIEW TER": ["12 Mountain View Terrace", "12 Mtn Vw Ter"],
    "2127 BROADWAY # 5": ["2127 Broadway 5", "2127 Broadway #5"],
    "1390 MARKET ST": ["Fox Plaza, 1390 Market St", "1390 Market St, San Francisco"],
    "PO BOX 123": ["PO Box 123", "P.O. Box 123", "p o box #0123", "POB 123", "Post Office Box 123", "Apartado 123"],
    "RR 2 BOX 152": ["RR 2 Box 152", "R.R. 2, Box 152", "Rural Route 2 Box 0152", "RR #2 Box #152"],
    "HC 1 BOX 3": ["HC 1 Box 3", "Highway Contract Route 1 Box 3"],
    "OAK ST": ["Oak St", "oak street"],
}  # fmt: skip


@pytest.mark.parametrize(("line", "typed"), [(line, t) for line, texts in SAME_LINE.items() for t in texts])
def test_ways_to_write_an_address_are_read_as_one(line: str, typed: str) -> None:
    parsed = parse_address(typed)
    assert parsed.line == line
    assert parse_address(parsed.line) == parsed


def test_parts_have_their_names() -> None:
    parsed = parse_address("0140 South Van Ness Avenue, Apt #012, San Francisco, CA 94103-1234")
    assert parsed == ParsedAddress(
        house_number="140",
        predirectional="S",
        street_name="VAN NESS",
        suffix="AVE",
        unit_type="APT",
        unit="12",
        zip5="94103",
    )
    assert parsed.keys == NormalisedAddress(
        house_number="140", unit="12", street_key="S VAN NESS AVE", street_core="VAN NESS", zip5="94103"
    )
    assert parse_address("PO Box 7").kind is AddressKind.PO_BOX
    assert parse_address("RR 2 Box 7").kind is AddressKind.RURAL_ROUTE


@pytest.mark.parametrize(
    ("typed", "line", "zip5"),
    [
        ("12 Oak St, Oakland, CA 94612", "12 OAK ST", "94612"),
        ("12 Oak St Oakland CA 94612-1234", "12 OAK ST", "94612"),
        ("12 Oak St\nApt 5\nOakland, CA 94612", "12 OAK ST APT 5", "94612"),
        ("12 Oak St #5 Oakland CA 94612", "12 OAK ST # 5", "94612"),
        ("12 Oak St E Oakland CA 94612", "12 OAK ST E", "94612"),
        ("12 Oak Ct, 06510", "12 OAK CT", "06510"),
        ("12 Oak St, Hartford, CT", "12 OAK ST", ""),
        ("12 Oak St Hartford CT 06510", "12 OAK ST", "06510"),
        ("12345 Oak St", "12345 OAK ST", ""),
        ("12 Highway 12345", "12 HWY 12345", ""),
    ],
)
def test_town_state_and_zip_are_read_over(typed: str, line: str, zip5: str) -> None:
    parsed = parse_address(typed)
    assert (parsed.line, parsed.zip5) == (line, zip5)


def test_unit_and_zip_in_fields_of_their_own() -> None:
    assert parse_address("12 Oak St", unit="apt 05", zip_code="94612").keys == NormalisedAddress(
        house_number="12", unit="5", street_key="OAK ST", street_core="OAK", zip5="94612"
    )
    assert parse_address("12 Oak St Apt 5", unit="5").unit == "5"
    assert parse_address("12 Oak St", unit="   ", zip_code=" ").line == "12 OAK ST"
    assert parse_address("12 Oak St 94612", zip_code="94612").line == "12 OAK ST"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12 Oak St", "12 Oak Ct"),
        ("12 Oak St #11", "12 Oak St #1-1"),
        ("12 Oak St #1", "12 Oak St #10"),
        ("12½ Oak St", "121/2 Oak St"),
        ("12 Oak St", "12-14 Oak St"),
        ("12 Oak St", "12B Oak St"),
        ("12 N St", "12 North St"),
        ("12 S Van Ness Ave", "12 Van Ness Ave"),
        ("12 E 1st St", "12 E 1st Ave"),
    ],
)
def test_different_addresses_stay_different(one: str, other: str) -> None:
    assert parse_address(one).keys != parse_address(other).keys


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", UnreadableReason.EMPTY),
        ("  ,.- ", UnreadableReason.EMPTY),
        ("a" * 300, UnreadableReason.TOO_LONG),
        ("12 Oak St " * 200_000, UnreadableReason.TOO_LONG),
        ("\ufdfa" * 100, UnreadableReason.NOT_LATIN),
        ("12 Oak\x00 St", UnreadableReason.CONTROL_CHARACTER),
        ("12 Oak\x07 St", UnreadableReason.CONTROL_CHARACTER),
        ("12 \u202eOak St", UnreadableReason.INVISIBLE_CHARACTER),
        ("12 O\u200bak St", UnreadableReason.INVISIBLE_CHARACTER),
        ("12 \u041eak St", UnreadableReason.NOT_LATIN),  # Cyrillic O
        ("12 Oak St \U0001f3e0", UnreadableReason.NOT_LATIN),
        ("\u0661\u0662 Oak St", UnreadableReason.NOT_LATIN),  # Arabic digits
        ("12 Oak\ud800 St", UnreadableReason.NOT_LATIN),
        ("12", UnreadableReason.NO_STREET),
        ("#5", UnreadableReason.NO_STREET),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(typed: str, reason: UnreadableReason) -> None:
    with pytest.raises(UnableToReadAddress) as refused:
        parse_address(typed)
    assert refused.value.reason is reason
    assert "Oak" not in str(refused.value)


def test_fields_that_disagree_are_refused() -> None:
    with pytest.raises(UnableToReadAddress) as zips:
        parse_address("12 Oak St, CA 94612", zip_code="94103")
    assert zips.value.reason is UnreadableReason.TWO_ZIPS
    with pytest.raises(UnableToReadAddress) as found:
        parse_address("12 Oak St #5", unit="6")
    assert found.value.reason is UnreadableReason.TWO_UNITS


def test_a_reading_that_never_settles_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    readings = (ParsedAddress(street_name=f"OAK {i}") for i in range(10))
    monkeypatch.setattr(parse, "_read", lambda plain, zip5: next(readings))
    with pytest.raises(UnableToReadAddress) as refused:
        parse_address("12 Oak St")
    assert refused.value.reason is UnreadableReason.UNCLEAR


def test_full_width_letters_are_letters() -> None:
    assert parse_address("１２ Ｏａｋ Ｓｔ").line == "12 OAK ST"


@pytest.mark.parametrize("typed", ["94612", " 94612-1234 ", "94612 1234", "946121234", "９４６１２"])
def test_zip_codes(typed: str) -> None:
    assert normalise_zip(typed) == "94612"


@pytest.mark.parametrize("typed", ["9461", "946123", "abcde", "94612-12", "9" * 30])
def test_bad_zip_codes(typed: str) -> None:
    with pytest.raises(UnableToReadAddress):
        normalise_zip(typed)


WORDS = """
12 0 007 12B 12-14 1/2 1ST 21 TH N S E SOUTH NO SO OAK ST STREET AVE AVENUE CT VIEW PARK LAKE SAINT MC MOUNT O'BRIEN
VAN NESS DR MLK KING CALLE AVENIDA DE LA # #5 APT UNIT FL FLOOR BLDG REAR FRONT PH PH5 APT5 NO. 2ND A B 5 5B 202 C
PO BOX RR HC HWY COUNTY ROAD ROUTE STATE 94612 94612-1234 CA , OAKLAND TWENTY FIRST - & ½ ñ . ; TR CR
"""


def _stays(text: str, unit: str = "") -> None:
    try:
        parsed = parse_address(text, unit=unit)
    except UnableToReadAddress:
        return
    assert parse_address(parsed.line, zip_code=parsed.zip5) == parsed
    assert parsed.line == parsed.line.upper().strip()
    assert parsed.line.isascii()
    street = parsed.street
    assert Street.from_keys(street_key=street.key, street_core=street.name).key == street.key


@settings(max_examples=1_500, deadline=None)
@given(st.lists(st.sampled_from([*WORDS.split(), "\t", "\n"]), max_size=9).map(" ".join))
@example("12 AVE 5")
def test_words_of_addresses_in_any_order_are_normalised_once_and_for_all(text: str) -> None:
    _stays(text)


@settings(max_examples=500, deadline=None)
@given(st.text(st.characters(codec=None), max_size=220), st.text(max_size=12))
def test_any_text_is_read_or_refused(text: str, unit: str) -> None:
    _stays(text, unit)
    _stays(f"12 {text} St")
    _stays(f"12 Oak St # {text}")


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(codec=None), max_size=40))
def test_any_zip_is_read_or_refused(text: str) -> None:
    try:
        zip5 = normalise_zip(text)
    except UnableToReadAddress:
        return
    assert normalise_zip(zip5) == zip5


def test_usaddress_is_loaded_only_in_doubt() -> None:
    """Its model takes longer to load than a thousand plain addresses to read."""
    program = (
        "import sys; from meterside.kit.addresses import parse_address\n"
        "parse_address('12 Oak St Apt 5'); assert 'usaddress' not in sys.modules\n"
        "parse_address('12 Van Ness'); assert 'usaddress' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_suffix_table_agrees_with_scourgify() -> None:
    """Two tables made apart from USPS Publication 28; where ours differs, it is meant."""
    from scourgify.address_constants import STREET_TYPE_ABBREVIATIONS

    theirs = {word: short for word, short in STREET_TYPE_ABBREVIATIONS.items() if " " not in word}
    differing = {word for word, short in theirs.items() if SUFFIXES.get(word) != short}
    assert differing == set(AMBIGUOUS_SUFFIXES)


def _real_lines() -> list[tuple[str, str]]:
    path = Path(os.environ["METERSIDE_REAL_DATA"]) / "addresses" / "real_addresses_ca.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    lines = {
        (" ".join(filter(None, (r["number"], r["predir"], r["street"], r["type"]))), r["unit"].strip())
        for r in rows
    }
    return sorted((line, unit) for line, unit in lines if not line.startswith("0 "))


SUFFIXES_OF_SCOURGIFY = {"TR": "TRL"}
needs_real_data = pytest.mark.skipif(
    "METERSIDE_REAL_DATA" not in os.environ, reason="METERSIDE_REAL_DATA is not set"
)


@pytest.mark.real_data
@needs_real_data
def test_our_reading_agrees_with_scourgify_on_real_addresses() -> None:
    """Streets as usaddress-scourgify splits them, and no doubt about any real line.

    Units too, where one word holds them: of words ('COM', 'LOWER COML') it keeps only the sign.
    """
    from scourgify.normalize import normalize_address_record

    differing = []
    in_doubt = set()
    units_compared = 0
    for line, unit in _real_lines():
        plain_unit = unit if unit.isalnum() and (len(unit) == 1 or not unit.isalpha()) else ""
        text = f"{line} # {plain_unit}" if plain_unit else line
        parsed, is_sure = read_line(plain_text(text))
        if not is_sure:
            in_doubt.add(line)
        theirs = normalize_address_record(f"{text}, Oakland, CA 94612")
        their_line = theirs["address_line_1"]
        if parsed.suffix in AMBIGUOUS_SUFFIXES:  # theirs takes TR for Trail; we leave it open
            their_line = their_line.removesuffix(SUFFIXES_OF_SCOURGIFY[parsed.suffix]) + parsed.suffix
        ours = " ".join(filter(None, (parsed.house_number, parsed.street.key)))
        their_unit = parse_address("1 Oak St", unit=theirs["address_line_2"] or "").unit
        units_compared += bool(their_unit)
        if (parse_address(their_line).line, their_unit) != (ours, parsed.unit):
            differing.append((text, theirs, parsed))
    assert differing == []
    assert in_doubt == set()
    assert units_compared > 3_000
