"""The till: a shop's phone. The device is known by a signed cookie, the person by a PIN; works without script.

What is refused is shown as the answer, in words the person can tell the customer. Nothing is kept for later when the network
is gone: a coupon is used here and now or not at all.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.keys import posted_key
from kernel import clock
from kernel.rules import RuleViolation
from rewards.forms import KeyForm, UndoForm, UseForm
from rewards.models import CouponUse, MerchantDevice
from rewards.models.tills import UNDO_WITHIN
from rewards.services import tills

COOKIE, LAST = "till", "till_cashier"
YEAR_S = 365 * 24 * 3600
View = Callable[..., HttpResponse]


def _device(request: HttpRequest) -> MerchantDevice | None:
    """Return the device this browser was set up as, as long as it is in service and its key is the same."""
    told = request.get_signed_cookie(COOKIE, default="", salt=COOKIE, max_age=YEAR_S) or ""
    number, _colon, key_hash = told.partition(":")
    if not number.isdigit():
        return None
    active = MerchantDevice.objects.filter(pk=int(number), active=True, key_hash=key_hash)
    return active.select_related("merchant__user").first()


def _remember(answer: HttpResponse, name: str, value: str) -> HttpResponse:
    answer.set_signed_cookie(
        name,
        value,
        salt=name,
        max_age=YEAR_S,
        path="/till/",
        httponly=True,
        samesite="Lax",
        secure=settings.HTTPS,
    )
    return answer


def on_device(view: View) -> View:
    """Give the view the device; a phone that is none yet is asked for its key."""

    @wraps(view)
    def open_page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        device = _device(request)
        return redirect("till-device") if device is None else view(request, device, *args, **kwargs)

    return open_page


@never_cache
@require_http_methods(["GET", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    """Make this phone a till by the key the operator gave to the shop."""
    form, refusal = KeyForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        device = tills.device_of(form.cleaned_data["key"])
        if device is not None:
            messages.success(request, _("这台手机已设为%(merchant)s的%(name)s。") % _names(device))
            return _remember(redirect("till"), COOKIE, f"{device.pk}:{device.key_hash}")
        refusal = RuleViolation("bad_key", _("没有这个设备密钥，或它已停用；请向运营人员核对"))
    shown = settings.DEMO_PASSWORD if settings.DEMO and tills.device_of(settings.DEMO_PASSWORD) else ""
    context = {"form": form, "refusal": refusal, "demo_key": shown}
    status = 409 if refusal else 400 if form.errors else 200
    return render(request, "rewards/till_device.html", context, status=status)


def _names(device: MerchantDevice) -> dict[str, str]:
    return {"merchant": device.merchant.name, "name": device.name}


@never_cache
@require_http_methods(["GET", "POST"])
@on_device
def till(request: HttpRequest, device: MerchantDevice) -> HttpResponse:
    """Use a coupon, and show what was used today."""
    last = request.get_signed_cookie(LAST, default="", salt=LAST, max_age=YEAR_S)
    first = {"cashier": last}  # the code comes behind the # of the address, which no server and no log of one sees
    form, refusal = UseForm(request.POST or None, device=device, initial=first), None
    if request.method == "POST" and form.is_valid():
        try:
            use = _use(device, form, posted_key(request.POST))
        except RuleViolation as refused:
            refusal = refused
        else:
            answer = redirect("till-use", pk=use.pk)
            return _remember(answer, LAST, str(use.cashier_id))
    context = {
        **_day(device),
        "form": form,
        "refusal": refusal,
        "key": uuid.uuid4().hex,
        "demo_pins": _demo_pins(device),
    }
    return render(request, "rewards/till.html", context, status=409 if refusal else 400 if form.errors else 200)


def _demo_pins(device: MerchantDevice) -> dict[str, str]:
    """Return the PINs of the demo's own till; a demo shows how to get in wherever one has to sign in."""
    ours = settings.DEMO and device.key_hash == tills.key_hash(settings.DEMO_PASSWORD)
    return settings.DEMO_TILL if ours else {}


def _use(device: MerchantDevice, form: UseForm, key: str) -> CouponUse:
    typed = form.cleaned_data
    cashier = tills.enter(device, cashier=typed["cashier"], pin=typed["pin"])
    return tills.use(device, cashier=cashier, code=typed["code"], by=device.merchant.user, key=key)


def _day(device: MerchantDevice) -> dict[str, Any]:
    return {"device": device, "undo_from": clock.now() - UNDO_WITHIN, **tills.day_of(device.merchant)}


def _use_here(device: MerchantDevice, pk: int) -> CouponUse:
    here = CouponUse.objects.filter(device__merchant=device.merchant)
    return get_object_or_404(here.select_related("coupon__offer", "cashier", "device"), pk=pk)


@never_cache
@require_http_methods(["GET"])
@on_device
def used(request: HttpRequest, device: MerchantDevice, pk: int) -> HttpResponse:
    """Say that it was done: what for, when, by whom."""
    return render(request, "rewards/till_used.html", {**_day(device), "use": _use_here(device, pk)})


@never_cache
@require_http_methods(["GET", "POST"])
@on_device
def undo(request: HttpRequest, device: MerchantDevice, pk: int) -> HttpResponse:
    """Let a shift leader take a use back."""
    use, refusal = _use_here(device, pk), None
    form = UndoForm(request.POST or None, device=device, leaders=True)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            leader = tills.enter(device, cashier=typed["cashier"], pin=typed["pin"])
            tills.undo(device, use_id=use.pk, cashier=leader, by=device.merchant.user, reason=typed["reason"])
        except RuleViolation as refused:
            refusal = refused
        else:
            messages.success(request, _("已撤销，这张券可以再用。"))
            return redirect("till")
    context = {"device": device, "use": use, "form": form, "refusal": refusal, "back": "till"}
    return render(request, "rewards/till_undo.html", context, status=409 if refusal else 400 if form.errors else 200)
