"""The mall and one's coupons. Every POST calls exactly one verb."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import segno
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.keys import posted_key
from kernel import clock
from kernel.rules import RuleViolation
from rewards.codes import grouped
from rewards.models import Coupon, Offer
from rewards.services import coupons
from rewards.services.tills import already_used
from rewards.states import CouponState
from rewards.views.wallet import balance
from scenarios.models import Citizen
from scenarios.views.access import citizen_only

SHOWN = 100


@never_cache
@require_safe
@citizen_only()
def mall(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    """Show what there is for points, by kind."""
    shown = Offer.objects.shown().select_related("merchant")
    kinds = [
        (value, label) for value, label in Offer.Face.choices if value in set(shown.values_list("kind", flat=True))
    ]
    kind = request.GET.get("kind", "")
    kind = kind if kind in dict(kinds) else ""
    unused = Coupon.objects.filter(citizen=citizen, state=CouponState.ISSUED, expires_on__gte=clock.today()).count()
    context = {
        **balance(citizen),
        "offers": shown.filter(kind=kind) if kind else shown,
        "kinds": kinds,
        "kind": kind,
        "unused": unused,
        "tab": "mall",
    }
    return render(request, "rewards/mall.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@citizen_only()
def item(request: HttpRequest, citizen: Citizen, pk: int) -> HttpResponse:
    """Show one offer; a POST redeems it."""
    offer, refusal = get_object_or_404(Offer.objects.select_related("merchant"), pk=pk), None
    if request.method == "POST":
        try:
            coupon = coupons.redeem(offer, citizen, by=citizen.user, key=posted_key(request.POST))
        except RuleViolation as refused:
            refusal = refused
            offer.refresh_from_db()
        else:
            messages.success(request, _("已兑换。"))
            return redirect("coupon", pk=coupon.pk)
    held = balance(citizen)
    context = {
        **held,
        "offer": offer,
        "until": clock.today() + timedelta(days=offer.valid_days),
        "left_after": held["points"] - offer.price_points,
        "missing": offer.price_points - held["points"],
        "on_sale": Offer.objects.shown().filter(pk=offer.pk).exists(),
        "key": uuid.uuid4().hex,
        "refusal": refusal,
        "back": "mall",
    }
    return render(request, "rewards/item.html", context, status=409 if refusal else 200)


@never_cache
@require_safe
@citizen_only()
def mine(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    """List one's coupons, those that can be used first."""
    got = list(Coupon.objects.filter(citizen=citizen).select_related("offer__merchant")[:SHOWN])
    unused = [coupon for coupon in got if coupon.state == CouponState.ISSUED]
    context = {
        "unused": sorted(unused, key=lambda coupon: coupon.expires_on),
        "past": [coupon for coupon in got if coupon.state != CouponState.ISSUED],
        "back": "mall",
        "tab": "mall",
    }
    return render(request, "rewards/coupons.html", context)


def _of(citizen: Citizen, pk: int) -> Coupon:
    mine_ = Coupon.objects.filter(citizen=citizen).select_related("offer__merchant", "entry", "citizen")
    return get_object_or_404(mine_, pk=pk)


def qr_of(code: str) -> str:
    """Return the QR of a code as a data address: a full QR (Micro QR is not read by every scanner) with the till's link.

    The code stands behind the #, which a browser keeps to itself: it comes into no access log.
    """
    link = f"{settings.PUBLIC_URL}{reverse('till')}#{code}"
    return str(
        segno.make_qr(link, error="m").svg_data_uri(scale=4, border=4, dark="#0d1a14", light="#fff", omitsize=True)
    )


@never_cache
@require_safe
@citizen_only()
def coupon(request: HttpRequest, citizen: Citizen, pk: int) -> HttpResponse:
    """Show a coupon: its code for the till as long as it is good, afterwards what became of it."""
    got = _of(citizen, pk)
    good = got.state == CouponState.ISSUED and got.expires_on >= clock.today()
    code = coupons.code_of(got) if good else ""
    use = got.uses.filter(undone_at=None).select_related("device").first()
    context = {
        "coupon": got,
        "good": good,
        "code": grouped(code),
        "qr": qr_of(code) if good else "",
        "used": already_used(use) if use else "",
        "back": "coupons",
        "tab": "mall",
    }
    return render(request, "rewards/coupon.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@citizen_only()
def cancel(request: HttpRequest, citizen: Citizen, pk: int) -> HttpResponse:
    """Ask once more, then give the coupon back."""
    got, refusal = _of(citizen, pk), None
    if request.method == "POST":
        try:
            coupons.cancel(got, by=citizen.user, key=posted_key(request.POST))
        except RuleViolation as refused:
            refusal = refused
        else:
            messages.success(request, _("积分已退回，到期日不变。"))
            return redirect("wallet")
    context: dict[str, Any] = {"coupon": got, "key": uuid.uuid4().hex, "refusal": refusal, "back": "coupons"}
    return render(request, "rewards/cancel.html", context, status=409 if refusal else 200)
