"""What holders are told of units on their way to an exchange and back, and registrar and exchange of the books of a day."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Event, User
from accounts.roles import Role
from office.announcing import Occasion, desk_link, officers, people_of
from registry.models import VenueOrder, VenueReport

_REPORT, _ORDER = "registry.venuereport", "registry.venueorder"
_OF_ORDER = {"number": "HZSQ-20261124-000012", "tonnes": 100, "venue": "青岚环境权益交易所", "said": "改为场外转移"}
_EXAMPLE = {"venue": "青岚环境权益交易所", "on": "2026-11-24", "n": 2, "ours": 1000, "theirs": 990, "said": "缺一户"}


def _report(event: Event, row: VenueReport) -> dict[str, Any]:
    return {
        "venue": row.venue.organisation.name,
        "on": row.on,
        "n": len(row.differences),
        "ours": row.ours_t,
        "theirs": row.theirs_t,
        "said": event.reason,
    }


def _differing(_event: Event, row: VenueReport) -> VenueReport | None:
    return row if row.differences else None


def _registrars(_event: Event, row: VenueReport) -> list[User]:
    return officers(row.venue.organisation.division, "registry.sign_venue_report")


def _desk(_event: Event, row: VenueReport) -> str:
    return desk_link(row, "registry_venuereportdeskrow")


def _order(event: Event, row: VenueOrder) -> dict[str, Any]:
    return {"number": str(row), "tonnes": row.quantity_t, "venue": row.venue.organisation.name, "said": event.reason}


def _order_page(_event: Event, row: VenueOrder) -> str:
    return reverse("venue-order", args=[row.pk])


OCCASIONS = (
    Occasion(
        code="registry.venue_order_to_confirm",
        of=_ORDER,
        verbs=("registry.initiate_venue_order",),
        who=lambda _event, row: people_of(row.account.organisation_id, Role.CHECKER),
        facts=_order,
        link=_order_page,
        action=True,
        subject=_("请确认划转 %(number)s"),
        text=_("发起代表要把 %(tonnes)s 吨减排量划转到%(venue)s的交易账户，请您核对并确认。"),
        sms=_("划转%(number)s（%(tonnes)s吨）等您确认，请登录办理。"),
        example=_OF_ORDER,
    ),
    Occasion(
        code="registry.venue_order_done",
        of=_ORDER,
        verbs=("registry.confirm_venue_order", "registry.take_out_of_venue"),
        who=lambda _event, row: people_of(row.account.organisation_id),
        facts=_order,
        link=_order_page,
        subject=_("已划转 %(number)s"),
        text=_("%(tonnes)s 吨减排量已在账户和%(venue)s的交易账户之间划转，编号见划转的页面。"),
        sms=_("划转%(number)s（%(tonnes)s吨）已办理。"),
        example=_OF_ORDER,
    ),
    Occasion(
        code="registry.venue_order_cancelled",
        of=_ORDER,
        states=("CANCELLED",),
        who=lambda _event, row: people_of(row.account.organisation_id),
        facts=_order,
        link=_order_page,
        subject=_("划转已取消 %(number)s"),
        text=_("%(tonnes)s 吨减排量的划转已取消：%(said)s。减排量没有动。"),
        sms=_("划转%(number)s已取消。"),
        example=_OF_ORDER,
    ),
    Occasion(
        code="registry.venue_books_differ",
        of=_REPORT,
        verbs=("registry.report_balances",),
        about=_differing,
        who=_registrars,
        facts=_report,
        link=_desk,
        action=True,
        subject=_("交易机构的日终余额与登记簿不符 %(on)s"),
        text=_(
            "%(venue)s %(on)s 的日终余额有 %(n)s 户与登记簿不同：登记簿 %(ours)s 吨，交易机构 %(theirs)s 吨。请查明后签字或退回重报。"
        ),
        sms=_("%(venue)s%(on)s日终余额有%(n)s户与登记簿不符，请登录处理。"),
        example=_EXAMPLE,
    ),
    Occasion(
        code="registry.venue_report_returned",
        of=_REPORT,
        states=("RETURNED",),
        who=lambda _event, row: people_of(row.venue.organisation_id, Role.VENUE),
        facts=_report,
        link=lambda _event, _row: reverse("inbox"),
        necessary=True,
        subject=_("日终余额被退回，请重报 %(on)s"),
        text=_("%(on)s 的日终余额已退回：%(said)s。请核对后经接口重新报送。"),
        sms=_("%(on)s日终余额被退回，请重报。"),
        example=_EXAMPLE,
    ),
)
