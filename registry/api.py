"""The registry's API: shapes only, one line per verb. Callers sign (docs/api-signing.md) or are signed in."""

from __future__ import annotations

from typing import Any, cast

from django.urls import path, re_path
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.described import door, steps
from accounts.models import User
from accounts.pages import Listed
from accounts.shapes import Key, StepBody, named, one, valid
from registry.models import Batch, Block, HoldingAccount, Retirement, Transfer
from registry.services import retirements, transfers
from registry.states import FREE_KINDS, OrderState, RetirementState, UnitState

ACCOUNT = _("账户号，如 CH990100000012")
BATCH = _("批次编号；不写时从最早的序列号开始")
TAG = _("登记")


class TransferBody(serializers.Serializer[Any]):
    """A transfer to initiate: whole tonnes, oldest serials first, or of one batch."""

    source = serializers.CharField(max_length=20, help_text=ACCOUNT)  # type: ignore[assignment]  # a field of ours, not DRF's option
    target = serializers.CharField(max_length=20, help_text=ACCOUNT)
    quantity_t = serializers.IntegerField(min_value=1, max_value=999_999_999, help_text=_("整吨"))
    batch = serializers.IntegerField(required=False, help_text=BATCH)
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, default="", help_text=_("说明"))


class RetirementBody(serializers.Serializer[Any]):
    """A retirement to initiate."""

    account = serializers.CharField(max_length=20, help_text=ACCOUNT)
    quantity_t = serializers.IntegerField(min_value=1, max_value=999_999_999, help_text=_("整吨"))
    kind = serializers.ChoiceField(FREE_KINDS, help_text=_("用途类别"))
    beneficiary = serializers.CharField(max_length=48, help_text=_("受益方，写在注销证明上"))
    purpose = serializers.CharField(max_length=100, help_text=_("用途"))
    basis = serializers.CharField(
        max_length=100,
        required=False,
        allow_blank=True,
        default="",
        help_text=_("依据：企业碳中和写核算边界和年度，生态环境损害赔偿写法律文书号，碳积分兑换写汇总单"),
    )
    batch = serializers.IntegerField(required=False, help_text=BATCH)


class OrderShape(serializers.Serializer[Any]):
    """What every order says of itself."""

    id = serializers.IntegerField(source="pk")
    number = serializers.CharField(source="__str__")
    quantity_t = serializers.IntegerField(help_text=_("整吨"))
    journal = serializers.CharField(source="journal.number", allow_null=True, help_text=_("记账号；没有记账时为 null"))


class TransferShape(OrderShape):
    """A transfer as it now is."""

    source = serializers.CharField(source="source.number", help_text=_("转出账户"))  # type: ignore[assignment]
    target = serializers.CharField(source="target.number", help_text=_("转入账户"))
    state = serializers.ChoiceField(OrderState.choices)
    answer_by = serializers.DateField(help_text=_("接收期限，过了这天退回转出账户"))


class RetirementShape(OrderShape):
    """A retirement as it now is."""

    account = serializers.CharField(source="account.number")
    kind = serializers.CharField()
    beneficiary = serializers.CharField()
    basis = serializers.CharField()
    state = serializers.ChoiceField(RetirementState.choices)


class HoldingShape(serializers.Serializer[Any]):
    """A run of serials of one holder in one state."""

    account = serializers.CharField(source="holder.number")
    serial = serializers.CharField(help_text=_("序列号区间"))
    quantity_t = serializers.IntegerField(help_text=_("整吨"))
    batch = serializers.IntegerField(source="batch_id")
    state = serializers.ChoiceField(UnitState.choices)


STEP_REFUSED = {
    "wrong_state": _("这一步现在不能办，请刷新页面看看是否已被别人办理"),
    "same_person": _("发起的人不能自己确认，请确认代表登录办理"),
    "no_reason": _("请写明理由"),
    "units_taken": _("预留的减排量已不在，请刷新页面"),
    "expired": _("这笔转移过了接收期限，减排量会退回转出账户，请对方重新发起"),
}
UNITS_REFUSED = {
    "bad_quantity": _("数量是大于 0 的整吨"),
    "not_enough": _("可用的减排量不够"),
    "units_taken": _("这些减排量刚被另一笔办理占用，请刷新后再试"),
}
TRANSFER_REFUSED = UNITS_REFUSED | {
    "same_account": _("转入和转出不能是同一个账户"),
    "no_account": _("没有这个转入账户"),
}
RETIREMENT_REFUSED = UNITS_REFUSED | {
    "no_beneficiary": _("请填写受益方，它会写在注销证明上"),
    "name_too_long": _("受益方太长，证书上写不下"),
    "no_purpose": _("请用不超过 100 个字写明用途"),
    "no_basis": _("这一类注销要写明依据"),
}


def batch_of(body: dict[str, Any]) -> Batch | None:
    """Return the batch a body names, or none."""
    return one(Batch.objects.all(), "batch", pk=body["batch"]) if "batch" in body else None


class Transfers(Listed, Key, APIView):
    """``GET`` lists one's transfers, ``POST`` initiates one."""

    @door(TAG, _("列出自己的过户"), answers={200: TransferShape(many=True)})
    def get(self, request: Request) -> Response:
        """The newest first."""
        rows = Transfer.objects.visible_to(request.user).select_related("source", "target", "journal")
        return self.page(request, rows, TransferShape)

    @door(
        TAG,
        _("发起过户"),
        told=_("单位里另一人确认、对方接受以后才过户；发起时就把数量预留"),
        body=TransferBody,
        answers={201: TransferShape},
        refuses=TRANSFER_REFUSED,
        keyed=True,
    )
    def post(self, request: Request) -> Response:
        """Initiate: 201 with the transfer; the same key again answers the same."""
        body = valid(TransferBody, request)
        transfer = transfers.initiate(
            one(HoldingAccount.objects.all(), "source", number=body["source"]),
            target_number=body["target"],
            quantity_t=body["quantity_t"],
            batch=batch_of(body),
            reason=body["reason"],
            by=cast(User, request.user),
            key=self.key(request),
        )
        return Response(TransferShape(transfer).data, status=201)


class TransferStep(Key, APIView):
    """``POST …/<step>``: confirm, accept, refuse, cancel."""

    STEPS = {
        "confirm": transfers.confirm,
        "accept": transfers.accept,
        "refuse": transfers.refuse,
        "cancel": transfers.cancel,
    }

    @door(
        TAG,
        _("办理过户的下一步"),
        told=_("confirm 确认，accept 接受，refuse 拒绝，cancel 撤销"),
        query=[steps(STEPS)],
        body=StepBody,
        answers={200: TransferShape},
        missing=True,
        refuses=STEP_REFUSED,
        keyed=True,
    )
    def post(self, request: Request, pk: str, step: str) -> Response:
        """Take the step and answer with the transfer as it now is."""
        body = valid(StepBody, request)
        transfer = named(Transfer.objects.all(), pk)
        done = self.STEPS[step](transfer, by=cast(User, request.user), key=self.key(request), **body)
        return Response(TransferShape(done).data)


class Retirements(Listed, Key, APIView):
    """``GET`` lists one's retirements, ``POST`` initiates one."""

    @door(TAG, _("列出自己的注销"), answers={200: RetirementShape(many=True)})
    def get(self, request: Request) -> Response:
        """The newest first."""
        rows = Retirement.objects.visible_to(request.user).select_related("account", "journal")
        return self.page(request, rows, RetirementShape)

    @door(
        TAG,
        _("发起注销"),
        body=RetirementBody,
        answers={201: RetirementShape},
        refuses=RETIREMENT_REFUSED,
        keyed=True,
    )
    def post(self, request: Request) -> Response:
        """Initiate: 201 with the retirement."""
        body = valid(RetirementBody, request)
        account = one(HoldingAccount.objects.all(), "account", number=body.pop("account"))
        batch = batch_of(body)
        body.pop("batch", None)
        retirement = retirements.initiate(
            account, batch=batch, by=cast(User, request.user), key=self.key(request), **body
        )
        return Response(RetirementShape(retirement).data, status=201)


class RetirementStep(Key, APIView):
    """``POST …/<step>``: confirm, review, approve, refuse, cancel."""

    STEPS = {
        "confirm": retirements.confirm,
        "review": retirements.review,
        "approve": retirements.approve,
        "refuse": retirements.refuse,
        "cancel": retirements.cancel,
    }

    @door(
        TAG,
        _("办理注销的下一步"),
        told=_("confirm 确认，review 审核，approve 由第二位人员复核，refuse 拒绝，cancel 撤销"),
        query=[steps(STEPS)],
        body=StepBody,
        answers={200: RetirementShape},
        missing=True,
        refuses=STEP_REFUSED,
        keyed=True,
    )
    def post(self, request: Request, pk: str, step: str) -> Response:
        """Take the step and answer with the retirement as it now is."""
        body = valid(StepBody, request)
        retirement = named(Retirement.objects.all(), pk)
        done = self.STEPS[step](retirement, by=cast(User, request.user), key=self.key(request), **body)
        return Response(RetirementShape(done).data)


class Holdings(Listed, APIView):
    """``GET``: the units of one's accounts with their serials, now."""

    @door(TAG, _("现在持有的减排量和序列号"), answers={200: HoldingShape(many=True)})
    def get(self, request: Request) -> Response:
        """Open blocks, the newest first."""
        blocks = Block.objects.open().visible_to(request.user).select_related("series", "batch", "holder")
        return self.page(request, blocks, HoldingShape)


urlpatterns = [
    path("transfers", Transfers.as_view()),
    re_path(r"^transfers/(?P<pk>\d+)/(?P<step>confirm|accept|refuse|cancel)$", TransferStep.as_view()),
    path("retirements", Retirements.as_view()),
    re_path(r"^retirements/(?P<pk>\d+)/(?P<step>confirm|review|approve|refuse|cancel)$", RetirementStep.as_view()),
    path("holdings", Holdings.as_view()),
]
