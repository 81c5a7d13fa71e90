"""What holders of units are told of transfers and retirements."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Event, User
from accounts.roles import Role
from office.announcing import Occasion, people_of
from registry.models import BookCheck, Retirement, Transfer

_TRANSFER, _RETIREMENT = "registry.transfer", "registry.retirement"
_OF_TRANSFER = {
    "number": "ZYSQ-20261125-000012",
    "tonnes": 120,
    "source": "青岚屋顶能源有限公司",
    "target": "青岚热电有限公司",
}
_OF_RETIREMENT = {"number": "ZXSQ-20261125-000007", "tonnes": 10, "purpose": "抵销 2025 年度办公用电的排放"}


def _transfer(_event: Event, row: Transfer) -> dict[str, Any]:
    return {
        "number": str(row),
        "tonnes": row.quantity_t,
        "source": row.source.organisation.name,
        "target": row.target.organisation.name,
    }


def _transfer_page(_event: Event, row: Transfer) -> str:
    return reverse("transfer", args=[row.pk])


def _source(_event: Event, row: Transfer) -> list[User]:
    return people_of(row.source.organisation_id)


def _taken_back(event: Event, row: Transfer) -> list[User]:
    return people_of(row.target.organisation_id) if event.from_state == "OFFERED" else []


def _both(event: Event, row: Transfer) -> list[User]:
    other = people_of(row.target.organisation_id) if event.from_state == "OFFERED" else []
    return [*_source(event, row), *other]


def _retirement(event: Event, row: Retirement) -> dict[str, Any]:
    return {"number": str(row), "tonnes": row.quantity_t, "purpose": row.purpose, "said": event.reason}


def _proof(_event: Event | None, row: BookCheck) -> dict[str, Any]:
    return {"count": len(row.differences), "first": row.differences[0]}


def _retirement_page(_event: Event, row: Retirement) -> str:
    return reverse("retirement", args=[row.pk])


def _holder(_event: Event, row: Retirement) -> list[User]:
    return people_of(row.account.organisation_id)


OCCASIONS = (
    Occasion(  # told by the proof itself, at night or when it is asked for
        code="registry.books_differ",
        of="registry.bookcheck",
        facts=_proof,
        link=lambda _event, row: reverse("admin:registry_bookcheck_change", args=[row.pk]),
        necessary=True,
        subject=_("核账有 %(count)s 处差异，签发已停止"),
        text=_("核账发现登记簿有 %(count)s 处差异，第一处：%(first)s。查清并再次核账没有差异以前不能签发。"),
        sms=_("登记簿核账有%(count)s处差异，签发已停止，请登录查看。"),
        example={"count": 1, "first": "batch 12: issued 722, held 621, retired 100, cancelled 0, period 722"},
    ),
    Occasion(
        code="registry.transfer_to_confirm",
        of=_TRANSFER,
        verbs=("registry.initiate_transfer",),
        who=lambda _event, row: people_of(row.source.organisation_id, Role.CHECKER),
        facts=_transfer,
        link=_transfer_page,
        action=True,
        subject=_("请确认转移 %(number)s"),
        text=_("发起代表要把 %(tonnes)s 吨减排量转给%(target)s，请您核对并确认。"),
        sms=_("转移%(number)s（%(tonnes)s吨）等您确认，请登录办理。"),
        example=_OF_TRANSFER,
    ),
    Occasion(
        code="registry.transfer_offered",
        of=_TRANSFER,
        states=("OFFERED",),
        who=lambda _event, row: people_of(row.target.organisation_id),
        facts=_transfer,
        link=_transfer_page,
        action=True,
        subject=_("%(source)s要转给贵单位 %(tonnes)s 吨"),
        text=_("%(source)s要把 %(tonnes)s 吨减排量转给贵单位（%(number)s），请接收或拒收。"),
        sms=_("%(source)s要转给贵单位%(tonnes)s吨减排量，请登录接收或拒收。"),
        example=_OF_TRANSFER,
    ),
    Occasion(
        code="registry.transfer_done",
        of=_TRANSFER,
        states=("COMPLETED",),
        who=_source,
        facts=_transfer,
        link=_transfer_page,
        necessary=True,
        subject=_("转移已完成 %(number)s"),
        text=_("%(target)s已接收，%(tonnes)s 吨减排量已转出。"),
        sms=_("转移%(number)s已完成，%(tonnes)s吨已转出。"),
        example=_OF_TRANSFER,
    ),
    Occasion(
        code="registry.transfer_refused",
        of=_TRANSFER,
        states=("REFUSED",),
        who=_source,
        facts=lambda event, row: _transfer(event, row) | {"said": event.reason},
        link=_transfer_page,
        necessary=True,
        subject=_("对方拒收 %(number)s"),
        text=_("%(target)s拒收了 %(tonnes)s 吨减排量：%(said)s。减排量已退回贵单位账户。"),
        sms=_("转移%(number)s被拒收，%(tonnes)s吨已退回。"),
        example=_OF_TRANSFER | {"said": "数量不符"},
    ),
    Occasion(
        code="registry.transfer_taken_back",
        of=_TRANSFER,
        states=("CANCELLED",),
        who=_taken_back,
        facts=_transfer,
        link=_transfer_page,
        subject=_("对方取消了转移 %(number)s"),
        text=_("%(source)s取消了转给贵单位 %(tonnes)s 吨减排量的申请，您不用再办。"),
        sms=_("转移%(number)s已由对方取消，您不用再办。"),
        example=_OF_TRANSFER,
    ),
    Occasion(
        code="registry.transfer_expired",
        of=_TRANSFER,
        states=("EXPIRED",),
        who=_both,
        facts=_transfer,
        link=_transfer_page,
        necessary=True,
        subject=_("转移逾期 %(number)s"),
        text=_(
            "%(source)s转给%(target)s的 %(tonnes)s 吨减排量过了接收期限没有办完，已退回转出账户；还要转的请重新发起。"
        ),
        sms=_("转移%(number)s过了接收期限，%(tonnes)s吨已退回转出账户。"),
        example=_OF_TRANSFER,
    ),
    Occasion(
        code="registry.retirement_to_confirm",
        of=_RETIREMENT,
        verbs=("registry.initiate_retirement",),
        who=lambda _event, row: people_of(row.account.organisation_id, Role.CHECKER),
        facts=_retirement,
        link=_retirement_page,
        action=True,
        subject=_("请确认注销 %(number)s"),
        text=_("发起代表要注销 %(tonnes)s 吨减排量，用途“%(purpose)s”，请您核对并确认；注销不能撤回。"),
        sms=_("注销%(number)s（%(tonnes)s吨）等您确认，请登录办理。"),
        example=_OF_RETIREMENT,
    ),
    Occasion(
        code="registry.retired",
        of=_RETIREMENT,
        states=("RETIRED",),
        who=_holder,
        facts=_retirement,
        link=_retirement_page,
        necessary=True,
        subject=_("注销已完成 %(number)s"),
        text=_("%(tonnes)s 吨减排量已注销，用途“%(purpose)s”；注销证书生成后可以下载。"),
        sms=_("注销%(number)s已完成，共%(tonnes)s吨。"),
        example=_OF_RETIREMENT,
    ),
    Occasion(
        code="registry.retirement_refused",
        of=_RETIREMENT,
        states=("REFUSED",),
        who=_holder,
        facts=_retirement,
        link=_retirement_page,
        necessary=True,
        subject=_("不予注销 %(number)s"),
        text=_("注销申请 %(number)s 没有通过：%(said)s。%(tonnes)s 吨减排量已退回贵单位账户。"),
        sms=_("注销申请%(number)s没有通过，%(tonnes)s吨已退回。"),
        example=_OF_RETIREMENT | {"said": "用途不清"},
    ),
)
