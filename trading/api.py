"""Trading's API: agreements in the manner of the registry's, and the door of the settlement bank."""

from __future__ import annotations

from typing import Any, cast

from django.urls import path, re_path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.described import door, steps
from accounts.models import User
from accounts.pages import Listed
from accounts.services.people import portal_user
from accounts.shapes import Key, StepBody, named, one, valid
from registry.models import Batch, HoldingAccount
from trading.models import Agreement, BankMessage
from trading.services import agreements, payments
from trading.services.bank import authenticated
from trading.states import AgreementState, MessageState

TAG = _("交易")
ACCOUNT = _("账户号，如 CH990100000012")


class AgreementBody(serializers.Serializer[Any]):
    """An agreement to propose: whole tonnes at a price in fen per tonne, oldest serials first or of one batch."""

    seller = serializers.CharField(max_length=20, help_text=ACCOUNT)
    buyer = serializers.CharField(max_length=20, help_text=ACCOUNT)
    quantity_t = serializers.IntegerField(min_value=1, max_value=999_999_999, help_text=_("整吨"))
    price_fen = serializers.IntegerField(
        min_value=1, max_value=agreements.HIGHEST_PRICE_FEN, help_text=_("单价，分每吨")
    )
    batch = serializers.IntegerField(required=False, help_text=_("批次编号；不写时从最早的序列号开始"))
    terms = serializers.CharField(max_length=500, required=False, allow_blank=True, default="", help_text=_("约定"))


class AgreementShape(serializers.Serializer[Any]):
    """An agreement as it now is; amounts in fen."""

    id = serializers.IntegerField(source="pk")
    number = serializers.CharField()
    seller = serializers.CharField(source="seller.number")
    buyer = serializers.CharField(source="buyer.number")
    quantity_t = serializers.IntegerField(help_text=_("整吨"))
    price_fen = serializers.IntegerField(help_text=_("单价，分每吨"))
    amount_fen = serializers.IntegerField(help_text=_("总价，分"))
    fee_fen = serializers.IntegerField(help_text=_("手续费，分"))
    payable_fen = serializers.IntegerField(help_text=_("付给出让方，分"))
    due_on = serializers.DateField(help_text=_("有效期至"))
    state = serializers.ChoiceField(AgreementState.choices)
    journal = serializers.CharField(source="journal.number", allow_null=True, help_text=_("记账号；没有记账时为 null"))


class CallbackBody(serializers.Serializer[Any]):
    """What a bank says of an instruction. Read by the verb, which keeps it byte for byte."""

    instruction = serializers.CharField(help_text=_("付款指令号"))
    status = serializers.CharField(help_text=_("PAID 已到账，FAILED 付款失败"))
    amount_fen = serializers.IntegerField(help_text=_("到账金额，分"))
    reference = serializers.CharField(help_text=_("银行流水号"))


class CallbackShape(serializers.Serializer[Any]):
    """What became of a bank's message."""

    message = serializers.CharField(help_text=_("报文号"))
    accepted = serializers.BooleanField()
    code = serializers.CharField(allow_blank=True)
    title = serializers.CharField(allow_blank=True)
    instruction = serializers.CharField(allow_null=True)


REFUSED = {
    "same_account": _("出让方和受让方不能是同一个账户"),
    "bad_price": _("单价要大于 0 元/t，最高 10,000,000 元/t"),
    "not_enough": _("可用的减排量不够"),
    "units_taken": _("这些减排量刚被另一笔办理占用，请刷新后再试"),
}
STEP_REFUSED = {
    "wrong_state": _("这一步现在不能办，请刷新页面看看是否已被别人办理"),
    "same_person": _("发起的人不能自己确认，请确认代表登录办理"),
    "already_ordered": _("上一条付款指令还在银行处理，请等银行答复"),
    "expired": _("这份协议已过有效期，请双方重新发起"),
    "no_reason": _("请写明理由"),
}


class Agreements(Listed, Key, APIView):
    """``GET`` lists one's agreements, ``POST`` proposes one."""

    @door(TAG, _("列出自己的协议"), answers={200: AgreementShape(many=True)})
    def get(self, request: Request) -> Response:
        """The newest first."""
        rows = Agreement.objects.visible_to(request.user).select_related("seller", "buyer", "journal")
        return self.page(request, rows, AgreementShape)

    @door(
        TAG,
        _("发起协议"),
        body=AgreementBody,
        answers={201: AgreementShape},
        refuses=REFUSED,
        keyed=True,
    )
    def post(self, request: Request) -> Response:
        """Propose: 201 with the agreement; the same key again answers the same."""
        body = valid(AgreementBody, request)
        agreement = agreements.propose(
            one(HoldingAccount.objects.all(), "seller", number=body["seller"]),
            buyer_number=body["buyer"],
            quantity_t=body["quantity_t"],
            price_fen=body["price_fen"],
            batch=one(Batch.objects.all(), "batch", pk=body["batch"]) if "batch" in body else None,
            terms=body["terms"],
            by=cast(User, request.user),
            key=self.key(request),
        )
        return Response(AgreementShape(agreement).data, status=201)


class AgreementStep(Key, APIView):
    """``POST …/<step>``: confirm, accept, pay, pay-again, refuse, cancel."""

    STEPS = {
        "confirm": agreements.confirm,
        "accept": agreements.accept,
        "pay": agreements.order_payment,
        "pay-again": agreements.pay_again,
        "refuse": agreements.refuse,
        "cancel": agreements.cancel,
    }

    @door(
        TAG,
        _("办理协议的下一步"),
        told=_("confirm 确认，accept 接受，pay 付款，pay-again 再付一次，refuse 拒绝，cancel 撤销"),
        query=[steps(STEPS)],
        body=StepBody,
        answers={200: AgreementShape},
        missing=True,
        refuses=STEP_REFUSED,
        keyed=True,
    )
    def post(self, request: Request, pk: str, step: str) -> Response:
        """Take the step and answer with the agreement as it now is."""
        body = valid(StepBody, request)
        agreement = named(Agreement.objects.all(), pk)
        done = self.STEPS[step](agreement, by=cast(User, request.user), key=self.key(request), **body)
        return Response(AgreementShape(done).data)


@method_decorator(csrf_exempt, name="dispatch")
class BankCallback(APIView):
    """``POST``: the settlement bank says what became of a payment instruction.

    Headers ``X-Bank`` (its code), ``X-Bank-Message`` (its message id, at most 60 characters) and ``X-Bank-Signature``: the
    HMAC-SHA-256 in hexadecimal, by the bank's own secret, over the message id, a line feed and the body as it was sent.
    200 when it was booked, 409 with the reason when it was kept for the desk and moved nothing, 403 without its signature.
    """

    authentication_classes = ()
    permission_classes = ()

    @door(
        TAG,
        _("结算银行告知付款结果"),
        told=_("200 已入账；409 报文已留存、没有入账，原因在 code；403 没有正确的银行签名"),
        body=CallbackBody,
        headers={
            "X-Bank": _("银行代码"),
            "X-Bank-Message": _("报文号，最多 60 个字符"),
            "X-Bank-Signature": _(
                "HMAC-SHA-256，小写十六进制；对报文号、一个换行符和请求内容原样字节计算，密钥由银行自己保管"
            ),
        },
        answers={200: CallbackShape, 409: CallbackShape},
        refuses={"no_bank": _("本平台还没有接入结算银行，不能办理付款")},
        public=True,
        forbidden=True,
    )
    def post(self, request: Request) -> Response:
        """Take the message in; the same id gives the same answer."""
        body, headers, portal = request._request.body, request.headers, portal_user()
        code, message_id = headers.get("X-Bank", ""), headers.get("X-Bank-Message", "")
        authenticated(code, message_id, body, headers.get("X-Bank-Signature", ""), by=portal)
        message = payments.receive(bank=code, message_id=message_id, body=body, by=portal, key=f"{code}:{message_id}")
        booked = message.state == MessageState.ACCEPTED
        return Response(_answer(message), status=200 if booked else 409)


def _answer(message: BankMessage) -> dict[str, Any]:
    return {
        "message": message.message_id,
        "accepted": message.code == "",
        "code": message.code,
        "title": message.said,
        "instruction": message.instruction.number if message.instruction else None,
    }


urlpatterns = [
    path("agreements", Agreements.as_view()),
    re_path(r"^agreements/(?P<pk>\d+)/(?P<step>confirm|accept|pay|pay-again|refuse|cancel)$", AgreementStep.as_view()),
    path("bank/callbacks", BankCallback.as_view()),
]
