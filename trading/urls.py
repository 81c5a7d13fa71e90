"""Addresses of trading."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path
from django.utils.translation import gettext_noop as _

from trading.models import Agreement, NeutralEvent
from trading.services import agreements as verbs
from trading.services import events as of_events
from trading.views import agreements, compliance, events, public
from trading.views.pressing import press

BACK = _("减排量会退回出让方账户，可以再用。")
REOPENED = _("清单会回到发起代表手里修改，改好后要重新确认。")
GIVEN_UP = _("取消后这个活动结束，不能恢复；还要办的话，要重新建立。")


def _of_agreement(step: str, verb: Callable[..., Any], *, ask: str = "", warning: str = "") -> URLPattern:
    view = press(Agreement, "agreement", agreements.page, verb, ask=ask, warning=warning)
    return path(f"owner/agreements/<int:pk>/{step}/", view, name=f"agreement-{step}")


def _of_event(step: str, verb: Callable[..., Any], *, ask: str = "", warning: str = "") -> URLPattern:
    view = press(NeutralEvent, "event", events.page, verb, ask=ask, warning=warning)
    return path(f"owner/events/<int:pk>/{step}/", view, name=f"event-{step}")


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
    path("owner/compliance/", compliance.listed, name="compliance"),
    path("owner/compliance/<str:code>/new/", compliance.new, name="compliance-new"),
    path("owner/events/", events.listed, name="events"),
    path("owner/events/new/", events.new, name="event-new"),
    path("owner/events/<int:pk>/", events.event, name="event"),
    path("owner/events/<int:pk>/items/new/<str:number>/", events.add_item, name="event-item-new"),
    path("owner/events/<int:pk>/items/<int:item>/remove/", events.remove_item, name="event-item-remove"),
    path("owner/events/<int:pk>/retire/", events.retire, name="event-retire"),
    _of_event("close", of_events.close_inventory),
    _of_event("reopen", of_events.reopen_inventory, ask=_("退回核算"), warning=REOPENED),
    _of_event("cancel", of_events.cancel, ask=_("取消活动"), warning=GIVEN_UP),
    path("events/", public.listed, name="public-events"),
    path("events/<str:number>/", public.event, name="public-event"),
]
