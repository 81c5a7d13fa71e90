"""Vectors of the domain (§2.9, §2.10) and clarifications 19 and 20."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric, uscc
from stdnum.iso7064 import mod_37_36

from kernel import clock, identifiers
from kernel.rules import RuleViolation

VALID_CREDIT_CODES = [
    "91310115591693856A",
    "91350100M000100Y43",
    "91110108MA01KPGK0L",
    "91440300708461136T",
    "91330000717612522B",
    "91420100MA4K00002Y",
    "91440101MA5C000154",
    "124400004558500019",
    "11420100011000006Y",
    "N2441823MF0000128C",
]
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@pytest.mark.parametrize("code", VALID_CREDIT_CODES)
def test_a_valid_credit_code_passes_without_a_warning(code):
    assert identifiers.check_uscc(code) == code
    assert identifiers.uscc_warning(code) == ""


@pytest.mark.parametrize(
    ("code", "named"),
    [
        ("91420100MA4K00002X", "第 18 位"),
        ("N2441823MF0000128D", "第 18 位"),
        ("91420100MI4K00002Y", "没有 I"),
        ("9142010AMA4K00002Y", "第 3 至 8 位"),
        ("91420100MA4K0000", "16 位"),
        ("", "0 位"),
        ("٩1420100MA4K00002Y", "只含数字和大写字母"),
    ],
)
def test_a_wrong_credit_code_is_refused_and_the_check_that_failed_is_named(code, named):
    with pytest.raises(RuleViolation, match=named) as refusal:
        identifiers.check_uscc(code)
    assert refusal.value.code == "bad_credit_code"


def test_a_wrong_organisation_number_is_refused_even_under_a_right_last_character():
    body = "91420100MA4K00003"  # …0002 is right
    with pytest.raises(RuleViolation, match="第 17 位"):
        identifiers.check_uscc(body + uscc.calc_check_digit(body))


@pytest.mark.parametrize(
    "typed", ["91420100ma4k00002y", " 91420100MA4K00002Y\n", "９１４２０１００ＭＡ４Ｋ００００２Ｙ"]
)
def test_a_credit_code_is_normalised_before_it_is_checked(typed):
    assert identifiers.check_uscc(typed) == "91420100MA4K00002Y"


def test_an_unknown_region_in_a_credit_code_only_warns():
    body = "91990100MA4K00002"
    code = identifiers.check_uscc(body + uscc.calc_check_digit(body))
    assert "990100" in identifiers.uscc_warning(code)


@pytest.mark.parametrize(
    "number",
    ["11010519491231002X", "440524188001010014", "420106199003070016", "44010119850615004X", "11010519491231002x"],
)
def test_a_valid_identity_number_passes(number):
    assert identifiers.check_identity_no(number) == number.upper()


@pytest.mark.parametrize("typed", ["13800001234", "+86 138-0000-1234", " １３８００００１２３４ "])
def test_a_mobile_number_is_one_however_it_is_typed(typed):
    assert identifiers.check_phone(typed) == "13800001234"


@pytest.mark.parametrize("typed", ["", "12800001234", "1380000123", "138000012345", "١٣٨٠٠٠٠١٢٣٤", "0086 13800001234"])
def test_any_other_number_is_refused(typed):
    with pytest.raises(RuleViolation) as refusal:
        identifiers.check_phone(typed)
    assert refusal.value.code == "bad_phone"


@pytest.mark.parametrize("province", ["71", "81", "82", "83"])
def test_identity_numbers_of_taiwan_hong_kong_and_macau_pass(province):
    body = f"{province}000019900307001"
    assert identifiers.check_identity_no(body + ric.calc_check_digit(body + "0"))


def _identity(body):
    return body + ric.calc_check_digit(body + "0")


@pytest.mark.parametrize(
    ("number", "named"),
    [
        ("420106199003070017", "校验位"),
        ("42010619900307001", "17 位数字"),
        ("42010619900307001A", "17 位数字"),
        (_identity("99010619900307001"), "省级代码"),
        (_identity("42010619900230001"), "出生日期"),
        (_identity("42010629900307001"), "出生日期"),
    ],
)
def test_a_wrong_identity_number_is_refused_with_its_reason(number, named):
    with pytest.raises(RuleViolation, match=named) as refusal:
        identifiers.check_identity_no(number)
    assert refusal.value.code == "bad_identity_no"


def test_a_birth_today_passes_and_tomorrow_does_not():
    today = clock.today()
    assert identifiers.check_identity_no(_identity(f"420106{today:%Y%m%d}001"))
    with pytest.raises(RuleViolation):
        identifiers.check_identity_no(_identity(f"420106{today + timedelta(days=1):%Y%m%d}001"))


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=60))
def test_the_check_character_is_the_one_of_the_library(payload: str) -> None:
    assert identifiers.mod37_36(payload) == mod_37_36.calc_check_digit(payload)


def test_the_check_character_of_the_published_example_is_m():
    assert identifiers.mod37_36("A12425GABC1234002") == "M"


@pytest.mark.parametrize(
    ("parts", "serial"),
    [
        (
            ("440100", "GD22002", "P00017", 2023, 1, 1, 10363),
            "PHCER-440100-GD22002-P00017-2023-01-000000001-000010363-1",
        ),
        (
            ("440100", "GD22002", "P00017", 2023, 1, 1, 4000),
            "PHCER-440100-GD22002-P00017-2023-01-000000001-000004000-N",
        ),
        (
            ("440100", "GD22002", "P00017", 2023, 1, 4001, 10363),
            "PHCER-440100-GD22002-P00017-2023-01-000004001-000010363-B",
        ),
        (
            ("420100", "WH23001", "P00003", 2023, 2, 10364, 15363),
            "PHCER-420100-WH23001-P00003-2023-02-000010364-000015363-Z",
        ),
    ],
)
def test_unit_numbers_before_and_after_the_split(parts, serial):
    assert identifiers.unit_serial(*parts) == serial
    assert identifiers.parse_unit_serial(serial.lower()) == parts


@pytest.mark.parametrize(
    "parts",
    [
        ("44010", "GD22002", "P00017", 2023, 1, 1, 2),
        ("440100", "GD22002", "P00017", 2023, 1, 3, 2),
        ("440100", "GD22002", "P00017", 2023, 1, 0, 2),
        ("440100", "GD22002", "P00017", 2023, 100, 1, 2),
        ("440100", "GD22002", "P00017", 2023, 1, 1, 10**9),
    ],
)
def test_a_unit_number_out_of_shape_is_never_made(parts):
    with pytest.raises(RuleViolation) as refusal:
        identifiers.unit_serial(*parts)
    assert refusal.value.code == "bad_serial"


@given(st.integers(min_value=0, max_value=52), st.sampled_from(ALPHABET))
def test_one_wrong_character_in_a_unit_number_is_always_found(place, other):
    serial = "PHCER-440100-GD22002-P00017-2023-01-000004001-000010363-B"
    wrong = serial[:place] + other + serial[place + 1 :]
    if wrong != serial:
        with pytest.raises(RuleViolation):
            identifiers.parse_unit_serial(wrong)


def test_the_other_numbers():
    assert identifiers.project_no("440100", 2023, 17) == "PHC-440100-2023-00017"
    assert identifiers.project_part("PHC-440100-2023-00017") == "P00017"
    assert identifiers.method_no("GD", 2022, 2, 2) == "GD-2022-002-V02"
    assert identifiers.method_short("gd-2022-002-v02") == "GD22002"
    assert identifiers.acceptance_no("990100", date(2024, 9, 12), 3) == "990100-SL-20240912-0003"
    with pytest.raises(RuleViolation):
        identifiers.method_short("GD-22-2")


@pytest.mark.parametrize(("seq", "number"), [(21, "TPH99010020261120000021G"), (174, "TPH99010020261122000174M")])
def test_certificate_numbers_of_the_design(seq, number):
    day = date(2026, 11, 20 if seq == 21 else 22)
    assert identifiers.certificate_no("990100", day, seq) == number
    assert identifiers.check_certificate_no(number)
    assert identifiers.group_certificate_no(number) == f"TPH 990100 {day:%Y%m%d} {seq:06d} {number[-1]}"
    assert identifiers.check_certificate_no(identifiers.group_certificate_no(number).lower())


@given(st.integers(min_value=0, max_value=23), st.sampled_from(ALPHABET))
def test_one_wrong_character_in_a_certificate_number_is_always_found(place, other):
    number = identifiers.certificate_no("990100", date(2026, 11, 20), 21)
    wrong = number[:place] + other + number[place + 1 :]
    assert identifiers.check_certificate_no(wrong) is (wrong == number)


def test_masks():
    assert identifiers.mask_name("林晓华") == "林*华"
    assert identifiers.mask_name("王芳") == "王*"
    assert identifiers.mask_name("欧阳娜娜") == "欧**娜"
    assert identifiers.mask_name("王") == "王"
    assert identifiers.mask_phone("13800001234") == "138****1234"
    assert identifiers.mask_phone("0208888") == "*******"
    assert identifiers.mask_identity("420106199003070016") == "420106********0016"
    assert identifiers.mask_identity("H12345678") == "*********"


def test_the_provinces_are_those_of_the_standard():
    """GB/T 2260: written out here, so that a range that grows or shrinks is seen; 83 is of residents from Taiwan."""
    written = (
        """11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83"""
    )
    assert set(written.split()) == identifiers.PROVINCES


def test_a_region_is_known_by_its_province_and_national_bodies_have_none():
    assert identifiers.uscc_warning("91440100MA5C00015U") == ""
    assert identifiers.uscc_warning("11100000000013127D") == ""
    assert "160100" in identifiers.uscc_warning("91160100MA5C00015U")
    assert "990100" in identifiers.uscc_warning("91990100MA5C00015U")


@pytest.mark.parametrize(
    ("serial", "words"),
    [
        ("PHCER-440100-GD22002-P00017-2023-01-000004001", "九段"),
        ("PHCER-440100-GD22002-P00017-2023-01-000004001-000010363-A", "校验位"),
    ],
)
def test_a_wrong_unit_number_says_what_is_wrong(serial, words):
    with pytest.raises(RuleViolation, match=words) as refusal:
        identifiers.parse_unit_serial(serial)
    assert refusal.value.code == "bad_serial"


def test_a_unit_number_that_ends_before_it_begins_is_refused_although_its_check_character_fits():
    body = ["PHCER", "440100", "GD22002", "P00017", "2023", "01", "000010363", "000004001"]
    with pytest.raises(RuleViolation, match="起号大于止号") as refusal:
        identifiers.parse_unit_serial(identifiers._closed(*body))
    assert refusal.value.code == "bad_serial"
