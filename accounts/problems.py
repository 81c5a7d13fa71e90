"""Refusals as problem documents (RFC 9457), for the API."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import APIException
from rest_framework.exceptions import ValidationError as ShapeError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from accounts.context import caller
from accounts.workflow import RuleViolation, Unavailable, sentence

MEDIA_TYPE = "application/problem+json"
# What any door may answer: status → code → the sentence, for the description of the API. Rules (409) stand beside their door.
GENERAL: dict[int, dict[str, Any]] = {
    400: {"invalid": gettext_lazy("有 1 个字段要改"), "parse_error": gettext_lazy("请求正文不是 JSON")},
    401: {
        "not_authenticated": gettext_lazy("身份认证信息未提供。"),
        "unknown_key": gettext_lazy("没有这个接口密钥，请核对密钥编号（X-Key-Id）"),
        "key_ended": gettext_lazy("这个接口密钥已停用或未到启用时间，请联系运营人员换发"),
        "bad_timestamp": gettext_lazy("请求时间（X-Timestamp，秒）与服务器时间相差超过 5 分钟，请校准时钟"),
        "bad_nonce": gettext_lazy("随机数（X-Nonce）应为 16 至 64 个字母、数字、下划线或连字符"),
        "bad_digest": gettext_lazy("请求内容与摘要（X-Content-SHA256）不一致，可能在途中被改动"),
        "bad_signature": gettext_lazy("签名（X-Signature）不对，请核对密钥和待签名的五行文字"),
        "nonce_replayed": gettext_lazy("这个请求已经收到过，不再办理；每次请求请换一个随机数（X-Nonce）"),
    },
    403: {
        "forbidden": gettext_lazy("您没有办理这件事的权限"),
        "permission_denied": gettext_lazy("网页登录办理时要带上 CSRF 令牌"),
    },
    404: {"not_found": gettext_lazy("没有这一项")},
    406: {"not_acceptable": gettext_lazy("这个地址不能给您要的格式（Accept）")},
    413: {"body_too_large": gettext_lazy("请求内容太大，没有接收；最大 20 MB，请拆成几个文件上传")},
    415: {"unsupported_media_type": gettext_lazy("这个地址不收这种格式（Content-Type）")},
    422: {"key_reused": gettext_lazy("这个幂等键已用于内容不同的一次办理，请换一个键")},
    429: {"throttled": gettext_lazy("请求太多，请过 30 秒再试")},
    503: {"busy": gettext_lazy("系统正忙，什么都没有改动，请再试一次")},
}


def plain_problem(status: int, code: str, said: str) -> JsonResponse:
    """Return a problem document where no view of the API was reached: an unknown address, a request that cannot be read."""
    return JsonResponse(_body(status, code, said), status=status, content_type=MEDIA_TYPE)


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn what a verb or a serializer raised into ``application/problem+json``; None for what is our mistake."""
    if isinstance(error, RuleViolation):
        status = 422 if error.code == "key_reused" else 409
        rows = [{"row": one.row, "field": one.field, "message": str(one.message)} for one in error.rows]
        return _document(status, error.code, sentence(error), rows)
    if isinstance(error, PermissionDenied):
        return _document(403, "forbidden", str(error) or _("您没有办理这件事的权限"))
    if isinstance(error, ValidationError):
        return _document(400, "invalid", sentence(error))
    if isinstance(error, Unavailable):
        told = _document(503, "busy", str(error))
        told["Retry-After"] = "5"
        return told
    if isinstance(error, ShapeError):
        rows = [
            {"row": None, "field": name, "message": "；".join(map(str, said if isinstance(said, list) else [said]))}
            for name, said in (error.detail.items() if isinstance(error.detail, dict) else [("", error.detail)])
        ]
        return _document(400, "invalid", _("有 %d 个字段要改") % len(rows), rows)
    answer = exception_handler(error, context)
    if answer is not None and isinstance(error, APIException):
        told = _document(answer.status_code, error.get_codes(), str(error.detail))  # type: ignore[arg-type]
        for name in ("WWW-Authenticate", "Retry-After"):
            if name in answer:
                told[name] = answer[name]
        return told
    return _document(answer.status_code, "not_found", _("没有这一项")) if answer is not None else None


def _document(status: int, code: str, detail: str, rows: list[dict[str, Any]] | None = None) -> Response:
    body = _body(status, code, detail)
    if rows:
        body["errors"] = rows
    return Response(body, status=status, content_type=MEDIA_TYPE)


def _body(status: int, code: str, said: str) -> dict[str, Any]:
    return {
        "type": f"urn:problem:{code}",
        "title": said,
        "status": status,
        "code": code,
        "instance": caller().request_id,
    }
