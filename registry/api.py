"""The registry's API: shapes only, one line per verb. Callers sign (docs/api-signing.md) or are signed in."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import QuerySet
from django.urls import path, re_path
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.keys import is_key
from accounts.models import User
from registry.models import Batch, Block, HoldingAccount, Retirement, Transfer
from registry.services import retirements, transfers
from registry.states import FREE_KINDS


class Key:
    """The idempotency key a caller sends with every booking, in the header ``Idempotency-Key`` (8 to 100 characters)."""

    def key(self, request: Request) -> str:
        """Return the key or refuse the request (400)."""
        key = request.headers.get("Idempotency-Key", "")
        if not is_key(key):
            raise serializers.ValidationError(
                {"Idempotency-Key": [_("每次办理请带上 8 到 100 个字符的幂等键（请求头 Idempotency-Key）")]}
            )
        return key


class TransferBody(serializers.Serializer[Any]):
    """A transfer to initiate: whole tonnes, oldest serials first, or of one batch."""

    source = serializers.CharField(max_length=20)  # type: ignore[assignment]  # a field of ours, not DRF's option
    target = serializers.CharField(max_length=20)
    quantity_t = serializers.IntegerField(min_value=1, max_value=999_999_999)
    batch = serializers.IntegerField(required=False)
    reason = serializers.CharField(max_length=500, required=False, default="")


class RetirementBody(serializers.Serializer[Any]):
    """A retirement to initiate."""

    account = serializers.CharField(max_length=20)
    quantity_t = serializers.IntegerField(min_value=1, max_value=999_999_999)
    kind = serializers.ChoiceField(FREE_KINDS)
    beneficiary = serializers.CharField(max_length=48)
    purpose = serializers.CharField(max_length=100)
    batch = serializers.IntegerField(required=False)


class StepBody(serializers.Serializer[Any]):
    """A later step of an order: the reason, where one is needed."""

    reason = serializers.CharField(max_length=500, required=False, default="")


def _transfer(transfer: Transfer) -> dict[str, Any]:
    return {
        "id": transfer.pk,
        "number": str(transfer),
        "source": transfer.source.number,
        "target": transfer.target.number,
        "quantity_t": transfer.quantity_t,
        "state": transfer.state,
        "journal": transfer.journal.number if transfer.journal else None,
    }


def _retirement(retirement: Retirement) -> dict[str, Any]:
    return {
        "id": retirement.pk,
        "number": str(retirement),
        "account": retirement.account.number,
        "quantity_t": retirement.quantity_t,
        "kind": retirement.kind,
        "beneficiary": retirement.beneficiary,
        "state": retirement.state,
        "journal": retirement.journal.number if retirement.journal else None,
    }


def one(rows: QuerySet[Any], field: str = "", **where: Any) -> Any:
    """Return the one row the caller named, or refuse the request by the ``field`` that named it (400).

    ``rows`` are everybody's: whether one is in the caller's scope the verb asks, and writes a refusal down.
    """
    row = rows.filter(**where).first()
    if row is None:
        name, value = next(iter(where.items()))
        raise serializers.ValidationError({field or name: [_("没有 %s，请核对") % value]})
    return row


def _batch(body: dict[str, Any]) -> Batch | None:
    return one(Batch.objects.all(), "batch", pk=body["batch"]) if "batch" in body else None


class Transfers(Key, APIView):
    """``GET`` lists one's transfers, ``POST`` initiates one."""

    def get(self, request: Request) -> Response:
        """The newest hundred."""
        rows = Transfer.objects.visible_to(request.user).select_related("source", "target", "journal")[:100]
        return Response([_transfer(row) for row in rows])

    def post(self, request: Request) -> Response:
        """Initiate: 201 with the transfer; the same key again answers the same."""
        body = valid(TransferBody, request)
        transfer = transfers.initiate(
            one(HoldingAccount.objects.all(), "source", number=body["source"]),
            target_number=body["target"],
            quantity_t=body["quantity_t"],
            batch=_batch(body),
            reason=body["reason"],
            by=cast(User, request.user),
            key=self.key(request),
        )
        return Response(_transfer(transfer), status=201)


class TransferStep(Key, APIView):
    """``POST …/<step>``: confirm, accept, refuse, cancel."""

    STEPS = {
        "confirm": transfers.confirm,
        "accept": transfers.accept,
        "refuse": transfers.refuse,
        "cancel": transfers.cancel,
    }

    def post(self, request: Request, pk: str, step: str) -> Response:
        """Take the step and answer with the transfer as it now is."""
        body = valid(StepBody, request)
        transfer = one(Transfer.objects.all(), pk=pk)
        return Response(
            _transfer(self.STEPS[step](transfer, by=cast(User, request.user), key=self.key(request), **body))
        )


class Retirements(Key, APIView):
    """``GET`` lists one's retirements, ``POST`` initiates one."""

    def get(self, request: Request) -> Response:
        """The newest hundred."""
        rows = Retirement.objects.visible_to(request.user).select_related("account", "journal")[:100]
        return Response([_retirement(row) for row in rows])

    def post(self, request: Request) -> Response:
        """Initiate: 201 with the retirement."""
        body = valid(RetirementBody, request)
        account = one(HoldingAccount.objects.all(), "account", number=body.pop("account"))
        batch = _batch(body)
        body.pop("batch", None)
        retirement = retirements.initiate(
            account, batch=batch, by=cast(User, request.user), key=self.key(request), **body
        )
        return Response(_retirement(retirement), status=201)


class RetirementStep(Key, APIView):
    """``POST …/<step>``: confirm, approve, refuse, cancel."""

    STEPS = {
        "confirm": retirements.confirm,
        "approve": retirements.approve,
        "refuse": retirements.refuse,
        "cancel": retirements.cancel,
    }

    def post(self, request: Request, pk: str, step: str) -> Response:
        """Take the step and answer with the retirement as it now is."""
        body = valid(StepBody, request)
        retirement = one(Retirement.objects.all(), pk=pk)
        return Response(
            _retirement(self.STEPS[step](retirement, by=cast(User, request.user), key=self.key(request), **body))
        )


class Holdings(APIView):
    """``GET``: the units of one's accounts with their serials, now."""

    def get(self, request: Request) -> Response:
        """Blocks by account, in order of serials."""
        blocks = Block.objects.open().visible_to(request.user).select_related("series", "batch", "holder")
        return Response(
            [
                {
                    "account": block.holder.number,
                    "serial": block.serial,
                    "quantity_t": block.quantity_t,
                    "batch": block.batch_id,
                    "state": block.state,
                }
                for block in blocks.order_by("holder_id", "series_id", "serials")[:1000]
            ]
        )


def valid(body: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """Return what was sent in the shape of ``body``, or refuse the request with a line for each field (400)."""
    shape = body(data=request.data)
    shape.is_valid(raise_exception=True)
    return dict(shape.validated_data)


urlpatterns = [
    path("transfers", Transfers.as_view()),
    re_path(r"^transfers/(?P<pk>\d+)/(?P<step>confirm|accept|refuse|cancel)$", TransferStep.as_view()),
    path("retirements", Retirements.as_view()),
    re_path(r"^retirements/(?P<pk>\d+)/(?P<step>confirm|approve|refuse|cancel)$", RetirementStep.as_view()),
    path("holdings", Holdings.as_view()),
]
