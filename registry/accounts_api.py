"""What account holders' systems ask of the books: their accounts, balances of any instant, statements, and the life of a serial.

Shapes only. Figures come from ``services/statements.py`` and ``services/serials.py``, as those of the pages do.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import Http404
from django.urls import path, re_path
from django.utils.timezone import is_naive
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.described import door
from accounts.pages import Listed
from accounts.shapes import Lines
from kernel import clock
from kernel.identifiers import parse_unit_serial
from kernel.rules import RuleViolation
from registry.models import HoldingAccount
from registry.services import serials, statements
from registry.states import AccountKind, AccountState, JournalKind, UnitState

TAG = _("登记")
ACCOUNT = r"(?P<number>[0-9A-Z]{1,20})"
SERIAL_PATTERN = r"^PHCER-[0-9]{6}-[0-9A-Z]{7}-P[0-9]{5}-[0-9]{4}-[0-9]{2}-[0-9]{9}-[0-9]{9}-[0-9A-Z]$"
INSTANT = _("带时区的时间，如 2026-01-01T00:00:00Z；写 +08:00 时加号要编码成 %2B。某天 24:00 写次日 0:00")
INSTANT_REFUSED = {
    "future_instant": _("这个时间还没有到，只能查现在和以前的账"),
    "bad_instant": _("时间太早，登记簿从 2000 年起"),
}


class Instant(serializers.DateTimeField):
    """An instant that says its own offset: the same words must not mean another instant on another server."""

    default_error_messages = {"naive": _("时间要带时区，如 2026-01-01T00:00:00Z")}

    def enforce_timezone(self, value: datetime) -> datetime:
        """Refuse a time without an offset instead of guessing one."""
        if is_naive(value):
            self.fail("naive")
        return super().enforce_timezone(value)


class BalanceQuery(serializers.Serializer[Any]):
    """The instant a balance is asked of; now where none is named."""

    at = Instant(required=False)


class StatementQuery(serializers.Serializer[Any]):
    """The instants a statement begins and ends at; it ends now where no end is named."""

    starts = Instant()
    ends = Instant(required=False)


class AccountShape(serializers.Serializer[Any]):
    """A holding account."""

    number = serializers.CharField(help_text=_("账户号，如 CH990100000012"))
    organisation = serializers.CharField(source="organisation.name")
    kind = serializers.ChoiceField(AccountKind.choices)
    state = serializers.ChoiceField(AccountState.choices)
    opened_at = serializers.DateTimeField()
    licence_valid_until = serializers.DateField(allow_null=True, help_text=_("执照有效期至；长期有效时为 null"))
    checked_on = serializers.DateField(help_text=_("登记机构最近一次核查的日子"))


class TonnesShape(serializers.Serializer[Any]):
    """Tonnes in one state."""

    state = serializers.ChoiceField(UnitState.choices)
    quantity_t = serializers.IntegerField(help_text=_("整吨"))


@extend_schema_field(TonnesShape(many=True))
class TonnesField(serializers.Field[Any, Any, Any, Any]):
    """Tonnes by state, in the order of the table of states; a state without any is left out."""

    def to_representation(self, value: Mapping[str, int]) -> list[dict[str, Any]]:
        """Return a row for each state."""
        return [{"state": str(state), "quantity_t": tonnes} for state, tonnes in statements.by_state(value)]


class BalanceShape(serializers.Serializer[Any]):
    """What an account held just before an instant."""

    account = serializers.CharField(source="account.number")
    at = serializers.DateTimeField(help_text=_("这一刻之前的全部流水"))
    tonnes = TonnesField(help_text=_("每种状态的数量；没有的状态不列"))
    held_t = serializers.IntegerField(help_text=_("尚未注销的合计，整吨"))
    final = serializers.BooleanField(help_text=_("true 不会再变；false 是这一刻刚过，一分钟后再查才是定稿"))


class RunShape(Lines):
    """A run of serials in one state."""

    serial = serializers.CharField(help_text=_("序列号区间"))
    quantity_t = serializers.IntegerField(help_text=_("整吨"))
    batch = serializers.IntegerField(source="batch_id")
    state = serializers.ChoiceField(UnitState.choices)


class OtherShape(Lines):
    """Who stood on the other side of a journal."""

    account = serializers.CharField(source="number")
    organisation = serializers.CharField(source="organisation.name")


class LineShape(Lines):
    """One journal as the account saw it."""

    journal = serializers.CharField(source="journal.number", help_text=_("登记簿的流水号"))
    kind = serializers.ChoiceField(JournalKind.choices, source="journal.kind")
    at = serializers.DateTimeField(source="journal.business_at")
    change_t = serializers.IntegerField(help_text=_("账户增加（正）或减少（负）的整吨；只换状态为 0"))
    went = RunShape(many=True, help_text=_("转出的编号"))
    came = RunShape(many=True, help_text=_("转入的编号"))
    other = OtherShape(many=True, help_text=_("对方账户"))


class StatementShape(serializers.Serializer[Any]):
    """A statement: opening, journals, closing, and the serials held at the end."""

    account = serializers.CharField(source="account.number")
    starts = serializers.DateTimeField(help_text=_("起"))
    ends = serializers.DateTimeField(help_text=_("止（不含）"))
    opening = TonnesField(help_text=_("期初"))
    lines = LineShape(many=True, help_text=_("流水，先后为序"))
    closing = TonnesField(help_text=_("期末，等于同一时刻的余额"))
    held = RunShape(many=True, help_text=_("期末编号"))
    final = serializers.BooleanField(help_text=_("true 不会再变；false 是止的时间刚过，一分钟后再查才是定稿"))


class StageShape(Lines):
    """A run of the asked serials with one holder in one state, from one journal until another."""

    serial = serializers.CharField(help_text=_("序列号区间"))
    quantity_t = serializers.IntegerField(help_text=_("整吨"))
    holder = serializers.CharField(source="block.holder.organisation.name", help_text=_("持有人"))
    state = serializers.ChoiceField(UnitState.choices, source="block.state")
    journal = serializers.CharField(source="journal.number", help_text=_("登记簿的流水号"))
    kind = serializers.ChoiceField(JournalKind.choices, source="journal.kind")
    since = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True, help_text=_("null 表示到现在"))


class LifeShape(serializers.Serializer[Any]):
    """The life of some serials of a batch."""

    batch = serializers.CharField(help_text=_("签发批次"))
    project_no = serializers.CharField(source="batch.series.project.project_no", help_text=_("项目编号"))
    vintage = serializers.IntegerField(source="batch.series.vintage", help_text=_("减排量产生的年份"))
    stages = StageShape(many=True, help_text=_("从签发到现在，先后为序"))
    more = serializers.BooleanField(help_text=_("true 表示很长，只列出一部分；请把编号区间写短一些再查"))


def _asked(query: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    shape = query(data=request.query_params.dict())
    shape.is_valid(raise_exception=True)
    return dict(shape.validated_data)


def _account(request: Request, number: str) -> HoldingAccount:
    rows = HoldingAccount.objects.visible_to(request.user).select_related("organisation")
    account = rows.filter(number=number).first()
    if account is None:  # none, or not the caller's: who may not see it is not told that there is one
        raise Http404
    return account


def _instant(name: str, *, required: bool = False) -> OpenApiParameter:
    return OpenApiParameter(name, OpenApiTypes.DATETIME, required=required, description=INSTANT)


class Accounts(Listed, APIView):
    """``GET``: the holding accounts of the caller's organisation; an officer's are those of the place."""

    @door(TAG, _("自己的持有账户"), answers={200: AccountShape(many=True)})
    def get(self, request: Request) -> Response:
        """The newest first."""
        rows = HoldingAccount.objects.visible_to(request.user).select_related("organisation")
        return self.page(request, rows, AccountShape)


class AccountBalance(APIView):
    """``GET …/balance?at=``: tonnes by state just before an instant."""

    @door(
        TAG,
        _("现在或以前任一时刻的余额"),
        told=_("与截止同一时刻的对账单期末相同；以前的余额不会因后来的办理而变"),
        query=[_instant("at")],
        answers={200: BalanceShape},
        missing=True,
        refuses=INSTANT_REFUSED,
    )
    def get(self, request: Request, number: str) -> Response:
        """Now, where no instant is named."""
        account, asked = _account(request, number), _asked(BalanceQuery, request)
        return Response(BalanceShape(statements.balance(account, asked.get("at") or clock.now())).data)


class AccountStatement(APIView):
    """``GET …/statement?starts=&ends=``: opening + journals = closing, with every serial."""

    @door(
        TAG,
        _("一段时间的对账单"),
        told=_("期初、每笔流水的编号和对方、期末和期末编号；与网页和文件上的对账单相同"),
        query=[_instant("starts", required=True), _instant("ends")],
        answers={200: StatementShape},
        missing=True,
        refuses=INSTANT_REFUSED | {"bad_span": _("起始时间要早于截止时间")},
    )
    def get(self, request: Request, number: str) -> Response:
        """Until now, where no end is named."""
        account, asked = _account(request, number), _asked(StatementQuery, request)
        told = statements.statement(account, asked["starts"], asked.get("ends") or clock.now())
        return Response(StatementShape(told).data)


class SerialLife(APIView):
    """``GET /serials/<serial>``: for everybody, as the page is."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @door(
        TAG,
        _("一段编号的经过"),
        told=_("从签发到现在，先后在谁手里、是什么状态；对所有人开放"),
        query=[
            OpenApiParameter(
                "serial",
                {"type": "string", "pattern": SERIAL_PATTERN},
                "path",
                required=True,
                description=_("PHCER 开头的一段编号，连同末尾的校验位"),
            )
        ],
        answers={200: LifeShape},
        public=True,
        missing=True,
    )
    def get(self, request: Request, serial: str) -> Response:
        """400 where the number is none, with what is wrong with it; 404 where it was never issued."""
        try:
            parse_unit_serial(serial)
        except RuleViolation as wrong:
            raise serializers.ValidationError({"serial": [str(wrong)]}) from None
        try:
            return Response(LifeShape(serials.public_life(serial)).data)
        except RuleViolation:
            raise Http404 from None


urlpatterns = [
    path("accounts", Accounts.as_view()),
    re_path(rf"^accounts/{ACCOUNT}/balance$", AccountBalance.as_view()),
    re_path(rf"^accounts/{ACCOUNT}/statement$", AccountStatement.as_view()),
    re_path(r"^serials/(?P<serial>[^/]{1,100})$", SerialLife.as_view()),
]
