"""What each kind of certificate states: which facts a snapshot holds and how they are listed on paper and on the page."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certificates import uses
from certificates.states import Kind
from kernel import quantities
from kernel.digest import canonical
from kernel.rules import RuleViolation, require

NAME_LIMIT = 48


class Fact(NamedTuple):
    """One line: label, raw value, and how the value is written (text strong mono codes serials day moment span tco2e
    emission kw)."""

    label: Any
    value: Any
    form: str = "text"


_PROJECT = {"project_no": str, "project_name": str, "method": str}
_UNITS = {"vintage": int, "quantity_t": int, "serials": list, "journal_no": str}
REQUIRED: Mapping[str, dict[str, type]] = {
    Kind.REGISTRATION: {
        **_PROJECT,
        "owner_uscc": str,
        "crediting_from": str,
        "crediting_to": str,
        "registered_on": str,
    },
    Kind.ISSUANCE: {
        **_PROJECT,
        **_UNITS,
        "owner_uscc": str,
        "period_from": str,
        "period_to": str,
        "batch": int,
        "issued_at": str,
    },
    Kind.RETIREMENT: {**_PROJECT, **_UNITS, "purpose": str, "beneficiary": str, "account_no": str, "retired_at": str},
    # Whole milligrams; ``months`` are "2026-11 1003600", month and milligrams, which the rings are drawn from.
    Kind.PERSONAL: {
        "person": str,
        "starts_on": str,
        "ends_on": str,
        "acts": int,
        "saved_mg": int,
        "methods": list,
        "months": list,
    },
    Kind.NEUTRAL: {
        **_PROJECT,
        **_UNITS,
        "event_no": str,
        "event_name": str,
        "organiser_uscc": str,
        "place": str,
        "starts_on": str,
        "ends_on": str,
        "boundary": str,
        "basis": str,
        "emission_mg": int,
        "declared": str,
        "retired_at": str,
    },
}
OPTIONAL: Mapping[str, dict[str, type]] = {
    Kind.REGISTRATION: {"capacity_kw": str, "location": str},
    Kind.ISSUANCE: {},
    # What kind of use, as a code (``uses.USES``) and in words, and the document it goes back to. An emitter's year has its market, its
    # cap and what was offset of it with this, in tonnes.
    Kind.RETIREMENT: {
        "use": str,
        "use_code": str,
        "basis": str,
        "emitter_uscc": str,
        "market": str,
        "year": int,
        "cap_t": int,
        "offset_t": int,
    },
    Kind.PERSONAL: {},
    Kind.NEUTRAL: {},
}


def checked(kind: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts as plain JSON values, or raise RuleViolation ``bad_snapshot`` naming what is missing, unknown or wrong.

    Decimals and dates become text; a float is refused by the canonical form. Names have at most 48 characters, because a
    certificate has two lines for them (``name_too_long``).
    """
    try:
        plain: dict[str, Any] = json.loads(canonical(dict(facts)))
    except TypeError as error:
        raise RuleViolation("bad_snapshot", _("证书内容里有不能固定成文字的值：%s") % error) from error
    required, known = REQUIRED[kind], {**REQUIRED[kind], **OPTIONAL[kind]}
    wrong = sorted(required.keys() - plain.keys()) + sorted(plain.keys() - known.keys())
    wrong += [name for name, value in plain.items() if name in known and not _is(value, known[name])]
    require(not wrong, "bad_snapshot", _("证书内容不完整或不合规：%s") % "、".join(wrong))
    require_name(plain[named_by(kind)])
    return plain


def named_by(kind: str) -> str:
    """Return the fact that stands in large letters: the beneficiary, the person or the event it is about, else the project."""
    named = {Kind.RETIREMENT: "beneficiary", Kind.PERSONAL: "person", Kind.NEUTRAL: "event_name"}
    return named.get(Kind(kind), "project_name")


def _is(value: Any, kind: type) -> bool:
    if kind is list:
        return isinstance(value, list) and bool(value) and all(isinstance(item, str) and item for item in value)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool) and value > 0
    return isinstance(value, str)


def require_name(name: str) -> None:
    """Refuse a name a certificate has no room for."""
    require(
        len(name) <= NAME_LIMIT,
        "name_too_long",
        _("“%(name)s”有 %(n)d 个字，证书上最多印 %(limit)d 个字") % {"name": name, "n": len(name), "limit": NAME_LIMIT},
    )


def listed(kind: str, snapshot: Mapping[str, Any]) -> list[Fact]:
    """Return the facts in reading order: two a row on paper (the long one left), one a row on the page. Labels are translated."""
    return [fact for fact in _LISTS[kind](snapshot) if fact.value not in ("", None)]


def _registration(s: Mapping[str, Any]) -> list[Fact]:
    return [
        Fact(_("项目业主"), s["holder_name"]),
        Fact(_("信用代码"), s["owner_uscc"], "mono"),
        Fact(_("方法学"), s["method"]),
        Fact(_("项目编号"), s["project_no"], "mono"),
        Fact(_("计入期"), (s["crediting_from"], s["crediting_to"]), "span"),
        Fact(_("登记日期"), s["registered_on"], "day"),
        Fact(_("项目地点"), s.get("location")),
        Fact(_("装机容量"), s.get("capacity_kw"), "kw"),
    ]


def _issuance(s: Mapping[str, Any]) -> list[Fact]:
    return [
        Fact(_("项目业主"), s["holder_name"]),
        Fact(_("信用代码"), s["owner_uscc"], "mono"),
        Fact(_("方法学"), s["method"]),
        Fact(_("项目编号"), s["project_no"], "mono"),
        Fact(_("核算期"), (s["period_from"], s["period_to"]), "span"),
        Fact(_("年份、批次"), _("%(vintage)d 年份，第 %(batch)02d 批") % s),
        Fact(_("减排量编号"), s["serials"], "serials"),
        Fact(_("流水号"), s["journal_no"], "mono"),
    ]


def _retirement(s: Mapping[str, Any]) -> list[Fact]:
    units = [
        Fact(_("减排量项目"), s["project_name"]),
        Fact(_("项目编号"), s["project_no"].split("、"), "codes"),
    ]
    serials = [Fact(_("减排量编号"), s["serials"], "serials"), Fact(_("年份"), _("%s 年份") % _years(s))]
    journal, basis = Fact(_("流水号"), s["journal_no"], "mono"), Fact(uses.use_of(s).basis, s.get("basis", ""))
    account = Fact(_("持有账户"), s["account_no"], "mono")
    if "year" in s:  # holder, market and year stand in the sentence already
        taken = [Fact(_("累计抵销"), s["offset_t"], "tco2e"), Fact(_("抵销上限"), s["cap_t"], "tco2e")]
        return [Fact(_("信用代码"), s["emitter_uscc"], "mono"), account, *taken, *units, *serials, basis, journal]
    return [
        *(Fact(_("注销方"), s["holder_name"]), account),
        *units,
        *(Fact(_("注销用途"), s["purpose"]), journal),
        *serials,
        basis,
    ]


def _personal(s: Mapping[str, Any]) -> list[Fact]:
    return [
        Fact(_("统计期"), (s["starts_on"], s["ends_on"]), "span"),
        Fact(_("减排量"), kilograms_floored(s["saved_mg"]), "strong"),
        Fact(_("行为次数"), _("%d 次") % s["acts"]),
        Fact(_("方法学"), "；".join(s["methods"])),
    ]


def kilograms_floored(saved_mg: int) -> str:
    """Return milligrams as kilograms cut at the gram: what is certified is never more than what was counted."""
    return f"{quantities.kilograms(saved_mg - saved_mg % quantities.MG_PER_G)} kg"


def _years(s: Mapping[str, Any]) -> str:
    # A retirement may take the oldest serials of several projects and years, so these are lists, or read off the serials.
    return "、".join(sorted({serial.split("-")[4] for serial in s["serials"]}))


def _neutral(s: Mapping[str, Any]) -> list[Fact]:
    return [
        Fact(_("核算边界"), s["boundary"]),
        Fact(_("核算依据"), s["basis"]),
        Fact(_("主办单位"), s["holder_name"]),
        Fact(_("宣布方式"), _declared(s["declared"])),
        Fact(_("抵消项目"), _("%(name)s，%(years)s 年份") % {"name": s["project_name"], "years": _years(s)}),
        Fact(_("注销时间"), s["retired_at"], "moment"),
        Fact(_("减排量编号"), s["serials"], "serials"),
        Fact(_("流水号"), s["journal_no"], "mono"),
    ]


def _declared(code: str) -> str:
    """Say who says that the event is neutral. Third-party evaluation has a word of its own once somebody may give it."""
    return {"SELF": _("主办单位自主声明，未经第三方评价")}.get(code, code)


_LISTS: Mapping[str, Callable[[Mapping[str, Any]], list[Fact]]] = {
    Kind.REGISTRATION: _registration,
    Kind.ISSUANCE: _issuance,
    Kind.RETIREMENT: _retirement,
    Kind.PERSONAL: _personal,
    Kind.NEUTRAL: _neutral,
}
_SUBJECT: Mapping[str, Any] = {
    Kind.REGISTRATION: gettext_lazy("登记项目"),
    Kind.ISSUANCE: gettext_lazy("签发项目"),
    Kind.PERSONAL: gettext_lazy("持有人（姓名已脱敏）"),
    Kind.NEUTRAL: gettext_lazy("活动"),
}


def headline(kind: str, snapshot: Mapping[str, Any]) -> list[Fact]:
    """Return what the paper says in its sentences, as lines for the page: to whom or for what, how much, when."""
    subject = uses.use_of(snapshot).subject if kind == Kind.RETIREMENT else _SUBJECT[kind]
    who = Fact(subject, snapshot[named_by(kind)], "strong")
    if kind in (Kind.REGISTRATION, Kind.PERSONAL):
        return [who]
    if kind == Kind.NEUTRAL:
        return [
            who,
            Fact(_("活动日期"), (snapshot["starts_on"], snapshot["ends_on"]), "span"),
            Fact(_("举办地点"), snapshot["place"]),
            Fact(_("排放总量"), snapshot["emission_mg"], "emission"),
            Fact(_("抵消数量"), snapshot["quantity_t"], "tco2e"),
            Fact(_("结论"), _("实现碳中和"), "strong"),
        ]
    moment = ("retired_at", _("注销时间")) if kind == Kind.RETIREMENT else ("issued_at", _("签发时间"))
    amount = _("注销数量") if kind == Kind.RETIREMENT else _("签发数量")
    return [who, Fact(amount, snapshot["quantity_t"], "tco2e"), Fact(moment[1], snapshot[moment[0]], "moment")]


def further(kind: str, snapshot: Mapping[str, Any]) -> list[Fact]:
    """Return what the page has room for and the sheet has not."""
    if kind == Kind.NEUTRAL:
        return [
            Fact(_("活动编号"), snapshot["event_no"], "mono"),
            Fact(_("信用代码"), snapshot["organiser_uscc"], "mono"),
            Fact(_("项目编号"), snapshot["project_no"].split("、"), "codes"),
            Fact(_("方法学"), snapshot["method"]),
        ]
    if kind != Kind.RETIREMENT:
        return []
    use = [Fact(_("用途类别"), snapshot["use"])] if "use" in snapshot else []
    if "year" in snapshot:
        use += [Fact(_("履约市场"), snapshot["market"]), Fact(_("履约年度"), _("%d 年度") % snapshot["year"])]
    return [*use, Fact(_("方法学"), snapshot["method"])]


def batches(snapshot: Mapping[str, Any]) -> list[str]:
    """Return the numbers of the batches a certificate's serials are from, as ``990100-QD21004-P00003-2021-01``."""
    return sorted({"-".join(serial.split("-")[1:6]) for serial in snapshot.get("serials", ())})
