"""Methods over the API, for everybody: which are in force, and what each gives for one set of inputs. Nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import Http404
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.described import door
from accounts.pages import Listed
from accounts.shapes import Json, valid
from kernel import clock
from kernel.rules import Sentence
from methodologies.document import Document, Input, Result
from methodologies.document.computing import told
from methodologies.models import Method
from methodologies.services.quantify import document_of, published, quantify


class Digits(Json):
    """JSON whose numbers are taken digit by digit: 0.1 stays 0.1."""

    reading = {"parse_float": str, "parse_constant": str}


class Quantify(serializers.Serializer[Any]):
    """Inputs by name (number, text, or list of numbers), the day that chooses the factors, and a six-digit division."""

    inputs = serializers.DictField(
        help_text=gettext_lazy("方法学的每项输入：数、文字或一列数；数可以写成文字，位数不丢")
    )
    on = serializers.DateField(required=False, help_text=gettext_lazy("按哪一天取系数，默认今天"))
    region = serializers.RegexField(
        r"^[0-9]{6}$", required=False, allow_null=True, help_text=gettext_lazy("六位行政区划代码，选用当地系数")
    )


class MethodHead(serializers.Serializer[Any]):
    """A published version of a method."""

    number = serializers.CharField(help_text=gettext_lazy("编号带版本，如 CN-2023-002-V01"))
    title = serializers.CharField()
    kind = serializers.CharField(help_text=gettext_lazy("quantitative 定量，qualitative 定性，emission 排放核算"))
    evidence = serializers.CharField(help_text=gettext_lazy("依据等级 A、B、C、X"))
    published_at = serializers.DateTimeField()
    sha256 = serializers.CharField(source="digest", help_text=gettext_lazy("方法学文本的 SHA-256"))


class MethodInput(serializers.Serializer[Any]):
    """One input of a method."""

    name = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.CharField()
    unit = serializers.CharField()
    min = serializers.CharField(allow_null=True)
    max = serializers.CharField(allow_null=True)
    choices = serializers.ListField(child=serializers.CharField())


class MethodWhole(MethodHead):
    """A version with its inputs and formulas."""

    scope = serializers.CharField()
    factor_basis = serializers.CharField()
    result = serializers.CharField(help_text=gettext_lazy("结果的单位"))
    inputs = MethodInput(many=True)
    formula = serializers.DictField(child=serializers.CharField(), help_text=gettext_lazy("每一步的名称和公式"))


class Figure(serializers.Serializer[Any]):
    """What a method gives for one set of inputs."""

    number = serializers.CharField()
    on = serializers.DateField()
    region = serializers.CharField(allow_null=True)
    reduction_mg = serializers.IntegerField(help_text=gettext_lazy("整毫克二氧化碳当量"))
    unit = serializers.CharField()
    results = serializers.DictField(
        child=serializers.CharField(), help_text=gettext_lazy("每一步的值，十进制文字，未舍入")
    )
    parameters = serializers.ListField(child=serializers.DictField(), help_text=gettext_lazy("用到的系数和出处"))
    notes = serializers.ListField(child=serializers.CharField())
    sha256 = serializers.CharField(help_text=gettext_lazy("这一次计算的摘要"))


TAG = gettext_lazy("方法学")
REFUSED = {
    "bad_input": gettext_lazy("输入有 1 处要改：distance_km：缺这一项"),
    "no_factor": gettext_lazy("没有 distance 在这一天的系数"),
    "not_computable": gettext_lazy("这一步算不出结果"),
    "qualitative": gettext_lazy("定性方法学只计积分，不产生减排量"),
    "not_a_reduction": gettext_lazy("排放核算的方法学不产生减排量"),
    "method_tampered": gettext_lazy("方法学的文本与发布时的摘要不符，已停止计算"),
}


class Public(APIView):
    """What anybody may ask without signing in."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = (Digits,)


class Methods(Listed, Public):
    """``GET``: every published version."""

    @door(TAG, gettext_lazy("列出已发布的方法学"), answers={200: MethodHead(many=True)}, public=True)
    def get(self, request: Request) -> Response:
        """The newest first."""
        return self.page(request, Method.objects.filter(state=Method.State.PUBLISHED).defer("document"), MethodHead)


class OneMethod(Public):
    """``GET …/<number>``: inputs, formulas and factors of one version (or the newest one of a code)."""

    @door(TAG, gettext_lazy("一个方法学的输入和公式"), answers={200: MethodWhole}, public=True, missing=True)
    def get(self, request: Request, number: str) -> Response:
        """The document in parts; its text is at ``/methods/<number>/text.toml``."""
        row = _row(number)
        return Response({**MethodHead(row).data, **_parts(document_of(row))})


class Quantification(Public):
    """``POST …/<number>/quantify``: what the method gives. 409 with a code where it gives nothing."""

    @door(
        TAG,
        gettext_lazy("用一组输入试算"),
        told=gettext_lazy("对所有人开放，什么都不保存；同样的输入总得同样的结果"),
        body=Quantify,
        answers={200: Figure},
        refuses=REFUSED,
        public=True,
        missing=True,
    )
    def post(self, request: Request, number: str) -> Response:
        """Compute; every named result is exact text, ``reduction_mg`` whole milligrams of CO2e."""
        row = _row(number)
        if not isinstance(request.data, dict):
            raise serializers.ValidationError({"inputs": [_("正文应是一个 JSON 对象")]})
        body = valid(Quantify, request)
        on: date = body.get("on") or clock.today()
        region = body.get("region")
        result = quantify(row, request.data["inputs"], on=on, region=region)
        return Response({"number": row.number, "on": on, "region": region, **_figure(result)})


def _row(number: str) -> Method:
    row = published(number)
    if row is None:
        raise Http404
    return row


def _parts(document: Document) -> dict[str, Any]:
    return {
        "scope": document.scope,
        "factor_basis": document.factor_basis,
        "result": document.result,
        "inputs": [_input(one) for one in document.inputs.values()],
        "formula": dict(document.compiled.sources) if document.formula else {},
    }


def _input(one: Input) -> dict[str, Any]:
    return {
        "name": one.name,
        "title": one.title,
        "kind": one.kind.value,
        "unit": str(one.unit),
        "min": None if one.least is None else told(one.least),
        "max": None if one.most is None else told(one.most),
        "choices": list(one.choices),
    }


def _figure(result: Result) -> Mapping[str, Any]:
    return {
        "reduction_mg": result.reduction_mg,
        "unit": result.unit,
        "results": {name: told(value) for name, value in result.results.items()},
        "parameters": list(result.parameters),
        "notes": [note.translated(_) if isinstance(note, Sentence) else note for note in result.notes],
        "sha256": result.digest,
    }


urlpatterns = [
    path("methods", Methods.as_view()),
    path("methods/<str:number>", OneMethod.as_view()),
    path("methods/<str:number>/quantify", Quantification.as_view()),
]
