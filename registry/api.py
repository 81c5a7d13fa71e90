"""The registry's API: shapes only, one line per verb. Callers sign (docs/api-signing.md) or are signed in."""

from __future__ import annotations

from typing import Any, cast

from django.urls import path, re_path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from accounts.shapes import Key, StepBody, one, valid
from registry.models import Batch, Block, HoldingAccount, Retirement, Transfer
from registry.services import retirements, transfers
from registry.states import FREE_KINDS


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


urlpatterns = [
    path("transfers", Transfers.as_view()),
    re_path(r"^transfers/(?P<pk>\d+)/(?P<step>confirm|accept|refuse|cancel)$", TransferStep.as_view()),
    path("retirements", Retirements.as_view()),
    re_path(r"^retirements/(?P<pk>\d+)/(?P<step>confirm|approve|refuse|cancel)$", RetirementStep.as_view()),
    path("holdings", Holdings.as_view()),
]
