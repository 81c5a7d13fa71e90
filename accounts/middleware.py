"""Tells the events through which door a request came, and keeps out what the database cannot hold."""

from __future__ import annotations

import io
import ipaddress
import re
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.context import called_from
from accounts.events import record
from accounts.roles import Role
from accounts.visitor import has_second_factor, idle_s, is_staff, roles_now

SIGNED_BY = "X-Key-Id"
AROUND_FILE_BYTES = 64 * 1024  # the other parts of a multipart body
REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,32}")
# All that a person of the bureau may open before having shown a second factor.
BEFORE_SECOND_FACTOR = (
    "/account/",
    "/login/",
    "/logout/",
    "/preferences/",
    "/health/live",
    "/health/ready",
    "/static/",
)
WHERE_AUDITORS_POST = ("/audit/", "/manage/office/exportjob/")  # asking for exports, which changes nothing else
DOORS = (("/manage/", "admin"), ("/api/", "api"))


def request_context(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Note door, address and a request number; the number is answered as a header so that a user can quote it.

    A number that comes with the request is kept, so that a caller finds his own again in our events and logs.
    """

    def handle(request: HttpRequest) -> HttpResponse:
        door = next((name for prefix, name in DOORS if request.path.startswith(prefix)), "page")
        given = request.headers.get("X-Request-Id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex[:12]
        with called_from(door, ip=_address(request), request_id=request_id, request=request):
            response = get_response(request)
        response["X-Request-Id"] = request_id
        return response

    return handle


def _address(request: HttpRequest) -> str | None:
    """Return the caller's address: behind ``PROXIES`` proxies of ours the one the outermost of them saw, never what a caller says."""
    told = request.META.get("REMOTE_ADDR") or None
    chain = [one.strip() for one in request.headers.get("X-Forwarded-For", "").split(",")]
    if 0 < settings.PROXIES <= len(chain):
        told = chain[-settings.PROXIES]
    try:
        return str(ipaddress.ip_address(told)) if told else None
    except ValueError:
        return request.META.get("REMOTE_ADDR") or None


def keep_signed_body(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Read the body of a signed request before anything parses it: the digest is over the bytes as they were sent.

    What is larger than a file may be is left unread; the authentication then refuses it.
    """

    def handle(request: HttpRequest) -> HttpResponse:
        if SIGNED_BY in request.headers and request.path.startswith("/api/"):
            length = request.headers.get("Content-Length") or "0"
            if length.isdecimal() and int(length) <= settings.MAX_UPLOAD_BYTES + AROUND_FILE_BYTES:
                # As HttpRequest.body does, without its limit, which is for forms.
                request._body = request.read()
                request._stream = io.BytesIO(request._body)
        return get_response(request)

    return handle


def log_out_idle(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Log out whoever did nothing for too long (people of the bureau sooner), and say so on the log-in page."""

    def handle(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            minutes = settings.STAFF_IDLE_MINUTES if is_staff(request) else settings.IDLE_MINUTES
            if idle_s(request) > minutes * 60:
                logout(request)
                del request.grants_now  # type: ignore[attr-defined]
                messages.info(request, _("您有 %d 分钟没有操作，已自动退出，请重新登录") % minutes)
        return get_response(request)

    return handle


def require_second_factor(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Let people of the bureau nowhere before they showed a second factor, but to the page where they set one up.

    A signed request of a partner's system has no session and is none of this.
    """

    def handle(request: HttpRequest) -> HttpResponse:
        if (
            not request.user.is_authenticated
            or has_second_factor(request)
            or request.path.startswith(BEFORE_SECOND_FACTOR)
            or not is_staff(request)
        ):
            return get_response(request)
        if request.path.startswith("/api/"):
            said = _("主管部门人员要先设置并使用第二因素（动态验证码）才能调用接口")
            from accounts.problems import plain_problem  # which asks for the authentication, which asks for this module

            return plain_problem(403, "second_factor_missing", said)
        wanted = urlencode({"next": request.get_full_path()}) if request.method == "GET" else ""
        return redirect(f"/account/2fa/start/?{wanted}".rstrip("?"))

    return handle


def note_auditor(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Leave an event for every page an auditor opens, and let an auditor post nothing but the own log-in and exports."""

    def handle(request: HttpRequest) -> HttpResponse:
        if Role.AUDITOR not in roles_now(request) or request.path.startswith(BEFORE_SECOND_FACTOR):
            return get_response(request)
        data = {"path": request.get_full_path()[:300], "method": request.method}
        if request.method not in {"GET", "HEAD"} and not request.path.startswith(WHERE_AUDITORS_POST):
            said = _("审计人员只能查阅，不能办理")
            record("accounts.read_as_auditor", None, by=request.user, data=data, refused="read_only", said=said)
            raise PermissionDenied(said)
        response = get_response(request)
        record("accounts.read_as_auditor", None, by=request.user, data={**data, "status": response.status_code})
        return response

    return handle


def refuse_nul(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Refuse text with a NUL character (400): PostgreSQL keeps none, and no name, number or reason has one.

    Looks at cookies, addresses, queries and posted fields. The content of files and JSON is for their own readers.
    """

    def handle(request: HttpRequest) -> HttpResponse:
        _without_nul(request.COOKIES.values())  # before the session is looked up
        return get_response(request)

    def process_view(request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]) -> None:
        _without_nul(str(value) for value in kwargs.values())
        for fields in (request.GET, request.POST):
            _without_nul(text for name, values in fields.lists() for text in (name, *map(str, values)))

    handle.process_view = process_view  # type: ignore[attr-defined]
    return handle


def _without_nul(texts: Iterable[str]) -> None:
    if any("\0" in text for text in texts):
        raise BadRequest(_("您输入的内容里有一个看不见的空字符，多半是复制时带进来的；请删去后重新输入"))
