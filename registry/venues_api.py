"""The API of an exchange outside the portal, and of the holders who trade there. Shapes only, one line per verb."""

from __future__ import annotations

from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.urls import path, re_path
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.described import door, steps
from accounts.direct import first
from accounts.models import User
from accounts.pages import Listed
from accounts.refusals import Unavailable, sentence
from accounts.roles import Role
from accounts.shapes import Key, Lines, StepBody, named, one, told, valid
from kernel.rules import RuleViolation
from registry.api import ACCOUNT, BATCH, STEP_REFUSED, UNITS_REFUSED, OrderShape, batch_of
from registry.models import HoldingAccount, Trade, Venue, VenueOrder, VenueReport
from registry.services import reconciling, venues
from registry.states import UnitState, VenueOrderState, VenueReportState

TAG = _("交易机构")
MOST_TRADES = 200
NUMBER: dict[str, Any] = {"max_length": 64, "trim_whitespace": True}
TONNES: dict[str, Any] = {"min_value": 1, "max_value": 999_999_999, "help_text": _("整吨")}
INTO = [(UnitState.TRADING, UnitState.TRADING.label), (UnitState.AVAILABLE, UnitState.AVAILABLE.label)]


class TradeBody(serializers.Serializer[Any]):
    """A trade as the exchange reports it."""

    number = serializers.CharField(**NUMBER, help_text=_("交易机构的成交号，一家机构只用一次"))
    seller = serializers.CharField(max_length=20, help_text=_("卖方账户号"))
    buyer = serializers.CharField(max_length=20, help_text=_("买方账户号"))
    quantity_t = serializers.IntegerField(**TONNES)
    price_fen = serializers.IntegerField(min_value=0, max_value=10**12, help_text=_("单价，分/t"))
    traded_at = serializers.DateTimeField(help_text=_("成交时间，带时区"))
    to_state = serializers.ChoiceField(INTO, required=False, default=UnitState.TRADING, help_text=_("交收到哪里"))
    batch = serializers.IntegerField(required=False, help_text=BATCH)


class TradesBody(serializers.Serializer[Any]):
    """Several trades; each is settled whole or not at all."""

    trades = serializers.ListField(child=TradeBody(), max_length=MOST_TRADES, allow_empty=False)


class TradeShape(Lines):
    """A settled trade."""

    id = serializers.IntegerField(source="pk")
    number = serializers.CharField(help_text=_("成交号"))
    seller = serializers.CharField(source="seller.number")
    buyer = serializers.CharField(source="buyer.number")
    quantity_t = serializers.IntegerField(help_text=_("整吨"))
    price_fen = serializers.IntegerField(help_text=_("单价，分/t"))
    to_state = serializers.ChoiceField(INTO)
    traded_at = serializers.DateTimeField()
    journal = serializers.CharField(source="journal.number", help_text=_("登记簿的流水号"))


class TradeAnswer(serializers.Serializer[Any]):
    """What became of one trade of a list."""

    number = serializers.CharField(help_text=_("成交号"))
    settled = serializers.BooleanField(help_text=_("已交收；false 时这一笔什么都没有改动"))
    journal = serializers.CharField(allow_null=True, help_text=_("登记簿的流水号"))
    code = serializers.CharField(allow_blank=True, help_text=_("不办的代码"))
    title = serializers.CharField(allow_blank=True, help_text=_("不办的原因"))


class TradeAnswers(serializers.Serializer[Any]):
    """What became of each, in the order they were sent."""

    trades = TradeAnswer(many=True)


class OutBody(serializers.Serializer[Any]):
    """Units the exchange gives back to an account."""

    number = serializers.CharField(**NUMBER, help_text=_("交易机构的单号，一家机构只用一次"))
    account = serializers.CharField(max_length=20, help_text=ACCOUNT)
    quantity_t = serializers.IntegerField(**TONNES)
    batch = serializers.IntegerField(required=False, help_text=BATCH)
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, default="", help_text=_("说明"))


class InBody(serializers.Serializer[Any]):
    """Units a holder asks to take to an exchange."""

    account = serializers.CharField(max_length=20, help_text=ACCOUNT)
    venue = serializers.IntegerField(help_text=_("交易机构编号"))
    quantity_t = serializers.IntegerField(**TONNES)
    batch = serializers.IntegerField(required=False, help_text=BATCH)
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, default="", help_text=_("说明"))


class VenueOrderShape(OrderShape):
    """Units on their way to an exchange or back."""

    venue = serializers.IntegerField(source="venue_id", help_text=_("交易机构编号"))
    account = serializers.CharField(source="account.number")
    way = serializers.CharField(help_text=_("IN 划转至交易账户，OUT 转出"))
    state = serializers.ChoiceField(VenueOrderState.choices)


class BalanceRow(serializers.Serializer[Any]):
    """What the exchange's books say of one account."""

    account = serializers.CharField(max_length=20, help_text=ACCOUNT)
    quantity_t = serializers.IntegerField(min_value=0, max_value=10**15, help_text=_("整吨"))


class BalancesBody(serializers.Serializer[Any]):
    """The exchange's books of a day."""

    on = serializers.DateField(help_text=_("哪一天的日终余额"))
    rows = serializers.ListField(child=BalanceRow(), max_length=reconciling.MOST_ROWS)


class Difference(serializers.Serializer[Any]):
    """One account on which the two books differ."""

    account = serializers.CharField()
    ours_t = serializers.IntegerField(help_text=_("登记簿，整吨"))
    theirs_t = serializers.IntegerField(help_text=_("交易机构，整吨"))


class ReportShape(serializers.Serializer[Any]):
    """The comparison of a day."""

    id = serializers.IntegerField(source="pk")
    on = serializers.DateField()
    state = serializers.ChoiceField(VenueReportState.choices)
    accounts = serializers.IntegerField(help_text=_("比较了几个账户"))
    ours_t = serializers.IntegerField(help_text=_("登记簿合计，整吨"))
    theirs_t = serializers.IntegerField(help_text=_("交易机构合计，整吨"))
    differences = serializers.SerializerMethodField()

    def get_differences(self, row: VenueReport) -> list[dict[str, Any]]:
        """Name the three figures of each difference."""
        return [{"account": number, "ours_t": ours, "theirs_t": theirs} for number, ours, theirs in row.differences]


AT_VENUE = {
    "not_at_venue": _("这个账户不在这家交易机构"),
    "at_another_venue": _("这个账户在另一家交易机构，全部转出以后才能换"),
}
TRADE_REFUSED = (
    UNITS_REFUSED
    | AT_VENUE
    | {
        "trade_known": _("这个成交号已经交收过，内容不同；没有再办"),
        "bad_trade": _("成交要有成交号和不小于 0 的整分单价，交收到交易账户或可用"),
        "future_trade": _("成交时间还没有到"),
        "same_account": _("买方和卖方不能是同一个账户"),
        "unknown_account": _("没有这个账户号"),
    }
)
OUT_REFUSED = (
    UNITS_REFUSED
    | AT_VENUE
    | {
        "number_used": _("这个单号已用于内容不同的一笔"),
        "bad_trade": _("转出要有交易机构的单号"),
        "unknown_account": _("没有这个账户号"),
    }
)
BALANCES_REFUSED = {
    "day_not_over": _("这一天还没有结束，请在次日 0:01 以后报送"),
    "day_reported": _("这一天的余额已经报送过；有错请先由登记人员退回"),
    "bad_rows": _("有行要改，一行也没有收下；哪一行、为什么，在 errors 里"),
}


def own_venue(request: Request) -> Venue:
    """Return the exchange the caller's organisation is; 403 for who is none. What one may do there the verbs ask."""
    user = cast(User, request.user)
    if user.acting_for is None:
        venue = Venue.objects.filter(organisation__in=user.organisations(Role.VENUE)).first()
    else:
        venue = first(Venue, "WHERE t.organisation_id = %s", [user.acting_for])
    if venue is None:
        raise PermissionDenied(_("您的单位没有作为交易机构接入"))
    return venue


def _settled(venue: Venue, body: dict[str, Any], by: User) -> Trade:
    return venues.settle(venue, by=by, batch=batch_of(body), **{name: body[name] for name in body if name != "batch"})


class Trades(Listed, APIView):
    """``GET`` lists trades, ``POST`` settles one."""

    @door(TAG, _("列出成交"), answers={200: TradeShape(many=True)})
    def get(self, request: Request) -> Response:
        """The newest first: the exchange's own, or those one was a party to."""
        rows = Trade.objects.visible_to(request.user).select_related("seller", "buyer", "journal")
        return self.page(request, rows, TradeShape)

    @door(
        TAG,
        _("报送一笔成交并交收"),
        told=_("卖方交易账户里最早的编号归买方，一笔流水。成交号就是幂等键：同样内容再报，回答相同"),
        body=TradeBody,
        answers={201: TradeShape},
        refuses=TRADE_REFUSED,
        forbidden=True,
    )
    def post(self, request: Request) -> Response:
        """Settle: 201 with the trade."""
        body = valid(TradeBody, request)
        return Response(told(TradeShape, _settled(own_venue(request), body, cast(User, request.user))), status=201)


class TradeList(APIView):
    """``POST`` settles several, each by itself."""

    @door(
        TAG,
        _("报送一批成交并逐笔交收"),
        told=_("每笔要么全部交收，要么不动；逐笔回答，次序与报送相同。有一笔不办，不影响其他各笔"),
        body=TradesBody,
        answers={200: TradeAnswers},
        forbidden=True,
        refuses={},
    )
    def post(self, request: Request) -> Response:
        """Settle each and say what became of it."""
        venue, by = own_venue(request), cast(User, request.user)
        answers = [_answer(venue, dict(body), by) for body in valid(TradesBody, request)["trades"]]
        return Response({"trades": answers})


def _answer(venue: Venue, body: dict[str, Any], by: User) -> dict[str, Any]:
    try:
        trade = _settled(venue, body, by)
    except (RuleViolation, Unavailable, serializers.ValidationError) as refusal:
        code = getattr(refusal, "code", "") or ("busy" if isinstance(refusal, Unavailable) else "invalid")
        said = (
            "；".join(map(str, _lines(refusal)))
            if isinstance(refusal, serializers.ValidationError)
            else sentence(refusal)
        )
        return {"number": body["number"], "settled": False, "journal": None, "code": str(code), "title": said}
    return {"number": trade.number, "settled": True, "journal": trade.journal.number, "code": "", "title": ""}


def _lines(refusal: serializers.ValidationError) -> list[Any]:
    return [line for lines in cast(dict[str, list[Any]], refusal.detail).values() for line in lines]


class TransfersOut(APIView):
    """``POST`` gives units back."""

    @door(
        TAG,
        _("从交易账户转出"),
        told=_("减排量回到同一账户的可用。单号就是幂等键：同样内容再报，回答相同"),
        body=OutBody,
        answers={201: VenueOrderShape},
        refuses=OUT_REFUSED,
        forbidden=True,
    )
    def post(self, request: Request) -> Response:
        """Give back: 201 with the order."""
        body, venue = valid(OutBody, request), own_venue(request)
        batch = batch_of(body)
        body.pop("batch", None)
        order = venues.take_out(venue, by=cast(User, request.user), batch=batch, **body)
        return Response(VenueOrderShape(order).data, status=201)


class Balances(Listed, APIView):
    """``GET`` lists the days compared, ``POST`` sends the books of a day."""

    @door(TAG, _("列出对账"), answers={200: ReportShape(many=True)})
    def get(self, request: Request) -> Response:
        """The newest first."""
        return self.page(request, VenueReport.objects.visible_to(request.user), ReportShape)

    @door(
        TAG,
        _("报送日终余额对账"),
        told=_("把交易机构当天日终的余额和登记簿同一时刻的账逐户比较，回答差异；登记人员签字后对账才算完成"),
        body=BalancesBody,
        answers={201: ReportShape},
        refuses=BALANCES_REFUSED,
        forbidden=True,
    )
    def post(self, request: Request) -> Response:
        """Compare: 201 with every difference."""
        body, venue = valid(BalancesBody, request), own_venue(request)
        rows = [(row["account"], row["quantity_t"]) for row in body["rows"]]
        report = reconciling.report(venue, on=body["on"], rows=rows, by=cast(User, request.user))
        return Response(ReportShape(report).data, status=201)


class VenueOrders(Listed, Key, APIView):
    """``GET`` lists what went to an exchange and back, ``POST`` asks to take units there."""

    @door(TAG, _("列出划转"), answers={200: VenueOrderShape(many=True)})
    def get(self, request: Request) -> Response:
        """The newest first."""
        rows = VenueOrder.objects.visible_to(request.user).select_related("account", "journal")
        return self.page(request, rows, VenueOrderShape)

    @door(
        TAG,
        _("申请划转至交易账户"),
        told=_("单位里另一人确认以后才划转，数量到那时才核"),
        body=InBody,
        answers={201: VenueOrderShape},
        refuses=UNITS_REFUSED | AT_VENUE,
        keyed=True,
    )
    def post(self, request: Request) -> Response:
        """Ask: 201 with the order."""
        body = valid(InBody, request)
        order = venues.initiate(
            one(HoldingAccount.objects.all(), "account", number=body["account"]),
            venue=one(Venue.objects.all(), "venue", pk=body["venue"]),
            quantity_t=body["quantity_t"],
            batch=batch_of(body),
            reason=body["reason"],
            by=cast(User, request.user),
            key=self.key(request),
        )
        return Response(VenueOrderShape(order).data, status=201)


class VenueOrderStep(Key, APIView):
    """``POST …/<step>``: confirm, cancel."""

    STEPS = {"confirm": venues.confirm, "cancel": venues.cancel}

    @door(
        TAG,
        _("办理划转的下一步"),
        told=_("confirm 确认，cancel 撤销"),
        query=[steps(STEPS)],
        body=StepBody,
        answers={200: VenueOrderShape},
        missing=True,
        refuses=STEP_REFUSED | UNITS_REFUSED | AT_VENUE,
        keyed=True,
    )
    def post(self, request: Request, pk: str, step: str) -> Response:
        """Take the step and answer with the order as it now is."""
        body = valid(StepBody, request)
        order = named(VenueOrder.objects.all(), pk)
        done = self.STEPS[step](order, by=cast(User, request.user), key=self.key(request), **body)
        return Response(VenueOrderShape(done).data)


urlpatterns = [
    path("venue/trades", Trades.as_view()),
    path("venue/trades/list", TradeList.as_view()),
    path("venue/transfers-out", TransfersOut.as_view()),
    path("venue/balances", Balances.as_view()),
    path("venue-orders", VenueOrders.as_view()),
    re_path(r"^venue-orders/(?P<pk>\d+)/(?P<step>confirm|cancel)$", VenueOrderStep.as_view()),
]
