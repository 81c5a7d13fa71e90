"""What the two sides of an agreement, and the organiser of an event, are told."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Event, User
from accounts.roles import Role
from office.announcing import Occasion, people_of
from trading.models import Agreement, NeutralEvent

_AGREEMENT = "trading.agreement"
_SAID = {
    "number": "XY-20261125-000003",
    "tonnes": 120,
    "seller": "青岚屋顶能源有限公司",
    "buyer": "青岚热电有限公司",
    "due_on": date(2026, 12, 9),
}


def _facts(event: Event, row: Agreement) -> dict[str, Any]:
    return {
        "number": row.number,
        "tonnes": row.quantity_t,
        "seller": row.seller.organisation.name,
        "buyer": row.buyer.organisation.name,
        "due_on": row.due_on,
        "said": event.reason,
    }


def _page(_event: Event, row: Agreement) -> str:
    return reverse("agreement", args=[row.pk])


def _due(_event: Event, row: Agreement) -> date:
    return row.due_on


def _seller(_event: Event, row: Agreement) -> list[User]:
    return people_of(row.seller.organisation_id)


def _both(event: Event, row: Agreement) -> list[User]:
    buyers = people_of(row.buyer.organisation_id)
    return [*people_of(row.seller.organisation_id), *(buyers if event.from_state != "CONFIRMING" else ())]


def _offered_buyer(event: Event, row: Agreement) -> list[User]:
    return people_of(row.buyer.organisation_id) if event.from_state != "CONFIRMING" else []


def _neutral(_event: Event, row: NeutralEvent) -> dict[str, Any]:
    return {"name": str(row), "tonnes": row.needed_t or 0}


OCCASIONS = (
    Occasion(
        code="trading.to_confirm",
        of=_AGREEMENT,
        verbs=("trading.propose_agreement",),
        who=lambda _event, row: people_of(row.seller.organisation_id, Role.CHECKER),
        facts=_facts,
        link=_page,
        due=_due,
        action=True,
        subject=_("请确认协议转让 %(number)s"),
        text=_("发起代表要把 %(tonnes)s 吨减排量协议转让给%(buyer)s，有效期至 %(due_on)s，请您核对并确认。"),
        sms=_("协议转让%(number)s（%(tonnes)s吨）等您确认，请登录办理。"),
        example=_SAID,
    ),
    Occasion(
        code="trading.offered",
        of=_AGREEMENT,
        states=("OFFERED",),
        who=lambda _event, row: people_of(row.buyer.organisation_id, Role.MAKER),
        facts=_facts,
        link=_page,
        due=_due,
        action=True,
        subject=_("%(seller)s向贵单位提出协议转让 %(tonnes)s 吨"),
        text=_("%(seller)s提出协议转让 %(tonnes)s 吨减排量（%(number)s），请在 %(due_on)s前接受或拒绝。"),
        sms=_("%(seller)s提出协议转让%(tonnes)s吨，请在%(due_on)s前登录办理。"),
        example=_SAID,
    ),
    Occasion(
        code="trading.to_pay",
        of=_AGREEMENT,
        states=("ACCEPTED",),
        who=lambda _event, row: people_of(row.buyer.organisation_id, Role.CHECKER),
        facts=_facts,
        link=_page,
        due=_due,
        action=True,
        subject=_("请确认付款 %(number)s"),
        text=_("贵单位已接受%(seller)s的协议转让（%(tonnes)s 吨），请在 %(due_on)s前确认付款。"),
        sms=_("协议转让%(number)s等您确认付款，请在%(due_on)s前登录办理。"),
        example=_SAID,
    ),
    Occasion(
        code="trading.delivered",
        of=_AGREEMENT,
        states=("DELIVERED",),
        who=_both,
        facts=_facts,
        link=_page,
        necessary=True,
        own=True,
        subject=_("协议转让已交割 %(number)s"),
        text=_("结算银行已确认到账，%(tonnes)s 吨减排量已由%(seller)s转给%(buyer)s。"),
        sms=_("协议转让%(number)s已交割，共%(tonnes)s吨。"),
        example=_SAID,
    ),
    Occasion(
        code="trading.refused",
        of=_AGREEMENT,
        states=("REFUSED",),
        who=_seller,
        facts=_facts,
        link=_page,
        necessary=True,
        subject=_("对方拒绝了协议转让 %(number)s"),
        text=_("%(buyer)s拒绝了 %(tonnes)s 吨的协议转让：%(said)s。减排量已退回贵单位账户。"),
        sms=_("协议转让%(number)s被拒绝，%(tonnes)s吨已退回。"),
        example=_SAID | {"said": "价格要再议"},
    ),
    Occasion(
        code="trading.cancelled",
        of=_AGREEMENT,
        states=("CANCELLED",),
        who=_offered_buyer,
        facts=_facts,
        link=_page,
        subject=_("对方取消了协议转让 %(number)s"),
        text=_("%(seller)s取消了 %(tonnes)s 吨的协议转让，您不用再办。"),
        sms=_("协议转让%(number)s已由对方取消，您不用再办。"),
        example=_SAID,
    ),
    Occasion(
        code="trading.expired",
        of=_AGREEMENT,
        states=("EXPIRED",),
        who=_both,
        facts=_facts,
        link=_page,
        necessary=True,
        subject=_("协议转让已过期 %(number)s"),
        text=_("协议转让 %(number)s 到 %(due_on)s没有办完，已经过期；%(tonnes)s 吨减排量已退回%(seller)s。"),
        sms=_("协议转让%(number)s已过期，%(tonnes)s吨已退回出让方。"),
        example=_SAID,
    ),
    Occasion(
        code="trading.neutral",
        of="trading.neutralevent",
        states=("NEUTRAL",),
        who=lambda _event, row: people_of(row.organiser_id),
        facts=_neutral,
        link=lambda _event, row: reverse("event", args=[row.pk]),
        necessary=True,
        subject=_("已实现碳中和：%(name)s"),
        text=_("“%(name)s”已用 %(tonnes)s 吨减排量抵消，证书生成后可以下载。"),
        sms=_("“%(name)s”已实现碳中和，抵消%(tonnes)s吨。"),
        example={"name": "2026 青岚绿色发展大会", "tonnes": 21},
    ),
)
