"""E-mail addresses as look-up keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterside.kit.emails import UnableToUseEmail, UnusableEmailReason, normalise_email

ADDRESS = "alice@riverbend.example"


@pytest.mark.parametrize(
    "typed",
    [
        ADDRESS,
        "  alice@riverbend.example \n",
        "ALICE@Riverbend.Example",
        "\u00a0alice@riverbend.example\t",
    ],
)
def test_case_and_surrounding_space_do_not_count(typed: str) -> None:
    assert normalise_email(typed) == ADDRESS


@pytest.mark.parametrize("other", ["alice+bills@riverbend.example", "al.ice@riverbend.example"])
def test_plus_and_dot_variants_are_different_addresses(other: str) -> None:
    assert normalise_email(other) == other
    assert normalise_email(other) != ADDRESS


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", UnusableEmailReason.EMPTY),
        (" \t", UnusableEmailReason.EMPTY),
        ("\u0430lice@riverbend.example", UnusableEmailReason.NOT_ASCII),  # Cyrillic a
        ("\uff41lice@riverbend.example", UnusableEmailReason.NOT_ASCII),  # full-width a
        ("alice@r\u0456verbend.example", UnusableEmailReason.NOT_ASCII),
        ("alice@river\u200bbend.example", UnusableEmailReason.NOT_ASCII),
        ("\u202ealice@riverbend.example", UnusableEmailReason.NOT_ASCII),
        ("\u212aate@riverbend.example", UnusableEmailReason.NOT_ASCII),  # Kelvin sign, lower case 'k'
        ("alice@riverbend.example\ud800", UnusableEmailReason.NOT_ASCII),
        ("a" * 65 + "@riverbend.example", UnusableEmailReason.TOO_LONG),
        ("alice@" + "a." * 125 + "example", UnusableEmailReason.TOO_LONG),
        ("a" * 1_000_000, UnusableEmailReason.TOO_LONG),
        ("alice", UnusableEmailReason.NOT_AN_ADDRESS),
        ("@riverbend.example", UnusableEmailReason.NOT_AN_ADDRESS),
        ("alice@", UnusableEmailReason.NOT_AN_ADDRESS),
        ("alice@localhost", UnusableEmailReason.NOT_AN_ADDRESS),
        ("alice@127.0.0.1", UnusableEmailReason.NOT_AN_ADDRESS),
        ("a@b@riverbend.example", UnusableEmailReason.NOT_AN_ADDRESS),
        ("alice..b@riverbend.example", UnusableEmailReason.NOT_AN_ADDRESS),
        ("alice@-riverbend.example", UnusableEmailReason.NOT_AN_ADDRESS),
        ("alice@riverbend.example.", UnusableEmailReason.NOT_AN_ADDRESS),
        ("al ice@riverbend.example", UnusableEmailReason.NOT_AN_ADDRESS),
        ("alice\x00@riverbend.example", UnusableEmailReason.NOT_AN_ADDRESS),
        ("alice@riverbend.example\nBcc: bob@riverbend.example", UnusableEmailReason.NOT_AN_ADDRESS),
        ("alice@" + "a" * 64 + ".example", UnusableEmailReason.NOT_AN_ADDRESS),
    ],
)
def test_refusals_name_their_reason_and_never_repeat_the_text(
    typed: str, reason: UnusableEmailReason
) -> None:
    with pytest.raises(UnableToUseEmail) as refused:
        normalise_email(typed)
    assert refused.value.reason is reason
    assert typed.strip() == "" or typed not in str(refused.value)


def test_longest_address_is_taken() -> None:
    longest = "a" * 64 + "@" + "b" * 61 + "." + "c" * 61 + "." + "d" * 61 + ".ie"
    assert len(longest) == 253
    assert normalise_email(longest) == longest


@given(st.text(st.characters(codec=None), max_size=300) | st.emails())
def test_any_text_is_normalised_once_and_for_all_or_refused(text: str) -> None:
    try:
        email = normalise_email(text)
    except UnableToUseEmail:
        return
    assert normalise_email(email) == email
    assert email.isascii()
    assert len(email) <= 254
