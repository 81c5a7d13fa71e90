"""The shape of a request over the API: what every door asks for in the same way, and refuses with 400 in the same words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from functools import cache
from operator import attrgetter
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from accounts.keys import IDEMPOTENCY_KEY


class Json(BaseParser):
    """JSON in UTF-8. What cannot be read, or is nested without end, is refused in words (400)."""

    media_type = "application/json"
    reading: dict[str, Any] = {"parse_constant": str}  # NaN and Infinity are text, which no number field takes

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Return what stands in the body."""
        try:
            return json.loads(stream.read().decode("utf-8"), **self.reading)
        except (ValueError, RecursionError):
            raise ParseError(_("请求正文不是 JSON")) from None


class Key:
    """The idempotency key a caller sends with every booking, in the header ``Idempotency-Key`` (8 to 100 characters)."""

    def key(self, request: Request) -> str:
        """Return the key or refuse the request (400)."""
        key = request.headers.get("Idempotency-Key", "")
        if not re.fullmatch(IDEMPOTENCY_KEY, key):
            raise serializers.ValidationError(
                {"Idempotency-Key": [_("每次办理请带上 8 到 100 个字符的幂等键（请求头 Idempotency-Key）")]}
            )
        return key


class Lines(serializers.Serializer[Any]):
    """A shape of which one answer has hundreds: how each field is read is found out once, and not for every line.

    What it tells of are objects; a source is an attribute, or one of an attribute's.
    """

    @cached_property
    def _told(self) -> list[tuple[str, Callable[[Any], Any], Callable[[Any], Any]]]:
        fields: Iterable[Any] = self._readable_fields
        return [(field.field_name, attrgetter(field.source), field.to_representation) for field in fields]

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Return what is told, None where there is nothing."""
        values = ((name, read(instance), told) for name, read, told in self._told)
        return {name: None if value is None else told(value) for name, value, told in values}


class StepBody(serializers.Serializer[Any]):
    """A later step of an order: the reason, where one is needed."""

    reason = serializers.CharField(
        max_length=500, required=False, allow_blank=True, default="", help_text=gettext_lazy("意见；拒绝时必填")
    )


def one(rows: QuerySet[Any], field: str = "", **where: Any) -> Any:
    """Return the one row the caller named, or refuse the request by the ``field`` that named it (400).

    ``rows`` are everybody's: whether one is in the caller's scope the verb asks, and writes a refusal down.
    """
    row = rows.filter(**where).first()
    if row is None:
        name, value = next(iter(where.items()))
        raise serializers.ValidationError({field or name: [_("没有 %s，请核对") % value]})
    return row


def named(rows: QuerySet[Any], pk: str) -> Any:
    """Return the one row an address names, or answer that there is none (404); the scope is the verb's, as in ``one``."""
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def valid(body: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """Return what was sent in the shape of ``body``, or refuse the request with a line for each field (400)."""
    return dict(_made(body).run_validation(request.data))


def told(shape: type[Lines], row: Any) -> dict[str, Any]:
    """Return one row in a shape."""
    return dict(_made(shape).to_representation(row))


@cache
def _made(shape: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    """Return the one instance of a shape: making its fields takes longer than reading with them, and they remember nothing."""
    return shape()
