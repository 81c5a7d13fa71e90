"""Tells the events through which door a request came, and keeps out what the database cannot hold."""

from __future__ import annotations

import io
import ipaddress
import re
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.context import called_from

SIGNED_BY = "X-Key-Id"
AROUND_FILE_BYTES = 64 * 1024  # the other parts of a multipart body
REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,32}")
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
