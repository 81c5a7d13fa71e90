"""What stands before every page: a looser content policy for the admin, nudges, finished exports, being busy, too many requests."""

from __future__ import annotations

from collections.abc import Callable

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from accounts import limits
from accounts.context import caller
from accounts.problems import plain_problem
from accounts.workflow import Unavailable
from carbon_portal.celery import nudge
from office.telling import tell

ADMIN = "/manage/"
DOORS_OF_VERBS = (ADMIN, "/api/", "/audit/", "/owner/", "/counter/", "/field/", "/verifier/", "/me/")


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


def nudge_after_post(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """After a verb that a person or a partner called, let the worker look at once instead of within the minute.

    Services never enqueue, so this is the door's doing; a broker that is down costs one try a minute.
    """

    def handle(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.method == "POST" and response.status_code < 400 and request.path.startswith(DOORS_OF_VERBS):
            nudge()
        return response

    return handle


def tell_of_exports(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Say on the next page of the admin that an export somebody asked for in this browser is there, or is not to come."""

    def handle(request: HttpRequest) -> HttpResponse:
        if request.method == "GET" and request.path.startswith(ADMIN) and request.user.is_authenticated:
            tell(request)
        return get_response(request)

    return handle


def say_busy(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer a verb that found the database busy twice with a page that says so (503); nothing was done."""

    def handle(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_exception(request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Unavailable):
            return None
        page = render_to_string("500.html", {"busy": True, "status": 503, "number": caller().request_id})
        return HttpResponse(page, status=503, headers={"Retry-After": "5"})

    handle.process_exception = process_exception  # type: ignore[attr-defined]
    return handle


def limit_addresses(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer 429 to an address that asks the API more than ``API_ADDRESS_A_MINUTE`` times a minute, signed or not."""

    def handle(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/api/v1/"):
            return get_response(request)
        wait_s = limits.too_many(f"address {caller().ip}", settings.API_ADDRESS_A_MINUTE)
        if not wait_s:
            return get_response(request)
        answer = plain_problem(429, "throttled", limits.said(wait_s))
        answer["Retry-After"] = str(wait_s)
        return answer

    return handle
