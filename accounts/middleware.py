"""Tells the events through which door a request came."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from accounts.context import called_from

DOORS = (("/manage/", "admin"), ("/api/", "api"))


def request_context(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Note door, address and a request number; the number is answered as a header so that a user can quote it."""

    def handle(request: HttpRequest) -> HttpResponse:
        door = next((name for prefix, name in DOORS if request.path.startswith(prefix)), "page")
        request_id = uuid.uuid4().hex[:12]
        with called_from(door, ip=request.META.get("REMOTE_ADDR") or None, request_id=request_id):
            response = get_response(request)
        response["X-Request-Id"] = request_id
        return response

    return handle
