"""What a certificate of retirement says by what the units were retired for (domain §1.4.6): title, sentence, and words of its fields.

A snapshot names its use by ``use_code``; one from before there were codes, or of a use that is not here, is said in general words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from certificates.states import Kind


class Use(NamedTuple):
    """One use: title in the reader's language, the English one of the sheet, whom it is about, the sentence of the page, and what
    the document behind it is called."""

    title: Any
    english: str
    subject: Any
    told: Any
    basis: Any


GENERAL = Use(Kind.RETIREMENT.label, "Certificate of Retirement", _("受益方"), "", _("依据"))
USES: Mapping[str, Use] = {
    "COMPLIANCE": Use(
        _("履约抵销确认书"),
        "Confirmation of Compliance Offset",
        _("排放单位"),
        _("这些减排量已注销，用来抵销排放单位在这一履约年度的排放，计入它的抵销上限。"),
        _("申报数据"),
    ),
    "CHARITY": Use(
        _("公益注销证书"),
        "Certificate of Voluntary Retirement for the Public Good",
        _("受益方"),
        _("注销方为公益自愿注销了这些减排量，它们不能再用来抵销或交易。"),
        _("依据"),
    ),
    "CORP": Use(
        _("企业碳中和注销证明"),
        "Certificate of Retirement for Corporate Carbon Neutrality",
        _("受益方"),
        _("这些减排量为所写的核算边界和年度注销。本证明只证明注销，不评价是否实现碳中和。"),
        _("边界和年度"),
    ),
    "PERSONAL": Use(
        _("个人碳中和注销证书"),
        "Certificate of Retirement for Personal Carbon Neutrality",
        _("受益人"),
        _("这些减排量为抵消个人生活中的排放而注销。本证书只证明注销，不评价是否实现碳中和。"),
        _("依据"),
    ),
    "ECO_DAMAGE": Use(
        _("生态环境损害赔偿注销证明"),
        "Certificate of Retirement for Ecological Damage Compensation",
        _("受益方"),
        _("这些减排量为履行生态环境损害赔偿责任而注销，依据是所写的法律文书。"),
        _("法律文书号"),
    ),
    "POINTS": Use(
        _("积分兑换注销证明"),
        "Certificate of Retirement for Redeemed Points",
        _("受益方"),
        _("这些减排量因碳积分兑换消耗而注销，依据是所写的汇总单。"),
        _("汇总单"),
    ),
    "SUBSTITUTE": Use(
        _("等量注销证明"),
        "Certificate of Substitute Retirement",
        _("受益方"),
        _("这些减排量用来补足被认定虚假的数量，依据是所写的处理决定。"),
        _("处理决定"),
    ),
}


def use_of(snapshot: Mapping[str, Any]) -> Use:
    """Return the use a snapshot of a retirement names, else the general one."""
    return USES.get(snapshot.get("use_code", ""), GENERAL)


def title(kind: str, snapshot: Mapping[str, Any]) -> Any:
    """Return the title of a certificate: of its use where it certifies a retirement, else of its kind."""
    return use_of(snapshot).title if kind == Kind.RETIREMENT else Kind(kind).label
