"""A desk's list without a page: its columns and rows as a person sees them now, for whoever takes them away as a file.

The desk itself says what is listed, filtered, masked and within the person's scope; nothing of that is said again here.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import label_for_field, lookup_field
from django.core.exceptions import FieldDoesNotExist, SuspiciousOperation, ValidationError
from django.db.models import Field, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from accounts.models import User
from kernel.rules import RuleViolation, require
from office.sheets import Column, Value

FIRST_PAGE = {"p", "all", "_popup", "_changelist_filters"}  # of an address: which page is looked at, which is no filter


class Listing(NamedTuple):
    """What a person sees on a desk: the desk's title, the columns, the rows in the desk's order, a row as typed values, how many."""

    title: str
    columns: list[Column]
    rows: QuerySet[Any]
    values: Callable[[Any], list[Value]]
    row_count: int


def desk_of(label: str) -> Any:
    """Return the admin of a desk by its model (``app.model``). Raises RuleViolation ``no_such_list``."""
    found = next((desk for model, desk in admin.site._registry.items() if model._meta.label_lower == label), None)
    require(found is not None, "no_such_list", _("没有这张列表"))
    return found


def tidied(query: str) -> str:
    """Return the query of a list's address without the page that was looked at."""
    kept = QueryDict(query, mutable=True)
    for name in FIRST_PAGE & set(kept):
        del kept[name]
    return kept.urlencode()


def listing(label: str, query: str, person: User) -> Listing:
    """Return a desk's list as ``person`` sees it now with the filters and the search of ``query``.

    Raises RuleViolation ``no_such_list``, ``not_your_list`` (no role for it, now) or ``bad_filter``.
    """
    desk = desk_of(label)
    request = HttpRequest()
    request.method, request.user = "GET", person
    request.GET = QueryDict(query)
    require(desk.has_view_permission(request), "not_your_list", _("您现在没有查看“%s”的权限") % _title(desk))
    try:
        found = desk.get_changelist_instance(request)
    except (IncorrectLookupParameters, SuspiciousOperation, ValidationError, ValueError) as error:
        raise RuleViolation("bad_filter", _("筛选条件不对，请回到列表重新筛选")) from error
    names = [name for name in found.list_display if name != "action_checkbox"]
    columns = [_column(name, desk) for name in names]
    return Listing(
        _title(desk),
        columns,
        found.queryset,
        lambda row: [_value(name, row, desk) for name in names],
        found.result_count,
    )


def _title(desk: Any) -> str:
    return str(desk.opts.verbose_name_plural)


def _field(name: Any, desk: Any) -> Field[Any, Any] | None:
    try:
        found = desk.opts.get_field(name) if isinstance(name, str) else None
    except FieldDoesNotExist:
        return None
    return found if isinstance(found, Field) else None


def _column(name: Any, desk: Any) -> Column:
    field, label = _field(name, desk), str(label_for_field(name, desk.model, desk))
    if field is None:
        return Column(label, _("与列表页显示的文字相同"))
    said = [str(field.help_text)] if field.help_text else []
    if field.choices:
        said.append(_("取值：%s") % "、".join(str(words) for _value, words in field.flatchoices))
    kinds = {
        "DateTimeField": _("北京时间，到秒"),
        "DateField": _("日期"),
        "DecimalField": _("十进制数，原值，未舍入"),
        "ForeignKey": _("所指记录的名称"),
    }
    kind = field.get_internal_type()
    if kind in kinds or "Integer" in kind:
        said.append(kinds.get(kind, _("整数，原值")))
    return Column(label, "；".join(said) or _("登记的原文"))


def _value(name: Any, row: Any, desk: Any) -> Value:
    field, _attribute, value = lookup_field(name, row, desk)
    if field is not None and getattr(field, "flatchoices", None):
        value = dict(field.flatchoices).get(value, value)
    if value is None or value == desk.get_empty_value_display():
        return None
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, int | Decimal | date | datetime):
        return value
    said = str(value)
    # A badge or a link is drawn for the page; in a file its words are enough.
    return " ".join(html.unescape(strip_tags(said.replace("<", " <"))).split()) if hasattr(value, "__html__") else said
