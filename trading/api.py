"""Trading's API: agreements in the manner of the registry's, and the door of the settlement bank."""

from __future__ import annotations

from typing import Any, cast

from django.urls import path, re_path
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from accounts.services.people import portal_user
from accounts.shapes import Key, StepBody, one, valid
from registry.models import Batch, HoldingAccount
from trading.models import Agreement, BankMessage
from trading.services import agreements, payments
from trading.services.bank import authenticated
from trading.states import MessageState


class AgreementBody(serializers.Serializer[Any]):
    """An agreement to propose: whole tonnes at a price in fen per tonne, oldest serials first or of one batch."""

    seller = serializers.CharField(max_length=20)
    buyer = serializers.CharField(max_length=20)
    quantity_t = serializers.IntegerField(min_value=1, max_value=999_999_999)
    price_fen = serializers.IntegerField(min_value=1, max_value=agreements.HIGHEST_PRICE_FEN)
    batch = serializers.IntegerField(required=False)
    terms = serializers.CharField(max_length=500, required=False, default="")


def _agreement(agreement: Agreement) -> dict[str, Any]:
    return {
        "id": agreement.pk,
        "number": agreement.number,
        "seller": agreement.seller.number,
        "buyer": agreement.buyer.number,
        "quantity_t": agreement.quantity_t,
        "price_fen": agreement.price_fen,
        "amount_fen": agreement.amount_fen,
        "fee_fen": agreement.fee_fen,
        "payable_fen": agreement.payable_fen,
        "due_on": agreement.due_on.isoformat(),
        "state": agreement.state,
        "journal": agreement.journal.number if agreement.journal else None,
    }


class Agreements(Key, APIView):
    """``GET`` lists one's agreements, ``POST`` proposes one."""

    def get(self, request: Request) -> Response:
        """The newest hundred."""
        rows = Agreement.objects.visible_to(request.user).select_related("seller", "buyer", "journal")[:100]
        return Response([_agreement(row) for row in rows])

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
        return Response(_agreement(agreement), status=201)


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

    def post(self, request: Request, pk: str, step: str) -> Response:
        """Take the step and answer with the agreement as it now is."""
        body = valid(StepBody, request)
        agreement = one(Agreement.objects.all(), pk=pk)
        return Response(
            _agreement(self.STEPS[step](agreement, by=cast(User, request.user), key=self.key(request), **body))
        )


@method_decorator(csrf_exempt, name="dispatch")
class BankCallback(APIView):
    """``POST``: the settlement bank says what became of a payment instruction.

    Headers ``X-Bank`` (its code), ``X-Bank-Message`` (its message id, at most 60 characters) and ``X-Bank-Signature``: the
    HMAC-SHA-256 in hexadecimal, by the bank's own secret, over the message id, a line feed and the body as it was sent.
    200 when it was booked, 409 with the reason when it was kept for the desk and moved nothing, 403 without its signature.
    """

    authentication_classes = ()
    permission_classes = ()

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
