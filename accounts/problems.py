"""Refusals as problem documents (RFC 9457), for the API."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException
from rest_framework.exceptions import ValidationError as ShapeError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from accounts.context import caller
from accounts.workflow import RuleViolation, Unavailable, sentence


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn what a verb or a serializer raised into ``application/problem+json``; None for what is our mistake."""
    if isinstance(error, RuleViolation):
        status = 422 if error.code == "key_reused" else 409
        rows = [{"row": row, "field": name, "message": str(said)} for row, name, said in error.rows]
        return _document(status, error.code, sentence(error), rows)
    if isinstance(error, PermissionDenied):
        return _document(403, "forbidden", str(error) or _("您没有办理这件事的权限"))
    if isinstance(error, ValidationError):
        return _document(400, "invalid", sentence(error))
    if isinstance(error, Unavailable):
        return _document(503, "busy", str(error))
    if isinstance(error, ShapeError):
        rows = [
            {"row": None, "field": name, "message": "；".join(map(str, said if isinstance(said, list) else [said]))}
            for name, said in (error.detail.items() if isinstance(error.detail, dict) else [("", error.detail)])
        ]
        return _document(400, "invalid", _("有 %d 个字段要改") % len(rows), rows)
    answer = exception_handler(error, context)
    if answer is not None and isinstance(error, APIException):
        told = _document(answer.status_code, error.get_codes(), str(error.detail))  # type: ignore[arg-type]
        if "WWW-Authenticate" in answer:
            told["WWW-Authenticate"] = answer["WWW-Authenticate"]
        return told
    return _document(answer.status_code, "not_found", _("没有这一项")) if answer is not None else None


def _document(status: int, code: str, detail: str, rows: list[dict[str, Any]] | None = None) -> Response:
    body = {
        "type": f"urn:problem:{code}",
        "title": detail,
        "status": status,
        "code": code,
        "instance": caller().request_id,
    }
    if rows:
        body["errors"] = rows
    return Response(body, status=status, content_type="application/problem+json")
