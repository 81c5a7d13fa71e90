"""Who is at the page: a citizen with an open account, or somebody who has to sign in first."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from scenarios.models import Citizen
from scenarios.states import CitizenState

View = Callable[..., HttpResponse]


def citizen_only(*, verified: bool = True) -> Callable[[View], View]:
    """Give the view the citizen who is signed in; others are sent to sign in, or to prove the real name first."""

    def decorate(view: View) -> View:
        @wraps(view)
        def open_page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect(f"{reverse('me-enter')}?{urlencode({'next': request.get_full_path()})}")
            citizen = (
                Citizen.objects.select_related("user", "carbon", "division", "identity")
                .filter(user_id=request.user.pk)
                .first()
            )
            if citizen is None:
                raise PermissionDenied(_("这是公众用户的页面，请用手机号登录。"))
            if verified and citizen.state == CitizenState.UNVERIFIED:
                messages.info(request, _("先完成实名，碳账本才能记入。"))
                return redirect("me-name")
            return view(request, citizen, *args, **kwargs)

        return open_page

    return decorate
