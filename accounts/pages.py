"""Lists of the API in pages: newest first, from where the last page ended, so that rows that arrive meanwhile move nothing.

Nothing is counted. A cursor says which row was the last one seen and is opaque to whoever sends it back.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

USUAL, MOST = 100, 200
_WIDTH = 8  # bytes of a primary key


class Pages(BasePagination):
    """``?limit=`` 1 to 200 rows and ``?cursor=`` as the page before gave it; other values are refused (400)."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """Return the rows of one page, newest first; one more is asked for to know whether a page follows."""
        limit, last = _limit(request), _position(request)
        rows: QuerySet[Any] = queryset.order_by("-pk")
        found = list((rows if last is None else rows.filter(pk__lt=last))[: limit + 1])
        self.next = _cursor(found[limit - 1]) if len(found) > limit else None
        return found[:limit]

    def get_paginated_response(self, data: Any) -> Response:
        """Answer with the rows and with the cursor of the next page, or null on the last."""
        return Response({"results": data, "next": self.next})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe the same."""
        following = {"type": ["string", "null"], "description": gettext_lazy("下一页的 cursor；没有下一页时为 null")}
        return {"type": "object", "required": ["results", "next"], "properties": {"results": schema, "next": following}}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Describe the two parameters."""
        limit = {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}
        cursor = {"type": "string", "pattern": f"^[A-Za-z0-9_-]{{{len(_text(1))}}}$"}
        return [
            _parameter("limit", gettext_lazy("一页几行"), limit),
            _parameter("cursor", gettext_lazy("上一页回答里的 next，原样带回"), cursor),
        ]


class Listed:
    """A view that lists in pages: ``self.page(request, rows, Shape)``."""

    pagination_class = Pages

    def page(self, request: Request, rows: QuerySet[Any], shape: type[serializers.Serializer[Any]]) -> Response:
        """Return one page of rows in the given shape."""
        pages = self.pagination_class()
        return pages.get_paginated_response(shape(pages.paginate_queryset(rows, request, self), many=True).data)


def _parameter(name: str, told: Any, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": told, "schema": schema}


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(USUAL))
    limit = int(text) if text.isascii() and text.isdecimal() and len(text) <= 4 else 0
    if not 1 <= limit <= MOST:
        raise serializers.ValidationError({"limit": [_("一页 1 至 %d 行") % MOST]})
    return limit


def _position(request: Request) -> int | None:
    text = request.query_params.get("cursor")
    if text is None:
        return None
    try:
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raw = b""
    if len(raw) != _WIDTH:
        raise serializers.ValidationError({"cursor": [_("页码标记（cursor）读不懂，请原样带回上一页回答里的 next")]})
    return int.from_bytes(raw, signed=True)


def _cursor(row: Model) -> str:
    return _text(row.pk)


def _text(position: int) -> str:
    return base64.urlsafe_b64encode(position.to_bytes(_WIDTH, signed=True)).decode().rstrip("=")
