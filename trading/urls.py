"""Addresses of trading."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path
from django.utils.translation import gettext_noop as _

from trading.models import Agreement
from trading.services import agreements as verbs
from trading.views import agreements
from trading.views.pressing import press

BACK = _("减排量会退回出让方账户，可以再用。")


def _of_agreement(step: str, verb: Callable[..., Any], *, ask: str = "", warning: str = "") -> URLPattern:
    view = press(Agreement, "agreement", agreements.page, verb, ask=ask, warning=warning)
    return path(f"owner/agreements/<int:pk>/{step}/", view, name=f"agreement-{step}")


urlpatterns = [
    path("owner/agreements/", agreements.listed, name="agreements"),
    path("owner/agreements/new/", agreements.new, name="agreement-new"),
    path("owner/agreements/<int:pk>/", agreements.agreement, name="agreement"),
    _of_agreement("confirm", verbs.confirm),
    _of_agreement("accept", verbs.accept),
    _of_agreement("pay", verbs.order_payment),
    _of_agreement("pay-again", verbs.pay_again),
    _of_agreement("refuse", verbs.refuse, ask=_("拒绝协议"), warning=BACK),
    _of_agreement("cancel", verbs.cancel, ask=_("取消协议"), warning=BACK),
    path("owner/agreements/<int:pk>/demo-bank/", agreements.play_bank, name="agreement-demo-bank"),
]
