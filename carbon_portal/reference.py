"""The API's own description: OpenAPI 3.1 for programs, and a page made of the same for those who write them."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.described import door
from accounts.problems import MEDIA_TYPE

LANGUAGES = {"zh": "zh-hans", "en": "en"}
ABOUT = _(
    "合作方系统用密钥给每个请求签名，不用登录；登录了网页的人也可以用同样的接口。"
    "办理类的请求都要带幂等键。不办的请求答以问题文档（RFC 9457），code 给程序看，title 给人看。"
    "列表分页，新的在前，next 是下一页的标记。"
)


@cache
def description(language: str) -> dict[str, Any]:
    """Return the description in one language of the portal; it is the same for everybody and made once."""
    with translation.override(language):
        made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
        made["info"]["title"] = str(_("%s接口") % (settings.SITE_NAME_EN if language == "en" else settings.SITE_NAME))
        made["info"]["description"] = str(ABOUT)
        made["servers"] = [{"url": settings.PUBLIC_URL}]
        return made


class Description(APIView):
    """``GET``: this API in OpenAPI 3.1, in the language of ``lang`` or of ``Accept-Language``."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @door(
        _("说明"),
        _("接口说明（OpenAPI 3.1）"),
        query=[
            OpenApiParameter(
                "lang", {"type": "string", "enum": [*LANGUAGES]}, description=_("语言；不写时随 Accept-Language")
            )
        ],
        answers={200: OpenApiTypes.OBJECT},
        public=True,
    )
    def get(self, request: Request) -> Response:
        """Refuse a language there is none of (400)."""
        asked = request.query_params.get("lang")
        if asked is not None and asked not in LANGUAGES:
            raise serializers.ValidationError({"lang": [translation.gettext("语言是 zh 或 en")]})
        return Response(description(LANGUAGES[asked] if asked else _language()))


def _language() -> str:
    return "en" if (translation.get_language() or "").startswith("en") else settings.LANGUAGE_CODE


class Line(NamedTuple):
    """A parameter, a field or a refusal as the page shows it."""

    name: str
    kind: str
    told: str
    required: bool = False


class Operation(NamedTuple):
    """One door as the page shows it."""

    anchor: str
    method: str
    path: str
    summary: str
    told: str
    signed: bool
    parameters: list[Line]
    body: list[Line]
    kinds: list[str]
    answers: list[Line]
    fields: list[Line]
    refusals: list[Line]


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """For developers: every door, what it takes and what it answers."""
    made = description(_language())
    groups: dict[str, list[Operation]] = {}
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append(_operation(made, path, method, operation))
    return render(request, "site/api.html", {"groups": groups, "about": made["info"]["description"]})


def _operation(made: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> Operation:
    content = operation.get("requestBody", {}).get("content", {})
    good = {status: answer for status, answer in operation["responses"].items() if status < "300"}
    return Operation(
        anchor=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        told=operation.get("description", ""),
        signed=any("signature" in way for way in operation.get("security", ())),
        parameters=[_parameter(one) for one in operation.get("parameters", ())],
        body=_fields(made, content.get("application/json", {}).get("schema", {})),
        kinds=[*content],
        answers=[Line(status, " ".join(answer.get("content", ())), "") for status, answer in good.items()],
        fields=[line for answer in good.values() for line in _answered(made, answer)],
        refusals=_refusals(operation["responses"]),
    )


def _parameter(one: dict[str, Any]) -> Line:
    where = {"path": _("路径"), "query": _("查询串"), "header": _("请求头")}[one["in"]]
    return Line(one["name"], str(where), str(one.get("description", "")), one.get("required", False))


def _answered(made: dict[str, Any], answer: dict[str, Any]) -> list[Line]:
    return _fields(made, answer.get("content", {}).get("application/json", {}).get("schema", {}))


def _resolved(made: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    return made["components"]["schemas"][name] if name else schema


def _fields(made: dict[str, Any], schema: dict[str, Any]) -> list[Line]:
    whole = _resolved(made, schema)
    listed = whole.get("properties", {}).get("results", {})
    if listed.get("type") == "array":  # a page of a list: its rows say more than its frame
        whole = _resolved(made, listed["items"])
    wanted = whole.get("required", ())
    return [
        Line(name, _kind(made, field), str(field.get("description", "")), name in wanted)
        for name, field in whole.get("properties", {}).items()
    ]


def _kind(made: dict[str, Any], field: dict[str, Any]) -> str:
    if "enum" in field:
        return " | ".join(str(one) for one in field["enum"])
    kind = _resolved(made, field).get("type", "object")
    kind = " | ".join(kind) if isinstance(kind, list) else kind
    return f"{kind} ({field['format']})" if "format" in field else str(kind)


def _refusals(responses: dict[str, Any]) -> list[Line]:
    return [
        Line(example["value"]["code"], status, str(example["value"]["title"]))
        for status, answer in responses.items()
        for example in answer.get("content", {}).get(MEDIA_TYPE, {}).get("examples", {}).values()
    ]
