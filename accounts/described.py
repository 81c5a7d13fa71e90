"""How a door of the API is described (OpenAPI 3.1), beside the view that it opens: ``@door(...)`` over the method.

What every door answers in the same way (who is asking, too often, too large, busy) is written here once. Texts are lazy, so one
description comes out in Chinese and in English. The view's docstrings are for its readers in the code and are not shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

from accounts.keys import IDEMPOTENCY_KEY
from accounts.problems import GENERAL, MEDIA_TYPE

F = TypeVar("F", bound=Callable[..., Any])
REQUEST_ID = "X-Request-Id"
KEY = "Idempotency-Key"
WHY = {
    400: _("请求的形状不对：哪一项、为什么，在 errors 里"),
    401: _("没有登录，或签名不对"),
    403: _("没有这个权限，或不在辖区、单位范围内"),
    404: _("没有这一项"),
    406: _("Accept 里没有这个地址能给的格式"),
    409: _("规则不允许，什么都没有改动；原因在 code 和 title 里"),
    413: _("请求内容太大，没有接收"),
    415: _("Content-Type 不是这个地址收的格式"),
    422: _("这个幂等键用过，而内容不同"),
    429: _("请求太多，过 Retry-After 秒再来"),
    503: _("系统正忙，什么都没有改动，请重试"),
}


class ProblemRow(serializers.Serializer[Any]):
    """One line of a refusal."""

    row = serializers.IntegerField(allow_null=True, help_text=_("文件里的行号；不是文件时为 null"))
    field = serializers.CharField(allow_blank=True, help_text=_("哪一项"))
    message = serializers.CharField(help_text=_("为什么"))


class Problem(serializers.Serializer[Any]):
    """A problem document of RFC 9457."""

    type = serializers.CharField(help_text=_("urn:problem: 加 code"))
    title = serializers.CharField(help_text=_("给人看的一句话，语言随 Accept-Language"))
    status = serializers.IntegerField(help_text=_("HTTP 状态"))
    code = serializers.CharField(help_text=_("给程序看的代码，不随语言变"))
    instance = serializers.CharField(
        allow_blank=True, help_text=_("请求号，与响应头 X-Request-Id 相同，联系我们时请报这个号")
    )
    errors = ProblemRow(many=True, required=False, help_text=_("逐项的原因"))  # type: ignore[assignment]  # a field of ours


class DoorSchema(AutoSchema):
    """Describes a view by its ``@door`` only."""

    def get_description(self) -> str:  # type: ignore[override]  # the library's own signature
        """Return nothing: what the door says comes over this."""
        return ""

    def _is_list_view(self, serializer: Any = None) -> bool:
        """Look at the good answer: the library takes the least of the keys, and ours with a media type are less than any."""
        answers = self.get_response_serializers() if serializer is None else None
        good = answers.get(200) if isinstance(answers, dict) else serializer
        return bool(super()._is_list_view(good))

    def get_operation_id(self) -> str:
        """Name a door after its view and method, so that a new address beside it renames nothing."""
        return f"{type(self.view).__name__}_{self.method}".lower()


class Signature(OpenApiAuthenticationExtension):
    """The five headers of a signed request; all of them together are one scheme."""

    target_class = "accounts.signing.SignedRequest"
    name = ["keyId", "timestamp", "nonce", "bodyDigest", "signature"]
    HEADERS = (
        ("X-Key-Id", _("密钥编号")),
        ("X-Timestamp", _("当前时间，自 1970-01-01 00:00 UTC 起的秒数，相差不超过 300 秒")),
        ("X-Nonce", _("随机数，16 至 64 个字母、数字、_、-，每次请求换一个")),
        ("X-Content-SHA256", _("请求内容的 SHA-256，小写十六进制")),
        ("X-Signature", _("五行文字的 HMAC-SHA-256，见 docs/api-signing.md")),
    )

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, Any]]:
        """Return a scheme for each header."""
        return [{"type": "apiKey", "in": "header", "name": name, "description": told} for name, told in self.HEADERS]


def door(
    tag: Any,
    summary: Any,
    *,
    answers: Mapping[Any, Any],
    told: Any = "",
    body: Any = None,
    query: Sequence[OpenApiParameter] = (),
    headers: Mapping[str, Any] | None = None,
    refuses: Mapping[str, Any] | None = None,
    missing: bool = False,
    keyed: bool = False,
    public: bool = False,
    forbidden: bool = False,
) -> Callable[[F], F]:
    """Describe one method of a view.

    ``answers`` are the good ones, status (or status and media type) → serializer; ``refuses`` the rules it may meet, code →
    sentence (409); ``headers`` what it wants beside the signature, name → words. ``keyed`` asks for an idempotency key, ``missing``
    says that the address may name nothing (404), ``public`` that nobody has to say who he is.
    """
    statuses = [400, 406, 429]
    statuses += [] if public else [401]
    statuses += [403] if forbidden or not public else []
    statuses += [404] if missing else []
    statuses += [] if body is None else [413, 415]
    statuses += [409, 503] if keyed or refuses else []
    statuses += [422] if keyed else []
    rules = dict(refuses or {})
    # A list stays bare: only then its pages are described too.
    answered: dict[Any, Any] = {
        status: shape if isinstance(shape, serializers.ListSerializer) else OpenApiResponse(shape, _("办好了"))
        for status, shape in answers.items()
    }
    for status in sorted(statuses):
        answered[status, MEDIA_TYPE] = OpenApiResponse(Problem, WHY[status], _examples(status, rules))
    wanted = [OpenApiParameter(name, OpenApiTypes.STR, "header", required=True, description=words)
              for name, words in (headers or {}).items()]  # fmt: skip
    return extend_schema(
        tags=[tag],
        summary=summary,
        description=told,
        request=body,
        parameters=[*query, *wanted, *([_key()] if keyed else []), *_always()],
        responses=answered,
    )


def _key() -> OpenApiParameter:
    schema = {"type": "string", "pattern": IDEMPOTENCY_KEY}
    told = _("防止重复办理：同一键、同样内容只办一次，回答相同")
    return OpenApiParameter(KEY, schema, "header", required=True, description=told)


def _always() -> list[OpenApiParameter]:
    told = _("请求号：在每个响应和事件里；请求带上 8 至 32 个字母、数字或连字符时沿用")
    again = OpenApiParameter(
        "Retry-After", OpenApiTypes.INT, "header", description=_("过多少秒再来"), response=[429, 503]
    )
    return [
        OpenApiParameter(REQUEST_ID, OpenApiTypes.STR, "header", description=told),
        OpenApiParameter(REQUEST_ID, OpenApiTypes.STR, "header", description=told, response=True),
        again,
    ]


def _examples(status: int, rules: Mapping[str, Any]) -> list[OpenApiExample]:
    told = rules if status == 409 else GENERAL.get(status, {})
    return [OpenApiExample(code, _example(status, code, said), response_only=True) for code, said in told.items()]


def _example(status: int, code: str, said: Any) -> dict[str, Any]:
    body = {"type": f"urn:problem:{code}", "title": said, "status": status, "code": code, "instance": "4f1d0a9b7c3e"}
    rows = [{"row": None, "field": "quantity_t", "message": _("请填写合法的整数值。")}]
    return body | ({"errors": rows} if code == "invalid" else {})


def steps(verbs: Mapping[str, Any]) -> OpenApiParameter:
    """Describe the last part of an address that names one of several verbs."""
    return OpenApiParameter(
        "step", {"type": "string", "enum": [*verbs]}, "path", required=True, description=_("办哪一步")
    )
