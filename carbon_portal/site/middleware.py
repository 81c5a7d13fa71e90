"""The admin's own front end needs a looser content policy; every other page keeps the strict one."""

from __future__ import annotations

from collections.abc import Callable

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.http import HttpRequest, HttpResponse

ADMIN = "/manage/"


def relax_admin_csp(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Allow inline style and evaluated expressions below ``/manage/`` only: Alpine and the admin's widgets use them."""

    def handle(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.path.startswith(ADMIN):
            response._csp_replace = {  # type: ignore[attr-defined]  # read by csp.middleware
                "script-src": [SELF, UNSAFE_INLINE, UNSAFE_EVAL],
                "style-src": [SELF, UNSAFE_INLINE],
            }
        return response

    return handle
