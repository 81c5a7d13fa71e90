"""Methods over the API, for everybody: which are in force, and what each gives for one set of inputs. Nothing is stored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import Http404
from django.urls import path
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.shapes import valid
from kernel import clock
from kernel.rules import Sentence
from methodologies.document import Document, Input, Result
from methodologies.document.computing import told
from methodologies.models import Method
from methodologies.services.quantify import document_of, published, quantify


class Digits(BaseParser):
    """JSON whose numbers are taken digit by digit: 0.1 stays 0.1."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Return the object with every fraction as the text it was written as."""
        try:
            return json.loads(stream.read(), parse_float=str, parse_constant=str)
        except (ValueError, RecursionError):
            raise ParseError(_("请求正文不是 JSON")) from None


class Quantify(serializers.Serializer[Any]):
    """Inputs by name (number, text, or list of numbers), the day that chooses the factors, and a six-digit division."""

    inputs = serializers.DictField()
    on = serializers.DateField(required=False)
    region = serializers.RegexField(r"^[0-9]{6}$", required=False, allow_null=True)


class Public(APIView):
    """What anybody may ask without signing in."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = (Digits,)


class Methods(Public):
    """``GET``: every published version."""

    def get(self, request: Request) -> Response:
        """By code, the newest version first."""
        rows = Method.objects.filter(state=Method.State.PUBLISHED).defer("document").order_by("code", "-version")
        return Response([_head(row) for row in rows])


class OneMethod(Public):
    """``GET …/<number>``: inputs, formulas and factors of one version (or the newest one of a code)."""

    def get(self, request: Request, number: str) -> Response:
        """The document in parts; its text is at ``/methods/<number>/text.toml``."""
        row = _row(number)
        return Response({**_head(row), **_parts(document_of(row))})


class Quantification(Public):
    """``POST …/<number>/quantify``: what the method gives. 409 with a code where it gives nothing."""

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


def _head(row: Method) -> dict[str, Any]:
    return {
        "number": row.number,
        "title": row.title,
        "kind": row.kind,
        "evidence": row.evidence,
        "published_at": row.published_at,
        "sha256": row.digest,
    }


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
