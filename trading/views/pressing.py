"""The buttons of agreements and events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from registry.views import pressing
from registry.views.alone import WHOSE

WHOSE |= {"trading.confirm_agreement": "seller", "trading.order_payment": "buyer", "trading.pay_again": "buyer"}


def press(
    model: Any, name: str, page: pressing.Page, verb: Callable[..., Any], *, ask: str = "", warning: str = ""
) -> Callable[..., HttpResponse]:
    """Return the view of a button of the row's page ``name``.

    With ``ask`` (the title of a page of its own) a written reason is asked first; without it the button posts at once.
    """
    view = pressing.press(
        model,
        name,
        page,
        verb,
        title=ask,
        about=lambda row: [(_("办理对象"), str(row))],
        above=lambda row: [],
        warning=warning,
        reason=bool(ask),
    )
    return view if ask else login_required(require_POST(view))
