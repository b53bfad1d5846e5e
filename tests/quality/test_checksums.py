from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datahall.quality import checksums
from tests.quality import oracle

TODAY = date(2026, 10, 16)


def passes(kernel, value: str | None) -> bool:
    """The verdict on one value, from a column where it stands in the middle."""
    column = pl.Series(["x", None, value, "第三行"], dtype=pl.String)
    return not kernel(column, TODAY)[2]


@pytest.mark.parametrize(
    ("value", "good"),
    [
        ("11010519491231002X", True),  # GB 11643's own example
        ("11010519491231002x", False),
        ("110105194912310021", False),
        ("11010519491231002", False),
        ("11010519491231002X ", False),
        ("１１010519491231002X", False),
        ("110105194902300023", False),  # 30 February
        ("", False),
        (None, True),
    ],
)
def test_standard_vectors_of_the_identity_number(value, good):
    assert passes(checksums.id_card_fails, value) is good


@pytest.mark.parametrize(
    ("value", "good"),
    [
        ("91620100710338815H", True),
        ("91110000600037341L", True),
        ("91620100710338815A", False),
        ("91620100710338815h", False),
        ("9162010071O338815H", False),  # the letter O
        ("", False),
        (None, True),
    ],
)
def test_standard_vectors_of_the_credit_identifier(value, good):
    assert passes(checksums.uscc_fails, value) is good


def test_standard_vectors_of_other_numbers():
    assert passes(checksums.vin_fails, "1M8GDM9AXKP042788")
    assert not passes(checksums.vin_fails, "1M8GDM9A1KP042788")
    assert passes(checksums.bank_card_fails, "6222021234567890128") is oracle.bank_card(
        "6222021234567890128"
    )
    assert passes(checksums.bank_card_fails, "4111111111111111")
    assert not passes(checksums.bank_card_fails, "4111111111111112")
    assert not passes(checksums.bank_card_fails, "0" * 20)


def test_a_birth_day_may_be_today_and_not_tomorrow():
    def number(day: str) -> str:
        body = f"341502{day}001"
        return body + oracle.ric.calc_check_digit(body + "0")

    assert passes(checksums.id_card_fails, number("20261016"))
    assert not passes(checksums.id_card_fails, number("20261017"))


def test_a_slice_of_a_column_reads_its_own_bytes():
    column = pl.Series(["91620100710338815H", "91110000600037341L", "9111000060003734AL"])

    assert checksums.uscc_fails(column[1:], TODAY).tolist() == [False, True]


def test_empty_columns_have_no_failures():
    for kernel in (
        checksums.id_card_fails,
        checksums.uscc_fails,
        checksums.vin_fails,
        checksums.bank_card_fails,
    ):
        assert kernel(pl.Series([], dtype=pl.String), TODAY).tolist() == []


DIGITS = st.text("0123456789", min_size=17, max_size=17)
DAYS = st.dates(date(1840, 1, 1), date(2030, 12, 31)).map(lambda d: f"{d:%4Y%m%d}")
NEAR_ID = st.builds(
    lambda region, day, order, check: region + day + order + check,
    st.sampled_from(["341502", "342401", "110105", "990000", "341524"]),
    DAYS | st.text("0123456789", min_size=8, max_size=8),
    st.text("0123456789", min_size=3, max_size=3),
    st.sampled_from("0123456789Xx"),
)
RIGHT_ID = NEAR_ID.map(lambda v: v[:17] + oracle.ric.calc_check_digit(v))
NEAR_USCC = st.text(checksums.USCC_ALPHABET + "IOSVZa", min_size=17, max_size=19)
RIGHT_USCC = st.text(checksums.USCC_ALPHABET, min_size=17, max_size=17).map(
    lambda v: v + oracle.uscc.calc_check_digit(v)
)


@given(NEAR_ID | RIGHT_ID | st.text(max_size=20))
def test_identity_numbers_agree_with_the_oracle(value):
    assert passes(checksums.id_card_fails, value) == oracle.id_card(value, TODAY)


@given(NEAR_USCC | RIGHT_USCC | st.text(max_size=20))
def test_credit_identifiers_agree_with_the_oracle(value):
    assert passes(checksums.uscc_fails, value) == oracle.is_uscc(value)


@given(st.text("0123456789ABCDEFGHIJXZ", min_size=16, max_size=18))
def test_vehicle_numbers_agree_with_the_oracle(value):
    assert passes(checksums.vin_fails, value) == oracle.vin(value)


@given(st.text("0123456789", min_size=10, max_size=21) | st.text(max_size=20))
def test_bank_cards_agree_with_the_oracle(value):
    assert passes(checksums.bank_card_fails, value) == oracle.bank_card(value)
