"""Numbers with meaning: check characters, the portal's own numbering, credit codes, identity numbers and masks.

Codes are normalised first and then matched on ASCII in full: a full-width or Arabic-Indic digit never slips through.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import NamedTuple

from stdnum.cn import ric, uscc

from kernel import clock
from kernel.rules import RuleViolation, require
from kernel.rules import sentence as _

_SERIAL = re.compile(
    r"PHCER-([0-9]{6})-([A-Z]{2}[0-9]{5})-(P[0-9]{5})-([0-9]{4})-([0-9]{2})-([0-9]{9})-([0-9]{9})-[0-9A-Z]"
)
_METHOD = re.compile(r"([A-Z]{2})-([0-9]{4})-([0-9]{3})-V([0-9]{2})")
_CERTIFICATE = re.compile(r"TPH[0-9]{20}[0-9A-Z]")
_USCC = re.compile(r"[0-9A-HJ-NP-RTUW-Y]{2}[0-9]{6}[0-9A-HJ-NP-RTUW-Y]{10}")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_IDENTITY = re.compile(r"[0-9]{17}[0-9X]")
# ISO/IEC 7064 MOD 37,36, a step at a time: what the sum becomes after a character. A statement has hundreds of serials of fifty
# characters; python-stdnum, with which a test compares, looks each of them up in the alphabet.
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_AFTER = [{sign: ((check or 36) * 2 % 37 + n) % 36 for n, sign in enumerate(_ALPHABET)} for check in range(36)]
# GB/T 2260 provinces; identity numbers begin with 83 for residents from Taiwan, and 10 stands for national bodies.
_RANGES = ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
PROVINCES = frozenset(str(code) for first, last in _RANGES for code in range(first, last + 1))
_NATIONAL = "10"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)  # GB 11714


class UnitSerial(NamedTuple):
    """The parts of a unit block's number; ``start`` and ``end`` are tonnes of the project's vintage, both included."""

    adm6: str
    meth7: str
    proj6: str
    vintage: int
    batch: int
    start: int
    end: int


def normalise(code: str) -> str:
    """Return the code as it is stored: compatibility forms unified (NFKC), trimmed, upper case."""
    return unicodedata.normalize("NFKC", code).strip().upper()


def mod37_36(payload: str) -> str:
    """Return the ISO/IEC 7064 MOD 37,36 check character of digits and capital letters."""
    require(re.fullmatch(r"[0-9A-Z]+", payload), "bad_code", _("编号只能由数字和大写字母组成"))
    check = 18
    for character in payload:
        check = _AFTER[check][character]
    return _ALPHABET[(1 - (check or 36) * 2 % 37) % 36]


def _closed(*parts: str) -> str:
    return "-".join([*parts, mod37_36("".join(parts).replace("-", ""))])


def unit_serial(adm6: str, meth7: str, proj6: str, vintage: int, batch: int, start: int, end: int) -> str:
    """Return ``PHCER-…-check`` for tonnes ``start`` to ``end``; RuleViolation("bad_serial") for parts out of shape."""
    parts = ("PHCER", adm6, meth7, proj6, f"{vintage:04d}", f"{batch:02d}", f"{start:09d}", f"{end:09d}")
    serial = _closed(*parts)
    require(
        _SERIAL.fullmatch(serial) and 0 < start <= end,
        "bad_serial",
        _("编号的组成部分不合规则：{serial}", serial=serial),
    )
    return serial


def parse_unit_serial(s: str) -> UnitSerial:
    """Take a unit number apart. Raises RuleViolation("bad_serial") when shape, order or check character is wrong."""
    serial = normalise(s)
    found = _SERIAL.fullmatch(serial)
    if found is None:
        raise RuleViolation("bad_serial", _("减排量编号的格式不对，应为 PHCER 开头的九段编号"))
    adm6, meth7, proj6, *numbers = found.groups()
    vintage, batch, start, end = (int(number) for number in numbers)
    require(0 < start <= end, "bad_serial", _("减排量编号的起号大于止号"))
    require(serial == _closed(*serial.split("-")[:-1]), "bad_serial", _("减排量编号的校验位不对，请核对每一位"))
    return UnitSerial(adm6, meth7, proj6, vintage, batch, start, end)


def project_no(adm6: str, year: int, seq: int) -> str:
    """Return a registered project's number, as ``PHC-440100-2023-00017``."""
    return f"PHC-{adm6}-{year:04d}-{seq:05d}"


def project_part(project_number: str) -> str:
    """Return the project's part of unit numbers (``P00017``); it is unique in its division for ever."""
    return f"P{project_number.rsplit('-', 1)[1]}"


def method_no(prov2: str, year: int, seq: int, version: int) -> str:
    """Return a method's number with its version, as ``GD-2022-002-V02``."""
    return f"{prov2}-{year:04d}-{seq:03d}-V{version:02d}"


def method_short(number: str) -> str:
    """Return the seven characters a method has in unit numbers: ``GD-2022-002-V02`` is ``GD22002`` in every version."""
    found = _METHOD.fullmatch(normalise(number))
    if found is None:
        raise RuleViolation("bad_method_no", _("方法学编号的格式不对，应如 GD-2022-002-V02"))
    return f"{found[1]}{found[2][2:]}{found[3]}"


def acceptance_no(adm6: str, day: date, seq: int) -> str:
    """Return the number of an acceptance (受理), as ``990100-SL-20240912-0003``."""
    return f"{adm6}-SL-{day:%Y%m%d}-{seq:04d}"


def certificate_no(adm6: str, day: date, seq: int) -> str:
    """Return a certificate's number: TPH, division, day, running number and the check character over all of it."""
    payload = f"TPH{adm6}{day:%Y%m%d}{seq:06d}"
    return payload + mod37_36(payload)


def check_certificate_no(s: str) -> bool:
    """Return whether a certificate's number, also typed in groups, has the right shape and check character."""
    number = re.sub(r"[ -]", "", normalise(s))
    return bool(_CERTIFICATE.fullmatch(number)) and mod37_36(number[:-1]) == number[-1]


def group_certificate_no(s: str) -> str:
    """Return a certificate's number in the printed groups of 3-6-8-6-1."""
    return " ".join((s[:3], s[3:9], s[9:17], s[17:23], s[23:]))


def check_uscc(s: str) -> str:
    """Return a unified social credit code (GB 32100) normalised, or raise RuleViolation("bad_credit_code").

    Both check characters must hold, the code's own and that of the organisation number inside it (GB 11714).
    An unknown region is no reason to refuse; see :func:`uscc_warning`.
    """
    code = normalise(s)
    require(len(code) == 18, "bad_credit_code", _("统一社会信用代码应为 18 位，现为 {n} 位", n=len(code)))
    require(
        _USCC.fullmatch(code),
        "bad_credit_code",
        _("统一社会信用代码只含数字和大写字母（没有 I、O、S、V、Z），第 3 至 8 位应为数字"),
    )
    require(
        uscc.calc_check_digit(code[:17]) == code[17],
        "bad_credit_code",
        _("统一社会信用代码第 18 位校验位不对，请核对每一位"),
    )
    require(
        _organisation_check(code[8:16]) == code[16],
        "bad_credit_code",
        _("统一社会信用代码第 17 位（组织机构代码校验位）不对，请核对第 9 至 17 位"),
    )
    return code


def uscc_warning(code: str) -> str:
    """Return a sentence when a valid credit code names a region we do not know (it may be new), else an empty text."""
    region = code[2:8]
    if region[:2] in PROVINCES or region[:2] == _NATIONAL:
        return ""
    return _("统一社会信用代码中的行政区划 {region} 未收录，请再核对", region=region)


def _organisation_check(body: str) -> str:
    total = sum(int(char, 36) * weight for char, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]


def check_identity_no(s: str) -> str:
    """Return a resident identity number (GB 11643) normalised, or raise RuleViolation("bad_identity_no").

    How old a person may be is not decided here: a birth in 1880 passes, a birth in the future does not.
    """
    number = normalise(s)
    require(_IDENTITY.fullmatch(number), "bad_identity_no", _("居民身份证号码应为 17 位数字加 1 位数字或 X"))
    require(number[:2] in PROVINCES, "bad_identity_no", _("居民身份证号码前两位不是省级代码"))
    require(
        ric.calc_check_digit(number) == number[17], "bad_identity_no", _("居民身份证号码末位校验位不对，请核对每一位")
    )
    require(_born(number) is not None, "bad_identity_no", _("居民身份证号码中的出生日期不存在或晚于今天"))
    return number


def _born(number: str) -> date | None:
    try:
        day = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    return day if day <= clock.today() else None


def check_phone(s: str) -> str:
    """Return a mainland mobile number as its 11 digits, without +86, spaces and hyphens, or raise RuleViolation("bad_phone")."""
    number = re.sub(r"[ -]", "", normalise(s)).removeprefix("+86")
    require(_MOBILE.fullmatch(number), "bad_phone", _("手机号应为 11 位数字，以 13 至 19 开头"))
    return number


def mask_name(name: str) -> str:
    """Hide all but the first and last character: 林晓华 is 林*华, 王芳 is 王*."""
    if len(name) < 3:
        return name[:1] + "*" * (len(name) - 1)
    return name[0] + "*" * (len(name) - 2) + name[-1]


def mask_phone(phone: str) -> str:
    """Hide the middle of a telephone number, as 138****1234; a short number is hidden whole."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 11 else "*" * len(phone)


def mask_identity(number: str) -> str:
    """Hide the birth date of an identity number, as 420106********0016; any other length is hidden whole."""
    return f"{number[:6]}********{number[-4:]}" if len(number) == 18 else "*" * len(number)
